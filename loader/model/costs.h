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

#include <stdint.h>

#include "loader/model/path.h"

/** X(cost, name): the costs of all paths that we know; COST_ns is its column in frames.csv. */
#define COSTS(X)                        \
	X(copies, "copies")             \
	X(compute, "compute")           \
	X(integrity, "integrity")       \
	X(queueing, "buffer queueing")  \
	X(switches, "context switches") \
	X(jitter, "scheduler jitter")   \
	X(transport, "transport")       \
	X(application, "application")   \
	X(unattributed, "unattributed") \
	X(device, "device")             \
	X(queue_lock, "queue lock")

enum {
#define X(cost, name) COST_##cost,
	COSTS(X)
#undef X
		N_COSTS,
};

/** A bit for each cost of a list of stages, STAGES(X) of loader/paths/table.h, with each stage's. */
#define CHARGE_ROW(stage, point, text, run, sleep, ...) | 1U << COST_##run | 1U << COST_##sleep

/** And those that any stage may have. */
#define CHARGES_OF_ALL (1U << COST_queueing | 1U << COST_jitter | 1U << COST_unattributed)

/** All of them, by these numbers. */
extern const struct cost costs[N_COSTS];

/** Is @cost of @path, which may be read from a file, that one of ours? */
bool cost_is(const struct path *path, unsigned int cost, unsigned int ours);

/**
 * Divide the end-to-end time of the record @frame, ns, mended before (record_mend()). @path is one
 * of loader/paths/, whose costs are those above.
 */
void record_costs(const struct path *path, const struct vpipe_frame *frame, uint64_t ns[N_COSTS]);

#endif /* VPIPE_MODEL_COSTS_H */
