// SPDX-License-Identifier: MIT
/*
 * test-linking.c - which frame a frame is made from: of cameras and clients whose every step is known
 *
 * Two cameras, 0 and 1, and a mem2mem device, 2. What is not known has no link: no rule may guess.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loader/model/linking.h"

#define US    1000ULL
#define MS    (1000 * US)
#define START (1000000 * MS)

enum { READER = 4711, OTHER };
enum { ONE, TWO, M2M }; /* devices */

static struct link_window windows[M2M];
static struct linking linking;

static int setup(void **state)
{
	(void)state;
	memset(windows, 0, sizeof(windows));
	memset(&linking, 0, sizeof(linking));
	linking.windows[ONE] = &windows[ONE];
	linking.windows[TWO] = &windows[TWO];
	return 0;
}

/* Where @camera has the buffer of frame @number: it has four. */
static uint64_t memory_of(unsigned int camera, uint64_t number)
{
	return 0xffff888000000000ULL + camera * 0x1000000 + number % 4 * 0x1000;
}

/* The next frame of @camera, of which READER has the buffer at @taken_ns. */
static struct link_key shot(unsigned int camera, uint64_t taken_ns)
{
	return (struct link_key){
		.memory = memory_of(camera, linking.windows[camera]->n),
		.timestamp_ns = taken_ns - MS,
		.given_ns = taken_ns - 500 * US,
		.taken_ns = taken_ns,
		.queue = camera + 1,
		.reader = READER,
	};
}

static void add(unsigned int camera, struct link_key key)
{
	linking_add(&linking, camera, key);
}

/* So many frames of @camera, 1 ms apart, from @ns on. */
static void add_many(unsigned int camera, unsigned int n, uint64_t ns)
{
	for (unsigned int i = 0; i < n; i++)
		add(camera, shot(camera, ns + i * MS));
}

static struct link find(struct vpipe_input input, uint64_t qbuf_ns)
{
	if (!input.tid)
		input.tid = READER;
	return linking_find(&linking, M2M, &input, qbuf_ns);
}

#define BY_MEMORY(number)   ((struct vpipe_input){.memory = memory_of(ONE, number)})
#define BY_TIMESTAMP(ns)    ((struct vpipe_input){.timestamp_ns = (ns)})
#define BY_THREAD(tid_, ns) ((struct vpipe_input){.tid = (tid_), .since_ns = (ns)})
#define BY_NOTHING	    ((struct vpipe_input){0})

static void is(struct link link, enum vpipe_rule rule, unsigned int camera, uint64_t number)
{
	assert_int_equal(link.rule, rule);
	assert_int_equal(link.device, camera);
	assert_int_equal(link.number, number);
}

static void is_none(struct link link, enum link_why why)
{
	assert_int_equal(link.rule, VPIPE_RULE_none);
	assert_int_equal(link.why, why);
}

/* Memory that is used again and again: the latest frame in it, before it was queued. */
static void the_latest_frame_in_its_memory_is_meant(void **state)
{
	(void)state;
	add_many(ONE, 13, START); /* three times round */
	for (unsigned int i = 9; i < 13; i++)
		is(find(BY_MEMORY(i), START + 13 * MS), VPIPE_RULE_dmabuf, ONE, i);
	/* as often as it likes */
	is(find(BY_MEMORY(9), START + 13 * MS), VPIPE_RULE_dmabuf, ONE, 9);
	/* queued before frame 12 was in it */
	is(find(BY_MEMORY(12), START + 11 * MS), VPIPE_RULE_dmabuf, ONE, 8);
	is_none(find(BY_MEMORY(0), START - 1), LINK_no_match);
	is_none(find((struct vpipe_input){.memory = 42}, START + 13 * MS), LINK_no_match);
}

static void memory_that_its_driver_had_again_is_no_frames(void **state)
{
	struct link_key again;

	(void)state;
	add_many(ONE, 4, START);
	again = shot(ONE, START + 10 * MS);
	again.given_ns = START + 5 * MS;
	add(ONE, again);
	is(find(BY_MEMORY(0), START + 5 * MS - 1), VPIPE_RULE_dmabuf, ONE, 0);
	is_none(find(BY_MEMORY(0), START + 5 * MS), LINK_no_match);
	is_none(find(BY_MEMORY(0), START + 10 * MS - 1), LINK_no_match);
	is(find(BY_MEMORY(0), START + 10 * MS), VPIPE_RULE_dmabuf, ONE, 4);
}

/* Where both devices import it, the frame that was there last is in it. */
static void memory_of_two_cameras_has_the_later_frame(void **state)
{
	struct link_key key;

	(void)state;
	add(ONE, shot(ONE, START));
	key = shot(TWO, START + MS);
	key.memory = memory_of(ONE, 0);
	add(TWO, key);
	is(find(BY_MEMORY(0), START + 2 * MS), VPIPE_RULE_dmabuf, TWO, 0);
	is(find(BY_MEMORY(0), START + MS - 1), VPIPE_RULE_dmabuf, ONE, 0);
	add_many(ONE, 4, START + 2 * MS);
	is(find(BY_MEMORY(0), START + 6 * MS), VPIPE_RULE_dmabuf, ONE, 4);
}

static void a_copy_is_known_by_its_timestamp_once(void **state)
{
	(void)state;
	add_many(ONE, 5, START);
	for (unsigned int i = 5; i-- > 0;) /* they come back to front */
		is(find(BY_TIMESTAMP(START + i * MS - MS), START + 6 * MS), VPIPE_RULE_timestamp,
		   ONE, i);
	is_none(find(BY_TIMESTAMP(START - MS), START + 6 * MS), LINK_no_match);
	is_none(find(BY_TIMESTAMP(START - MS + 1), START + 6 * MS), LINK_no_match);
}

static void constant_timestamps_are_no_identity(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		struct link_key key = shot(ONE, START + i * MS);
		struct vpipe_input input = BY_THREAD(READER, START + i * MS);

		key.timestamp_ns = input.timestamp_ns = 42;
		add(ONE, key);
		is(find(input, START + i * MS + US), i ? VPIPE_RULE_thread : VPIPE_RULE_timestamp,
		   ONE, i);
	}
	is_none(find(BY_TIMESTAMP(42), START + 20 * MS), LINK_ambiguous);
	/* nor if the other one that has it came later */
	setup(NULL);
	for (unsigned int i = 0; i < 2; i++) {
		struct link_key key = shot(ONE, START + i * 10 * MS);

		key.timestamp_ns = 42;
		add(ONE, key);
	}
	is_none(find(BY_TIMESTAMP(42), START + MS), LINK_ambiguous);
}

/* Of synchronised cameras each has a thread of its own. */
static void nor_are_those_of_two_cameras(void **state)
{
	struct vpipe_input input;

	(void)state;
	for (unsigned int i = 1; i < 10; i++) {
		for (unsigned int camera = ONE; camera <= TWO; camera++) {
			struct link_key key = shot(camera, START + i * MS + camera * US);

			key.timestamp_ns = i;
			key.reader = camera == ONE ? READER : OTHER;
			add(camera, key);
		}
		for (unsigned int camera = ONE; camera <= TWO; camera++) {
			input = BY_THREAD(camera == ONE ? READER : OTHER,
					  START + i * MS + camera * US);
			input.timestamp_ns = i;
			is(find(input, START + i * MS + 100 * US), VPIPE_RULE_thread, camera,
			   i - 1);
		}
	}
	/* by nothing but that they are not known; nor by the order, of two */
	add(ONE, shot(ONE, START + 10 * MS));
	add(TWO, shot(TWO, START + 10 * MS));
	is_none(find(BY_TIMESTAMP(START + 9 * MS), START + 10 * MS + 100 * US), LINK_ambiguous);
	is_none(find(BY_NOTHING, START + 10 * MS + 100 * US), LINK_no_match);
}

static void what_its_thread_had_dequeued_last_is_meant_once(void **state)
{
	(void)state;
	add(ONE, shot(ONE, START));
	is_none(find(BY_THREAD(OTHER, START), START + MS), LINK_no_match);
	is_none(find(BY_THREAD(READER, START + 1), START + MS), LINK_no_match);
	is(find(BY_THREAD(READER, START), START + MS), VPIPE_RULE_thread, ONE, 0);
	is_none(find(BY_THREAD(READER, START), START + 2 * MS), LINK_no_match);
}

/* Which of several in hand it queues is not known, now and later. */
static void a_thread_that_keeps_frames_back_tells_nothing(void **state)
{
	(void)state;
	add_many(ONE, 2, START);
	for (unsigned int i = 2; i < 9; i++) {
		add(ONE, shot(ONE, START + i * MS));
		is_none(find(BY_THREAD(READER, START + i * MS), START + i * MS + US),
			LINK_no_match);
	}
	/* nor does one that has handed on all of them, when it no longer does */
	setup(NULL);
	for (unsigned int i = 0; i < 9; i++) {
		add(ONE, shot(ONE, START + i * MS));
		if (i < 3)
			is(find(BY_THREAD(READER, START + i * MS), START + i * MS + US),
			   VPIPE_RULE_thread, ONE, i);
		else if (i > 3) /* 3 was dropped, or is queued now; that they are in time, shows */
			is(find(BY_THREAD(READER, START + i * MS), START + i * MS + US),
			   VPIPE_RULE_order, ONE, i);
	}
}

/* It may have had some before. */
static void a_thread_that_was_met_at_work_tells_the_order(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 9; i++) {
		struct link_key key = shot(ONE, START + i * MS);

		if (i < 4)
			key.given_ns = 0;
		if (i > 6)
			key.queue = 9; /* the camera was opened again */
		add(ONE, key);
		is(find(BY_THREAD(READER, START + i * MS), START + i * MS + US),
		   i > 6 ? VPIPE_RULE_thread : VPIPE_RULE_order, ONE, i);
	}
}

/* By where those are that are known; never one that has been handed on, nor one far off. */
static void order_tells_what_nothing_else_does(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		add(ONE, shot(ONE, START + i * 10 * MS));
	is_none(find(BY_NOTHING, START + 3 * MS), LINK_no_match);
	is(find(BY_TIMESTAMP(START + 9 * MS), START + 12 * MS), VPIPE_RULE_timestamp, ONE, 1);
	is(find(BY_NOTHING, START + 24 * MS), VPIPE_RULE_order, ONE, 2);
	is(find(BY_NOTHING, START + 31 * MS), VPIPE_RULE_order, ONE, 3);
	is_none(find(BY_NOTHING, START + 32 * MS), LINK_no_match); /* that is frame 3 */
	is_none(find(BY_NOTHING, START + 39 * MS), LINK_no_match); /* frame 4 came later */
	is_none(find(BY_NOTHING, START + 48 * MS), LINK_no_match); /* too late for it */
	is(find(BY_NOTHING, START + 46 * MS), VPIPE_RULE_order, ONE, 4);
	/* its own links teach it nothing */
	assert_int_equal(linking.ways[ONE][M2M].ns, 2 * MS);
}

/* One thread has a frame of each in hand: which of them it hands on, the order does not tell. */
static void two_with_one_timestamp_in_one_hand_are_none(void **state)
{
	struct vpipe_input input = BY_THREAD(READER, START + 10 * MS + US);

	(void)state;
	for (unsigned int camera = ONE; camera <= TWO; camera++) {
		struct link_key key = shot(camera, START + 10 * MS + camera * US);

		key.timestamp_ns = 42;
		add(camera, key);
	}
	input.since_ns = START + 10 * MS + TWO * US;
	input.timestamp_ns = 42;
	is_none(find(input, START + 11 * MS), LINK_ambiguous);
	/* what it has handed on it has not */
	linking_key(&linking, ONE, 0)->used = 1U << M2M;
	is(find(input, START + 11 * MS), VPIPE_RULE_thread, TWO, 0);
}

/* Two cameras with the same timestamps, one after the other read, and the frames of one handed on. */
static void a_timestamp_of_several_is_none_of_another_frame(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		const uint64_t taken_ns = START + i * 10 * MS;
		struct link_key one = shot(ONE, taken_ns), two = shot(TWO, taken_ns + US);

		two.timestamp_ns = i ? one.timestamp_ns : 1;
		add(ONE, one);
		add(TWO, two);
		/* after the first one it is expected so late that the one before is nearer */
		is(find(BY_TIMESTAMP(one.timestamp_ns), taken_ns + (i ? MS : 9 * MS)),
		   i ? VPIPE_RULE_order : VPIPE_RULE_timestamp, ONE, i);
	}
	is_none(find(BY_TIMESTAMP(START + 39 * MS), START + 42 * MS), LINK_ambiguous);
}

static void who_is_not_known_is_linked_to_nothing(void **state)
{
	const struct vpipe_input input = {.memory = memory_of(ONE, 0), .timestamp_ns = START};

	(void)state;
	add_many(ONE, 2, START);
	is_none(linking_find(&linking, M2M, &input, START + MS - 1), LINK_not_seen);
	assert_true(linking_key(&linking, ONE, 0)->open);
	assert_false(linking_key(&linking, ONE, 1)->open); /* it came later */
}

/* A buffer may have gone round unseen: its memory is no identity, its timestamp is. */
static void behind_lost_records_memory_is_known_anew(void **state)
{
	(void)state;
	add_many(ONE, 4, START);
	linking_lost(&linking);
	assert_true(linking_key(&linking, ONE, 0)->open);
	is_none(find(BY_MEMORY(2), START + 20 * MS), LINK_no_match);
	is(find(BY_TIMESTAMP(START + MS), START + 20 * MS), VPIPE_RULE_timestamp, ONE, 2);
	add_many(ONE, 4, START + 30 * MS);
	is(find(BY_MEMORY(2), START + 40 * MS), VPIPE_RULE_dmabuf, ONE, 6);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(linking_key(&linking, ONE, i)->open, i < 4);
}

/* Of what has left the window nothing is found, of what is in it all. */
static void the_window_is_all_there_is(void **state)
{
	(void)state;
	add_many(ONE, 3 * LINK_WINDOW, START);
	for (uint64_t i = 2 * LINK_WINDOW - 2; i < 2 * LINK_WINDOW + 2; i++) {
		struct link link = find(BY_TIMESTAMP(START + i * MS - MS), START * 2);

		if (i < 2 * LINK_WINDOW)
			is_none(link, LINK_no_match);
		else
			is(link, VPIPE_RULE_timestamp, ONE, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_latest_frame_in_its_memory_is_meant, setup),
		cmocka_unit_test_setup(memory_that_its_driver_had_again_is_no_frames, setup),
		cmocka_unit_test_setup(memory_of_two_cameras_has_the_later_frame, setup),
		cmocka_unit_test_setup(a_copy_is_known_by_its_timestamp_once, setup),
		cmocka_unit_test_setup(constant_timestamps_are_no_identity, setup),
		cmocka_unit_test_setup(two_with_one_timestamp_in_one_hand_are_none, setup),
		cmocka_unit_test_setup(nor_are_those_of_two_cameras, setup),
		cmocka_unit_test_setup(what_its_thread_had_dequeued_last_is_meant_once, setup),
		cmocka_unit_test_setup(a_thread_that_keeps_frames_back_tells_nothing, setup),
		cmocka_unit_test_setup(a_thread_that_was_met_at_work_tells_the_order, setup),
		cmocka_unit_test_setup(order_tells_what_nothing_else_does, setup),
		cmocka_unit_test_setup(a_timestamp_of_several_is_none_of_another_frame, setup),
		cmocka_unit_test_setup(who_is_not_known_is_linked_to_nothing, setup),
		cmocka_unit_test_setup(behind_lost_records_memory_is_known_anew, setup),
		cmocka_unit_test_setup(the_window_is_all_there_is, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
