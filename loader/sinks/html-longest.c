// SPDX-License-Identifier: MIT
/* html-longest.c - see html-longest.h */
#include <errno.h>
#include <stdlib.h>

#include "loader/runs/values-json.h"
#include "loader/model/worst.h"
#include "loader/sinks/html-longest.h"

#define LONGEST	  40 /* frames that are kept */
#define MAX_SPANS 400 /* of each of them that are; more are only counted */

/* What threads did meanwhile. */
struct frame_spans {
	unsigned int n, more;
	struct span *all; /* MAX_SPANS, or NULL: there was none yet */
};

struct longest {
	const struct path *path;
	uint64_t from_ns;
	struct worst worst;
	struct frame_spans
		spans[LONGEST]; /* of the longest first: they come when all frames are there */
};

struct longest *longest_new(const struct path *path, uint64_t from_ns)
{
	struct longest *longest = calloc(1, sizeof(*longest));

	if (!longest)
		return NULL;
	longest->path = path;
	longest->from_ns = from_ns;
	if (!worst_init(&longest->worst, LONGEST))
		return longest;
	free(longest);
	return NULL;
}

void longest_free(struct longest *longest)
{
	if (!longest)
		return;
	for (unsigned int i = 0; i < LONGEST; i++)
		free(longest->spans[i].all);
	worst_free(&longest->worst);
	free(longest);
}

void longest_add(struct longest *longest, const struct frame *frame)
{
	worst_add(&longest->worst, frame);
}

/* Does @tid carry @frame at some moment from @from_ns to @to_ns? */
static bool carries(const struct path *path, const struct frame *frame, uint32_t tid,
		    uint64_t from_ns, uint64_t to_ns)
{
	uint64_t begin = frame->start_ns;

	for (unsigned int i = 0; i < path->n_stages; i++) {
		uint64_t end = begin + frame->stages[i].ns;

		if (frame->carried & 1U << i && frame->stages[i].tid == tid && from_ns < end &&
		    to_ns > begin)
			return true;
		begin = end;
	}
	return false;
}

int longest_span(struct longest *longest, const struct span *span)
{
	const struct frame *frame;

	for (unsigned int i = 0; (frame = worst_get(&longest->worst, i)); i++) {
		struct frame_spans *its = &longest->spans[i];

		if (!carries(longest->path, frame, span->tid, span->start_ns, span->end_ns))
			continue;
		if (!its->all)
			its->all = calloc(MAX_SPANS, sizeof(its->all[0]));
		if (!its->all)
			return -ENOMEM;
		if (its->n < MAX_SPANS)
			its->all[its->n++] = *span;
		else
			its->more++;
	}
	return 0;
}

static json_t *stage_to_json(const struct path *path, const struct frame *frame, unsigned int i)
{
	const struct frame_stage *stage = &frame->stages[i];
	bool accounted = frame->accounted & 1U << i;
	json_t *json;

	if (!(frame->known & 1U << i))
		return json_null();
	json = json_pack("{s:I, s:o, s:o, s:o}", "ns", (json_int_t)stage->ns, "runq_ns",
			 number_to_json(stage->runq_ns, accounted), "blocked_ns",
			 number_to_json(stage->blocked_ns, accounted), "dwell_ns",
			 number_to_json(stage->dwell_ns, frame->dwells & 1U << i));
	if (stage->wake.seen)
		json_object_set_new(json, "wake",
				    json_pack("{s:o, s:I, s:I}", "by",
					      peer_to_json(stage->wake.waker), "cpu_before",
					      (json_int_t)stage->wake.cpu_before, "cpu_after",
					      (json_int_t)stage->wake.cpu_after));
	if (frame->carried & 1U << i)
		json_object_set_new(json, "tid", number_to_json(stage->tid, true));
	if (frame->placed & 1U << i)
		json_object_set_new(json, "cpu", number_to_json(stage->cpu, true));
	if (stage_has_rule(&path->stages[i]))
		json_object_set_new(json, "rule", json_string(frame_rules[stage->rule]));
	return json;
}

/* Cut to the frame, and from its beginning. */
static json_t *span_to_json(const struct frame *frame, const struct span *span)
{
	uint64_t from = frame->start_ns, to = from + frame->e2e_ns;
	uint64_t start = span->start_ns > from ? span->start_ns : from;
	uint64_t end = span->end_ns < to ? span->end_ns : to;
	json_t *json = json_pack("{s:I, s:s, s:I, s:I, s:o}", "tid", (json_int_t)span->tid, "state",
				 span_states[span->state], "from", (json_int_t)(start - from), "ns",
				 (json_int_t)(end - start), "cpu",
				 number_to_json(span->cpu, span->has_cpu));

	if (span->has_peer) {
		json_object_set_new(json, "by", peer_to_json(span->peer));
		json_object_set_new(json, "comm", name_to_json(span->peer_comm));
		json_object_set_new(json, "preempted", json_boolean(span->preempted));
	}
	return json;
}

static json_t *frame_to_json(const struct longest *longest, const struct frame *frame,
			     const struct frame_spans *its)
{
	const struct path *path = longest->path;
	json_t *costs_ns = json_array(), *stages = json_array(), *json;
	bool counted = frame->has & FRAME_HAS_SWITCHES;

	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		json_array_append_new(costs_ns, json_integer((json_int_t)frame->costs[cost]));
	for (unsigned int i = 0; i < path->n_stages; i++)
		json_array_append_new(stages, stage_to_json(path, frame, i));
	json = json_pack(
		"{s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:b}", "frame", (json_int_t)frame->number,
		"start", number_to_json(frame->start_ns - longest->from_ns, true), "e2e_ns",
		(json_int_t)frame->e2e_ns, "device", (json_int_t)frame->device, "costs", costs_ns,
		"stages", stages, "switches", number_to_json(frame->nvcsw + frame->nivcsw, counted),
		"migrations", number_to_json(frame->migrations, counted), "error",
		(int)(frame->flags & VPIPE_FRAME_ERROR));
	for (unsigned int wait = 0; frame->has & FRAME_HAS_WAITS && wait < N_WAITS; wait++)
		json_object_set_new(json, wait_names[wait].column,
				    number_to_json(frame->waits[wait], true));
	if (its->n) {
		json_t *spans = json_array();

		for (unsigned int i = 0; i < its->n; i++)
			json_array_append_new(spans, span_to_json(frame, &its->all[i]));
		json_object_set_new(json, "spans", spans);
		json_object_set_new(json, "more_spans", number_to_json(its->more, true));
	}
	return json;
}

json_t *longest_to_json(const struct longest *longest)
{
	json_t *all = json_array();
	const struct frame *frame;

	for (unsigned int i = 0; (frame = worst_get(&longest->worst, i)); i++)
		json_array_append_new(all, frame_to_json(longest, frame, &longest->spans[i]));
	return all;
}
