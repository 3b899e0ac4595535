/* SPDX-License-Identifier: MIT */
/*
 * waits.h - what a frame waited for in the queue of a mem2mem device: its stage `queue`, divided
 */
#ifndef VPIPE_MODEL_WAITS_H
#define VPIPE_MODEL_WAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

/**
 * X(wait, what it is): in the order in which they end a wait. A job needs a CAPTURE buffer, the
 * device free of jobs, and then a CPU for whoever starts it.
 */
#define WAITS(X)                                      \
	X(no_buffer, "no CAPTURE buffer")             \
	X(own_jobs, "jobs of its own file before it") \
	X(other_jobs, "jobs of other files")          \
	X(start, "device_run had yet to be called")

enum wait {
#define X(wait, text) WAIT_##wait,
	WAITS(X)
#undef X
		N_WAITS,
};

/** What they are called: in columns, "queue_NAME_ns", and for people. */
extern const struct wait_name {
	const char *column, *text;
} wait_names[N_WAITS];

/**
 * Divide the time of @frame from when the driver got its OUTPUT buffer, at its point @given, to the
 * next one. False: its job is not known.
 */
bool waits_of(const struct vpipe_frame *frame, unsigned int given, uint64_t waits[N_WAITS]);

#endif /* VPIPE_MODEL_WAITS_H */
