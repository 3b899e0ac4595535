/* SPDX-License-Identifier: MIT */
/*
 * costs.h - what a frame's time is charged to
 *
 * Stages say where a frame was; costs say why it took that long. Both are
 * divisions of the same nanoseconds: the costs of a frame add up to its
 * end-to-end time exactly. docs/attribution.md explains the rules.
 */
#ifndef VPIPE_MODEL_COSTS_H
#define VPIPE_MODEL_COSTS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

/** X(cost, name): cost is the column COST_ns of frames.csv. */
#define VPIPE_COSTS(X)                  \
	X(copies, "copies")             \
	X(compute, "compute")           \
	X(integrity, "integrity")       \
	X(queueing, "buffer queueing")  \
	X(switches, "context switches") \
	X(jitter, "scheduler jitter")   \
	X(transport, "transport")       \
	X(application, "application")   \
	X(unattributed, "unattributed")

enum cost {
#define X(cost, name) COST_##cost,
	VPIPE_COSTS(X)
#undef X
		N_COSTS,
};

/** A cost as a person reads it: "buffer queueing". */
const char *cost_name(unsigned int cost);

/** First point of @frame that was seen: the beginning of its end-to-end time, ns. */
uint64_t frame_start(const struct vpipe_frame *frame);

/** Time in @stage, ns; 0 if it was not seen. */
uint64_t frame_stage(const struct vpipe_frame *frame, unsigned int stage);

/**
 * The part of @stage (source or pickup) in which the buffer was done and the
 * application had not asked for it, ns.
 */
uint64_t frame_dwell(const struct vpipe_frame *frame, unsigned int stage);

/**
 * Leave out what contradicts itself: a stage whose thread waited, slept or was not asked for
 * longer than the stage lasted becomes unknown, and so does a copy longer than the hand-off that
 * it is a part of. Returns how many there were; 0 is all that should be.
 */
unsigned int frame_mend(struct vpipe_frame *frame);

/** Is it known how long the application copied @frame, which is source.copy_ns? */
bool frame_knows_copy(const struct vpipe_frame *frame);

/** Divide the end-to-end time of @frame, ns. */
void frame_costs(const struct vpipe_frame *frame, uint64_t costs[N_COSTS]);

#endif /* VPIPE_MODEL_COSTS_H */
