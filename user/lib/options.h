/* SPDX-License-Identifier: MIT */
/*
 * options.h - options that some of the capture programs share, as argp children
 */
#ifndef VPIPE_OPTIONS_H
#define VPIPE_OPTIONS_H

#include <argp.h>

#include "lib/node.h"
#include "lib/v4l2.h"

/** Keys, for positional arguments of the same meaning. */
enum {
	OPTIONS_SIZE = 0x1000,
	OPTIONS_FPS,
	OPTIONS_BUFFERS,
	OPTIONS_ALGO,
	OPTIONS_THRESHOLD,
	OPTIONS_ROI,
	OPTIONS_NO_CRC,
	OPTIONS_CACHE,
};

/** What the source and its queues have when nothing is said. */
#define OPTIONS_VIDEO_DEFAULTS                                                           \
	{                                                                                \
		.width = VPIPE_DEFAULT_WIDTH, .height = VPIPE_DEFAULT_HEIGHT, .fps = 30, \
		.buffers = 4                                                             \
	}

/** What vpipe does when nothing is said. */
#define OPTIONS_CV_DEFAULTS                                    \
	{                                                      \
		.algo = VPIPE_ALGO_THRESHOLD, .threshold = 127 \
	}

/** --size, --fps, --buffers; the input is a struct vsetup. */
extern const struct argp options_video_argp;

/** --algo, --threshold, --roi, --no-crc, --cache; the input is a struct node_cv. */
extern const struct argp options_cv_argp;

/** Take one value of options_cv_argp that was given otherwise; @key is OPTIONS_*. */
void options_cv_set(struct node_cv *cv, int key, const char *text);

/** "L,T,W,H" of the option @what, in pixels; ends the program if it is anything else. */
void options_parse_roi(const char *what, const char *text, unsigned int roi[4]);

/** A whole number from @min to @max; ends the program if it is anything else. */
unsigned int options_parse_number(const char *what, const char *text, unsigned int min,
				  unsigned int max);

/** The key of the positional argument that argp is at, of @count; one too many ends the program. */
int options_positional(const struct argp_state *state, const char *arg, const int *keys,
		       unsigned int count);

#endif /* VPIPE_OPTIONS_H */
