// SPDX-License-Identifier: MIT
/* columns.c - see columns.h */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/runs/columns.h"

/* What is in a cell. */
enum cell {
	NUMBER,
	SMALL, /* an unsigned int */
	WAKER, /* a thread's id, or what is none */
	RULE, /* a name of frame_rules[] */
	DEVICE, /* the node of one of the run's devices */
};

struct column {
	char *name;
	enum cell cell;
	size_t at; /* of the value, in struct frame */
	size_t known_at; /* of the bits that say whether it is known ... */
	unsigned int known; /* ... by any of these; 0: it always is */
	bool optional; /* files of older versions lack it */
	bool follows; /* known if and only if the column before it is */
	int place; /* in the file that is read; -1: nowhere */
};

struct columns {
	const struct run *run;
	unsigned int n, room;
	bool no_memory;
	struct column *all;
};

#define AT(member) offsetof(struct frame, member)

/* Where @member of stage @i is. */
#define OF_STAGE(i, member) \
	(AT(stages) + (i) * sizeof(struct frame_stage) + offsetof(struct frame_stage, member))

/* One more, called "FIRSTSECOND". */
static void add(struct columns *columns, const char *first, const char *second,
		struct column column)
{
	struct column *at = columns->all + columns->n;

	if (columns->n == columns->room || asprintf(&column.name, "%s%s", first, second) < 0) {
		columns->no_memory = true;
		return;
	}
	column.place = -1;
	column.follows = columns->n && column.known && column.known == at[-1].known &&
			 column.known_at == at[-1].known_at;
	*at = column;
	columns->n++;
}

/* What each frame has. */
static void add_head(struct columns *columns, const struct path *path)
{
	/* paths that have it: all, our node's, those of any device */
	enum of { ANY, NODE, CYCLES };
	static const struct {
		const char *name;
		size_t at;
		enum of of;
		enum cell cell;
		unsigned int known; /* of devices of any driver */
	} head[] = {
		{"frame", AT(number), ANY, NUMBER, 0},
		{"ctx", AT(ctx), NODE, NUMBER, 0},
		{"device", AT(device), CYCLES, DEVICE, 0},
		{"queue", AT(ctx), CYCLES, NUMBER, 0},
		{"seq", AT(seq), ANY, NUMBER, FRAME_HAS_NUMBERS},
		{"src_seq", AT(src_seq), NODE, NUMBER, 0},
		{"out_index", AT(out_index), NODE, NUMBER, 0},
		{"cap_index", AT(cap_index), ANY, NUMBER, FRAME_HAS_NUMBERS},
		{"algo_id", AT(algo_id), NODE, NUMBER, 0},
		{"bytesused", AT(bytesused), ANY, NUMBER, 0},
		{"start_ns", AT(start_ns), ANY, NUMBER, 0},
	};

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		if (head[i].of == ANY || (head[i].of == CYCLES) == path->cycles)
			add(columns, head[i].name, "",
			    (struct column){.at = head[i].at,
					    .known_at = AT(has),
					    .known = path->cycles ? head[i].known : 0,
					    .cell = head[i].cell});
	}
}

static void add_stages(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++)
		add(columns, path->stages[i].name, "_ns",
		    (struct column){
			    .at = OF_STAGE(i, ns), .known_at = AT(known), .known = 1U << i});
}

static void add_account(struct columns *columns)
{
	static const struct {
		const char *name;
		size_t at;
		unsigned int known;
	} account[] = {
		{"runq_ns", AT(runq_ns), FRAME_HAS_ACCOUNT},
		{"blocked_ns", AT(blocked_ns), FRAME_HAS_ACCOUNT},
		{"nvcsw", AT(nvcsw), FRAME_HAS_SWITCHES},
		{"nivcsw", AT(nivcsw), FRAME_HAS_SWITCHES},
		{"wakeups", AT(wakeups), FRAME_HAS_SWITCHES},
		{"migrations", AT(migrations), FRAME_HAS_SWITCHES},
	};

	for (size_t i = 0; i < sizeof(account) / sizeof(account[0]); i++)
		add(columns, account[i].name, "",
		    (struct column){
			    .at = account[i].at, .known_at = AT(has), .known = account[i].known});
}

static void add_counters(struct columns *columns)
{
	for (unsigned int i = 0; i < COUNTER_COLUMNS; i++)
		add(columns, frame_counters[i], "",
		    (struct column){.at = AT(counters) + i * sizeof(uint64_t),
				    .known_at = AT(counted),
				    .known = 1U << i});
}

static void add_costs(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_costs; i++) {
		if (path_charges(path, i))
			add(columns, path->costs[i].column, "",
			    (struct column){.at = AT(costs) + i * sizeof(uint64_t)});
	}
}

static void add_dwells(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (path->stages[i].may_dwell)
			add(columns, path->stages[i].name, "_dwell_ns",
			    (struct column){.at = OF_STAGE(i, dwell_ns),
					    .known_at = AT(dwells),
					    .known = 1U << i,
					    .optional = true});
	}
}

static void add_splits(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		struct column column = {
			.known_at = AT(accounted), .known = 1U << i, .optional = true};

		column.at = OF_STAGE(i, runq_ns);
		add(columns, path->stages[i].name, "_runq_ns", column);
		column.at = OF_STAGE(i, blocked_ns);
		add(columns, path->stages[i].name, "_blocked_ns", column);
	}
}

static void add_wakes(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		const char *name = path->stages[i].name;
		struct column column = {
			.known_at = OF_STAGE(i, wake.seen), .known = 3, .optional = true};

		if (!path->stages[i].may_dwell)
			continue;
		column.cell = WAKER;
		column.at = OF_STAGE(i, wake.waker);
		add(columns, name, "_waker", column);
		column.cell = SMALL;
		column.at = OF_STAGE(i, wake.cpu_before);
		add(columns, name, "_cpu_before", column);
		column.at = OF_STAGE(i, wake.cpu_after);
		add(columns, name, "_cpu_after", column);
	}
}

/* Which source buffer it is made from, and by what that is known. */
static void add_source(struct columns *columns)
{
	struct column column = {.at = AT(source_sequence),
				.known_at = AT(has),
				.known = FRAME_HAS_SOURCE,
				.optional = true};

	add(columns, "source_sequence", "", column);
	column.at = AT(source_minor);
	add(columns, "source_minor", "", column);
	column.at = AT(source_rule);
	column.cell = RULE;
	add(columns, "source_rule", "", column);
}

/* The same of a chain: the frame that it began with, and by what each hand-off and job is known. */
static void add_links(struct columns *columns, const struct path *path)
{
	struct column column = {.known_at = AT(has), .known = FRAME_HAS_SOURCE, .optional = true};

	column.at = AT(source_device);
	column.cell = DEVICE;
	add(columns, "source_device", "", column);
	column.at = AT(source_sequence);
	column.cell = NUMBER;
	add(columns, "source_sequence", "", column);
	column.cell = RULE;
	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (!stage_has_rule(&path->stages[i]))
			continue;
		column.at = OF_STAGE(i, rule);
		column.known_at = AT(known);
		column.known = 1U << i;
		add(columns, path->stages[i].name, "_rule", column);
	}
}

/* Of the application's hand-off, or of the driver. */
static void add_copies(struct columns *columns, const struct path *path)
{
	struct column column = {.known_at = AT(has), .optional = true};

	column.at = path->cycles ? AT(device_copy_ns) : AT(copy_ns);
	column.known = path->cycles ? FRAME_HAS_DEVICE_COPY : FRAME_HAS_COPY;
	add(columns, path->cycles ? "device_copy_ns" : "user_copy_ns", "", column);
}

/* What the time in the device's queue was spent on. */
static void add_waits(struct columns *columns)
{
	for (unsigned int i = 0; i < N_WAITS; i++)
		add(columns, wait_names[i].column, "",
		    (struct column){.at = AT(waits) + i * sizeof(uint64_t),
				    .known_at = AT(has),
				    .known = FRAME_HAS_WAITS,
				    .optional = true});
}

static void add_all(struct columns *columns, const struct path *path)
{
	add_head(columns, path);
	add_stages(columns, path);
	add(columns, "e2e_ns", "", (struct column){.at = AT(e2e_ns)});
	add_account(columns);
	add_counters(columns);
	add(columns, "flags", "", (struct column){.at = AT(flags)});
	add_costs(columns, path);
	add_dwells(columns, path);
	add_copies(columns, path);
	add_splits(columns, path);
	add_wakes(columns, path);
	if (!path->cycles)
		add_source(columns);
	else if (path_find(path, STAGE_OF_QUEUE) < path->n_stages)
		add_waits(columns);
	if (path_is_chain(path))
		add_links(columns, path);
}

struct columns *columns_new(const struct run *run)
{
	const struct path *path = run->path;
	struct columns *columns = calloc(1, sizeof(*columns));

	if (!columns)
		return NULL;
	columns->run = run;
	/* what a stage has at most: its time, dwell, two splits, three of its wake, its rule */
	columns->room = 32 + path->n_costs + 8 * path->n_stages;
	columns->all = calloc(columns->room, sizeof(columns->all[0]));
	if (columns->all)
		add_all(columns, path);
	if (columns->all && !columns->no_memory)
		return columns;
	columns_free(columns);
	return NULL;
}

void columns_free(struct columns *columns)
{
	if (!columns)
		return;
	for (unsigned int i = 0; i < columns->n; i++)
		free(columns->all[i].name);
	free(columns->all);
	free(columns);
}

char *columns_header(const struct columns *columns)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return NULL;
	for (unsigned int i = 0; i < columns->n; i++)
		fprintf(to, "%s%s", i ? "," : "", columns->all[i].name);
	if (!fclose(to))
		return text;
	free(text);
	return NULL;
}

static const void *value_of(const struct column *column, const struct frame *frame)
{
	return (const char *)frame + column->at;
}

static bool is_known(const struct column *column, const struct frame *frame)
{
	const void *known = (const char *)frame + column->known_at;

	return !column->known || *(const unsigned int *)known & column->known;
}

static void write_waker(struct csv *csv, unsigned int tid)
{
	const char *kind = frame_peer_kind(tid);

	if (kind)
		csv_str(csv, kind);
	else
		csv_u64(csv, tid);
}

static void write_device(struct csv *csv, const struct run *run, uint64_t device)
{
	if (device < run->n_devices)
		csv_str(csv, run->devices[device].node);
	else
		csv_empty(csv);
}

void columns_write(const struct columns *columns, struct csv *csv, const struct frame *frame)
{
	for (const struct column *column = columns->all; column < columns->all + columns->n;
	     column++) {
		const void *value = value_of(column, frame);

		if (!is_known(column, frame))
			csv_empty(csv);
		else if (column->cell == NUMBER)
			csv_u64(csv, *(const uint64_t *)value);
		else if (column->cell == SMALL)
			csv_u64(csv, *(const unsigned int *)value);
		else if (column->cell == WAKER)
			write_waker(csv, *(const unsigned int *)value);
		else if (column->cell == DEVICE)
			write_device(csv, columns->run, *(const uint64_t *)value);
		else
			csv_str(csv, frame_rules[*(const unsigned int *)value]);
	}
	csv_end_row(csv);
}

int columns_find(struct columns *columns, struct csv_reader *reader)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < columns->n; i++) {
		struct column *column = &columns->all[i];

		if (column->optional) {
			err = csv_reader_optional(reader, column->name, &column->place);
		} else {
			column->place = csv_reader_column(reader, column->name);
			err = column->place < 0 ? column->place : 0;
		}
	}
	return err;
}

int columns_place(const struct columns *columns, const char *name)
{
	for (unsigned int i = 0; i < columns->n; i++) {
		if (!strcmp(columns->all[i].name, name))
			return columns->all[i].place;
	}
	return -1;
}

int columns_number(struct csv_reader *reader, int place, uint64_t *value)
{
	int got = csv_reader_u64(reader, place, value);

	if (got == 1 && *value > INT64_MAX)
		return csv_reader_fail(reader, place, "%" PRIu64 " is more than there can be",
				       *value);
	return got;
}

/* A name, of which there are some; their number goes to @value. Returns as csv_reader_u64() does. */
static int read_rule(struct csv_reader *reader, int place, unsigned int *value)
{
	const char *text = csv_reader_text(reader, place);

	for (unsigned int rule = 0; *text && rule < VPIPE_N_RULES; rule++) {
		if (!strcmp(text, frame_rules[rule])) {
			*value = rule;
			return 1;
		}
	}
	return *text ? csv_reader_fail(reader, place, "is no rule that is known") : 0;
}

/* The same, of a device of @run. */
static int read_device(struct csv_reader *reader, int place, const struct run *run, uint64_t *value)
{
	const char *text = csv_reader_text(reader, place);

	for (uint64_t device = 0; device < run->n_devices; device++) {
		if (!strcmp(text, run->devices[device].node)) {
			*value = device;
			return 1;
		}
	}
	return *text ? csv_reader_fail(reader, place, "is no device of the run") : 0;
}

/* The same. */
static int read_small(struct csv_reader *reader, const struct column *column, unsigned int *value)
{
	const char *text = csv_reader_text(reader, column->place);
	uint64_t number;
	int got;

	if (column->cell == WAKER && !strcmp(text, frame_peer_kind(VPIPE_PEER_IDLE)))
		number = VPIPE_PEER_IDLE;
	else if (column->cell == WAKER && !strcmp(text, frame_peer_kind(VPIPE_PEER_INTERRUPT)))
		number = VPIPE_PEER_INTERRUPT;
	else if ((got = csv_reader_u64(reader, column->place, &number)) != 1)
		return got;
	else if (number > UINT32_MAX)
		return csv_reader_fail(reader, column->place, "is more than there can be");
	*value = (unsigned int)number;
	return 1;
}

static int read_cell(const struct columns *columns, const struct column *column,
		     struct csv_reader *reader, struct frame *frame)
{
	void *value = (char *)frame + column->at, *known = (char *)frame + column->known_at;
	int got;

	if (column->cell == NUMBER)
		got = columns_number(reader, column->place, value);
	else if (column->cell == DEVICE)
		got = read_device(reader, column->place, columns->run, value);
	else if (column->cell == RULE)
		got = read_rule(reader, column->place, value);
	else
		got = read_small(reader, column, value);
	if (got < 0)
		return got;
	if (!got && !column->known)
		return csv_reader_fail(reader, column->place, "is empty");
	if (column->follows && !got == is_known(column, frame))
		return csv_reader_fail(reader, column->place, "is %s, but %s is%s",
				       got ? "there" : "empty", column[-1].name,
				       got ? " empty" : " not");
	if (got && column->known)
		*(unsigned int *)known |= column->known;
	return 0;
}

int columns_read(const struct columns *columns, struct csv_reader *reader, struct frame *frame)
{
	int err = 0;

	memset(frame, 0, sizeof(*frame));
	for (unsigned int i = 0; !err && i < columns->n; i++) {
		if (columns->all[i].place >= 0)
			err = read_cell(columns, &columns->all[i], reader, frame);
	}
	return err;
}
