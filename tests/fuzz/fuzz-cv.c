// SPDX-License-Identifier: MIT
/*
 * fuzz-cv.c - the driver's Tiny CV against the reference, byte by byte
 *
 * Frames have exactly the memory they need, so that ASan sees a read beyond
 * them; what is written beyond the destination shows in the bytes around it.
 */
#include <stdlib.h>
#include <string.h>

#include "kmod/vpipe-cv.h"
#include "tests/fuzz/fuzz.h"
#include "user/lib/ref.h"

#define GUARD  32 /* bytes before and behind the destination */
#define CANARY 0x5a

struct plan {
	struct pgm in; /* dense */
	size_t src_stride, dst_stride;
	unsigned int src_skew, dst_skew; /* off the alignment of malloc() */
	struct vpipe_rect asked; /* as it comes from anywhere */
	uint8_t threshold;
};

/* Bytes from the first pixel to the last. */
static size_t span(const struct pgm *image, size_t stride)
{
	return stride * (image->height - 1) + image->width;
}

static int32_t take_edge(struct fuzz_input *in, unsigned int size)
{
	uint8_t kind = fuzz_u8(in);

	if (kind < 0xe0)
		return (int32_t)(fuzz_below(in, 257 + size) % (size + 2)) - (kind & 1);
	return (int32_t)fuzz_u32(in);
}

/* Pixels: what is left of the input, over and over; or those around the threshold. */
static void take_pixels(struct fuzz_input *in, struct plan *plan)
{
	bool near = fuzz_u8(in) & 1;

	for (size_t i = 0; i < pgm_pixels(&plan->in); i++) {
		uint8_t byte = in->left ? in->at[i % in->left] : (uint8_t)(i * 7);

		plan->in.pixels[i] = near ? (uint8_t)(plan->threshold + byte % 3 - 1) : byte;
	}
}

static void take_plan(struct fuzz_input *in, struct plan *plan)
{
	/* rows are long enough for the lanes of the accumulator to fill up, now and then */
	unsigned int width = 1 + fuzz_below(in, fuzz_u8(in) & 7 ? 80 : 4096);
	unsigned int height = 1 + fuzz_below(in, width > 80 ? 3 : 24);

	FUZZ_CHECK(!pgm_alloc(&plan->in, width, height));
	plan->src_stride = width + (fuzz_u8(in) & 1 ? fuzz_below(in, 17) : 0);
	plan->dst_stride = width + (fuzz_u8(in) & 1 ? fuzz_below(in, 17) : 0);
	plan->src_skew = fuzz_below(in, 16);
	plan->dst_skew = fuzz_below(in, 16);
	plan->asked.left = take_edge(in, width);
	plan->asked.top = take_edge(in, height);
	plan->asked.width = take_edge(in, width);
	plan->asked.height = take_edge(in, height);
	plan->threshold = fuzz_u8(in);
	take_pixels(in, plan);
}

/* Less than nothing is nothing: the reference knows no negative numbers. */
static unsigned int natural(int32_t value)
{
	return value < 0 ? 0 : (unsigned int)value;
}

static struct vpipe_rect check_clamp(const struct plan *plan, const struct ref_result *ref)
{
	struct vpipe_rect roi =
		vpipe_cv_clamp_roi(plan->asked, (int32_t)plan->in.width, (int32_t)plan->in.height);

	FUZZ_CHECK((unsigned int)roi.left == ref->left && (unsigned int)roi.top == ref->top &&
			   (unsigned int)roi.width == ref->width &&
			   (unsigned int)roi.height == ref->height,
		   "%d,%d,%d,%d for %d,%d,%d,%d of %ux%u", roi.left, roi.top, roi.width, roi.height,
		   plan->asked.left, plan->asked.top, plan->asked.width, plan->asked.height,
		   plan->in.width, plan->in.height);
	return roi;
}

/* @dst must have the reference's pixels from @left to @right of row @y. */
static void expect(const struct plan *plan, const struct pgm *ref, uint8_t *dst, unsigned int y,
		   unsigned int left, unsigned int right)
{
	memcpy(dst + y * plan->dst_stride + left, ref->pixels + (size_t)y * ref->width + left,
	       right - left);
}

/* What @memory must be: the reference's pixels in the region, @around it too, else the canary. */
static void check_pixels(const struct plan *plan, const struct pgm *ref,
			 const struct vpipe_rect *roi, const uint8_t *memory, bool around)
{
	size_t begin = GUARD + plan->dst_skew, size = begin + span(ref, plan->dst_stride) + GUARD;
	unsigned int left = (unsigned int)roi->left, right = left + (unsigned int)roi->width;
	uint8_t *wanted = malloc(size), *pixels = wanted + begin;

	FUZZ_CHECK(wanted != NULL);
	memset(wanted, CANARY, size);
	for (unsigned int y = 0; y < ref->height; y++) {
		if (y - (unsigned int)roi->top < (unsigned int)roi->height) {
			expect(plan, ref, pixels, y, left, right);
			if (around) {
				expect(plan, ref, pixels, y, 0, left);
				expect(plan, ref, pixels, y, right, ref->width);
			}
		} else if (around) {
			expect(plan, ref, pixels, y, 0, ref->width);
		}
	}
	for (size_t i = 0; memcmp(memory, wanted, size) && i < size; i++)
		FUZZ_CHECK(memory[i] == wanted[i], "byte %zu: %#x, wanted %#x", i, memory[i],
			   wanted[i]);
	free(wanted);
}

/* The source in memory that ends with it. */
static uint8_t *make_source(const struct plan *plan)
{
	uint8_t *memory = malloc(plan->src_skew + span(&plan->in, plan->src_stride));

	FUZZ_CHECK(memory != NULL);
	for (unsigned int y = 0; y < plan->in.height; y++)
		memcpy(memory + plan->src_skew + y * plan->src_stride,
		       plan->in.pixels + (size_t)y * plan->in.width, plan->in.width);
	return memory;
}

static void check_plan(const struct plan *plan, const struct pgm *ref,
		       const struct ref_result *found, const struct vpipe_rect *roi)
{
	size_t size = 2 * GUARD + plan->dst_skew + span(ref, plan->dst_stride);
	uint8_t *src = make_source(plan), *dst = malloc(size);
	uint8_t *pixels = dst + GUARD + plan->dst_skew, *from = src + plan->src_skew;
	struct vpipe_counts counts;
	size_t copied;

	FUZZ_CHECK(dst != NULL);
	memset(dst, CANARY, size);
	counts = vpipe_cv_threshold(pixels, plan->dst_stride, from, plan->src_stride, roi,
				    plan->threshold);
	FUZZ_CHECK(counts.white == found->white && counts.black == found->black);
	check_pixels(plan, ref, roi, dst, false);
	copied = vpipe_cv_copy_outside(pixels, plan->dst_stride, from, plan->src_stride,
				       (int32_t)ref->width, (int32_t)ref->height, roi);
	FUZZ_CHECK(copied == pgm_pixels(ref) - found->white - found->black);
	check_pixels(plan, ref, roi, dst, true);
	free(src);
	free(dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	struct ref_result found;
	struct vpipe_rect roi;
	struct plan plan;
	struct pgm ref;

	take_plan(&in, &plan);
	FUZZ_CHECK(!pgm_alloc(&ref, plan.in.width, plan.in.height));
	found = ref_threshold(&ref, &plan.in,
			      (unsigned int[]){natural(plan.asked.left), natural(plan.asked.top),
					       natural(plan.asked.width),
					       natural(plan.asked.height)},
			      plan.threshold);
	roi = check_clamp(&plan, &found);
	check_plan(&plan, &ref, &found, &roi);
	pgm_free(&ref);
	pgm_free(&plan.in);
	return 0;
}
