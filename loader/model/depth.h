/* SPDX-License-Identifier: MIT */
/*
 * depth.h - how many frames the node had, over time
 *
 * Frames come in the order in which they left, their times do not: a frame that
 * was never asked for leaves late. So moments are kept in a heap and taken in
 * order once no earlier one is to be expected. The heap has a fixed size.
 */
#ifndef VPIPE_MODEL_DEPTH_H
#define VPIPE_MODEL_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/frame.h"

#define DEPTH_SLICES 10

/** Depth as frames found it when they came, themselves included. */
struct depth_slice {
	uint64_t frames; /**< that came in this part of the time */
	uint64_t sum; /**< of the depths they found */
	uint64_t max;
};

struct depth;

/** Start; the time from @from_ns to @to_ns is cut into DEPTH_SLICES. NULL: no memory. */
struct depth *depth_new(uint64_t from_ns, uint64_t to_ns);

/** Call @changed for each change of the depth, in order: it is @now since @ns. */
void depth_listen(struct depth *depth, void (*changed)(void *arg, uint64_t ns, uint64_t now),
		  void *arg);

/** The node had a frame from @queued_ns until @done_ns. */
void depth_add(struct depth *depth, uint64_t queued_ns, uint64_t done_ns);

/**
 * When that was: from the beginning of the stage in which @frame is queued to that of the last one,
 * when it is done. False: its @path has no such stages.
 */
bool depth_of_frame(const struct path *path, const struct frame *frame, uint64_t *queued_ns,
		    uint64_t *done_ns);

/**
 * All frames have been added: what was found. Returns the number of frames that
 * left too late to be counted in.
 */
uint64_t depth_finish(struct depth *depth, struct depth_slice slices[DEPTH_SLICES]);

/** NULL is allowed. */
void depth_free(struct depth *depth);

/** How many frames there were, in the mean over those of @slice; 0: there were none. */
double depth_mean(const struct depth_slice *slice);

#endif /* VPIPE_MODEL_DEPTH_H */
