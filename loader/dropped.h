/* SPDX-License-Identifier: MIT */
/*
 * dropped.h - how many frames of a run never came, found out while its rows are read
 */
#ifndef VPIPE_LOADER_DROPPED_H
#define VPIPE_LOADER_DROPPED_H

#include "loader/model/drops.h"
#include "loader/model/run.h"

/** What tells of them; all zero at first. It is large. */
struct dropped {
	struct drops drops;
	uint64_t unknown; /**< frames whose source frame is not known */
};

/** One of the run's rows: the listener's frame() (loader/runs/read.h), @dropped is its argument. */
void dropped_frame(void *dropped, const struct frame *frame);

/**
 * All of @run is read. Of our node: gaps in the source's sequence. Of other devices: what never came
 * of each. False: it is not known how many; else *@n is.
 */
bool dropped_in(struct dropped *dropped, const struct run *run, uint64_t *n);

#endif /* VPIPE_LOADER_DROPPED_H */
