// SPDX-License-Identifier: MIT
/*
 * cmd-run.c - vpipe-trace run
 *
 * Everything is acquired in one order (files, modules, programs, processes)
 * and given back in reverse in run_close(), on every path.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/host/child.h"
#include "loader/commands.h"
#include "loader/host/modules.h"
#include "loader/options.h"
#include "loader/paths/route.h"
#include "loader/host/privileges.h"
#include "loader/host/programs.h"
#include "loader/session.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/patience.h"
#include "lib/text.h"

#define DRAIN_MS       100 /* the ring is emptied at least this often */
#define LAST_WISH_NS   (5 * NS_PER_SEC) /* between SIGINT, SIGTERM and SIGKILL */
#define CHILD_PATIENCE 10000 /* ms for the tools to end when told to */
#define ROW_BYTES      700 /* a frame's rows in all files, at most */
#define FIXED_BYTES    (128 * 1024) /* histograms and the rest */

struct cmd_run {
	struct run_options options;
	struct session session;
	struct modules *modules;
	struct child helper; /* of the kind */
	struct child command; /* what is traced */
	struct route route;
	const struct kind *kind; /* of its first device */
	struct nodes nodes;
	struct trace_device devices[VPIPE_MAX_DEVICES];
	char *argv[KIND_ARGS]; /* of the default command */
	int said; /* memfd: what our own tools said on stderr */
	int interrupts; /* how often we were asked to end */
};

static int load_modules(struct cmd_run *run)
{
	int err = modules_open(&run->modules);

	if (!err && run->kind->load_modules)
		err = run->kind->load_modules(&run->options.request, run->modules);
	return err;
}

static int start_tracing(struct cmd_run *run)
{
	static char tool[PATH_MAX];
	struct trace_options options = {
		.config = run->options.config,
		.copy_probes = run->options.command ? run->options.command[0]
						    : program_tool(run->kind->tool, tool),
		.counters = run->options.counters,
		.verbose = run->options.verbose,
	};

	kinds_to_options(run->route.kinds, &run->nodes, run->devices, &options);
	if (run->route.is_chain)
		session_chain(&run->session, &run->route.chain);
	return session_start(&run->session, &options);
}

/* Our own tool may use the nodes that it is given, whatever groups the caller is in. */
static void allow_node(struct child_setup *setup, const char *path)
{
	struct stat st;

	if (!stat(path, &st) && st.st_gid && (st.st_mode & 0060) == 0060)
		setup->groups[setup->n_groups++] = st.st_gid;
}

static int start_command(struct cmd_run *run)
{
	struct child_setup setup = {.err_fd = -1, .as_root = run->options.as_root};
	char **argv = run->options.command;
	int err;

	if (!argv) {
		err = run->kind->default_command(
			&run->options.request, &run->nodes,
			staging_path(run->session.staging, RUN_FILE_CAPTURE), run->argv);
		if (err)
			return err;
		argv = run->argv;
		setup.err_fd = run->said;
		allow_node(&setup, run->nodes.source);
		allow_node(&setup, run->nodes.vpipe);
	}
	run->session.run.facts.command = argv;
	run->session.run.facts.program = argv[0];
	trace_begin(run->session.trace); /* so that the fork is seen */
	err = trace_adopt_forks(run->session.trace, true);
	if (!err) {
		err = child_fork(&run->command, argv, &setup);
		if (err)
			msg_errno(err, NULL, "cannot run %s", argv[0]);
	}
	if (!err)
		err = trace_adopt_forks(run->session.trace, false);
	if (!err)
		err = privileges_drop(modules_any(run->modules));
	if (err)
		return err;
	session_begin(&run->session);
	err = child_start(&run->command);
	if (err)
		msg_errno(err, NULL, "cannot run %s", argv[0]);
	return err;
}

/* SIGINT and the like: the first ends the run and reports, the second gives it up. */
static void on_signal(void *arg, int signal, bool from_terminal)
{
	struct cmd_run *run = arg;

	if (signal == SIGCHLD)
		return;
	run->interrupts++;
	/* the terminal's Ctrl-C goes to the command, too: once is enough */
	if (signal != SIGINT || !from_terminal)
		children_signal(SIGINT, &run->helper);
}

/* Until the command has ended. Returns 0, or -EINTR if the user gave up. */
static int follow(struct cmd_run *run)
{
	static const int ways[] = {SIGINT, SIGTERM, SIGKILL};
	uint64_t deadline = run->options.duration_ns;
	struct patience patience = {0};
	unsigned int told = 0;

	if (deadline)
		deadline += run->session.run.facts.start_ns;
	while (!child_ended(&run->command)) {
		session_wait(&run->session, DRAIN_MS, on_signal, run);
		if (run->interrupts > 1)
			return -EINTR;
		if (told ? patience_over(&patience)
			 : deadline && trace_now(run->session.trace) >= deadline) {
			run->interrupts = 1;
			children_signal(ways[told < 2 ? told : 2], &run->helper);
			told++;
			patience = patience_begin(LAST_WISH_NS, DRAIN_MS * 1000 * NS_PER_US);
		}
	}
	/* a Ctrl-C that ended it may not have been read yet: it is no failure of the command's */
	session_wait(&run->session, 0, on_signal, run);
	return 0;
}

/* What the command started and left behind would hold the node and its module. */
static void end_leftovers(struct cmd_run *run)
{
	int left = children_end(1000, &run->helper);

	if (left)
		msg_warning("%d processes that %s left running were ended", left,
			    run->session.run.facts.command[0]);
}

/* Stop tracing and the drain; then nothing moves any more. */
static int finish(struct cmd_run *run)
{
	struct run_facts *facts = &run->session.run.facts;

	session_stop(&run->session);
	facts->status = run->command.status;
	facts->usage = run->command.usage;
	end_leftovers(run);
	child_signal(&run->helper, SIGTERM);
	child_finish(&run->helper, CHILD_PATIENCE);
	return session_read(&run->session);
}

/* What the command's end means for us; our own tools have said what was wrong. */
static int command_verdict(const struct cmd_run *run)
{
	int status = run->command.status;
	const char *name = run->session.run.facts.command[0];

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GOOD)
		return EXIT_GOOD;
	if (run->interrupts)
		return EXIT_GOOD; /* it ended because we told it to */
	if (WIFSIGNALED(status))
		msg_error("%s was ended by signal %d (%s) after %" PRIu64 " frames", name,
			  WTERMSIG(status), strsignal(WTERMSIG(status)),
			  run->session.run.counts.of[VPIPE_COUNT_RECORDED]);
	else if (run->options.command)
		msg_error("%s ended with status %d", name, WEXITSTATUS(status));
	else if (WEXITSTATUS(status) == EXIT_INCOMPLETE)
		return EXIT_INCOMPLETE;
	return EXIT_FAILED;
}

static int helper_verdict(const struct cmd_run *run)
{
	int status = run->helper.status;

	if (!run->kind->start_helper)
		return EXIT_GOOD;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	msg_error("%s was ended by signal %d", run->kind->helper, WTERMSIG(status));
	return EXIT_FAILED;
}

/* 1 outweighs 3 outweighs 0. */
static int worse(int a, int b)
{
	if (a == EXIT_FAILED || b == EXIT_FAILED)
		return EXIT_FAILED;
	return a ? a : b;
}

/* A line of a tool, with the place of its file as it is to be, not as it is now. */
static void print_said(const struct cmd_run *run, char *line)
{
	char folder[TEXT_ROOM(PATH_MAX)], *at;

	/* as the tool has named it */
	text_of(folder, sizeof(folder), staging_folder(run->session.staging), NULL);
	at = strstr(line, folder);
	if (at) {
		const char *slash = strrchr(folder, '/');

		fprintf(stderr, "%.*s%.*s%s", (int)(at - line), line,
			(int)(slash ? slash + 1 - folder : 0), folder, at + strlen(folder) + 1);
	} else {
		fputs(line, stderr);
	}
}

/*
 * Say what our tools said: of their errors the first, since a full disk, say, is
 * one thing that goes wrong, though each of them meets it. True if there was one.
 */
static bool print_tools(struct cmd_run *run)
{
	char line[1024];
	bool error = false;
	FILE *said = fdopen(dup(run->said), "r");

	if (!said)
		return false;
	rewind(said);
	while (fgets(line, sizeof(line), said)) {
		bool is_error = !strncmp(line, "error:", 6);

		if (!strchr(line, '\n'))
			break; /* cut off, by a limit of the size of files, say */
		if (!is_error || !error)
			print_said(run, line);
		error |= is_error;
	}
	fclose(said);
	return error;
}

static int report(struct cmd_run *run)
{
	bool said = print_tools(run);
	int verdict = worse(command_verdict(run), helper_verdict(run));
	int err;

	if (session_is_empty(&run->session)) {
		if (run->interrupts)
			msg_error("ended before the first frame: no files were written");
		else if (verdict == EXIT_GOOD)
			session_say_empty(&run->session, run->session.run.facts.command[0]);
		return EXIT_FAILED;
	}
	msg_mute(said);
	err = session_write(&run->session);
	msg_mute(false);
	if (err)
		return EXIT_FAILED;
	return worse(verdict, session_print(&run->session));
}

static int prepare(struct cmd_run *run)
{
	const struct run_options *options = &run->options;
	const struct request *request = &options->request;
	uint64_t frames = request->has_command ? 0 : request->frames;
	int err;

	if (options->duration_ns && frames > options->duration_ns * request->fps / NS_PER_SEC)
		frames = options->duration_ns * request->fps / NS_PER_SEC;
	children_adopt_orphans();
	err = session_open(&run->session, run->route.path, options->output,
			   FIXED_BYTES + frames * ROW_BYTES, options->quiet);
	if (!err && !options->no_load)
		err = load_modules(run);
	if (!err)
		err = run->kind->find_nodes(request, &run->nodes);
	if (!err)
		err = route_check(&run->route, &options->config);
	if (!err)
		err = start_tracing(run);
	if (!err && run->kind->start_helper)
		err = run->kind->start_helper(
			&run->helper, staging_path(run->session.staging, RUN_FILE_META), run->said);
	return err;
}

static void run_close(struct cmd_run *run)
{
	children_signal(SIGTERM, &run->helper);
	child_finish(&run->command, run->interrupts > 1 ? 1000 : CHILD_PATIENCE);
	children_end(1000, &run->helper);
	child_signal(&run->helper, SIGTERM);
	child_finish(&run->helper, CHILD_PATIENCE);
	session_close(&run->session);
	modules_close(run->modules);
	for (int n = 1; run->argv[0] && run->argv[n]; n++)
		free(run->argv[n]);
	if (run->said >= 0)
		close(run->said);
}

int cmd_run(int argc, char **argv)
{
	struct cmd_run *run = calloc(1, sizeof(*run));
	int status = EXIT_FAILED;
	int err;

	if (!run) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	run->session.signals = -1;
	run->said = memfd_create("said", MFD_CLOEXEC);
	run_options_parse(&run->options, argc, argv);
	err = route_expand(&run->route, &run->options.request, false)
		      ?: route_find(&run->route, &run->options.request);
	run->kind = run->route.kinds[0];
	if (!err && !run->kind->default_command && !run->options.command)
		args_fail("%s is not the vpipe node: say by a COMMAND what is to be traced there",
			  run->options.request.vpipe);
	if (!err)
		err = prepare(run);
	if (!err) {
		request_to_facts(&run->options.request, &run->nodes, &run->session.run.facts);
		run->session.run.facts.duration_ns = run->options.duration_ns;
		err = start_command(run);
	}
	if (!err)
		err = follow(run);
	if (err == -EINTR)
		msg_error("given up: no files were written");
	else if (err)
		print_tools(run);
	if (!err)
		err = finish(run);
	if (!err)
		status = report(run);
	run_close(run);
	free(run);
	return status;
}
