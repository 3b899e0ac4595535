// SPDX-License-Identifier: MIT
/* buffers-csv.c - RUN.buffers.csv: a row a cycle of a buffer: given, done, dequeued */
#include "loader/sinks/run-csv.h"

struct buffers_csv {
	const struct run *run; /* which names the devices */
	struct csv *csv; /* NULL: the run has no cycles */
};

static int open_buffers(void *state, const struct run *run, const struct sink_place *place)
{
	struct buffers_csv *buffers = state;

	buffers->run = run;
	if (!run->facts.cycles)
		return 0;
	return run_csv_create(&buffers->csv, place, RUN_FILE_BUFFERS,
			      "device,queue,index,sequence,error,given_ns,wait_ns,fill_ns,done_ns,"
			      "taken_ns,owned,timestamp_ns,held_ns,is_input");
}

static void add_cycle(void *state, const struct cycle *cycle)
{
	struct buffers_csv *buffers = state;
	const struct cycle_times *times = &cycle->times;
	struct csv *csv = buffers->csv;

	if (!csv)
		return;
	csv_str(csv, buffers->run->devices[cycle->device].node);
	csv_u64(csv, cycle->queue);
	run_csv_number(csv, cycle->index, !cycle->unnumbered);
	/* what was handed back is no frame, and has not failed */
	run_csv_number(csv, cycle->sequence, cycle->taken_ns && !cycle->unnumbered);
	run_csv_number(csv, cycle->error, cycle->taken_ns);
	run_csv_number(csv, cycle->given_ns, cycle->given_ns);
	run_csv_number(csv, times->wait_ns, times->has_fill);
	run_csv_number(csv, times->fill_ns, times->has_fill);
	run_csv_number(csv, cycle->done_ns, cycle->done_ns);
	run_csv_number(csv, cycle->taken_ns, cycle->taken_ns);
	run_csv_number(csv, cycle->owned, cycle->done_ns && cycle->owned != VPIPE_OWNED_UNKNOWN);
	run_csv_number(csv, cycle->timestamp_ns, cycle->timestamp_ns);
	run_csv_number(csv, times->held_ns, times->has_held);
	csv_u64(csv, cycle->is_input);
	csv_end_row(csv);
}

static int finish_buffers(void *state, const struct run *run, const struct sink_place *place)
{
	struct buffers_csv *buffers = state;

	(void)run;
	return buffers->csv ? run_csv_commit(buffers->csv, place, RUN_FILE_BUFFERS) : 0;
}

static void abort_buffers(void *state)
{
	struct buffers_csv *buffers = state;

	csv_abort(buffers->csv);
}

const struct sink sink_buffers_csv = {
	.size = sizeof(struct buffers_csv),
	.open = open_buffers,
	.cycle = add_cycle,
	.finish = finish_buffers,
	.abort = abort_buffers,
};
