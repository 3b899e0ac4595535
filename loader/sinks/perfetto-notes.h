/* SPDX-License-Identifier: MIT */
/*
 * perfetto-notes.h - what stands with a slice or an instant: all that the row it is of says, under the
 * names of its columns
 */
#ifndef VPIPE_SINKS_PERFETTO_NOTES_H
#define VPIPE_SINKS_PERFETTO_NOTES_H

#include "loader/runs/columns.h"
#include "loader/sinks/packets.h"

/** What rows are of. */
enum noted {
	NOTED_FRAME,
	NOTED_DROP,
	NOTED_CYCLE,
	NOTED_SPAN,
	N_NOTED,
};

struct notes {
	const struct run *run;
	struct packets *packets;
	const struct schema *schemas[N_NOTED];
	unsigned int firsts[N_NOTED]; /* the number of the note of the first column of each */
	struct column_groups groups; /* of a frame's */
};

/** Of @run, into @packets. Returns 0 or -ENOMEM; notes_close() in any case. */
int notes_open(struct notes *notes, const struct run *run, struct packets *packets);

/** All zero is allowed. */
void notes_close(struct notes *notes);

/** What they are called, with the other names of the trace. */
void notes_name(const struct notes *notes);

/** Of a whole frame: but for its stages. */
void note_frame(const struct notes *notes, const struct frame *frame);

/** Of its stage @i, but how long that took, and which frame it is of. */
void note_stage(const struct notes *notes, const struct frame *frame, unsigned int i);

/** Of a struct drop, cycle or span. */
void note_row(const struct notes *notes, enum noted noted, const void *row);

/** Of our node: @n source frames from @first on that nothing was made from. */
void note_gap(const struct notes *notes, uint64_t minor, uint32_t first, uint32_t n);

#endif /* VPIPE_SINKS_PERFETTO_NOTES_H */
