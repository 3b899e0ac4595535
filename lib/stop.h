/* SPDX-License-Identifier: MIT */
/*
 * stop.h - ending a blocking system call: by SIGINT or SIGTERM, or by a time limit
 *
 * Both work the same way: a signal without SA_RESTART makes the call return
 * EINTR, and the caller asks here what happened. A signal that arrives just
 * before the call would be missed, so the timer repeats until it is noticed.
 *
 * Why not poll(2) with a time limit and then a call that doesn't block? The
 * tracers measure how long DQBUF sleeps and why; after a poll it never would.
 */
#ifndef VPIPE_LIB_STOP_H
#define VPIPE_LIB_STOP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Install the handlers of SIGINT and SIGTERM and make the timer; SIGPIPE and
 * SIGXFSZ are ignored, so that writing reports EPIPE and EFBIG instead.
 * Call once, before anything below. Returns 0 or -errno.
 */
int stop_init(void);

/** The signal that asked the program to end, or 0. */
int stop_signal(void);

/**
 * From now, calls may block for @ns nanoseconds altogether; 0 takes the limit off. Only
 * time in which the process could run counts, see patience.h.
 */
void stop_limit(uint64_t ns);

/**
 * After a call that a signal interrupted: may it be made again? Once the limit has passed
 * it is made one last time, since what it waits for may be there by now. *@last, false
 * before the first call, says that this was it.
 */
bool stop_again(bool *last);

#endif /* VPIPE_LIB_STOP_H */
