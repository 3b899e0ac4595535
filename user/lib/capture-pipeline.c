// SPDX-License-Identifier: MIT
/*
 * capture-pipeline.c - frames from a V4L2 source through vpipe, timed one by one
 *
 * Nodes are opened blocking and waited for in DQBUF itself, see lib/stop.h.
 */
#include <inttypes.h>

#include "lib/clock.h"
#include "lib/msg.h"
#include "user/lib/capture-pipeline.h"
#include "user/lib/frame-row.h"

const struct argp_option capture_pipeline_table[] = {
	{"source", OPTIONS_SOURCE, "DEVICE", 0, "source node (default " VIVID_NAME ")", 0},
	OPTIONS_VPIPE_ENTRY,
	{0},
};

bool capture_pipeline_set(void *data, int key, const char *text)
{
	struct capture_pipeline *env = data;

	switch (key) {
	case OPTIONS_SOURCE:
		env->source = text;
		return true;
	case OPTIONS_VPIPE:
		env->vpipe = text;
		return true;
	}
	return options_rows_set(&env->rows, key, text) ||
	       options_video_set(&env->config.setup, key, text) ||
	       options_cv_set(&env->config.cv, key, text);
}

static int find_nodes(void *data)
{
	struct capture_pipeline *env = data;
	int err = capture_find("source", env->source, V4L2_CAP_VIDEO_CAPTURE, env->source_path);

	return err ? err
		   : capture_find("vpipe node", env->vpipe, V4L2_CAP_VIDEO_M2M, env->vpipe_path);
}

static int open_pipeline(void *data)
{
	struct capture_pipeline *env = data;
	int err = pipeline_open(&env->pipe, &env->config);

	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	else
		capture_check_rate(env->source_path, env->config.setup.fps, env->pipe.actual_fps);
	return err;
}

/*
 * The summary has the time from the source's DQBUF to the result's and not the
 * latency from the source's timestamp, which some sources don't take when they
 * should: vivid dates a frame 0.9 frame periods ahead, as the end of an exposure
 * that it does not wait for.
 */
static int take(void *data, struct sample *sample)
{
	struct capture_pipeline *env = data;
	struct pipeline_frame *frame = &env->frame;
	int err = pipeline_step(&env->pipe, frame);

	if (err)
		return err;
	*sample = (struct sample){
		.has_sequence = true,
		.sequence = frame->source.sequence,
		.done_ns = frame->capture_dqbuf.leave,
		.took_ns = frame->capture_dqbuf.leave - frame->source_dqbuf.leave,
		.damaged = frame->capture.flags & V4L2_BUF_FLAG_ERROR,
		.early = frame_is_monotonic(&frame->source) &&
			 timeval_ns(frame->source.timestamp) > frame->source_dqbuf.leave,
	};
	return 0;
}

static int row(void *data, struct csv *csv, uint64_t number, const struct rusage_counts *usage)
{
	const struct capture_pipeline *env = data;
	const struct frame_row known = {
		.has_source = true,
		.has_copy = env->config.transport == TRANSPORT_MMAP,
	};

	frame_row(csv, known, number, &env->frame, usage);
	return csv_end_row(csv);
}

static void close_pipeline(void *data)
{
	struct pipeline *pipe = &((struct capture_pipeline *)data)->pipe;

	pipeline_close(pipe);
	if (pipe->corrupt)
		msg_warning("%" PRIu64 " damaged frames of the source were left out",
			    pipe->corrupt);
}

int capture_pipeline_run(void *data)
{
	struct capture_pipeline *env = data;
	struct capture capture = {
		.env = env,
		.options = &env->rows,
		.header = FRAME_ROW_HEADER,
		.what = "turnaround",
		.source = env->source_path,
		.prepare = find_nodes,
		.open = open_pipeline,
		.take = take,
		.row = row,
		.close = close_pipeline,
	};

	env->config.source = env->source_path;
	env->config.vpipe = env->vpipe_path;
	env->config.timeout_ns = env->rows.timeout_ns;
	return capture_run(&capture);
}
