// SPDX-License-Identifier: MIT
/* worst.c - see worst.h */
#include <errno.h>
#include <stdlib.h>

#include "loader/model/worst.h"

int worst_init(struct worst *worst, unsigned int want)
{
	*worst = (struct worst){.want = want > MAX_WORST ? MAX_WORST : want};
	if (worst->want)
		worst->frames = calloc(worst->want, sizeof(worst->frames[0]));
	return worst->want && !worst->frames ? -ENOMEM : 0;
}

void worst_free(struct worst *worst)
{
	free(worst->frames);
}

static uint64_t e2e_at(const struct worst *worst, unsigned int place)
{
	return worst->frames[worst->order[place]].e2e_ns;
}

void worst_add(struct worst *worst, const struct frame *frame)
{
	unsigned int at = worst->n;
	unsigned char slot = (unsigned char)at;

	if (at < worst->want) {
		worst->n++;
	} else {
		if (!at || frame->e2e_ns <= e2e_at(worst, at - 1))
			return;
		slot = worst->order[--at];
	}
	for (; at && frame->e2e_ns > e2e_at(worst, at - 1); at--)
		worst->order[at] = worst->order[at - 1];
	worst->order[at] = slot;
	worst->frames[slot] = *frame;
}

const struct frame *worst_get(const struct worst *worst, unsigned int i)
{
	return i < worst->n ? &worst->frames[worst->order[i]] : NULL;
}
