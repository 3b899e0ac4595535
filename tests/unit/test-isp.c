// SPDX-License-Identifier: MIT
/*
 * test-isp.c - frames of an ISP put together from the records of its nodes: which job each is of
 *
 * Jobs take 10 ms, one begins when the one before is done. A record is made by hand; what comes out is
 * kept in the order in which it does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/probes/capture.h"
#include "bpf/probes/output.h"
#include "loader/model/isp.h"
#include "loader/model/record.h"
#include "loader/paths/kind.h"

#define US    1000ULL
#define MS    (1000 * US)
#define START (1000000 * MS)
#define JOB   (10 * MS)
#define MANY  4096

enum { CAMERA, RAW, MAIN, SELF, STATS, OTHER_RAW, OTHER_MAIN, N_DEVICES };

extern const struct kind capture_kind, output_kind;

static struct isps *isps;
static struct isp_node nodes[N_DEVICES];
/* What came out: records, and by what their jobs are known; inputs have -1. */
static struct {
	struct vpipe_frame record;
	int job;
} came[MANY];
static unsigned int n_came;

static void on_record(void *arg, const struct vpipe_frame *record, enum vpipe_rule job)
{
	assert_ptr_equal(arg, came);
	came[n_came % MANY].record = *record;
	came[n_came++ % MANY].job = (int)job;
}

static void on_input(void *arg, const struct vpipe_frame *record)
{
	on_record(arg, record, VPIPE_RULE_none);
	came[(n_came - 1) % MANY].job = -1;
}

static int setup(void **state)
{
	static const struct isps_listener listener = {
		.record = on_record, .input = on_input, .arg = came};
	static const enum isp_role roles[N_DEVICES] = {
		[RAW] = ISP_INPUT,    [MAIN] = ISP_OUTPUT,     [SELF] = ISP_OUTPUT,
		[STATS] = ISP_BESIDE, [OTHER_RAW] = ISP_INPUT, [OTHER_MAIN] = ISP_OUTPUT,
	};

	(void)state;
	for (unsigned int i = 0; i < N_DEVICES; i++) {
		nodes[i].role = roles[i];
		nodes[i].isp = i >= OTHER_RAW;
		nodes[i].path = roles[i] == ISP_INPUT ? output_kind.path : capture_kind.path;
		nodes[i].joined = roles[i] == ISP_OUTPUT ? isp_kind.path : nodes[i].path;
	}
	n_came = 0;
	isps = isps_new(nodes, N_DEVICES, &listener);
	return isps ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	isps_free(isps);
	return 0;
}

/* A buffer of @device that was done at @done_ns, asked for 100 us later, and taken after 200 us. */
static struct vpipe_frame frame(unsigned int device, unsigned int sequence, uint64_t done_ns)
{
	unsigned int done =
		nodes[device].role == ISP_INPUT ? OUTPUT_POINT_DONE : CAPTURE_POINT_DONE;
	struct vpipe_frame record = {
		.ctx = device + 1,
		.device = device,
		.cap_index = sequence % 4,
		.seq = sequence,
		.cycle = {.given_ns = done_ns - 2 * JOB, .timestamp_ns = done_ns - 3 * JOB},
	};

	for (unsigned int i = 0; i < 5; i++)
		record.ns[done + i] = done_ns + i * 50 * US;
	record.asked_ns = done_ns + 100 * US;
	return record;
}

/* What went into the job that was done at @done_ns; in QBUF 3 us before the driver had it. */
static struct vpipe_frame raw(unsigned int sequence, uint64_t done_ns)
{
	struct vpipe_frame record = frame(RAW, sequence, done_ns);

	record.ns[OUTPUT_POINT_GIVEN] = record.cycle.given_ns;
	record.ns[OUTPUT_POINT_QBUF] = record.cycle.given_ns - 3 * US;
	record.ns[OUTPUT_POINT_SHOW] = done_ns - JOB;
	record.cycle.has_input = 1;
	record.cycle.input = (struct vpipe_input){.tid = 4711, .memory = done_ns};
	return record;
}

/* With the timestamp @ns. */
static struct vpipe_frame at(struct vpipe_frame record, uint64_t ns)
{
	record.cycle.timestamp_ns = ns;
	return record;
}

static void add(struct vpipe_frame record)
{
	isps_add(isps, &record);
}

/* The @number th that came out is of @device and has @sequence; its job is that of raw @of, by @rule. */
static void check_job(unsigned int number, unsigned int device, unsigned int sequence, int rule,
		      uint64_t raw_done_ns)
{
	const struct vpipe_frame *record = &came[number].record;

	assert_true(number < n_came);
	assert_int_equal(record->device, device);
	assert_int_equal(record->seq, sequence);
	assert_int_equal(came[number].job, rule);
	if (device != RAW)
		assert_int_equal(record->cycle.has_input, rule > 0);
	if (rule > 0)
		assert_int_equal(record->cycle.input.memory, raw_done_ns);
}

/* Each point, worked out by hand. */
static void a_frame_has_the_stages_of_both_nodes(void **state)
{
	static const uint64_t right[] = {
		START - 2 * JOB - 3 * US,
		START - 2 * JOB,
		START - JOB,
		START - 2 * US,
		START + 50 * US - 2 * US,
		START + 100 * US - 2 * US,
		START + 150 * US - 2 * US,
		START + 200 * US - 2 * US,
	};
	struct vpipe_frame in = raw(7, START), out = frame(MAIN, 5, START - 2 * US);
	const struct vpipe_frame *joined = &came[0].record;

	(void)state;
	in.split = 1 << OUTPUT_STAGE_submit | 1 << OUTPUT_STAGE_wake;
	in.splits[OUTPUT_STAGE_submit] = (struct vpipe_split){1, 2};
	in.splits[OUTPUT_STAGE_wake] = (struct vpipe_split){3, 4};
	in.unknown = 1 << OUTPUT_STAGE_wait | 1 << OUTPUT_STAGE_react;
	out.split = 1 << CAPTURE_STAGE_wake | 1 << CAPTURE_STAGE_pickup;
	out.splits[CAPTURE_STAGE_wake] = (struct vpipe_split){5, 6};
	out.splits[CAPTURE_STAGE_pickup] = (struct vpipe_split){7, 8};
	out.unknown = 1 << CAPTURE_STAGE_transfer | 1 << CAPTURE_STAGE_lock;
	in.cycle.has_input = 1;
	in.cycle.input.tid = 21;
	in.cycle.input.cpu = 4;
	out.flags = VPIPE_FRAME_ERROR | 1U << (VPIPE_FRAME_CARRIED + CAPTURE_STAGE_pickup);
	out.carriers[CAPTURE_STAGE_pickup] = (struct vpipe_carrier){22, 5};
	out.ns[CAPTURE_POINT_STAMPED] = START - MS;
	out.cycle.given_ns = START - 3 * JOB;
	add(out);
	add(in);
	isps_flush(isps);
	check_job(0, MAIN, 5, VPIPE_RULE_job, START);
	for (unsigned int i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_int_equal(joined->ns[i], right[i]);
	assert_int_equal(record_start(isp_kind.path, joined), right[0]);
	assert_int_equal(record_end(isp_kind.path, joined), right[7]);
	assert_int_equal(joined->split, 1 << 0 | 1 << 3 | 1 << 6);
	assert_int_equal(joined->splits[0].blocked_ns, 2);
	assert_int_equal(joined->splits[3].blocked_ns, 6);
	assert_int_equal(joined->splits[6].blocked_ns, 8);
	assert_int_equal(joined->unknown, 1 << 1 | 1 << 5);
	assert_int_equal(joined->flags, VPIPE_FRAME_ERROR | 1U << (VPIPE_FRAME_CARRIED + 6));
	assert_int_equal(record_carrier(isp_kind.path, joined, 6).tid, 22);
	assert_int_equal(record_carrier(isp_kind.path, joined, 6).cpu, 5);
	assert_int_equal(record_carrier(isp_kind.path, joined, 0).tid, 21);
	assert_int_equal(record_carrier(isp_kind.path, joined, 0).cpu, 3);
	assert_int_equal(record_carrier(isp_kind.path, joined, 1).tid, 0);
	assert_int_equal(joined->out_index, 3);
	assert_int_equal(joined->cap_index, 1);
	assert_int_equal(joined->asked_ns, out.asked_ns);
	assert_int_equal(joined->cycle.given_ns, out.cycle.given_ns);
	assert_int_equal(joined->cycle.input.other_end_ns, 0);
}

/* It is the identity, however far apart they were done. */
static void a_timestamp_that_both_have_is_its_job(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		add(at(raw(i, START + i * JOB), START + i));
	for (unsigned int i = 0; i < 4; i++) /* two jobs behind, and their sequences are others */
		add(at(frame(MAIN, 90 + i, START + (i + 2) * JOB + MS), START + i));
	isps_flush(isps);
	for (unsigned int i = 0; i < 4; i++)
		check_job(8 + i, MAIN, 90 + i, VPIPE_RULE_timestamp, START + i * JOB);
}

/* @late: how long behind the CAPTURE buffers the OUTPUT buffer is done. */
static void run_jobs(int64_t late, uint64_t timestamp_ns, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t done_ns = START + (i + 1) * JOB;

		add(at(frame(MAIN, i, done_ns), timestamp_ns));
		add(at(frame(SELF, i, done_ns + 7 * US), timestamp_ns));
		add(at(raw(i, done_ns + (uint64_t)late), timestamp_ns));
	}
	isps_flush(isps);
}

static void without_a_timestamp_those_that_are_done_together_are_one_job(void **state)
{
	static const int64_t lates[] = {20000, -20000, 0};
	static const uint64_t timestamps[] = {0, START}; /* none, and always the same */

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		teardown(state);
		setup(state);
		run_jobs(lates[i / 2], timestamps[i % 2], 20);
		assert_int_equal(n_came, 60);
		/* what is always the same cannot be told from what is not by the first */
		for (unsigned int job = 1; job < 20; job++) {
			uint64_t done_ns = START + (job + 1) * JOB + (uint64_t)lates[i / 2];

			check_job(3 * job, MAIN, job, VPIPE_RULE_job, done_ns);
			check_job(3 * job + 1, SELF, job, VPIPE_RULE_job, done_ns);
			check_job(3 * job + 2, RAW, job, -1, 0);
		}
	}
}

/* Its own number goes on, that of the job does, too: the next frame is that of the next job. */
static void a_job_that_gave_no_frame_is_left_out(void **state)
{
	unsigned int sequence = 0;

	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		uint64_t done_ns = START + (i + 1) * JOB;

		if (i % 5)
			add(at(frame(MAIN, sequence++, done_ns), START));
		add(at(raw(i, done_ns + 20 * US), START));
	}
	isps_flush(isps);
	for (unsigned int i = 0, number = 0; i < 20; i++, number++) {
		if (i % 5)
			check_job(number++, MAIN, i - i / 5 - 1, VPIPE_RULE_job,
				  START + (i + 1) * JOB + 20 * US);
	}
}

/* The raw buffer is free long before the frame is done: their numbers tell. */
static void of_those_that_are_not_done_together_the_sequence_tells(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		add(at(raw(i, START + i * JOB), 0));
		add(at(frame(MAIN, i, START + i * JOB + 7 * MS), 0));
	}
	isps_flush(isps);
	for (unsigned int i = 0; i < 10; i++)
		check_job(2 * i + 1, MAIN, i, VPIPE_RULE_sequence, START + i * JOB);
}

static void else_it_is_the_job_before_which_may_be_wrong(void **state)
{
	(void)state;
	add(at(frame(MAIN, 50, START - 5 * MS), 0)); /* before the first one */
	for (unsigned int i = 0; i < 10; i++) {
		add(at(raw(0, START + i * JOB), 0));
		add(at(frame(MAIN, 100 + i, START + i * JOB + 5 * MS), 0));
	}
	add(at(frame(MAIN, 200, START + 9 * JOB + 6 * MS), 0)); /* has that one already */
	isps_flush(isps);
	check_job(0, MAIN, 50, VPIPE_RULE_none, 0);
	assert_int_equal(came[0].record.ns[0] | came[0].record.ns[2], 0);
	assert_int_equal(came[0].record.ns[3], START - 5 * MS);
	for (unsigned int i = 0; i < 10; i++)
		check_job(2 * i + 2, MAIN, 100 + i, VPIPE_RULE_order, START + i * JOB);
	check_job(21, MAIN, 200, VPIPE_RULE_none, 0);
}

/* Nor can it be one whose OUTPUT buffer came behind it, whatever else they have in common. */
static void a_job_is_not_of_what_was_given_later(void **state)
{
	struct vpipe_frame late = at(raw(3, START + JOB), START);

	(void)state;
	late.cycle.given_ns = late.ns[OUTPUT_POINT_GIVEN] = START + US;
	add(at(frame(MAIN, 3, START), START));
	add(late);
	check_job(0, MAIN, 3, VPIPE_RULE_none, 0);
}

static void a_job_begins_when_its_buffer_is_there(void **state)
{
	struct vpipe_frame out = frame(MAIN, 0, START);

	(void)state;
	out.cycle.given_ns = START - 3 * MS;
	add(raw(9, START - JOB));
	add(out);
	add(raw(0, START + 10 * US));
	isps_flush(isps);
	check_job(1, MAIN, 0, VPIPE_RULE_job, START + 10 * US);
	assert_int_equal(came[1].record.ns[2], START - 3 * MS);
	assert_int_equal(came[1].record.cycle.input.own_end_ns, START - JOB);
}

/* Of one that the driver had before tracing began it is known whose it is, but not since when. */
static void what_was_given_early_has_no_beginning(void **state)
{
	struct vpipe_frame early = at(raw(0, START), START - 1);

	(void)state;
	early.cycle.given_ns = 0;
	early.cycle.has_input = 0;
	add(at(frame(MAIN, 0, START - US), START - 1));
	add(early);
	isps_flush(isps);
	assert_int_equal(came[0].job, VPIPE_RULE_timestamp);
	assert_int_equal(came[0].record.ns[0] | came[0].record.ns[1] | came[0].record.ns[2], 0);
	assert_int_equal(record_start(isp_kind.path, &came[0].record), START - US);
	assert_int_equal(came[0].record.cycle.input.tid, 0);
}

/* Those that wait are not overtaken; metadata are not frames. */
static void records_leave_in_order(void **state)
{
	(void)state;
	add(frame(CAMERA, 0, START));
	assert_int_equal(n_came, 1);
	add(frame(MAIN, 0, START + MS));
	add(frame(CAMERA, 1, START + 2 * MS));
	add(frame(STATS, 0, START + 2 * MS));
	add(raw(0, START + MS)); /* there may be one that is nearer */
	assert_int_equal(n_came, 1);
	add(raw(1, START + JOB));
	assert_int_equal(n_came, 5);
	check_job(1, MAIN, 0, VPIPE_RULE_timestamp, START + MS);
	check_job(2, CAMERA, 1, VPIPE_RULE_none, 0);
	check_job(3, RAW, 0, -1, 0);
	check_job(4, RAW, 1, -1, 0);
}

/* Nothing waits for an input that gives nothing, nor does memory grow by it. */
static void the_length_of_a_run_does_not_matter(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3 * ISP_WAITING; i++)
		add(frame(MAIN, i, START + i * JOB));
	assert_int_equal(n_came, 2 * ISP_WAITING);
	isps_flush(isps);
	for (unsigned int i = 0; i < 3 * ISP_WAITING; i++)
		check_job(i, MAIN, i, VPIPE_RULE_none, 0);
	n_came = 0;
	for (unsigned int i = 0; i < 3 * ISP_JOBS; i++) {
		uint64_t done_ns = START + MS * MS + i * JOB;

		add(at(raw(i, done_ns), done_ns));
		add(at(frame(MAIN, i, done_ns), done_ns));
	}
	isps_flush(isps);
	for (unsigned int i = 0; i < 3 * ISP_JOBS; i++)
		check_job(2 * i + 1, MAIN, i, VPIPE_RULE_timestamp, START + MS * MS + i * JOB);
}

/* They do the same at the same time. */
static void an_isp_has_its_own_jobs(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		uint64_t done_ns = START + i * JOB;
		struct vpipe_frame other = at(raw(i, done_ns + US), START);

		other.device = OTHER_RAW;
		add(at(frame(MAIN, i, done_ns), START));
		add(at(frame(OTHER_MAIN, i, done_ns), START));
		add(other);
		add(at(raw(i, done_ns + 2 * US), START));
	}
	isps_flush(isps);
	assert_int_equal(n_came, 40);
	for (unsigned int i = 0; i < 10; i++) {
		int rule = i ? VPIPE_RULE_job : VPIPE_RULE_timestamp;

		check_job(4 * i, MAIN, i, rule, START + i * JOB + 2 * US);
		check_job(4 * i + 1, OTHER_MAIN, i, rule, START + i * JOB + US);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_frame_has_the_stages_of_both_nodes),
		TEST(a_timestamp_that_both_have_is_its_job),
		TEST(without_a_timestamp_those_that_are_done_together_are_one_job),
		TEST(a_job_that_gave_no_frame_is_left_out),
		TEST(of_those_that_are_not_done_together_the_sequence_tells),
		TEST(else_it_is_the_job_before_which_may_be_wrong),
		TEST(a_job_is_not_of_what_was_given_later),
		TEST(a_job_begins_when_its_buffer_is_there),
		TEST(what_was_given_early_has_no_beginning),
		TEST(records_leave_in_order),
		TEST(the_length_of_a_run_does_not_matter),
		TEST(an_isp_has_its_own_jobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
