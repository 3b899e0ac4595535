// SPDX-License-Identifier: MIT
/* cmd-record.c - vpipe-trace record: attach to what already runs */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/commands.h"
#include "loader/options.h"
#include "loader/paths/route.h"
#include "loader/host/privileges.h"
#include "loader/session.h"
#include "lib/args.h"
#include "lib/msg.h"

#define DRAIN_MS    100 /* the ring is emptied at least this often */
#define SPACE_BYTES (1024 * 1024)

struct cmd_record {
	struct run_options options;
	struct session session;
	struct route route;
	struct nodes nodes;
	struct trace_device devices[VPIPE_MAX_DEVICES];
	int interrupts;
};

static int prepare(struct cmd_record *record)
{
	const struct run_options *options = &record->options;
	struct trace_options trace = {
		.config = options->config,
		.counters = options->counters,
		.verbose = options->verbose,
	};
	int err = session_open(&record->session, record->route.path, options->output, SPACE_BYTES,
			       options->quiet);

	if (!err && options->pid && kill((pid_t)options->pid, 0) && errno == ESRCH) {
		msg_error("there is no process %d here: ids are those of this PID namespace",
			  (int)options->pid);
		return -ESRCH;
	}
	if (!err)
		err = record->route.kinds[0]->find_nodes(&options->request, &record->nodes);
	if (!err)
		err = route_check(&record->route, &options->config);
	kinds_to_options(record->route.kinds, &record->nodes, record->devices, &trace);
	if (record->route.is_chain)
		session_chain(&record->session, &record->route.chain);
	if (!err)
		err = session_start(&record->session, &trace);
	if (!err)
		err = privileges_drop(false);
	return err;
}

static void on_signal(void *arg, int signal, bool from_terminal)
{
	struct cmd_record *record = arg;

	(void)from_terminal;
	record->interrupts += signal != SIGCHLD;
}

/* From here on everything is seen, also what the process that is asked for starts. */
static int begin(struct cmd_record *record)
{
	session_begin(&record->session);
	if (!record->options.pid)
		return 0;
	return trace_adopt_family(record->session.trace, (pid_t)record->options.pid);
}

static void say_recording(const struct cmd_record *record)
{
	const struct nodes *nodes = &record->nodes;
	char more[32] = "";

	if (nodes->n_devices > 1)
		snprintf(more, sizeof(more), " and %u more", nodes->n_devices - 1);
	msg_note("recording %s%s%s", nodes->vpipe, more,
		 record->options.duration_ns ? "" : ": Ctrl-C ends it");
}

/* Until we are told to end, or the time is over. */
static void follow(struct cmd_record *record)
{
	uint64_t deadline = record->options.duration_ns;

	if (!record->session.quiet)
		say_recording(record);
	if (deadline)
		deadline += record->session.run.facts.start_ns;
	while (!record->interrupts && (!deadline || trace_now(record->session.trace) < deadline))
		session_wait(&record->session, DRAIN_MS, on_signal, record);
}

static int report(struct cmd_record *record)
{
	char filter[64];

	snprintf(filter, sizeof(filter), "process %d", (int)record->options.pid);
	if (session_is_empty(&record->session)) {
		session_say_empty(&record->session, filter);
		return EXIT_FAILED;
	}
	if (session_write(&record->session))
		return EXIT_FAILED;
	return session_print(&record->session);
}

int cmd_record(int argc, char **argv)
{
	struct cmd_record *record = calloc(1, sizeof(*record));
	int status = EXIT_FAILED;

	if (!record) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	record->session.signals = -1;
	record_options_parse(&record->options, argc, argv);
	if (!route_expand(&record->route, &record->options.request, true) &&
	    !route_find(&record->route, &record->options.request) && !prepare(record) &&
	    !begin(record)) {
		request_to_facts(&record->options.request, &record->nodes,
				 &record->session.run.facts);
		record->session.run.facts.duration_ns = record->options.duration_ns;
		follow(record);
		session_stop(&record->session);
		if (!session_read(&record->session))
			status = report(record);
	}
	session_close(&record->session);
	free(record);
	return status;
}
