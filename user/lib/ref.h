/* SPDX-License-Identifier: MIT */
/*
 * ref.h - what vpipe's threshold should do, said a second time
 *
 * Byte by byte and without a thought of speed: the driver's own code is held
 * against this, so nothing here is shared with it.
 */
#ifndef VPIPE_REF_H
#define VPIPE_REF_H

#include <stdint.h>

#include "user/lib/pgm.h"

/** The region that was processed, within the image, and what was found there. */
struct ref_result {
	unsigned int left;
	unsigned int top;
	unsigned int width;
	unsigned int height;
	uint64_t white; /**< pixels of the region that became 255 */
	uint64_t black; /**< pixels of the region that became 0 */
};

/**
 * Threshold the region @roi (left, top, width, height) of @in, as kmod/vpipe.h
 * defines it, and copy the rest. @out has the size of @in.
 */
struct ref_result ref_threshold(struct pgm *out, const struct pgm *in, const unsigned int roi[4],
				unsigned int threshold);

#endif /* VPIPE_REF_H */
