/* SPDX-License-Identifier: MIT */
/*
 * deadline.h - by when a frame should be at its end, and which are not
 */
#ifndef VPIPE_MODEL_DEADLINE_H
#define VPIPE_MODEL_DEADLINE_H

#include "loader/model/run.h"

/**
 * The period of the frames of a run, ns, if it is known: of what was asked for, or, where the run
 * joined what was streaming already, of the nodes that say, if they agree; 0: it is not.
 */
uint64_t deadline_period(const struct run_facts *facts);

/** Ns from frame to frame as deadline_period() has them, or as a device's came; 0: not known. */
uint64_t run_period(const struct run *run);

/** The run of @facts has the deadline @asked_ns; 0: that of its frame period, if it is known. */
void deadline_set(struct run_facts *facts, uint64_t asked_ns);

/** How many frames there are that could be late: those of the warm-up are not. */
uint64_t deadline_frames(const struct run *run);

#endif /* VPIPE_MODEL_DEADLINE_H */
