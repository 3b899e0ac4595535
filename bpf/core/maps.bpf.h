/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * maps.bpf.h - the maps, settings and small helpers of all programs
 *
 * Included by every .bpf.c. Definitions are weak: the linker keeps one of each.
 */
#ifndef VPIPE_MAPS_BPF_H
#define VPIPE_MAPS_BPF_H

#include "hist.h"

__weak const volatile struct trace_config vpipe_config = {};

__weak __u64 vpipe_test_ns SEC(".data") = 0; /* the time, by_hand */

/* The application tells where it copies, and its probes are attached. */
__weak bool vpipe_copy_probes SEC(".data") = false;

/* One record a finished frame. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events __weak SEC(".maps");

/* Latency of each stage, of the whole frame, and of run-queue waits. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs: too large for a per-CPU map */
	__type(key, __u32);
	__type(value, struct vpipe_hists);
} hists __weak SEC(".maps");

/*
 * Open files of the node, at ctx modulo the size or behind it. One that is VPIPE_CONTEXT_PROBES
 * behind it or more is looked for only where there is such a one.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VPIPE_MAX_CONTEXTS);
	__type(key, __u32);
	__type(value, struct vpipe_context);
} contexts __weak SEC(".maps");

/* How many contexts are that far behind. */
__weak __u32 vpipe_displaced SEC(".data") = 0;

/* What was counted, by enum vpipe_loss. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VPIPE_N_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts __weak SEC(".maps");

static __always_inline __u64 now_ns(void)
{
	return vpipe_config.by_hand ? vpipe_test_ns : bpf_ktime_get_ns();
}

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

/*
 * Who counts in them is never preempted, nor interrupted by another that does, so a
 * per-CPU histogram has one writer.
 */
static __always_inline struct vpipe_hists *hists_here(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&hists, &cpu);
}

#endif /* VPIPE_MAPS_BPF_H */
