// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-cv.c - Tiny CV: clamp a region, threshold it, copy what is around it
 *
 * The threshold works on eight pixels at a time in a 64-bit register and takes
 * no branch that depends on a pixel, so that its time depends on the size of
 * the region alone.
 */
#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "vpipe-cv.h"

#define LANES	       8 /* pixels in a word */
#define EACH(byte)     (0x0101010101010101ULL * (byte)) /* the same byte in every lane */
#define TURN_WORDS     4 /* words in one turn of the loop, which then costs little beside them */
#define MAX_LANE_COUNT 252 /* words, whole turns, until a lane of the accumulator could overflow */

static int32_t clamp_to(int32_t value, int32_t low, int32_t high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

/**
 * vpipe_cv_clamp_roi() - the part of a frame that a region stands for
 * @roi: as asked for
 * @frame_width: pixels, at least 1
 * @frame_height: rows, at least 1
 *
 * A width or height of 0 (or less) stands for the full frame. Otherwise the top
 * left corner is moved into the frame, to its nearest pixel, and width and
 * height are cut to what remains from there: the result is never empty.
 *
 * Return: a region that lies within the frame.
 */
struct vpipe_rect vpipe_cv_clamp_roi(struct vpipe_rect roi, int32_t frame_width,
				     int32_t frame_height)
{
	if (roi.width <= 0 || roi.height <= 0)
		return (struct vpipe_rect){.width = frame_width, .height = frame_height};

	roi.left = clamp_to(roi.left, 0, frame_width - 1);
	roi.top = clamp_to(roi.top, 0, frame_height - 1);
	roi.width = clamp_to(roi.width, 1, frame_width - roi.left);
	roi.height = clamp_to(roi.height, 1, frame_height - roi.top);
	return roi;
}

static size_t copy_rows(uint8_t *dst, size_t dst_stride, const uint8_t *src, size_t src_stride,
			size_t width, size_t height)
{
	size_t y;

	if (width == dst_stride && width == src_stride) {
		memcpy(dst, src, width * height);
		return width * height;
	}
	if (!width)
		return 0;
	for (y = 0; y < height; y++)
		memcpy(dst + y * dst_stride, src + y * src_stride, width);
	return width * height;
}

/**
 * vpipe_cv_copy_outside() - copy a frame but for a region of it
 * @dst: frame to write
 * @dst_stride: bytes from one of its rows to the next
 * @src: frame to read
 * @src_stride: bytes from one of its rows to the next
 * @frame_width: pixels
 * @frame_height: rows
 * @roi: within the frame; its pixels are not touched in @dst
 *
 * Return: the number of bytes copied, 0 if the region is the frame.
 */
size_t vpipe_cv_copy_outside(uint8_t *dst, size_t dst_stride, const uint8_t *src, size_t src_stride,
			     int32_t frame_width, int32_t frame_height,
			     const struct vpipe_rect *roi)
{
	size_t top = roi->top, height = roi->height;
	size_t below = top + height, right = (size_t)roi->left + roi->width;
	size_t copied;

	/* the bands above, left, right, below */
	copied = copy_rows(dst, dst_stride, src, src_stride, frame_width, top);
	copied += copy_rows(dst + top * dst_stride, dst_stride, src + top * src_stride, src_stride,
			    roi->left, height);
	copied +=
		copy_rows(dst + top * dst_stride + right, dst_stride,
			  src + top * src_stride + right, src_stride, frame_width - right, height);
	copied += copy_rows(dst + below * dst_stride, dst_stride, src + below * src_stride,
			    src_stride, frame_width, frame_height - below);
	return copied;
}

/* Any alignment: the compiler makes one load, one store of these. */
static inline uint64_t load_word(const uint8_t *from)
{
	uint64_t word;

	memcpy(&word, from, sizeof(word));
	return word;
}

static inline void store_word(uint8_t *to, uint64_t word)
{
	memcpy(to, &word, sizeof(word));
}

/* The sum of the eight lanes of @word. */
static inline uint64_t sum_lanes(uint64_t word)
{
	const uint64_t even = 0x00ff00ff00ff00ffULL;

	return (((word & even) + ((word >> 8) & even)) * 0x0001000100010001ULL) >> 48;
}

/*
 * Threshold of the word at @src; returns a one in each lane that became white.
 *
 * pixel > threshold where pixel + (255 - threshold) carries out of its byte.
 * The lower seven bits of all lanes are added without meeting each other; with
 * bit 7 of the sum being the carry into bit 7, the carry out of it is the
 * majority of that carry, the pixel's bit 7 and the addend's, which is the same
 * for all pixels: @addend_high makes it an OR or an AND of the other two.
 */
static __always_inline uint64_t threshold_word(uint8_t *dst, const uint8_t *src,
					       uint64_t addend_low, int addend_high)
{
	uint64_t pixels = load_word(src);
	uint64_t carry_in = (pixels & EACH(0x7f)) + addend_low;
	uint64_t above = addend_high ? pixels | carry_in : pixels & carry_in;
	uint64_t ones = (above >> 7) & EACH(1);

	store_word(dst, (ones << 8) - ones);
	return ones;
}

/* Threshold of the words of a row; returns the number of white pixels. */
static __always_inline uint64_t threshold_words(uint8_t *dst, const uint8_t *src, size_t words,
						uint8_t addend, int addend_high)
{
	const uint64_t low = EACH(addend & 0x7f);
	size_t rest = words % TURN_WORDS;
	uint64_t white = 0, lanes;
	size_t i, n;

	for (words -= rest; words; words -= n) {
		n = words < MAX_LANE_COUNT ? words : MAX_LANE_COUNT;
		lanes = 0;
		for (i = 0; i < n; i += TURN_WORDS) {
			lanes += threshold_word(dst, src, low, addend_high);
			lanes += threshold_word(dst + LANES, src + LANES, low, addend_high);
			lanes += threshold_word(dst + 2 * LANES, src + 2 * LANES, low, addend_high);
			lanes += threshold_word(dst + 3 * LANES, src + 3 * LANES, low, addend_high);
			dst += TURN_WORDS * LANES;
			src += TURN_WORDS * LANES;
		}
		white += sum_lanes(lanes);
	}
	lanes = 0;
	for (i = 0; i < rest; i++)
		lanes += threshold_word(dst + i * LANES, src + i * LANES, low, addend_high);
	return white + sum_lanes(lanes);
}

static uint64_t threshold_row(uint8_t *dst, const uint8_t *src, size_t width, uint8_t threshold)
{
	size_t words = width / LANES, x;
	uint8_t addend = 255 - threshold;
	uint64_t white;

	white = addend & 0x80 ? threshold_words(dst, src, words, addend, 1)
			      : threshold_words(dst, src, words, addend, 0);
	for (x = words * LANES; x < width; x++) {
		unsigned int above = (src[x] + addend) >> 8;

		dst[x] = -above;
		white += above;
	}
	return white;
}

/**
 * vpipe_cv_threshold() - binarise a region of a frame
 * @dst: frame to write; may be @src
 * @dst_stride: bytes from one of its rows to the next
 * @src: frame to read
 * @src_stride: bytes from one of its rows to the next
 * @roi: within the frame; nothing else is read or written
 * @threshold: a pixel above it becomes 255, another 0
 *
 * Return: how many pixels of the region became white, and black.
 */
struct vpipe_counts vpipe_cv_threshold(uint8_t *dst, size_t dst_stride, const uint8_t *src,
				       size_t src_stride, const struct vpipe_rect *roi,
				       uint8_t threshold)
{
	size_t width = roi->width, height = roi->height, y;
	struct vpipe_counts counts = {.black = (uint64_t)width * height};

	dst += roi->top * dst_stride + roi->left;
	src += roi->top * src_stride + roi->left;
	if (width == dst_stride && width == src_stride) {
		/* rows that touch are one long row */
		width *= height;
		height = 1;
	}
	for (y = 0; y < height; y++)
		counts.white +=
			threshold_row(dst + y * dst_stride, src + y * src_stride, width, threshold);
	counts.black -= counts.white;
	return counts;
}
