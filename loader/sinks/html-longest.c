// SPDX-License-Identifier: MIT
/* html-longest.c - see html-longest.h */
#include <errno.h>
#include <stdlib.h>

#include "lib/text.h"
#include "loader/sinks/html-longest.h"

#define LONGEST	  40 /* frames that are kept */
#define MAX_SPANS 400 /* of each of them that are; more are only counted */

struct longest_frame {
	struct frame frame;
	unsigned int n_spans, more_spans;
	struct span *spans; /* MAX_SPANS, or NULL: there was none yet */
};

struct longest {
	const struct path *path;
	uint64_t from_ns;
	unsigned int n;
	struct longest_frame frames[LONGEST]; /* the longest first */
};

struct longest *longest_new(const struct path *path, uint64_t from_ns)
{
	struct longest *longest = calloc(1, sizeof(*longest));

	if (longest) {
		longest->path = path;
		longest->from_ns = from_ns;
	}
	return longest;
}

void longest_free(struct longest *longest)
{
	for (unsigned int i = 0; longest && i < longest->n; i++)
		free(longest->frames[i].spans);
	free(longest);
}

void longest_add(struct longest *longest, const struct frame *frame)
{
	unsigned int at = longest->n;

	if (at < LONGEST)
		longest->n++;
	else if (frame->e2e_ns <= longest->frames[--at].frame.e2e_ns)
		return;
	for (; at && frame->e2e_ns > longest->frames[at - 1].frame.e2e_ns; at--)
		longest->frames[at] = longest->frames[at - 1];
	longest->frames[at] = (struct longest_frame){.frame = *frame};
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
	for (unsigned int i = 0; i < longest->n; i++) {
		struct longest_frame *its = &longest->frames[i];

		if (!carries(longest->path, &its->frame, span->tid, span->start_ns, span->end_ns))
			continue;
		if (!its->spans)
			its->spans = calloc(MAX_SPANS, sizeof(its->spans[0]));
		if (!its->spans)
			return -ENOMEM;
		if (its->n_spans < MAX_SPANS)
			its->spans[its->n_spans++] = *span;
		else
			its->more_spans++;
	}
	return 0;
}

json_t *html_number(uint64_t value, bool known)
{
	return known ? json_integer((json_int_t)value) : json_null();
}

json_t *html_peer(uint32_t tid)
{
	const char *kind = frame_peer_kind(tid);

	return kind ? json_string(kind) : json_integer(tid);
}

json_t *html_name(const char *bytes)
{
	char *text = text_new(bytes);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json ?: json_null();
}

static json_t *stage_to_json(const struct path *path, const struct frame *frame, unsigned int i)
{
	const struct frame_stage *stage = &frame->stages[i];
	bool accounted = frame->accounted & 1U << i;
	json_t *json;

	if (!(frame->known & 1U << i))
		return json_null();
	json = json_pack("{s:I, s:o, s:o, s:o}", "ns", (json_int_t)stage->ns, "runq_ns",
			 html_number(stage->runq_ns, accounted), "blocked_ns",
			 html_number(stage->blocked_ns, accounted), "dwell_ns",
			 html_number(stage->dwell_ns, frame->dwells & 1U << i));
	if (stage->wake.seen)
		json_object_set_new(json, "wake",
				    json_pack("{s:o, s:I, s:I}", "by", html_peer(stage->wake.waker),
					      "cpu_before", (json_int_t)stage->wake.cpu_before,
					      "cpu_after", (json_int_t)stage->wake.cpu_after));
	if (frame->carried & 1U << i)
		json_object_set_new(json, "tid", html_number(stage->tid, true));
	if (frame->placed & 1U << i)
		json_object_set_new(json, "cpu", html_number(stage->cpu, true));
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
	json_t *json =
		json_pack("{s:I, s:s, s:I, s:I, s:o}", "tid", (json_int_t)span->tid, "state",
			  span_states[span->state], "from", (json_int_t)(start - from), "ns",
			  (json_int_t)(end - start), "cpu", html_number(span->cpu, span->has_cpu));

	if (span->has_peer) {
		json_object_set_new(json, "by", html_peer(span->peer));
		json_object_set_new(json, "comm", html_name(span->peer_comm));
		json_object_set_new(json, "preempted", json_boolean(span->preempted));
	}
	return json;
}

static json_t *frame_to_json(const struct longest *longest, const struct longest_frame *its)
{
	const struct path *path = longest->path;
	const struct frame *frame = &its->frame;
	json_t *costs_ns = json_array(), *stages = json_array(), *json;
	bool counted = frame->has & FRAME_HAS_SWITCHES;

	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		json_array_append_new(costs_ns, json_integer((json_int_t)frame->costs[cost]));
	for (unsigned int i = 0; i < path->n_stages; i++)
		json_array_append_new(stages, stage_to_json(path, frame, i));
	json = json_pack(
		"{s:I, s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:b}", "frame", (json_int_t)frame->number,
		"start", html_number(frame->start_ns - longest->from_ns, true), "e2e_ns",
		(json_int_t)frame->e2e_ns, "device", (json_int_t)frame->device, "costs", costs_ns,
		"stages", stages, "switches", html_number(frame->nvcsw + frame->nivcsw, counted),
		"migrations", html_number(frame->migrations, counted), "error",
		(int)(frame->flags & VPIPE_FRAME_ERROR));
	for (unsigned int wait = 0; frame->has & FRAME_HAS_WAITS && wait < N_WAITS; wait++)
		json_object_set_new(json, wait_names[wait].column,
				    html_number(frame->waits[wait], true));
	if (its->n_spans) {
		json_t *spans = json_array();

		for (unsigned int i = 0; i < its->n_spans; i++)
			json_array_append_new(spans, span_to_json(frame, &its->spans[i]));
		json_object_set_new(json, "spans", spans);
		json_object_set_new(json, "more_spans", html_number(its->more_spans, true));
	}
	return json;
}

json_t *longest_to_json(const struct longest *longest)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < longest->n; i++)
		json_array_append_new(all, frame_to_json(longest, &longest->frames[i]));
	return all;
}
