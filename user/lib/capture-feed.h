/* SPDX-License-Identifier: MIT */
/*
 * capture-feed.h - programs that send one image through vpipe, without a camera
 *
 * The env of their struct tool is a struct capture_feed.
 */
#ifndef VPIPE_CAPTURE_FEED_H
#define VPIPE_CAPTURE_FEED_H

#include "user/lib/capture.h"
#include "user/lib/feed.h"
#include "user/lib/options.h"
#include "user/lib/output.h"

struct capture_feed {
	struct options_rows rows;
	const char *vpipe; /**< as the user names it */
	char vpipe_path[CAPTURE_PATH];
	const char *fixture; /**< file of the image; NULL: a ramp */
	const char *out; /**< where the last result goes, or NULL */
	struct newfile out_file;
	struct pgm image; /**< first the fixture, then the last result */
	struct feed_config config;
	struct feed feed;
	struct pipeline_frame frame; /**< the last one */
};

/** One before the command line is read; rows go to @file, or nowhere if it is NULL. */
#define CAPTURE_FEED_DEFAULTS(file)                                                               \
	{                                                                                         \
		.rows = OPTIONS_ROWS_DEFAULTS(file), .vpipe = VPIPE_NAME, .out_file = {.fd = -1}, \
		.config = {.heap = HEAP_DEFAULT,                                                  \
			   .buffers = 4,                                                          \
			   .depth = 1,                                                            \
			   .cv = OPTIONS_CV_DEFAULTS},                                            \
	}

/** Keys, for arguments of the same meaning. */
enum {
	CAPTURE_FEED_HEAP = OPTIONS_OWN,
	CAPTURE_FEED_FIXTURE,
	CAPTURE_FEED_OUTPUT,
	CAPTURE_FEED_BUFFERS,
	CAPTURE_FEED_DEPTH,
};

/** What is about node, heap and images; a program has the tables of rows and cv as well. */
extern const struct argp_option capture_feed_table[];

/** For struct tool. */
bool capture_feed_set(void *env, int key, const char *text);
int capture_feed_run(void *env);

/** For --help. */
#define CAPTURE_FEED_HEAP_DOC                                                                 \
	"Where " HEAP_DEFAULT " is missing, " HEAP_UDMABUF " takes its place; the CSV names " \
	"the one that was used in its column heap."

#endif /* VPIPE_CAPTURE_FEED_H */
