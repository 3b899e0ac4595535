// SPDX-License-Identifier: MIT
/* costs.c - see costs.h */
#include <string.h>

#include "loader/model/costs.h"
#include "loader/model/record.h"

const struct cost costs[N_COSTS] = {
#define X(cost, text) [COST_##cost] = {.name = text, .column = #cost "_ns"},
	COSTS(X)
#undef X
};

bool cost_is(const struct path *path, unsigned int cost, unsigned int ours)
{
	return cost < path->n_costs && !strcmp(path->costs[cost].column, costs[ours].column);
}

void record_costs(const struct path *path, const struct vpipe_frame *frame, uint64_t ns[N_COSTS])
{
	memset(ns, 0, N_COSTS * sizeof(ns[0]));
	for (unsigned int i = 0; i < path->n_stages; i++) {
		const struct stage *stage = &path->stages[i];
		const struct vpipe_split *split = &frame->splits[i];
		uint64_t dwell = record_dwell(path, frame, i);
		uint64_t copied = record_device_copy(path, frame, i);
		uint64_t running = record_stage(frame, i);

		if (frame->unknown & 1U << i) {
			ns[COST_unattributed] += running;
			continue;
		}
		running -= dwell + split->runq_ns + split->blocked_ns;
		ns[COST_queueing] += dwell;
		ns[COST_jitter] += split->runq_ns;
		ns[stage->asleep] += split->blocked_ns;
		ns[COST_copies] += copied;
		ns[stage->running] += running - copied;
	}
	/* the application's own copy is on-CPU time of the hand-off, no more */
	if (record_knows_copy(path, frame) && frame->source.copy_ns <= ns[COST_application]) {
		ns[COST_application] -= frame->source.copy_ns;
		ns[COST_copies] += frame->source.copy_ns;
	}
}
