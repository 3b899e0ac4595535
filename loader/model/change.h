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
 * block pay, a median what all do, though a few pay much more. The tail (p95, p99, the longest frame)
 * is tested in the same way, by that of each block: it has grown if it has in most of them.
 */
#ifndef VPIPE_MODEL_CHANGE_H
#define VPIPE_MODEL_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/latency.h"
#include "loader/model/path.h"

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
	bool unlike; /**< it is not the same in both: there is no change, and no ranges */
	struct range mean, median;
	struct range p95, p99, max; /**< the tail */
};

/** Of the pairs of blocks, how many may contradict where @rows are compared. */
unsigned int change_contrary(unsigned int rows);

/** The same for their tails, of which each row has three. */
unsigned int change_tail_contrary(unsigned int rows);

/** Compare it, with as many pairs @contrary, and @tail of the tail. */
struct change change_of(const struct series *a, const struct series *b, unsigned int contrary,
			unsigned int tail);

/** The one that has it, "A" or "B"; NULL: both have, or none. */
const char *change_only_in(const struct change *change);

/** Did any of the tail change by more than the noise? */
bool change_of_tail(const struct change *change);

/** What of a row can be worse in B. */
enum change_what {
	CHANGE_P50,
	CHANGE_P95,
	CHANGE_P99,
	CHANGE_MAX,
	CHANGE_N_WHATS,
};

/** Its name: "p99". */
const char *change_name(enum change_what what);

/** Its value, ns. */
uint64_t change_value(const struct latency *latency, enum change_what what);

/** Is it longer in B by more than @above, a part of A's, and by more than the noise? */
bool change_is_worse(const struct change *change, enum change_what what, double above);

/** The rows of which two runs on @path are compared: its costs, the end-to-end time, its stages. */
unsigned int change_rows(const struct path *path);

/** That of the end-to-end time; costs are before it, stages behind. */
unsigned int change_e2e(const struct path *path);

/** What @row is called. */
const char *change_row_name(const struct path *path, unsigned int row);

#endif /* VPIPE_MODEL_CHANGE_H */
