// SPDX-License-Identifier: MIT
/* test-stream.c - what the cycles of a queue are to each other */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "loader/model/stream.h"

#define MS     1000000ULL
#define START  (1000000 * MS)
#define PERIOD (100 * MS / 3)

static struct stream stream;

static int setup(void **state)
{
	(void)state;
	memset(&stream, 0, sizeof(stream));
	return 0;
}

/* A frame of the period that begins @periods after the start. */
static struct cycle frame(uint32_t sequence, unsigned int periods)
{
	uint64_t done = START + periods * PERIOD;

	return (struct cycle){.index = periods % 4,
			      .sequence = sequence,
			      .owned = 3,
			      .given_ns = done - 3 * PERIOD,
			      .done_ns = done,
			      .taken_ns = done + MS};
}

static void add(struct cycle cycle, enum stream_step step)
{
	assert_int_equal(stream_step(&stream, &cycle), step);
	stream_add(&stream, &cycle);
}

/* No more can be missing than there was time for; before a period is known, that is guessed. */
static void test_jumps(void **state)
{
	(void)state;
	add(frame(7, 0), STREAM_BEGINS);
	add(frame(1000000, 1), STREAM_BEGINS);
	add(frame(1000001, 2), STREAM_NEXT);
	add(frame(1000020, 3), STREAM_BEGINS);
	add(frame(1000021, 4), STREAM_NEXT);
	add(frame(1000005, 5), STREAM_BEGINS);
	for (unsigned int i = 6; i <= 13; i++)
		add(frame(1000000 + i, i), STREAM_NEXT);
	add(frame(1000018, 14), STREAM_BEGINS);
	add(frame(1000019, 15), STREAM_NEXT);
	add(frame(1001019, 1015), STREAM_GAP);
}

/* One interval is no period: the source was held up at first, and then made up for it. */
static void test_first_interval(void **state)
{
	(void)state;
	add(frame(52, 0), STREAM_BEGINS);
	add(frame(53, 6), STREAM_NEXT);
	add(frame(62, 9), STREAM_GAP);
	add(frame(0, 10), STREAM_BEGINS);
}

static void test_wrap(void **state)
{
	(void)state;
	add(frame(UINT32_MAX - 1, 0), STREAM_BEGINS);
	add(frame(UINT32_MAX, 1), STREAM_NEXT);
	add(frame(0, 2), STREAM_NEXT);
	add(frame(2, 4), STREAM_GAP);
	add(frame(UINT32_MAX, 5), STREAM_BEGINS);
	add(frame(3, 9), STREAM_GAP);
}

/* STREAMOFF ends it; what comes then is another one, whatever its sequence is. */
static void test_streamoff(void **state)
{
	struct cycle back = frame(2, 2);

	(void)state;
	back.taken_ns = 0;
	add(frame(0, 0), STREAM_BEGINS);
	add(frame(1, 1), STREAM_NEXT);
	add(back, STREAM_ENDS);
	add(back, STREAM_ENDS);
	add(frame(2, 5), STREAM_BEGINS);
}

/* A failed buffer without a number of its own is no restart, and says nothing of the period. */
static void test_aside(void **state)
{
	struct cycle failed;

	(void)state;
	add(frame(100, 0), STREAM_BEGINS);
	for (unsigned int i = 1; i < 4; i++) {
		failed = frame(0, i);
		failed.error = true;
		add(failed, STREAM_ASIDE);
	}
	assert_int_equal(stream_period(&stream), 0);
	add(frame(101, 4), STREAM_NEXT);
	assert_int_equal(stream_period(&stream), PERIOD);
	failed = frame(102, 5);
	failed.error = true;
	add(failed, STREAM_NEXT);
}

/* A gap has the period as well, but for one in which records are missing. */
static void test_period(void **state)
{
	(void)state;
	add(frame(0, 0), STREAM_BEGINS);
	assert_int_equal(stream_period(&stream), 0);
	add(frame(6, 6), STREAM_GAP);
	assert_int_equal(stream_period(&stream), PERIOD);
	setup(state);
	add(frame(0, 0), STREAM_BEGINS);
	stream_lost(&stream);
	add(frame(0, 5), STREAM_STANDS);
	assert_int_equal(stream_period(&stream), 0);
	/* every other frame is 10 ms late, and one in three is left out and not counted */
	setup(state);
	for (unsigned int i = 0; i < 60; i++) {
		struct cycle cycle = frame(i, i + i / 3);

		cycle.done_ns += i % 2 ? 0 : 10 * MS;
		add(cycle, i ? STREAM_NEXT : STREAM_BEGINS);
	}
	assert_in_range(stream_period(&stream), PERIOD - 10 * MS, PERIOD + 10 * MS);
}

/* A camera slows down in the dark: the period is that of the last second. */
static void test_dark(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		add(frame(i, i), i ? STREAM_NEXT : STREAM_BEGINS);
	for (; i < 1000 + STREAM_SLOPES / 2 + 1; i++) {
		assert_int_equal(stream_period(&stream), PERIOD);
		add(frame(i, 2 * i - 999), STREAM_NEXT);
	}
	assert_int_equal(stream_period(&stream), 2 * PERIOD);
}

/* Adds it, and expects these times; 0: not known. */
static void add_timed(struct cycle cycle, bool has_fill, uint64_t wait, uint64_t fill,
		      uint64_t held)
{
	struct cycle_times times = stream_times(&stream, &cycle);

	stream_add(&stream, &cycle);
	assert_int_equal(times.has_fill, has_fill);
	assert_int_equal(times.wait_ns, wait);
	assert_int_equal(times.fill_ns, fill);
	assert_int_equal(times.has_held, held != 0);
	assert_int_equal(times.held_ns, held);
}

/* Buffer @index: given, done and taken. */
static struct cycle times_of(unsigned int index, uint32_t sequence, uint64_t given, uint64_t done,
			     uint64_t taken)
{
	return (struct cycle){.index = index,
			      .sequence = sequence,
			      .given_ns = given,
			      .done_ns = done,
			      .taken_ns = taken};
}

static void test_times(void **state)
{
	(void)state;
	/* of the first one it is not known when the driver came to it */
	add_timed(times_of(0, 0, 10, 100, 110), false, 0, 0, 0);
	add_timed(times_of(1, 1, 20, 200, 210), true, 80, 100, 0);
	add_timed(times_of(0, 2, 250, 300, 310), true, 0, 50, 140);
	/* not seen when it was given; not seen when it was done, nor what it was to the next one */
	add_timed(times_of(1, 3, 0, 400, 410), false, 0, 0, 0);
	add_timed(times_of(0, 4, 360, 0, 510), false, 0, 0, 50);
	add_timed(times_of(1, 5, 420, 600, 610), false, 0, 0, 10);
	/* STREAMOFF, and STREAMON with buffers of the same numbers */
	add_timed(times_of(0, 9, 520, 650, 0), false, 0, 0, 0);
	add_timed(times_of(0, 6, 660, 700, 710), false, 0, 0, 0);
	/* two that contradict themselves: done before it was its turn, given before it was taken */
	add_timed(times_of(1, 7, 670, 699, 720), false, 0, 0, 0);
	add_timed(times_of(1, 8, 715, 800, 810), true, 0, 85, 0);
}

/* Records were lost: unless the sequence shows that none is of this queue. */
static void test_lost(void **state)
{
	(void)state;
	add_timed(times_of(0, 0, 10, 100, 110), false, 0, 0, 0);
	stream_lost(&stream);
	add_timed(times_of(0, 1, 150, 200, 210), true, 0, 50, 40);
	stream_lost(&stream);
	add_timed(times_of(0, 3, 350, 400, 410), false, 0, 0, 0);
	add_timed(times_of(0, 4, 450, 500, 510), true, 0, 50, 40);
}

static void test_buffers(void **state)
{
	struct cycle cycle = frame(0, 0);

	(void)state;
	assert_int_equal(stream_buffers(&stream, &cycle), 1);
	add(cycle, STREAM_BEGINS);
	assert_int_equal(stream_buffers(&stream, &cycle), 4); /* three more were owned */
	for (unsigned int i = 1; i < 6; i++) {
		cycle = frame(i, i);
		cycle.index = i;
		add(cycle, STREAM_NEXT);
	}
	assert_int_equal(stream_buffers(&stream, &cycle), 6);
	assert_int_equal(stream_waiting(&stream, cycle.done_ns), 1);
	assert_int_equal(stream_waiting(&stream, cycle.taken_ns), 0);
	cycle.index = 6;
	assert_int_equal(stream_buffers(&stream, &cycle), 7);
}

static void test_queues(void **state)
{
	static struct streams streams;

	(void)state;
	for (uint32_t queue = 0; queue < STREAMS; queue++)
		assert_ptr_equal(streams_find(&streams, 7 * queue), &streams.all[queue]);
	assert_ptr_equal(streams_find(&streams, 7), &streams.all[1]);
	assert_null(streams_find(&streams, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_jumps, setup),
		cmocka_unit_test_setup(test_first_interval, setup),
		cmocka_unit_test_setup(test_wrap, setup),
		cmocka_unit_test_setup(test_streamoff, setup),
		cmocka_unit_test_setup(test_aside, setup),
		cmocka_unit_test_setup(test_period, setup),
		cmocka_unit_test_setup(test_dark, setup),
		cmocka_unit_test_setup(test_times, setup),
		cmocka_unit_test_setup(test_lost, setup),
		cmocka_unit_test_setup(test_buffers, setup),
		cmocka_unit_test_setup(test_queues, setup),
	};

	return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
