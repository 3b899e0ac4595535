// SPDX-License-Identifier: MIT
/*
 * jsonl.c - a frame a line, as JSON: for jq, DuckDB, pandas and the like
 *
 * A line has the columns of frames.csv, by their names; what is not known is null. Those of a stage
 * are in an object of its own, which is null if the frame did not go through it; so are the costs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/msg.h"
#include "lib/text.h"
#include "loader/runs/columns.h"
#include "loader/sinks/sink.h"

struct jsonl {
	const struct run *run;
	FILE *out;
	const struct schema *schema;
	struct column_groups groups; /* an object each */
	char **keys; /* of each of their columns, as it stands in a line */
	char **stages; /* likewise */
};

/* A member's name, and what stands around it; NULL: no memory. */
static char *key_new(const char *name, bool first)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	if (!first)
		putc(',', to);
	text_write_quoted(to, name, "");
	putc(':', to);
	if (!fclose(to))
		return text;
	free(text);
	return NULL;
}

/* The column at @place among the groups. */
static const struct column *column_at(const struct jsonl *jsonl, unsigned int place)
{
	return &jsonl->schema->columns[jsonl->groups.places[place]];
}

/* A cost is called by its name. */
static const char *name_of(const struct column *column)
{
	return column->of && !column->suffix ? column->of : column_name_in_group(column);
}

/* Keys are the same in each line. */
static int make_keys(struct jsonl *jsonl)
{
	const struct path *path = jsonl->run->path;
	const struct column_groups *groups = &jsonl->groups;
	bool all = true;

	jsonl->keys = calloc(jsonl->schema->n, sizeof(jsonl->keys[0]));
	jsonl->stages = calloc(path->n_stages, sizeof(jsonl->stages[0]));
	if (!jsonl->keys || !jsonl->stages)
		return -ENOMEM;
	for (unsigned int group = 0, i = 0; group < groups->n; group++) {
		for (unsigned int first = i; i < groups->ends[group]; i++)
			all &= (jsonl->keys[i] =
					key_new(name_of(column_at(jsonl, i)), i == first)) != NULL;
	}
	for (unsigned int i = 0; i < path->n_stages; i++)
		all &= (jsonl->stages[i] = key_new(path->stages[i].name, !i)) != NULL;
	return all ? 0 : -ENOMEM;
}

static void free_texts(char **texts, unsigned int n)
{
	for (unsigned int i = 0; texts && i < n; i++)
		free(texts[i]);
	free(texts);
}

static void free_all(struct jsonl *jsonl)
{
	if (jsonl->schema)
		free_texts(jsonl->keys, jsonl->schema->n);
	free_texts(jsonl->stages, jsonl->run->path->n_stages);
	column_groups_free(&jsonl->groups);
	columns_free(jsonl->schema);
}

static int open_jsonl(void *state, const struct run *run, const struct sink_place *place)
{
	struct jsonl *jsonl = state;

	jsonl->run = run;
	jsonl->out = place->out;
	jsonl->schema = columns_new(run);
	if (jsonl->schema && !column_groups_init(&jsonl->groups, jsonl->schema, run->path) &&
	    !make_keys(jsonl))
		return 0;
	msg_errno(ENOMEM, NULL, "cannot export the run");
	return -ENOMEM;
}

static void write_value(const struct jsonl *jsonl, const struct column *column,
			const struct frame *frame)
{
	struct said_value said;

	switch (schema_say(column, jsonl->run, frame, &said)) {
	case SAID_NOTHING:
		fputs("null", jsonl->out);
		break;
	case SAID_NUMBER:
		fprintf(jsonl->out, "%" PRIu64, said.number);
		break;
	case SAID_BYTES:
		text_write_quoted(jsonl->out, said.bytes, "");
		break;
	case SAID_TEXT:
		text_write_quoted(jsonl->out, said.bytes, NULL);
		break;
	}
}

/* The members of the object of @group. */
static void write_group(const struct jsonl *jsonl, unsigned int group, const struct frame *frame)
{
	unsigned int first = column_groups_first(&jsonl->groups, group);

	for (unsigned int i = first; i < jsonl->groups.ends[group]; i++) {
		fputs(jsonl->keys[i], jsonl->out);
		write_value(jsonl, column_at(jsonl, i), frame);
	}
}

static void write_stage(const struct jsonl *jsonl, unsigned int stage, const struct frame *frame)
{
	fputs(jsonl->stages[stage], jsonl->out);
	if (!(frame->known & 1U << stage)) {
		fputs("null", jsonl->out);
		return;
	}
	putc('{', jsonl->out);
	write_group(jsonl, 1 + stage, frame);
	putc('}', jsonl->out);
}

static void add_frame(void *state, const struct frame *frame)
{
	const struct jsonl *jsonl = state;
	unsigned int n_stages = jsonl->run->path->n_stages;

	putc('{', jsonl->out);
	write_group(jsonl, 0, frame);
	fputs(",\"stages\":{", jsonl->out);
	for (unsigned int i = 0; i < n_stages; i++)
		write_stage(jsonl, i, frame);
	fputs("},\"costs_ns\":{", jsonl->out);
	write_group(jsonl, 1 + n_stages, frame);
	fputs("}}\n", jsonl->out);
}

static int finish_jsonl(void *state, const struct run *run, const struct sink_place *place)
{
	(void)run;
	(void)place;
	free_all(state);
	return 0;
}

static void abort_jsonl(void *state)
{
	free_all(state);
}

const struct sink sink_jsonl = {
	.size = sizeof(struct jsonl),
	.open = open_jsonl,
	.frame = add_frame,
	.finish = finish_jsonl,
	.abort = abort_jsonl,
};
