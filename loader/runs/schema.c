// SPDX-License-Identifier: MIT
/* schema.c - see schema.h */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "loader/runs/schema.h"

char *schema_header(const struct schema *schema)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (unsigned int i = 0; i < schema->n; i++)
		fprintf(to, "%s%s", i ? "," : "", schema->columns[i].name);
	if (!fclose(to))
		return text;
	free(text);
	return NULL;
}

static const void *in(const void *row, size_t at)
{
	return (const char *)row + at;
}

static unsigned int small_in(const void *row, size_t at)
{
	return *(const unsigned int *)in(row, at);
}

static bool is_known(const struct column *column, const void *row)
{
	switch (column->known) {
	case KNOWN_BITS:
		return small_in(row, column->known_at) & column->bits;
	case KNOWN_YES:
		return *(const bool *)in(row, column->known_at);
	case KNOWN_UNLESS:
		return !*(const bool *)in(row, column->known_at);
	case KNOWN_SOME:
		return *(const uint64_t *)in(row, column->known_at);
	case KNOWN_NOT_ZERO:
		return column->cell == CELL_NUMBER ? *(const uint64_t *)in(row, column->at)
						   : small_in(row, column->at);
	case KNOWN_IF:
		return column->known_if(row);
	case KNOWN_ALWAYS:
		break;
	}
	return true;
}

static enum said say_number(struct said_value *said, uint64_t number)
{
	said->number = number;
	return SAID_NUMBER;
}

/* Nothing at all is nothing; NULL, that of no name, is, too. */
static enum said say_bytes(struct said_value *said, const char *bytes)
{
	said->bytes = bytes;
	return bytes && *bytes ? SAID_BYTES : SAID_NOTHING;
}

static enum said say_peer(struct said_value *said, unsigned int tid)
{
	const char *kind = frame_peer_kind(tid);

	return kind ? say_bytes(said, kind) : say_number(said, tid);
}

static enum said say_text(struct said_value *said, const char *text)
{
	said->bytes = text;
	return *text ? SAID_TEXT : SAID_NOTHING;
}

static enum said say_peers(struct said_value *said, const struct vpipe_peers *peers)
{
	peers_to_text(said->room, peers);
	return say_text(said, said->room);
}

/* What is_known(). */
static enum said say_known(const struct column *column, const struct run *run, const void *row,
			   struct said_value *said)
{
	const void *value = in(row, column->at);
	unsigned int device;

	switch (column->cell) {
	case CELL_NUMBER:
		return say_number(said, *(const uint64_t *)value);
	case CELL_YES:
		return say_number(said, *(const bool *)value);
	case CELL_BYTES:
		return say_bytes(said, value);
	case CELL_PEERS:
		return say_peers(said, value);
	case CELL_DERIVED:
		return column->derive(row, &said->number) ? SAID_NUMBER : SAID_NOTHING;
	case CELL_PEER:
		return say_peer(said, small_in(row, column->at));
	case CELL_DEVICE:
		device = small_in(row, column->at);
		return say_text(said, device < run->n_devices ? run->devices[device].node : "");
	case CELL_NAME:
		return say_bytes(said, column->names[small_in(row, column->at)]);
	case CELL_SMALL:
		break;
	}
	return say_number(said, small_in(row, column->at));
}

enum said schema_say(const struct column *column, const struct run *run, const void *row,
		     struct said_value *said)
{
	return is_known(column, row) ? say_known(column, run, row, said) : SAID_NOTHING;
}

static void write_known(const struct column *column, const struct run *run, struct csv *csv,
			const void *row)
{
	struct said_value said;

	switch (say_known(column, run, row, &said)) {
	case SAID_NOTHING:
		csv_empty(csv);
		break;
	case SAID_NUMBER:
		csv_u64(csv, said.number);
		break;
	case SAID_BYTES:
		csv_str(csv, said.bytes);
		break;
	case SAID_TEXT:
		csv_text(csv, said.bytes);
		break;
	}
}

void schema_write(const struct schema *schema, const struct run *run, struct csv *csv,
		  const void *row)
{
	for (const struct column *column = schema->columns; column < schema->columns + schema->n;
	     column++) {
		if (!is_known(column, row))
			csv_empty(csv);
		else if (column->cell == CELL_NUMBER) /* as most are */
			csv_u64(csv, *(const uint64_t *)in(row, column->at));
		else
			write_known(column, run, csv, row);
	}
	csv_end_row(csv);
}

static int find_columns(struct schema_reader *reader)
{
	int err = reader->schema->n > SCHEMA_COLUMNS ? -EINVAL : 0;

	for (unsigned int i = 0; !err && i < reader->schema->n; i++) {
		const struct column *column = &reader->schema->columns[i];

		if (column->optional) {
			err = csv_reader_optional(reader->csv, column->name, &reader->places[i]);
		} else {
			reader->places[i] = csv_reader_column(reader->csv, column->name);
			err = reader->places[i] < 0 ? reader->places[i] : 0;
		}
	}
	return err;
}

int schema_open(struct schema_reader *reader, const struct schema *schema, const struct run *run,
		const char *path)
{
	int err;

	reader->schema = schema;
	reader->run = run;
	err = csv_reader_open(&reader->csv, path);
	return err ? err : find_columns(reader);
}

void schema_close(struct schema_reader *reader)
{
	csv_reader_close(reader->csv);
	reader->csv = NULL;
}

int schema_place(const struct schema_reader *reader, const char *name)
{
	for (unsigned int i = 0; i < reader->schema->n; i++) {
		if (!strcmp(reader->schema->columns[i].name, name))
			return reader->places[i];
	}
	return -1;
}

int schema_number(struct csv_reader *csv, int place, uint64_t *value)
{
	int got = csv_reader_u64(csv, place, value);

	if (got == 1 && *value > INT64_MAX)
		return csv_reader_fail(csv, place, "%" PRIu64 " is more than there can be", *value);
	return got;
}

/* The readers of cells return as csv_reader_u64() does. */
static int read_small(struct csv_reader *csv, int place, uint64_t most, unsigned int *value)
{
	uint64_t number;
	int got = csv_reader_u64(csv, place, &number);

	if (got == 1 && number > most)
		return csv_reader_fail(csv, place, "is more than there can be");
	if (got == 1)
		*value = (unsigned int)number;
	return got;
}

static int read_yes(struct csv_reader *csv, int place, bool *value)
{
	unsigned int number = 0;
	int got = read_small(csv, place, 1, &number);

	*value = number;
	return got;
}

static int read_peer(struct csv_reader *csv, int place, unsigned int *value)
{
	static const unsigned int kinds[] = {VPIPE_PEER_IDLE, VPIPE_PEER_INTERRUPT};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(csv_reader_text(csv, place), frame_peer_kind(kinds[i]))) {
			*value = kinds[i];
			return 1;
		}
	}
	return read_small(csv, place, UINT32_MAX, value);
}

static int read_device(struct csv_reader *csv, int place, const struct run *run,
		       unsigned int *value)
{
	const char *text = csv_reader_text(csv, place);

	for (unsigned int device = 0; device < run->n_devices; device++) {
		if (!strcmp(text, run->devices[device].node)) {
			*value = device;
			return 1;
		}
	}
	return *text ? csv_reader_fail(csv, place, "is no device of the run") : 0;
}

static int read_name(struct csv_reader *csv, int place, const struct column *column,
		     unsigned int *value)
{
	const char *text = csv_reader_text(csv, place);

	for (unsigned int i = 0; *text && i < column->n_names; i++) {
		if (column->names[i] && !strcmp(text, column->names[i])) {
			*value = i;
			return 1;
		}
	}
	return *text ? csv_reader_fail(csv, place, "is no %s that is known", column->name) : 0;
}

/* Nothing at all is a name, too. */
static int read_bytes(struct csv_reader *csv, int place, const struct column *column, char *value)
{
	if (text_bytes(value, column->room, csv_reader_text(csv, place)))
		return csv_reader_fail(csv, place, "is no name that there can be");
	return 1;
}

static int read_peers(struct csv_reader *csv, int place, struct vpipe_peers *value)
{
	if (peers_from_text(value, csv_reader_text(csv, place)))
		return csv_reader_fail(csv, place, "is no list of NAME/TID COUNT");
	return 1;
}

static int read_value(const struct schema_reader *reader, const struct column *column, int place,
		      void *value)
{
	uint64_t ignored;

	switch (column->cell) {
	case CELL_NUMBER:
		return schema_number(reader->csv, place, value);
	case CELL_SMALL:
		return read_small(reader->csv, place, UINT32_MAX, value);
	case CELL_YES:
		return read_yes(reader->csv, place, value);
	case CELL_PEER:
		return read_peer(reader->csv, place, value);
	case CELL_DEVICE:
		return read_device(reader->csv, place, reader->run, value);
	case CELL_NAME:
		return read_name(reader->csv, place, column, value);
	case CELL_BYTES:
		return read_bytes(reader->csv, place, column, value);
	case CELL_PEERS:
		return read_peers(reader->csv, place, value);
	case CELL_DERIVED:
		break; /* which is looked at when the rest is there */
	}
	return schema_number(reader->csv, place, &ignored);
}

/* Are both known by the same? */
static bool same_known(const struct column *a, const struct column *b)
{
	return a->known == b->known && a->known_at == b->known_at && a->bits == b->bits;
}

/* Is it known if and only if the column before it is, which is read by now? */
static bool follows(const struct schema_reader *reader, unsigned int i)
{
	const struct column *column = &reader->schema->columns[i];

	return i && reader->places[i - 1] >= 0 && column->known >= KNOWN_BITS &&
	       column->known <= KNOWN_SOME && same_known(column, column - 1);
}

/* The value of @column was there, or not: what @row says of that. */
static void learn(const struct column *column, bool there, void *row)
{
	void *known = (char *)row + column->known_at;

	if (column->known == KNOWN_BITS && there)
		*(unsigned int *)known |= column->bits;
	else if (column->known == KNOWN_SOME && there)
		*(uint64_t *)known = 1;
	else if (column->known == (there ? KNOWN_YES : KNOWN_UNLESS))
		*(bool *)known = true;
}

static int read_cell(const struct schema_reader *reader, unsigned int i, void *row)
{
	const struct column *column = &reader->schema->columns[i];
	int place = reader->places[i];
	int got = read_value(reader, column, place, (char *)row + column->at);

	if (got < 0)
		return got;
	if (!got && column->known == KNOWN_ALWAYS && column->cell != CELL_DERIVED)
		return csv_reader_fail(reader->csv, place, "is empty");
	if (got && column->known == KNOWN_NOT_ZERO && !is_known(column, row))
		return csv_reader_fail(reader->csv, place, "is 0: what is not known is empty");
	if (follows(reader, i) && !got == is_known(column, row))
		return csv_reader_fail(reader->csv, place, "is %s, but %s is%s",
				       got ? "there" : "empty", column[-1].name,
				       got ? " empty" : " not");
	learn(column, got, row);
	return 0;
}

/* A cell that must say what the rest of its row does. */
static int check_derived(const struct schema_reader *reader, const struct column *column, int place,
			 const void *row)
{
	uint64_t is = 0, should = 0;
	int got = schema_number(reader->csv, place, &is);
	bool known = column->derive(row, &should);

	if (got < 0 || (known == (got == 1) && is == should))
		return got < 0 ? got : 0;
	if (!known)
		should = 0;
	return csv_reader_fail(reader->csv, place, "is not what follows from the other cells");
}

/* What could not be told before the whole row was there. */
static int check_row(const struct schema_reader *reader, const void *row)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < reader->schema->n; i++) {
		const struct column *column = &reader->schema->columns[i];
		int place = reader->places[i];

		if (place < 0)
			continue;
		if (column->cell == CELL_DERIVED)
			err = check_derived(reader, column, place, row);
		else if (column->known == KNOWN_IF &&
			 column->known_if(row) != !!*csv_reader_text(reader->csv, place))
			err = csv_reader_fail(reader->csv, place,
					      "is %s, which the other cells of the row deny",
					      column->known_if(row) ? "empty" : "there");
	}
	return err;
}

int schema_next(struct schema_reader *reader, void *row)
{
	const struct schema *schema = reader->schema;
	int got = csv_reader_next(reader->csv), err = 0;

	if (got <= 0)
		return got;
	if (schema->blank)
		memcpy(row, schema->blank, schema->size);
	else
		memset(row, 0, schema->size);
	for (unsigned int i = 0; !err && i < schema->n; i++) {
		if (reader->places[i] >= 0)
			err = read_cell(reader, i, row);
	}
	if (!err)
		err = check_row(reader, row);
	return err ? err : 1;
}
