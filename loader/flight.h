/* SPDX-License-Identifier: MIT */
/*
 * flight.h - a flight recorder: only the last records are kept, until a frame is slow
 *
 * Records come all the time. Each one goes to a run of its own, of which nothing is written, to see
 * whether a frame, or the row of a chain, takes too long; and into memory, where only the last are
 * kept. When it is over, these make the run that is written. Memory is bounded.
 */
#ifndef VPIPE_FLIGHT_H
#define VPIPE_FLIGHT_H

#include "loader/intake.h"

/** What is kept at most, in bytes, however long it is to be kept: of records, and of a timeline. */
#define FLIGHT_BYTES	  (64U << 20)
#define FLIGHT_SPAN_BYTES (16U << 20)

/** The last of what came: a ring of places, each of which begins with when it was, ns. */
struct kept {
	char *places;
	size_t size; /**< of one */
	size_t room, first, n; /**< places, the first that is used, and how many are */
	size_t most; /**< places that there may be */
};

struct flight {
	uint64_t above_ns; /**< it stops when a frame takes longer */
	uint64_t keep_ns; /**< what ended as long before stays */
	uint64_t cut; /**< what would have stayed, but for the room */
	uint64_t let_go; /**< records of frames that did not */
	uint64_t
		slow_ns; /**< when a slow frame was seen, by the clock of the records; 0: none yet */
	struct run run; /**< of the look at each */
	struct intake intake;
	struct kept records, spans;
	bool landed; /**< what comes from now on is not for it */
};

/**
 * Begin, with above_ns and keep_ns: records of what @options say, which are kept, will come, as for
 * @intake. Returns 0 or -ENOMEM; flight_free() in any case.
 */
int flight_init(struct flight *flight, const struct intake *intake,
		const struct trace_options *options);

/** Free what it holds. */
void flight_free(struct flight *flight);

/** A @record of a frame came, or a @buffer that is no frame. */
void flight_take(struct flight *flight, const struct vpipe_frame *record);
void flight_take_buffer(struct flight *flight, const struct vpipe_buffer *buffer);

/** So did a piece of a thread's timeline. */
void flight_take_span(struct flight *flight, const struct vpipe_span *span);

/** Was a frame slow, and is the rest that is wanted behind it there, at @now_ns? */
bool flight_is_over(const struct flight *flight, uint64_t now_ns);

/** It is over: what was kept goes to @intake, whose run begins with it. Returns 0 or -ENOMEM. */
int flight_land(struct flight *flight, struct intake *intake);

#endif /* VPIPE_FLIGHT_H */
