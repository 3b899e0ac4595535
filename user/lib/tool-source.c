// SPDX-License-Identifier: MIT
/*
 * tool-source.c - frames from a V4L2 source alone: what a pipeline is compared with
 */
#include <argp.h>

#include "user/lib/capture.h"
#include "lib/clock.h"
#include "user/lib/frame-row.h"
#include "lib/msg.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/source.h"
#include "user/lib/tool-source.h"

#define SOURCE_NAME "vivid"
#define HEADER                                                                  \
	"frame,sequence,index,timestamp_ns,enter_ns,leave_ns,bytesused,copies," \
	"latency_ns,flags,qbuf_enter_ns,qbuf_ns,qbuf_minflt," USAGE_COLUMNS

#define DEFAULTS_DOC                                                                          \
	"VIDEO is a path, or how the name of the node in sysfs begins (vivid). What is left " \
	"out is found, or has its default; the file is " OUTPUT_FOLDER
#define COLUMNS_DOC                                                                              \
	"Columns: sequence and timestamp_ns are the driver's; enter_ns and leave_ns are taken "  \
	"around the call that got the frame; copies is how often it was copied on its way to "   \
	"the program; latency_ns counts from the timestamp; qbuf_* is about the QBUF that gave " \
	"the driver the frame's buffer; nvcsw, nivcsw and minflt are the context switches and "  \
	"page faults since the row before. What is not known is empty.\n\n" CAPTURE_EXIT_DOC

/* How the programs differ. */
struct variant {
	enum source_io io;
	const char *csv; /* file that rows go to by default */
	unsigned int arguments; /* of VIDEO CSV FRAMES POOL-OR-FRESH */
	const char *args_doc;
	const char *doc;
};

static const struct variant variants[] = {
	[TOOL_SOURCE_MMAP] =
		{
			.io = SOURCE_MMAP,
			.csv = OUTPUT_FOLDER "/capture-mmap.csv",
			.arguments = 3,
			.args_doc = "[VIDEO CSV FRAMES]",
			.doc = "Capture frames of a V4L2 source in mapped buffers and write one "
			       "CSV row "
			       "each."
			       "\v" DEFAULTS_DOC "/capture-mmap.csv.\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-capture-mmap                     300 frames of vivid\n"
			       "  vpipe-capture-mmap /dev/video0 bench/mmap.csv 1000\n"
			       "  vpipe-capture-mmap -f 100 --size 1280x720 --buffers 8 -o "
			       "bench/hd.csv\n"
			       "\n" COLUMNS_DOC,
		},
	[TOOL_SOURCE_READ] =
		{
			.io = SOURCE_READ,
			.csv = OUTPUT_FOLDER "/capture-read.csv",
			.arguments = 3,
			.args_doc = "[VIDEO CSV FRAMES]",
			.doc = "Capture frames of a V4L2 source with read(2) and write one CSV row "
			       "each."
			       "\vread(2) copies each frame once and tells neither its sequence "
			       "nor its "
			       "timestamp: those cells are empty, and lost frames are not seen. "
			       "How many "
			       "buffers there are is the driver's choice, whatever --buffers "
			       "says. " DEFAULTS_DOC "/capture-read.csv.\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-capture-read                     300 frames of vivid\n"
			       "  vpipe-capture-read /dev/video0 bench/read.csv 1000\n"
			       "  vpipe-capture-read -f 100 --size 1280x720 -o bench/hd.csv\n"
			       "\n" COLUMNS_DOC,
		},
	[TOOL_SOURCE_USERPTR] =
		{
			.io = SOURCE_USERPTR_POOL,
			.csv = OUTPUT_FOLDER "/capture-userptr.csv",
			.arguments = 4,
			.args_doc = "[VIDEO CSV FRAMES POOL-OR-FRESH]",
			.doc = "Capture frames of a V4L2 source in memory of the program (USERPTR) "
			       "and "
			       "write one CSV row each."
			       "\vpool: each buffer keeps its memory, so that only its first QBUF "
			       "has to "
			       "fault its pages in and pin them; fresh: each QBUF brings newly "
			       "mapped "
			       "memory. The column qbuf_minflt has the page faults of each "
			       "QBUF. " DEFAULTS_DOC "/capture-userptr.csv.\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-capture-userptr                  300 frames of vivid, from "
			       "a pool\n"
			       "  vpipe-capture-userptr /dev/video0 bench/fresh.csv 1000 fresh\n"
			       "  vpipe-capture-userptr -f 100 --memory fresh -o bench/fresh.csv\n"
			       "\n" COLUMNS_DOC,
		},
};

struct env {
	const struct variant *variant;
	struct args_common common;
	const char *video; /* as the user names it */
	char path[CAPTURE_PATH];
	struct source_config config;
	struct source source;
	struct source_frame frame; /* the last one */
};

enum { OPT_DEVICE = 'd', OPT_MEMORY = 256 };

static const char *const memories[] = {"pool", "fresh", NULL};

/* The first one is skipped by programs that don't bring their own memory. */
static const struct argp_option options[] = {
	{"memory", OPT_MEMORY, "HOW", 0,
	 "pool: the same memory again and again (default); fresh: new memory for each QBUF", 0},
	{"device", OPT_DEVICE, "DEVICE", 0, "source node (default " SOURCE_NAME ")", 0},
	{0},
};

static void set(struct env *env, int key, const char *text)
{
	char why[ARGS_WHY];
	unsigned int choice;

	switch (key) {
	case OPT_DEVICE:
		env->video = text;
		break;
	case OPT_MEMORY:
		if (args_parse_choice("memory", text, memories, &choice, why))
			args_fail("%s", why);
		env->config.io = choice ? SOURCE_USERPTR_FRESH : SOURCE_USERPTR_POOL;
		break;
	default:
		args_common_set(&env->common, key, text);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const int positional[] = {OPT_DEVICE, ARGS_CSV, ARGS_FRAMES, OPT_MEMORY};
	struct env *env = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &env->config.setup;
		state->child_inputs[1] = &env->common;
		break;
	case ARGP_KEY_ARG:
		set(env, options_positional(state, arg, positional, env->variant->arguments), arg);
		break;
	case OPT_DEVICE:
	case OPT_MEMORY:
		set(env, key, arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int take(void *tool, struct sample *sample)
{
	struct env *env = tool;
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

static int row(void *tool, struct csv *csv, uint64_t number, const struct usage *usage)
{
	const struct env *env = tool;

	csv_u64(csv, number);
	if (env->config.io == SOURCE_READ)
		read_row(csv, &env->frame);
	else
		buffer_row(csv, &env->frame);
	usage_cells(csv, usage);
	return csv_end_row(csv);
}

static int run_source(struct env *env, struct capture *capture)
{
	int err = source_open(&env->source, &env->config);

	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	else
		capture_check_rate(env->path, env->config.setup.fps, env->source.actual_fps);
	if (!err)
		err = capture_frames(capture);
	source_close(&env->source);
	return err;
}

static int run(struct env *env)
{
	struct capture capture = {
		.common = &env->common,
		.what = env->config.io == SOURCE_READ ? "read" : "DQBUF",
		.source = env->path,
		.take = take,
		.row = row,
		.tool = env,
	};

	env->config.path = env->path;
	if (capture_init() ||
	    capture_find("source", env->video, V4L2_CAP_VIDEO_CAPTURE, env->path) ||
	    output_open(&capture.csv, env->common.csv, env->common.csv_given, HEADER))
		return EXIT_FAILED;
	return capture_finish(&capture, run_source(env, &capture));
}

int tool_source(enum tool_source which, int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&options_video_argp, 0, NULL, 0},
		{&args_common_argp, 0, NULL, 0},
		{0},
	};
	const struct variant *variant = &variants[which];
	const struct argp argp = {
		.options = options + (which != TOOL_SOURCE_USERPTR),
		.parser = parse,
		.args_doc = variant->args_doc,
		.doc = variant->doc,
		.children = children,
	};
	struct env env = {
		.variant = variant,
		.common = CAPTURE_DEFAULTS(variant->csv),
		.video = SOURCE_NAME,
		.config = {.setup = OPTIONS_VIDEO_DEFAULTS, .io = variant->io},
	};

	args_run(&argp, argc, argv, &env);
	env.config.timeout_ns = env.common.timeout_ns;
	return run(&env);
}
