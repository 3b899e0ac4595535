/* SPDX-License-Identifier: MIT */
/*
 * counters.h - the perf counters that the programs read at the stage boundaries
 */
#ifndef VPIPE_TRACE_COUNTERS_H
#define VPIPE_TRACE_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

#define COUNTER_NAME 32
#define COUNTERS_WHY 896

/** An event that can be counted. */
struct counter {
	char name[COUNTER_NAME]; /**< as in the files: "cache_misses", "LLC-loads", "r1b" */
	uint32_t type; /**< perf's */
	uint64_t config;
};

struct counters {
	unsigned int n; /**< 0: none is read */
	struct counter which[VPIPE_MAX_COUNTERS];
	const char *why; /**< why hardware counters are not read; NULL: they are */
};

/**
 * The event that is called @name: as perf has it, '-' and '_' being the same, or by its code, "r1b".
 * Returns 0 or -EINVAL.
 */
int counter_named(const char *name, struct counter *counter);

/** Where in @counters->which the counter is that is named so in the files; -1: nowhere. */
int counters_find(const struct counters *counters, const char *name);

/** True if @counter is the processor's, not the kernel's. */
bool counter_is_hardware(const struct counter *counter);

/**
 * Read a list such as "cycles,LLC-load-misses,r1b"; "hardware" are those with a column that there
 * are, "none" is none. Returns 0, or -errno and in @why a sentence for the user: there is no such
 * name (-EINVAL), this machine does not count it (-ENOENT), they are more than VPIPE_MAX_COUNTERS.
 */
int counters_parse(struct counters *counters, const char *list, char why[COUNTERS_WHY]);

/**
 * Open all on @cpus CPUs and put them into the programs' @map, at the number of the counter times
 * @cpus, plus the CPU. Returns 0 or -errno.
 */
int counters_open(const struct counters *counters, int map, unsigned int cpus);

#endif /* VPIPE_TRACE_COUNTERS_H */
