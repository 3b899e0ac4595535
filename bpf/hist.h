/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * hist.h - bucket arithmetic of struct vpipe_hist, the same in BPF and userspace
 */
#ifndef VPIPE_HIST_H
#define VPIPE_HIST_H

#include "vpipe-bpf.h"

/** floor(log2(v)) of v > 0. Spelled out: BPF before cpu v4 has no count-leading-zeros. */
static inline unsigned int hist_log2(unsigned long long v)
{
	unsigned int bits = 0;

	if (v >> 32) {
		bits += 32;
		v >>= 32;
	}
	if (v >> 16) {
		bits += 16;
		v >>= 16;
	}
	if (v >> 8) {
		bits += 8;
		v >>= 8;
	}
	if (v >> 4) {
		bits += 4;
		v >>= 4;
	}
	if (v >> 2) {
		bits += 2;
		v >>= 2;
	}
	return bits + (v >> 1);
}

/** Bucket of @ns. */
static inline unsigned int hist_bucket(unsigned long long ns)
{
	unsigned int shift;

	if (ns >> VPIPE_HIST_MAX_BITS)
		return VPIPE_HIST_OVERFLOW;
	if (ns < (1 << VPIPE_HIST_SUB_BITS))
		return ns;
	shift = hist_log2(ns) - VPIPE_HIST_SUB_BITS;
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

/** Count @ns. */
static inline void hist_count(struct vpipe_hist *hist, unsigned long long ns)
{
	unsigned int bucket = hist_bucket(ns);

	if (bucket >= VPIPE_HIST_BUCKETS)
		return; /* cannot be: for the verifier */
	if (!hist->count || ns < hist->min_ns)
		hist->min_ns = ns;
	if (ns > hist->max_ns)
		hist->max_ns = ns;
	hist->count++;
	hist->total_ns += ns;
	hist->buckets[bucket]++;
}

#endif /* VPIPE_HIST_H */
