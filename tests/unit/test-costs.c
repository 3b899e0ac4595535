// SPDX-License-Identifier: MIT
/* test-costs.c - what a frame's time is charged to, also where its account contradicts itself */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bpf/probes/capture.h"
#include "bpf/probes/vpipe.h"
#include "loader/model/costs.h"
#include "loader/model/record.h"
#include "loader/model/run.h"
#include "loader/paths/kind.h"
#include "loader/paths/vpipe.h"

extern const struct kind capture_kind;

/* Each stage takes 100 ns; of the source and the pickup 40 are dwell. */
static struct vpipe_frame whole(void)
{
	struct vpipe_frame frame = {.asked_ns = 1000 + 100 * VPIPE_POINT_CAP_DONE + 40};

	for (unsigned int point = 0; point < VPIPE_N_POINTS; point++)
		frame.ns[point] = 1000 + 100 * point;
	frame.source.asked_ns = 1000 + 40;
	frame.source.copy_ns = 30;
	return frame;
}

static uint64_t sum_of(const struct vpipe_frame *frame, uint64_t ns[N_COSTS])
{
	uint64_t sum = 0;

	record_costs(&vpipe_path, frame, ns);
	for (unsigned int cost = 0; cost < N_COSTS; cost++) {
		assert_in_range(ns[cost], 0, 100 * VPIPE_N_STAGES);
		sum += ns[cost];
	}
	return sum;
}

static void test_whole(void **state)
{
	struct vpipe_frame frame = whole();
	uint64_t ns[N_COSTS];

	(void)state;
	frame.splits[VPIPE_STAGE_crc] = (struct vpipe_split){.runq_ns = 60, .blocked_ns = 40};
	frame.splits[VPIPE_STAGE_pickup] = (struct vpipe_split){.blocked_ns = 60};
	assert_int_equal(record_mend(&vpipe_path, &frame), 0);
	assert_int_equal(frame.unknown, 0);
	assert_int_equal(sum_of(&frame, ns), 100 * VPIPE_N_STAGES);
	assert_int_equal(ns[COST_copies], 130);
	assert_int_equal(ns[COST_jitter], 60);
	assert_int_equal(ns[COST_unattributed], 0);
}

/* Whichever part of a stage is too long, or went below 0: the stage is unknown, no cost is. */
static void test_torn(void **state)
{
	static const uint64_t large[] = {101, 1ULL << 32, 1ULL << 63, ~0ULL, ~0ULL - 50};

	(void)state;
	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		for (unsigned int i = 0; i < 3 * sizeof(large) / sizeof(large[0]); i++) {
			struct vpipe_frame frame = whole();
			struct vpipe_split *split = &frame.splits[stage];
			uint64_t ns[N_COSTS];

			if (i % 3 != 1)
				split->runq_ns = large[i / 3];
			if (i % 3 != 0)
				split->blocked_ns = large[i / 3];
			assert_in_range(record_mend(&vpipe_path, &frame), 1, 2);
			assert_int_equal(frame.unknown, 1U << stage);
			assert_int_equal(sum_of(&frame, ns), 100 * VPIPE_N_STAGES);
			assert_int_equal(ns[COST_unattributed], 100);
		}
	}
}

/* More waited for a CPU before it was asked for than there was time: the dwell is below 0. */
static void test_torn_dwell(void **state)
{
	struct vpipe_frame frame = whole();
	uint64_t ns[N_COSTS];

	(void)state;
	frame.dwell_runq_ns = 41;
	frame.source.dwell_runq_ns = 4100;
	assert_int_equal(record_mend(&vpipe_path, &frame), 2);
	assert_int_equal(frame.unknown, 1U << VPIPE_STAGE_source | 1U << VPIPE_STAGE_pickup);
	assert_int_equal(sum_of(&frame, ns), 100 * VPIPE_N_STAGES);
	assert_int_equal(ns[COST_unattributed], 200);
}

/* A copy is a part of the hand-off, on a CPU. */
static void test_torn_copy(void **state)
{
	struct vpipe_frame frame = whole();
	uint64_t ns[N_COSTS];

	(void)state;
	frame.splits[VPIPE_STAGE_handoff].blocked_ns = 80;
	assert_true(record_knows_copy(&vpipe_path, &frame));
	assert_int_equal(record_mend(&vpipe_path, &frame), 1);
	assert_false(record_knows_copy(&vpipe_path, &frame));
	assert_int_equal(frame.unknown, 0);
	assert_int_equal(sum_of(&frame, ns), 100 * VPIPE_N_STAGES);
	assert_int_equal(ns[COST_copies], 100);
	assert_int_equal(ns[COST_application], 100);
}

/* A run with so many frames of each of @stages. */
static void begin_run(struct run *run, const struct path *path, unsigned int stages)
{
	assert_int_equal(run_init(run, path), 0);
	for (unsigned int stage = 0; stage < path->n_stages; stage++)
		run->latencies[stage].count = (stages & 1U << stage) ? 100 : 0;
}

/* Which costs may be of other stages in a run of @stages of @path than in one that has all. */
static unsigned int unlike(const struct path *path, unsigned int stages)
{
	struct run all, some;
	unsigned int found = 0;

	begin_run(&all, path, ~0U);
	begin_run(&some, path, stages);
	for (unsigned int cost = 0; cost <= path->n_costs; cost++)
		found |= run_has_stages_of(&all, &some, cost) ? 0 : 1U << cost;
	run_free(&all);
	run_free(&some);
	return found;
}

static void test_other_stages(void **state)
{
	const struct path *capture = capture_kind.path;
	unsigned int any = 1U << COST_jitter | 1U << COST_unattributed;

	(void)state;
	assert_int_equal(unlike(&vpipe_path, ~0U), 0);
	assert_int_equal(unlike(&vpipe_path, ~(1U << VPIPE_STAGE_source)),
			 any | 1U << COST_transport | 1U << COST_switches | 1U << COST_queueing |
				 1U << vpipe_path.n_costs);
	assert_int_equal(unlike(&vpipe_path, ~(1U << VPIPE_STAGE_cv)),
			 any | 1U << COST_compute | 1U << vpipe_path.n_costs);
	assert_int_equal(unlike(capture, ~(1U << CAPTURE_STAGE_transfer)),
			 any | 1U << COST_device | 1U << capture->n_costs);
	/* read() against mmap: what is not copied takes no time */
	assert_int_equal(unlike(capture, ~(1U << CAPTURE_STAGE_copy)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),	     cmocka_unit_test(test_torn),
		cmocka_unit_test(test_torn_dwell),   cmocka_unit_test(test_torn_copy),
		cmocka_unit_test(test_other_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
