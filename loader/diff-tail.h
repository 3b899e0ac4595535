/* SPDX-License-Identifier: MIT */
/*
 * diff-tail.h - of two runs that are compared: their tails, and what of them is worse
 */
#ifndef VPIPE_DIFF_TAIL_H
#define VPIPE_DIFF_TAIL_H

#include <jansson.h>

#include "loader/model/change.h"

/** What is to be worse if the comparison is to fail. */
struct diff_limit {
	bool given; /**< else it never does */
	double above; /**< a part of A's figure */
};

/** p95, p99 and max of each of the rows of @path (change_rows()), in A and in B. */
void diff_print_tails(const struct path *path, const struct change *changes);

/** A line for each figure that is worse by more than @limit; or that none is, or that it can't be told. */
void diff_print_worse(const struct path *path, const struct change *changes,
		      const struct diff_limit *limit);

/** The same for programs: a list. */
json_t *diff_worse_to_json(const struct path *path, const struct change *changes,
			   const struct diff_limit *limit);

/** EXIT_GOOD; EXIT_NOT_HELD if any is worse; EXIT_INCOMPLETE if it can't be told. */
int diff_status(const struct path *path, const struct change *changes,
		const struct diff_limit *limit);

#endif /* VPIPE_DIFF_TAIL_H */
