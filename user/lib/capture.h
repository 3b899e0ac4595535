/* SPDX-License-Identifier: MIT */
/*
 * capture.h - the course of a program that takes frames and writes a row of each
 *
 * It is the same for all of them: find the nodes, start, take frame by frame,
 * keep the complete rows whatever happens, add up. They differ in how a frame is
 * taken and what its row holds.
 */
#ifndef VPIPE_CAPTURE_H
#define VPIPE_CAPTURE_H

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/csv.h"
#include "user/lib/totals.h"

/** Room for the path of a node. */
#define CAPTURE_PATH 256

/** How such a program ends, for its --help. */
#define CAPTURE_EXIT_DOC                                                                  \
	"Exit status: 0 good, 1 failed, 2 usage, 3 some frames are damaged, 130 Ctrl-C; " \
	"the rows of the frames captured so far are kept in any case."

/** A struct args_common before the command line is read. */
#define CAPTURE_DEFAULTS(file)                                                              \
	{                                                                                   \
		.csv = (file), .frames = 300, .min_frames = 1, .timeout_ns = 5 * NS_PER_SEC \
	}

/** What a user can do about a node that fails with @err, or NULL. */
const char *capture_way_out(int err);

/**
 * device_resolve(); prints why it failed. @what is what the node is to be: "source".
 * Returns 0 or -errno.
 */
int capture_find(const char *what, const char *name, unsigned int caps, char path[CAPTURE_PATH]);

/** Warn if the source at @path does not have the frame rate that was asked for (0: it has none). */
void capture_check_rate(const char *path, unsigned int asked_fps, double actual_fps);

/** A program's frames. */
struct capture {
	const struct args_common *common;
	struct csv *csv; /**< NULL: no rows are written */
	const char *what; /**< what sample.took_ns is, for the summary: "turnaround" */
	const char *source; /**< path of what dates the frames, or NULL */
	/** Take a frame. Returns 0, or -errno described by v4l2_error(); -EINTR after a signal. */
	int (*take)(void *tool, struct sample *sample);
	/** Write the row of the frame taken last. Returns 0 or -errno, sticky in @csv. */
	int (*row)(void *tool, struct csv *csv, uint64_t number, const struct usage *usage);
	void *tool;
	struct totals totals;
};

/** Take common->frames frames. Returns 0, or -errno with its message printed (-EINTR: none). */
int capture_frames(struct capture *capture);

/**
 * Put the rows in place, say what came of it; @err is that of what went before,
 * or 0. Complete rows are kept, whatever happened after them. Returns the exit
 * status; @capture->csv is gone.
 */
int capture_finish(struct capture *capture, int err);

/** stop_init(); prints why it failed. Returns 0 or -errno. */
int capture_init(void);

#endif /* VPIPE_CAPTURE_H */
