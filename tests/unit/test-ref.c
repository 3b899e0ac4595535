// SPDX-License-Identifier: MIT
/* The reference of the threshold: values by hand, regions at every edge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "user/lib/ref.h"

static const unsigned int everything[4] = {0, 0, 0, 0};

static void test_values(void **state)
{
	static const struct {
		unsigned int pixel, threshold, result;
	} table[] = {
		{0, 0, 0},     {1, 0, 255},	{255, 0, 255}, {0, 127, 0},
		{127, 127, 0}, {128, 127, 255}, {128, 128, 0}, {129, 128, 255},
		{254, 254, 0}, {255, 254, 255}, {255, 255, 0}, {254, 255, 0},
		{0, 255, 0},   {1, 1, 0},	{2, 1, 255},   {255, 127, 255},
	};
	struct pgm in, out;

	(void)state;
	assert_int_equal(pgm_alloc(&in, 1, 1), 0);
	assert_int_equal(pgm_alloc(&out, 1, 1), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct ref_result r;

		in.pixels[0] = (uint8_t)table[i].pixel;
		r = ref_threshold(&out, &in, everything, table[i].threshold);
		assert_int_equal(out.pixels[0], table[i].result);
		assert_int_equal(r.white, table[i].result == 255);
		assert_int_equal(r.white + r.black, 1);
	}
	pgm_free(&in);
	pgm_free(&out);
}

/* Regions of a frame of 10 x 8 pixels. */
static const struct {
	unsigned int roi[4];
	unsigned int left, top, width, height;
} regions[] = {
	{{2, 3, 4, 2}, 2, 3, 4, 2},	     {{0, 0, 10, 8}, 0, 0, 10, 8},
	{{0, 0, 0, 0}, 0, 0, 10, 8},	     {{5, 5, 0, 2}, 0, 0, 10, 8},
	{{5, 5, 2, 0}, 0, 0, 10, 8},	     {{0, 0, 640, 480}, 0, 0, 10, 8},
	{{8, 3, 5, 2}, 8, 3, 2, 2},	     {{2, 6, 4, 9}, 2, 6, 4, 2},
	{{9, 7, 1, 1}, 9, 7, 1, 1},	     {{10, 8, 1, 1}, 9, 7, 1, 1},
	{{4096, 0, 4096, 4096}, 9, 0, 1, 8}, {{0, 4096, 4096, 4096}, 0, 7, 10, 1},
	{{4096, 4096, 1, 1}, 9, 7, 1, 1},    {{1, 1, 4096, 4096}, 1, 1, 9, 7},
	{{3, 2, 1, 1}, 3, 2, 1, 1},
};

static void check_region(size_t i, const struct pgm *in, struct pgm *out)
{
	struct ref_result r = ref_threshold(out, in, regions[i].roi, 100);
	uint64_t white = 0, black = 0;

	assert_int_equal(r.left, regions[i].left);
	assert_int_equal(r.top, regions[i].top);
	assert_int_equal(r.width, regions[i].width);
	assert_int_equal(r.height, regions[i].height);
	for (unsigned int y = 0; y < 8; y++) {
		for (unsigned int x = 0; x < 10; x++) {
			uint8_t from = in->pixels[y * 10 + x], to = out->pixels[y * 10 + x];

			if (x - r.left < r.width && y - r.top < r.height) {
				assert_int_equal(to, from > 100 ? 255 : 0);
				white += to == 255;
				black += to == 0;
			} else {
				assert_int_equal(to, from);
			}
		}
	}
	assert_int_equal(r.white, white);
	assert_int_equal(r.black, black);
	assert_int_equal(white + black, r.width * r.height);
}

static void test_regions(void **state)
{
	struct pgm in, out;

	(void)state;
	assert_int_equal(pgm_alloc(&in, 10, 8), 0);
	assert_int_equal(pgm_alloc(&out, 10, 8), 0);
	for (unsigned int i = 0; i < 80; i++)
		in.pixels[i] = (uint8_t)(1 + i * 37 % 254); /* neither 0 nor 255 */
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		memset(out.pixels, 0xAA, 80);
		check_region(i, &in, &out);
	}
	pgm_free(&in);
	pgm_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_regions),
	};

	return cmocka_run_group_tests_name("ref", tests, NULL, NULL);
}
