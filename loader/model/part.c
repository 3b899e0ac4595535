// SPDX-License-Identifier: MIT
/* part.c - see part.h */

#include "loader/model/costs.h"
#include "loader/model/part.h"

const char *const part_names[N_PART_KINDS] = {
	[PART_RUNNING] = "running", [PART_COPYING] = "copy", [PART_RUNQ] = "runq",
	[PART_BLOCKED] = "blocked", [PART_DWELL] = "dwell",  [PART_WHOLE] = "whole",
};

unsigned int frame_largest_cost(const struct frame *frame, const struct path *path)
{
	unsigned int largest = 0;

	for (unsigned int cost = 1; cost < path->n_costs; cost++) {
		if (frame->costs[cost] > frame->costs[largest])
			largest = cost;
	}
	return largest;
}

/* How long @stage takes but for what is told of it. */
static uint64_t running_ns(const struct frame_stage *stage)
{
	uint64_t told = stage->dwell_ns + stage->runq_ns + stage->blocked_ns;

	return told < stage->ns ? stage->ns - told : 0;
}

static void take_larger(struct part *largest, unsigned int stage, enum part_kind kind, uint64_t ns)
{
	if (ns > largest->ns)
		*largest = (struct part){stage, kind, ns};
}

/* The largest part of stage @i that is @cost, if it is larger than @largest. */
static void look_at_stage(struct part *largest, const struct frame *frame, const struct path *path,
			  unsigned int i, unsigned int cost)
{
	const struct frame_stage *stage = &frame->stages[i];

	if (!(frame->accounted & 1U << i)) {
		if (cost_is(path, cost, COST_unattributed))
			take_larger(largest, i, PART_WHOLE, stage->ns);
		return;
	}
	if (cost_is(path, cost, COST_queueing))
		take_larger(largest, i, PART_DWELL, stage->dwell_ns);
	if (cost_is(path, cost, COST_jitter))
		take_larger(largest, i, PART_RUNQ, stage->runq_ns);
	if (path->stages[i].asleep == cost)
		take_larger(largest, i, PART_BLOCKED, stage->blocked_ns);
	if (path->stages[i].running == cost)
		take_larger(largest, i, PART_RUNNING, running_ns(stage));
}

/* What runs in stages of @cost, and is not charged to it: it was spent on copies. */
static uint64_t copied_of(const struct frame *frame, const struct path *path, unsigned int cost)
{
	uint64_t ns = 0;

	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (!(frame->accounted & 1U << i))
			continue;
		if (path->stages[i].running == cost)
			ns += running_ns(&frame->stages[i]);
		if (path->stages[i].asleep == cost)
			ns += frame->stages[i].blocked_ns;
		if (cost_is(path, cost, COST_queueing))
			ns += frame->stages[i].dwell_ns;
		if (cost_is(path, cost, COST_jitter))
			ns += frame->stages[i].runq_ns;
	}
	return ns > frame->costs[cost] ? ns - frame->costs[cost] : 0;
}

/* The largest copy that is part of a stage of another cost: in the one that runs longest for that. */
static void look_at_copies(struct part *largest, const struct frame *frame, const struct path *path)
{
	for (unsigned int cost = 0; cost < path->n_costs; cost++) {
		uint64_t ns = copied_of(frame, path, cost);
		struct part within = {.stage = path->n_stages};

		for (unsigned int i = 0; ns > largest->ns && i < path->n_stages; i++) {
			if (frame->accounted & 1U << i && path->stages[i].running == cost)
				take_larger(&within, i, PART_COPYING,
					    running_ns(&frame->stages[i]));
		}
		if (within.stage < path->n_stages)
			take_larger(largest, within.stage, PART_COPYING, ns);
	}
}

/* Runs of older versions do not tell how a stage is divided, but to what it is charged. */
static void look_at_whole(struct part *largest, const struct frame *frame, const struct path *path,
			  unsigned int cost)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (path->stages[i].running == cost || path->stages[i].asleep == cost)
			take_larger(largest, i, PART_WHOLE, frame->stages[i].ns);
	}
}

struct part frame_part(const struct frame *frame, const struct path *path, unsigned int cost)
{
	struct part largest = {.stage = path->n_stages};

	for (unsigned int i = 0; i < path->n_stages; i++)
		look_at_stage(&largest, frame, path, i, cost);
	if (cost_is(path, cost, COST_copies))
		look_at_copies(&largest, frame, path);
	if (largest.stage == path->n_stages && !frame->accounted)
		look_at_whole(&largest, frame, path, cost);
	if (largest.ns > frame->costs[cost]) /* a copy is a part of it, or more than it is */
		largest.ns = frame->costs[cost];
	return largest;
}
