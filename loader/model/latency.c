// SPDX-License-Identifier: MIT
/* latency.c - see latency.h */
#include <math.h>

#include "bpf/hist.h"
#include "loader/model/latency.h"

static uint64_t clamp(uint64_t value, uint64_t min, uint64_t max)
{
	return value < min ? min : value > max ? max : value;
}

uint64_t hist_percentile(const struct vpipe_hist *hist, double percentile)
{
	uint64_t rank = (uint64_t)ceil((double)hist_total(hist) * percentile / 100);
	uint64_t seen = 0;

	for (unsigned int bucket = 0; bucket < VPIPE_HIST_OVERFLOW; bucket++) {
		seen += hist->buckets[bucket];
		if (seen >= rank && seen) {
			uint64_t lower = hist_lower(bucket);
			uint64_t middle = lower + (hist_upper(bucket) - lower) / 2;

			return clamp(middle, hist_min(hist), hist_max(hist));
		}
	}
	return hist_max(hist); /* beyond the last bucket: all that is known */
}

struct latency latency_of(const struct vpipe_hist *hist)
{
	struct latency latency = {.count = hist_total(hist), .share = -1};

	if (!latency.count)
		return latency;
	latency.min_ns = hist_min(hist);
	latency.p50_ns = hist_percentile(hist, 50);
	latency.p95_ns = hist_percentile(hist, 95);
	latency.p99_ns = hist_percentile(hist, 99);
	latency.p999_ns = hist_percentile(hist, 99.9);
	latency.max_ns = hist_max(hist);
	latency.mean_ns = hist->range.total_ns / latency.count;
	latency.total_ns = hist->range.total_ns;
	return latency;
}
