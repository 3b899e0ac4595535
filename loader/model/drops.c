// SPDX-License-Identifier: MIT
/* drops.c - see drops.h */
#include <string.h>

#include "loader/model/drops.h"

static uint8_t *seen_at(struct drops_source *source, uint32_t sequence)
{
	return &source->seen[sequence % DROPS_WINDOW];
}

/* @n neighbours from @first on are missing; perhaps the last ones before them were, too. */
static void miss(struct drops *drops, struct drops_source *source, uint32_t first, uint32_t n)
{
	drops->missing += n;
	drops->gaps += source->last_seen;
	if (source->last_seen)
		source->gap_first = first;
	source->gap += n;
	source->last_seen = false;
}

/* What is missing before @sequence, which was seen, is all of that gap. */
static void end_gap(struct drops *drops, struct drops_source *source, uint32_t sequence)
{
	if (source->gap && drops->gap)
		drops->gap(drops->arg, source->minor, source->gap_first, source->gap,
			   source->done_ns[sequence % DROPS_WINDOW]);
	source->gap = 0;
	source->last_seen = true;
}

/* The lowest of those that are not judged yet is. */
static void judge_lowest(struct drops *drops, struct drops_source *source)
{
	uint32_t lowest = source->highest - source->n + 1;

	if (*seen_at(source, lowest))
		end_gap(drops, source, lowest);
	else
		miss(drops, source, lowest, 1);
	source->retired = true;
	source->n--;
}

static void judge_all(struct drops *drops, struct drops_source *source)
{
	while (source->n)
		judge_lowest(drops, source);
}

/* It came, whatever was before. */
static void see(struct drops_source *source, uint32_t sequence, uint64_t done_ns)
{
	*seen_at(source, sequence) = true;
	source->done_ns[sequence % DROPS_WINDOW] = done_ns;
}

/* The next sequence comes, or is passed over. */
static void push(struct drops *drops, struct drops_source *source, bool seen)
{
	if (source->n == DROPS_WINDOW)
		judge_lowest(drops, source);
	source->highest++;
	source->n++;
	*seen_at(source, source->highest) = seen;
}

static void begin(struct drops_source *source, uint64_t minor, uint32_t sequence, uint64_t done_ns)
{
	*source = (struct drops_source){
		.used = true,
		.last_seen = true,
		.minor = minor,
		.highest = sequence,
		.highest_ns = done_ns,
		.n = 1,
	};
	see(source, sequence, done_ns);
}

/* Where the source jumps far, all before it is judged, and what it jumps over. */
static void jump(struct drops *drops, struct drops_source *source, uint32_t sequence,
		 uint64_t done_ns)
{
	uint32_t first = source->highest + 1;

	judge_all(drops, source);
	miss(drops, source, first, sequence - first);
	source->highest = sequence;
	source->n = 1;
	see(source, sequence, done_ns);
}

static void add_higher(struct drops *drops, struct drops_source *source, uint32_t sequence,
		       uint64_t done_ns)
{
	if (sequence - source->highest > DROPS_WINDOW) {
		jump(drops, source, sequence, done_ns);
		return;
	}
	while (source->highest != sequence - 1)
		push(drops, source, false);
	push(drops, source, true);
	see(source, sequence, done_ns);
}

/* @back from the highest one: seen before, late, or before the first, which came first. */
static void add_lower(struct drops *drops, struct drops_source *source, uint32_t back,
		      uint64_t done_ns)
{
	uint8_t *seen = seen_at(source, source->highest - back);

	if (back >= DROPS_WINDOW || (back >= source->n && source->retired)) {
		drops->late++;
		return;
	}
	for (; source->n <= back; source->n++)
		*seen_at(source, source->highest - source->n) = false;
	drops->repeats += *seen;
	if (!*seen)
		see(source, source->highest - back, done_ns);
}

static struct drops_source *find(struct drops *drops, uint64_t minor)
{
	for (unsigned int i = 0; i < DROPS_SOURCES; i++) {
		struct drops_source *source = &drops->sources[i];

		if (!source->used || source->minor == minor)
			return source;
	}
	return NULL;
}

void drops_add(struct drops *drops, uint64_t minor, uint32_t sequence, uint64_t done_ns)
{
	struct drops_source *source = find(drops, minor);
	uint32_t step;

	if (!source) {
		drops->not_followed++;
		return;
	}
	drops->frames++;
	if (!source->used) {
		begin(source, minor, sequence, done_ns);
		return;
	}
	step = sequence - source->highest; /* beyond 2^32 - 1 comes 0 */
	/* in one stream a later frame has a higher number: one that hasn't is of the next stream */
	if (step && step <= INT32_MAX) {
		if (done_ns < source->highest_ns) {
			drops->late++;
			return;
		}
		add_higher(drops, source, sequence, done_ns);
		source->highest_ns = done_ns;
	} else if (done_ns > source->highest_ns) {
		drops->restarts++;
		judge_all(drops, source);
		begin(source, minor, sequence, done_ns);
	} else {
		add_lower(drops, source, -step, done_ns);
	}
}

void drops_finish(struct drops *drops)
{
	for (unsigned int i = 0; i < DROPS_SOURCES && drops->sources[i].used; i++)
		judge_all(drops, &drops->sources[i]);
}
