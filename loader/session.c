// SPDX-License-Identifier: MIT
/* session.c - see session.h */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "bpf/hist.h"
#include "loader/host/privileges.h"
#include "loader/session.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"

#define STATUS_NS (NS_PER_SEC / 2)

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct session *session = arg;

	results_add_frame(&session->results, session->frames, frame);
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

int session_open(struct session *session, const char *output, uint64_t bytes, bool quiet)
{
	int err = privileges_init();

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

int session_start(struct session *session, const struct trace_options *options)
{
	struct trace_options own = *options;
	int err;

	own.frame = on_frame;
	own.arg = session;
	err = trace_open(&session->trace, &own);
	if (err)
		return err;
	privileges_files(true);
	if (!options->config.no_frames)
		err = frames_csv_create(&session->frames,
					staging_path(session->staging, RUN_FILE_FRAMES));
	privileges_files(false);
	if (err) {
		msg_errno(err, NULL, "cannot write %s.frames.csv",
			  staging_prefix(session->staging));
		return err;
	}
	session->results.facts.no_frames = options->config.no_frames;
	session->results.facts.ring_bytes = options->config.ring_bytes;
	session->results.facts.counters = options->counters;
	return trace_attach(session->trace);
}

void session_begin(struct session *session)
{
	session->results.facts.start_ns = trace_now(session->trace);
	session->results.facts.start_realtime_ns = realtime_ns();
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
	if (trace_counts(session->trace, counts, &missed) ||
	    trace_hist(session->trace, VPIPE_HIST_E2E, &e2e))
		return;
	lost = missed;
#define X(cause, kind, text) lost += VPIPE_##kind == VPIPE_LOSS ? counts[VPIPE_LOSS_##cause] : 0;
	VPIPE_LOSSES(X)
#undef X
	seconds = (double)(ns - session->results.facts.start_ns) / NS_PER_SEC;
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
	trace_detach(session->trace);
	session->results.facts.end_ns = trace_now(session->trace);
}

int session_read(struct session *session)
{
	int drained;

	do
		drained = trace_drain(session->trace);
	while (drained > 0);
	erase_status(session);
	return results_read(&session->results, session->trace);
}

bool session_is_empty(const struct session *session)
{
	return !session->results.rows && !session->results.counts[VPIPE_COUNT_STARTED];
}

void session_say_empty(const struct session *session, const char *filter)
{
	const uint64_t *counts = session->results.counts;
	const char *node = session->results.facts.vpipe;

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
	else if (session->results.missed_events)
		msg_error("no frame was seen at %s, but %" PRIu64 " events were missed: no files "
			  "were written",
			  node, session->results.missed_events);
	else
		msg_error("no frame passed %s: no files were written", node);
}

int session_write(struct session *session)
{
	struct csv *frames = session->frames;
	int err;

	session->frames = NULL;
	err = frames ? csv_commit(frames) : 0;
	if (err)
		msg_errno(err, NULL, "cannot write %s.frames.csv",
			  staging_prefix(session->staging));
	if (!err)
		err = results_write(&session->results, session->trace, session->staging);
	if (!err)
		err = staging_commit(session->staging);
	return err;
}

int session_print(const struct session *session)
{
	const struct table_counts counts = results_counts(&session->results);
	char losses[512];

	if (!session->quiet)
		results_print(&session->results, session->staging);
	if (session->results.complete)
		return EXIT_GOOD;
	table_describe_losses(&counts, losses, sizeof(losses));
	if (!results_add_up(&session->results)) {
		msg_error("the frames do not add up, which is a fault of vpipe-trace: %s", losses);
		return EXIT_FAILED;
	}
	msg_warning("data are incomplete: %s", losses);
	return EXIT_INCOMPLETE;
}

void session_close(struct session *session)
{
	trace_close(session->trace);
	privileges_files(true);
	csv_abort(session->frames);
	staging_close(session->staging);
	privileges_files(false);
	if (session->signals >= 0)
		close(session->signals);
}
