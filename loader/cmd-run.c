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

#include "kmod/vpipe.h"
#include "loader/host/child.h"
#include "loader/commands.h"
#include "loader/host/host.h"
#include "loader/host/modules.h"
#include "loader/host/nodes.h"
#include "loader/options.h"
#include "loader/host/privileges.h"
#include "loader/host/programs.h"
#include "loader/paths/vpipe.h"
#include "loader/session.h"
#include "lib/args.h"
#include "lib/caches.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/patience.h"
#include "lib/text.h"

#define DRAIN_MS	 100 /* the ring is emptied at least this often */
#define LAST_WISH_NS	 (5 * NS_PER_SEC) /* between SIGINT, SIGTERM and SIGKILL */
#define CHILD_PATIENCE	 10000 /* ms for the tools to end when told to */
#define ROW_BYTES	 700 /* a frame's rows in all files, at most */
#define FIXED_BYTES	 (128 * 1024) /* histograms and the rest */
#define VIVID_PARAMETERS "n_devs=1 node_types=0x1" /* one capture node */

struct run {
	struct run_options options;
	struct session session;
	struct modules *modules;
	struct child drain; /* vpipe-meta-drain */
	struct child command; /* what is traced */
	char source[NODE_PATH];
	char vpipe[NODE_PATH];
	char *argv[24]; /* of vpipe-capture-m2m */
	int said; /* memfd: what our own tools said on stderr */
	int interrupts; /* how often we were asked to end */
};

/* A node that is called after its module, or not named at all, may have to be loaded. */
static bool may_load(const char *node, const char *module)
{
	return !node || !strncmp(node, module, strlen(module));
}

static int load_modules(struct run *run)
{
	const struct run_options *options = &run->options;
	bool wants_vivid = options->source || !options->command;
	int err = modules_open(&run->modules);

	if (!err && may_load(options->vpipe, "vpipe"))
		err = modules_load(run->modules, "vpipe", NULL);
	if (!err && wants_vivid && may_load(options->source, "vivid"))
		err = modules_load(run->modules, "vivid", VIVID_PARAMETERS);
	return err;
}

static int find_nodes(struct run *run)
{
	int err = node_find_vpipe(run->options.vpipe, run->vpipe);

	if (!err && (run->options.source || !run->options.command))
		err = node_find_source(run->options.source, run->source);
	return err;
}

static int start_tracing(struct run *run)
{
	static char tool[PATH_MAX];
	struct trace_options options = {
		.programs = vpipe_programs,
		.config.want_source = !run->options.no_source,
		.config.source_minor = *run->source ? node_minor(run->source) : -1,
		.config.only_clients = true,
		.copy_probes = run->options.command ? run->options.command[0]
						    : program_tool("vpipe-capture-m2m", tool),
		.counters = run->options.counters,
		.config.no_frames = run->options.no_frames,
		.config.ring_bytes = run->options.ring_bytes,
		.verbose = run->options.verbose,
	};

	return session_start(&run->session, &options);
}

/* The metadata device for the drain, which may not be allowed to open it itself. */
static int open_meta(void)
{
	int fd = open(VPIPE_META_PATH, O_RDONLY);
	int err = -errno;
	char why[HOST_WHY];

	if (fd >= 0)
		return fd;
	host_why_device(err, why);
	msg_errno(err, *why ? why : NULL, VPIPE_META_PATH);
	return err;
}

/* The drain must see the first row, so it says when it is ready. */
static int start_drain(struct run *run)
{
	const struct child_setup setup = {.group = CHILD_BACKGROUND, .err_fd = run->said};
	char path[PATH_MAX], fd[32], meta[32], ready;
	char *argv[] = {
		(char *)program_tool("vpipe-meta-drain", path),
		(char *)"--quiet",
		(char *)"--frames=0",
		(char *)"--timeout=0",
		(char *)"--csv",
		(char *)staging_path(run->session.staging, RUN_FILE_META),
		(char *)"--ready-fd",
		fd,
		(char *)"--meta-fd",
		meta,
		NULL,
	};
	int pipe_fds[2];
	int meta_fd = open_meta();
	int err;

	if (meta_fd < 0)
		return meta_fd;
	if (pipe(pipe_fds)) {
		err = -errno;
		close(meta_fd);
		msg_errno(err, NULL, "cannot run %s", argv[0]);
		return err;
	}
	fcntl(pipe_fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(fd, sizeof(fd), "%d", pipe_fds[1]);
	snprintf(meta, sizeof(meta), "%d", meta_fd);
	err = child_fork(&run->drain, argv, &setup);
	close(pipe_fds[1]);
	close(meta_fd);
	if (!err)
		err = child_start(&run->drain);
	if (err)
		msg_errno(err,
			  err == -ENOENT ? "it is neither beside vpipe-trace nor in PATH" : NULL,
			  "cannot run %s", argv[0]);
	else if (read(pipe_fds[0], &ready, 1) != 1)
		err = -EIO; /* it has said why */
	close(pipe_fds[0]);
	return err;
}

/* The command line of the capture tool; its strings live as long as the run. */
static int capture_argv(struct run *run)
{
	const struct run_options *options = &run->options;
	static char tool[PATH_MAX];
	int n = 0, missing = 0;

	run->argv[n++] = (char *)program_tool("vpipe-capture-m2m", tool);
	run->argv[n++] = (char *)"--quiet";
#define ARG(...)                                                  \
	do {                                                      \
		if (asprintf(&run->argv[n++], __VA_ARGS__) < 0) { \
			run->argv[--n] = NULL;                    \
			missing++;                                \
		}                                                 \
	} while (0)
	ARG("--source=%s", run->source);
	ARG("--vpipe=%s", run->vpipe);
	ARG("--csv=%s", staging_path(run->session.staging, RUN_FILE_CAPTURE));
	ARG("--frames=%" PRIu64, options->frames);
	ARG("--transport=%s", options->transport);
	ARG("--algo=%s", options->algo);
	ARG("--threshold=%" PRIu64, options->threshold);
	ARG("--size=%ux%u", options->size[0], options->size[1]);
	ARG("--fps=%" PRIu64, options->fps);
	ARG("--cache=%s", cache_names[options->cache]);
#undef ARG
	return missing ? -ENOMEM : 0;
}

/* Our own tool may use the nodes that it is given, whatever groups the caller is in. */
static void allow_node(struct child_setup *setup, const char *path)
{
	struct stat st;

	if (!stat(path, &st) && st.st_gid && (st.st_mode & 0060) == 0060)
		setup->groups[setup->n_groups++] = st.st_gid;
}

static int start_command(struct run *run)
{
	struct child_setup setup = {.err_fd = -1, .as_root = run->options.as_root};
	char **argv = run->options.command;
	int err;

	if (!argv) {
		err = capture_argv(run);
		if (err)
			return err;
		argv = run->argv;
		setup.err_fd = run->said;
		allow_node(&setup, run->source);
		allow_node(&setup, run->vpipe);
	}
	run->session.results.facts.command = argv;
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
	struct run *run = arg;

	if (signal == SIGCHLD)
		return;
	run->interrupts++;
	/* the terminal's Ctrl-C goes to the command, too: once is enough */
	if (signal != SIGINT || !from_terminal)
		children_signal(SIGINT, &run->drain);
}

/* Until the command has ended. Returns 0, or -EINTR if the user gave up. */
static int follow(struct run *run)
{
	static const int ways[] = {SIGINT, SIGTERM, SIGKILL};
	uint64_t deadline = run->options.duration_ns;
	struct patience patience = {0};
	unsigned int told = 0;

	if (deadline)
		deadline += run->session.results.facts.start_ns;
	while (!child_ended(&run->command)) {
		session_wait(&run->session, DRAIN_MS, on_signal, run);
		if (run->interrupts > 1)
			return -EINTR;
		if (told ? patience_over(&patience)
			 : deadline && trace_now(run->session.trace) >= deadline) {
			run->interrupts = 1;
			children_signal(ways[told < 2 ? told : 2], &run->drain);
			told++;
			patience = patience_begin(LAST_WISH_NS, DRAIN_MS * 1000 * NS_PER_US);
		}
	}
	return 0;
}

/* What the command started and left behind would hold the node and its module. */
static void end_leftovers(struct run *run)
{
	int left = children_end(1000, &run->drain);

	if (left)
		msg_warning("%d processes that %s left running were ended", left,
			    run->session.results.facts.command[0]);
}

/* Stop tracing and the drain; then nothing moves any more. */
static int finish(struct run *run)
{
	struct run_facts *facts = &run->session.results.facts;

	session_stop(&run->session);
	facts->status = run->command.status;
	facts->usage = run->command.usage;
	end_leftovers(run);
	child_signal(&run->drain, SIGTERM);
	child_finish(&run->drain, CHILD_PATIENCE);
	return session_read(&run->session);
}

static void fill_facts(struct run *run)
{
	struct run_facts *facts = &run->session.results.facts;
	const struct run_options *options = &run->options;

	facts->vpipe = run->vpipe;
	facts->duration_ns = options->duration_ns;
	facts->source = *run->source ? run->source : NULL;
	if (options->command)
		return;
	facts->size[0] = options->size[0];
	facts->size[1] = options->size[1];
	facts->fps = options->fps;
	facts->transport = options->transport;
	facts->algo = options->algo;
	facts->threshold = (unsigned int)options->threshold;
	facts->cache = cache_names[options->cache];
	facts->frames = options->frames;
}

/* What the command's end means for us; our own tools have said what was wrong. */
static int command_verdict(const struct run *run)
{
	int status = run->command.status;
	const char *name = run->session.results.facts.command[0];

	if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_GOOD)
		return EXIT_GOOD;
	if (run->interrupts)
		return EXIT_GOOD; /* it ended because we told it to */
	if (WIFSIGNALED(status))
		msg_error("%s was ended by signal %d (%s) after %" PRIu64 " frames", name,
			  WTERMSIG(status), strsignal(WTERMSIG(status)),
			  run->session.results.counts[VPIPE_COUNT_RECORDED]);
	else if (run->options.command)
		msg_error("%s ended with status %d", name, WEXITSTATUS(status));
	else if (WEXITSTATUS(status) == EXIT_INCOMPLETE)
		return EXIT_INCOMPLETE;
	return EXIT_FAILED;
}

static int drain_verdict(const struct run *run)
{
	int status = run->drain.status;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	msg_error("vpipe-meta-drain was ended by signal %d", WTERMSIG(status));
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
static void print_said(const struct run *run, char *line)
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
static bool print_tools(struct run *run)
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

static int report(struct run *run)
{
	bool said = print_tools(run);
	int verdict = worse(command_verdict(run), drain_verdict(run));
	int err;

	if (session_is_empty(&run->session)) {
		if (run->interrupts)
			msg_error("ended before the first frame: no files were written");
		else if (verdict == EXIT_GOOD)
			session_say_empty(&run->session, run->session.results.facts.command[0]);
		return EXIT_FAILED;
	}
	msg_mute(said);
	err = session_write(&run->session);
	msg_mute(false);
	if (err)
		return EXIT_FAILED;
	return worse(verdict, session_print(&run->session));
}

static int prepare(struct run *run)
{
	const struct run_options *options = &run->options;
	uint64_t frames = options->command ? 0 : options->frames;
	int err;

	if (options->duration_ns && frames > options->duration_ns * options->fps / NS_PER_SEC)
		frames = options->duration_ns * options->fps / NS_PER_SEC;
	children_adopt_orphans();
	err = session_open(&run->session, options->output, FIXED_BYTES + frames * ROW_BYTES,
			   options->quiet);
	if (!err && !options->no_load)
		err = load_modules(run);
	if (!err)
		err = find_nodes(run);
	if (!err)
		err = node_check_cache(run->vpipe, options->cache);
	if (!err)
		err = start_tracing(run);
	if (!err)
		err = start_drain(run);
	return err;
}

static void run_close(struct run *run)
{
	children_signal(SIGTERM, &run->drain);
	child_finish(&run->command, run->interrupts > 1 ? 1000 : CHILD_PATIENCE);
	children_end(1000, &run->drain);
	child_signal(&run->drain, SIGTERM);
	child_finish(&run->drain, CHILD_PATIENCE);
	session_close(&run->session);
	modules_close(run->modules);
	for (int n = 2; run->argv[0] && run->argv[n]; n++)
		free(run->argv[n]);
	if (run->said >= 0)
		close(run->said);
}

int cmd_run(int argc, char **argv)
{
	struct run *run = calloc(1, sizeof(*run));
	int status = EXIT_FAILED;
	int err;

	if (!run) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	run->session.signals = -1;
	run->said = memfd_create("said", MFD_CLOEXEC);
	run_options_parse(&run->options, argc, argv);
	err = prepare(run);
	if (!err) {
		fill_facts(run);
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
