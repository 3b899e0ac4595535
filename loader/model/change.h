/* SPDX-License-Identifier: MIT */
/*
 * change.h - is a change from one run to another larger than the noise?
 *
 * Frames that follow each other are not independent (a queue, a busy neighbour, a cold cache last
 * for several), so each run is cut into consecutive blocks and a block counts as one observation:
 * the method of batch means (Law, Kelton: Simulation Modeling and Analysis). The blocks of A and
 * B are compared by the rank test of Mann and Whitney (1947), which assumes no distribution; a
 * block with an outlier, however far out, is one block. The range of the change is that of Hodges
 * and Lehmann (1963), which goes with the test: it excludes 0 if and only if the test finds a
 * change. Means and medians of the blocks are both tested: a mean sees what a few frames of each
 * block pay, a median what all do, though a few pay much more.
 */
#ifndef VPIPE_MODEL_CHANGE_H
#define VPIPE_MODEL_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/latency.h"

#define CHANGE_BLOCKS	  10
#define CHANGE_MIN_FRAMES 100 /* 10 a block */

/** A cost, the end-to-end time, or a stage, in one run. */
struct series {
	struct vpipe_hist all;
	struct vpipe_hist blocks[CHANGE_BLOCKS];
};

/** Which block frame number @frame of @frames is in. */
unsigned int series_block(uint64_t frame, uint64_t frames);

/** It took @ns in a frame of @block. */
void series_add(struct series *series, unsigned int block, uint64_t ns);

/** Range of a change, ns a frame. */
struct range {
	double low, high;
	bool real; /**< it is beyond the noise, all of it */
};

/** What became of it from A to B. */
struct change {
	struct latency a, b;
	bool enough; /**< frames, to tell a change from noise; if not there are no ranges */
	struct range mean, median;
};

/** Of the pairs of blocks, how many may contradict where @rows are compared. */
unsigned int change_contrary(unsigned int rows);

/** Compare it, with as many pairs @contrary. */
struct change change_of(const struct series *a, const struct series *b, unsigned int contrary);

#endif /* VPIPE_MODEL_CHANGE_H */
