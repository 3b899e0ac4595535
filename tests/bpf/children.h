/* SPDX-License-Identifier: MIT */
/*
 * children.h - threads that sleep and run a known number of times, for the scheduler programs
 *
 * A test runs itself again for it: its main() is children_tests().
 */
#ifndef VPIPE_TESTS_CHILDREN_H
#define VPIPE_TESTS_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/host/child.h"
#include "loader/trace/trace.h"

/** Sleep this often, and keep a CPU busy this long in between. */
void children_sleep(unsigned int times, uint64_t busy_ns);

/**
 * A child that sleeps before its exec, and will do @what: "sleep101", "busy" 20 times, "signals", or
 * "threads": 13, 14 and 15 times.
 */
void children_fork(struct child *child, const char *what);

/** It is traced, and begins. */
void children_start(struct child *child, struct trace *trace);

/**
 * The calling thread is traced, and known: what it does is from its next switch on. Not every sleep
 * is one: its timer may run out before the thread is off its CPU.
 */
void children_trace_self(struct trace *trace);

/**
 * Run the tests that @run runs, as root; with arguments it is the child of one of them. There are
 * virtual machines that lose scheduler events, of every tracer alike: of 3000 wakeups bpftrace counted
 * 2953 to 3000 on one that was busy, where the kernel's own account was exact. Where that was seen to
 * happen, and *@lost is set, they are run up to five times. Returns the exit status.
 */
int children_tests(int argc, char **argv, int (*run)(void), const bool *lost);

#endif /* VPIPE_TESTS_CHILDREN_H */
