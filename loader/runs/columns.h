/* SPDX-License-Identifier: MIT */
/*
 * columns.h - what frames.csv has of a frame: that depends on its path
 */
#ifndef VPIPE_RUNS_COLUMNS_H
#define VPIPE_RUNS_COLUMNS_H

#include "loader/runs/schema.h"

/** The columns of the path of @run, which must live as long: of a struct frame. NULL: no memory. */
const struct schema *columns_new(const struct run *run);

/** NULL is allowed. */
void columns_free(const struct schema *schema);

#endif /* VPIPE_RUNS_COLUMNS_H */
