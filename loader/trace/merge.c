// SPDX-License-Identifier: MIT
/* merge.c - see merge.h */
#include "bpf/hist.h"
#include "loader/trace/merge.h"

void merge_buckets(struct vpipe_hist *sum, const struct vpipe_range *range,
		   const unsigned long long *buckets)
{
	if (range_is_empty(range, buckets))
		return;
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++)
		sum->buckets[bucket] += buckets[bucket];
	range_stretch(&sum->range, sum->buckets, range->min_ns);
	range_stretch(&sum->range, sum->buckets, range->min_ns + range->span_ns);
	sum->range.total_ns += range->total_ns;
}

void merge_hist(struct vpipe_hist *sum, const struct vpipe_hist *part)
{
	merge_buckets(sum, &part->range, part->buckets);
}
