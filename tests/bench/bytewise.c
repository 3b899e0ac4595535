// SPDX-License-Identifier: MIT
/* bytewise.c - see bytewise.h */
#include "tests/bench/bytewise.h"

struct vpipe_counts bytewise_threshold(uint8_t *dst, const uint8_t *src, size_t size,
				       uint8_t threshold)
{
	struct vpipe_counts counts = {0};

	for (size_t i = 0; i < size; i++) {
		if (src[i] > threshold) {
			dst[i] = 255;
			counts.white++;
		} else {
			dst[i] = 0;
			counts.black++;
		}
	}
	return counts;
}
