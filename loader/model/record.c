// SPDX-License-Identifier: MIT
/* record.c - see record.h */
#include <stddef.h>

#include "loader/model/record.h"

uint64_t record_start(const struct path *path, const struct vpipe_frame *frame)
{
	for (unsigned int point = 0; point < path->n_stages; point++) {
		if (frame->ns[point])
			return frame->ns[point];
	}
	return frame->ns[path->n_stages];
}

uint64_t record_end(const struct path *path, const struct vpipe_frame *frame)
{
	for (unsigned int point = path->n_stages; point; point--) {
		if (frame->ns[point])
			return frame->ns[point];
	}
	return frame->ns[0];
}

bool record_knows(const struct vpipe_frame *frame, unsigned int stage)
{
	return frame->ns[stage] && frame->ns[stage + 1];
}

uint64_t record_stage(const struct vpipe_frame *frame, unsigned int stage)
{
	return record_knows(frame, stage) ? frame->ns[stage + 1] - frame->ns[stage] : 0;
}

uint64_t record_device_copy(const struct path *path, const struct vpipe_frame *frame,
			    unsigned int stage)
{
	uint64_t arrived = frame->cycle.arrived_ns;

	if (path->stages[stage].extra != STAGE_OF_DEVICE || !record_knows(frame, stage) ||
	    arrived < frame->ns[stage] || arrived > frame->ns[stage + 1])
		return 0;
	return frame->ns[stage + 1] - arrived;
}

uint64_t record_asked(const struct path *path, const struct vpipe_frame *frame, unsigned int stage)
{
	switch (path->stages[stage].extra) {
	case STAGE_OF_SOURCE:
		return frame->source.asked_ns;
	case STAGE_OF_READER:
		return frame->asked_ns;
	case STAGE_PLAIN:
	case STAGE_WITH_COPY:
	case STAGE_OF_DEVICE:
	case STAGE_OF_QUEUE:
	case STAGE_HANDOFF:
	case STAGE_OF_JOB:
		break;
	}
	return 0;
}

uint64_t record_dwell(const struct path *path, const struct vpipe_frame *frame, unsigned int stage)
{
	uint64_t asked = record_asked(path, frame, stage);

	if (!frame->ns[stage] || asked <= frame->ns[stage])
		return 0;
	return asked - frame->ns[stage] -
	       (path->stages[stage].extra == STAGE_OF_SOURCE ? frame->source.dwell_runq_ns
							     : frame->dwell_runq_ns);
}

const struct vpipe_wake *record_wake(const struct path *path, const struct vpipe_frame *frame,
				     unsigned int stage)
{
	switch (path->stages[stage].extra) {
	case STAGE_OF_SOURCE:
		return &frame->source.wake;
	case STAGE_OF_READER:
		return &frame->wake;
	case STAGE_PLAIN:
	case STAGE_WITH_COPY:
	case STAGE_OF_DEVICE:
	case STAGE_OF_QUEUE:
	case STAGE_HANDOFF:
	case STAGE_OF_JOB:
		break;
	}
	return NULL;
}

struct vpipe_carrier record_carrier(const struct path *path, const struct vpipe_frame *frame,
				    unsigned int stage)
{
	const struct vpipe_input *input = &frame->cycle.input;

	if (frame->flags & 1U << (VPIPE_FRAME_CARRIED + stage))
		return frame->carriers[stage];
	/* who queued an OUTPUT buffer has the frame in the first stage, until the driver has it */
	if (!stage && path->cycles && frame->cycle.has_input && input->cpu)
		return (struct vpipe_carrier){input->tid, input->cpu - 1U};
	return (struct vpipe_carrier){0, VPIPE_CPU_UNKNOWN};
}

bool record_has_source(const struct path *path, const struct vpipe_frame *frame)
{
	return path->stages[VPIPE_SOURCE_DONE].extra == STAGE_OF_SOURCE &&
	       frame->ns[VPIPE_SOURCE_DONE];
}

bool record_knows_copy(const struct path *path, const struct vpipe_frame *frame)
{
	return record_has_source(path, frame) && frame->source.copy_ns != VPIPE_COPY_UNKNOWN;
}

/* Is @a + @b + @c more than @whole? However large they are: what was negative is very large. */
static bool exceed(uint64_t whole, uint64_t a, uint64_t b, uint64_t c)
{
	return a > whole || b > whole - a || c > whole - a - b;
}

unsigned int record_mend(const struct path *path, struct vpipe_frame *frame)
{
	unsigned int torn = 0;

	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		const struct vpipe_split *split = &frame->splits[stage];
		uint64_t ns = record_stage(frame, stage);

		if (frame->unknown & 1U << stage)
			continue;
		if (exceed(ns, record_dwell(path, frame, stage), split->runq_ns,
			   split->blocked_ns)) {
			frame->unknown |= 1U << stage;
			torn++;
		} else if (path->stages[stage].extra == STAGE_WITH_COPY &&
			   record_knows_copy(path, frame) &&
			   exceed(ns, frame->source.copy_ns, split->runq_ns, split->blocked_ns)) {
			frame->source.copy_ns = VPIPE_COPY_UNKNOWN;
			torn++;
		}
	}
	return torn;
}
