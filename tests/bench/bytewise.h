/* SPDX-License-Identifier: MIT */
/*
 * bytewise.h - a threshold as one writes it first: what Tiny CV is held against
 */
#ifndef VPIPE_TESTS_BYTEWISE_H
#define VPIPE_TESTS_BYTEWISE_H

#include "kmod/vpipe-cv.h"

/** Threshold of @size pixels, one after the other. */
struct vpipe_counts bytewise_threshold(uint8_t *dst, const uint8_t *src, size_t size,
				       uint8_t threshold);

#endif /* VPIPE_TESTS_BYTEWISE_H */
