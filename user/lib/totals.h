/* SPDX-License-Identifier: MIT */
/*
 * totals.h - what the frames of a run add up to
 */
#ifndef VPIPE_TOTALS_H
#define VPIPE_TOTALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "user/lib/rusage.h"

/** What counts of one frame. */
struct sample {
	bool has_sequence; /**< false: nobody knows if frames are missing */
	uint32_t sequence; /**< of the source */
	uint64_t done_ns; /**< when the program had it, CLOCK_MONOTONIC */
	uint64_t took_ns; /**< the time that the summary is about */
	bool damaged; /**< the driver marked it so */
	bool early; /**< dated after it was delivered */
};

struct totals {
	uint64_t rows;
	uint64_t first_ns; /**< done_ns of the first and the last frame */
	uint64_t last_ns;
	bool has_sequence;
	uint32_t last_sequence;
	uint64_t gaps; /**< source frames that were never seen */
	uint64_t repeats; /**< frames whose sequence did not advance */
	uint64_t damaged;
	uint64_t early;
	struct rusage_counts usage;
	uint64_t *took_ns; /**< of each frame */
	size_t room;
};

/** Count one frame, and what the thread used for it. Returns 0 or -ENOMEM. */
int totals_add(struct totals *totals, const struct sample *sample,
	       const struct rusage_counts *usage);

/** Two lines on stdout; @what is what took_ns is: "turnaround". At least one frame is there. */
void totals_print(struct totals *totals, const char *what);

/** Free the times. */
void totals_free(struct totals *totals);

#endif /* VPIPE_TOTALS_H */
