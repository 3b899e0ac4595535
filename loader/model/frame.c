// SPDX-License-Identifier: MIT
/* frame.c - see frame.h */
#include <stddef.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/model/costs.h"
#include "loader/model/frame.h"
#include "loader/model/record.h"

const char *const frame_counters[COUNTER_COLUMNS] = {"cycles", "instructions", "cache_references",
						     "cache_misses"};

const char *const frame_rules[VPIPE_N_RULES] = {
	[VPIPE_RULE_none] = "",
	[VPIPE_RULE_dmabuf] = "dmabuf",
	[VPIPE_RULE_timestamp] = "timestamp",
	[VPIPE_RULE_thread] = "thread",
	[VPIPE_RULE_order] = "order",
	[VPIPE_RULE_job] = "job",
	[VPIPE_RULE_sequence] = "sequence",
};

const char *frame_peer_kind(unsigned int tid)
{
	return tid == VPIPE_PEER_IDLE ? "idle" : tid == VPIPE_PEER_INTERRUPT ? "interrupt" : NULL;
}

/* Who carried it in stage @i. */
static void take_carrier(struct frame *frame, const struct path *path,
			 const struct vpipe_frame *record, unsigned int i)
{
	struct vpipe_carrier carrier = record_carrier(path, record, i);

	if (!carrier.tid)
		return;
	frame->carried |= 1U << i;
	frame->stages[i].tid = carrier.tid;
	if (carrier.cpu == VPIPE_CPU_UNKNOWN)
		return;
	frame->placed |= 1U << i;
	frame->stages[i].cpu = carrier.cpu;
}

/* Stage @i of it. */
static void take_stage(struct frame *frame, const struct path *path,
		       const struct vpipe_frame *record, unsigned int i)
{
	struct frame_stage *stage = &frame->stages[i];
	bool accounted = !(record->unknown & 1U << i);
	const struct vpipe_wake *wake;

	memset(stage, 0, sizeof(*stage));
	if (!record_knows(record, i))
		return;
	frame->known |= 1U << i;
	stage->ns = record_stage(record, i);
	take_carrier(frame, path, record, i);
	if (accounted) {
		frame->accounted |= 1U << i;
		stage->runq_ns = record->splits[i].runq_ns;
		stage->blocked_ns = record->splits[i].blocked_ns;
	}
	if (!path->stages[i].may_dwell)
		return;
	if (accounted && record_asked(path, record, i)) {
		frame->dwells |= 1U << i;
		stage->dwell_ns = record_dwell(path, record, i);
	}
	wake = record_wake(path, record, i);
	if (wake)
		stage->wake = *wake;
}

/* Of all stages together; unknown if one of them is. */
static void take_account(struct frame *frame, const struct path *path,
			 const struct vpipe_frame *record)
{
	if (record->unknown)
		return;
	frame->has |= FRAME_HAS_ACCOUNT | FRAME_HAS_SWITCHES;
	for (unsigned int i = 0; i < path->n_stages; i++) {
		frame->runq_ns += record->splits[i].runq_ns;
		frame->blocked_ns += record->splits[i].blocked_ns;
	}
	frame->nvcsw = record->switches.nvcsw;
	frame->nivcsw = record->switches.nivcsw;
	frame->wakeups = record->switches.wakeups;
	frame->migrations = record->switches.migrations;
}

/* Of the stages that one thread carries, all of them, or it is unknown. */
static void take_counters(struct frame *frame, const struct path *path,
			  const struct vpipe_frame *record, const int columns[COUNTER_COLUMNS])
{
	if (record->counted != path_counted(path))
		return;
	for (unsigned int column = 0; column < COUNTER_COLUMNS; column++) {
		if (columns[column] < 0)
			continue;
		frame->counted |= 1U << column;
		frame->counters[column] = record->counters[columns[column]];
	}
}

/* Of all stages together that are the driver's. */
static void take_device_copy(struct frame *frame, const struct path *path,
			     const struct vpipe_frame *record)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (path->stages[i].extra != STAGE_OF_DEVICE || !record_knows(record, i) ||
		    !record->cycle.arrived_ns)
			continue;
		frame->has |= FRAME_HAS_DEVICE_COPY;
		frame->device_copy_ns += record_device_copy(path, record, i);
	}
}

static void take_source(struct frame *frame, const struct path *path,
			const struct vpipe_frame *record)
{
	if (!record_has_source(path, record))
		return;
	frame->has |= FRAME_HAS_SOURCE;
	frame->source_sequence = record->source.sequence;
	frame->source_minor = record->source.minor;
	frame->source_rule = record->source.rule % VPIPE_N_RULES;
	if (record_knows_copy(path, record)) {
		frame->has |= FRAME_HAS_COPY;
		frame->copy_ns = record->source.copy_ns;
	}
}

static void take_waits(struct frame *frame, const struct path *path,
		       const struct vpipe_frame *record)
{
	unsigned int queue = path_find(path, STAGE_OF_QUEUE);

	if (queue < path->n_stages && waits_of(record, queue, frame->waits))
		frame->has |= FRAME_HAS_WAITS;
}

void frame_from_record(struct frame *frame, const struct path *path,
		       const struct vpipe_frame *record, const int columns[COUNTER_COLUMNS])
{
	memset(frame, 0, offsetof(struct frame, stages)); /* they are set one by one */
	frame->device = record->device;
	frame->ctx = record->ctx;
	frame->seq = record->seq;
	frame->src_seq = record->src_seq;
	frame->out_index = record->out_index;
	frame->cap_index = record->cap_index;
	frame->algo_id = record->algo_id;
	frame->bytesused = record->bytesused;
	frame->flags = record->flags & (VPIPE_FRAME_ERROR | VPIPE_FRAME_WARMUP);
	frame->has = (record->flags & VPIPE_FRAME_UNNUMBERED) ? 0 : FRAME_HAS_NUMBERS;
	frame->start_ns = record_start(path, record);
	frame->e2e_ns = record_end(path, record) - frame->start_ns;
	for (unsigned int i = 0; i < path->n_stages; i++)
		take_stage(frame, path, record, i);
	take_account(frame, path, record);
	take_counters(frame, path, record, columns);
	take_source(frame, path, record);
	take_device_copy(frame, path, record);
	take_waits(frame, path, record);
	record_costs(path, record, frame->costs);
}

void frame_count(const struct frame *frame, const struct path *path, struct vpipe_hist *hists)
{
	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		if (frame->known & 1U << stage)
			hist_count(&hists[stage], frame->stages[stage].ns);
	}
	hist_count(&hists[path_e2e(path)], frame->e2e_ns);
}

bool frame_is_warmup(const struct frame *frame)
{
	return frame->flags & VPIPE_FRAME_WARMUP;
}
