// SPDX-License-Identifier: MIT
/* selection.c - see selection.h */
#include <errno.h>
#include <stdlib.h>

#include "loader/model/selection.h"

int selection_begin(struct selection *selection)
{
	if (!selection->worst)
		return 0;
	selection->kept = calloc(selection->worst, sizeof(selection->kept[0]));
	return selection->kept ? 0 : -ENOMEM;
}

static void take(struct selection *selection, const struct frame *frame)
{
	uint64_t end_ns = frame->start_ns + frame->e2e_ns;

	if (!selection->last_ns || frame->start_ns < selection->first_ns)
		selection->first_ns = frame->start_ns;
	if (end_ns > selection->last_ns)
		selection->last_ns = end_ns;
	selection->take(selection->arg, frame);
}

/* Is @a left out before @b? Of frames that took as long, the later one is. */
static bool is_less(const struct frame *a, const struct frame *b)
{
	return a->e2e_ns != b->e2e_ns ? a->e2e_ns < b->e2e_ns : a->number > b->number;
}

static void replace_top(struct selection *selection, const struct frame *frame)
{
	struct frame *kept = selection->kept;
	unsigned int at = 0, child;

	while ((child = 2 * at + 1) < selection->n) {
		if (child + 1 < selection->n && is_less(&kept[child + 1], &kept[child]))
			child++;
		if (!is_less(&kept[child], frame))
			break;
		kept[at] = kept[child];
		at = child;
	}
	kept[at] = *frame;
}

static void rise(struct selection *selection, const struct frame *frame)
{
	struct frame *kept = selection->kept;
	unsigned int at = selection->n++;

	for (; at && is_less(frame, &kept[(at - 1) / 2]); at = (at - 1) / 2)
		kept[at] = kept[(at - 1) / 2];
	kept[at] = *frame;
}

void selection_add(struct selection *selection, const struct frame *frame)
{
	if (frame->start_ns + frame->e2e_ns < selection->from_ns ||
	    frame->start_ns > selection->to_ns)
		return;
	if (!selection->worst)
		take(selection, frame);
	else if (selection->n < selection->worst)
		rise(selection, frame);
	else if (is_less(&selection->kept[0], frame))
		replace_top(selection, frame);
}

static int by_number(const void *a, const void *b)
{
	const struct frame *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

void selection_end(struct selection *selection)
{
	if (selection->n)
		qsort(selection->kept, selection->n, sizeof(selection->kept[0]), by_number);
	for (unsigned int i = 0; i < selection->n; i++)
		take(selection, &selection->kept[i]);
	selection->n = 0;
}

bool selection_covers(const struct selection *selection, uint64_t from_ns, uint64_t to_ns)
{
	if (!selection->worst)
		return to_ns >= selection->from_ns && from_ns <= selection->to_ns;
	return selection->last_ns && to_ns >= selection->first_ns && from_ns <= selection->last_ns;
}

bool selection_is_sparse(const struct selection *selection)
{
	return selection->worst;
}

void selection_free(struct selection *selection)
{
	free(selection->kept);
}
