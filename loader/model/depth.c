// SPDX-License-Identifier: MIT
/* depth.c - see depth.h */
#include <stdlib.h>
#include <string.h>

#include "loader/model/depth.h"

#define MOMENTS 16384 /* 8,192 frames: as many as 256 contexts of 32 buffers can hold back */

/* A frame comes (@came) or is done. At the same time, being done is first. */
struct moment {
	uint64_t ns;
	bool came;
};

struct depth {
	uint64_t from_ns, span_ns;
	uint64_t last_ns; /* of the last moment taken from the heap */
	uint64_t now; /* depth since then */
	uint64_t late;
	unsigned int used;
	void (*changed)(void *arg, uint64_t ns, uint64_t now); /* or NULL */
	void *arg;
	struct depth_slice slices[DEPTH_SLICES];
	struct moment heap[MOMENTS]; /* the earliest is [0]; children of i: 2i + 1, 2i + 2 */
};

struct depth *depth_new(uint64_t from_ns, uint64_t to_ns)
{
	struct depth *depth = calloc(1, sizeof(*depth));

	if (depth) {
		depth->from_ns = from_ns;
		depth->span_ns = to_ns - from_ns + 1;
	}
	return depth;
}

void depth_listen(struct depth *depth, void (*changed)(void *arg, uint64_t ns, uint64_t now),
		  void *arg)
{
	depth->changed = changed;
	depth->arg = arg;
}

static bool is_before(const struct moment *a, const struct moment *b)
{
	return a->ns != b->ns ? a->ns < b->ns : a->came < b->came;
}

static void push(struct depth *depth, struct moment moment)
{
	unsigned int at = depth->used++;

	while (at && is_before(&moment, &depth->heap[(at - 1) / 2])) {
		depth->heap[at] = depth->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	depth->heap[at] = moment;
}

static struct moment pop(struct depth *depth)
{
	struct moment first = depth->heap[0], last = depth->heap[--depth->used];
	unsigned int at = 0, child;

	while ((child = 2 * at + 1) < depth->used) {
		if (child + 1 < depth->used &&
		    is_before(&depth->heap[child + 1], &depth->heap[child]))
			child++;
		if (!is_before(&depth->heap[child], &last))
			break;
		depth->heap[at] = depth->heap[child];
		at = child;
	}
	depth->heap[at] = last;
	return first;
}

static unsigned int slice_of(const struct depth *depth, uint64_t ns)
{
	uint64_t since = ns > depth->from_ns ? ns - depth->from_ns : 0;
	double slice = (double)since / (double)depth->span_ns * DEPTH_SLICES;

	return slice < DEPTH_SLICES ? (unsigned int)slice : DEPTH_SLICES - 1;
}

static void take(struct depth *depth)
{
	struct moment moment = pop(depth);
	struct depth_slice *slice = &depth->slices[slice_of(depth, moment.ns)];

	depth->last_ns = moment.ns;
	depth->now += moment.came ? 1 : -1ULL;
	if (depth->changed)
		depth->changed(depth->arg, moment.ns, depth->now);
	if (!moment.came)
		return;
	slice->frames++;
	slice->sum += depth->now;
	if (depth->now > slice->max)
		slice->max = depth->now;
}

void depth_add(struct depth *depth, uint64_t queued_ns, uint64_t done_ns)
{
	if (queued_ns < depth->last_ns) {
		depth->late++;
		return;
	}
	while (depth->used > MOMENTS - 2)
		take(depth);
	/* making room may have gone past this frame, which is late then */
	if (queued_ns < depth->last_ns) {
		depth->late++;
		return;
	}
	if (done_ns == queued_ns)
		done_ns++; /* or it would be done before it came */
	push(depth, (struct moment){queued_ns, true});
	push(depth, (struct moment){done_ns, false});
}

bool depth_of_frame(const struct path *path, const struct frame *frame, uint64_t *queued_ns,
		    uint64_t *done_ns)
{
	unsigned int queue = path_queue(path), last = path->n_stages - 1;

	*queued_ns = frame->start_ns;
	*done_ns = frame->start_ns + frame->e2e_ns - frame->stages[last].ns;
	for (unsigned int i = 0; i < queue && i < last; i++)
		*queued_ns += frame->stages[i].ns;
	return queue < last;
}

uint64_t depth_finish(struct depth *depth, struct depth_slice slices[DEPTH_SLICES])
{
	while (depth->used)
		take(depth);
	memcpy(slices, depth->slices, sizeof(depth->slices));
	return depth->late;
}

void depth_free(struct depth *depth)
{
	free(depth);
}

double depth_mean(const struct depth_slice *slice)
{
	return slice->frames ? (double)slice->sum / (double)slice->frames : 0;
}
