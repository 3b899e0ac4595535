// SPDX-License-Identifier: MIT
/* buffers-csv.c - RUN.buffers.csv: a row a cycle of a buffer: given, done, dequeued */
#include "loader/runs/rows.h"
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
	return run_csv_open(&buffers->csv, place, RUN_FILE_BUFFERS, &cycle_schema);
}

static void add_cycle(void *state, const struct cycle *cycle)
{
	struct buffers_csv *buffers = state;

	if (buffers->csv)
		schema_write(&cycle_schema, buffers->run, buffers->csv, cycle);
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
