// SPDX-License-Identifier: MIT
/* How many frames the node had: of frames whose times are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loader/model/depth.h"

static void expect(const uint64_t times[][2], unsigned int n, uint64_t most, uint64_t sum)
{
	struct depth *depth = depth_new(0, 9);
	struct depth_slice slices[DEPTH_SLICES];
	uint64_t frames = 0, found = 0, max = 0;

	assert_non_null(depth);
	for (unsigned int i = 0; i < n; i++)
		depth_add(depth, times[i][0], times[i][1]);
	assert_int_equal(depth_finish(depth, slices), 0);
	for (unsigned int i = 0; i < DEPTH_SLICES; i++) {
		frames += slices[i].frames;
		found += slices[i].sum;
		max = slices[i].max > max ? slices[i].max : max;
	}
	assert_int_equal(frames, n);
	assert_int_equal(max, most);
	assert_int_equal(found, sum);
	depth_free(depth);
}

static void test_frames(void **state)
{
	(void)state;
	expect((const uint64_t[][2]){{1, 5}}, 1, 1, 1);
	expect((const uint64_t[][2]){{1, 5}, {2, 6}, {3, 7}}, 3, 3, 6);
	/* one that is done makes room for one that comes then */
	expect((const uint64_t[][2]){{1, 5}, {5, 7}}, 2, 1, 2);
}

/* A frame that takes no time was in the node, and is not any more. */
static void test_no_time(void **state)
{
	(void)state;
	expect((const uint64_t[][2]){{3, 3}}, 1, 1, 1);
	expect((const uint64_t[][2]){{1, 5}, {3, 3}, {4, 6}}, 3, 2, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames),
		cmocka_unit_test(test_no_time),
	};

	return cmocka_run_group_tests_name("depth", tests, NULL, NULL);
}
