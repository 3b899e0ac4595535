/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * hist.h - bucket arithmetic of struct vpipe_hist, the same in BPF and userspace
 */
#ifndef VPIPE_HIST_H
#define VPIPE_HIST_H

#include "abi.h"

/** floor(log2(n)) of n < 256, 0 of 0: BPF before cpu v4 has no count-leading-zeros. */
static const unsigned char hist_log2[256] = {
#define X4(n)  n, n, n, n
#define X16(n) X4(n), X4(n), X4(n), X4(n)
#define X64(n) X16(n), X16(n), X16(n), X16(n)
	0, 0, 1, 1, X4(2), X4(3), X4(3), X16(4), X16(5), X16(5), X64(6), X64(7), X64(7),
#undef X64
#undef X16
#undef X4
};

/** Bucket of @ns. The shortest times, which are the most frequent, have the shortest way. */
static inline unsigned long long hist_bucket(unsigned long long ns)
{
	unsigned long long shift;

	if (ns < 1ULL << (VPIPE_HIST_SUB_BITS + 8)) {
		shift = hist_log2[ns >> VPIPE_HIST_SUB_BITS];
		return (shift << VPIPE_HIST_SUB_BITS) + (ns >> shift);
	}
	if (ns < 1ULL << (VPIPE_HIST_SUB_BITS + 16))
		shift = 8;
	else if (ns < 1ULL << (VPIPE_HIST_SUB_BITS + 24))
		shift = 16;
	else if (ns < 1ULL << VPIPE_HIST_MAX_BITS)
		shift = 24;
	else
		return VPIPE_HIST_OVERFLOW;
	/* the masks, here and in hist_add(), change nothing, but the verifier sees them */
	shift += hist_log2[(ns >> (VPIPE_HIST_SUB_BITS + shift)) & 255];
	return (shift << VPIPE_HIST_SUB_BITS) + (ns >> shift);
}

/** Smallest value of @bucket, ns. */
static inline unsigned long long hist_lower(unsigned int bucket)
{
	unsigned int shift = bucket >> VPIPE_HIST_SUB_BITS;

	if (shift < 2)
		return bucket;
	shift--;
	return (unsigned long long)(bucket - (shift << VPIPE_HIST_SUB_BITS)) << shift;
}

/** First value beyond @bucket, ns; 0 for the overflow bucket, which has no end. */
static inline unsigned long long hist_upper(unsigned int bucket)
{
	return bucket >= VPIPE_HIST_OVERFLOW ? 0 : hist_lower(bucket + 1);
}

/** Has nothing been counted yet? As a range it looks like one that has seen 0 only. */
static inline int range_is_empty(const struct vpipe_range *range, const unsigned long long *buckets)
{
	return !range->min_ns && !range->span_ns && !buckets[0];
}

/**
 * Stretch @range to @ns, if it lies outside, which is rare. Whether 0 has been seen, @buckets tell:
 * who counts in many at once does that first.
 */
static inline void range_stretch(struct vpipe_range *range, const unsigned long long *buckets,
				 unsigned long long ns)
{
	if (__builtin_expect(ns - range->min_ns <= range->span_ns, 1))
		return;
	if (range_is_empty(range, buckets)) {
		range->min_ns = ns;
	} else if (ns < range->min_ns) {
		range->span_ns += range->min_ns - ns;
		range->min_ns = ns;
	} else {
		range->span_ns = ns - range->min_ns;
	}
}

/** Count @ns. What can be found out later, such as how many there are, is not done here. */
static inline void hist_add(struct vpipe_range *range, unsigned long long *buckets,
			    unsigned long long ns)
{
	range_stretch(range, buckets, ns);
	range->total_ns += ns;
	buckets[hist_bucket(ns) & VPIPE_HIST_MASK]++;
}

/** The same, where another writer may come in between: nothing that is counted is lost. */
static inline void hist_add_shared(struct vpipe_range *range, unsigned long long *buckets,
				   unsigned long long ns)
{
	range_stretch(range, buckets, ns);
	__sync_fetch_and_add(&range->total_ns, ns);
	__sync_fetch_and_add(&buckets[hist_bucket(ns) & VPIPE_HIST_MASK], 1);
}

/** The same, of a distribution that is in one place. */
static inline void hist_count(struct vpipe_hist *hist, unsigned long long ns)
{
	hist_add(&hist->range, hist->buckets, ns);
}

/** How many were counted. */
static inline unsigned long long hist_total(const struct vpipe_hist *hist)
{
	unsigned long long total = 0;

	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++)
		total += hist->buckets[bucket];
	return total;
}

/** The shortest, ns; if any were counted. */
static inline unsigned long long hist_min(const struct vpipe_hist *hist)
{
	return hist->range.min_ns;
}

/** The longest, ns; if any were counted. */
static inline unsigned long long hist_max(const struct vpipe_hist *hist)
{
	return hist->range.min_ns + hist->range.span_ns;
}

#endif /* VPIPE_HIST_H */
