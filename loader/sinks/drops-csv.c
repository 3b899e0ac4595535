// SPDX-License-Identifier: MIT
/* drops-csv.c - RUN.drops.csv: a row a frame of a device that never came, or came in vain */
#include "loader/sinks/run-csv.h"

struct drops_csv {
	const struct run *run; /* which names the devices */
	struct csv *csv; /* NULL: the run has no cycles */
};

static int open_drops(void *state, const struct run *run, const struct sink_place *place)
{
	struct drops_csv *drops = state;

	drops->run = run;
	if (!run->facts.cycles)
		return 0;
	return run_csv_create(&drops->csv, place, RUN_FILE_DROPS,
			      "device,queue,sequence,due_ns,cause,starved_ns,refilled_ns,buffers,"
			      "waiting,held,holder_tid,holder_since_ns,holder_oncpu_ns,"
			      "holder_runq_ns,holder_blocked_ns");
}

static void holder_cells(struct csv *csv, const struct drop *drop)
{
	const struct holder *holder = &drop->holder;
	uint64_t oncpu = 0;
	bool known = drop_oncpu(drop, &oncpu);

	run_csv_number(csv, holder->tid, holder->tid);
	run_csv_number(csv, holder->since_ns, holder->since_ns);
	run_csv_number(csv, oncpu, known);
	run_csv_number(csv, holder->runq_ns, holder->accounted);
	run_csv_number(csv, holder->blocked_ns, holder->accounted);
}

static void add_drop(void *state, const struct drop *drop)
{
	struct drops_csv *drops = state;
	struct csv *csv = drops->csv;
	bool starved = drop_is_starved(drop);

	if (!csv)
		return;
	csv_str(csv, drops->run->devices[drop->device].node);
	csv_u64(csv, drop->queue);
	csv_u64(csv, drop->sequence);
	run_csv_number(csv, drop->due_ns, drop->due_ns);
	csv_str(csv, drop_cause_name(drop->cause));
	run_csv_number(csv, drop->starved_ns, starved);
	run_csv_number(csv, drop->refilled_ns, starved);
	run_csv_number(csv, drop->buffers, drop->buffers);
	run_csv_number(csv, drop->waiting, starved);
	run_csv_number(csv, drop->held, starved);
	holder_cells(csv, drop);
	csv_end_row(csv);
}

static int finish_drops(void *state, const struct run *run, const struct sink_place *place)
{
	struct drops_csv *drops = state;

	(void)run;
	return drops->csv ? run_csv_commit(drops->csv, place, RUN_FILE_DROPS) : 0;
}

static void abort_drops(void *state)
{
	struct drops_csv *drops = state;

	csv_abort(drops->csv);
}

const struct sink sink_drops_csv = {
	.size = sizeof(struct drops_csv),
	.open = open_drops,
	.drop = add_drop,
	.finish = finish_drops,
	.abort = abort_drops,
};
