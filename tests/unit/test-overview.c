// SPDX-License-Identifier: MIT
/* A run in a picture of bounded size: sums are exact, and no frame that stands out is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bpf/hist.h"
#include "loader/model/overview.h"
#include "loader/paths/vpipe.h"

#define FROM 1000000007ULL
#define TO   (FROM + 7000000000ULL + 3)
#define N    200003 /* a prime */

static struct frame frame_at(uint64_t number, uint64_t start_ns, uint64_t a, uint64_t b)
{
	struct frame frame = {.number = number, .start_ns = start_ns, .e2e_ns = a + b};

	frame.costs[1] = a;
	frame.costs[4] = b;
	return frame;
}

/* Every slice begins where the one before it ends, and the last one ends with the run. */
static void test_slices(void **state)
{
	struct overview *overview = overview_new(&vpipe_path, FROM, TO);

	(void)state;
	assert_non_null(overview);
	assert_int_equal(overview_begin(overview, 0), 0);
	assert_int_equal(overview_begin(overview, OVERVIEW_SLICES), TO - FROM);
	for (unsigned int i = 0; i < OVERVIEW_SLICES; i++) {
		struct frame first = frame_at(0, FROM + overview_begin(overview, i), 1, 0);
		struct frame last = frame_at(1, FROM + overview_begin(overview, i + 1) - 1, 1, 0);

		assert_int_equal(overview_add(overview, &first), 0);
		assert_int_equal(overview_add(overview, &last), 0);
		assert_int_equal(overview->slices[i].frames, 2);
	}
	overview_free(overview);
}

/* Outside of the time of the run is beside its end. */
static void test_outside(void **state)
{
	struct overview *overview = overview_new(&vpipe_path, FROM, TO);
	struct frame before = frame_at(0, FROM - 5, 1, 0), after = frame_at(1, TO + 5, 1, 0);

	(void)state;
	assert_non_null(overview);
	assert_int_equal(overview_add(overview, &before), 0);
	assert_int_equal(overview_add(overview, &after), 0);
	assert_int_equal(overview->slices[0].frames, 1);
	assert_int_equal(overview->slices[OVERVIEW_SLICES - 1].frames, 1);
	overview_free(overview);
}

static void add_many(struct overview *overview, uint64_t sums[2])
{
	for (uint64_t i = 0; i < N; i++) {
		uint64_t a = 1000000 + i * 7919 % 100003, b = 900000 + i * 104729 % 300007;
		struct frame frame = frame_at(i, FROM + i * 35000, a, b);

		assert_int_equal(overview_add(overview, &frame), 0);
		sums[0] += a;
		sums[1] += b;
	}
}

/* What is in the slices and in the cells are all frames, and all of their time. */
static void test_sums(void **state)
{
	struct overview *overview = overview_new(&vpipe_path, FROM, TO);
	uint64_t sums[2] = {0}, slices[2] = {0}, in_slices = 0, in_cells = 0;

	(void)state;
	assert_non_null(overview);
	add_many(overview, sums);
	for (unsigned int i = 0; i < OVERVIEW_SLICES; i++) {
		in_slices += overview->slices[i].frames;
		slices[0] += overview->slices[i].costs[1];
		slices[1] += overview->slices[i].costs[4];
	}
	overview_sort(overview);
	for (uint32_t i = 0; i < overview->n_cells; i++) {
		const struct overview_cell *cell = &overview->cells[i];

		assert_true(cell->frames && (cell->cost == 1 || cell->cost == 4));
		assert_true(!i || cell->slice > cell[-1].slice ||
			    (cell->slice == cell[-1].slice && cell->bucket >= cell[-1].bucket));
		in_cells += cell->frames;
	}
	assert_int_equal(in_slices, N);
	assert_int_equal(in_cells, N);
	assert_int_equal(slices[0], sums[0]);
	assert_int_equal(slices[1], sums[1]);
	overview_free(overview);
}

/* One that is longer than all others is kept whole, one that is shorter has a cell to itself. */
static void test_outliers(void **state)
{
	struct overview *overview = overview_new(&vpipe_path, FROM, TO);
	struct frame slow = frame_at(N, FROM + 3500000000, 10, 80000000);
	struct frame fast = frame_at(N + 1, FROM + 3500000000, 0, 17);
	const struct overview_frame *kept;
	unsigned int alone = 0;
	uint64_t sums[2] = {0};

	(void)state;
	assert_non_null(overview);
	add_many(overview, sums);
	assert_int_equal(overview_add(overview, &slow), 0);
	assert_int_equal(overview_add(overview, &fast), 0);
	kept = &overview->slices[511].longest[0];
	if (kept->number != N)
		kept = &overview->slices[512].longest[0];
	assert_int_equal(kept->number, N);
	assert_int_equal(kept->e2e_ns, 80000010);
	assert_int_equal(kept->costs[4], 80000000);
	overview_sort(overview);
	for (uint32_t i = 0; i < overview->n_cells; i++) {
		const struct overview_cell *cell = &overview->cells[i];

		if (cell->bucket == hist_bucket(17) || cell->bucket == hist_bucket(80000010))
			alone += cell->frames;
	}
	assert_int_equal(alone, 2);
	overview_free(overview);
}

/* The longest of a slice, in order; of those as long the first ones. */
static void test_longest(void **state)
{
	struct overview *overview = overview_new(&vpipe_path, FROM, TO);
	const struct overview_slice *slice = overview->slices;

	(void)state;
	for (uint64_t i = 0; i < 100; i++) {
		struct frame frame = frame_at(i, FROM, i * 37 % 50, 0);

		assert_int_equal(overview_add(overview, &frame), 0);
	}
	assert_int_equal(slice->n_longest, OVERVIEW_LONGEST);
	for (unsigned int i = 0; i < OVERVIEW_LONGEST; i++)
		assert_int_equal(slice->longest[i].e2e_ns, 49 - i / 2);
	for (unsigned int i = 0; i < OVERVIEW_LONGEST; i += 2)
		assert_true(slice->longest[i].number < slice->longest[i + 1].number);
	overview_free(overview);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),	cmocka_unit_test(test_outside),
		cmocka_unit_test(test_sums),	cmocka_unit_test(test_outliers),
		cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests_name("overview", tests, NULL, NULL);
}
