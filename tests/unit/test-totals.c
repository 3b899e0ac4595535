// SPDX-License-Identifier: MIT
/* What frames add up to: missing and repeated ones, damaged ones, unknown sequences. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "user/lib/totals.h"

static const struct rusage_counts no_usage;

static void expect(const uint32_t *sequences, size_t count, uint64_t gaps, uint64_t repeats)
{
	struct totals totals = {0};

	for (size_t i = 0; i < count; i++) {
		const struct sample sample = {
			.has_sequence = true,
			.sequence = sequences[i],
			.done_ns = 1000 + i,
		};

		assert_int_equal(totals_add(&totals, &sample, &no_usage), 0);
	}
	assert_int_equal(totals.rows, count);
	assert_int_equal(totals.gaps, gaps);
	assert_int_equal(totals.repeats, repeats);
	assert_int_equal(totals.first_ns, 1000);
	assert_int_equal(totals.last_ns, 1000 + count - 1);
	totals_free(&totals);
}

#define EXPECT(gaps, repeats, ...)              \
	expect((const uint32_t[]){__VA_ARGS__}, \
	       sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), gaps, repeats)

static void test_sequences(void **state)
{
	(void)state;
	EXPECT(0, 0, 7);
	EXPECT(0, 0, 0, 1, 2, 3);
	EXPECT(0, 0, 100, 101); /* those before the first are not missing */
	EXPECT(3, 0, 0, 1, 5, 6);
	EXPECT(0, 2, 4, 4, 4, 5);
	EXPECT(0, 1, 4, 5, 3, 4);
	EXPECT(1, 0, 0xfffffffe, 0xffffffff, 1); /* past the end of the counter */
}

static void test_no_sequences(void **state)
{
	const struct sample sample = {.took_ns = 5, .damaged = true, .early = true};
	const struct rusage_counts usage = {.nvcsw = 1, .nivcsw = 2, .minflt = 3};
	struct totals totals = {0};

	(void)state;
	for (int i = 0; i < 3000; i++) /* more than there is room for at first */
		assert_int_equal(totals_add(&totals, &sample, &usage), 0);
	assert_false(totals.has_sequence);
	assert_int_equal(totals.gaps + totals.repeats, 0);
	assert_int_equal(totals.damaged, 3000);
	assert_int_equal(totals.early, 3000);
	assert_int_equal(totals.usage.nvcsw, 3000);
	assert_int_equal(totals.usage.nivcsw, 6000);
	assert_int_equal(totals.usage.minflt, 9000);
	assert_int_equal(totals.took_ns[2999], 5);
	totals_free(&totals);
}

/* Laps add up to the whole, and a touched page is a fault. */
static void test_usage(void **state)
{
	static volatile char pages[1 << 20];
	struct rusage_counts start = rusage_now(), last = start, lap;
	uint64_t sum;

	(void)state;
	for (size_t i = 0; i < sizeof(pages); i += 4096)
		pages[i] = 1;
	lap = rusage_lap(&last);
	assert_true(lap.minflt >= 1);
	sum = lap.minflt;
	lap = rusage_lap(&last);
	sum += lap.minflt;
	assert_int_equal(sum, last.minflt - start.minflt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_no_sequences),
		cmocka_unit_test(test_usage),
	};

	return cmocka_run_group_tests_name("totals", tests, NULL, NULL);
}
