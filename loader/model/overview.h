/* SPDX-License-Identifier: MIT */
/*
 * overview.h - all frames of a run, however many, in a picture of bounded size
 *
 * The time of the run is cut into slices. A slice has sums over its frames, exact to the nanosecond, and
 * the longest of them by themselves, whatever else is in it. Where each frame lies is told by cells: how
 * many frames of a slice have the same cost as their largest, and an end-to-end time in the same bucket
 * of a histogram, which is 1.6 % wide. A frame that is alone has a cell of its own: none that stands
 * out, up or down, is averaged away.
 */
#ifndef VPIPE_MODEL_OVERVIEW_H
#define VPIPE_MODEL_OVERVIEW_H

#include <stdint.h>

#include "loader/model/frame.h"

#define OVERVIEW_SLICES	 1024
#define OVERVIEW_LONGEST 16 /* of each slice are kept by themselves */

/** One that is. */
struct overview_frame {
	uint64_t number, start_ns, e2e_ns;
	uint64_t costs[MAX_COSTS];
};

struct overview_slice {
	uint64_t frames;
	uint64_t costs[MAX_COSTS]; /**< sums over them, ns */
	unsigned int n_longest;
	struct overview_frame longest[OVERVIEW_LONGEST]; /**< the longest first */
};

/** Some frames that lie together. */
struct overview_cell {
	uint32_t slice, bucket; /**< bucket: of their end-to-end time, as in hist.h */
	uint32_t cost; /**< the largest of each of them, the first of several as large */
	uint32_t frames; /**< 0: there is no such cell */
};

struct overview {
	const struct path *path;
	uint64_t from_ns, to_ns; /**< what is cut */
	struct overview_slice slices[OVERVIEW_SLICES];
	struct overview_cell *cells; /**< n_places of them, of which n_cells hold something */
	uint32_t n_places, n_cells;
};

/** Start one of frames on @path that begin from @from_ns to @to_ns; NULL: no memory. */
struct overview *overview_new(const struct path *path, uint64_t from_ns, uint64_t to_ns);

/** A frame came. Returns 0 or -ENOMEM. One that begins outside is in the slice next to it. */
int overview_add(struct overview *overview, const struct frame *frame);

/** Put the cells in order, by slice, bucket and cost; no frame can be added any more. */
void overview_sort(struct overview *overview);

/** Where slice @slice begins, ns from the beginning; that of OVERVIEW_SLICES is the end. */
uint64_t overview_begin(const struct overview *overview, unsigned int slice);

/** NULL is allowed. */
void overview_free(struct overview *overview);

#endif /* VPIPE_MODEL_OVERVIEW_H */
