/* SPDX-License-Identifier: MIT */
/*
 * part.h - where in a frame a cost was: in which stage, and in which part of it
 *
 * What a stage takes has up to four parts, each charged to a cost: its carrier runs, waits for a
 * CPU, sleeps; or the frame is done and nobody has asked for it. That a copy is taken out of the
 * running part is told by what is missing there.
 */
#ifndef VPIPE_MODEL_PART_H
#define VPIPE_MODEL_PART_H

#include "loader/model/frame.h"

enum part_kind {
	PART_RUNNING, /**< the carrier is on a CPU */
	PART_COPYING, /**< likewise, and copies */
	PART_RUNQ, /**< it waits for a CPU */
	PART_BLOCKED, /**< it sleeps */
	PART_DWELL, /**< nobody has asked for the frame yet */
	PART_WHOLE, /**< all of the stage: what its carrier did is not known */
	N_PART_KINDS,
};

/** What they are called, as the columns of frames.csv: "runq". */
extern const char *const part_names[N_PART_KINDS];

struct part {
	unsigned int stage; /**< n_stages: there is no such part */
	enum part_kind kind;
	uint64_t ns;
};

/** The largest cost of @frame. */
unsigned int frame_largest_cost(const struct frame *frame, const struct path *path);

/** The largest part of @frame that is charged to @cost. */
struct part frame_part(const struct frame *frame, const struct path *path, unsigned int cost);

#endif /* VPIPE_MODEL_PART_H */
