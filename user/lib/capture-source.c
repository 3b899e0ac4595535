// SPDX-License-Identifier: MIT
/* capture-source.c - frames from a V4L2 source alone, see capture-source.h */
#include "lib/clock.h"
#include "lib/msg.h"
#include "user/lib/capture-source.h"
#include "user/lib/frame-row.h"

#define HEADER                                                                  \
	"frame,sequence,index,timestamp_ns,enter_ns,leave_ns,bytesused,copies," \
	"latency_ns,flags,qbuf_enter_ns,qbuf_ns,qbuf_minflt," RUSAGE_COLUMNS

const struct argp_option capture_source_table[] = {
	{"device", CAPTURE_SOURCE_DEVICE, "DEVICE", 0, "source node (default " VIVID_NAME ")", 0},
	{0},
};

bool capture_source_set(void *data, int key, const char *text)
{
	struct capture_source *env = data;

	if (key == CAPTURE_SOURCE_DEVICE) {
		env->video = text;
		return true;
	}
	return options_rows_set(&env->rows, key, text) ||
	       options_video_set(&env->config.setup, key, text);
}

static int find_node(void *data)
{
	struct capture_source *env = data;

	return capture_find("source", env->video, V4L2_CAP_VIDEO_CAPTURE, env->path);
}

static int open_source(void *data)
{
	struct capture_source *env = data;
	int err = source_open(&env->source, &env->config);

	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	else
		capture_check_rate(env->path, env->config.setup.fps, env->source.actual_fps);
	return err;
}

static int take(void *data, struct sample *sample)
{
	struct capture_source *env = data;
	struct source_frame *frame = &env->frame;
	int err = source_step(&env->source, frame);

	if (err)
		return err;
	*sample = (struct sample){
		.has_sequence = env->config.io != SOURCE_READ,
		.sequence = frame->buf.sequence,
		.done_ns = frame->taken.leave,
		.took_ns = frame->taken.leave - frame->taken.enter,
		.damaged = frame->buf.flags & V4L2_BUF_FLAG_ERROR,
		.early = frame_is_monotonic(&frame->buf) &&
			 timeval_ns(frame->buf.timestamp) > frame->taken.leave,
	};
	return 0;
}

/* read(2) tells nothing of a frame but its bytes. */
static void read_row(struct csv *csv, const struct source_frame *frame)
{
	for (int i = 0; i < 3; i++)
		csv_empty(csv);
	csv_u64(csv, frame->taken.enter);
	csv_u64(csv, frame->taken.leave);
	csv_u64(csv, frame->buf.bytesused);
	csv_u64(csv, 1);
	for (int i = 0; i < 5; i++)
		csv_empty(csv);
}

static void buffer_row(struct csv *csv, const struct source_frame *frame)
{
	csv_u64(csv, frame->buf.sequence);
	csv_u64(csv, frame->buf.index);
	csv_u64(csv, timeval_ns(frame->buf.timestamp));
	csv_u64(csv, frame->taken.enter);
	csv_u64(csv, frame->taken.leave);
	csv_u64(csv, frame->buf.bytesused);
	csv_u64(csv, 0);
	latency_cell(csv, &frame->buf, frame->taken.leave);
	csv_u64(csv, frame->buf.flags);
	csv_u64(csv, frame->given.stamps.enter);
	csv_u64(csv, frame->given.stamps.leave);
	csv_u64(csv, frame->given.minflt);
}

static int row(void *data, struct csv *csv, uint64_t number, const struct rusage_counts *usage)
{
	const struct capture_source *env = data;

	csv_u64(csv, number);
	if (env->config.io == SOURCE_READ)
		read_row(csv, &env->frame);
	else
		buffer_row(csv, &env->frame);
	rusage_cells(csv, usage);
	return csv_end_row(csv);
}

static void close_source(void *data)
{
	struct capture_source *env = data;

	source_close(&env->source);
}

int capture_source_run(void *data)
{
	struct capture_source *env = data;
	struct capture capture = {
		.env = env,
		.options = &env->rows,
		.header = HEADER,
		.what = env->config.io == SOURCE_READ ? "read" : "DQBUF",
		.source = env->path,
		.prepare = find_node,
		.open = open_source,
		.take = take,
		.row = row,
		.close = close_source,
	};

	env->config.path = env->path;
	env->config.timeout_ns = env->rows.timeout_ns;
	return capture_run(&capture);
}
