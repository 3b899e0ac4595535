/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * record.h - what of a struct vpipe_frame is valid, the same in BPF and userspace
 */
#ifndef VPIPE_RECORD_H
#define VPIPE_RECORD_H

#include "abi.h"

/** How long a record is, with @cycles or without, and with its carriers or without. */
static inline unsigned long long record_size(int cycles, int carried)
{
	if (carried)
		return sizeof(struct vpipe_frame);
	return cycles ? __builtin_offsetof(struct vpipe_frame, carriers)
		      : __builtin_offsetof(struct vpipe_frame, cycle);
}

/** Copy the carriers that are known of a frame. */
static inline __attribute__((always_inline)) void
frame_copy_carriers(struct vpipe_frame *to, const struct vpipe_frame *from)
{
#pragma GCC unroll 16
	for (unsigned int stage = 0; stage < VPIPE_MAX_STAGES; stage++) {
		if (from->flags & 1U << (VPIPE_FRAME_CARRIED + stage))
			to->carriers[stage] = from->carriers[stage];
	}
}

/**
 * Copy what is valid of a frame with stages up to @last, in which its reader carries it, but for its
 * carriers. Where it is known that there are no @cycles, @sources or @counters, they are not looked for.
 */
static inline __attribute__((always_inline)) void frame_copy(struct vpipe_frame *to,
							     const struct vpipe_frame *from,
							     unsigned int last, int cycles,
							     int sources, int counters)
{
	const unsigned int reader = 1U << last;
	unsigned int split = from->split; /* once: for all the compiler knows, `to` may change it */

	__builtin_memcpy(to, from, __builtin_offsetof(struct vpipe_frame, source));
	if (cycles)
		__builtin_memcpy(&to->cycle, &from->cycle,
				 __builtin_offsetof(struct vpipe_cycle, input));
	if (cycles && from->cycle.has_input)
		to->cycle.input = from->cycle.input;
	if (sources && from->ns[VPIPE_SOURCE_DONE])
		to->source = from->source;
	if (counters && from->counted)
		__builtin_memcpy(to->counters, from->counters, sizeof(to->counters));
	if (!split)
		return;
	to->switches = from->switches;
	to->dwell_runq_ns = from->dwell_runq_ns;
	to->wake = from->wake;
	if (split & reader)
		to->splits[last] = from->splits[last];
	if (split == reader)
		return; /* most often nobody else was off its CPU */
#pragma GCC unroll 16
	for (unsigned int stage = 0; stage < last; stage++) {
		if (split & 1U << stage)
			to->splits[stage] = from->splits[stage];
	}
}

#endif /* VPIPE_RECORD_H */
