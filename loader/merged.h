/* SPDX-License-Identifier: MIT */
/*
 * merged.h - several runs, and what they are together, as `vpipe-trace merge` shows them
 */
#ifndef VPIPE_LOADER_MERGED_H
#define VPIPE_LOADER_MERGED_H

#include <jansson.h>

#include "loader/model/run.h"

/** A run, or all of them: a row of the table. */
struct merged_row {
	const char *name; /**< DIR/NAME */
	uint64_t frames; /**< that the times are of */
	struct latency e2e;
	bool has_missing; /**< it is known how many frames never came */
	uint64_t missing;
	uint64_t lost; /**< data that are missing */
	bool has_cost; /**< it is known which is the largest */
	unsigned int cost;
	double share; /**< of the largest, of the time of all frames */
	char *incomplete; /**< what is missing; NULL: nothing */
};

struct merged {
	struct merged_row *rows; /**< one a run */
	size_t n;
	struct run sum; /**< on the path of all of them */
};

/** A row of @run, whose figures are known. */
struct merged_row merged_row_of(const char *name, const struct run *run);

/** That of all of them. */
struct merged_row merged_sum_row(const struct merged *merged);

void merged_print(const struct merged *merged);

/** The same for programs; NULL: no memory. */
json_t *merged_print_json(const struct merged *merged);

#endif /* VPIPE_LOADER_MERGED_H */
