// SPDX-License-Identifier: MIT
/* capture-feed.c - one image through vpipe, once or many times, see capture-feed.h */
#include <errno.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "user/lib/capture-feed.h"
#include "user/lib/frame-row.h"

const struct argp_option capture_feed_table[] = {
	OPTIONS_VPIPE_ENTRY,
	{"heap", CAPTURE_FEED_HEAP, "DEVICE", 0, "heap of the buffers (default " HEAP_DEFAULT ")",
	 0},
	{"fixture", CAPTURE_FEED_FIXTURE, "PGM", 0, "image to queue", 0},
	{"output", CAPTURE_FEED_OUTPUT, "PGM", 0, "write the last result there", 0},
	{"buffers", CAPTURE_FEED_BUFFERS, "N", 0, "CAPTURE buffers, 1 to 32 (default 4)", 0},
	{"depth", CAPTURE_FEED_DEPTH, "N", 0, "OUTPUT buffers in flight, 1 to 32 (default 1)", 0},
	{0},
};

bool capture_feed_set(void *data, int key, const char *text)
{
	struct capture_feed *env = data;

	switch (key) {
	case OPTIONS_VPIPE:
		env->vpipe = text;
		return true;
	case CAPTURE_FEED_HEAP:
		env->config.heap = text;
		return true;
	case CAPTURE_FEED_FIXTURE:
		env->fixture = text;
		return true;
	case CAPTURE_FEED_OUTPUT:
		args_no_stdout("--output", text, "an image");
		env->out = text;
		return true;
	case CAPTURE_FEED_BUFFERS:
		env->config.buffers = options_parse_number("--buffers", text, 1, VIDEO_MAX_FRAME);
		return true;
	case CAPTURE_FEED_DEPTH:
		env->config.depth = options_parse_number("--depth", text, 1, VIDEO_MAX_FRAME);
		return true;
	}
	return options_rows_set(&env->rows, key, text) ||
	       options_cv_set(&env->config.cv, key, text);
}

/* Brighter to the right and to the bottom, every value there. */
static int make_ramp(struct pgm *image)
{
	int err = output_alloc_pgm(image, VPIPE_DEFAULT_WIDTH, VPIPE_DEFAULT_HEIGHT);

	for (size_t i = 0; !err && i < pgm_pixels(image); i++)
		image->pixels[i] = (uint8_t)(i % image->width + i / image->width);
	return err;
}

static int prepare(void *data)
{
	struct capture_feed *env = data;
	int err = env->fixture ? pgm_load(&env->image, env->fixture) : make_ramp(&env->image);

	if (!err)
		err = capture_find("vpipe node", env->vpipe, V4L2_CAP_VIDEO_M2M, env->vpipe_path);
	if (!err && env->out)
		err = output_open_file(&env->out_file, env->out);
	return err;
}

static const char *way_out(const struct capture_feed *env, int err)
{
	if (!env->feed.heap_failed)
		return capture_way_out(err);
	if (err == -ENOMEM)
		return "use fewer buffers (--depth)";
	return "name another heap (ls /dev/dma_heap) or " HEAP_UDMABUF;
}

static int open_feed(void *data)
{
	struct capture_feed *env = data;
	int err = feed_open(&env->feed, &env->config, &env->image);

	if (err)
		msg_errno(err, way_out(env, err), "%s", v4l2_error());
	else if (env->feed.heap.fell_back)
		msg_note("there is no %s: using %s", HEAP_DEFAULT, HEAP_UDMABUF);
	return err;
}

/* As many as may be in flight; none after a stop signal. */
static int top_up(struct capture_feed *env)
{
	struct feed *feed = &env->feed;
	int err = 0;

	while (!err && !stop_signal() && feed->in_flight < env->config.depth &&
	       feed->submitted < env->rows.frames)
		err = feed_submit(feed);
	if (!err && !feed->in_flight)
		return -EINTR;
	return err;
}

static int take(void *data, struct sample *sample)
{
	struct capture_feed *env = data;
	struct pipeline_frame *frame = &env->frame;
	int err = top_up(env);

	if (!err)
		err = feed_receive(&env->feed, frame);
	if (err)
		return err;
	*sample = (struct sample){
		.done_ns = frame->capture_dqbuf.leave,
		.took_ns = frame->capture_dqbuf.leave - frame->output_qbuf.enter,
		.damaged = frame->capture.flags & V4L2_BUF_FLAG_ERROR,
	};
	return 0;
}

static int row(void *data, struct csv *csv, uint64_t number, const struct rusage_counts *usage)
{
	const struct capture_feed *env = data;

	frame_row(csv, (struct frame_row){0}, number, &env->frame, usage);
	csv_str(csv, env->feed.heap.path);
	return csv_end_row(csv);
}

/* The image is not needed any more, the heap buffers have it: the result takes its place. */
static void close_feed(void *data)
{
	struct capture_feed *env = data;

	if (env->feed.holds)
		feed_result(&env->feed, &env->image);
	feed_close(&env->feed);
}

/* The last result, if there is a good one. Returns the exit status, @status if all is well. */
static int finish_output(struct capture_feed *env, int status)
{
	if (!env->out)
		return status;
	if (!env->feed.holds || env->frame.capture.flags & V4L2_BUF_FLAG_ERROR) {
		newfile_abort(&env->out_file);
		if (status != EXIT_FAILED) /* why has been said */
			msg_note("there is no result: %s is not written", env->out);
		return status;
	}
	return output_commit_pgm(&env->out_file, env->out, &env->image) ? EXIT_FAILED : status;
}

int capture_feed_run(void *data)
{
	struct capture_feed *env = data;
	struct capture capture = {
		.env = env,
		.options = &env->rows,
		.header = FRAME_ROW_HEADER ",heap",
		.what = "turnaround",
		.prepare = prepare,
		.open = open_feed,
		.take = take,
		.row = row,
		.close = close_feed,
	};
	int status;

	env->config.vpipe = env->vpipe_path;
	env->config.timeout_ns = env->rows.timeout_ns;
	status = finish_output(env, capture_run(&capture));
	pgm_free(&env->image);
	return status;
}
