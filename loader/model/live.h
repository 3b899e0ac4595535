/* SPDX-License-Identifier: MIT */
/*
 * live.h - a run while it goes on: each second of its last minute, and all since the last reset
 *
 * Seconds are those since tracing began. A frame is in the second in which it ended; the last second
 * is the last one that is over, so nothing is shown of a part of one. Memory does not grow.
 */
#ifndef VPIPE_MODEL_LIVE_H
#define VPIPE_MODEL_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/run.h"
#include "loader/model/worst.h"

#define LIVE_MINUTE  60 /* seconds that are kept when they are over */
#define LIVE_SECONDS (LIVE_MINUTE + 4) /* those that are not, yet, and such as come late */
#define LIVE_SLOWEST 16 /* frames that are kept since the reset */

/** What came in a second, or in several. */
struct live_sums {
	uint64_t frames;
	uint64_t e2e_ns; /**< sum over the frames */
	uint64_t max_ns; /**< end to end */
	uint64_t cost_ns[MAX_COSTS]; /**< sums */
	struct {
		uint64_t frames; /**< of which it is known */
		uint64_t ns; /**< sum over these */
	} stages[MAX_STAGES];
	uint64_t drops;
	uint64_t cycles; /**< of buffers, of which it is known how many the driver had left */
	uint64_t left; /**< sum of these */
	uint64_t least; /**< the fewest, if any */
};

/** What a thread did since it was looked at before. */
struct live_thread {
	struct thread thread;
	uint64_t ns; /**< of so long; 0: it is not known */
	uint64_t oncpu_ns, runq_ns, blocked_ns; /**< they add up to that */
};

struct live {
	const struct run *run;
	uint64_t since_ns; /**< the last reset, or when tracing began; 0: it has not */
	struct vpipe_hist
		*hists; /**< since then: of the stages, of e2e, and behind these of the costs */
	uint64_t frames; /**< likewise */
	uint64_t drops[DROP_CAUSE_COUNT]; /**< likewise */
	struct worst slowest; /**< likewise */
	struct live_second {
		uint64_t number; /**< from 1 on; 0: nothing came in it */
		struct live_sums sums;
	} seconds[LIVE_SECONDS];
	struct live_thread threads[VPIPE_MAX_THREADS];
	unsigned int n_threads;
	uint64_t lost; /**< since tracing began: rows, events, whatever is missing */
	uint64_t late; /**< likewise, of all devices */
	uint64_t lost_before, late_before; /**< of these, before the reset */
};

/** Nothing came yet. @run: by whose path frames are, and whose clock and devices it has; it is kept. 0 or -ENOMEM. */
int live_init(struct live *live, const struct run *run);

/** Give back what it holds. */
void live_free(struct live *live);

/** The same figures once more, which stay as they are: @copy is one that was initialised for the same run. */
void live_copy(struct live *copy, const struct live *live);

/** A row of the run came. */
void live_frame(struct live *live, const struct frame *frame);

/** A frame of a device is missing, or failed. */
void live_drop(struct live *live, const struct drop *drop);

/** A buffer came back. */
void live_cycle(struct live *live, const struct cycle *cycle);

/** So much is missing by now. */
void live_lost(struct live *live, uint64_t lost);

/** These @n threads live, with their accounts up to now; by thread id, as to what they did since. */
void live_threads(struct live *live, const struct thread *threads, unsigned int n);

/** Forget all but the last minute and the threads: it is @now. */
void live_reset(struct live *live, uint64_t now);

/** How many seconds are over @now, of those since tracing began. */
uint64_t live_seconds(const struct live *live, uint64_t now);

/**
 * The sums of @n seconds, the last of which is the one before the last @ago ones that are over @now.
 * False: there were not so many, and those there were are in @sums, or they are no longer kept.
 */
bool live_sum(const struct live *live, uint64_t now, unsigned int ago, unsigned int n,
	      struct live_sums *sums);

/** Distributions since the reset: of a stage, of the frame, of a cost. */
const struct vpipe_hist *live_stage(const struct live *live, unsigned int stage);
const struct vpipe_hist *live_e2e(const struct live *live);
const struct vpipe_hist *live_cost(const struct live *live, unsigned int cost);

/** Who woke @thread most often; NULL: nobody did. @share: in which part of all of them. */
const struct vpipe_peer *live_waker(const struct thread *thread, double *share);

/** What the thread @tid is called, if it is one of those that live, or woke one; else "". */
void live_name(const struct live *live, unsigned int tid, char name[VPIPE_COMM_LEN + 1]);

#endif /* VPIPE_MODEL_LIVE_H */
