// SPDX-License-Identifier: MIT
/* table-worst.c - the longest frames, as a person reads them: see table.h */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "lib/text.h"
#include "loader/model/part.h"
#include "loader/model/waits.h"
#include "loader/sinks/table.h"

#define WIDE	  120 /* columns from which on two costs are named, and how long that was */
#define NUMBER	  6 /* columns of its number */
#define INDENT	  (NUMBER + 1 + DURATION_COLUMNS + 1 + 2)
#define MIN_COSTS 13 /* columns: there is a head above them */

/* The name that one of @peers has, which may fill its room; NULL: none of them is it. */
static const char *name_in(const struct vpipe_peers *peers, uint32_t tid)
{
	for (unsigned int i = 0; i < VPIPE_MAX_PEERS; i++) {
		if (peers->top[i].tid == tid && peers->top[i].count)
			return peers->top[i].comm;
	}
	return NULL;
}

/* What any of the run's threads tells of @tid; NULL: nothing. */
static const char *name_of(const struct run *run, uint32_t tid)
{
	const char *name = NULL;

	for (unsigned int i = 0; !name && i < run->n_threads; i++) {
		const struct thread *thread = &run->threads[i];

		name = thread->tid == tid
			       ? thread->comm
			       : name_in(&thread->wakers, tid) ?: name_in(&thread->preemptors, tid);
	}
	return name;
}

/* As sched.csv has it: NAME/TID. */
static void print_thread(FILE *to, const struct run *run, uint32_t tid)
{
	const char *name = name_of(run, tid);
	char comm[VPIPE_COMM_LEN + 1], text[TEXT_ROOM(sizeof(comm))];

	if (name && *name) {
		snprintf(comm, sizeof(comm), "%.*s", VPIPE_COMM_LEN, name);
		text_of(text, sizeof(text), comm, "");
		fprintf(to, "%s/", text);
	} else {
		fputs("thread ", to);
	}
	fprintf(to, "%" PRIu32, tid);
}

void table_print_thread(const struct run *run, uint32_t tid)
{
	print_thread(stdout, run, tid);
}

/* The largest cost of @frame that is not in @taken yet; n_costs if the rest is less than a hundredth. */
static unsigned int next_cost(const struct frame *frame, const struct path *path,
			      unsigned int *taken)
{
	unsigned int next = path->n_costs;

	for (unsigned int cost = 0; cost < path->n_costs; cost++) {
		if (*taken & 1U << cost || !frame->costs[cost] ||
		    frame->costs[cost] < frame->e2e_ns / 100)
			continue;
		if (next == path->n_costs || frame->costs[cost] > frame->costs[next])
			next = cost;
	}
	*taken |= 1U << next;
	return next;
}

static void write_costs(FILE *to, const struct frame *frame, const struct path *path)
{
	unsigned int taken = 0, named = screen_columns() < WIDE ? 1 : 2;

	for (unsigned int n = 0; n < named; n++) {
		unsigned int cost = next_cost(frame, path, &taken);

		if (cost == path->n_costs)
			break;
		fprintf(to, "%s%s %.0f%%", n ? ", " : "", path->costs[cost].name,
			100 * (double)frame->costs[cost] / (double)frame->e2e_ns);
	}
}

/* What held it in a device's queue for longest. */
static const char *longest_wait(const struct frame *frame)
{
	unsigned int longest = 0;

	for (unsigned int wait = 1; wait < N_WAITS; wait++) {
		if (frame->waits[wait] > frame->waits[longest])
			longest = wait;
	}
	return wait_names[longest].text;
}

const char *table_part_text(const struct frame *frame, const struct path *path,
			    const struct part *part)
{
	static const char *const texts[N_PART_KINDS] = {
		[PART_RUNNING] = "running",
		[PART_COPYING] = "copying",
		[PART_RUNQ] = "waiting for a CPU",
		[PART_BLOCKED] = "asleep",
		[PART_DWELL] = "done and not asked for",
		[PART_WHOLE] = "its parts are not known",
	};

	if (part->kind == PART_RUNNING && path->stages[part->stage].extra == STAGE_OF_QUEUE &&
	    frame->has & FRAME_HAS_WAITS)
		return longest_wait(frame);
	return texts[part->kind];
}

/* Who ended its carrier's sleep in stage @i, and on which CPU it ran then; or on which it was. */
static void write_wake(FILE *to, const struct run *run, const struct frame *frame, unsigned int i)
{
	const struct vpipe_wake *wake = &frame->stages[i].wake;
	const char *kind = frame_peer_kind(wake->waker);

	if (!wake->seen) {
		if (frame->placed & 1U << i)
			fprintf(to, ", CPU %u", frame->stages[i].cpu);
		return;
	}
	fputs("; woken by ", to);
	if (kind)
		fprintf(to, "%s %s", wake->waker == VPIPE_PEER_INTERRUPT ? "an" : "the", kind);
	else
		print_thread(to, run, wake->waker);
	if (wake->cpu_before == wake->cpu_after)
		fprintf(to, ", CPU %u", wake->cpu_after);
	else
		fprintf(to, ", CPU %u to %u", wake->cpu_before, wake->cpu_after);
}

/* Where most of its largest cost was. */
static void write_where(FILE *to, const struct run *run, const struct frame *frame)
{
	const struct path *path = run->path;
	struct part part = frame_part(frame, path, frame_largest_cost(frame, path));
	char ns[DURATION_TEXT];

	if (part.stage == path->n_stages)
		return;
	if (screen_columns() >= WIDE)
		fprintf(to, "%s in ", duration_text(part.ns, ns));
	fprintf(to, "%s, %s", path->stages[part.stage].name, table_part_text(frame, path, &part));
	write_wake(to, run, frame, part.stage);
}

/* What is said of a frame: two pieces of text, to be freed; NULL: no memory. */
struct said {
	char *costs, *where;
};

static struct said say(const struct run *run, const struct frame *frame)
{
	struct said said = {0};
	size_t size;
	FILE *to = open_memstream(&said.costs, &size);

	if (to) {
		write_costs(to, frame, run->path);
		fclose(to);
	}
	to = open_memstream(&said.where, &size);
	if (to) {
		write_where(to, run, frame);
		fclose(to);
	}
	return said;
}

static void print_frame(const struct run *run, const struct frame *frame, unsigned int costs_width)
{
	struct said said = say(run, frame);

	printf("%*" PRIu64 " ", NUMBER, frame->number);
	table_print_ns(frame->e2e_ns, DURATION_COLUMNS + 1);
	printf("  ");
	screen_begin(table_hue(run->path, frame_largest_cost(frame, run->path)));
	table_print_column(said.costs ?: "", costs_width);
	screen_end();
	printf("  ");
	table_print_hanging(said.where ?: "", INDENT + costs_width + 2);
	free(said.costs);
	free(said.where);
}

/* Columns of the longest text about costs. */
static unsigned int widest(const struct run *run)
{
	const struct frame *frame;
	unsigned int most = MIN_COSTS;

	for (unsigned int i = 0; (frame = worst_get(&run->worst, i)); i++) {
		struct said said = say(run, frame);
		unsigned int columns = text_columns(said.costs ?: "");

		most = columns > most ? columns : most;
		free(said.costs);
		free(said.where);
	}
	return most;
}

void table_print_worst(const struct run *run)
{
	unsigned int costs_width = widest(run);
	const struct frame *frame;

	if (!run->worst.n)
		return;
	screen_begin(SCREEN_HEAD);
	printf("\n%-*s %*s  %-*s  where", NUMBER, "worst", DURATION_COLUMNS + 1, "e2e",
	       (int)costs_width, screen_columns() < WIDE ? "largest cost" : "largest costs");
	screen_end();
	putchar('\n');
	for (unsigned int i = 0; (frame = worst_get(&run->worst, i)); i++)
		print_frame(run, frame, costs_width);
}
