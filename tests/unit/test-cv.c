// SPDX-License-Identifier: MIT
/* Tiny CV against the obvious loops: the very file that the driver is built from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* with what is static in it */
#include "kmod/vpipe-cv.c" // NOLINT(bugprone-suspicious-include)

#define MARGIN 9 /* bytes around a frame that nobody may touch */
#define SKEWS  16 /* a frame begins at any alignment: up to so many bytes later */
#define CANARY 0xa5
#define SEED   20240229

enum content { RANDOM, FLAT, NEAR, WHITE, N_CONTENTS };

/* A frame in memory of exactly its size, but for the margins, @skew bytes off its alignment. */
struct frame {
	uint8_t *memory;
	uint8_t *pixels;
	size_t size; /* memory */
};

static struct frame frame_new(size_t stride, int height, int skew)
{
	struct frame frame = {.size = stride * height + 2 * MARGIN + skew};

	frame.memory = malloc(frame.size);
	assert_non_null(frame.memory);
	memset(frame.memory, CANARY, frame.size);
	frame.pixels = frame.memory + MARGIN + skew;
	return frame;
}

static void frame_fill(struct frame *frame, enum content content, uint8_t threshold)
{
	for (uint8_t *p = frame->pixels; p < frame->memory + frame->size - MARGIN; p++) {
		switch (content) {
		case RANDOM:
			*p = rand() >> 7;
			break;
		case FLAT:
			*p = threshold;
			break;
		case NEAR:
			*p = threshold + rand() % 3 - 1;
			break;
		default: /* as many as there can be, for the counts */
			*p = 255;
			break;
		}
	}
}

static int inside(const struct vpipe_rect *roi, int x, int y)
{
	return x >= roi->left && x < roi->left + roi->width && y >= roi->top &&
	       y < roi->top + roi->height;
}

static void check_threshold(int width, int height, size_t src_stride, size_t dst_stride,
			    struct vpipe_rect roi, uint8_t threshold, enum content content)
{
	int skew = rand() % SKEWS;
	struct frame src = frame_new(src_stride, height, rand() % SKEWS);
	struct frame dst = frame_new(dst_stride, height, skew);
	struct frame expected = frame_new(dst_stride, height, skew);
	struct vpipe_counts counts, wanted = {0};

	frame_fill(&src, content, threshold);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			int white = src.pixels[y * src_stride + x] > threshold;

			if (!inside(&roi, x, y))
				continue;
			expected.pixels[y * dst_stride + x] = white ? 255 : 0;
			wanted.white += white;
			wanted.black += !white;
		}
	}

	counts =
		vpipe_cv_threshold(dst.pixels, dst_stride, src.pixels, src_stride, &roi, threshold);
	assert_int_equal(counts.white, wanted.white);
	assert_int_equal(counts.black, wanted.black);
	assert_memory_equal(dst.memory, expected.memory, dst.size);

	/* in place */
	vpipe_cv_threshold(src.pixels, src_stride, src.pixels, src_stride, &roi, threshold);
	for (int y = roi.top; y < roi.top + roi.height; y++)
		assert_memory_equal(src.pixels + y * src_stride + roi.left,
				    dst.pixels + y * dst_stride + roi.left, roi.width);

	free(src.memory);
	free(dst.memory);
	free(expected.memory);
}

static void check_copy(int width, int height, size_t src_stride, size_t dst_stride,
		       struct vpipe_rect roi)
{
	int skew = rand() % SKEWS;
	struct frame src = frame_new(src_stride, height, rand() % SKEWS);
	struct frame dst = frame_new(dst_stride, height, skew);
	struct frame expected = frame_new(dst_stride, height, skew);
	size_t wanted = 0;

	frame_fill(&src, RANDOM, 0);
	for (int y = 0; y < height; y++) {
		for (int x = 0; x < width; x++) {
			if (inside(&roi, x, y))
				continue;
			expected.pixels[y * dst_stride + x] = src.pixels[y * src_stride + x];
			wanted++;
		}
	}

	assert_int_equal(vpipe_cv_copy_outside(dst.pixels, dst_stride, src.pixels, src_stride,
					       width, height, &roi),
			 wanted);
	assert_memory_equal(dst.memory, expected.memory, dst.size);

	free(src.memory);
	free(dst.memory);
	free(expected.memory);
}

static const uint8_t thresholds[] = {0, 1, 127, 128, 254, 255};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void for_each_kind(int width, int height, size_t src_stride, size_t dst_stride,
			  struct vpipe_rect roi)
{
	for (size_t t = 0; t < COUNT(thresholds); t++) {
		for (enum content content = RANDOM; content < N_CONTENTS; content++)
			check_threshold(width, height, src_stride, dst_stride, roi, thresholds[t],
					content);
	}
	check_copy(width, height, src_stride, dst_stride, roi);
}

static void test_every_pixel_at_every_threshold(void **state)
{
	const struct vpipe_rect roi = {.width = 256, .height = 1};
	uint8_t src[256], dst[256];

	(void)state;
	for (int i = 0; i < 256; i++)
		src[i] = i;
	for (int threshold = 0; threshold < 256; threshold++) {
		struct vpipe_counts counts =
			vpipe_cv_threshold(dst, 256, src, 256, &roi, threshold);

		assert_int_equal(counts.white, 255 - threshold);
		assert_int_equal(counts.black, threshold + 1);
		for (int i = 0; i < 256; i++)
			assert_int_equal(dst[i], i > threshold ? 255 : 0);
	}
}

static void test_every_small_width(void **state)
{
	(void)state;
	for (int width = 1; width <= 40; width++) {
		for (int height = 1; height <= 3; height++) {
			const struct vpipe_rect full = {.width = width, .height = height};

			for_each_kind(width, height, width, width, full);
			for_each_kind(width, height, width + 3, width + 5, full);
		}
	}
}

static void test_frame_sizes(void **state)
{
	static const int sizes[][2] = {{640, 480}, {639, 17}, {641, 17}, {4096, 2}, {1, 4096},
				       {2015, 3},  {2016, 3}, {2017, 3}, {2039, 3}, {2040, 3},
				       {2041, 3},  {2048, 3}, {255, 255}};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		int width = sizes[i][0], height = sizes[i][1];

		for_each_kind(width, height, width, width,
			      (struct vpipe_rect){.width = width, .height = height});
	}
}

static void test_every_region_of_a_small_frame(void **state)
{
	const int width = 11, height = 3;
	struct vpipe_rect roi;

	(void)state;
	for (roi.left = 0; roi.left < width; roi.left++)
		for (roi.top = 0; roi.top < height; roi.top++)
			for (roi.width = 1; roi.left + roi.width <= width; roi.width++)
				for (roi.height = 1; roi.top + roi.height <= height; roi.height++)
					for_each_kind(width, height, width, width, roi);
}

static void test_random_regions_and_strides(void **state)
{
	(void)state;
	srand(SEED);
	for (int i = 0; i < 2000; i++) {
		int width = 1 + rand() % 100, height = 1 + rand() % 20;
		struct vpipe_rect roi = {.left = rand() % width, .top = rand() % height};

		roi.width = 1 + rand() % (width - roi.left);
		roi.height = 1 + rand() % (height - roi.top);
		for_each_kind(width, height, width + rand() % 9, width + rand() % 9, roi);
	}
}

/* Anything goes, few pixels more often than many; a failure comes again in the next run. */
static void test_fuzz(void **state)
{
	(void)state;
	srand(SEED);
	for (int i = 0; i < 20000; i++) {
		int width = 1 + rand() % (1 + rand() % 400),
		    height = 1 + rand() % (1 + rand() % 24);
		size_t src_stride = width + rand() % (1 + rand() % 64);
		size_t dst_stride = width + rand() % (1 + rand() % 64);
		struct vpipe_rect roi = {rand() % 512 - 50, rand() % 64 - 8, rand() % 512 - 8,
					 rand() % 64 - 8};

		roi = vpipe_cv_clamp_roi(roi, width, height);
		assert_in_range(roi.left, 0, width - 1);
		assert_in_range(roi.top, 0, height - 1);
		assert_in_range(roi.width, 1, width - roi.left);
		assert_in_range(roi.height, 1, height - roi.top);
		check_threshold(width, height, src_stride, dst_stride, roi, (uint8_t)rand(),
				(enum content)(rand() % N_CONTENTS));
		check_copy(width, height, src_stride, dst_stride, roi);
	}
}

static void test_copy_without_a_region(void **state)
{
	(void)state;
	check_copy(17, 5, 17, 17, (struct vpipe_rect){0});
	check_copy(17, 5, 19, 23, (struct vpipe_rect){0});
}

static void test_clamp(void **state)
{
	static const struct {
		struct vpipe_rect asked, clamped;
	} rows[] = {
		/* within */
		{{0, 0, 640, 480}, {0, 0, 640, 480}},
		{{10, 20, 30, 40}, {10, 20, 30, 40}},
		{{639, 479, 1, 1}, {639, 479, 1, 1}},
		/* no width or no height: the full frame, wherever it is */
		{{0, 0, 0, 0}, {0, 0, 640, 480}},
		{{10, 20, 0, 40}, {0, 0, 640, 480}},
		{{10, 20, 30, 0}, {0, 0, 640, 480}},
		{{4096, 4096, 0, 1}, {0, 0, 640, 480}},
		/* reaches beyond */
		{{0, 0, 4096, 4096}, {0, 0, 640, 480}},
		{{600, 400, 100, 100}, {600, 400, 40, 80}},
		{{1, 1, 640, 480}, {1, 1, 639, 479}},
		/* starts beyond */
		{{640, 0, 10, 10}, {639, 0, 1, 10}},
		{{0, 480, 10, 10}, {0, 479, 10, 1}},
		{{4096, 4096, 4096, 4096}, {639, 479, 1, 1}},
		/* what the controls can't hold */
		{{-5, -6, 10, 10}, {0, 0, 10, 10}},
		{{5, 6, -1, 10}, {0, 0, 640, 480}},
		{{INT32_MAX, 0, INT32_MAX, INT32_MAX}, {639, 0, 1, 480}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vpipe_rect roi = vpipe_cv_clamp_roi(rows[i].asked, 640, 480);

		assert_memory_equal(&roi, &rows[i].clamped, sizeof(roi));
	}
}

static void test_clamp_to_one_pixel(void **state)
{
	const struct vpipe_rect pixel = {0, 0, 1, 1};
	struct vpipe_rect roi = vpipe_cv_clamp_roi((struct vpipe_rect){3, 4, 640, 480}, 1, 1);

	(void)state;
	assert_memory_equal(&roi, &pixel, sizeof(roi));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pixel_at_every_threshold),
		cmocka_unit_test(test_every_small_width),
		cmocka_unit_test(test_frame_sizes),
		cmocka_unit_test(test_every_region_of_a_small_frame),
		cmocka_unit_test(test_random_regions_and_strides),
		cmocka_unit_test(test_fuzz),
		cmocka_unit_test(test_copy_without_a_region),
		cmocka_unit_test(test_clamp),
		cmocka_unit_test(test_clamp_to_one_pixel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
