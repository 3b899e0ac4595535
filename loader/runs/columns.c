// SPDX-License-Identifier: MIT
/* columns.c - see columns.h */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/runs/columns.h"

/* A schema that is made of a path. */
struct columns {
	struct schema schema; /* the first member: it is what others see */
	struct column *all;
	unsigned int room;
	bool no_memory;
};

#define AT(member) offsetof(struct frame, member)

/* Where @member of stage @i is. */
#define OF_STAGE(i, member) \
	(AT(stages) + (i) * sizeof(struct frame_stage) + offsetof(struct frame_stage, member))

/* One more, called "FIRSTSECOND"; with a second, it is of the stage that is the first. */
static void add(struct columns *columns, const char *first, const char *second,
		struct column column)
{
	char *name = NULL;

	if (columns->schema.n == columns->room || asprintf(&name, "%s%s", first, second) < 0) {
		columns->no_memory = true;
		return;
	}
	column.name = name;
	if (*second) {
		column.of = first;
		column.suffix = second;
	}
	if (column.bits)
		column.known = KNOWN_BITS;
	columns->all[columns->schema.n++] = column;
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
		unsigned int bits; /* of devices of any driver */
		const char *what;
	} head[] = {
		{"frame", AT(number), ANY, CELL_NUMBER, 0, "number of the row, from 0 on"},
		{"ctx", AT(ctx), NODE, CELL_NUMBER, 0, "the open file of the node, by its id"},
		{"device", AT(device), CYCLES, CELL_DEVICE, 0, "node of the device"},
		{"queue", AT(ctx), CYCLES, CELL_NUMBER, 0, "its queue, by its id in this run"},
		{"seq", AT(seq), ANY, CELL_NUMBER, FRAME_HAS_NUMBERS,
		 "of our node: number of the metadata row; else v4l2_buffer.sequence"},
		{"src_seq", AT(src_seq), NODE, CELL_NUMBER, 0,
		 "the control SRC_SEQUENCE when it was queued"},
		{"out_index", AT(out_index), NODE, CELL_NUMBER, 0, "number of its OUTPUT buffer"},
		{"cap_index", AT(cap_index), ANY, CELL_NUMBER, FRAME_HAS_NUMBERS,
		 "number of its CAPTURE buffer"},
		{"algo_id", AT(algo_id), NODE, CELL_NUMBER, 0, "the control ALGO"},
		{"bytesused", AT(bytesused), ANY, CELL_NUMBER, 0, "bytes of the image"},
		{"start_ns", AT(start_ns), ANY, CELL_NUMBER, 0,
		 "its first point, in ns of CLOCK_MONOTONIC"},
	};

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		if (head[i].of == ANY || (head[i].of == CYCLES) == path->cycles)
			add(columns, head[i].name, "",
			    (struct column){.at = head[i].at,
					    .known_at = AT(has),
					    .bits = path->cycles ? head[i].bits : 0,
					    .cell = head[i].cell,
					    .what = head[i].what});
	}
}

static void add_stages(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++)
		add(columns, path->stages[i].name, "_ns",
		    (struct column){.at = OF_STAGE(i, ns),
				    .known_at = AT(known),
				    .bits = 1U << i,
				    .what = "how long the stage took"});
}

static void add_account(struct columns *columns)
{
	static const struct {
		const char *name;
		size_t at;
		unsigned int bits;
		const char *what;
	} account[] = {
		{"runq_ns", AT(runq_ns), FRAME_HAS_ACCOUNT,
		 "how long its carriers waited for a CPU, if they were traced in all stages"},
		{"blocked_ns", AT(blocked_ns), FRAME_HAS_ACCOUNT, "and how long they slept"},
		{"nvcsw", AT(nvcsw), FRAME_HAS_SWITCHES,
		 "how often they left their CPU of their own will"},
		{"nivcsw", AT(nivcsw), FRAME_HAS_SWITCHES, "and how often against it"},
		{"wakeups", AT(wakeups), FRAME_HAS_SWITCHES, "how often they were woken"},
		{"migrations", AT(migrations), FRAME_HAS_SWITCHES,
		 "how often they came onto another CPU"},
	};

	for (size_t i = 0; i < sizeof(account) / sizeof(account[0]); i++)
		add(columns, account[i].name, "",
		    (struct column){.at = account[i].at,
				    .known_at = AT(has),
				    .bits = account[i].bits,
				    .what = account[i].what});
}

static void add_counters(struct columns *columns)
{
	for (unsigned int i = 0; i < COUNTER_COLUMNS; i++)
		add(columns, frame_counters[i], "",
		    (struct column){.at = AT(counters) + i * sizeof(uint64_t),
				    .known_at = AT(counted),
				    .bits = 1U << i,
				    .what = "the hardware counter, over the stages that have it"});
}

static void add_costs(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_costs; i++) {
		if (path_charges(path, i))
			add(columns, path->costs[i].column, "",
			    (struct column){.of = path->costs[i].name,
					    .at = AT(costs) + i * sizeof(uint64_t),
					    .what = path->costs[i].name});
	}
}

static void add_dwells(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (path->stages[i].may_dwell)
			add(columns, path->stages[i].name, "_dwell_ns",
			    (struct column){.at = OF_STAGE(i, dwell_ns),
					    .known_at = AT(dwells),
					    .bits = 1U << i,
					    .optional = true,
					    .what = "of the stage: done, and nobody had asked"});
	}
}

static void add_splits(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		struct column column = {
			.known_at = AT(accounted), .bits = 1U << i, .optional = true};

		column.at = OF_STAGE(i, runq_ns);
		column.what = "of the stage: its carrier waited for a CPU";
		add(columns, path->stages[i].name, "_runq_ns", column);
		column.at = OF_STAGE(i, blocked_ns);
		column.what = "of the stage: its carrier slept";
		add(columns, path->stages[i].name, "_blocked_ns", column);
	}
}

/* Who carried the frame, and where: of runs with a timeline. */
static void add_carriers(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		struct column column = {.cell = CELL_SMALL, .bits = 1U << i, .optional = true};

		column.at = OF_STAGE(i, tid);
		column.known_at = AT(carried);
		column.what =
			"with --timeline: the thread that carried it in that stage, by its id";
		add(columns, path->stages[i].name, "_tid", column);
		column.at = OF_STAGE(i, cpu);
		column.known_at = AT(placed);
		column.what = "with --timeline: the CPU that this was on when the stage ended";
		add(columns, path->stages[i].name, "_cpu", column);
	}
}

static void add_wakes(struct columns *columns, const struct path *path)
{
	for (unsigned int i = 0; i < path->n_stages; i++) {
		const char *name = path->stages[i].name;
		struct column column = {
			.known_at = OF_STAGE(i, wake.seen), .bits = 3, .optional = true};

		if (!path->stages[i].may_dwell)
			continue;
		column.cell = CELL_PEER;
		column.at = OF_STAGE(i, wake.waker);
		column.what = "who woke its reader: a thread's id, \"idle\" or \"interrupt\"";
		add(columns, name, "_waker", column);
		column.cell = CELL_SMALL;
		column.at = OF_STAGE(i, wake.cpu_before);
		column.what = "the CPU on which the reader fell asleep";
		add(columns, name, "_cpu_before", column);
		column.at = OF_STAGE(i, wake.cpu_after);
		column.what = "the CPU on which it ran again";
		add(columns, name, "_cpu_after", column);
	}
}

/* By which rule something is known. */
static void add_rule(struct columns *columns, const char *first, const char *second,
		     struct column column)
{
	column.cell = CELL_NAME;
	column.names = frame_rules;
	column.n_names = VPIPE_N_RULES;
	column.what = "by which rule that is known";
	add(columns, first, second, column);
}

/* Which source buffer it is made from, and by what that is known. */
static void add_source(struct columns *columns)
{
	struct column column = {.at = AT(source_sequence),
				.known_at = AT(has),
				.bits = FRAME_HAS_SOURCE,
				.optional = true,
				.what = "v4l2_buffer.sequence of the source buffer"};

	add(columns, "source_sequence", "", column);
	column.at = AT(source_minor);
	column.what = "minor number of the source's node";
	add(columns, "source_minor", "", column);
	column.at = AT(source_rule);
	add_rule(columns, "source_rule", "", column);
}

/* The same of a chain: the frame that it began with, and by what each hand-off and job is known. */
static void add_links(struct columns *columns, const struct path *path)
{
	struct column column = {.known_at = AT(has), .bits = FRAME_HAS_SOURCE, .optional = true};

	column.at = AT(source_device);
	column.cell = CELL_DEVICE;
	column.what = "node of the device that the frame began at";
	add(columns, "source_device", "", column);
	column.at = AT(source_sequence);
	column.cell = CELL_NUMBER;
	column.what = "its v4l2_buffer.sequence there";
	add(columns, "source_sequence", "", column);
	for (unsigned int i = 0; i < path->n_stages; i++) {
		if (!stage_has_rule(&path->stages[i]))
			continue;
		column.at = OF_STAGE(i, rule);
		column.known_at = AT(known);
		column.bits = 1U << i;
		add_rule(columns, path->stages[i].name, "_rule", column);
	}
}

/* Of the application's hand-off, or of the driver. */
static void add_copies(struct columns *columns, const struct path *path)
{
	struct column column = {.known_at = AT(has), .optional = true};

	column.at = path->cycles ? AT(device_copy_ns) : AT(copy_ns);
	column.bits = path->cycles ? FRAME_HAS_DEVICE_COPY : FRAME_HAS_COPY;
	column.what = path->cycles ? "how long the driver copied the image"
				   : "how long the application copied it, on a CPU";
	add(columns, path->cycles ? "device_copy_ns" : "user_copy_ns", "", column);
}

/* What the time in the device's queue was spent on. */
static void add_waits(struct columns *columns)
{
	for (unsigned int i = 0; i < N_WAITS; i++)
		add(columns, wait_names[i].column, "",
		    (struct column){.at = AT(waits) + i * sizeof(uint64_t),
				    .known_at = AT(has),
				    .bits = FRAME_HAS_WAITS,
				    .optional = true,
				    .what = wait_names[i].text});
}

static void add_all(struct columns *columns, const struct path *path)
{
	add_head(columns, path);
	add_stages(columns, path);
	add(columns, "e2e_ns", "",
	    (struct column){.at = AT(e2e_ns), .what = "from its first point to its last"});
	add_account(columns);
	add_counters(columns);
	add(columns, "flags", "",
	    (struct column){
		    .at = AT(flags),
		    .what = "1: it came back with an error; 4: of the warm-up, in no time"});
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

const struct schema *columns_new(const struct run *run)
{
	const struct path *path = run->path;
	struct columns *columns = calloc(1, sizeof(*columns));

	if (!columns)
		return NULL;
	/* a stage's, at most: time, dwell, two splits, three of its wake, rule, two of its carrier */
	columns->room = 32 + path->n_costs + 10 * path->n_stages;
	columns->all = calloc(columns->room, sizeof(columns->all[0]));
	columns->schema.columns = columns->all;
	columns->schema.size = sizeof(struct frame);
	if (columns->all)
		add_all(columns, path);
	if (columns->all && run->facts.config.timeline)
		add_carriers(columns, path);
	if (columns->all && !columns->no_memory)
		return &columns->schema;
	columns_free(&columns->schema);
	return NULL;
}

void columns_free(const struct schema *schema)
{
	struct columns *columns = (struct columns *)(uintptr_t)schema;

	if (!columns)
		return;
	for (unsigned int i = 0; i < schema->n; i++)
		free((char *)(uintptr_t)columns->all[i].name);
	free(columns->all);
	free(columns);
}

static unsigned int group_of(const struct column *column, const struct path *path)
{
	unsigned int stage = 0;

	if (!column->of)
		return 0;
	if (!column->suffix)
		return 1 + path->n_stages;
	while (stage < path->n_stages && strcmp(path->stages[stage].name, column->of) != 0)
		stage++;
	return 1 + stage;
}

int column_groups_init(struct column_groups *groups, const struct schema *schema,
		       const struct path *path)
{
	unsigned int n = 0;

	groups->n = path->n_stages + 2;
	groups->places = calloc(schema->n, sizeof(groups->places[0]));
	groups->ends = calloc(groups->n, sizeof(groups->ends[0]));
	if (!groups->places || !groups->ends)
		return -ENOMEM;
	for (unsigned int group = 0; group < groups->n; group++) {
		for (unsigned int i = 0; i < schema->n; i++) {
			if (group_of(&schema->columns[i], path) == group)
				groups->places[n++] = i;
		}
		groups->ends[group] = n;
	}
	return 0;
}

void column_groups_free(struct column_groups *groups)
{
	free(groups->places);
	free(groups->ends);
}
