/* SPDX-License-Identifier: MIT */
/*
 * selection.h - which frames of a run are wanted: those of a part of its time, the longest of them
 */
#ifndef VPIPE_MODEL_SELECTION_H
#define VPIPE_MODEL_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/frame.h"

/** As many of the longest frames can be asked for. */
#define SELECTION_MAX 10000

struct selection {
	uint64_t from_ns, to_ns; /**< those that were on their way in this time, CLOCK_MONOTONIC */
	unsigned int worst; /**< so many of them, the longest; 0: all */
	void (*take)(void *arg, const struct frame *frame); /**< called for each, in order */
	void *arg;
	uint64_t first_ns, last_ns; /* from when to when there are such frames; last_ns 0: none */
	unsigned int n;
	struct frame *kept; /* worst: a heap, on whose top is the first to be left out */
};

/** All members that are documented are set. Returns 0 or -ENOMEM; selection_free() in any case. */
int selection_begin(struct selection *selection);

/** A frame came, in order. */
void selection_add(struct selection *selection, const struct frame *frame);

/** All of them came: those that were kept are taken now. It may be called again. */
void selection_end(struct selection *selection);

/**
 * Behind selection_end(): is what was from @from_ns to @to_ns of the same time as these frames? If all
 * are wanted, anything is.
 */
bool selection_covers(const struct selection *selection, uint64_t from_ns, uint64_t to_ns);

/** Are frames left out between others? */
bool selection_is_sparse(const struct selection *selection);

void selection_free(struct selection *selection);

#endif /* VPIPE_MODEL_SELECTION_H */
