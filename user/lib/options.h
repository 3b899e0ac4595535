/* SPDX-License-Identifier: MIT */
/*
 * options.h - options that several of the capture programs have
 *
 * They come in groups, each with a table for struct tool, a struct for its values and
 * their defaults, and a function that takes a value. It returns true, or false if the
 * key is of another group; a value that can't be taken ends the program.
 */
#ifndef VPIPE_OPTIONS_H
#define VPIPE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"
#include "lib/node.h"
#include "lib/v4l2.h"

/**
 * Keys; those of a program's own options begin at OPTIONS_OWN. A letter means the same in every
 * program, vpipe-trace as well.
 */
enum {
	OPTIONS_FRAMES = 'f',
	OPTIONS_CSV = 'o',
	OPTIONS_QUIET = 'q',
	OPTIONS_SOURCE = 's',
	OPTIONS_ALGO = 'a',
	OPTIONS_THRESHOLD = 'T',
	OPTIONS_TRANSPORT =
		't', /**< of a program that has none it is refused: it was the time limit */
	OPTIONS_TIMEOUT = 0x1000,
	OPTIONS_VPIPE,
	OPTIONS_SIZE,
	OPTIONS_FPS,
	OPTIONS_BUFFERS,
	OPTIONS_ROI,
	OPTIONS_NO_CRC,
	OPTIONS_CACHE,
	OPTIONS_OWN,
};

/** How the name of the source's node begins when nothing is said. */
#define VIVID_NAME "vivid"

/** Entries that are in more tables than one. */
#define OPTIONS_VPIPE_ENTRY                                                                     \
	{                                                                                       \
		"vpipe", OPTIONS_VPIPE, "DEVICE", 0, "vpipe's node (default " VPIPE_NAME ")", 0 \
	}
#define OPTIONS_THRESHOLD_ENTRY                                             \
	{                                                                   \
		"threshold", OPTIONS_THRESHOLD, "N", 0,                     \
			"0 to 255: brighter becomes white (default 127)", 0 \
	}

/** The rows that a program writes: how many, where to, how long it waits for one. */
struct options_rows {
	const char *csv; /**< file; NULL: rows are not written */
	bool csv_given; /**< false: @csv is the default, in a folder that may be made */
	uint64_t frames;
	unsigned int min_frames; /**< smallest number allowed: 0 or 1 */
	uint64_t timeout_ns; /**< 0: no time limit */
	bool timeout_given;
	bool quiet;
};

/** Of programs that capture; @file or NULL. */
#define OPTIONS_ROWS_DEFAULTS(file)                                                         \
	{                                                                                   \
		.csv = (file), .frames = 300, .min_frames = 1, .timeout_ns = 5 * NS_PER_SEC \
	}

/** --frames, --csv, --timeout, --quiet. */
extern const struct argp_option options_rows_table[];
bool options_rows_set(struct options_rows *rows, int key, const char *text);

/** What the source and its queues have when nothing is said. */
#define OPTIONS_VIDEO_DEFAULTS                                                           \
	{                                                                                \
		.width = VPIPE_DEFAULT_WIDTH, .height = VPIPE_DEFAULT_HEIGHT, .fps = 30, \
		.buffers = 4                                                             \
	}

/** --size, --fps, --buffers. */
extern const struct argp_option options_video_table[];
bool options_video_set(struct vsetup *setup, int key, const char *text);

/** What vpipe does when nothing is said. */
#define OPTIONS_CV_DEFAULTS                                    \
	{                                                      \
		.algo = VPIPE_ALGO_THRESHOLD, .threshold = 127 \
	}

/** --algo, --threshold, --roi, --no-crc, --cache. */
extern const struct argp_option options_cv_table[];
bool options_cv_set(struct node_cv *cv, int key, const char *text);

/** A whole number from @min to @max; ends the program if it is anything else. */
unsigned int options_parse_number(const char *what, const char *text, unsigned int min,
				  unsigned int max);

/** Which of @names it is, which ends with NULL; ends the program if it is none. */
unsigned int options_parse_choice(const char *what, const char *text, const char *const names[]);

#endif /* VPIPE_OPTIONS_H */
