// SPDX-License-Identifier: MIT
/* test-dropped.c - how many frames never came, and when that is not known */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/model/dropped.h"
#include "loader/paths/kind.h"
#include "loader/paths/vpipe.h"

extern const struct kind capture_kind;

static struct dropped dropped;
static struct run run;

static int setup(void **state)
{
	(void)state;
	memset(&dropped, 0, sizeof(dropped));
	return run_init(&run, &vpipe_path);
}

static int teardown(void **state)
{
	(void)state;
	run.devices = NULL; /* the test's own */
	run.n_devices = 0;
	run_free(&run);
	return 0;
}

/* A frame of the source's frame @sequence, which was done at @done_ns. */
static void add(uint64_t minor, uint32_t sequence, uint64_t done_ns)
{
	const struct frame frame = {
		.has = FRAME_HAS_SOURCE,
		.source_minor = minor,
		.source_sequence = sequence,
		.start_ns = done_ns,
	};

	dropped_add(&dropped, &frame);
}

/* Of the source's frames 0 to 9 all came but 4 and 5. */
static void add_with_gap(void)
{
	for (uint32_t i = 0; i < 10; i++) {
		if (i != 4 && i != 5)
			add(0, i, 10 * i + 10);
	}
}

static void assert_known(uint64_t missing)
{
	dropped_finish(&dropped);
	assert_null(dropped_why(&dropped, &run));
	assert_int_equal(dropped_missing(&dropped, &run), missing);
	assert_false(dropped_at_most(&dropped, &run));
}

static void assert_unknown(const char *why, bool at_most)
{
	dropped_finish(&dropped);
	assert_non_null(dropped_why(&dropped, &run));
	assert_non_null(strstr(dropped_why(&dropped, &run), why));
	assert_int_equal(dropped_at_most(&dropped, &run), at_most);
}

static void test_gap(void **state)
{
	(void)state;
	add_with_gap();
	assert_known(2);
}

static void test_no_source(void **state)
{
	(void)state;
	dropped_add(&dropped, &(struct frame){0});
	assert_unknown("no frame is linked", false);
}

/* What one is made from may be what is missing; where nothing is, nothing can be. */
static void test_sourceless(void **state)
{
	(void)state;
	add(0, 0, 10);
	add(0, 1, 20);
	dropped_add(&dropped, &(struct frame){.known = 1});
	assert_known(0);
	add(0, 4, 50);
	assert_unknown("no known source frame", true);
	assert_int_equal(dropped_missing(&dropped, &run), 2);
}

/* Each loss by which a frame has no row; of others that are lost the frames are all there. */
static void test_lost(void **state)
{
	static const unsigned int of_frames[] = {VPIPE_LOSS_ring_full, VPIPE_LOSS_incomplete,
						 VPIPE_LOSS_no_context};

	(void)state;
	run.counts.of[VPIPE_LOSS_no_thread] = run.counts.of[VPIPE_LOSS_spans] = 3;
	add_with_gap();
	assert_known(2);
	for (size_t i = 0; i < sizeof(of_frames) / sizeof(of_frames[0]); i++) {
		run.counts.of[of_frames[i]] = 1;
		assert_unknown("the tracer lost frames", true);
		run.counts.of[of_frames[i]] = 0;
	}
	run.counts.missed_events = 1;
	assert_unknown("the tracer lost frames", true);
	run.counts.missed_events = 0;
	run.counts.row_mismatch = 1;
	assert_unknown("the tracer lost frames", true);
}

/* Where no frame of the source is missing, no row that was lost is of one. */
static void test_lost_none_missing(void **state)
{
	(void)state;
	run.counts.of[VPIPE_LOSS_ring_full] = 3;
	add(0, 0, 10);
	add(0, 1, 20);
	assert_known(0);
}

static void test_not_looked_at(void **state)
{
	(void)state;
	for (uint64_t minor = 0; minor <= DROPS_SOURCES; minor++)
		add(minor, 0, 10);
	assert_unknown("not all frames could be looked at", false);
	memset(&dropped, 0, sizeof(dropped));
	add_with_gap();
	add(0, 1000, 5); /* of a stream before */
	assert_unknown("not all frames could be looked at", false);
}

static void test_devices(void **state)
{
	struct device_sums devices[2] = {{.frames = 3}, {.frames = 4}};

	(void)state;
	run.path = capture_kind.path;
	run.devices = devices;
	run.n_devices = 2;
	run.devices[0].drops[DROP_HELD] = 5;
	run.devices[0].drops[DROP_ERROR] = 1; /* it came */
	run.devices[1].drops[DROP_DRIVER] = 2;
	assert_known(7);
	run.facts.config.no_frames = true;
	assert_unknown("histograms only", false);
	assert_non_null(dropped_device_why(&run, &devices[0]));
	run.facts.config.no_frames = false;
	/* lost where nothing is missing, but of a cause that is known; then of none */
	run.counts.of[VPIPE_LOSS_ring_full] = 3;
	assert_known(7);
	devices[1].drops[DROP_UNKNOWN] = 2;
	assert_unknown("the tracer lost frames", false);
	assert_null(dropped_device_why(&run, &devices[0]));
	run.counts.of[VPIPE_LOSS_ring_full] = devices[1].drops[DROP_UNKNOWN] = 0;
	run.devices[1].not_followed = 1;
	assert_unknown("more queues or buffers", false);
	assert_null(dropped_device_why(&run, &devices[0]));
	assert_non_null(dropped_device_why(&run, &devices[1]));
	run.devices[0].unnumbered = 1;
	assert_unknown("does not number its frames", false);
}

static void test_sum(void **state)
{
	(void)state;
	run.facts.config.no_frames = true;
	run.merged = (struct run_merged){.runs = 2, .has_missing = true, .missing = 9};
	assert_known(9);
	run.merged.has_missing = false;
	assert_unknown("not all of the runs", false);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gap),
		TEST(test_no_source),
		TEST(test_sourceless),
		TEST(test_lost),
		TEST(test_lost_none_missing),
		TEST(test_not_looked_at),
		TEST(test_devices),
		TEST(test_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
