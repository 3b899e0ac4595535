/* SPDX-License-Identifier: MIT */
/*
 * tables.h - the figures of a whole run, read back: summary.csv and hist.csv
 *
 * Rows may come in whatever order; those of stages that the path doesn't have are left alone.
 * Functions return 0 or -errno, and have said why.
 */
#ifndef VPIPE_RUNS_TABLES_H
#define VPIPE_RUNS_TABLES_H

#include "lib/csv-read.h"
#include "loader/model/run.h"

/** To the latencies of @run. */
int tables_read_summary(struct csv_reader *csv, struct run *run);

/** To its histograms. */
int tables_read_hists(struct csv_reader *csv, struct run *run);

#endif /* VPIPE_RUNS_TABLES_H */
