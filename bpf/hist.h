/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * hist.h - bucket arithmetic of struct vpipe_hist, the same in BPF and userspace
 */
#ifndef VPIPE_HIST_H
#define VPIPE_HIST_H

#include "vpipe-bpf.h"

/**
 * floor(log2(v)) of 0 < v < 2^63. BPF before cpu v4 has no count-leading-zeros, and
 * branches cost more than this: the ones below the highest are filled up, and
 * multiplied with a de Bruijn sequence each such number has its own upper six bits
 * (C. E. Leiserson, H. Prokop, K. H. Randall, "Using de Bruijn Sequences to Index a
 * 1 in a Computer Word", 1998).
 */
static inline unsigned int hist_log2(unsigned long long v)
{
	static const unsigned char log2_of[64] = {
		0,  58, 1,  59, 47, 53, 2,  60, 39, 48, 27, 54, 33, 42, 3,  61,
		51, 37, 40, 49, 18, 28, 20, 55, 30, 34, 11, 43, 14, 22, 4,  62,
		57, 46, 52, 38, 26, 32, 41, 50, 36, 17, 19, 29, 10, 13, 21, 56,
		45, 25, 31, 35, 16, 9,	12, 44, 24, 15, 8,  23, 7,  6,	5,  63,
	};

	v |= v >> 1;
	v |= v >> 2;
	v |= v >> 4;
	v |= v >> 8;
	v |= v >> 16;
	v |= v >> 32;
	return log2_of[(v * 0x03f6eaf2cd271461ULL) >> 58];
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
