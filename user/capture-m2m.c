// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-m2m - frames from a V4L2 source through vpipe, timed one by one
 *
 * Nodes are opened blocking and waited for in DQBUF itself, see lib/stop.h.
 */
#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lib/args.h"
#include "user/lib/clock.h"
#include "user/lib/devices.h"
#include "user/lib/msg.h"
#include "user/lib/output.h"
#include "user/lib/pipeline.h"
#include "user/lib/stop.h"

#define DEFAULT_CSV OUTPUT_FOLDER "/capture-m2m.csv"
#define PROGRESS_NS (NS_PER_SEC / 2)
#define SOURCE_NAME "vivid"
#define HEADER                                                                               \
	"frame,src_sequence,src_index,src_timestamp_ns,src_dqbuf_enter_ns,src_dqbuf_ns,"     \
	"qbuf_enter_ns,qbuf_ns,out_index,cap_index,cap_sequence,cap_timestamp_ns,bytesused," \
	"dqbuf_enter_ns,dqbuf_ns,copy_ns,latency_ns,flags"

struct env {
	struct args_common common;
	const char *source; /* as the user names them */
	const char *vpipe;
	char source_path[256];
	char vpipe_path[256];
	struct pipeline_config pipe;
};

/* What the rows add up to. */
struct totals {
	uint64_t rows;
	uint64_t first_ns; /* DQBUF of the first and the last frame */
	uint64_t last_ns;
	uint32_t last_sequence;
	uint64_t gaps; /* source frames that were never seen */
	uint64_t repeats; /* frames whose sequence did not advance */
	uint64_t errors; /* frames that vpipe marked as damaged */
	uint64_t early; /* frames dated after they were delivered */
	uint64_t *turnaround_ns; /* of each frame: from the source's DQBUF to CAPTURE's */
	size_t room;
};

enum {
	OPT_SOURCE = 256,
	OPT_VPIPE,
	OPT_TRANSPORT,
	OPT_ALGO,
	OPT_THRESHOLD,
	OPT_SIZE,
	OPT_FPS,
	OPT_ROI,
	OPT_BUFFERS,
};

static const char *const transports[] = {"dmabuf", "mmap", NULL};
static const char *const algos[] = {"none", "threshold", NULL};

static const struct argp_option options[] = {
	{"source", OPT_SOURCE, "DEVICE", 0, "source node (default " SOURCE_NAME ")", 0},
	{"vpipe", OPT_VPIPE, "DEVICE", 0, "vpipe's node (default " VPIPE_NAME ")", 0},
	{"transport", OPT_TRANSPORT, "HOW", 0,
	 "dmabuf: hand the source's buffers over (default); mmap: copy them", 0},
	{"algo", OPT_ALGO, "NAME", 0, "none, or threshold (default)", 0},
	{"threshold", OPT_THRESHOLD, "N", 0, "0 to 255: brighter becomes white (default 127)", 0},
	{"size", OPT_SIZE, "WxH", 0, "frame size in pixels (default 640x480)", 0},
	{"fps", OPT_FPS, "N", 0, "frames a second (default 30)", 0},
	{"roi", OPT_ROI, "L,T,W,H", 0, "region to process, in pixels (default: the frame)", 0},
	{"buffers", OPT_BUFFERS, "N", 0, "buffers of each queue, 1 to 32 (default 4)", 0},
	{0},
};

static const char doc[] =
	"Capture frames from a V4L2 source through vpipe and write one CSV row each."
	"\vDEVICE is a path, or how the node's name in sysfs begins (vivid, vpipe). "
	"What is left out is found, or has its default; the file is " DEFAULT_CSV ".\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-capture-m2m                      300 frames of vivid through vpipe\n"
	"  vpipe-capture-m2m -f 1000 --transport mmap -o bench/copy.csv\n"
	"  vpipe-capture-m2m /dev/video0 vpipe bench/run.csv 300 dmabuf none\n"
	"  vpipe-capture-m2m --size 1280x720 --roi 0,0,320,240 --threshold 90\n"
	"\n"
	"Turnaround, in the summary, is the time from the source's DQBUF to that of the "
	"result. latency_ns, in the file, counts from the source's timestamp.\n"
	"\n"
	"Exit status: 0 good, 1 failed, 2 usage, 3 some frames are damaged, 130 Ctrl-C; "
	"the rows of the frames captured so far are kept in any case.";

static const char args_doc[] = "[SOURCE VPIPE CSV FRAMES TRANSPORT ALGO THRESHOLD]";

static void set(struct env *env, int key, const char *text)
{
	struct pipeline_config *pipe = &env->pipe;
	unsigned int pair[2], choice;
	char why[ARGS_WHY];
	uint64_t number;
	int err = 0;

	switch (key) {
	case OPT_SOURCE:
		env->source = text;
		break;
	case OPT_VPIPE:
		env->vpipe = text;
		break;
	case OPT_TRANSPORT:
		err = args_parse_choice("transport", text, transports, &choice, why);
		if (!err)
			pipe->transport = choice == 0 ? TRANSPORT_DMABUF : TRANSPORT_MMAP;
		break;
	case OPT_ALGO:
		err = args_parse_choice("algo", text, algos, &pipe->algo, why);
		break;
	case OPT_THRESHOLD:
		err = args_parse_u64("threshold", text, 0, 255, &number, why);
		if (!err)
			pipe->threshold = (unsigned int)number;
		break;
	case OPT_SIZE:
		err = args_parse_list("--size", text, "WxH", 'x', 2, VPIPE_MIN_SIZE, VPIPE_MAX_SIZE,
				      pair, why);
		if (!err) {
			pipe->width = pair[0];
			pipe->height = pair[1];
		}
		break;
	case OPT_FPS:
		err = args_parse_u64("--fps", text, 1, 1000, &number, why);
		if (!err)
			pipe->fps = (unsigned int)number;
		break;
	case OPT_ROI:
		err = args_parse_list("--roi", text, "L,T,W,H", ',', 4, 0, VPIPE_MAX_SIZE,
				      pipe->roi, why);
		break;
	case OPT_BUFFERS:
		err = args_parse_u64("--buffers", text, 1, VIDEO_MAX_FRAME, &number, why);
		if (!err)
			pipe->buffers = (unsigned int)number;
		break;
	default:
		args_common_set(&env->common, key, text);
	}
	if (err)
		args_fail("%s", why);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	static const int positional[] = {OPT_SOURCE,	OPT_VPIPE, ARGS_CSV,	 ARGS_FRAMES,
					 OPT_TRANSPORT, OPT_ALGO,  OPT_THRESHOLD};
	struct env *env = state->input;

	if (key == ARGP_KEY_INIT) {
		state->child_inputs[0] = &env->common;
	} else if (key == ARGP_KEY_ARG) {
		if (state->arg_num >= sizeof(positional) / sizeof(positional[0]))
			args_fail("'%s' is one argument too many", arg);
		set(env, positional[state->arg_num], arg);
	} else if (key >= OPT_SOURCE && key <= OPT_BUFFERS) {
		set(env, key, arg);
	} else {
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const char *way_out(int err)
{
	switch (-err) {
	case ENODEV:
	case ENOENT:
	case ENXIO:
		return "load what is missing (modprobe vivid, modprobe vpipe) or name another node";
	case EACCES:
	case EPERM:
		return "run it as root, or as a member of the group video";
	case EBUSY:
		return "another program is using it (fuser -v /dev/video*)";
	case ETIMEDOUT:
		return "see dmesg, or allow more time with --timeout";
	case ENOTTY:
	case ENOTSUP:
		return "name another node or size; v4l2-ctl --list-devices shows the nodes";
	}
	return NULL;
}

static int find(const char *what, const char *name, unsigned int caps, char *path, size_t size)
{
	int err = device_resolve(name, caps, path, size);

	if (err == -ENODEV)
		msg_error("no %s: none of the video nodes that could be it is named '%s...'; %s",
			  what, name, way_out(err));
	else if (err)
		msg_errno(err, way_out(err), "cannot use '%s' as the %s", name, what);
	return err;
}

static int find_nodes(struct env *env)
{
	int err = find("source", env->source, V4L2_CAP_VIDEO_CAPTURE, env->source_path,
		       sizeof(env->source_path));

	if (!err)
		err = find("vpipe node", env->vpipe, V4L2_CAP_VIDEO_M2M, env->vpipe_path,
			   sizeof(env->vpipe_path));
	env->pipe.source = env->source_path;
	env->pipe.vpipe = env->vpipe_path;
	return err;
}

static bool is_monotonic(const struct v4l2_buffer *buf)
{
	return (buf->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

static int64_t latency(const struct pipeline_frame *frame)
{
	return (int64_t)(frame->capture_dqbuf.leave - timeval_ns(frame->source.timestamp));
}

static int write_row(struct csv *csv, uint64_t number, const struct pipeline_frame *frame,
		     enum transport transport)
{
	csv_u64(csv, number);
	csv_u64(csv, frame->source.sequence);
	csv_u64(csv, frame->source.index);
	csv_u64(csv, timeval_ns(frame->source.timestamp));
	csv_u64(csv, frame->source_dqbuf.enter);
	csv_u64(csv, frame->source_dqbuf.leave);
	csv_u64(csv, frame->output_qbuf.enter);
	csv_u64(csv, frame->output_qbuf.leave);
	csv_u64(csv, frame->output.index);
	csv_u64(csv, frame->capture.index);
	csv_u64(csv, frame->capture.sequence);
	csv_u64(csv, timeval_ns(frame->capture.timestamp));
	csv_u64(csv, frame->capture.bytesused);
	csv_u64(csv, frame->capture_dqbuf.enter);
	csv_u64(csv, frame->capture_dqbuf.leave);
	if (transport == TRANSPORT_MMAP)
		csv_u64(csv, frame->copy_ns);
	else
		csv_empty(csv);
	if (is_monotonic(&frame->source))
		csv_i64(csv, latency(frame));
	else
		csv_empty(csv);
	csv_u64(csv, frame->capture.flags);
	return csv_end_row(csv);
}

static int add_turnaround(struct totals *totals, uint64_t ns)
{
	if (totals->rows == totals->room) {
		size_t room = totals->room ? 2 * totals->room : 1024;
		uint64_t *larger = reallocarray(totals->turnaround_ns, room, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		totals->turnaround_ns = larger;
		totals->room = room;
	}
	totals->turnaround_ns[totals->rows++] = ns;
	return 0;
}

static int add_frame(struct totals *totals, const struct pipeline_frame *frame)
{
	uint32_t sequence = frame->source.sequence;
	int32_t step = (int32_t)(sequence - totals->last_sequence);

	if (!totals->rows)
		totals->first_ns = frame->capture_dqbuf.leave;
	else if (step > 0)
		totals->gaps += (uint32_t)step - 1;
	else
		totals->repeats++;
	totals->last_sequence = sequence;
	totals->last_ns = frame->capture_dqbuf.leave;
	totals->errors += !!(frame->capture.flags & V4L2_BUF_FLAG_ERROR);
	totals->early += is_monotonic(&frame->source) &&
			 timeval_ns(frame->source.timestamp) > frame->source_dqbuf.leave;
	return add_turnaround(totals, frame->capture_dqbuf.leave - frame->source_dqbuf.leave);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The shortest time, in ms, that @percent of the frames don't exceed; they are sorted. */
static double percentile(const struct totals *totals, unsigned int percent)
{
	size_t rank = (totals->rows * percent + 99) / 100;

	return (double)totals->turnaround_ns[rank - 1] / 1e6;
}

/*
 * The summary has the time from the source's DQBUF to the result's and not the
 * latency from the source's timestamp, which some sources don't take when they
 * should: vivid dates a frame 0.9 frame periods ahead, as the end of an exposure
 * that it does not wait for.
 */
static void print_summary(const struct env *env, const struct totals *totals)
{
	double seconds = (double)(totals->last_ns - totals->first_ns) / NS_PER_SEC;

	if (totals->early)
		msg_note("%s dates frames after their delivery: latency_ns is negative in %" PRIu64
			 " rows (vivid: v4l2-ctl -d %s -c timestamp_source=1)",
			 env->source_path, totals->early, env->source_path);
	qsort(totals->turnaround_ns, totals->rows, sizeof(uint64_t), compare);
	printf("%" PRIu64 " frames", totals->rows);
	if (seconds > 0)
		printf(", %.2f fps", (double)(totals->rows - 1) / seconds);
	printf(", gaps %" PRIu64 ", repeats %" PRIu64, totals->gaps, totals->repeats);
	printf(", turnaround p50 %.3f ms p99 %.3f ms\n", percentile(totals, 50),
	       percentile(totals, 99));
}

/* A line that overwrites itself; @last_ns is when it did last. */
static void show_progress(const struct env *env, uint64_t rows, uint64_t *last_ns)
{
	uint64_t now = clock_ns();

	if (env->common.quiet || now - *last_ns < PROGRESS_NS || !isatty(STDERR_FILENO))
		return;
	*last_ns = now;
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " frames ", rows, env->common.frames);
}

/* The frames. Returns 0, or -errno with its message printed; -EINTR goes without. */
static int capture(const struct env *env, struct pipeline *pipe, struct csv *csv,
		   struct totals *totals)
{
	uint64_t shown_ns = clock_ns();
	struct pipeline_frame frame;
	int err = 0;

	while (!err && totals->rows < env->common.frames) {
		err = pipeline_step(pipe, &frame);
		if (err && err != -EINTR)
			msg_errno(err, way_out(err), "frame %" PRIu64 ": %s", totals->rows,
				  v4l2_error());
		if (err)
			break;
		/* A file that can't be written is told of at the end, by its commit. */
		err = write_row(csv, totals->rows, &frame, env->pipe.transport);
		if (!err)
			err = add_frame(totals, &frame);
		if (err == -ENOMEM)
			msg_errno(err, "capture fewer frames (--frames)", "cannot keep the times");
		show_progress(env, totals->rows, &shown_ns);
	}
	if (isatty(STDERR_FILENO) && !env->common.quiet)
		fprintf(stderr, "\r%*s\r", 40, "");
	return err;
}

static int run_pipeline(const struct env *env, struct csv *csv, struct totals *totals)
{
	struct pipeline pipe;
	int err = pipeline_open(&pipe, &env->pipe);

	if (err)
		msg_errno(err, way_out(err), "%s", v4l2_error());
	else if (!pipe.actual_fps)
		msg_warning("%s has no frame rate to set", env->source_path);
	else if (pipe.actual_fps < env->pipe.fps * 0.999 || pipe.actual_fps > env->pipe.fps * 1.001)
		msg_warning("%s runs at %.3f frames a second, not the %u asked for",
			    env->source_path, pipe.actual_fps, env->pipe.fps);
	if (!err)
		err = capture(env, &pipe, csv, totals);
	pipeline_close(&pipe);
	if (pipe.corrupt)
		msg_warning("%" PRIu64 " damaged frames of the source were left out", pipe.corrupt);
	if (totals->errors)
		msg_warning("%" PRIu64 " frames are marked as damaged by vpipe", totals->errors);
	return err;
}

/* Complete rows are kept, whatever happened after them. Returns the exit status. */
static int finish(const struct env *env, struct csv *csv, struct totals *totals, int err)
{
	const char *path = env->common.csv;

	if (!totals->rows) {
		csv_abort(csv);
		if (err == -EINTR)
			msg_note("interrupted before the first frame: %s is not written", path);
	} else {
		if (output_commit(csv, path))
			return EXIT_FAILED;
		if (err)
			msg_note("%s: %" PRIu64 " of %" PRIu64 " rows are in %s",
				 err == -EINTR ? "interrupted" : "failed", totals->rows,
				 env->common.frames, path);
		if (!env->common.quiet)
			print_summary(env, totals);
	}
	if (err == -EINTR)
		return 128 + stop_signal();
	if (err)
		return EXIT_FAILED;
	return totals->errors ? EXIT_INCOMPLETE : EXIT_GOOD;
}

static int run(struct env *env)
{
	struct totals totals = {0};
	struct csv *csv;
	int err, status;

	err = stop_init();
	if (err) {
		msg_errno(err, NULL, "cannot handle signals");
		return EXIT_FAILED;
	}
	if (find_nodes(env) || output_open(&csv, env->common.csv, env->common.csv_given, HEADER))
		return EXIT_FAILED;
	err = run_pipeline(env, csv, &totals);
	status = finish(env, csv, &totals, err);
	free(totals.turnaround_ns);
	return status;
}

int main(int argc, char **argv)
{
	static const struct argp_child children[] = {{&args_common_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {options, parse, args_doc, doc, children, NULL, NULL};
	struct env env = {
		.common = {.csv = DEFAULT_CSV,
			   .frames = 300,
			   .min_frames = 1,
			   .timeout_ns = 5 * NS_PER_SEC},
		.source = SOURCE_NAME,
		.vpipe = VPIPE_NAME,
		.pipe = {.width = VPIPE_DEFAULT_WIDTH,
			 .height = VPIPE_DEFAULT_HEIGHT,
			 .fps = 30,
			 .buffers = 4,
			 .transport = TRANSPORT_DMABUF,
			 .algo = VPIPE_ALGO_THRESHOLD,
			 .threshold = 127},
	};

	args_run(&argp, argc, argv, &env);
	env.pipe.timeout_ns = env.common.timeout_ns;
	return run(&env);
}
