/* SPDX-License-Identifier: MIT */
/*
 * unknowns.h - what was not measured, in how many frames, and why
 */
#ifndef VPIPE_MODEL_UNKNOWNS_H
#define VPIPE_MODEL_UNKNOWNS_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/run.h"

struct unknowns {
	uint64_t source, account, counters; /**< frames that lack it */
	uint64_t sequence; /**< frames with a source that lack its sequence: of an older version */
	uint64_t job; /**< of a mem2mem device: frames that begin when they are done */
	uint64_t errors; /**< frames returned with an error */
};

/** A frame came, on @path. */
void unknowns_add(struct unknowns *unknowns, const struct frame *frame, const struct path *path);

/** A thing that was not measured. */
struct unknown {
	uint64_t frames; /**< that lack it; 0: it was measured in all of them */
	const char *what, *why;
};

/** All that may be, one at a time from @i = 0 on, in frames of @run. False: there is no such one. */
bool unknowns_get(const struct unknowns *unknowns, const struct run *run, unsigned int i,
		  struct unknown *unknown);

#endif /* VPIPE_MODEL_UNKNOWNS_H */
