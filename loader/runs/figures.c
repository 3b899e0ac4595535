// SPDX-License-Identifier: MIT
/* figures.c - see figures.h */
#include "loader/runs/figures.h"
#include "loader/runs/rows.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

#define COLUMN(called, text)                 \
	{                                    \
		.name = called, .what = text \
	}
#define SCHEMA(array)                              \
	{                                          \
		.columns = array, .n = N_OF(array) \
	}

static const struct column hist_columns[] = {
	COLUMN("stage", "the stage; e2e: end to end; runq: waits for a CPU; cost.NAME: a cost, of "
			"merged runs"),
	COLUMN("lower_ns", "the bucket begins here"),
	COLUMN("upper_ns", "and ends before that; empty: it has no end"),
	COLUMN("count", "how many it holds"),
};
const struct schema hist_schema = SCHEMA(hist_columns);

static const struct column device_hist_columns[] = {
	COLUMN("device", "node of the device"),
	COLUMN("stage", "the stage of its own frames; e2e: end to end"),
	COLUMN("lower_ns", "the bucket begins here"),
	COLUMN("upper_ns", "and ends before that; empty: it has no end"),
	COLUMN("count", "how many it holds"),
};
const struct schema device_hist_schema = SCHEMA(device_hist_columns);

#define SHARE_COLUMN COLUMN("share", "of the frames' end-to-end time, from 0 to 1")

static const struct column summary_columns[] = {
	COLUMN("stage", "the stage; e2e: end to end; runq: waits for a CPU"),
	COLUMN("cause", "the costs that it is charged to"),
	COLUMN("count", "in how many frames it is known"),
	COLUMN("min_ns", "the shortest"),
	COLUMN("p50_ns", "the median"),
	COLUMN("p95_ns", "the 95th percentile"),
	COLUMN("p99_ns", "the 99th"),
	COLUMN("p999_ns", "the 99.9th"),
	COLUMN("max_ns", "the longest"),
	COLUMN("mean_ns", "the mean"),
	COLUMN("total_ns", "all together"),
	SHARE_COLUMN,
};
const struct schema summary_schema = SCHEMA(summary_columns);

static const struct column causes_columns[] = {
	COLUMN("cause", "the cost"),
	COLUMN("count", "frames"),
	COLUMN("p50_ns", "what of a frame is charged to it: the median"),
	COLUMN("p95_ns", "the 95th percentile"),
	COLUMN("p99_ns", "the 99th"),
	COLUMN("p999_ns", "the 99.9th"),
	COLUMN("max_ns", "the most"),
	COLUMN("total_ns", "all together"),
	SHARE_COLUMN,
};
const struct schema causes_schema = SCHEMA(causes_columns);

static const struct column counters_columns[] = {
	COLUMN("stage", "the stage"),
	COLUMN("counter", "what was counted in it"),
	COLUMN("frames", "in how many frames: those whose thread never left its CPU there"),
	COLUMN("p50", "the median"),
	COLUMN("p99", "the 99th percentile"),
	COLUMN("total", "all together"),
};
const struct schema counters_schema = SCHEMA(counters_columns);

static const struct column devices_columns[] = {
	COLUMN("device", "its node, or card"),
	COLUMN("path", "of that in /dev"),
	COLUMN("name", "what the driver calls it"),
	COLUMN("driver", "the driver"),
	COLUMN("bus", "where it is"),
	COLUMN("module", "the module that the driver is in"),
	COLUMN("kind", "what is recorded of it: a path of `vpipe-trace stages`"),
	COLUMN("vb2", "the driver uses videobuf2"),
	COLUMN("format", "of its frames: the FourCC"),
	COLUMN("width", "their width, in pixels"),
	COLUMN("height", "their height"),
	COLUMN("fps", "the rate that it is set to, frames a second"),
	COLUMN("timestamps", "which clock they are of, and of which moment"),
	COLUMN("nodrop", "uvcvideo: damaged frames come, with the error flag"),
};
const struct schema devices_schema = SCHEMA(devices_columns);

const struct schema *schema_of_file(enum run_file file)
{
	static const struct schema *const schemas[RUN_N_FILES] = {
		[RUN_FILE_HIST] = &hist_schema,	      [RUN_FILE_SUMMARY] = &summary_schema,
		[RUN_FILE_CAUSES] = &causes_schema,   [RUN_FILE_COUNTERS] = &counters_schema,
		[RUN_FILE_SCHED] = &thread_schema,    [RUN_FILE_TIMELINE] = &span_schema,
		[RUN_FILE_DROPS] = &drop_schema,      [RUN_FILE_BUFFERS] = &cycle_schema,
		[RUN_FILE_DEVICES] = &devices_schema, [RUN_FILE_DEVICE_HIST] = &device_hist_schema,
	};

	return schemas[file];
}
