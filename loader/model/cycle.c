// SPDX-License-Identifier: MIT
/* cycle.c - see cycle.h */
#include <linux/videodev2.h>

#include "loader/model/cycle.h"
#include "loader/model/record.h"

/*
 * The stage that waits for the reader begins when the buffer is done. Without such a stage there is
 * nobody who takes it: it is done when the frame is at its end.
 */
static uint64_t done_ns(const struct path *path, const struct vpipe_frame *record)
{
	unsigned int reader = path_find(path, STAGE_OF_READER);

	return reader < path->n_stages ? record->ns[reader] : record_end(path, record);
}

/* Where the application has the buffer itself it is dequeued; read() has copied it, and given it back. */
static uint64_t taken_ns(const struct path *path, const struct vpipe_frame *record)
{
	return record_end(path, record);
}

static struct holder holder_of(const struct vpipe_cycle *from)
{
	if (!from->giver)
		return (struct holder){0};
	return (struct holder){
		.tid = from->giver,
		.since_ns = from->since_ns,
		.accounted = from->held_known,
		.runq_ns = from->held_known ? from->held.runq_ns : 0,
		.blocked_ns = from->held_known ? from->held.blocked_ns : 0,
	};
}

void cycle_from_record(struct cycle *cycle, const struct path *path,
		       const struct vpipe_frame *record)
{
	const struct vpipe_cycle *from = &record->cycle;

	*cycle = (struct cycle){
		.device = record->device,
		.queue = record->ctx,
		.index = record->cap_index,
		.sequence = (uint32_t)record->seq,
		.unnumbered = record->flags & VPIPE_FRAME_UNNUMBERED,
		.error = record->flags & VPIPE_FRAME_ERROR,
		.warmup = record->flags & VPIPE_FRAME_WARMUP,
		.begins = record->flags & VPIPE_FRAME_BEGINS,
		.owned = from->owned,
		.given_ns = from->given_ns,
		.done_ns = done_ns(path, record),
		.taken_ns = taken_ns(path, record),
		.timestamp_ns = from->timestamp_ns,
		.holder = holder_of(from),
	};
}

void cycle_from_buffer(struct cycle *cycle, const struct vpipe_buffer *buffer)
{
	*cycle = (struct cycle){
		.device = buffer->device,
		.queue = buffer->ctx,
		.is_input = true,
		.index = buffer->index,
		.sequence = buffer->sequence,
		.error = buffer->flags & V4L2_BUF_FLAG_ERROR,
		.owned = buffer->owned,
		.given_ns = buffer->given_ns,
		.done_ns = buffer->done_ns,
		.taken_ns = buffer->taken_ns,
		.timestamp_ns = buffer->timestamp_ns,
	};
}
