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

#include "lib/csv.h"
#include "user/lib/options.h"
#include "user/lib/totals.h"

/** Room for the path of a node. */
#define CAPTURE_PATH 256

/** How such a program ends, for its --help. */
#define CAPTURE_EXIT_DOC                                                                  \
	"Exit status: 0 good, 1 failed, 2 usage, 3 some frames are damaged, 130 Ctrl-C; " \
	"the rows of the frames captured so far are kept in any case."

/** What a user can do about a node that fails with @err, or NULL. */
const char *capture_way_out(int err);

/**
 * device_resolve(); prints why it failed. @what is what the node is to be: "source".
 * Returns 0 or -errno.
 */
int capture_find(const char *what, const char *name, unsigned int caps, char path[CAPTURE_PATH]);

/** Warn if the source at @path does not have the frame rate that was asked for (0: it has none). */
void capture_check_rate(const char *path, unsigned int asked_fps, double actual_fps);

/** A run: how a program takes its frames. Each function is given its env. */
struct capture {
	void *env;
	const struct options_rows *options;
	const char *header; /**< columns of the rows */
	const char *what; /**< what sample.took_ns is, for the summary: "turnaround" */
	const char *source; /**< path of what dates the frames, or NULL */
	/** What can fail before the file of the rows is begun. Returns 0 or -errno, told of. */
	int (*prepare)(void *env);
	/** Start streaming. Returns 0 or -errno, told of; close() is called in any case. */
	int (*open)(void *env);
	/** Take a frame. Returns 0, or -errno described by v4l2_error(); -EINTR after a signal. */
	int (*take)(void *env, struct sample *sample);
	/** Write the row of the frame taken last. Returns 0 or -errno, sticky in @csv. */
	int (*row)(void *env, struct csv *csv, uint64_t number, const struct rusage_counts *usage);
	void (*close)(void *env);
	struct csv *csv; /**< capture_run()'s own, as is what follows */
	struct totals totals;
};

/**
 * All of it: options->frames frames, their rows, the summary. Complete rows are kept,
 * whatever happened after them. Returns the exit status.
 */
int capture_run(struct capture *capture);

#endif /* VPIPE_CAPTURE_H */
