// SPDX-License-Identifier: MIT
/* The longest frames, and where in them their costs were: held against the records they are made of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "loader/model/costs.h"
#include "loader/model/part.h"
#include "loader/model/record.h"
#include "loader/model/worst.h"
#include "loader/paths/vpipe.h"

#define STAGE_NS 1000000

static const int no_columns[COUNTER_COLUMNS] = {-1, -1, -1, -1};

/* Each stage takes a millisecond, and its carrier runs. */
static struct vpipe_frame plain(void)
{
	struct vpipe_frame record = {.source.copy_ns = VPIPE_COPY_UNKNOWN};

	for (unsigned int point = 0; point <= vpipe_path.n_stages; point++)
		record.ns[point] = (point + 1) * STAGE_NS;
	return record;
}

static struct frame frame_of(struct vpipe_frame *record)
{
	struct frame frame;

	record_mend(&vpipe_path, record);
	frame_from_record(&frame, &vpipe_path, record, no_columns);
	return frame;
}

static void expect(const struct frame *frame, unsigned int cost, unsigned int stage,
		   enum part_kind kind, uint64_t ns)
{
	struct part part = frame_part(frame, &vpipe_path, cost);

	assert_int_equal(part.stage, stage);
	assert_int_equal(part.kind, kind);
	assert_int_equal(part.ns, ns);
}

static void test_kinds(void **state)
{
	struct vpipe_frame record = plain();
	struct frame frame;

	(void)state;
	record.splits[VPIPE_STAGE_crc] = (struct vpipe_split){.runq_ns = 700000};
	record.splits[VPIPE_STAGE_source] = (struct vpipe_split){.blocked_ns = 900000};
	frame = frame_of(&record);
	expect(&frame, COST_jitter, VPIPE_STAGE_crc, PART_RUNQ, 700000);
	expect(&frame, COST_integrity, VPIPE_STAGE_crc, PART_RUNNING, 300000);
	expect(&frame, COST_switches, VPIPE_STAGE_source, PART_BLOCKED, 900000);
	expect(&frame, COST_application, VPIPE_STAGE_handoff, PART_RUNNING, STAGE_NS);
	expect(&frame, COST_copies, VPIPE_STAGE_copy, PART_RUNNING, STAGE_NS);
	/* nothing of it */
	expect(&frame, COST_unattributed, vpipe_path.n_stages, PART_RUNNING, 0);
	/* of those as large, the first */
	assert_int_equal(frame_largest_cost(&frame, &vpipe_path), COST_transport);
}

static void test_unknown(void **state)
{
	struct vpipe_frame record = plain();
	struct frame frame;

	(void)state;
	record.unknown = 1U << VPIPE_STAGE_cv;
	frame = frame_of(&record);
	expect(&frame, COST_unattributed, VPIPE_STAGE_cv, PART_WHOLE, STAGE_NS);
	expect(&frame, COST_compute, vpipe_path.n_stages, PART_RUNNING, 0);
}

/* The application's own copy is no time of its own any more. */
static void test_copy(void **state)
{
	struct vpipe_frame record = plain();
	struct frame frame;

	(void)state;
	record.source.copy_ns = 950000;
	record.splits[VPIPE_STAGE_copy] = (struct vpipe_split){.runq_ns = 500000};
	frame = frame_of(&record);
	assert_int_equal(frame.costs[COST_copies], 950000 + 500000);
	expect(&frame, COST_copies, VPIPE_STAGE_handoff, PART_COPYING, 950000);
	expect(&frame, COST_application, VPIPE_STAGE_handoff, PART_RUNNING, 50000);
}

/* All parts of a cost make the cost: the largest is no more, and no less than a stage's share of it. */
static void test_any(void **state)
{
	(void)state;
	srand(11);
	for (int round = 0; round < 20000; round++) {
		struct vpipe_frame record = plain();
		struct frame frame;

		for (unsigned int stage = 0; stage < vpipe_path.n_stages; stage++) {
			record.splits[stage].runq_ns = (unsigned int)(rand() % 400000);
			record.splits[stage].blocked_ns = (unsigned int)(rand() % 400000);
		}
		record.unknown = rand() % 3 ? 0 : 1U << (rand() % VPIPE_N_STAGES);
		if (rand() % 2)
			record.source.copy_ns = (uint64_t)(rand() % 200000);
		frame = frame_of(&record);
		for (unsigned int cost = 0; cost < vpipe_path.n_costs; cost++) {
			struct part part = frame_part(&frame, &vpipe_path, cost);

			assert_true(part.ns <= frame.costs[cost]);
			assert_true(part.ns * (vpipe_path.n_stages + 1) >= frame.costs[cost]);
			assert_int_equal(part.ns == 0, part.stage == vpipe_path.n_stages);
		}
	}
}

static void test_worst(void **state)
{
	static const uint64_t e2e[] = {5, 3, 9, 9, 1, 7, 3, 8};
	static const uint64_t longest[] = {2, 3, 7, 5};
	struct worst worst;

	(void)state;
	for (unsigned int want = 0; want <= 4; want++) {
		assert_int_equal(worst_init(&worst, want), 0);
		for (unsigned int i = 0; i < sizeof(e2e) / sizeof(e2e[0]); i++)
			worst_add(&worst, &(struct frame){.number = i, .e2e_ns = e2e[i]});
		for (unsigned int i = 0; i < want; i++)
			assert_int_equal(worst_get(&worst, i)->number, longest[i]);
		assert_null(worst_get(&worst, want));
		worst_free(&worst);
	}
	assert_int_equal(worst_init(&worst, MAX_WORST + 1), 0);
	for (unsigned int i = 0; i < 1000; i++)
		worst_add(&worst, &(struct frame){.number = i, .e2e_ns = (i * 7919) % 1000});
	for (unsigned int i = 0; i < MAX_WORST; i++)
		assert_int_equal(worst_get(&worst, i)->e2e_ns, 999 - i);
	assert_null(worst_get(&worst, MAX_WORST));
	worst_free(&worst);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_copy),  cmocka_unit_test(test_any),
		cmocka_unit_test(test_worst),
	};

	return cmocka_run_group_tests_name("part", tests, NULL, NULL);
}
