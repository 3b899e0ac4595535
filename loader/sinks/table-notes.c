// SPDX-License-Identifier: MIT
/* table-notes.c - what has to be known of a run before its numbers are read: see table.h */
#include <inttypes.h>
#include <stdio.h>

#include "lib/clock.h"
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

/* What is there of a run that was recorded until a frame was slow. */
static void print_flight(const struct run *run)
{
	const struct run_facts *facts = &run->facts;
	char above[FIGURE_TEXT];

	if (!facts->flight.above_ns)
		return;
	figure_time_text(facts->flight.above_ns, above);
	printf("\n       recorded for %.1f s, until a frame took over %s: this is the last %.1f "
	       "s,\n"
	       "       without %" PRIu64 " frames; counts, threads and runq are of all the time",
	       (double)(facts->end_ns - facts->flight.since_ns) / NS_PER_SEC, above,
	       (double)(facts->end_ns - facts->start_ns) / NS_PER_SEC, run->records.let_go);
	if (facts->flight.cut)
		printf("\n       (there was no room for %" PRIu64 " of them)", facts->flight.cut);
}

void table_print_notes(const struct run *run)
{
	print_flight(run);
	print_warmup(run);
	print_deadline(run);
}
