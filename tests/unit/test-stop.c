// SPDX-License-Identifier: MIT
/* Blocking calls end: by a signal, by a time limit, and not otherwise. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/lib/clock.h"
#include "user/lib/stop.h"

#define MS (1000 * NS_PER_US)

static int fds[2];

/* Block until something ends it; true if that was a signal. */
static bool is_interrupted(void)
{
	char byte;

	return read(fds[0], &byte, 1) < 0 && errno == EINTR;
}

static void test_limit(void **state)
{
	uint64_t began = clock_ns();

	(void)state;
	stop_limit(50 * MS);
	assert_false(stop_expired());
	assert_true(is_interrupted());
	assert_true(stop_expired());
	assert_true(clock_ns() - began >= 50 * MS);
	/* a caller that was about to block when the limit passed gets out as well */
	assert_true(is_interrupted());
	stop_limit(0);
	assert_false(stop_expired());
	assert_int_equal(stop_signal(), 0);
}

static void test_limit_taken_off(void **state)
{
	(void)state;
	stop_limit(20 * MS);
	stop_limit(0);
	assert_int_equal(usleep(60 * 1000), 0);
	assert_false(stop_expired());
}

static void test_limit_moved(void **state)
{
	(void)state;
	stop_limit(20 * MS);
	stop_limit(NS_PER_SEC * 3600);
	assert_int_equal(usleep(60 * 1000), 0);
	assert_false(stop_expired());
	stop_limit(0);
}

/* Last, since a stop signal stays noticed. The signal comes before the call blocks. */
static void test_signal(void **state)
{
	(void)state;
	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(stop_signal(), SIGTERM);
	assert_true(is_interrupted());
	assert_false(stop_expired());
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
		cmocka_unit_test(test_limit_taken_off),
		cmocka_unit_test(test_limit_moved),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests_name("stop", tests, setup, NULL);
}
