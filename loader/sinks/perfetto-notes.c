// SPDX-License-Identifier: MIT
/* perfetto-notes.c - see perfetto-notes.h */
#include <errno.h>

#include "loader/runs/rows.h"
#include "loader/sinks/perfetto-notes.h"

/* Numbers of notes: first of those that are in no row. */
enum {
	NOTE_MINOR = 1,
	NOTE_FIRST,
	NOTE_MISSING,
	NOTE_COLUMNS,
};

int notes_open(struct notes *notes, const struct run *run, struct packets *packets)
{
	*notes = (struct notes){.run = run,
				.packets = packets,
				.schemas = {[NOTED_FRAME] = columns_new(run),
					    [NOTED_DROP] = &drop_schema,
					    [NOTED_CYCLE] = &cycle_schema,
					    [NOTED_SPAN] = &span_schema}};
	if (!notes->schemas[NOTED_FRAME])
		return -ENOMEM;
	notes->firsts[0] = NOTE_COLUMNS;
	for (enum noted noted = 1; noted < N_NOTED; noted++)
		notes->firsts[noted] = notes->firsts[noted - 1] + notes->schemas[noted - 1]->n;
	return column_groups_init(&notes->groups, notes->schemas[NOTED_FRAME], run->path);
}

void notes_close(struct notes *notes)
{
	column_groups_free(&notes->groups);
	columns_free(notes->schemas[NOTED_FRAME]);
}

void notes_name(const struct notes *notes)
{
	struct packets *packets = notes->packets;

	packets_name(packets, PACKETS_NOTES, NOTE_MINOR, "source_minor");
	packets_name(packets, PACKETS_NOTES, NOTE_FIRST, "sequence");
	packets_name(packets, PACKETS_NOTES, NOTE_MISSING, "missing");
	for (enum noted noted = 0; noted < N_NOTED; noted++) {
		const struct schema *schema = notes->schemas[noted];

		for (unsigned int i = 0; i < schema->n; i++)
			packets_name(packets, PACKETS_NOTES, notes->firsts[noted] + i,
				     column_name_in_group(&schema->columns[i]));
	}
}

/* What @row says of the column at @place in its schema, if anything. */
static void note_cell(const struct notes *notes, enum noted noted, unsigned int place,
		      const void *row)
{
	const struct column *column = &notes->schemas[noted]->columns[place];
	unsigned int note = notes->firsts[noted] + place;
	struct said_value said;

	switch (schema_say(column, notes->run, row, &said)) {
	case SAID_NOTHING:
		break;
	case SAID_NUMBER:
		packets_note(notes->packets, note, said.number);
		break;
	case SAID_BYTES:
		packets_note_bytes(notes->packets, note, said.bytes);
		break;
	case SAID_TEXT:
		packets_note_text(notes->packets, note, said.bytes);
		break;
	}
}

/* Those of @group but for the first @shown ones. */
static void note_group(const struct notes *notes, unsigned int group, unsigned int shown,
		       const struct frame *frame)
{
	const struct column_groups *groups = &notes->groups;

	for (unsigned int i = column_groups_first(groups, group) + shown; i < groups->ends[group];
	     i++)
		note_cell(notes, NOTED_FRAME, groups->places[i], frame);
}

void note_frame(const struct notes *notes, const struct frame *frame)
{
	note_group(notes, 0, 0, frame);
	note_group(notes, notes->groups.n - 1, 0, frame);
}

void note_stage(const struct notes *notes, const struct frame *frame, unsigned int i)
{
	note_cell(notes, NOTED_FRAME, 0, frame); /* its number */
	note_group(notes, 1 + i, 1, frame); /* how long it took is how long the slice is */
}

void note_row(const struct notes *notes, enum noted noted, const void *row)
{
	const struct schema *schema = notes->schemas[noted];

	for (unsigned int i = 0; i < schema->n; i++)
		note_cell(notes, noted, i, row);
}

void note_gap(const struct notes *notes, uint64_t minor, uint32_t first, uint32_t n)
{
	packets_note(notes->packets, NOTE_MINOR, minor);
	packets_note(notes->packets, NOTE_FIRST, first);
	packets_note(notes->packets, NOTE_MISSING, n);
}
