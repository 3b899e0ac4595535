// SPDX-License-Identifier: MIT
/*
 * test-selection.c - of the frames of a run those that are wanted are taken, and no others
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/model/selection.h"

#define FRAMES 1000

static struct frame frames[FRAMES];
static unsigned int taken[FRAMES], n_taken;

/* Few lengths, so many of them are as long as others. */
static void make_frames(void)
{
	uint32_t state = 20261129;

	for (unsigned int i = 0; i < FRAMES; i++) {
		state = state * 1664525 + 1013904223;
		frames[i] = (struct frame){
			.number = i, .start_ns = 1000 + 100 * i, .e2e_ns = state >> 25};
	}
}

static void take(void *arg, const struct frame *frame)
{
	(void)arg;
	taken[n_taken++] = (unsigned int)frame->number;
}

static void select_all(struct selection *selection)
{
	n_taken = 0;
	selection->take = take;
	assert_int_equal(selection_begin(selection), 0);
	for (unsigned int i = 0; i < FRAMES; i++)
		selection_add(selection, &frames[i]);
	selection_end(selection);
	selection_end(selection);
}

/* How many frames come before it, by length, and of those as long by number? */
static unsigned int rank_of(const struct frame *frame)
{
	unsigned int rank = 0;

	for (unsigned int i = 0; i < FRAMES; i++)
		rank += frames[i].e2e_ns > frame->e2e_ns ||
			(frames[i].e2e_ns == frame->e2e_ns && frames[i].number < frame->number);
	return rank;
}

static void test_worst(void **state)
{
	static const unsigned int worst[] = {1, 2, 3, 10, 500, 999, 1000, 5000};

	(void)state;
	for (size_t i = 0; i < sizeof(worst) / sizeof(worst[0]); i++) {
		struct selection selection = {.to_ns = UINT64_MAX, .worst = worst[i]};
		unsigned int at = 0;

		select_all(&selection);
		assert_int_equal(n_taken, worst[i] < FRAMES ? worst[i] : FRAMES);
		for (unsigned int n = 0; n < FRAMES; n++) {
			if (rank_of(&frames[n]) < worst[i])
				assert_int_equal(taken[at++], n);
		}
		assert_int_equal(at, n_taken);
		assert_true(selection_is_sparse(&selection));
		selection_free(&selection);
	}
}

static void test_part(void **state)
{
	struct selection selection = {.from_ns = 20050, .to_ns = 30000};

	(void)state;
	frames[190].e2e_ns = 50;
	frames[189].e2e_ns = 150; /* until 20050 */
	frames[188].e2e_ns = 249;
	select_all(&selection);
	assert_int_equal(taken[0], 189);
	assert_int_equal(taken[n_taken - 1], 290); /* from 30000 on */
	assert_true(selection_covers(&selection, 30000, 40000));
	assert_true(selection_covers(&selection, 0, 20050));
	assert_false(selection_covers(&selection, 0, 20049));
	assert_false(selection_covers(&selection, 30001, 40000));
	assert_false(selection_is_sparse(&selection));
	selection_free(&selection);
}

/* What is from the first to the last of those that were longest. */
static void test_covers(void **state)
{
	struct selection selection = {.to_ns = UINT64_MAX, .worst = 2};

	(void)state;
	frames[100].e2e_ns = 1000; /* 11000 to 12000 */
	frames[200].e2e_ns = 2000; /* 21000 to 23000 */
	select_all(&selection);
	assert_true(selection_covers(&selection, 15000, 15000));
	assert_true(selection_covers(&selection, 23000, 24000));
	assert_false(selection_covers(&selection, 10000, 10999));
	assert_false(selection_covers(&selection, 23001, 24000));
	selection_free(&selection);
	selection = (struct selection){.from_ns = 1ULL << 40, .to_ns = UINT64_MAX, .worst = 2};
	select_all(&selection);
	assert_int_equal(n_taken, 0);
	assert_false(selection_covers(&selection, 0, UINT64_MAX));
	selection_free(&selection);
}

static int setup(void **state)
{
	(void)state;
	make_frames();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worst),
		cmocka_unit_test_setup(test_part, setup),
		cmocka_unit_test_setup(test_covers, setup),
	};

	return cmocka_run_group_tests_name("selection", tests, setup, NULL);
}
