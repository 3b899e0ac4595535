/* SPDX-License-Identifier: MIT */
/*
 * clock.h - the one clock of vpipe: the kernel's CLOCK_MONOTONIC
 *
 * Drivers date frames by it, and the tracer its events. In a time namespace (a
 * container may have one) programs are shown another one, which is ahead of it, or
 * behind.
 */
#ifndef VPIPE_LIB_CLOCK_H
#define VPIPE_LIB_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define NS_PER_SEC 1000000000ULL
#define NS_PER_US  1000ULL

/** @ns as a timespec. */
static inline struct timespec ns_timespec(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NS_PER_SEC),
				 .tv_nsec = (long)(ns % NS_PER_SEC)};
}

/** How far this process's CLOCK_MONOTONIC is ahead of the kernel's; set before main(). */
extern uint64_t clock_ahead_ns;

/** It as /proc/PID/timens_offsets, @text, tells it. Returns 0, or -EINVAL if that is no such text. */
int clock_parse_offsets(const char *text, uint64_t *ahead_ns);

/** The kernel's CLOCK_MONOTONIC now, in nanoseconds. */
static inline uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec - clock_ahead_ns;
}

/** The kernel's CLOCK_BOOTTIME now, ns; 0: not known, in a time namespace of its own. */
uint64_t clock_boottime_ns(void);

/** @ns of clock_ns() as this process's own CLOCK_MONOTONIC has it, for waiting until then. */
static inline struct timespec clock_local(uint64_t ns)
{
	return ns_timespec(ns + clock_ahead_ns);
}

/**
 * A V4L2 buffer's timestamp in nanoseconds (V4L2 resolves microseconds), with all 64 bits:
 * from 2^63 on V4L2 shows seconds below 0. Whatever tv_usec holds, drivers that are given
 * this timestamp make the same of it.
 */
static inline uint64_t timeval_ns(struct timeval tv)
{
	return (uint64_t)tv.tv_sec * NS_PER_SEC + (uint32_t)tv.tv_usec * NS_PER_US;
}

/** *@ns = @until - @since; false: no int64_t is as large. */
static inline bool ns_between(uint64_t since, uint64_t until, int64_t *ns)
{
	*ns = (int64_t)(until - since);
	return (*ns >= 0) == (until >= since);
}

/** How far two times are from each other, whichever is the later. */
static inline uint64_t ns_apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/** @ns as a V4L2 buffer's timestamp, cut to microseconds. */
static inline struct timeval ns_timeval(uint64_t ns)
{
	return (struct timeval){.tv_sec = (time_t)(ns / NS_PER_SEC),
				.tv_usec = (suseconds_t)(ns % NS_PER_SEC / NS_PER_US)};
}

#endif /* VPIPE_LIB_CLOCK_H */
