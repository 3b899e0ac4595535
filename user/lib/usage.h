/* SPDX-License-Identifier: MIT */
/*
 * usage.h - context switches and page faults of this thread
 */
#ifndef VPIPE_USAGE_H
#define VPIPE_USAGE_H

#include <stdint.h>

#include "lib/csv.h"

/** Names of the cells that usage_cells() writes. */
#define USAGE_COLUMNS "nvcsw,nivcsw,minflt"

struct usage {
	uint64_t nvcsw; /**< voluntary context switches: it waited */
	uint64_t nivcsw; /**< involuntary ones: it was preempted */
	uint64_t minflt; /**< page faults without I/O */
};

/** What this thread has used since it began. */
struct usage usage_now(void);

/** What it has used since *@last, which becomes now: laps add up to the whole. */
struct usage usage_lap(struct usage *last);

/** Three cells. */
void usage_cells(struct csv *csv, const struct usage *usage);

#endif /* VPIPE_USAGE_H */
