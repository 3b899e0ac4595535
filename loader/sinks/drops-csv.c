// SPDX-License-Identifier: MIT
/* drops-csv.c - RUN.drops.csv: a row a frame of a device that never came, or came in vain */
#include "loader/runs/rows.h"
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
	return run_csv_open(&drops->csv, place, RUN_FILE_DROPS, &drop_schema);
}

static void add_drop(void *state, const struct drop *drop)
{
	struct drops_csv *drops = state;

	if (drops->csv)
		schema_write(&drop_schema, drops->run, drops->csv, drop);
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
