// SPDX-License-Identifier: MIT
/* table-notes.c - what has to be known of a run before its numbers are read: see table.h */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/clock.h"
#include "loader/model/deadline.h"
#include "loader/model/figure.h"
#include "loader/sinks/table.h"

#define COLUMNS 80
#define INDENT	7

/* Where on the line the next one begins. */
struct notes {
	int column;
};

/* Behind the one before, if it has room there, else on a line of its own. */
__attribute__((format(printf, 2, 3))) static void note(struct notes *notes, const char *fmt, ...)
{
	char text[COLUMNS];
	va_list ap;
	int length;

	va_start(ap, fmt);
	length = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (notes->column && notes->column + 2 + length < COLUMNS) {
		printf("; %s", text);
		notes->column += 2 + length;
	} else {
		printf("\n%*s%s", INDENT, "", text);
		notes->column = INDENT + length;
	}
}

/* Of a chain what counts is rows, not the frames of each device. */
static void print_warmup(const struct run *run, struct notes *notes)
{
	bool rows = path_is_chain(run->path) && !run->facts.config.no_frames;
	uint64_t left_out = rows ? run->warmup_rows : run->counts.of[VPIPE_COUNT_WARMUP];

	if (!run->facts.config.warmup)
		return;
	if (run->n_devices > 1 && !rows)
		note(notes, "warm-up of %" PRIu64 " frames left out, the first %u of each device",
		     left_out, run->facts.config.warmup);
	else
		note(notes, "warm-up of %" PRIu64 " frames left out", left_out);
}

static void print_deadline(const struct run *run, struct notes *notes)
{
	const struct run_facts *facts = &run->facts;

	char limit[FIGURE_TEXT];

	if (!facts->deadline_ns)
		return;
	if (facts->deadline_asked)
		figure_time_text(facts->deadline_ns, limit);
	else
		snprintf(limit, sizeof(limit), "%.1f ms", (double)facts->deadline_ns / 1e6);
	note(notes, "%" PRIu64 " of %" PRIu64 " over %s, the %s", run->over, deadline_frames(run),
	     limit, facts->deadline_asked ? "deadline" : "frame period");
}

/* What is there of a run that was recorded until a frame was slow. */
static void print_flight(const struct run *run)
{
	const struct run_facts *facts = &run->facts;

	if (!facts->flight.above_ns)
		return;
	printf("\n       recorded %.1f s, until a frame took over %.6g ms: the last %.1f s,\n"
	       "       without %" PRIu64 " frames; counts, threads and runq are of all the time",
	       (double)(facts->end_ns - facts->flight.since_ns) / NS_PER_SEC,
	       (double)facts->flight.above_ns / 1e6,
	       (double)(facts->end_ns - facts->start_ns) / NS_PER_SEC, run->records.let_go);
	if (facts->flight.cut)
		printf("\n       (there was no room for %" PRIu64 " of them)", facts->flight.cut);
}

void table_print_notes(const struct run *run)
{
	struct notes notes = {0};

	print_flight(run);
	print_warmup(run, &notes);
	print_deadline(run, &notes);
}
