// SPDX-License-Identifier: MIT
/* overview.c - see overview.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/model/overview.h"

#define FIRST_PLACES 4096 /* a power of two, as all numbers of places */

struct overview *overview_new(const struct path *path, uint64_t from_ns, uint64_t to_ns)
{
	struct overview *overview = calloc(1, sizeof(*overview));

	if (!overview)
		return NULL;
	overview->path = path;
	overview->from_ns = from_ns;
	overview->to_ns = to_ns > from_ns ? to_ns : from_ns + 1;
	overview->n_places = FIRST_PLACES;
	overview->cells = calloc(FIRST_PLACES, sizeof(overview->cells[0]));
	if (overview->cells)
		return overview;
	free(overview);
	return NULL;
}

void overview_free(struct overview *overview)
{
	if (overview)
		free(overview->cells);
	free(overview);
}

/* By parts, since the product may have more than 64 bits. */
uint64_t overview_begin(const struct overview *overview, unsigned int slice)
{
	uint64_t length = overview->to_ns - overview->from_ns;

	return length / OVERVIEW_SLICES * slice +
	       length % OVERVIEW_SLICES * slice / OVERVIEW_SLICES;
}

static unsigned int slice_of(const struct overview *overview, uint64_t start_ns)
{
	uint64_t length = overview->to_ns - overview->from_ns;
	uint64_t at = start_ns > overview->from_ns ? start_ns - overview->from_ns : 0;
	unsigned int slice = (unsigned int)((double)at / (double)length * OVERVIEW_SLICES);

	if (slice >= OVERVIEW_SLICES)
		return OVERVIEW_SLICES - 1;
	/* a double may be off by one at a border */
	if (at < overview_begin(overview, slice))
		return slice - 1;
	return slice + (slice + 1 < OVERVIEW_SLICES && at >= overview_begin(overview, slice + 1));
}

static unsigned int largest_of(const uint64_t *costs, unsigned int n)
{
	unsigned int largest = 0;

	for (unsigned int cost = 1; cost < n; cost++) {
		if (costs[cost] > costs[largest])
			largest = cost;
	}
	return largest;
}

static void add_longest(struct overview_slice *slice, const struct path *path,
			const struct frame *frame)
{
	unsigned int at = slice->n_longest;
	struct overview_frame *its;

	if (at < OVERVIEW_LONGEST)
		slice->n_longest++;
	else if (frame->e2e_ns <= slice->longest[--at].e2e_ns)
		return;
	for (; at && frame->e2e_ns > slice->longest[at - 1].e2e_ns; at--)
		slice->longest[at] = slice->longest[at - 1];
	its = &slice->longest[at];
	its->number = frame->number;
	its->start_ns = frame->start_ns;
	its->e2e_ns = frame->e2e_ns;
	memcpy(its->costs, frame->costs, path->n_costs * sizeof(its->costs[0]));
}

/* The cell that is called so, or the place where it would be. */
static struct overview_cell *find_cell(struct overview_cell *cells, uint32_t places,
				       const struct overview_cell *name)
{
	uint32_t at = ((name->slice * 0x9e3779b1U) ^ (name->bucket * 0x85ebca6bU)) + name->cost;

	for (at ^= at >> 15;; at++) {
		struct overview_cell *cell = &cells[at & (places - 1)];

		if (!cell->frames || (cell->slice == name->slice && cell->bucket == name->bucket &&
				      cell->cost == name->cost))
			return cell;
	}
}

/* Twice as many places. */
static int grow(struct overview *overview)
{
	uint32_t places = 2 * overview->n_places;
	struct overview_cell *cells = calloc(places, sizeof(cells[0]));

	if (!cells)
		return -ENOMEM;
	for (uint32_t i = 0; i < overview->n_places; i++) {
		if (overview->cells[i].frames)
			*find_cell(cells, places, &overview->cells[i]) = overview->cells[i];
	}
	free(overview->cells);
	overview->cells = cells;
	overview->n_places = places;
	return 0;
}

static int add_to_cell(struct overview *overview, const struct overview_cell *name)
{
	struct overview_cell *cell = find_cell(overview->cells, overview->n_places, name);
	uint32_t frames = cell->frames;

	if (!frames && overview->n_cells >= overview->n_places / 2) {
		int err = grow(overview);

		if (err)
			return err;
		cell = find_cell(overview->cells, overview->n_places, name);
	}
	overview->n_cells += !frames;
	*cell = *name;
	cell->frames = frames + 1;
	return 0;
}

int overview_add(struct overview *overview, const struct frame *frame)
{
	unsigned int n_costs = overview->path->n_costs;
	struct overview_cell name = {
		.slice = slice_of(overview, frame->start_ns),
		.bucket = (uint32_t)hist_bucket(frame->e2e_ns),
		.cost = largest_of(frame->costs, n_costs),
	};
	struct overview_slice *slice = &overview->slices[name.slice];

	slice->frames++;
	for (unsigned int cost = 0; cost < n_costs; cost++)
		slice->costs[cost] += frame->costs[cost];
	add_longest(slice, overview->path, frame);
	return add_to_cell(overview, &name);
}

static int by_place(const void *a, const void *b)
{
	const struct overview_cell *x = a, *y = b;

	if (!x->frames != !y->frames) /* those that hold nothing come last */
		return !x->frames - !y->frames;
	if (x->slice != y->slice)
		return x->slice < y->slice ? -1 : 1;
	if (x->bucket != y->bucket)
		return x->bucket < y->bucket ? -1 : 1;
	return x->cost < y->cost ? -1 : x->cost > y->cost;
}

void overview_sort(struct overview *overview)
{
	qsort(overview->cells, overview->n_places, sizeof(overview->cells[0]), by_place);
}
