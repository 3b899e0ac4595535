// SPDX-License-Identifier: MIT
/* frames-csv.c - RUN.frames.csv: a row a frame, with the columns of its path */
#include <errno.h>

#include "lib/msg.h"
#include "loader/runs/columns.h"
#include "loader/sinks/run-csv.h"

struct frames_csv {
	const struct run *run;
	const struct schema *schema;
	struct csv *csv; /* NULL: the run has histograms only */
};

static int open_frames(void *state, const struct run *run, const struct sink_place *place)
{
	struct frames_csv *frames = state;

	if (run->facts.config.no_frames)
		return 0;
	frames->run = run;
	frames->schema = columns_new(run);
	if (frames->schema)
		return run_csv_open(&frames->csv, place, RUN_FILE_FRAMES, frames->schema);
	msg_errno(ENOMEM, NULL, "cannot write the frames");
	return -ENOMEM;
}

static void add_frame(void *state, const struct frame *frame)
{
	struct frames_csv *frames = state;

	if (frames->csv)
		schema_write(frames->schema, frames->run, frames->csv, frame);
}

static int finish_frames(void *state, const struct run *run, const struct sink_place *place)
{
	struct frames_csv *frames = state;

	(void)run;
	columns_free(frames->schema);
	return frames->csv ? run_csv_commit(frames->csv, place, RUN_FILE_FRAMES) : 0;
}

static void abort_frames(void *state)
{
	struct frames_csv *frames = state;

	columns_free(frames->schema);
	csv_abort(frames->csv);
}

const struct sink sink_frames_csv = {
	.size = sizeof(struct frames_csv),
	.open = open_frames,
	.frame = add_frame,
	.finish = finish_frames,
	.abort = abort_frames,
};
