/* SPDX-License-Identifier: MIT */
/*
 * merge.h - histograms of several CPUs, or of several threads, put together
 */
#ifndef VPIPE_TRACE_MERGE_H
#define VPIPE_TRACE_MERGE_H

#include "bpf/abi.h"

/** Add to @sum what is in @buckets and their @range. */
void merge_buckets(struct vpipe_hist *sum, const struct vpipe_range *range,
		   const unsigned long long *buckets);

/** Add @part to @sum. */
void merge_hist(struct vpipe_hist *sum, const struct vpipe_hist *part);

#endif /* VPIPE_TRACE_MERGE_H */
