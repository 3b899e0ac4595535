// SPDX-License-Identifier: MIT
/* cmd-record.c - vpipe-trace record: attach to what already runs */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/commands.h"
#include "loader/joining.h"
#include "loader/meter.h"
#include "loader/model/figure.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"

#define DRAIN_MS	100 /* the ring is emptied at least this often */
#define DEFAULT_KEEP_NS (2 * NS_PER_SEC)

struct cmd_record {
	struct run_options options;
	struct session session;
	struct joined joined;
	struct flight flight; /* with --stop-above */
	int interrupts;
};

static void on_signal(void *arg, int signal, bool from_terminal)
{
	struct cmd_record *record = arg;

	(void)from_terminal;
	record->interrupts += signal != SIGCHLD;
}

static void say_recording(const struct cmd_record *record)
{
	const struct nodes *nodes = &record->joined.nodes;
	char more[32] = "";

	if (nodes->n_devices > 1)
		snprintf(more, sizeof(more), " and %u more", nodes->n_devices - 1);
	msg_note("recording %s%s%s", nodes->vpipe, more,
		 record->options.duration_ns ? "" : ": Ctrl-C ends it");
}

/* By the time, or since a frame was slow. */
static bool is_over(const struct cmd_record *record, uint64_t deadline)
{
	uint64_t now = trace_now(record->session.trace);

	return (deadline && now >= deadline) ||
	       (record->session.flight && flight_is_over(&record->flight, now));
}

/* Until we are told to end, or it is over. */
static void follow(struct cmd_record *record)
{
	uint64_t deadline = record->options.duration_ns;

	if (!record->session.quiet)
		say_recording(record);
	if (deadline)
		deadline += record->session.run.facts.start_ns;
	while (!record->interrupts && !is_over(record, deadline))
		session_wait(&record->session, DRAIN_MS, on_signal, record);
}

/* Nothing was slow, as far as all was seen. */
static int report_no_slow(const struct cmd_record *record)
{
	const struct run *run = &record->session.run;
	uint64_t frames = run->records.came + run->records.let_go;
	char above[FIGURE_TEXT], missing[512];

	figure_time_text(record->flight.above_ns, above);
	if (!record->session.quiet)
		printf("none of %" PRIu64 " frames took longer than %s: no files were written\n",
		       frames, above);
	if (run->complete)
		return EXIT_GOOD;
	counts_describe(&run->counts, missing, sizeof(missing));
	msg_warning("data are incomplete, a slow frame may be missing: %s", missing);
	return EXIT_INCOMPLETE;
}

/* That a frame was slow says more than that others are missing. */
static int report_slow(struct cmd_record *record)
{
	int status = session_print(&record->session);

	return status == EXIT_FAILED ? status : EXIT_NOT_HELD;
}

static int report(struct cmd_record *record)
{
	char filter[64];

	snprintf(filter, sizeof(filter), "process %d", (int)record->options.pid);
	if (session_is_empty(&record->session)) {
		session_say_empty(&record->session, filter);
		return EXIT_FAILED;
	}
	if (record->session.flight && !record->flight.slow_ns)
		return report_no_slow(record);
	if (session_write(&record->session))
		return EXIT_FAILED;
	if (record->session.flight)
		return report_slow(record);
	return session_print(&record->session);
}

/* Only the last is kept, until a frame is slow. */
static void take_off(struct cmd_record *record)
{
	record->session.flight = &record->flight;
	record->flight.above_ns = record->options.stop_above_ns;
	record->flight.keep_ns = record->options.keep_ns ?: DEFAULT_KEEP_NS;
}

int cmd_record(int argc, char **argv)
{
	struct cmd_record *record = calloc(1, sizeof(*record));
	int status = EXIT_FAILED;

	if (!record) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	record_options_parse(&record->options, argc, argv);
	if (record->options.interval_s) {
		status = meter_run(&record->options);
		free(record);
		return status;
	}
	if (record->options.stop_above_ns)
		take_off(record);
	if (!join(&record->joined, &record->session, &record->options)) {
		follow(record);
		session_stop(&record->session);
		if (!session_read(&record->session))
			status = report(record);
	}
	session_close(&record->session);
	flight_free(&record->flight);
	free(record);
	return status;
}
