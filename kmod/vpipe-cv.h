/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-cv.h - Tiny CV: what the driver does to pixels
 *
 * Plain C on plain memory, one byte a pixel: the kernel module and the tests
 * in userspace compile the same file.
 */
#ifndef VPIPE_CV_H
#define VPIPE_CV_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/**
 * struct vpipe_rect - a region of a frame, in pixels
 * @left: first column
 * @top: first row
 * @width: columns
 * @height: rows
 */
struct vpipe_rect {
	int32_t left;
	int32_t top;
	int32_t width;
	int32_t height;
};

/**
 * struct vpipe_counts - what a threshold found
 * @white: pixels that became 255
 * @black: pixels that became 0
 */
struct vpipe_counts {
	uint64_t white;
	uint64_t black;
};

struct vpipe_rect vpipe_cv_clamp_roi(struct vpipe_rect roi, int32_t frame_width,
				     int32_t frame_height);

size_t vpipe_cv_copy_outside(uint8_t *dst, size_t dst_stride, const uint8_t *src, size_t src_stride,
			     int32_t frame_width, int32_t frame_height,
			     const struct vpipe_rect *roi);

struct vpipe_counts vpipe_cv_threshold(uint8_t *dst, size_t dst_stride, const uint8_t *src,
				       size_t src_stride, const struct vpipe_rect *roi,
				       uint8_t threshold);

#endif /* VPIPE_CV_H */
