/* SPDX-License-Identifier: MIT */
/*
 * output.h - the CSV file of a program, and what is said when it can't be written
 */
#ifndef VPIPE_OUTPUT_H
#define VPIPE_OUTPUT_H

#include <stdbool.h>

#include "user/lib/csv.h"

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

#endif /* VPIPE_OUTPUT_H */
