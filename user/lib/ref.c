// SPDX-License-Identifier: MIT
/* ref.c - the reference of the threshold, see ref.h */
#include <stdbool.h>

#include "user/lib/ref.h"

static unsigned int smaller(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* A size of 0 is the whole image; else the corner is moved into it and the size cut. */
static struct ref_result region(const struct pgm *in, const unsigned int roi[4])
{
	struct ref_result full = {.width = in->width, .height = in->height}, cut = {0};

	if (roi[2] == 0 || roi[3] == 0)
		return full;
	cut.left = smaller(roi[0], in->width - 1);
	cut.top = smaller(roi[1], in->height - 1);
	cut.width = smaller(roi[2], in->width - cut.left);
	cut.height = smaller(roi[3], in->height - cut.top);
	return cut;
}

struct ref_result ref_threshold(struct pgm *out, const struct pgm *in, const unsigned int roi[4],
				unsigned int threshold)
{
	struct ref_result r = region(in, roi);

	for (unsigned int y = 0; y < in->height; y++) {
		for (unsigned int x = 0; x < in->width; x++) {
			size_t at = (size_t)y * in->width + x;
			bool inside = x >= r.left && x < r.left + r.width && y >= r.top &&
				      y < r.top + r.height;

			if (!inside) {
				out->pixels[at] = in->pixels[at];
			} else if (in->pixels[at] > threshold) {
				out->pixels[at] = 255;
				r.white++;
			} else {
				out->pixels[at] = 0;
				r.black++;
			}
		}
	}
	return r;
}
