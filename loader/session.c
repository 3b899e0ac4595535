// SPDX-License-Identifier: MIT
/* session.c - see session.h */
#include <errno.h>
#include <inttypes.h>
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
#include "lib/duration.h"
#include "lib/msg.h"
#include "lib/screen.h"

#define STATUS_NS (NS_PER_SEC / 2)

static void on_frame(void *arg, const struct vpipe_frame *record)
{
	struct session *session = arg;

	if (session->flight)
		flight_take(session->flight, record);
	else
		intake_take(&session->intake, record);
}

void session_chain(struct session *session, const struct chain_path *chain)
{
	session->intake.chain_devices = chain->devices;
	session->intake.nodes = chain->nodes;
}

static void on_buffer(void *arg, const struct vpipe_buffer *buffer)
{
	struct session *session = arg;

	if (session->flight)
		flight_take_buffer(session->flight, buffer);
	else
		intake_take_buffer(&session->intake, buffer);
}

static void on_span(void *arg, const struct vpipe_span *span)
{
	struct session *session = arg;

	session->run.spans++;
	if (session->flight && !session->flight->landed)
		flight_take_span(session->flight, span);
	else
		intake_take_span(&session->intake, span);
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

	session->intake.run = &session->run;
	session->quiet = quiet;
	session->signals = -1;
	session->input = -1;
	if (!session->sinks)
		session->sinks = sinks_of_run;
	if (!err)
		err = trace_check();
	if (!err)
		err = catch_signals(session);
	if (err || !output)
		return err;
	privileges_files(true);
	err = staging_open(&session->staging, output, bytes);
	privileges_files(false);
	session->place.staging = session->staging;
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
		session->intake.columns[i] = counters_find(counters, frame_counters[i]);
	uname(&session->kernel);
	facts->kernel = session->kernel.release;
}

int session_start(struct session *session, const struct trace_options *options)
{
	struct trace_options own = *options;
	int err;

	own.path = session->run.path;
	own.frame = on_frame;
	own.buffer = on_buffer;
	own.span = on_span;
	own.arg = session;
	err = trace_open(&session->trace, &own);
	if (err)
		return err;
	take_options(session, options);
	err = intake_open(&session->intake, options);
	if (!err && session->flight)
		err = flight_init(session->flight, &session->intake, options);
	if (err) {
		msg_errno(err, NULL, "cannot trace");
		return err;
	}
	privileges_files(true);
	err = sinks_open(&session->intake.files, session->sinks, &session->run, &session->place);
	privileges_files(false);
	return err ? err : trace_attach(session->trace);
}

void session_begin(struct session *session)
{
	session->run.facts.start_ns = trace_now(session->trace);
	session->run.facts.start_realtime_ns = realtime_ns();
	session->run.facts.start_boottime_ns = clock_boottime_ns();
	trace_begin(session->trace);
}

static void erase_status(const struct session *session)
{
	if (session->status_ns) /* one has been shown */
		fputs("\r\033[K", stderr);
}

static void print_status(struct session *session)
{
	uint64_t lost, frames, ns;
	char p50[DURATION_TEXT], p99[DURATION_TEXT];
	static struct vpipe_hist e2e;
	struct counts counts = {0};
	double seconds;

	if (session->quiet || !screen_erases_stderr())
		return;
	ns = trace_now(session->trace); /* a system call: only for who reads it */
	if (ns < session->status_ns)
		return;
	session->status_ns = ns + STATUS_NS;
	if (trace_counts(session->trace, counts.of, &counts.missed_events))
		return;
	if (session->flight)
		e2e = session->flight->run.hists[path_e2e(session->run.path)];
	else if (session->intake.chain)
		e2e = session->run.hists[path_e2e(session->run.path)];
	else if (trace_hist(session->trace, VPIPE_HIST_E2E, &e2e))
		return;
	lost = counts_lost(&counts);
	seconds = (double)(ns - session->run.facts.start_ns) / NS_PER_SEC;
	frames = hist_total(&e2e);
	fprintf(stderr, "\r\033[K%" PRIu64 " frames  %.1f fps", frames, (double)frames / seconds);
	if (frames)
		fprintf(stderr, "  e2e p50 %s  p99 %s",
			duration_text(hist_percentile(&e2e, 50), p50),
			duration_text(hist_percentile(&e2e, 99), p99));
	fprintf(stderr, "  lost %" PRIu64, lost);
}

void session_wait(struct session *session, int timeout_ms,
		  void (*on_signal)(void *arg, int signal, bool from_terminal), void *arg)
{
	struct pollfd fds[] = {
		{.fd = session->signals, .events = POLLIN},
		{.fd = trace_fd(session->trace), .events = POLLIN},
		{.fd = session->input, .events = POLLIN},
	};
	struct signalfd_siginfo info;

	poll(fds, sizeof(fds) / sizeof(fds[0]), timeout_ms);
	while (read(session->signals, &info, sizeof(info)) == sizeof(info))
		on_signal(arg, (int)info.ssi_signo, info.ssi_code == SI_KERNEL);
	trace_drain(session->trace);
	print_status(session);
}

/* Returns how many came last, 0 or less. */
static int drain_all(struct session *session)
{
	int drained;

	do
		drained = trace_drain(session->trace);
	while (drained > 0);
	return drained;
}

int session_look(struct session *session)
{
	struct counts *counts = &session->run.counts;
	int err = drain_all(session);

	if (!err)
		err = trace_losses(session->trace, counts->of, &counts->missed_events);
	if (!err)
		err = intake_look(&session->intake, session->trace);
	if (err)
		msg_errno(err, NULL, "cannot read what was counted");
	else
		run_sum(&session->run);
	return err;
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

/* Those that are over have come, or are lost; those that are not end with tracing. */
static void read_spans(struct session *session)
{
	uint64_t *counts = session->run.counts.of;

	counts[VPIPE_LOSS_spans] += counts[VPIPE_COUNT_SPANS] - session->run.spans;
	trace_spans(session->trace);
}

int session_read(struct session *session)
{
	struct run *run = &session->run;
	int err;

	drain_all(session);
	erase_status(session);
	err = trace_counts(session->trace, run->counts.of, &run->counts.missed_events);
	if (!err && session->flight)
		err = flight_land(session->flight, &session->intake);
	if (!err) {
		read_spans(session);
		err = intake_read(&session->intake, session->trace);
	}
	if (!err)
		err = read_counters(session);
	if (!err)
		err = read_threads(session);
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
		msg_error("%s: %" PRIu64 " frames were not traced, more files are open than there "
			  "is room for: up to %d with --files",
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
	struct sinks *files = session->intake.files;
	int err;

	session->intake.files = NULL;
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
	const struct run *run = &session->run;
	struct sinks *terminal;
	char missing[512];

	if (!session->quiet && !sinks_open(&terminal, table, run, &session->place))
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
	sinks_abort(session->intake.files);
	staging_close(session->staging);
	privileges_files(false);
	intake_close(&session->intake);
	run_free(&session->run);
	if (session->signals >= 0)
		close(session->signals);
}
