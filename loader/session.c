// SPDX-License-Identifier: MIT
/* session.c - see session.h */
#include <errno.h>
#include <inttypes.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "bpf/hist.h"
#include "loader/host/privileges.h"
#include "loader/session.h"
#include "loader/trace/load.h"
#include "loader/sinks/table.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"

#define STATUS_NS (NS_PER_SEC / 2)

/* What its buffers say of their timestamps; an open node does not. */
static void take_timestamps(struct video_facts *video, unsigned int flags)
{
	video->is_dated = true;
	video->timestamp_flags =
		flags & (V4L2_BUF_FLAG_TIMESTAMP_MASK | V4L2_BUF_FLAG_TSTAMP_SRC_MASK);
}

/* Some found no room before @record. */
static void take_loss(struct session *session, const struct vpipe_frame *record)
{
	if (record->lost != session->lost) {
		run_lose_cycles(&session->run);
		if (session->chain)
			chain_lost(session->chain);
	}
	session->lost = record->lost;
}

/* What became of the buffer that the frame of @record was in. */
static void take_cycle(struct session *session, const struct vpipe_frame *record)
{
	const struct path *path =
		session->chain ? session->chain_devices[record->device].path : session->run.path;
	struct cycle cycle;

	take_loss(session, record);
	cycle_from_record(&cycle, path, record);
	take_timestamps(&session->videos[record->device], record->cycle.flags);
	run_add_cycle(&session->run, &cycle);
	sinks_cycle(session->files, &cycle);
}

static void on_drop(void *arg, const struct drop *drop)
{
	const struct session *session = arg;

	sinks_drop(session->files, drop);
}

static int add_devices(struct session *session, const struct trace_options *options)
{
	struct run_facts *facts = &session->run.facts;
	const char *nodes[VPIPE_MAX_DEVICES];
	int err;

	facts->videos = session->videos;
	facts->n_videos = options->config.n_devices;
	session->devices = options->devices;
	for (unsigned int i = 0; i < options->config.n_devices; i++) {
		session->videos[i] = *options->devices[i].video;
		nodes[i] = session->videos[i].node;
	}
	err = run_add_devices(&session->run, nodes, options->config.n_devices, on_drop, session);
	for (unsigned int i = 0; i < session->run.n_devices; i++)
		session->run.devices[i].leaves_out = session->videos[i].nodrop == VIDEO_NO;
	return err;
}

static void take_frame(struct session *session, struct frame *frame)
{
	run_add_frame(&session->run, frame);
	sinks_frame(session->files, frame);
}

static void on_row(void *arg, struct frame *row)
{
	struct session *session = arg;

	frame_count(row, session->run.path, session->run.hists);
	take_frame(session, row);
}

static void on_chain_drop(void *arg, const struct drop *drop)
{
	struct session *session = arg;

	run_add_drop(&session->run, drop);
}

void session_chain(struct session *session, const struct chain_device *devices)
{
	session->chain_devices = devices;
}

/* The devices are those of the run by now. */
static int open_chain(struct session *session)
{
	const struct chain_listener listener = {
		.row = on_row, .drop = on_chain_drop, .arg = session};
	struct run *run = &session->run;

	if (!session->chain_devices)
		return 0;
	session->chain = chain_new(run->path, session->chain_devices, run->n_devices, run->devices,
				   &listener);
	return session->chain ? 0 : -ENOMEM;
}

void session_take(struct session *session, const struct vpipe_frame *record)
{
	session->run.records.came++;
	if (session->run.path->cycles)
		take_cycle(session, record);
	if (session->chain) {
		chain_add(session->chain, record, session->columns);
		return;
	}
	frame_from_record(&session->frame, session->run.path, record, session->columns);
	take_frame(session, &session->frame);
}

static void on_frame(void *arg, const struct vpipe_frame *record)
{
	session_take(arg, record);
}

static int catch_signals(struct session *session)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of write() */
	signal(SIGXFSZ, SIG_IGN); /* and so is a file that grows too large */
	signal(SIGINT, SIG_DFL); /* a shell's background job has it ignored */
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	session->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (session->signals >= 0)
		return 0;
	msg_errno(errno, NULL, "signalfd");
	return -errno;
}

int session_open(struct session *session, const struct path *path, const char *output,
		 uint64_t bytes, bool quiet)
{
	int err = run_init(&session->run, path);

	if (err)
		msg_errno(err, NULL, "cannot trace");
	else
		err = privileges_init();

	session->quiet = quiet;
	session->signals = -1;
	if (!err)
		err = trace_check();
	if (!err)
		err = catch_signals(session);
	if (err)
		return err;
	privileges_files(true);
	err = staging_open(&session->staging, output, bytes);
	privileges_files(false);
	return err;
}

static uint64_t realtime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* What the run is of, as far as the options of tracing tell. */
static void take_options(struct session *session, const struct trace_options *options)
{
	struct run_facts *facts = &session->run.facts;
	const struct counters *counters = &options->counters;

	facts->config = options->config;
	facts->n_counters = counters->n;
	facts->no_counters = counters->why;
	session->counters = *counters;
	for (unsigned int i = 0; i < counters->n; i++)
		facts->counters[i] = session->counters.which[i].name;
	for (unsigned int i = 0; i < COUNTER_COLUMNS; i++)
		session->columns[i] = counters_find(counters, frame_counters[i]);
	uname(&session->kernel);
	facts->kernel = session->kernel.release;
}

int session_start(struct session *session, const struct trace_options *options)
{
	const struct sink_place place = {.staging = session->staging};
	struct trace_options own = *options;
	int err;

	own.path = session->run.path;
	own.frame = on_frame;
	own.arg = session;
	err = trace_open(&session->trace, &own);
	if (err)
		return err;
	take_options(session, options);
	if (session->run.path->cycles && (add_devices(session, options) || open_chain(session))) {
		msg_errno(ENOMEM, NULL, "cannot trace");
		return -ENOMEM;
	}
	privileges_files(true);
	err = sinks_open(&session->files, sinks_of_run, &session->run, &place);
	privileges_files(false);
	return err ? err : trace_attach(session->trace);
}

void session_begin(struct session *session)
{
	session->run.facts.start_ns = trace_now(session->trace);
	session->run.facts.start_realtime_ns = realtime_ns();
	trace_begin(session->trace);
}

static void erase_status(const struct session *session)
{
	if (session->status_ns) /* one has been shown */
		fputs("\r\033[K", stderr);
}

static void print_status(struct session *session)
{
	uint64_t counts[VPIPE_N_COUNTS], missed, lost, frames, ns;
	static struct vpipe_hist e2e;
	double seconds;

	if (session->quiet || !isatty(STDERR_FILENO))
		return;
	ns = trace_now(session->trace); /* a system call: only for who reads it */
	if (ns < session->status_ns)
		return;
	session->status_ns = ns + STATUS_NS;
	if (trace_counts(session->trace, counts, &missed))
		return;
	if (session->chain)
		e2e = session->run.hists[path_e2e(session->run.path)];
	else if (trace_hist(session->trace, VPIPE_HIST_E2E, &e2e))
		return;
	lost = missed + counts_lost(counts);
	seconds = (double)(ns - session->run.facts.start_ns) / NS_PER_SEC;
	frames = hist_total(&e2e);
	fprintf(stderr, "\r\033[K%" PRIu64 " frames  %.1f fps", frames, (double)frames / seconds);
	if (frames)
		fprintf(stderr, "  end-to-end p50 %.1f us  p99 %.1f us",
			(double)hist_percentile(&e2e, 50) / 1000,
			(double)hist_percentile(&e2e, 99) / 1000);
	fprintf(stderr, "  lost %" PRIu64, lost);
}

void session_wait(struct session *session, int timeout_ms,
		  void (*on_signal)(void *arg, int signal, bool from_terminal), void *arg)
{
	struct pollfd fds[] = {
		{.fd = session->signals, .events = POLLIN},
		{.fd = trace_fd(session->trace), .events = POLLIN},
	};
	struct signalfd_siginfo info;

	poll(fds, 2, timeout_ms);
	while (read(session->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(arg, (int)info.ssi_signo, info.ssi_code == SI_KERNEL);
	trace_drain(session->trace);
	print_status(session);
}

void session_stop(struct session *session)
{
	session->run.facts.end_ns = trace_detach(session->trace);
}

static int read_counters(struct session *session)
{
	struct run *run = &session->run;
	struct vpipe_hist *hist = malloc(sizeof(*hist));
	int err = hist ? 0 : -ENOMEM;

	for (unsigned int stage = 0; stage < run->path->n_stages; stage++) {
		for (unsigned int i = 0; !err && i < run->facts.n_counters; i++) {
			if (!run->path->stages[stage].counted)
				break;
			err = trace_counter(session->trace, stage, i, hist);
			if (!err)
				run->counters[stage][i] = latency_of(hist);
		}
	}
	free(hist);
	return err;
}

static int read_threads(struct session *session)
{
	int err = 0;

	for (unsigned int index = 0; !err; index++) {
		struct thread thread, *at = NULL;

		err = trace_thread(session->trace, index, &thread);
		if (!err)
			at = run_add_thread(&session->run);
		if (at)
			*at = thread;
		else if (!err)
			err = -ENOMEM;
	}
	return err == -ENOENT ? 0 : err;
}

/* What the programs call histogram @which of @path. */
static unsigned int hist_number(const struct path *path, unsigned int which)
{
	if (which == path_e2e(path))
		return VPIPE_HIST_E2E;
	return which == path_runq(path) ? (unsigned int)VPIPE_HIST_RUNQ : which;
}

/* Where there are several, what was counted of each; of one, the run's histograms are its own. */
static int read_device(struct session *session, unsigned int number)
{
	struct device_sums *device = &session->run.devices[number];
	unsigned int e2e;
	int err = 0;

	device->path = session->devices[number].path;
	e2e = path_e2e(device->path);
	device->hists = calloc(e2e + 1, sizeof(device->hists[0]));
	if (!device->hists)
		return -ENOMEM;
	for (unsigned int which = 0; !err && which <= e2e; which++)
		err = trace_device_hist(session->trace, number,
					which == e2e ? (unsigned int)VPIPE_HIST_E2E : which,
					&device->hists[which]);
	return err;
}

static int read_devices(struct session *session)
{
	unsigned int n = session->run.n_devices;
	int err = 0;

	for (unsigned int i = 0; !err && n > 1 && i < n; i++)
		err = read_device(session, i);
	return err;
}

static void on_buffer(void *arg, unsigned int device, uint64_t given_ns)
{
	struct run *run = arg;

	if (device < run->n_devices)
		gaps_left(&run->devices[device], given_ns, run->facts.end_ns);
}

static int read_hists(struct session *session)
{
	struct run *run = &session->run;
	int err = 0;

	for (unsigned int which = 0; !err && which < path_n_hists(run->path); which++)
		err = trace_hist(session->trace, hist_number(run->path, which), &run->hists[which]);
	return err;
}

/* The chain is at its end. Its histograms are those of the rows: the programs' are of each device. */
static int read_chain(struct session *session)
{
	struct run *run = &session->run;
	struct vpipe_hist *all = calloc(1, sizeof(*all));
	int err = all ? trace_hist(session->trace, VPIPE_HIST_E2E, all) : -ENOMEM;

	chain_finish(session->chain);
	if (!err) {
		run->records.counted = hist_total(all);
		err = trace_hist(session->trace, VPIPE_HIST_RUNQ,
				 &run->hists[path_runq(run->path)]);
	}
	for (unsigned int i = 0; i < run->n_devices; i++)
		run->counts.of[VPIPE_LOSS_no_source] += links_unlinked(&run->devices[i].links);
	free(all);
	return err;
}

int session_read(struct session *session)
{
	struct run *run = &session->run;
	int drained, err;

	do
		drained = trace_drain(session->trace);
	while (drained > 0);
	erase_status(session);
	err = trace_counts(session->trace, run->counts.of, &run->counts.missed_events);
	if (!err)
		err = session->chain ? read_chain(session) : read_hists(session);
	if (!err)
		err = read_counters(session);
	if (!err)
		err = read_threads(session);
	if (!err)
		err = read_devices(session);
	if (!err && run->path->cycles)
		err = trace_buffers(session->trace, on_buffer, run);
	if (err)
		msg_errno(err, NULL, "cannot read what was counted");
	else
		run_finish(run);
	return err;
}

bool session_is_empty(const struct session *session)
{
	return !session->run.rows && !session->run.counts.of[VPIPE_COUNT_STARTED];
}

void session_say_empty(const struct session *session, const char *filter)
{
	const uint64_t *counts = session->run.counts.of;
	const char *node = session->run.facts.vpipe;

	if (counts[VPIPE_LOSS_no_context])
		msg_error("%s: %" PRIu64 " frames were not traced, more than %d files are open",
			  node, counts[VPIPE_LOSS_no_context], VPIPE_MAX_CONTEXTS);
	else if (counts[VPIPE_LOSS_others])
		msg_error("no frame of %s passed %s, but %" PRIu64 " that others queued, or that "
			  "were queued before: no files were written",
			  filter, node, counts[VPIPE_LOSS_others]);
	else if (counts[VPIPE_LOSS_no_start])
		msg_error("%s: all %" PRIu64 " frames that passed were queued before tracing "
			  "began: no files were written",
			  node, counts[VPIPE_LOSS_no_start]);
	else if (session->run.counts.missed_events)
		msg_error("no frame was seen at %s, but %" PRIu64 " events were missed: no files "
			  "were written",
			  node, session->run.counts.missed_events);
	else
		msg_error("no frame passed %s: no files were written", node);
}

int session_write(struct session *session)
{
	struct sinks *files = session->files;
	int err;

	session->files = NULL;
	err = sinks_finish(files, &session->run);
	return err ? err : staging_commit(session->staging);
}

/* Which frames no rule links, and why. */
static void say_unlinked(const struct run *run)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		const struct link_sums *sums = &run->devices[i].links;
		uint64_t all = links_linked(sums) + links_unlinked(sums) + sums->early;

		for (enum link_why why = 0; why < LINK_N_WHYS; why++) {
			if (sums->unlinked[why])
				msg_warning("%s: %" PRIu64 " of %" PRIu64 " frames %s",
					    run->devices[i].node, sums->unlinked[why], all,
					    link_why_text(why));
		}
	}
}

int session_print(const struct session *session)
{
	static const struct sink *const table[] = {&sink_table, NULL};
	const struct sink_place place = {.staging = session->staging};
	const struct run *run = &session->run;
	struct sinks *terminal;
	char missing[512];

	if (!session->quiet && !sinks_open(&terminal, table, run, &place))
		sinks_finish(terminal, run);
	if (run->complete)
		return EXIT_GOOD;
	counts_describe(&run->counts, missing, sizeof(missing));
	if (!run_adds_up(run)) {
		msg_error("the frames do not add up, which is a fault of vpipe-trace: %s", missing);
		return EXIT_FAILED;
	}
	say_unlinked(run);
	msg_warning("data are incomplete: %s", missing);
	return EXIT_INCOMPLETE;
}

void session_close(struct session *session)
{
	trace_close(session->trace);
	privileges_files(true);
	sinks_abort(session->files);
	staging_close(session->staging);
	privileges_files(false);
	chain_free(session->chain);
	run_free(&session->run);
	if (session->signals >= 0)
		close(session->signals);
}
