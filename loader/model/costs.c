// SPDX-License-Identifier: MIT
/* costs.c - see costs.h */
#include <string.h>

#include "loader/model/costs.h"

static const char *const names[N_COSTS] = {
#define X(cost, name) [COST_##cost] = name,
	VPIPE_COSTS(X)
#undef X
};

/*
 * What a stage is charged to while its thread is on a CPU, and while it sleeps;
 * waiting for a CPU is jitter in all of them.
 */
static const struct {
	enum cost running;
	enum cost sleeping;
} charges[VPIPE_N_STAGES] = {
	[VPIPE_STAGE_source] = {COST_transport, COST_switches},
	[VPIPE_STAGE_handoff] = {COST_application, COST_application},
	[VPIPE_STAGE_submit] = {COST_transport, COST_transport},
	[VPIPE_STAGE_queue] = {COST_queueing, COST_queueing},
	[VPIPE_STAGE_copy] = {COST_copies, COST_copies},
	[VPIPE_STAGE_cv] = {COST_compute, COST_compute},
	[VPIPE_STAGE_crc] = {COST_integrity, COST_integrity},
	[VPIPE_STAGE_publish] = {COST_transport, COST_transport},
	[VPIPE_STAGE_complete] = {COST_transport, COST_transport},
	[VPIPE_STAGE_pickup] = {COST_transport, COST_switches},
};

const char *cost_name(unsigned int cost)
{
	return names[cost];
}

uint64_t frame_start(const struct vpipe_frame *frame)
{
	return frame->ns[VPIPE_POINT_SRC_DONE] ?: frame->ns[VPIPE_POINT_QBUF];
}

uint64_t frame_stage(const struct vpipe_frame *frame, unsigned int stage)
{
	return frame->ns[stage] ? frame->ns[stage + 1] - frame->ns[stage] : 0;
}

uint64_t frame_dwell(const struct vpipe_frame *frame, unsigned int stage)
{
	bool source = stage == VPIPE_STAGE_source;
	uint64_t asked = source || stage == VPIPE_STAGE_pickup
				 ? (source ? frame->source.asked_ns : frame->asked_ns)
				 : 0;

	if (!frame->ns[stage] || asked <= frame->ns[stage])
		return 0;
	return asked - frame->ns[stage] -
	       (source ? frame->source.dwell_runq_ns : frame->dwell_runq_ns);
}

/* Is @a + @b + @c more than @whole? However large they are: what was negative is very large. */
static bool exceed(uint64_t whole, uint64_t a, uint64_t b, uint64_t c)
{
	return a > whole || b > whole - a || c > whole - a - b;
}

unsigned int frame_mend(struct vpipe_frame *frame)
{
	const struct vpipe_split *handoff = &frame->splits[VPIPE_STAGE_handoff];
	uint64_t handoff_ns = frame_stage(frame, VPIPE_STAGE_handoff);
	unsigned int torn = 0;

	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		const struct vpipe_split *split = &frame->splits[stage];

		if (frame->unknown & 1U << stage)
			continue;
		if (exceed(frame_stage(frame, stage), frame_dwell(frame, stage), split->runq_ns,
			   split->blocked_ns)) {
			frame->unknown |= 1U << stage;
			torn++;
		}
	}
	if (frame_knows_copy(frame) && !(frame->unknown & 1U << VPIPE_STAGE_handoff) &&
	    exceed(handoff_ns, frame->source.copy_ns, handoff->runq_ns, handoff->blocked_ns)) {
		frame->source.copy_ns = VPIPE_COPY_UNKNOWN;
		torn++;
	}
	return torn;
}

bool frame_knows_copy(const struct vpipe_frame *frame)
{
	return frame->ns[VPIPE_POINT_SRC_DONE] && frame->source.copy_ns != VPIPE_COPY_UNKNOWN;
}

void frame_costs(const struct vpipe_frame *frame, uint64_t costs[N_COSTS])
{
	memset(costs, 0, N_COSTS * sizeof(costs[0]));
	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		const struct vpipe_split *split = &frame->splits[stage];
		uint64_t dwell = frame_dwell(frame, stage);
		uint64_t running = frame_stage(frame, stage);

		if (frame->unknown & 1U << stage) {
			costs[COST_unattributed] += running;
			continue;
		}
		running -= dwell + split->runq_ns + split->blocked_ns;
		costs[COST_queueing] += dwell;
		costs[COST_jitter] += split->runq_ns;
		costs[charges[stage].sleeping] += split->blocked_ns;
		costs[charges[stage].running] += running;
	}
	/* the application's own copy is on-CPU time of the hand-off, no more */
	if (frame_knows_copy(frame) && frame->source.copy_ns <= costs[COST_application]) {
		costs[COST_application] -= frame->source.copy_ns;
		costs[COST_copies] += frame->source.copy_ns;
	}
}
