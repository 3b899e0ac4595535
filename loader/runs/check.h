/* SPDX-License-Identifier: MIT */
/*
 * check.h - do the numbers of a run's files follow from each other?
 *
 * Functions return 0, or -EINVAL and have said what does not.
 */
#ifndef VPIPE_RUNS_CHECK_H
#define VPIPE_RUNS_CHECK_H

#include "loader/runs/read.h"

/** What run.json counts, and how many frames summary.csv has. */
int run_check_counts(const struct run_files *files);

/**
 * summary.csv, whose figures are in @files->run, against the histograms there, whose ranges are not
 * known before (if it @has_hists), and those of the rows of frames.csv (NULL: there are none).
 */
int run_check_numbers(struct run_files *files, bool has_hists, const struct vpipe_hist *rows);

#endif /* VPIPE_RUNS_CHECK_H */
