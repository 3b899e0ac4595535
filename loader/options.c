// SPDX-License-Identifier: MIT
/* options.c - see options.h */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kmod/vpipe.h"
#include "loader/host/cards.h"
#include "loader/options.h"
#include "lib/args.h"
#include "lib/caches.h"

enum {
	OPT_SIZE = 256,
	OPT_FPS,
	OPT_RING,
	OPT_NO_LOAD,
	OPT_COUNTERS,
	OPT_NO_FRAMES,
	OPT_TIMELINE,
	OPT_AS_ROOT,
	OPT_CACHE,
	OPT_FOLLOW,
	OPT_DISPLAY,
	OPT_WARMUP,
	OPT_DEADLINE,
	OPT_STOP_ABOVE,
	OPT_KEEP,
	OPT_METRICS,
	OPT_FILES,
	OPT_THREADS,
};

static const struct argp_option run_options_table[] = {
	{NULL, 0, NULL, 0, "The run:", 1},
	{"output", 'o', "[DIR/]NAME", 0, "name its files (default run: bench/run.*)", 1},
	{"duration", 'D', "S", 0, "end it after S seconds", 1},
	{"no-frames", OPT_NO_FRAMES, NULL, 0, "histograms only: no row a frame, no costs", 1},
	{"timeline", OPT_TIMELINE, NULL, 0,
	 "what each thread did, and who woke or preempted it: NAME.timeline.csv", 1},
	{"warmup", OPT_WARMUP, "N", 0, "leave the first N frames out of all figures of time", 1},
	{"deadline", OPT_DEADLINE, "TIME", 0,
	 "count frames that take longer, as 20ms (default: the frame period, if it is known)", 1},
	{"quiet", 'q', NULL, 0, "print errors and warnings only", 1},
	{"verbose", 'v', NULL, 0, "show what libbpf and the verifier say", 1},
	{NULL, 0, NULL, 0, "The pipeline (without COMMAND):", 2},
	{"frames", 'f', "N", 0, "frames (default 300)", 2},
	{"transport", 't', "dmabuf|mmap", 0, "source to vpipe (default dmabuf)", 2},
	{"algo", 'a', "none|threshold", 0, "what vpipe does (default threshold)", 2},
	{"threshold", 'T', "0..255", 0, "white above it (default 127)", 2},
	{"size", OPT_SIZE, "WxH", 0, "frame size (default 640x480)", 2},
	{"fps", OPT_FPS, "N", 0, "frames a second (default 30)", 2},
	{"cache", OPT_CACHE, "as-is|source|both", 0,
	 "flush before each job: nothing (default), the source, or the result as well", 2},
	{NULL, 0, NULL, 0, "The machine:", 3},
	{"source", 's', "NODE", 0, "source: /dev/videoN, its name or none (default vivid)", 3},
	{"device", 'd', "NODE", 0,
	 "the vpipe node (default: the one named vpipe); with a COMMAND any camera or mem2mem "
	 "node, "
	 "again for more, or `any' for all cameras",
	 3},
	{"vpipe", 'd', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 3},
	{"follow", OPT_FOLLOW, NULL, 0,
	 "every mem2mem node and ISP, too, that frames of -d may come to", 3},
	{"display", OPT_DISPLAY, "CARD", OPTION_ARG_OPTIONAL,
	 "with a COMMAND the card that shows the frames: as for record", 3},
	{"no-load", OPT_NO_LOAD, NULL, 0, "do not load modules that are missing", 3},
	{"as-root", OPT_AS_ROOT, NULL, 0, "run COMMAND as root, not as who called sudo", 3},
	{"ring-size", OPT_RING, "KIB", 0, "ring buffer, a power of two (default 1024)", 3},
	{"counters", OPT_COUNTERS, "LIST", 0, "perf events read at stages (default hardware)", 3},
	{0},
};

static const struct argp_option record_options[] = {
	{"output", 'o', "[DIR/]NAME", 0, "name its files (default record: bench/record.*)", 1},
	{"duration", 'D', "S", 0, "end it after S seconds", 1},
	{"pid", 'p', "PID", 0, "only frames that this process or its children queue", 1},
	{"device", 'd', "NODE", 0,
	 "camera or mem2mem node of any driver, by path or name; again: those that its frames go "
	 "on to; `any': all cameras (default: the node named vpipe, or any)",
	 1},
	{"vpipe", 'd', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 1},
	{"follow", OPT_FOLLOW, NULL, 0,
	 "every mem2mem node and ISP, too, that frames of -d may come to", 1},
	{"display", OPT_DISPLAY, "CARD", OPTION_ARG_OPTIONAL,
	 "the card that shows the frames: /dev/dri/cardN, its driver, or without a value the first "
	 "that something is connected to; alone, or behind -d",
	 1},
	{"source", 's', "NODE", 0, "source that all frames come from, or none (default: any)", 1},
	{"stop-above", OPT_STOP_ABOVE, "TIME", 0,
	 "until a frame takes longer, as 5ms; write what was around it", 1},
	{"keep", OPT_KEEP, "TIME", 0, "with that: from so long before (default 2s)", 1},
	{"interval", 'i', "S", 0,
	 "to be left on: no run, but --metrics, written every S seconds; devices may come and go",
	 1},
	{"metrics", OPT_METRICS, "FILE", 0,
	 "with that: the figures so far, for Prometheus (docs/service.md)", 1},
	{"ring-size", OPT_RING, "KIB", 0, "ring buffer, a power of two (default 1024)", 1},
	{"files", OPT_FILES, "N", 0, "room for N files at once (default: by the devices)", 1},
	{"threads", OPT_THREADS, "N", 0, "room for N threads at once (default: likewise)", 1},
	{"counters", OPT_COUNTERS, "LIST", 0, "perf events read at stages (default hardware)", 1},
	{"no-frames", OPT_NO_FRAMES, NULL, 0, "histograms only: no row a frame, no costs", 1},
	{"timeline", OPT_TIMELINE, NULL, 0,
	 "what each thread did, and who woke or preempted it: NAME.timeline.csv", 1},
	{"warmup", OPT_WARMUP, "N", 0,
	 "leave the first N frames of each device out of all figures of time", 1},
	{"deadline", OPT_DEADLINE, "TIME", 0,
	 "count frames that take longer, as 20ms (default: the frame period, if it is known)", 1},
	{"quiet", 'q', NULL, 0, "print errors and warnings only", 1},
	{"verbose", 'v', NULL, 0, "show what libbpf and the verifier say", 1},
	{0},
};

static const struct argp_option top_options[] = {
	{"interval", 'i', "S", 0, "look every S seconds, 1 to 60 (default 1)", 1},
	{"batch", 'b', "N", 0, "print the figures N times, plain, instead of drawing them", 1},
	{"output", 'o', "[DIR/]NAME", 0,
	 "what the files of saved frames begin with (default top: bench/top-*)", 1},
	{"pid", 'p', "PID", 0, "only frames that this process or its children queue", 2},
	{"device", 'd', "NODE", 0,
	 "camera or mem2mem node, by path or name; again, and `any': as for record", 2},
	{"follow", OPT_FOLLOW, NULL, 0, "as for record", 2},
	{"display", OPT_DISPLAY, "CARD", OPTION_ARG_OPTIONAL, "as for record", 2},
	{"source", 's', "NODE", 0, "source that all frames come from, or none (default: any)", 2},
	{"ring-size", OPT_RING, "KIB", 0, "ring buffer, a power of two (default 1024)", 3},
	{"verbose", 'v', NULL, 0, "show what libbpf and the verifier say", 3},
	{0},
};

#define RING_BYTES (1 << 20)

static const char *const transports[] = {"dmabuf", "mmap", NULL};
static const char *const algos[] = {"none", "threshold", NULL};

static int parse_choice(const char *what, const char *text, const char *const names[],
			const char **out, char why[ARGS_WHY])
{
	unsigned int choice;
	int err = args_parse_choice(what, text, names, &choice, why);

	if (!err)
		*out = names[choice];
	return err;
}

static uint64_t parse_ring(const char *text)
{
	char why[ARGS_WHY];
	uint64_t kib;

	if (args_parse_u64("--ring-size", text, (uint64_t)sysconf(_SC_PAGESIZE) / 1024, 1 << 20,
			   &kib, why))
		args_fail("%s", why);
	if (kib & (kib - 1))
		args_fail("--ring-size must be a power of two, not %s", text);
	return kib * 1024;
}

static void parse_counters(const char *list, struct counters *counters)
{
	char why[COUNTERS_WHY];

	if (counters_parse(counters, list, why))
		args_fail("--counters: %s", why);
}

static int parse_pipeline(int key, char *arg, struct run_options *options, char why[ARGS_WHY])
{
	switch (key) {
	case 'f':
		return args_parse_u64("--frames", arg, 1, ARGS_MAX_FRAMES, &options->request.frames,
				      why);
	case 't':
		return parse_choice("--transport", arg, transports, &options->request.transport,
				    why);
	case 'a':
		return parse_choice("--algo", arg, algos, &options->request.algo, why);
	case 'T':
		return args_parse_u64("--threshold", arg, 0, 255, &options->request.threshold, why);
	case OPT_SIZE:
		return args_parse_list("--size", arg, "WxH", 'x', 2, VPIPE_MIN_SIZE, VPIPE_MAX_SIZE,
				       options->request.size, why);
	case OPT_FPS:
		return args_parse_u64("--fps", arg, 1, 1000, &options->request.fps, why);
	case OPT_CACHE:
		return args_parse_choice("--cache", arg, cache_names, &options->request.cache, why);
	}
	return 1;
}

/* Every name begins as an empty one does. */
static void check_named(const char *option, const char *node)
{
	if (!*node)
		args_fail("%s: the name of the node is empty", option);
}

/* What run and record both take. Returns 1 for a key that is not among it. */
static int parse_session(int key, char *arg, struct run_options *options, char why[ARGS_WHY])
{
	uint64_t warmup;
	int err = 0;

	switch (key) {
	case 'o':
		args_no_stdout("--output", arg, "files of several names");
		options->output = arg;
		break;
	case 'D':
		err = args_parse_seconds("--duration", arg, 0, 86400, &options->duration_ns, why);
		if (!err && !options->duration_ns)
			args_fail("--duration must be more than 0 seconds");
		break;
	case 'q':
		options->quiet = true;
		break;
	case 'v':
		options->verbose = true;
		break;
	case 's':
		check_named("--source", arg);
		options->config.want_source = strcmp(arg, "none") != 0;
		options->request.source = options->config.want_source ? arg : NULL;
		break;
	case 'd':
		check_named("--device", arg);
		if (options->request.n_devices == VPIPE_MAX_DEVICES)
			args_fail("--device: no more than %d of them", VPIPE_MAX_DEVICES);
		options->request.devices[options->request.n_devices++] = arg;
		options->request.vpipe = options->request.devices[0];
		break;
	case OPT_FOLLOW:
		options->request.follow = true;
		break;
	case OPT_DISPLAY:
		options->request.display = arg ? arg : CARD_ANY;
		break;
	case OPT_RING:
		options->config.ring_bytes = parse_ring(arg);
		break;
	case OPT_COUNTERS:
		parse_counters(arg, &options->counters);
		options->counters_given = true;
		break;
	case OPT_NO_FRAMES:
		options->config.no_frames = true;
		break;
	case OPT_TIMELINE:
		options->config.timeline = true;
		break;
	case OPT_DEADLINE:
		err = args_parse_time("--deadline", arg, 86400, &options->request.deadline_ns, why);
		break;
	case OPT_WARMUP:
		err = args_parse_u64("--warmup", arg, 1, ARGS_MAX_FRAMES, &warmup, why);
		if (!err)
			options->config.warmup = (unsigned int)warmup;
		break;
	default:
		return 1;
	}
	return err;
}

static error_t parse_run(int key, char *arg, struct argp_state *state)
{
	struct run_options *options = state->input;
	char why[ARGS_WHY];
	int err;

	switch (key) {
	case OPT_NO_LOAD:
		options->no_load = true;
		return 0;
	case OPT_AS_ROOT:
		options->as_root = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!state->quoted || state->next <= state->quoted)
			args_fail("unexpected argument '%.40s': a command goes behind --", arg);
		return ARGP_ERR_UNKNOWN; /* comes again, with all behind it */
	case ARGP_KEY_ARGS:
		options->command = state->argv + state->next;
		options->request.has_command = true;
		return 0;
	}
	err = parse_session(key, arg, options, why);
	if (err > 0) {
		err = parse_pipeline(key, arg, options, why);
		options->pipeline_given |= err <= 0;
	}
	if (err < 0)
		args_fail("%s", why);
	return err ? ARGP_ERR_UNKNOWN : 0;
}

/* How much room there is. */
static int parse_room(const char *option, const char *arg, unsigned int most, unsigned int *room,
		      char why[ARGS_WHY])
{
	uint64_t n = 0;
	int err = args_parse_u64(option, arg, 1, most, &n, why);

	*room = (unsigned int)n;
	return err;
}

static error_t parse_record(int key, char *arg, struct argp_state *state)
{
	struct run_options *options = state->input;
	struct trace_config *config = &options->config;
	char why[ARGS_WHY];
	int err = 0;

	switch (key) {
	case 'p':
		err = args_parse_u64("--pid", arg, 1, 4194304, &options->pid, why);
		options->config.only_clients = true;
		break;
	case OPT_STOP_ABOVE:
		err = args_parse_time("--stop-above", arg, 86400, &options->stop_above_ns, why);
		break;
	case OPT_KEEP:
		err = args_parse_time("--keep", arg, 3600, &options->keep_ns, why);
		break;
	case 'i':
		err = args_parse_u64("--interval", arg, 1, 3600, &options->interval_s, why);
		break;
	case OPT_METRICS:
		if (!*arg)
			args_fail("--metrics: the file needs a name");
		args_no_stdout("--metrics", arg, "what is written anew each time");
		options->metrics = arg;
		break;
	case OPT_FILES:
		err = parse_room("--files", arg, VPIPE_MAX_CONTEXTS, &config->max_contexts, why);
		break;
	case OPT_THREADS:
		err = parse_room("--threads", arg, VPIPE_MAX_THREADS, &config->max_threads, why);
		break;
	case ARGP_KEY_ARG:
		args_fail("unexpected argument '%.40s'", arg);
	default:
		err = parse_session(key, arg, options, why);
	}
	if (err < 0)
		args_fail("%s", why);
	return err ? ARGP_ERR_UNKNOWN : 0;
}

/* What is left on has neither an end nor files of a run. */
static void check_interval(const struct run_options *options)
{
	const struct {
		const char *option;
		bool given;
	} others[] = {
		{"--output", options->output},
		{"--pid", options->pid},
		{"--stop-above", options->stop_above_ns},
		{"--timeline", options->config.timeline},
		{"--warmup", options->config.warmup},
		{"--deadline", options->request.deadline_ns},
		{"--counters", options->counters_given},
	};

	if (options->interval_s && !options->metrics)
		args_fail("--interval needs --metrics FILE: what is to be written");
	if (!options->interval_s && options->metrics)
		args_fail("--metrics needs --interval S: every how many seconds; of a run that is "
			  "over, vpipe-trace export --metrics writes it");
	for (size_t i = 0; options->interval_s && i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].given)
			args_fail("%s is for a run, and with --interval there is none",
				  others[i].option);
	}
}

/* Options that do not go together. */
static void check_session(const struct run_options *options)
{
	if (options->config.no_frames && options->request.deadline_ns)
		args_fail("--deadline goes by rows, and there are none with --no-frames");
	if (options->config.no_frames && options->stop_above_ns)
		args_fail("--stop-above goes by rows, and there are none with --no-frames");
	if (options->keep_ns && !options->stop_above_ns)
		args_fail("--keep goes with --stop-above");
}

static error_t parse_top(int key, char *arg, struct argp_state *state)
{
	struct run_options *options = state->input;
	char why[ARGS_WHY];
	int err;

	switch (key) {
	case 'i':
		err = args_parse_u64("--interval", arg, 1, 60, &options->interval, why);
		break;
	case 'b':
		err = args_parse_u64("--batch", arg, 1, 1000000, &options->screens, why);
		break;
	default:
		return parse_record(key, arg, state);
	}
	if (err < 0)
		args_fail("%s", why);
	return 0;
}

/* What attaches to what runs begins with these. */
static const struct run_options attaching = {
	.request.has_command = true,
	.config = {.want_source = true,
		   .adopt_users = true,
		   .source_minor = -1,
		   .ring_bytes = RING_BYTES},
};

void top_options_parse(struct run_options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = top_options,
		.parser = parse_top,
		.doc = "Look at what goes through a camera or any other node just now: frames a "
		       "second, what is late, dropped and lost, where the time goes, which threads "
		       "wait, and why the slowest frames were slow. Nothing is loaded, started or "
		       "disturbed, and no files are written but the frames that are saved."
		       "\vEXAMPLES\n"
		       "  sudo vpipe-trace top                      the vpipe node, or all "
		       "cameras\n"
		       "  sudo vpipe-trace top -d /dev/video0       that camera\n"
		       "  sudo vpipe-trace top -d HD --display      from camera to screen\n"
		       "  sudo vpipe-trace top -d HD -b 1 -i 10     ten seconds of it, for a log\n"
		       "\n"
		       "KEYS\n"
		       "  q Ctrl-C  quit\n"
		       "  h ?       what all the figures mean\n"
		       "  p space   pause: the figures stand, tracing goes on\n"
		       "  s         sort by share, by the last second, or along the path\n"
		       "  r         reset all but the last minute\n"
		       "  Up Down   choose one of the slowest frames (also k and j)\n"
		       "  w         write it to a file: bench/top-TIME-FRAME.jsonl, as export\n"
		       "            --jsonl writes the frames of a run\n"
		       "\n"
		       "The terminal needs 80 columns and 24 rows. What it cannot show by its "
		       "locale\n"
		       "(LC_ALL, LC_CTYPE, LANG) is drawn in ASCII; NO_COLOR is obeyed.\n"
		       "\n"
		       "Exit status: 0 good, 1 failed, 2 usage, 3 something was lost: it says "
		       "what.",
	};

	*options = attaching;
	options->interval = 1;
	options->quiet = true; /* no line of its own on the terminal */
	args_run(&argp, argc, argv, options);
}

void record_options_parse(struct run_options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = record_options,
		.parser = parse_record,
		.doc = "Attach to what already goes through a camera, a mem2mem or an output node, "
		       "a display or the vpipe node, write its CSV files and print where the time "
		       "went when it ends: by Ctrl-C, or after -D seconds. Nothing is loaded, "
		       "started or disturbed."
		       "\vEXAMPLES\n"
		       "  sudo vpipe-trace record -d /dev/video0    any camera, until Ctrl-C\n"
		       "  sudo vpipe-trace record -d HD -D 5        by the beginning of its name\n"
		       "  sudo vpipe-trace record -D 10             ten seconds, all clients\n"
		       "  sudo vpipe-trace record -p $(pidof app)   one process, until Ctrl-C\n"
		       "  sudo vpipe-trace record -d HD --stop-above 50ms    until a frame is "
		       "slow\n"
		       "  sudo vpipe-trace record -d HD -d scaler   from end to end, through both\n"
		       "  sudo vpipe-trace record -d HD --display   until they are shown\n"
		       "  sudo vpipe-trace record -i 15 --metrics /run/vpipe.prom    left on\n"
		       "\n"
		       "Frames that were queued before, and whose job was not done, are counted,\n"
		       "not recorded. The accounts of threads begin when they first touch the\n"
		       "node. PID is an id of the PID namespace that vpipe-trace is in; that of a\n"
		       "thread stands for its process. Children are those that it has, those of\n"
		       "theirs, and all that they start. What passes of others is counted, too.\n"
		       "An earlier run NAME becomes NAME.old; what no run wrote, or was changed\n"
		       "since, is left alone, or kept as FILE.kept.\n"
		       "\n"
		       "With --stop-above only the last records are kept, in memory, until a "
		       "frame\n"
		       "takes longer. These, and a quarter as much behind it, are the run then. "
		       "What\n"
		       "ends it before writes nothing: no frame was slow.\n"
		       "\n"
		       "With --interval it stays: it waits for devices, and for those that come\n"
		       "back; nothing is kept of a frame but its times, in histograms. When a "
		       "signal\n"
		       "ends it the file is removed, with -D it is left: docs/service.md.\n"
		       "\n"
		       "Exit status: 0 good, 1 failed, 2 usage, 3 finished but data are\n"
		       "incomplete, 4 a frame took longer than --stop-above, and the run was "
		       "written.",
	};

	*options = attaching;
	args_run(&argp, argc, argv, options);
	check_session(options);
	check_interval(options);
	if (options->interval_s)
		return;
	options->output = options->output ?: "record";
	if (!options->counters_given)
		parse_counters("hardware", &options->counters);
}

void run_options_parse(struct run_options *options, int argc, char **argv)
{
	static const struct argp argp = {
		.options = run_options_table,
		.parser = parse_run,
		.args_doc = "[-- COMMAND [ARG...]]",
		.doc = "Load what is missing, trace a pipeline through the vpipe node from its "
		       "first frame to its last, write its CSV files, print where the time went. "
		       "Without COMMAND the pipeline is vivid at 640x480, 30 frames a second, "
		       "captured by vpipe-capture-m2m."
		       "\vEXAMPLES\n"
		       "  sudo vpipe-trace run                  files bench/run.*\n"
		       "  sudo vpipe-trace run -f 3000 -o long  files bench/long.*\n"
		       "  sudo vpipe-trace run -t mmap -o /tmp/mmap\n"
		       "  sudo vpipe-trace run --cache both -o cold    frames from memory\n"
		       "  sudo vpipe-trace run -- v4l2-ctl -d /dev/video0 --stream-mmap \\\n"
		       "       --stream-out-mmap --stream-count=100\n"
		       "\n"
		       "FILES\n"
		       "  NAME.frames.csv    a row a frame: its stages add up to e2e_ns\n"
		       "  NAME.hist.csv      latency histograms, counted in the kernel\n"
		       "  NAME.summary.csv   percentiles and shares of each stage\n"
		       "  NAME.causes.csv    percentiles and shares of each cost\n"
		       "  NAME.counters.csv  what each stage counted: --counters\n"
		       "  NAME.sched.csv     a row a thread: switches, wakeups, waits\n"
		       "  NAME.timeline.csv  what each thread did, and when: --timeline\n"
		       "  NAME.run.json      what was run and where, and every loss\n"
		       "  NAME.csv, NAME.meta.csv  what the capture tools saw\n"
		       "\n"
		       "An earlier run NAME becomes NAME.old when this one is complete. What no "
		       "run\n"
		       "wrote, or was changed since, is left alone, or kept as FILE.kept.\n"
		       "\n"
		       "Exit status: 0 good, 1 failed, 2 usage, 3 finished but data are\n"
		       "incomplete. Ctrl-C ends the run and reports; twice gives it up.",
	};

	*options = (struct run_options){
		.output = "run",
		.config = {.want_source = true,
			   .only_clients = true,
			   .source_minor = -1,
			   .ring_bytes = RING_BYTES},
		.request = {.frames = 300,
			    .transport = "dmabuf",
			    .algo = "threshold",
			    .threshold = 127,
			    .size = {VPIPE_DEFAULT_WIDTH, VPIPE_DEFAULT_HEIGHT},
			    .fps = 30},
	};
	parse_counters("hardware", &options->counters);
	args_run(&argp, argc, argv, options);
	check_session(options);
	if (!options->config.want_source && !options->command)
		args_fail("--source=none goes with a COMMAND that brings its own frames");
	/* what a COMMAND does is its own affair */
	if (options->command && options->pipeline_given)
		args_fail(
			"the options of the pipeline (--frames, --transport, --algo, --threshold, "
			"--size, --fps, --cache) don't go with a COMMAND");
}
