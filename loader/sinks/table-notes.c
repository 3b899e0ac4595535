// SPDX-License-Identifier: MIT
/* table-notes.c - what has to be known of a run before its numbers are read: see table.h */
#include <inttypes.h>
#include <stdio.h>

#include "loader/model/deadline.h"
#include "loader/model/figure.h"
#include "loader/sinks/table.h"

/* Of a chain what counts is rows, not the frames of each device. */
static void print_warmup(const struct run *run)
{
	bool rows = path_is_chain(run->path) && !run->facts.config.no_frames;
	uint64_t left_out = rows ? run->warmup_rows : run->counts.of[VPIPE_COUNT_WARMUP];

	if (!run->facts.config.warmup)
		return;
	printf("\n       warm-up: the first %" PRIu64 " frames are left out of all times",
	       left_out);
	if (run->n_devices > 1 && !rows)
		printf(", %u of each device", run->facts.config.warmup);
}

static void print_deadline(const struct run *run)
{
	char text[FIGURE_TEXT];

	if (!run->facts.deadline_ns)
		return;
	figure_time_text(run->facts.deadline_ns, text);
	printf("\n       %" PRIu64 " of %" PRIu64 " frames took longer than %s, %s", run->over,
	       deadline_frames(run), text,
	       run->facts.deadline_asked ? "the deadline" : "the frame period");
}

void table_print_notes(const struct run *run)
{
	print_warmup(run);
	print_deadline(run);
}
