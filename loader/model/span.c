// SPDX-License-Identifier: MIT
/* span.c - see span.h */
#include <string.h>

#include "loader/model/frame.h"
#include "loader/model/span.h"

const char *const span_states[SPAN_STATES] = {
	[VPIPE_THREAD_ONCPU] = "oncpu",
	[VPIPE_THREAD_RUNQ] = "runq",
	[VPIPE_THREAD_BLOCKED] = "blocked",
};

void span_from_record(struct span *span, const struct vpipe_span *record)
{
	*span = (struct span){
		.tid = record->tid,
		.state = record->state,
		.start_ns = record->start_ns,
		.end_ns = record->end_ns,
		.has_cpu = true,
		.cpu = record->cpu,
		.has_peer = record->state == VPIPE_THREAD_RUNQ && record->cause != VPIPE_SPAN_NONE,
	};
	if (!span->has_peer)
		return;
	span->peer = record->peer;
	span->preempted = record->cause == VPIPE_SPAN_PREEMPTED;
	if (!frame_peer_kind(record->peer))
		memcpy(span->peer_comm, record->comm, VPIPE_COMM_LEN);
}
