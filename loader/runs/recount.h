/* SPDX-License-Identifier: MIT */
/*
 * recount.h - the rows of a run that is read back, counted once more
 *
 * As the run counted them, which its files are held against (check.h); and with more of the first
 * ones left out, if that is wanted now.
 */
#ifndef VPIPE_RUNS_RECOUNT_H
#define VPIPE_RUNS_RECOUNT_H

#include "loader/model/run.h"

struct recount {
	uint64_t leave_out; /**< the first of each device; of a chain, the first rows */
	struct vpipe_hist
		*hists; /**< path_n_hists(): of the rows that the run has in its figures */
	struct vpipe_hist *kept; /**< of those that are to be in them now; NULL: the same */
	uint64_t warmup; /**< rows that the run left out */
	uint64_t deadline_ns, over; /**< that of the run, and rows over it */
	uint64_t seen[VPIPE_MAX_DEVICES]; /**< rows of each device */
};

/** Begin, of @run, which has no row yet. Returns 0 or -ENOMEM; recount_free() in any case. */
int recount_init(struct recount *recount, const struct run *run, uint64_t leave_out);

void recount_free(struct recount *recount);

/** A row came, which is added to @run; one that is left out is marked. */
void recount_row(struct recount *recount, struct run *run, struct frame *frame);

/**
 * All are there, and as they should be: the figures of @run are those of the rows that are kept, but
 * for the waits for a CPU, which no row has. From frame to frame of a device is not known if more rows
 * are left out than the run had done.
 */
void recount_finish(struct recount *recount, struct run *run);

#endif /* VPIPE_RUNS_RECOUNT_H */
