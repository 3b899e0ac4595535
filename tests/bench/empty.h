/* SPDX-License-Identifier: MIT */
/*
 * empty.h - a raw_tp program that does nothing: the floor under all others
 */
#ifndef VPIPE_TESTS_EMPTY_H
#define VPIPE_TESTS_EMPTY_H

#include <stdint.h>

/** Load one. Returns its file descriptor or -errno. */
int empty_load(void);

/** Attach it to @event. Returns the file descriptor of the link or -errno. */
int empty_attach(int fd, const char *event);

/** Run it once as trace_fire() runs a program. Returns 0 or -errno. */
int empty_fire(int fd);

/** How long it ran so far and how often: as trace_run_time(). */
int empty_run_time(int fd, uint64_t *ns, uint64_t *runs);

#endif /* VPIPE_TESTS_EMPTY_H */
