/* SPDX-License-Identifier: MIT */
/*
 * rows.h - the columns of files whose rows are the same in every run
 */
#ifndef VPIPE_RUNS_ROWS_H
#define VPIPE_RUNS_ROWS_H

#include "loader/runs/schema.h"

extern const struct schema drop_schema; /**< drops.csv: a struct drop */
extern const struct schema cycle_schema; /**< buffers.csv: a struct cycle */
extern const struct schema thread_schema; /**< sched.csv: a struct thread */
extern const struct schema span_schema; /**< timeline.csv: a struct span */

/** What a thread of enum vpipe_role is called. */
extern const char *const thread_roles[];

#endif /* VPIPE_RUNS_ROWS_H */
