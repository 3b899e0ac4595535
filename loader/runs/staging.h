/* SPDX-License-Identifier: MIT */
/*
 * staging.h - the files of a run appear together, or not at all
 *
 * They are written in a hidden folder beside their place and moved there when
 * the run is complete. Until then the files of an earlier run of that name
 * stay as they are. The folder is locked: one run of a name at a time.
 *
 * The run before is kept as NAME.old, if it is whole; the one before that is gone then.
 *
 * Files that no run wrote are nobody's but the user's (identity.h): one that is in the
 * way is set aside, one that is not is left alone. So is one that a run wrote and
 * somebody changed since. A run that was killed while its files were moved, or could not
 * move them all, is completed by the next one of that name.
 */
#ifndef VPIPE_RUNS_STAGING_H
#define VPIPE_RUNS_STAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/runs/files.h"

struct staging;

/**
 * Prepare for the run @prefix: "NAME" for files bench/NAME.*, or a path
 * "DIR/NAME" in an existing folder. @bytes is how much it will write, at a
 * guess: too little space is found out now. Returns 0 or -errno, having said why.
 */
int staging_open(struct staging **out, const char *prefix, uint64_t bytes);

/** DIR/NAME of the run. */
const char *staging_prefix(const struct staging *staging);

/** The hidden folder. */
const char *staging_folder(const struct staging *staging);

/** Where to write @file until the run is complete. Valid until staging_close(). */
const char *staging_path(const struct staging *staging, enum run_file file);

/**
 * Move what was written into place, and what an earlier run has there to NAME.old. A file
 * of one that is not whole, and that this one has not written, is removed. Returns 0 or -errno, having said why.
 */
int staging_commit(struct staging *staging);

/** Has this run put @file in place? */
bool staging_wrote(const struct staging *staging, enum run_file file);

/** Remove the folder with what is left in it; NULL is allowed. */
void staging_close(struct staging *staging);

#endif /* VPIPE_RUNS_STAGING_H */
