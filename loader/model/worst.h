/* SPDX-License-Identifier: MIT */
/*
 * worst.h - the longest frames of a run
 */
#ifndef VPIPE_MODEL_WORST_H
#define VPIPE_MODEL_WORST_H

#include "loader/model/frame.h"

/** Most that are kept. */
#define MAX_WORST 100

/** How many are, where nobody has said. */
#define DEFAULT_WORST 5

struct worst {
	unsigned int want; /**< how many are kept */
	unsigned int n; /**< how many there are so far */
	struct frame *frames; /**< as they came to be in it */
	unsigned char
		order[MAX_WORST]; /**< the longest first; of those as long, which came first */
};

/** Keep the longest @want frames, at most MAX_WORST. Returns 0 or -ENOMEM. */
int worst_init(struct worst *worst, unsigned int want);

void worst_free(struct worst *worst);

/** A frame came, with its number. */
void worst_add(struct worst *worst, const struct frame *frame);

/** The one that is longest but for @i; NULL: there is none. */
const struct frame *worst_get(const struct worst *worst, unsigned int i);

#endif /* VPIPE_MODEL_WORST_H */
