// SPDX-License-Identifier: MIT
/* test-waits.c - what a frame waited for in a device's queue adds up to its time there */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "loader/model/waits.h"

#define GIVEN 1 /* the point of the OUTPUT buffer; the job begins with the next one */

/* A frame in the queue from 1000 to 2000. */
static struct vpipe_frame queued(uint64_t buffer_ns, uint64_t own_ns, uint64_t other_ns)
{
	return (struct vpipe_frame){
		.ns = {900, 1000, 2000, 3000},
		.cycle = {.given_ns = buffer_ns,
			  .has_input = true,
			  .input = {.own_end_ns = own_ns, .other_end_ns = other_ns}},
	};
}

static void assert_waits(struct vpipe_frame frame, uint64_t no_buffer, uint64_t own, uint64_t other,
			 uint64_t start)
{
	uint64_t waits[N_WAITS];

	assert_true(waits_of(&frame, GIVEN, waits));
	assert_int_equal(waits[WAIT_no_buffer], no_buffer);
	assert_int_equal(waits[WAIT_own_jobs], own);
	assert_int_equal(waits[WAIT_other_jobs], other);
	assert_int_equal(waits[WAIT_start], start);
	assert_int_equal(no_buffer + own + other + start, 1000);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	assert_waits(queued(500, 0, 0), 0, 0, 0, 1000);
	assert_waits(queued(1300, 0, 0), 300, 0, 0, 700);
	assert_waits(queued(500, 1900, 0), 0, 900, 0, 100);
	assert_waits(queued(500, 0, 1900), 0, 0, 900, 100);
}

/* What ended before the next thing that it waited for has no part in the wait. */
static void test_one_behind_the_other(void **state)
{
	(void)state;
	assert_waits(queued(1300, 1500, 1900), 300, 200, 400, 100);
	assert_waits(queued(1300, 1900, 1500), 300, 400, 200, 100);
	assert_waits(queued(1800, 1500, 1700), 800, 0, 0, 200);
}

/* A job ends when its last buffer is done, which may be seen behind the next one's beginning. */
static void test_beyond_the_end(void **state)
{
	(void)state;
	assert_waits(queued(2100, 1500, 0), 1000, 0, 0, 0);
	assert_waits(queued(500, 2100, 2200), 0, 1000, 0, 0);
}

static void test_not_known(void **state)
{
	struct vpipe_frame frame = queued(500, 0, 0);
	uint64_t waits[N_WAITS];

	(void)state;
	frame.cycle.has_input = false;
	assert_false(waits_of(&frame, GIVEN, waits));
	frame = queued(500, 0, 0);
	frame.ns[GIVEN + 1] = 0;
	assert_false(waits_of(&frame, GIVEN, waits));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_one_behind_the_other),
		cmocka_unit_test(test_beyond_the_end),
		cmocka_unit_test(test_not_known),
	};

	return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
