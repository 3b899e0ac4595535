// SPDX-License-Identifier: MIT
/*
 * trace-sched - run a command with vpipe's scheduler programs attached
 *
 * usage: trace-sched traced|untraced COMMAND [ARG...]
 *
 * "traced" follows the command's threads, as vpipe-trace run does; "untraced"
 * is any other program on a machine where vpipe-trace runs.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "lib/args.h"
#include "lib/msg.h"

static void no_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	(void)frame;
}

static int run(struct trace *trace, bool traced, char *const argv[])
{
	int status, err = traced ? trace_adopt_forks(trace, true) : 0;
	pid_t pid = err ? -1 : fork();

	if (!pid) {
		execvp(argv[0], argv);
		msg_errno(errno, NULL, "%s", argv[0]);
		_exit(EXIT_FAILED);
	}
	if (traced && !err)
		err = trace_adopt_forks(trace, false);
	if (pid < 0 || err || waitpid(pid, &status, 0) != pid)
		return EXIT_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

/* What was to be traced was, and nothing else. */
static int check(struct trace *trace, bool traced)
{
	struct thread thread;
	unsigned int threads = 0;
	uint64_t switches = 0;

	trace_detach(trace);
	for (; !trace_thread(trace, threads, &thread); threads++)
		switches += thread.account.switches.nvcsw;
	if (traced == (switches > 0))
		return EXIT_GOOD;
	msg_error("%u threads were traced, with %llu switches", threads,
		  (unsigned long long)switches);
	return EXIT_FAILED;
}

int main(int argc, char **argv)
{
	const struct trace_options options = {
		.path = &vpipe_path, .config.ring_bytes = 4096, .frame = no_frame};
	struct trace *trace = NULL;
	bool traced = argc > 1 && !strcmp(argv[1], "traced");
	int status = EXIT_FAILED;

	if (argc < 3 || (!traced && strcmp(argv[1], "untraced"))) {
		fputs("usage: trace-sched traced|untraced COMMAND [ARG...]\n", stderr);
		return EXIT_USAGE;
	}
	if (!trace_open(&trace, &options) && !trace_attach_sched(trace)) {
		status = run(trace, traced, argv + 2);
		if (status == EXIT_GOOD)
			status = check(trace, traced);
	}
	trace_close(trace);
	return status;
}
