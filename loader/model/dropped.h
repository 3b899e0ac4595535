/* SPDX-License-Identifier: MIT */
/*
 * dropped.h - how many frames of a run never came, and whether that is known
 *
 * Of our own node they are its source's, found out while the rows come; of others, each device's.
 */
#ifndef VPIPE_MODEL_DROPPED_H
#define VPIPE_MODEL_DROPPED_H

#include "loader/model/drops.h"
#include "loader/model/run.h"

/** What rows tell of source frames; all zero at first. It is large. */
struct dropped {
	struct drops drops;
	uint64_t sourceless; /**< frames whose source frame is not known */
};

/** A row came: as a listener's frame() is called (loader/runs/read.h), @dropped is a struct dropped. */
void dropped_add(void *dropped, const struct frame *frame);

/** There are no more. */
void dropped_finish(struct dropped *dropped);

/** Why it is not known how many frames of @run never came; NULL: dropped_missing() says. */
const char *dropped_why(const struct dropped *dropped, const struct run *run);

/** The same of one of its devices: device_missing(). */
const char *dropped_device_why(const struct run *run, const struct device_sums *device);

/** How many are missing by the numbers of those that came. */
uint64_t dropped_missing(const struct dropped *dropped, const struct run *run);

/** It is not known, but there were no more of them than these. */
bool dropped_at_most(const struct dropped *dropped, const struct run *run);

#endif /* VPIPE_MODEL_DROPPED_H */
