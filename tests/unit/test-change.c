// SPDX-License-Identifier: MIT
/* test-change.c - what is a change and what is noise, and how sure that is for how many rows */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "loader/model/change.h"

#define FRAMES 400

/* Frames of about @ns each, which differ by as much as @noise. */
static struct series *series_of(uint64_t ns, uint64_t noise)
{
	struct series *series = calloc(1, sizeof(*series));

	assert_non_null(series);
	for (uint64_t i = 0; i < FRAMES; i++)
		series_add(series, series_block(i, FRAMES), ns + i * 7919 % (noise + 1));
	return series;
}

/*
 * 45 of the 184,756 orders of 10 and 10 blocks have at most 7 pairs the wrong way, and as many at
 * the other end: with 20 rows, each tested twice, 2 of 100 comparisons; 8 pairs would make it 3.
 */
static void test_contrary(void **state)
{
	(void)state;
	assert_int_equal(change_contrary(20), 7);
	assert_int_equal(change_contrary(1), 16); /* that of the tables, for 0.01 twice */
	for (unsigned int rows = 1; rows < 70; rows++)
		assert_true(change_contrary(rows) >= change_contrary(rows + 1));
}

static void assert_change(uint64_t a_ns, uint64_t b_ns, uint64_t noise, bool real)
{
	struct series *a = series_of(a_ns, noise), *b = series_of(b_ns, noise);
	struct change change = change_of(a, b, 7, 7);

	assert_true(change.enough);
	assert_int_equal(change.a.count, FRAMES);
	assert_int_equal(change.mean.real, real);
	assert_int_equal(change.median.real, real);
	if (real && b_ns > a_ns)
		assert_true(change.mean.low > 0);
	free(a);
	free(b);
}

static void test_change(void **state)
{
	(void)state;
	assert_change(100000, 100000, 5000, false);
	assert_change(100000, 101000, 500, false); /* less than the floor */
	assert_change(100000, 120000, 5000, true);
	assert_change(120000, 100000, 5000, true);
}

static void test_too_few(void **state)
{
	struct series *few = calloc(1, sizeof(*few)), *many = series_of(100, 10);

	(void)state;
	assert_non_null(few);
	for (uint64_t i = 0; i < CHANGE_MIN_FRAMES - 1; i++)
		series_add(few, series_block(i, CHANGE_MIN_FRAMES), 100);
	assert_false(change_of(few, many, 7, 7).enough);
	assert_false(change_of(many, few, 7, 7).enough);
	free(few);
	free(many);
}

/* Frames of about 100 us, but each 20th takes @longer. */
static struct series *tail_of(uint64_t longer)
{
	struct series *series = calloc(1, sizeof(*series));

	assert_non_null(series);
	for (uint64_t i = 0; i < FRAMES; i++)
		series_add(series, series_block(i, FRAMES),
			   100000 + i * 7919 % 5001 + (i % 20 == 3 ? longer : 0));
	return series;
}

/* A tail that grows is one that no median shows. */
static void test_tail(void **state)
{
	struct series *a = tail_of(50000), *b = tail_of(200000);
	struct change change = change_of(a, b, 7, 6);

	(void)state;
	assert_int_equal(change_tail_contrary(20), 6);
	assert_false(change.median.real);
	assert_true(change.p99.real && change.max.real && change_of_tail(&change));
	assert_true(change.max.low > 100000 && change.max.high < 200000);
	assert_false(change_is_worse(&change, CHANGE_P50, 0));
	assert_true(change_is_worse(&change, CHANGE_P99, 0.1));
	assert_true(change_is_worse(&change, CHANGE_MAX, 0.9)); /* 154 us become 304 */
	assert_false(change_is_worse(&change, CHANGE_MAX, 1.0));
	change = change_of(b, a, 7, 6); /* shorter is not worse */
	assert_true(change.max.real);
	for (enum change_what what = 0; what < CHANGE_N_WHATS; what++)
		assert_false(change_is_worse(&change, what, 0));
	free(a);
	free(b);
}

/* However long one frame is, it is in one block; of what is too little nothing can be told. */
static void test_outlier(void **state)
{
	struct series *a = tail_of(50000), *b = tail_of(50000), *few = calloc(1, sizeof(*few));
	struct change change;

	(void)state;
	assert_non_null(few);
	series_add(b, 4, 1000000000);
	change = change_of(a, b, 7, 6);
	assert_int_equal(change_value(&change.b, CHANGE_MAX), 1000000000);
	assert_false(change_of_tail(&change));
	assert_false(change_is_worse(&change, CHANGE_MAX, 0));
	series_add(few, 0, 1000000000);
	change = change_of(a, few, 7, 6);
	assert_false(change.enough || change_of_tail(&change));
	assert_false(change_is_worse(&change, CHANGE_MAX, 0));
	free(a);
	free(b);
	free(few);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contrary), cmocka_unit_test(test_change),
		cmocka_unit_test(test_too_few),	 cmocka_unit_test(test_tail),
		cmocka_unit_test(test_outlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
