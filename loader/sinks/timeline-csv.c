// SPDX-License-Identifier: MIT
/* timeline-csv.c - RUN.timeline.csv: a row a time in which a thread ran, waited for a CPU, or slept */
#include "loader/runs/rows.h"
#include "loader/sinks/run-csv.h"

struct timeline_csv {
	const struct run *run;
	struct csv *csv; /* NULL: the run has no timeline */
};

static int open_timeline(void *state, const struct run *run, const struct sink_place *place)
{
	struct timeline_csv *timeline = state;

	timeline->run = run;
	if (!run->facts.config.timeline)
		return 0;
	return run_csv_open(&timeline->csv, place, RUN_FILE_TIMELINE, &span_schema);
}

static void add_span(void *state, const struct span *span)
{
	struct timeline_csv *timeline = state;

	if (timeline->csv)
		schema_write(&span_schema, timeline->run, timeline->csv, span);
}

static int finish_timeline(void *state, const struct run *run, const struct sink_place *place)
{
	struct timeline_csv *timeline = state;

	(void)run;
	return timeline->csv ? run_csv_commit(timeline->csv, place, RUN_FILE_TIMELINE) : 0;
}

static void abort_timeline(void *state)
{
	struct timeline_csv *timeline = state;

	csv_abort(timeline->csv);
}

const struct sink sink_timeline_csv = {
	.size = sizeof(struct timeline_csv),
	.open = open_timeline,
	.span = add_span,
	.finish = finish_timeline,
	.abort = abort_timeline,
};
