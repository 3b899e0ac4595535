/* SPDX-License-Identifier: MIT */
/*
 * run-csv.h - a CSV file of a run, for the sinks that write one
 */
#ifndef VPIPE_SINKS_RUN_CSV_H
#define VPIPE_SINKS_RUN_CSV_H

#include "lib/csv.h"
#include "loader/runs/schema.h"
#include "loader/sinks/sink.h"

/** Start @file with the columns of @schema. Returns 0 or -errno, having said why. */
int run_csv_open(struct csv **csv, const struct sink_place *place, enum run_file file,
		 const struct schema *schema);

/** Put it in its place. Returns 0 or -errno of anything that went wrong with it, having said why. */
int run_csv_commit(struct csv *csv, const struct sink_place *place, enum run_file file);

/** Cells of @n numbers, or empty ones where they are not @known. */
void run_csv_numbers(struct csv *csv, const uint64_t *numbers, size_t n, bool known);

/** The cell of one number, or an empty one. */
void run_csv_number(struct csv *csv, uint64_t number, bool known);

/** A share of a whole; empty: it does not apply. */
void run_csv_share(struct csv *csv, const struct latency *latency);

/** The buckets of @hist that hold something, a row each, of @stage; of @device, if that is a column. */
void run_csv_hist(struct csv *csv, const char *device, const char *stage,
		  const struct vpipe_hist *hist);

#endif /* VPIPE_SINKS_RUN_CSV_H */
