// SPDX-License-Identifier: MIT
/* Blocking calls end: by a signal, by a time limit in which the process could run, and not otherwise. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/clock.h"
#include "lib/patience.h"
#include "lib/stop.h"

#define MS	(1000 * NS_PER_US)
#define STOPPED (700 * MS) /* longer than any limit */

static int fds[2];

/* Block until something ends it; true if that was a signal. */
static bool is_interrupted(void)
{
	char byte;

	return read(fds[0], &byte, 1) < 0 && errno == EINTR;
}

/* Block as long as one may; true if that was too long. */
static bool is_given_up(void)
{
	bool last = false;

	while (is_interrupted()) {
		if (!stop_again(&last))
			return true;
	}
	return false;
}

static void test_limit(void **state)
{
	uint64_t began = clock_ns(), took;
	bool last = false;

	(void)state;
	stop_limit(50 * MS);
	assert_true(stop_again(&last));
	assert_false(last);
	assert_true(is_given_up());
	took = clock_ns() - began;
	assert_true(took >= 50 * MS);
	/* a caller that was about to block when the limit passed gets out as well, and has asked */
	assert_true(is_interrupted());
	assert_true(stop_again(&last));
	assert_true(last);
	assert_true(is_interrupted());
	assert_false(stop_again(&last));
	stop_limit(0);
	last = false;
	assert_true(stop_again(&last));
	assert_false(last);
	assert_int_equal(stop_signal(), 0);
}

/*
 * Have a child that stops this process for STOPPED; meanwhile @bytes come.
 * Returns its id.
 */
static pid_t be_stopped(size_t bytes)
{
	pid_t parent = getpid(), child = fork();

	assert_true(child >= 0);
	if (child)
		return child;
	kill(parent, SIGSTOP);
	usleep(STOPPED / NS_PER_US);
	if (write(fds[1], "frame", bytes) != (ssize_t)bytes)
		_exit(1);
	kill(parent, SIGCONT);
	_exit(0);
}

static void end_child(pid_t child)
{
	int status;

	stop_limit(0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

/* What came while nobody could ask for it is there. */
static void test_stopped_while_it_comes(void **state)
{
	pid_t child = be_stopped(1);

	(void)state;
	stop_limit(400 * MS);
	assert_false(is_given_up());
	end_child(child);
}

/* Nothing comes: but for a tick, which is a quarter, the limit is time to run in. */
static void test_stopped_in_vain(void **state)
{
	uint64_t began = clock_ns(), took;
	pid_t child = be_stopped(0);

	(void)state;
	stop_limit(400 * MS);
	assert_true(is_given_up());
	took = clock_ns() - began;
	end_child(child);
	assert_true(took >= STOPPED + 300 * MS);
}

static void test_patience(void **state)
{
	struct patience patience = patience_begin(30 * MS, 10 * MS);
	int steps = 0;

	(void)state;
	do {
		usleep(25 * 1000); /* a long one */
		steps++;
	} while (!patience_over(&patience));
	assert_int_equal(steps, 3);
	assert_true(patience_over(&patience));
}

static void expect_no_limit(void)
{
	bool last = false;

	assert_int_equal(usleep(60 * 1000), 0);
	assert_true(stop_again(&last));
	assert_false(last);
	stop_limit(0);
}

static void test_limit_taken_off(void **state)
{
	(void)state;
	stop_limit(20 * MS);
	stop_limit(0);
	expect_no_limit();
}

static void test_limit_moved(void **state)
{
	(void)state;
	stop_limit(20 * MS);
	stop_limit(NS_PER_SEC * 3600);
	expect_no_limit();
}

/* Last, since a stop signal stays noticed. The signal comes before the call blocks. */
static void test_signal(void **state)
{
	bool last = false;

	(void)state;
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(stop_signal(), SIGTERM);
	for (int i = 0; i < 3; i++) {
		assert_true(is_interrupted());
		assert_true(stop_again(&last)); /* a signal is no limit */
	}
	stop_limit(0);
}

static int setup(void **state)
{
	(void)state;
	return pipe(fds) || stop_init() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_stopped_while_it_comes),
		cmocka_unit_test(test_stopped_in_vain),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_limit_taken_off),
		cmocka_unit_test(test_limit_moved),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests_name("stop", tests, setup, NULL);
}
