/* SPDX-License-Identifier: MIT */
/*
 * figures.h - the columns of the files that have figures of a whole run, of its devices and threads
 *
 * Their rows are no struct: these schemas are for the first line, and for who reads the files.
 */
#ifndef VPIPE_RUNS_FIGURES_H
#define VPIPE_RUNS_FIGURES_H

#include "loader/runs/files.h"
#include "loader/runs/schema.h"

extern const struct schema hist_schema; /**< hist.csv */
extern const struct schema device_hist_schema; /**< device-hist.csv */
extern const struct schema summary_schema; /**< summary.csv */
extern const struct schema causes_schema; /**< causes.csv */
extern const struct schema counters_schema; /**< counters.csv */
extern const struct schema devices_schema; /**< devices.csv */

/** Of a file whose columns are the same in every run; NULL: it is none. */
const struct schema *schema_of_file(enum run_file file);

#endif /* VPIPE_RUNS_FIGURES_H */
