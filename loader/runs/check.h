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
int run_check_counts(const struct run_files *run, const struct latency told[VPIPE_N_HISTS]);

/**
 * summary.csv, as @told, against hist.csv (@hists, whose ranges are not known yet; NULL:
 * there is none) and the rows of frames.csv (@rows; NULL: there are none).
 */
int run_check_numbers(const struct run_files *run, const struct latency told[VPIPE_N_HISTS],
		      struct vpipe_hist *hists, const struct vpipe_hist *rows);

#endif /* VPIPE_RUNS_CHECK_H */
