// SPDX-License-Identifier: MIT
/*
 * tool-fixture.c - one image through vpipe, once or many times, without a camera
 */
#include <argp.h>
#include <errno.h>

#include "user/lib/capture.h"
#include "user/lib/feed.h"
#include "user/lib/frame-row.h"
#include "lib/msg.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "lib/stop.h"
#include "user/lib/tool-fixture.h"

#define DEFAULT_CSV OUTPUT_FOLDER "/bench-fixture.csv"
#define HEADER	    FRAME_ROW_HEADER ",heap"

struct env {
	const struct variant *variant;
	struct args_common common;
	const char *vpipe; /* as the user names it */
	char vpipe_path[CAPTURE_PATH];
	const char *fixture; /* NULL: a ramp */
	const char *out; /* where the last result goes, or NULL */
	struct pgm image;
	struct feed_config config;
	struct feed feed;
	struct pipeline_frame frame; /* the last one */
};

enum {
	OPT_VPIPE = 256,
	OPT_HEAP,
	OPT_FIXTURE,
	OPT_OUTPUT,
	OPT_BUFFERS,
	OPT_DEPTH,
};

static const struct argp_option options[] = {
	{"vpipe", OPT_VPIPE, "DEVICE", 0, "vpipe's node (default " VPIPE_NAME ")", 0},
	{"heap", OPT_HEAP, "DEVICE", 0, "heap of the buffers (default " HEAP_DEFAULT ")", 0},
	{"fixture", OPT_FIXTURE, "PGM", 0, "image to queue", 0},
	{"output", OPT_OUTPUT, "PGM", 0, "write the last result there", 0},
	{"buffers", OPT_BUFFERS, "N", 0, "CAPTURE buffers, 1 to 32 (default 4)", 0},
	{"depth", OPT_DEPTH, "N", 0, "OUTPUT buffers in flight, 1 to 32 (default 1)", 0},
	{0},
};

#define HEAP_DOC                                                                              \
	"Where " HEAP_DEFAULT " is missing, " HEAP_UDMABUF " takes its place; the CSV names " \
	"the one that was used in its column heap."

/* How the programs differ. */
struct variant {
	const char *csv; /* file that rows go to by default, or NULL */
	uint64_t frames; /* by default */
	bool dated; /* frames carry the time; if not, nothing differs between runs */
	unsigned int required; /* arguments */
	unsigned int arguments;
	const int *positional;
	const char *args_doc;
	const char *doc;
};

static const int bench_positional[] = {OPT_VPIPE,   OPT_HEAP,	  OPT_FIXTURE,	     ARGS_CSV,
				       ARGS_FRAMES, OPTIONS_ALGO, OPTIONS_THRESHOLD, OPT_OUTPUT};
static const int feed_positional[] = {OPT_VPIPE, OPT_HEAP, OPT_FIXTURE, OPT_OUTPUT};

static const struct variant variants[] = {
	[TOOL_FIXTURE_BENCH] =
		{
			.csv = DEFAULT_CSV,
			.frames = 300,
			.dated = true,
			.arguments = 8,
			.positional = bench_positional,
			.args_doc = "[VPIPE HEAP FIXTURE CSV FRAMES ALGO THRESHOLD OUT.PGM]",
			.doc = "Queue an image in a DMA-heap buffer to vpipe again and again and "
			       "write "
			       "one CSV row each time."
			       "\vThe rows are those of vpipe-capture-m2m; what is about a source "
			       "is empty "
			       "but for src_sequence, which counts the frames. Without a FIXTURE "
			       "it is a "
			       "ramp of 640x480 pixels; without an OUT.PGM the result is not kept; "
			       "the CSV "
			       "is " DEFAULT_CSV ". " HEAP_DOC "\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-bench-fixture                    300 times a ramp\n"
			       "  vpipe-bench-fixture -f 10000 --fixture edge.pgm --depth 4\n"
			       "  vpipe-bench-fixture vpipe /dev/udmabuf edge.pgm bench/edge.csv "
			       "1000 \\\n"
			       "      threshold 90 bench/edge.kernel.pgm\n"
			       "\n"
			       "Turnaround, in the summary, is the time from QBUF to the DQBUF of "
			       "the "
			       "result; with a depth of more than 1 it has waiting in it.\n"
			       "\n" CAPTURE_EXIT_DOC,
		},
	[TOOL_FIXTURE_FEED] =
		{
			.frames = 1,
			.required = 4,
			.arguments = 4,
			.positional = feed_positional,
			.args_doc = "VPIPE HEAP FIXTURE OUT.PGM",
			.doc = "Send an image through vpipe once and keep the result."
			       "\vThe same in, the same out: sequence and timestamp of the frame "
			       "are 0, "
			       "so that its metadata row, but for seq, is the same each "
			       "time. " HEAP_DOC "\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-fixture-feed vpipe /dev/dma_heap/system edge.pgm out.pgm\n"
			       "  vpipe-fixture-feed --threshold 90 --roi 0,0,64,64 vpipe \\\n"
			       "      /dev/udmabuf edge.pgm out.pgm\n"
			       "\n" CAPTURE_EXIT_DOC,
		},
};

static void set(struct env *env, int key, const char *text)
{
	switch (key) {
	case OPT_VPIPE:
		env->vpipe = text;
		break;
	case OPT_HEAP:
		env->config.heap = text;
		break;
	case OPT_FIXTURE:
		env->fixture = text;
		break;
	case OPT_OUTPUT:
		env->out = text;
		break;
	case OPT_BUFFERS:
		env->config.buffers = options_parse_number("--buffers", text, 1, VIDEO_MAX_FRAME);
		break;
	case OPT_DEPTH:
		env->config.depth = options_parse_number("--depth", text, 1, VIDEO_MAX_FRAME);
		break;
	case OPTIONS_ALGO:
	case OPTIONS_THRESHOLD:
		options_cv_set(&env->config.cv, key, text);
		break;
	default:
		args_common_set(&env->common, key, text);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct env *env = state->input;
	const struct variant *variant = env->variant;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &env->config.cv;
		state->child_inputs[1] = &env->common;
		break;
	case ARGP_KEY_ARG:
		key = options_positional(state, arg, variant->positional, variant->arguments);
		set(env, key, arg);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < variant->required)
			args_fail("%s are needed, in this order", variant->args_doc);
		break;
	default:
		if (key < OPT_VPIPE || key > OPT_DEPTH)
			return ARGP_ERR_UNKNOWN;
		set(env, key, arg);
	}
	return 0;
}

/* Brighter to the right and to the bottom, every value there. */
static int make_ramp(struct pgm *image)
{
	int err = output_alloc_pgm(image, VPIPE_DEFAULT_WIDTH, VPIPE_DEFAULT_HEIGHT);

	for (size_t i = 0; !err && i < pgm_pixels(image); i++)
		image->pixels[i] = (uint8_t)(i % image->width + i / image->width);
	return err;
}

/* As many as may be in flight; none after a stop signal. */
static int top_up(struct env *env)
{
	struct feed *feed = &env->feed;
	int err = 0;

	while (!err && !stop_signal() && feed->in_flight < env->config.depth &&
	       feed->submitted < env->common.frames)
		err = feed_submit(feed);
	if (!err && !feed->in_flight)
		return -EINTR;
	return err;
}

static int take(void *tool, struct sample *sample)
{
	struct env *env = tool;
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

static int row(void *tool, struct csv *csv, uint64_t number, const struct usage *usage)
{
	const struct env *env = tool;

	frame_row(csv, (struct frame_row){0}, number, &env->frame, usage);
	csv_str(csv, env->feed.heap.path);
	return csv_end_row(csv);
}

static const char *way_out(const struct env *env, int err)
{
	if (!env->feed.heap_failed)
		return capture_way_out(err);
	if (err == -ENOMEM)
		return "use fewer buffers (--depth)";
	return "name another heap (ls /dev/dma_heap) or " HEAP_UDMABUF;
}

static int run_feed(struct env *env, struct capture *capture)
{
	int err = feed_open(&env->feed, &env->config, &env->image);

	if (err)
		msg_errno(err, way_out(env, err), "%s", v4l2_error());
	else if (env->feed.heap.fell_back)
		msg_note("there is no %s: using %s", HEAP_DEFAULT, HEAP_UDMABUF);
	if (!err)
		err = capture_frames(capture);
	/* The image is not needed any more: the heap buffers have it. */
	if (env->feed.holds)
		feed_result(&env->feed, &env->image);
	feed_close(&env->feed);
	return err;
}

/* The last result, if there is a good one. Returns the exit status, @status if all is well. */
static int finish_output(struct env *env, struct newfile *out, int status)
{
	if (!env->out)
		return status;
	if (!env->feed.holds || env->frame.capture.flags & V4L2_BUF_FLAG_ERROR) {
		newfile_abort(out);
		if (status != EXIT_FAILED) /* why has been said */
			msg_note("there is no result: %s is not written", env->out);
		return status;
	}
	return output_commit_pgm(out, env->out, &env->image) ? EXIT_FAILED : status;
}

/* Everything that can be known to fail before the first frame does so here. */
static int prepare(struct env *env, struct capture *capture, struct newfile *out)
{
	const struct args_common *common = &env->common;

	if (capture_init() ||
	    (env->fixture ? pgm_load(&env->image, env->fixture) : make_ramp(&env->image)))
		return -1;
	if (capture_find("vpipe node", env->vpipe, V4L2_CAP_VIDEO_M2M, env->vpipe_path) ||
	    (env->out && output_open_file(out, env->out)))
		return -1;
	if (common->csv && output_open(&capture->csv, common->csv, common->csv_given, HEADER)) {
		if (env->out)
			newfile_abort(out);
		return -1;
	}
	return 0;
}

static int run(struct env *env)
{
	struct newfile out;
	struct capture capture = {
		.common = &env->common,
		.what = "turnaround",
		.take = take,
		.row = row,
		.tool = env,
	};
	int status = EXIT_FAILED;

	env->config.vpipe = env->vpipe_path;
	if (!prepare(env, &capture, &out)) {
		status = capture_finish(&capture, run_feed(env, &capture));
		status = finish_output(env, &out, status);
	}
	pgm_free(&env->image);
	return status;
}

int tool_fixture(enum tool_fixture which, int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&options_cv_argp, 0, NULL, 0},
		{&args_common_argp, 0, NULL, 0},
		{0},
	};
	const struct variant *variant = &variants[which];
	const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = variant->args_doc,
		.doc = variant->doc,
		.children = children,
	};
	struct env env = {
		.variant = variant,
		.common = CAPTURE_DEFAULTS(variant->csv),
		.vpipe = VPIPE_NAME,
		.config = {.heap = HEAP_DEFAULT,
			   .buffers = 4,
			   .depth = 1,
			   .cv = OPTIONS_CV_DEFAULTS,
			   .dated = variant->dated},
	};

	env.common.frames = variant->frames;
	args_run(&argp, argc, argv, &env);
	env.config.timeout_ns = env.common.timeout_ns;
	return run(&env);
}
