// SPDX-License-Identifier: MIT
/* sched-csv.c - RUN.sched.csv: a row a thread, and who woke and preempted it */
#include <stdio.h>
#include <stdlib.h>

#include "lib/text.h"
#include "loader/sinks/run-csv.h"

static int by_count(const void *a, const void *b)
{
	const struct vpipe_peer *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/*
 * "NAME/TID COUNT; ...", the most frequent first; empty: nobody did. A ';' in a name is
 * written as \x3b: the cell can be cut at each "; ", and a piece at its last '/'.
 */
static void peers_cell(struct csv *csv, struct vpipe_peers peers)
{
	char all[(VPIPE_MAX_PEERS + 1) * (TEXT_ROOM(VPIPE_COMM_LEN) + 32)] = "";
	size_t used = 0;

	qsort(peers.top, VPIPE_MAX_PEERS, sizeof(peers.top[0]), by_count);
	for (int i = 0; i < VPIPE_MAX_PEERS && peers.top[i].count; i++) {
		const struct vpipe_peer *peer = &peers.top[i];
		const char *kind = frame_peer_kind(peer->tid), *between = used ? "; " : "";
		char comm[VPIPE_COMM_LEN + 1], name[TEXT_ROOM(sizeof(comm))];

		snprintf(comm, sizeof(comm), "%.16s", peer->comm);
		text_of(name, sizeof(name), comm, ";");
		used += (size_t)(kind ? snprintf(all + used, sizeof(all) - used, "%s%s %u", between,
						 kind, peer->count)
				      : snprintf(all + used, sizeof(all) - used, "%s%s/%u %u",
						 between, name, peer->tid, peer->count));
	}
	if (peers.others)
		snprintf(all + used, sizeof(all) - used, "%sothers %u", used ? "; " : "",
			 peers.others);
	csv_text(csv, all);
}

static void thread_row(struct csv *csv, const struct thread *thread)
{
	static const char *const roles[] = {
		[VPIPE_ROLE_CLIENT] = "client",
		[VPIPE_ROLE_RUNNER] = "runner",
	};
	const struct vpipe_account *account = &thread->account;
	const uint64_t numbers[] = {
		account->switches.nvcsw,      account->switches.nivcsw, account->switches.wakeups,
		account->switches.migrations, account->oncpu_ns,	account->runq_ns,
		account->blocked_ns,
	};
	const uint64_t runq[] = {thread->runq.p50_ns, thread->runq.p99_ns, thread->runq.max_ns};

	csv_u64(csv, thread->tid);
	csv_str(csv, thread->comm);
	csv_str(csv, roles[thread->role]);
	run_csv_numbers(csv, numbers, sizeof(numbers) / sizeof(numbers[0]), true);
	run_csv_numbers(csv, runq, 3, thread->runq.count);
	peers_cell(csv, thread->wakers);
	peers_cell(csv, thread->preemptors);
	csv_end_row(csv);
}

static int finish_sched(void *state, const struct run *run, const struct sink_place *place)
{
	struct csv *csv;
	int err = run_csv_create(&csv, place, RUN_FILE_SCHED,
				 "tid,comm,role,nvcsw,nivcsw,wakeups,migrations,oncpu_ns,runq_ns,"
				 "blocked_ns,runq_p50_ns,runq_p99_ns,runq_max_ns,wakers,"
				 "preemptors");

	(void)state;
	if (err)
		return err;
	for (unsigned int i = 0; i < run->n_threads; i++)
		thread_row(csv, &run->threads[i]);
	return run_csv_commit(csv, place, RUN_FILE_SCHED);
}

const struct sink sink_sched_csv = {.finish = finish_sched};
