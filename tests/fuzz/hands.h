/* SPDX-License-Identifier: MIT */
/*
 * hands.h - threads that fire events, for the scheduler's programs to follow
 *
 * They wake, run, wait for a CPU and sleep in reality, at times of a clock that is made up: it only
 * moves on while one of them fires. So where each of them was is known, to the nanosecond: all run
 * on one CPU, by SCHED_FIFO before anybody else, and sleep again before we go on. With each event
 *
 *   - the hand that fires it was on the CPU since the event before,
 *   - those that it has nudged wait for it, and then sleep on,
 *   - the others sleep.
 */
#ifndef VPIPE_TESTS_FUZZ_HANDS_H
#define VPIPE_TESTS_FUZZ_HANDS_H

#include "tests/bpf/feed.h"

#define HANDS 4

/** Start them; all but the last one are traced by @trace. They live as long as the program. */
void hands_start(struct trace *trace);

/** The thread id of @hand. */
uint32_t hand_tid(unsigned int hand);

/** Is @hand traced? */
bool hand_is_traced(unsigned int hand);

/** @hand fires @event, as feed_fire() does, after it has nudged those in @nudged, a bit each. */
void hand_fire(unsigned int hand, unsigned int nudged, struct feed *feed, const char *event,
	       const uint64_t *args, unsigned int n_args);

/** Everybody goes to another CPU, if there is one. */
void hands_move(void);

/** Forget the events of before. */
void hands_forget(void);

/** The number of the next event, from 0. */
unsigned int hands_next(void);

/** Who fired event @event. */
unsigned int hand_of(unsigned int event);

/** What @hand did behind the time @from, up to @to; it was not moved. */
struct vpipe_account hand_account(unsigned int hand, uint64_t from, uint64_t to);

/** How often between @from and event @event @hand woke up. */
unsigned int hand_woke(unsigned int hand, uint64_t from, unsigned int event);

#endif /* VPIPE_TESTS_FUZZ_HANDS_H */
