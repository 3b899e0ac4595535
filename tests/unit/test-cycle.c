// SPDX-License-Identifier: MIT
/* test-cycle.c - what a record of a device of any driver says: its frame, its costs, its buffer's cycle */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/probes/capture.h"
#include "bpf/probes/m2m.h"
#include "loader/model/costs.h"
#include "loader/model/cycle.h"
#include "loader/model/frame.h"
#include "loader/model/record.h"
#include "loader/paths/kind.h"

static const int no_counters[COUNTER_COLUMNS] = {-1, -1, -1, -1};

static const struct path *path_called(const char *name)
{
	for (unsigned int i = 0; kinds[i]; i++) {
		if (!strcmp(kinds[i]->path->name, name))
			return kinds[i]->path;
	}
	fail_msg("there is no path %s", name);
	return NULL;
}

/* A camera's frame: stamped at 1000, each stage 100 ns, asked for 30 ns behind done. */
static struct vpipe_frame captured(void)
{
	struct vpipe_frame record = {
		.ns = {1000, 1100, 1200, 1300, 1400, 1500},
		.asked_ns = 1130,
		.ctx = 7,
		.cap_index = 3,
		.device = 2,
		.seq = 42,
		.cycle = {.given_ns = 500,
			  .timestamp_ns = 1000,
			  .owned = 1,
			  .giver = 99,
			  .since_ns = 400,
			  .held = {.runq_ns = 10, .blocked_ns = 20},
			  .held_known = 1},
	};

	record.split = 1U << CAPTURE_STAGE_wake | 1U << CAPTURE_STAGE_lock;
	record.splits[CAPTURE_STAGE_wake] = (struct vpipe_split){.runq_ns = 5, .blocked_ns = 40};
	record.splits[CAPTURE_STAGE_lock] = (struct vpipe_split){.blocked_ns = 60};
	return record;
}

static struct frame frame_of(const char *name, const struct vpipe_frame *record)
{
	const struct path *path = path_called(name);
	uint64_t stages = 0, costs_ns = 0;
	struct frame frame;

	frame_from_record(&frame, path, record, no_counters);
	for (unsigned int i = 0; i < path->n_stages; i++)
		stages += frame.stages[i].ns;
	for (unsigned int i = 0; i < path->n_costs; i++) {
		costs_ns += frame.costs[i];
		if (!path_charges(path, i))
			assert_int_equal(frame.costs[i], 0);
	}
	assert_int_equal(stages, frame.e2e_ns);
	assert_int_equal(costs_ns, frame.e2e_ns);
	return frame;
}

static void test_camera(void **state)
{
	struct vpipe_frame record = captured();
	struct frame frame = frame_of("capture", &record);

	(void)state;
	assert_int_equal(frame.start_ns, 1000);
	assert_int_equal(frame.e2e_ns, 500);
	assert_int_equal(frame.known, (1U << CAPTURE_STAGE_copy) - 1);
	assert_int_equal(frame.stages[CAPTURE_STAGE_wake].dwell_ns, 30);
	assert_int_equal(frame.costs[COST_device], 100);
	assert_int_equal(frame.costs[COST_queueing], 30);
	assert_int_equal(frame.costs[COST_jitter], 5);
	assert_int_equal(frame.costs[COST_switches], 40);
	assert_int_equal(frame.costs[COST_application], 100);
	assert_int_equal(frame.costs[COST_queue_lock], 60);
	assert_int_equal(frame.costs[COST_transport], 25 + 40 + 100);
	assert_int_equal(frame.has & FRAME_HAS_DEVICE_COPY, 0);
}

/* Without a timestamp of the start it begins when it is done; read() has it when it is copied. */
static void test_other_ends(void **state)
{
	struct vpipe_frame record = captured();
	struct frame frame;

	(void)state;
	record.ns[CAPTURE_POINT_STAMPED] = 0;
	frame = frame_of("capture", &record);
	assert_int_equal(frame.start_ns, 1100);
	assert_int_equal(frame.e2e_ns, 400);
	assert_int_equal(frame.known & 1U << CAPTURE_STAGE_transfer, 0);
	assert_int_equal(frame.costs[COST_device], 0);
	record.ns[CAPTURE_POINT_COPIED] = 1700;
	frame = frame_of("capture", &record);
	assert_int_equal(frame.e2e_ns, 600);
	assert_int_equal(frame.costs[COST_copies], 200);
}

/* The driver's own copy is a part of the transfer, but only one that lies within it. */
static void test_device_copy(void **state)
{
	struct vpipe_frame record = captured();
	struct frame frame;

	(void)state;
	record.cycle.arrived_ns = 1090;
	frame = frame_of("capture", &record);
	assert_true(frame.has & FRAME_HAS_DEVICE_COPY);
	assert_int_equal(frame.device_copy_ns, 10);
	assert_int_equal(frame.costs[COST_copies], 10);
	assert_int_equal(frame.costs[COST_device], 90);
	record.cycle.arrived_ns = 1101;
	frame = frame_of("capture", &record);
	assert_int_equal(frame.costs[COST_copies], 0);
	record.cycle.arrived_ns = 1090;
	record.ns[CAPTURE_POINT_STAMPED] = 0;
	frame = frame_of("capture", &record);
	assert_int_equal(frame.costs[COST_copies], 0);
	assert_int_equal(frame.has & FRAME_HAS_DEVICE_COPY, 0);
}

/* A reader of whom nothing is known leaves its stages unattributed; the device's are not its. */
static void test_no_reader(void **state)
{
	struct vpipe_frame record = captured();
	struct frame frame;

	(void)state;
	record.unknown = (1U << CAPTURE_STAGE_copy) - (1U << CAPTURE_STAGE_wake);
	record.split = 0;
	frame = frame_of("capture", &record);
	assert_int_equal(frame.costs[COST_unattributed], 400);
	assert_int_equal(frame.costs[COST_device], 100);
}

static void test_job(void **state)
{
	struct vpipe_frame record = {
		.ns = {1000, 1010, 1500, 2000, 2100, 2200, 2300, 2400},
		.asked_ns = 900,
		.cycle = {.given_ns = 1200, .has_input = 1, .input = {.own_end_ns = 1400}},
	};
	struct frame frame = frame_of("m2m", &record);

	(void)state;
	assert_int_equal(frame.e2e_ns, 1400);
	assert_int_equal(frame.costs[COST_queueing], 490);
	assert_int_equal(frame.costs[COST_device], 500);
	assert_true(frame.has & FRAME_HAS_WAITS);
	assert_int_equal(frame.waits[WAIT_no_buffer], 190);
	assert_int_equal(frame.waits[WAIT_own_jobs], 200);
	assert_int_equal(frame.waits[WAIT_start], 100);
	/* STREAMON gave the buffer; or nothing is known of the job */
	record.ns[M2M_POINT_QBUF] = 0;
	frame = frame_of("m2m", &record);
	assert_int_equal(frame.start_ns, 1010);
	record.ns[M2M_POINT_GIVEN] = record.ns[M2M_POINT_RUN] = 0;
	record.cycle.has_input = 0;
	frame = frame_of("m2m", &record);
	assert_int_equal(frame.start_ns, 2000);
	assert_int_equal(frame.has & FRAME_HAS_WAITS, 0);
	assert_int_equal(frame.costs[COST_device], 0);
}

static void test_cycle(void **state)
{
	const struct path *path = path_called("capture");
	struct vpipe_frame record = captured();
	struct cycle cycle;

	(void)state;
	cycle_from_record(&cycle, path, &record);
	assert_int_equal(cycle.device, 2);
	assert_int_equal(cycle.queue, 7);
	assert_int_equal(cycle.index, 3);
	assert_int_equal(cycle.sequence, 42);
	assert_int_equal(cycle.given_ns, 500);
	assert_int_equal(cycle.done_ns, 1100);
	assert_int_equal(cycle.taken_ns, 1500);
	assert_int_equal(cycle.timestamp_ns, 1000);
	assert_false(cycle.error);
	assert_int_equal(cycle.holder.tid, 99);
	assert_int_equal(cycle.holder.since_ns, 400);
	assert_true(cycle.holder.accounted);
	assert_int_equal(cycle.holder.blocked_ns, 20);
	record.flags = VPIPE_FRAME_ERROR;
	record.cycle.held_known = 0;
	cycle_from_record(&cycle, path, &record);
	assert_true(cycle.error);
	assert_false(cycle.holder.accounted);
	assert_int_equal(cycle.holder.runq_ns, 0);
	record.cycle.giver = 0;
	cycle_from_record(&cycle, path, &record);
	assert_int_equal(cycle.holder.tid, 0);
	assert_int_equal(cycle.holder.since_ns, 0);
}

/* Of the OUTPUT queue of a mem2mem node. */
static void test_input(void **state)
{
	const struct vpipe_buffer buffer = {.given_ns = 100,
					    .done_ns = 200,
					    .taken_ns = 300,
					    .timestamp_ns = 50,
					    .ctx = 7,
					    .device = 2,
					    .index = 3,
					    .sequence = 4,
					    .flags = 0x40, /* V4L2_BUF_FLAG_ERROR */
					    .owned = 5};
	struct cycle cycle;

	(void)state;
	memset(&cycle, 0xff, sizeof(cycle));
	cycle_from_buffer(&cycle, &buffer);
	assert_true(cycle.is_input && cycle.error);
	assert_int_equal(cycle.device, 2);
	assert_int_equal(cycle.queue, 7);
	assert_int_equal(cycle.index, 3);
	assert_int_equal(cycle.sequence, 4);
	assert_int_equal(cycle.owned, 5);
	assert_int_equal(cycle.given_ns, 100);
	assert_int_equal(cycle.done_ns, 200);
	assert_int_equal(cycle.taken_ns, 300);
	assert_int_equal(cycle.timestamp_ns, 50);
	assert_int_equal(cycle.holder.tid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_input),	   cmocka_unit_test(test_camera),
		cmocka_unit_test(test_other_ends), cmocka_unit_test(test_device_copy),
		cmocka_unit_test(test_no_reader),  cmocka_unit_test(test_job),
		cmocka_unit_test(test_cycle),
	};

	return cmocka_run_group_tests_name("cycle", tests, NULL, NULL);
}
