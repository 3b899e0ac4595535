// SPDX-License-Identifier: MIT
/* test-merge.c - runs put together: sums, ranges, and what they do not agree in */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bpf/hist.h"
#include "loader/model/merge.h"
#include "loader/paths/vpipe.h"

/* A run with these times from end to end, each of them spent on the first cost. */
static void begin(struct run *run, const uint64_t *times, size_t n)
{
	const struct path *path = &vpipe_path;

	assert_int_equal(run_init(run, path), 0);
	for (size_t i = 0; i < n; i++) {
		hist_count(&run->hists[path_e2e(path)], times[i]);
		hist_count(&run->cost_hists[0], times[i]);
	}
	run->counts.of[VPIPE_COUNT_STARTED] = run->counts.of[VPIPE_COUNT_RECORDED] = n;
	run->counts.balanced = run->complete = true;
}

static void test_sums(void **state)
{
	/* 0 is a time like any other; the last one is beyond the last bucket */
	const uint64_t a[] = {0, 5, 1000000}, b[] = {7, 1ULL << 60}, none[1] = {0};
	struct run runs[3], sum;
	const struct latency *e2e;

	(void)state;
	begin(&runs[0], a, 3);
	begin(&runs[1], b, 2);
	begin(&runs[2], none, 0);
	assert_int_equal(run_init(&sum, &vpipe_path), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(merge_run(&sum, &runs[i], i != 2, 4), 0);
	merge_finish(&sum);
	e2e = &sum.latencies[path_e2e(&vpipe_path)];
	assert_int_equal(e2e->count, 5);
	assert_int_equal(e2e->min_ns, 0);
	assert_int_equal(e2e->max_ns, 1ULL << 60);
	assert_int_equal(e2e->p50_ns, 7);
	assert_int_equal(e2e->total_ns, 1000012 + (1ULL << 60));
	assert_int_equal(sum.costs[0].total_ns, e2e->total_ns);
	assert_int_equal(sum.counts.of[VPIPE_COUNT_RECORDED], 5);
	assert_int_equal(sum.merged.runs, 3);
	assert_true(sum.merged.has_costs && sum.complete && sum.counts.balanced);
	assert_false(sum.merged.has_missing); /* of the third nobody knows */
	merge_free(&sum);
	for (int i = 0; i < 3; i++)
		run_free(&runs[i]);
}

/* What is wrong with one is wrong with the sum, though the others were enough. */
static void test_one_is_bad(void **state)
{
	const uint64_t times[] = {1, 2};
	struct run good, bad, sum;

	(void)state;
	begin(&good, times, 2);
	begin(&bad, times, 2);
	bad.counts.of[VPIPE_LOSS_no_thread] = 3;
	bad.counts.balanced = bad.complete = false;
	bad.facts.config.no_frames = true;
	assert_int_equal(run_init(&sum, &vpipe_path), 0);
	assert_int_equal(merge_run(&sum, &bad, true, 0), 0);
	assert_int_equal(merge_run(&sum, &good, true, 0), 0);
	assert_false(sum.complete || sum.counts.balanced || sum.merged.has_costs);
	assert_int_equal(sum.counts.of[VPIPE_LOSS_no_thread], 3);
	bad.facts.flight.above_ns = 1;
	assert_non_null(merge_refuses(&vpipe_path, &bad));
	assert_null(merge_refuses(&vpipe_path, &good));
	merge_free(&sum);
	run_free(&good);
	run_free(&bad);
}

static void test_devices(void **state)
{
	struct device_sums device = {.node = "video0", .period_ns = 40};
	struct run run, sum;
	char name[16];

	(void)state;
	begin(&run, NULL, 0);
	assert_int_equal(run_init(&sum, &vpipe_path), 0);
	run.devices = &device;
	run.n_devices = 1;
	device.drops[DROP_HELD] = 5;
	assert_int_equal(merge_run(&sum, &run, true, 5), 0);
	assert_int_equal(merge_run(&sum, &run, true, 5), 0);
	assert_int_equal(sum.n_devices, 1);
	assert_int_equal(sum.devices[0].drops[DROP_HELD], 10);
	assert_int_equal(sum.devices[0].period_ns, 40);
	device.period_ns = 41; /* then it is that of none */
	assert_int_equal(merge_run(&sum, &run, true, 5), 0);
	assert_int_equal(sum.devices[0].period_ns, 0);
	assert_int_equal(sum.merged.missing, 15);
	for (unsigned int i = 1; i <= VPIPE_MAX_DEVICES; i++) {
		snprintf(name, sizeof(name), "video%u", i);
		device.node = name;
		assert_int_equal(merge_run(&sum, &run, true, 0),
				 i < VPIPE_MAX_DEVICES ? 0 : -E2BIG);
	}
	run.devices = NULL;
	run.n_devices = 0;
	merge_free(&sum);
	run_free(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_one_is_bad),
		cmocka_unit_test(test_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
