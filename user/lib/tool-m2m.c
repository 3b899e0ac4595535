// SPDX-License-Identifier: MIT
/*
 * tool-m2m.c - frames from a V4L2 source through vpipe, timed one by one
 *
 * Nodes are opened blocking and waited for in DQBUF itself, see lib/stop.h.
 */
#include <argp.h>
#include <inttypes.h>

#include "user/lib/capture.h"
#include "lib/clock.h"
#include "user/lib/frame-row.h"
#include "lib/msg.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/pipeline.h"
#include "user/lib/tool-m2m.h"

#define SOURCE_NAME "vivid"

#define DEFAULTS_DOC                                                                \
	"DEVICE is a path, or how the node's name in sysfs begins (vivid, vpipe). " \
	"What is left out is found, or has its default; the file is " OUTPUT_FOLDER
#define ROWS_DOC                                                                              \
	"Turnaround, in the summary, is the time from the source's DQBUF to that of the "     \
	"result. latency_ns, in the file, counts from the source's timestamp; nvcsw, nivcsw " \
	"and minflt are the context switches and page faults since the row "                  \
	"before.\n\n" CAPTURE_EXIT_DOC

/* How the programs differ. */
struct variant {
	const char *csv; /* file that rows go to by default */
	unsigned int arguments; /* of SOURCE VPIPE CSV FRAMES TRANSPORT ALGO THRESHOLD */
	const char *args_doc;
	const char *doc;
};

static const struct variant variants[] = {
	[TOOL_M2M] =
		{
			.csv = OUTPUT_FOLDER "/capture-m2m.csv",
			.arguments = 7,
			.args_doc = "[SOURCE VPIPE CSV FRAMES TRANSPORT ALGO THRESHOLD]",
			.doc = "Capture frames from a V4L2 source through vpipe and write one CSV "
			       "row "
			       "each."
			       "\v" DEFAULTS_DOC "/capture-m2m.csv.\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-capture-m2m                      300 frames of vivid "
			       "through vpipe\n"
			       "  vpipe-capture-m2m -f 1000 --transport mmap -o bench/copy.csv\n"
			       "  vpipe-capture-m2m /dev/video0 vpipe bench/run.csv 300 dmabuf "
			       "none\n"
			       "  vpipe-capture-m2m --size 1280x720 --roi 0,0,320,240 --threshold "
			       "90\n"
			       "\n" ROWS_DOC,
		},
	[TOOL_M2M_DMABUF] =
		{
			.csv = OUTPUT_FOLDER "/capture-dmabuf.csv",
			.arguments = 4,
			.args_doc = "[SOURCE VPIPE CSV FRAMES]",
			.doc = "Hand the buffers of a V4L2 source to vpipe as DMABUFs and write "
			       "one CSV "
			       "row a frame."
			       "\vThe source exports its buffers (VIDIOC_EXPBUF) and vpipe reads "
			       "them "
			       "where they are. The rows are those of vpipe-capture-m2m, whose "
			       "other "
			       "transport copies them. " DEFAULTS_DOC "/capture-dmabuf.csv.\n"
			       "\n"
			       "EXAMPLES\n"
			       "  vpipe-capture-dmabuf                   300 frames of vivid "
			       "through vpipe\n"
			       "  vpipe-capture-dmabuf /dev/video0 vpipe bench/zero-copy.csv 1000\n"
			       "  vpipe-capture-dmabuf -f 100 --algo none --size 1280x720 -o "
			       "bench/hd.csv\n"
			       "\n" ROWS_DOC,
		},
};

struct env {
	const struct variant *variant;
	struct args_common common;
	const char *source; /* as the user names them */
	const char *vpipe;
	char source_path[CAPTURE_PATH];
	char vpipe_path[CAPTURE_PATH];
	struct pipeline_config config;
	struct pipeline pipe;
	struct pipeline_frame frame; /* the last one */
};

enum { OPT_SOURCE = 256, OPT_VPIPE, OPT_TRANSPORT };

static const char *const transports[] = {"dmabuf", "mmap", NULL};

/* The first one is skipped by programs that know only one transport. */
static const struct argp_option options[] = {
	{"transport", OPT_TRANSPORT, "HOW", 0,
	 "dmabuf: hand the source's buffers over (default); mmap: copy them", 0},
	{"source", OPT_SOURCE, "DEVICE", 0, "source node (default " SOURCE_NAME ")", 0},
	{"vpipe", OPT_VPIPE, "DEVICE", 0, "vpipe's node (default " VPIPE_NAME ")", 0},
	{0},
};

static void set_transport(struct env *env, const char *text)
{
	unsigned int choice;
	char why[ARGS_WHY];

	if (args_parse_choice("transport", text, transports, &choice, why))
		args_fail("%s", why);
	env->config.transport = choice == 0 ? TRANSPORT_DMABUF : TRANSPORT_MMAP;
}

static void set(struct env *env, int key, const char *text)
{
	switch (key) {
	case OPT_SOURCE:
		env->source = text;
		break;
	case OPT_VPIPE:
		env->vpipe = text;
		break;
	case OPT_TRANSPORT:
		set_transport(env, text);
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
	static const int positional[] = {OPT_SOURCE,	OPT_VPIPE,    ARGS_CSV,		ARGS_FRAMES,
					 OPT_TRANSPORT, OPTIONS_ALGO, OPTIONS_THRESHOLD};
	struct env *env = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &env->config.cv;
		state->child_inputs[1] = &env->config.setup;
		state->child_inputs[2] = &env->common;
		break;
	case ARGP_KEY_ARG:
		key = options_positional(state, arg, positional, env->variant->arguments);
		set(env, key, arg);
		break;
	case OPT_SOURCE:
	case OPT_VPIPE:
	case OPT_TRANSPORT:
		set(env, key, arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int find_nodes(struct env *env)
{
	int err = capture_find("source", env->source, V4L2_CAP_VIDEO_CAPTURE, env->source_path);

	if (!err)
		err = capture_find("vpipe node", env->vpipe, V4L2_CAP_VIDEO_M2M, env->vpipe_path);
	env->config.source = env->source_path;
	env->config.vpipe = env->vpipe_path;
	return err;
}

/*
 * The summary has the time from the source's DQBUF to the result's and not the
 * latency from the source's timestamp, which some sources don't take when they
 * should: vivid dates a frame 0.9 frame periods ahead, as the end of an exposure
 * that it does not wait for.
 */
static int take(void *tool, struct sample *sample)
{
	struct env *env = tool;
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

static int row(void *tool, struct csv *csv, uint64_t number, const struct usage *usage)
{
	const struct env *env = tool;
	const struct frame_row known = {
		.has_source = true,
		.has_copy = env->config.transport == TRANSPORT_MMAP,
	};

	frame_row(csv, known, number, &env->frame, usage);
	return csv_end_row(csv);
}

static int run_pipeline(struct env *env, struct capture *capture)
{
	struct pipeline *pipe = &env->pipe;
	int err = pipeline_open(pipe, &env->config);

	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	else
		capture_check_rate(env->source_path, env->config.setup.fps, pipe->actual_fps);
	if (!err)
		err = capture_frames(capture);
	pipeline_close(pipe);
	if (pipe->corrupt)
		msg_warning("%" PRIu64 " damaged frames of the source were left out",
			    pipe->corrupt);
	return err;
}

static int run(struct env *env)
{
	struct capture capture = {
		.common = &env->common,
		.what = "turnaround",
		.source = env->source_path,
		.take = take,
		.row = row,
		.tool = env,
	};

	if (capture_init() || find_nodes(env) ||
	    output_open(&capture.csv, env->common.csv, env->common.csv_given, FRAME_ROW_HEADER))
		return EXIT_FAILED;
	return capture_finish(&capture, run_pipeline(env, &capture));
}

int tool_m2m(enum tool_m2m which, int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&options_cv_argp, 0, NULL, 0},
		{&options_video_argp, 0, NULL, 0},
		{&args_common_argp, 0, NULL, 0},
		{0},
	};
	const struct variant *variant = &variants[which];
	const struct argp argp = {
		.options = options + (which == TOOL_M2M_DMABUF),
		.parser = parse,
		.args_doc = variant->args_doc,
		.doc = variant->doc,
		.children = children,
	};
	struct env env = {
		.variant = variant,
		.common = CAPTURE_DEFAULTS(variant->csv),
		.source = SOURCE_NAME,
		.vpipe = VPIPE_NAME,
		.config = {.setup = OPTIONS_VIDEO_DEFAULTS,
			   .cv = OPTIONS_CV_DEFAULTS,
			   .transport = TRANSPORT_DMABUF},
	};

	args_run(&argp, argc, argv, &env);
	env.config.timeout_ns = env.common.timeout_ns;
	return run(&env);
}
