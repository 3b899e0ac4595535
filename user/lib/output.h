/* SPDX-License-Identifier: MIT */
/*
 * output.h - the files of a program, and what is said when they can't be written
 */
#ifndef VPIPE_OUTPUT_H
#define VPIPE_OUTPUT_H

#include <stdbool.h>

#include "lib/csv.h"
#include "lib/newfile.h"
#include "user/lib/pgm.h"

/** Folder of the files that are written when no name is given. */
#define OUTPUT_FOLDER "bench"

/**
 * csv_create(); prints why it failed. Only if @given is false, so that @path is
 * a program's default, OUTPUT_FOLDER is made when missing.
 * Returns 0 or -errno.
 */
int output_open(struct csv **out, const char *path, bool given, const char *header);

/** csv_commit(); prints why it failed. Returns 0 or -errno. */
int output_commit(struct csv *csv, const char *path);

/** newfile_open() of another file than rows; prints why it failed. Returns 0 or -errno. */
int output_open_file(struct newfile *file, const char *path);

/** pgm_alloc(); prints why it failed. Returns 0 or -ENOMEM. */
int output_alloc_pgm(struct pgm *image, unsigned int width, unsigned int height);

/** Write @image to a file that was started and commit it; prints why it failed. 0 or -errno. */
int output_commit_pgm(struct newfile *file, const char *path, const struct pgm *image);

#endif /* VPIPE_OUTPUT_H */
