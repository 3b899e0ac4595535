// SPDX-License-Identifier: MIT
/* test-drops.c - which source frames are missing, in whatever order their sequences come */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/model/drops.h"

static struct drops drops;
static uint64_t told, told_gaps, last_behind_ns; /* by the listener */

static void on_gap(void *arg, uint64_t minor, uint32_t first, uint32_t n, uint64_t behind_ns)
{
	(void)arg;
	(void)minor;
	(void)first;
	told += n;
	told_gaps++;
	last_behind_ns = behind_ns;
}

/* Frames of a stream that began at @begin_ns, with a period of 10 ns. */
static void add(uint64_t begin_ns, const uint32_t *sequences, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		int64_t since_ns = 10 * (int64_t)(int32_t)(sequences[i] - sequences[0]);

		drops_add(&drops, 0, sequences[i], begin_ns + 1000 + (uint64_t)since_ns);
	}
}

#define ADD(begin_ns, ...)                                           \
	do {                                                         \
		const uint32_t list[] = {__VA_ARGS__};               \
		add(begin_ns, list, sizeof(list) / sizeof(list[0])); \
	} while (0)

static void assert_drops(uint64_t missing, uint64_t gaps, uint64_t repeats, uint64_t restarts)
{
	drops_finish(&drops);
	assert_int_equal(drops.missing, missing);
	assert_int_equal(drops.gaps, gaps);
	assert_int_equal(drops.repeats, repeats);
	assert_int_equal(drops.restarts, restarts);
	assert_int_equal(drops.late + drops.not_followed, 0);
	assert_int_equal(told, missing);
	assert_int_equal(told_gaps, gaps);
}

static int setup(void **state)
{
	(void)state;
	memset(&drops, 0, sizeof(drops));
	drops.gap = on_gap;
	told = told_gaps = last_behind_ns = 0;
	return 0;
}

static void test_gaps(void **state)
{
	(void)state;
	ADD(0, 5, 6, 9, 10, 12);
	assert_drops(3, 2, 0, 0);
	assert_int_equal(last_behind_ns, 1000 + 10 * (12 - 5));
}

/* Several files share a source: what one has not, another may have, later. */
static void test_late(void **state)
{
	(void)state;
	ADD(0, 5, 7, 6, 9, 8, 4, 12, 10);
	assert_drops(1, 1, 0, 0);
	assert_int_equal(last_behind_ns, 1000 + 10 * (12 - 5));
}

static void test_repeats(void **state)
{
	(void)state;
	ADD(0, 0, 0, 1, 1, 2, 2, 2);
	assert_drops(0, 0, 4, 0);
}

/* A later frame that has no higher number is of a stream that began anew, also one with the same. */
static void test_restarts(void **state)
{
	(void)state;
	ADD(0, 0, 1, 3);
	ADD(5000, 0, 1);
	ADD(6000, 0);
	ADD(7000, 0, 2);
	assert_drops(2, 2, 0, 3);
}

static void test_wrap(void **state)
{
	(void)state;
	ADD(0, UINT32_MAX - 1, UINT32_MAX, 1, 2, 0, 5);
	assert_drops(2, 1, 0, 0);
}

/* Far more than there is a window for. */
static void test_jump(void **state)
{
	(void)state;
	ADD(0, 0, 1, 3, 1000000, 1000001, 1000003);
	assert_drops(1 + 999996 + 1, 3, 0, 0);
}

/* Against a table of all that came. */
static void test_random(void **state)
{
	enum { N = 20000 };
	static bool came[N + 64];
	uint64_t missing = 0, gaps = 0, repeats = 0;
	uint32_t first = N, last = 0;

	(void)state;
	srandom(17);
	for (uint32_t i = 0; i < N; i++) {
		uint32_t sequence = i + (uint32_t)random() % 40;

		if (random() % 3 == 0)
			continue;
		drops_add(&drops, 7, sequence, 10ULL * sequence);
		repeats += came[sequence];
		came[sequence] = true;
		first = sequence < first ? sequence : first;
		last = sequence > last ? sequence : last;
	}
	for (uint32_t i = first; i <= last; i++) {
		missing += !came[i];
		gaps += !came[i] && came[i - 1];
	}
	assert_drops(missing, gaps, repeats, 0);
}

static void test_too_many_sources(void **state)
{
	(void)state;
	for (uint32_t minor = 0; minor <= DROPS_SOURCES; minor++)
		drops_add(&drops, minor, 0, 1);
	assert_int_equal(drops.not_followed, 1);
	assert_int_equal(drops.frames, DROPS_SOURCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_gaps, setup),
		cmocka_unit_test_setup(test_late, setup),
		cmocka_unit_test_setup(test_repeats, setup),
		cmocka_unit_test_setup(test_restarts, setup),
		cmocka_unit_test_setup(test_wrap, setup),
		cmocka_unit_test_setup(test_jump, setup),
		cmocka_unit_test_setup(test_random, setup),
		cmocka_unit_test_setup(test_too_many_sources, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
