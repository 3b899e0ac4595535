/* SPDX-License-Identifier: MIT */
/*
 * check.h - do the numbers of a run's files follow from each other?
 *
 * Functions return 0, or -EINVAL and have said what does not.
 */
#ifndef VPIPE_RUNS_CHECK_H
#define VPIPE_RUNS_CHECK_H

#include "loader/model/run.h"

/**
 * What @run, of the files @prefix.*, counts in run.json, with @rows rows, of which @warmup are left
 * out, and in summary.csv.
 */
int run_check_counts(const char *prefix, const struct run *run, uint64_t rows, uint64_t warmup);

/**
 * summary.csv, whose figures are in @run, against the histograms there, whose ranges are not known
 * before (if it @has_hists), and those of the rows of frames.csv (@rows; NULL: there are none).
 */
int run_check_numbers(const char *prefix, struct run *run, bool has_hists,
		      const struct vpipe_hist *rows);

#endif /* VPIPE_RUNS_CHECK_H */
