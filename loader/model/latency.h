/* SPDX-License-Identifier: MIT */
/*
 * latency.h - what a histogram says in a few numbers
 */
#ifndef VPIPE_MODEL_LATENCY_H
#define VPIPE_MODEL_LATENCY_H

#include <stdint.h>

#include "bpf/abi.h"

/** Percentiles and sums of a histogram, ns. */
struct latency {
	uint64_t count; /**< 0: the rest is not valid */
	uint64_t min_ns, p50_ns, p95_ns, p99_ns, p999_ns, max_ns, mean_ns, total_ns;
	double share; /**< of the end-to-end total; < 0: does not apply */
};

/**
 * Value of @hist at @percentile (0 < p <= 100, nearest rank): the middle of its
 * bucket, within the exact minimum and maximum.
 */
uint64_t hist_percentile(const struct vpipe_hist *hist, double percentile);

/** All of them; the share does not apply. */
struct latency latency_of(const struct vpipe_hist *hist);

#endif /* VPIPE_MODEL_LATENCY_H */
