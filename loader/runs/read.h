/* SPDX-License-Identifier: MIT */
/*
 * read.h - the files of a run, read back
 *
 * Nothing is taken on trust: a file that is cut off, has been edited, or belongs
 * to another run than its neighbours is an error, by its identity (identity.h) if
 * the run has one, by what it holds (check.h) in any case. Functions return 0 or -errno
 * and have said why on stderr. Memory does not grow with the length of the run.
 */
#ifndef VPIPE_RUNS_READ_H
#define VPIPE_RUNS_READ_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "loader/model/run.h"
#include "loader/model/span.h"
#include "loader/runs/files.h"

/** A run, from its files. Strings live as long. */
struct run_files {
	char *prefix; /**< DIR/NAME */
	json_t *json; /**< run.json, the whole of it */
	uint64_t format; /**< 0: older than that is counted; its files have no identity */
	struct path *path; /**< that run.json describes; NULL: it does not */
	struct run run; /**< what is known of it so far */
	char missing[512]; /**< what of it is, in a line */
	uint64_t rows; /**< that frames.csv has */
	uint64_t warmup_rows; /**< of these, how many the run left out of its figures */
	/** Set before run_files_read(): the first rows of each device that are to be left out, too. */
	uint64_t leave_out;
	uint64_t over; /**< rows over the deadline, as the run counted them */
	uint64_t deadline_ns; /**< set before run_files_read(): instead of the run's; 0: that */
};

/** Read run.json of the run that @name means: names_find(). */
int run_files_open(struct run_files *files, const char *name);

/**
 * The path of @file of the run, which is as the run wrote it. Returns 0; -ENOENT: it has written none;
 * or -EINVAL, having said why: it has been changed. Whether it can be read is left to who reads it.
 */
int run_files_path(const struct run_files *files, enum run_file file, char path[PATH_MAX]);

/** May a file called @name be written? Returns 0; -EINVAL, having said so: it is one of the run's own. */
int run_files_spare(const struct run_files *files, const char *name);

/** Who is called for every row of a file, in order, one file after the other; NULL: it is not read. */
struct run_listener {
	void (*frame)(void *arg, const struct frame *frame); /**< never NULL */
	void (*drop)(void *arg, const struct drop *drop); /**< of drops.csv, if the run has one */
	void (*cycle)(void *arg, const struct cycle *cycle); /**< of buffers.csv, likewise */
	void (*span)(void *arg, const struct span *span); /**< of timeline.csv, likewise */
	void *arg;
	bool threads; /**< sched.csv is read, too, if there is one, before the rows: to run.threads */
};

/**
 * Read summary.csv, hist.csv and frames.csv, and hold them against each other: the figures of the
 * stages and the costs, and the histograms, go to @files->run, the rows, if there are any, to
 * @listener. So do those of the other files that it wants, which are held against run.json. What was
 * read is worth nothing if this fails. With @files->leave_out the figures are those of the rows, but
 * for the first ones, which are marked as a warm-up.
 */
int run_files_read(struct run_files *files, const struct run_listener *listener);

/** Where it has no rows: by what that is, as an option or a verb is called. */
const char *run_files_why_no_rows(const struct run_files *files);

/**
 * Has it read the histograms, which the run of an old version may lack? Returns 0; or -ENOENT, having
 * said that there is no @what without them.
 */
int run_files_have_hists(const struct run_files *files, const char *what);

/** Free what run_files_open() got, also if that failed half-way. */
void run_files_close(struct run_files *files);

#endif /* VPIPE_RUNS_READ_H */
