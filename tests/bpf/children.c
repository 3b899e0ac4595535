// SPDX-License-Identifier: MIT
/* children.c - see children.h */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/clock.h"
#include "tests/asleep.h"
#include "tests/bpf/children.h"

/* What the child does: sleep this often, and keep a CPU busy this long in between. */
void children_sleep(unsigned int times, uint64_t busy_ns)
{
	/* long enough not to be over before the thread has got around to sleeping */
	const struct timespec pause = {.tv_nsec = 1000000};

	for (unsigned int i = 0; i < times; i++) {
		uint64_t until;

		nanosleep(&pause, NULL);
		until = clock_ns() + busy_ns;
		while (clock_ns() < until)
			;
	}
}

static void *sleeper(void *arg)
{
	pthread_setname_np(pthread_self(), "sleeper");
	children_sleep((unsigned int)(uintptr_t)arg, 0);
	return NULL;
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* Sleeps, and signals that come as often: now and then one on the way to sleep. */
static void sleep_under_signals(void)
{
	const struct itimerval often = {.it_interval.tv_usec = 25, .it_value.tv_usec = 25};
	const struct timespec pause = {.tv_nsec = 20000};

	signal(SIGALRM, on_alarm);
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < 20000; i++)
		nanosleep(&pause, NULL);
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
}

/* What the child does. */
static int child_main(const char *what)
{
	pthread_t threads[3];

	if (!strcmp(what, "sleep101")) {
		children_sleep(101, 0);
	} else if (!strcmp(what, "busy")) {
		children_sleep(20, 5000000);
	} else if (!strcmp(what, "signals")) {
		sleep_under_signals();
	} else if (!strcmp(what, "threads")) {
		for (uintptr_t i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, sleeper, (void *)(13 + i));
		for (int i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
	}
	return 0;
}

void children_fork(struct child *child, const char *what)
{
	char *argv[] = {(char *)"/proc/self/exe", (char *)what, NULL};
	const struct timespec pause = {.tv_nsec = 1000000};
	long call;

	assert_int_equal(child_fork(child, argv, &(struct child_setup){.err_fd = -1}), 0);
	while (!is_asleep(child->pid, &call))
		nanosleep(&pause, NULL);
}

void children_start(struct child *child, struct trace *trace)
{
	assert_int_equal(trace_adopt(trace, child->pid), 0);
	assert_int_equal(child_start(child), 0);
}

void children_trace_self(struct trace *trace)
{
	struct rusage before, now;

	assert_int_equal(trace_adopt(trace, gettid()), 0);
	assert_int_equal(getrusage(RUSAGE_THREAD, &before), 0);
	do {
		children_sleep(1, 0);
		assert_int_equal(getrusage(RUSAGE_THREAD, &now), 0);
	} while (now.ru_nvcsw == before.ru_nvcsw);
}

#define TRY_AGAIN 100 /* exit status: some failed, and events were lost */

/* Run the tests in a child that prints to @out. Its exit status; -1: it died. */
static int run_in_child(FILE *out, int (*run)(void), const bool *lost)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(out), STDERR_FILENO);
		status = run();
		exit(status && *lost ? TRY_AGAIN : status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static void print_all(FILE *from, const char *before)
{
	char line[256];

	rewind(from);
	while (fgets(line, sizeof(line), from))
		printf("%s%s", before, line);
}

static int try_tests(int (*run)(void), const bool *lost)
{
	int status = TRY_AGAIN;

	for (int tries = 5; status == TRY_AGAIN && tries; tries--) {
		FILE *out = tmpfile();

		if (!out)
			return -1;
		status = run_in_child(out, run, lost);
		print_all(out, status != TRY_AGAIN || tries == 1 ? "" : "# once more after: ");
		fclose(out);
	}
	return status;
}

int children_tests(int argc, char **argv, int (*run)(void), const bool *lost)
{
	if (argc > 1)
		return child_main(argv[1]);
	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	return try_tests(run, lost);
}
