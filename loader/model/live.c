// SPDX-License-Identifier: MIT
/* live.c - see live.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/clock.h"
#include "loader/model/live.h"

static unsigned int n_hists(const struct path *path)
{
	return path_e2e(path) + 1 + path->n_costs;
}

int live_init(struct live *live, const struct run *run)
{
	memset(live, 0, sizeof(*live));
	live->run = run;
	live->hists = calloc(n_hists(run->path), sizeof(live->hists[0]));
	return live->hists ? worst_init(&live->slowest, LIVE_SLOWEST) : -ENOMEM;
}

void live_free(struct live *live)
{
	free(live->hists);
	worst_free(&live->slowest);
}

void live_copy(struct live *copy, const struct live *live)
{
	struct vpipe_hist *hists = copy->hists;
	struct frame *slowest = copy->slowest.frames;

	memcpy(hists, live->hists, n_hists(live->run->path) * sizeof(hists[0]));
	memcpy(slowest, live->slowest.frames, LIVE_SLOWEST * sizeof(slowest[0]));
	*copy = *live;
	copy->hists = hists;
	copy->slowest.frames = slowest;
}

const struct vpipe_hist *live_stage(const struct live *live, unsigned int stage)
{
	return &live->hists[stage];
}

const struct vpipe_hist *live_e2e(const struct live *live)
{
	return &live->hists[path_e2e(live->run->path)];
}

const struct vpipe_hist *live_cost(const struct live *live, unsigned int cost)
{
	return &live->hists[path_e2e(live->run->path) + 1 + cost];
}

/* The number, from 1 on, of the second that @ns is in. */
static uint64_t second_of(const struct live *live, uint64_t ns)
{
	uint64_t start_ns = live->run->facts.start_ns;

	return 1 + (ns > start_ns ? (ns - start_ns) / NS_PER_SEC : 0);
}

/* That second's sums; NULL: it is over for longer than a minute, and another one is in its place. */
static struct live_sums *sums_at(struct live *live, uint64_t ns)
{
	uint64_t number = second_of(live, ns);
	struct live_second *second = &live->seconds[number % LIVE_SECONDS];

	if (second->number > number)
		return NULL;
	if (second->number < number)
		*second = (struct live_second){.number = number};
	return &second->sums;
}

static void add_to_second(const struct path *path, struct live_sums *sums,
			  const struct frame *frame)
{
	sums->frames++;
	sums->e2e_ns += frame->e2e_ns;
	if (frame->e2e_ns > sums->max_ns)
		sums->max_ns = frame->e2e_ns;
	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		sums->cost_ns[cost] += frame->costs[cost];
	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		if (!(frame->known & 1U << stage))
			continue;
		sums->stages[stage].frames++;
		sums->stages[stage].ns += frame->stages[stage].ns;
	}
}

void live_frame(struct live *live, const struct frame *frame)
{
	const struct path *path = live->run->path;
	struct live_sums *sums = sums_at(live, frame->start_ns + frame->e2e_ns);

	if (sums)
		add_to_second(path, sums, frame);
	live->frames++;
	frame_count(frame, path, live->hists);
	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		hist_count(&live->hists[path_e2e(path) + 1 + cost], frame->costs[cost]);
	worst_add(&live->slowest, frame);
}

void live_drop(struct live *live, const struct drop *drop)
{
	struct live_sums *sums = drop->due_ns ? sums_at(live, drop->due_ns) : NULL;

	if (sums)
		sums->drops++;
	live->drops[drop->cause]++;
}

void live_cycle(struct live *live, const struct cycle *cycle)
{
	struct live_sums *sums;

	if (cycle->is_input || cycle->owned == VPIPE_OWNED_UNKNOWN || !cycle->done_ns)
		return;
	sums = sums_at(live, cycle->done_ns);
	if (!sums)
		return;
	if (!sums->cycles++ || cycle->owned < sums->least)
		sums->least = cycle->owned;
	sums->left += cycle->owned;
}

void live_lost(struct live *live, uint64_t lost)
{
	live->lost = lost;
	live->late = 0;
	for (unsigned int i = 0; i < live->run->n_devices; i++)
		live->late += live->run->devices[i].late;
}

static const struct live_thread *find_thread(const struct live *live, const struct thread *thread)
{
	for (unsigned int i = 0; i < live->n_threads; i++) {
		const struct thread *one = &live->threads[i].thread;

		if (one->tid == thread->tid && one->began_ns == thread->began_ns)
			return &live->threads[i];
	}
	return NULL;
}

/*
 * What it did from @before, NULL: from its beginning, until now. The programs may have been at work on
 * its account while it was read: then the parts are not the whole, and it is not known.
 */
static void take_part(struct live_thread *part, const struct thread *before)
{
	static const struct vpipe_account none;
	const struct vpipe_account *now = &part->thread.account;
	const struct vpipe_account *then = before ? &before->account : &none;
	uint64_t since_ns = before ? before->ended_ns : part->thread.began_ns;

	part->oncpu_ns = now->oncpu_ns - then->oncpu_ns;
	part->runq_ns = now->runq_ns - then->runq_ns;
	part->blocked_ns = now->blocked_ns - then->blocked_ns;
	part->ns = part->thread.ended_ns - since_ns;
	if (part->ns >> 63 || part->oncpu_ns > part->ns || part->runq_ns > part->ns ||
	    part->oncpu_ns + part->runq_ns + part->blocked_ns != part->ns)
		part->ns = 0;
}

void live_threads(struct live *live, const struct thread *threads, unsigned int n)
{
	static struct live_thread parts[VPIPE_MAX_THREADS];

	for (unsigned int i = 0; i < n; i++) {
		const struct live_thread *before = find_thread(live, &threads[i]);

		parts[i].thread = threads[i];
		take_part(&parts[i], before ? &before->thread : NULL);
	}
	memcpy(live->threads, parts, n * sizeof(parts[0]));
	live->n_threads = n;
}

void live_reset(struct live *live, uint64_t now)
{
	memset(live->hists, 0, n_hists(live->run->path) * sizeof(live->hists[0]));
	memset(live->drops, 0, sizeof(live->drops));
	live->since_ns = now;
	live->frames = 0;
	live->slowest.n = 0;
	live->lost_before = live->lost;
	live->late_before = live->late;
}

uint64_t live_seconds(const struct live *live, uint64_t now)
{
	return second_of(live, now) - 1;
}

static void add_sums(struct live_sums *sums, const struct live_sums *more)
{
	sums->frames += more->frames;
	sums->e2e_ns += more->e2e_ns;
	if (more->max_ns > sums->max_ns)
		sums->max_ns = more->max_ns;
	for (unsigned int cost = 0; cost < MAX_COSTS; cost++)
		sums->cost_ns[cost] += more->cost_ns[cost];
	for (unsigned int stage = 0; stage < MAX_STAGES; stage++) {
		sums->stages[stage].frames += more->stages[stage].frames;
		sums->stages[stage].ns += more->stages[stage].ns;
	}
	sums->drops += more->drops;
	if (more->cycles && (!sums->cycles || more->least < sums->least))
		sums->least = more->least;
	sums->cycles += more->cycles;
	sums->left += more->left;
}

bool live_sum(const struct live *live, uint64_t now, unsigned int ago, unsigned int n,
	      struct live_sums *sums)
{
	uint64_t over = live_seconds(live, now);

	*sums = (struct live_sums){0};
	for (unsigned int i = 0; i < n; i++) {
		uint64_t number = over - ago - i; /* the seconds that are over are 1 to `over` */

		if (over < ago + i + 1 || ago + i >= LIVE_MINUTE)
			return false;
		if (live->seconds[number % LIVE_SECONDS].number == number)
			add_sums(sums, &live->seconds[number % LIVE_SECONDS].sums);
	}
	return true;
}

const struct vpipe_peer *live_waker(const struct thread *thread, double *share)
{
	const struct vpipe_peers *wakers = &thread->wakers;
	const struct vpipe_peer *most = NULL;
	uint64_t all = wakers->others;

	for (unsigned int i = 0; i < VPIPE_MAX_PEERS; i++) {
		const struct vpipe_peer *peer = &wakers->top[i];

		all += peer->count;
		if (peer->count && (!most || peer->count > most->count))
			most = peer;
	}
	if (most)
		*share = (double)most->count / (double)all;
	return most;
}

static const char *name_of_waker(const struct vpipe_peers *wakers, unsigned int tid)
{
	for (unsigned int i = 0; i < VPIPE_MAX_PEERS; i++) {
		if (wakers->top[i].count && wakers->top[i].tid == tid)
			return wakers->top[i].comm;
	}
	return "";
}

void live_name(const struct live *live, unsigned int tid, char name[VPIPE_COMM_LEN + 1])
{
	const char *found = "";

	for (unsigned int i = 0; !*found && i < live->n_threads; i++) {
		const struct thread *thread = &live->threads[i].thread;

		found = thread->tid == tid ? thread->comm : name_of_waker(&thread->wakers, tid);
	}
	snprintf(name, VPIPE_COMM_LEN + 1, "%.*s", VPIPE_COMM_LEN, found);
}
