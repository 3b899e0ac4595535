/* SPDX-License-Identifier: MIT */
/*
 * rusage.h - context switches and page faults of this thread
 */
#ifndef VPIPE_RUSAGE_H
#define VPIPE_RUSAGE_H

#include <stdint.h>

#include "lib/csv.h"

/** Names of the cells that rusage_cells() writes. */
#define RUSAGE_COLUMNS "nvcsw,nivcsw,minflt"

struct rusage_counts {
	uint64_t nvcsw; /**< voluntary context switches: it waited */
	uint64_t nivcsw; /**< involuntary ones: it was preempted */
	uint64_t minflt; /**< page faults without I/O */
};

/** What this thread has used since it began. */
struct rusage_counts rusage_now(void);

/** What it has used since *@last, which becomes now: laps add up to the whole. */
struct rusage_counts rusage_lap(struct rusage_counts *last);

/** Three cells. */
void rusage_cells(struct csv *csv, const struct rusage_counts *usage);

#endif /* VPIPE_RUSAGE_H */
