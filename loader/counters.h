/* SPDX-License-Identifier: MIT */
/*
 * counters.h - the perf counters that the programs read at the stage boundaries
 */
#ifndef VPIPE_COUNTERS_H
#define VPIPE_COUNTERS_H

#include <stdbool.h>

#include "bpf/vpipe-bpf.h"

struct counters {
	unsigned int n; /**< 0: none is read */
	unsigned int which[VPIPE_MAX_COUNTERS]; /**< enum vpipe_counter */
	const char *why; /**< why hardware counters are not read; NULL: they are */
};

/** Name of an enum vpipe_counter, as in the CSV files: "cache_misses". */
const char *counter_name(unsigned int counter);

/** True if @counter is the processor's, not the kernel's. */
bool counter_is_hardware(unsigned int counter);

/**
 * Read a list such as "cycles,page_faults"; "hardware" are all of the
 * processor's that there are, "none" is none. Returns 0, -EINVAL for a name
 * that is none, -E2BIG for more than VPIPE_MAX_COUNTERS, -ENOENT for one that this
 * machine does not have, or why else it can't be opened; the name is in *@wrong then.
 */
int counters_parse(struct counters *counters, const char *list, const char **wrong);

/** Open @counter on @cpu. Returns a file descriptor or -errno. */
int counter_open(unsigned int counter, int cpu);

/** Why a counter of the processor's could not be opened: @err of counter_open(). */
const char *counter_why(int err);

#endif /* VPIPE_COUNTERS_H */
