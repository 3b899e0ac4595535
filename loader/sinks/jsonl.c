// SPDX-License-Identifier: MIT
/*
 * jsonl.c - a frame a line, as JSON: for jq, DuckDB, pandas and the like
 *
 * Each line says what its numbers are; what is not known is null. Times end with _ns.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/msg.h"
#include "loader/sinks/sink.h"

struct jsonl {
	const struct path *path;
	FILE *out;
	char *costs[MAX_COSTS]; /* their names, quoted */
	char *devices[VPIPE_MAX_DEVICES]; /* likewise */
};

/* What a name of a cost looks like in JSON; NULL: no memory. */
static char *quoted(const char *name)
{
	json_t *json = json_string(name);
	char *text = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;

	json_decref(json);
	return text;
}

static void free_names(struct jsonl *jsonl)
{
	for (unsigned int i = 0; i < MAX_COSTS; i++)
		free(jsonl->costs[i]);
	for (unsigned int i = 0; i < VPIPE_MAX_DEVICES; i++)
		free(jsonl->devices[i]);
}

/* The names that lines have; -ENOMEM: not all of them. */
static int quote_names(struct jsonl *jsonl, const struct run *run)
{
	bool all = true;

	for (unsigned int i = 0; i < run->path->n_costs; i++)
		all &= (jsonl->costs[i] = quoted(run->path->costs[i].name)) != NULL;
	for (unsigned int i = 0; i < run->n_devices; i++)
		all &= (jsonl->devices[i] = quoted(run->devices[i].node)) != NULL;
	return all ? 0 : -ENOMEM;
}

static int open_jsonl(void *state, const struct run *run, const struct sink_place *place)
{
	struct jsonl *jsonl = state;

	jsonl->path = run->path;
	jsonl->out = place->out;
	if (quote_names(jsonl, run)) {
		msg_errno(ENOMEM, NULL, "cannot export the run");
		return -ENOMEM;
	}
	return 0;
}

static void number(FILE *out, const char *key, uint64_t value, bool known)
{
	if (known)
		fprintf(out, ",\"%s\":%" PRIu64, key, value);
	else
		fprintf(out, ",\"%s\":null", key);
}

static void waker(FILE *out, unsigned int tid)
{
	const char *kind = frame_peer_kind(tid);

	if (kind)
		fprintf(out, ",\"waker\":\"%s\"", kind);
	else
		fprintf(out, ",\"waker\":%u", tid);
}

static void write_stage(const struct jsonl *jsonl, const struct frame *frame, unsigned int i)
{
	const struct frame_stage *stage = &frame->stages[i];
	unsigned int bit = 1U << i;

	fprintf(jsonl->out, "%s\"%s\":", i ? "," : "", jsonl->path->stages[i].name);
	if (!(frame->known & bit)) {
		fputs("null", jsonl->out);
		return;
	}
	fprintf(jsonl->out, "{\"ns\":%" PRIu64, stage->ns);
	number(jsonl->out, "runq_ns", stage->runq_ns, frame->accounted & bit);
	number(jsonl->out, "blocked_ns", stage->blocked_ns, frame->accounted & bit);
	if (stage_has_rule(&jsonl->path->stages[i]))
		fprintf(jsonl->out, ",\"rule\":\"%s\"", frame_rules[stage->rule]);
	if (jsonl->path->stages[i].may_dwell) {
		number(jsonl->out, "dwell_ns", stage->dwell_ns, frame->dwells & bit);
		if (stage->wake.seen)
			waker(jsonl->out, stage->wake.waker);
		else
			fputs(",\"waker\":null", jsonl->out);
		number(jsonl->out, "cpu_before", stage->wake.cpu_before, stage->wake.seen);
		number(jsonl->out, "cpu_after", stage->wake.cpu_after, stage->wake.seen);
	}
	putc('}', jsonl->out);
}

static void write_costs(const struct jsonl *jsonl, const struct frame *frame)
{
	fputs("},\"costs_ns\":{", jsonl->out);
	for (unsigned int i = 0; i < jsonl->path->n_costs; i++)
		fprintf(jsonl->out, "%s%s:%" PRIu64, i ? "," : "", jsonl->costs[i],
			frame->costs[i]);
}

static void write_account(FILE *out, const struct jsonl *jsonl, const struct frame *frame)
{
	bool known = frame->has & FRAME_HAS_ACCOUNT, counted = frame->has & FRAME_HAS_SWITCHES;

	number(out, "runq_ns", frame->runq_ns, known);
	number(out, "blocked_ns", frame->blocked_ns, known);
	number(out, "nvcsw", frame->nvcsw, counted);
	number(out, "nivcsw", frame->nivcsw, counted);
	number(out, "wakeups", frame->wakeups, counted);
	number(out, "migrations", frame->migrations, counted);
	if (jsonl->path->cycles)
		number(out, "device_copy_ns", frame->device_copy_ns,
		       frame->has & FRAME_HAS_DEVICE_COPY);
	else
		number(out, "user_copy_ns", frame->copy_ns, frame->has & FRAME_HAS_COPY);
	for (unsigned int i = 0; i < COUNTER_COLUMNS; i++)
		number(out, frame_counters[i], frame->counters[i], frame->counted & 1U << i);
}

static void write_source(FILE *out, const struct frame *frame)
{
	bool known = frame->has & FRAME_HAS_SOURCE;

	number(out, "source_sequence", frame->source_sequence, known);
	number(out, "source_minor", frame->source_minor, known);
	if (known)
		fprintf(out, ",\"source_rule\":\"%s\"", frame_rules[frame->source_rule]);
	else
		fputs(",\"source_rule\":null", out);
}

/* Of a chain: the frame that it begins with. */
static void write_beginning(FILE *out, const struct jsonl *jsonl, const struct frame *frame)
{
	bool known = frame->has & FRAME_HAS_SOURCE;

	fprintf(out, ",\"source_device\":%s",
		known ? jsonl->devices[frame->source_device] : "null");
	number(out, "source_sequence", frame->source_sequence, known);
}

/* Which frame of our own node it is ... */
static void write_context(FILE *out, const struct frame *frame)
{
	number(out, "ctx", frame->ctx, true);
	number(out, "seq", frame->seq, true);
	number(out, "src_seq", frame->src_seq, true);
	number(out, "out_index", frame->out_index, true);
	number(out, "cap_index", frame->cap_index, true);
	number(out, "algo_id", frame->algo_id, true);
}

/* ... and of another device. */
static void write_queue(FILE *out, const struct jsonl *jsonl, const struct frame *frame)
{
	fprintf(out, ",\"device\":%s", jsonl->devices[frame->device]); /* which a file names */
	number(out, "queue", frame->ctx, true);
	number(out, "seq", frame->seq, frame->has & FRAME_HAS_NUMBERS);
	number(out, "cap_index", frame->cap_index, frame->has & FRAME_HAS_NUMBERS);
}

static void add_frame(void *state, const struct frame *frame)
{
	const struct jsonl *jsonl = state;
	FILE *out = jsonl->out;

	fprintf(out, "{\"frame\":%" PRIu64, frame->number);
	if (jsonl->path->cycles)
		write_queue(out, jsonl, frame);
	else
		write_context(out, frame);
	number(out, "bytesused", frame->bytesused, true);
	number(out, "flags", frame->flags, true);
	number(out, "start_ns", frame->start_ns, true);
	number(out, "e2e_ns", frame->e2e_ns, true);
	fputs(",\"stages\":{", out);
	for (unsigned int i = 0; i < jsonl->path->n_stages; i++)
		write_stage(jsonl, frame, i);
	write_costs(jsonl, frame);
	putc('}', out);
	write_account(out, jsonl, frame);
	if (!jsonl->path->cycles)
		write_source(out, frame);
	else if (path_is_chain(jsonl->path))
		write_beginning(out, jsonl, frame);
	fputs("}\n", out);
}

static int finish_jsonl(void *state, const struct run *run, const struct sink_place *place)
{
	(void)run;
	(void)place;
	free_names(state);
	return 0;
}

static void abort_jsonl(void *state)
{
	free_names(state);
}

const struct sink sink_jsonl = {
	.size = sizeof(struct jsonl),
	.open = open_jsonl,
	.frame = add_frame,
	.finish = finish_jsonl,
	.abort = abort_jsonl,
};
