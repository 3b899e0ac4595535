/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * counts.bpf.h - what became of frames, and what was not seen
 */
#ifndef VPIPE_COUNTS_BPF_H
#define VPIPE_COUNTS_BPF_H

#include "abi.h"

/* What was counted, by enum vpipe_loss. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VPIPE_N_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts __weak SEC(".maps");

static __always_inline __u64 *counter_of(__u32 what)
{
	return bpf_map_lookup_elem(&counts, &what);
}

static __always_inline void count(__u32 what)
{
	__u64 *n = counter_of(what);

	if (n)
		__sync_fetch_and_add(n, 1);
}

#endif /* VPIPE_COUNTS_BPF_H */
