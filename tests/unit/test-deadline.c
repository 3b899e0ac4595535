// SPDX-License-Identifier: MIT
/* test-deadline.c - by when a frame should be at its end, and which frames a run says are not */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loader/model/deadline.h"
#include "loader/paths/vpipe.h"

static uint64_t period_of(double first, double second, bool joined)
{
	const struct video_facts videos[] = {{.fps = first}, {.fps = second}};
	const struct run_facts facts = {
		.videos = videos, .n_videos = 2, .config.adopt_users = joined};

	return deadline_period(&facts);
}

static void test_period(void **state)
{
	(void)state;
	assert_int_equal(deadline_period(&(struct run_facts){.fps = 30}), 33333333);
	assert_int_equal(deadline_period(&(struct run_facts){.fps = 60}), 16666667);
	assert_int_equal(deadline_period(&(struct run_facts){0}), 0);
	assert_int_equal(period_of(25, 25, true), 40000000);
	assert_int_equal(period_of(30000.0 / 1001, 0, true), 33366667);
	assert_int_equal(period_of(0, 25, true), 40000000);
	assert_int_equal(period_of(25, 30, true), 0); /* which of them is meant? */
	assert_int_equal(period_of(0, 0, true), 0);
	assert_int_equal(period_of(25, 25, false), 0); /* the command may set another */
}

static void test_set(void **state)
{
	struct run_facts facts = {.fps = 50};

	(void)state;
	deadline_set(&facts, 0);
	assert_int_equal(facts.deadline_ns, 20000000);
	assert_false(facts.deadline_asked);
	deadline_set(&facts, 5000000);
	assert_int_equal(facts.deadline_ns, 5000000);
	assert_true(facts.deadline_asked);
	facts.config.no_frames = true;
	deadline_set(&facts, 0);
	assert_int_equal(facts.deadline_ns, 0);
}

/* A frame that takes just as long is in time; one of the warm-up is not looked at. */
static void test_over(void **state)
{
	static const struct {
		uint64_t e2e_ns, flags;
	} frames[] = {{20, VPIPE_FRAME_WARMUP}, {10, 0}, {11, 0}, {9, 0}, {12, VPIPE_FRAME_ERROR}};
	struct run run;

	(void)state;
	assert_int_equal(run_init(&run, &vpipe_path), 0);
	run.facts.deadline_ns = 10;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct frame frame = {.e2e_ns = frames[i].e2e_ns, .flags = frames[i].flags};

		run_add_frame(&run, &frame);
	}
	assert_int_equal(run.over, 2);
	assert_int_equal(deadline_frames(&run), 4);
	run_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_period),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
