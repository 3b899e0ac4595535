/* SPDX-License-Identifier: MIT */
/*
 * diff-rows.h - of two runs that are compared: what changed, for a person
 *
 * Rows are those of change_rows(). What took no time in either run is left out.
 */
#ifndef VPIPE_DIFF_ROWS_H
#define VPIPE_DIFF_ROWS_H

#include "loader/model/change.h"
#include "loader/model/run.h"

/** Columns of the name of a row. */
#define DIFF_NAME 16

/** A time, in its 8 columns and one before. */
void diff_print_ns(uint64_t ns);

/** Did @change take no time in either run, or was never seen? */
bool diff_is_nothing(const struct change *change);

/** The answer in a sentence or two: does a frame take longer, by what; and which frames are missing. */
void diff_print_answer(const struct run *a, const struct run *b, const struct change *changes);

/** The mean and the median of each row, in A and in B. */
void diff_print_rows(const struct path *path, const struct change *changes);

/** What changed by more than the noise, and between which bounds. */
void diff_print_ranges(const struct path *path, const struct change *changes);

#endif /* VPIPE_DIFF_ROWS_H */
