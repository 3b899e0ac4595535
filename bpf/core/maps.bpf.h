/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * maps.bpf.h - the maps, settings and small helpers of all programs
 *
 * Included by every .bpf.c. Definitions are weak: the linker keeps one of each.
 */
#ifndef VPIPE_MAPS_BPF_H
#define VPIPE_MAPS_BPF_H

#include "hist.h"

/* Settings, frozen by the loader before load: what is off costs nothing. */
__weak const volatile bool vpipe_test_clock = false; /* tests: time is vpipe_test_ns */
__weak const volatile bool vpipe_want_source = false; /* source programs are attached */
__weak const volatile bool vpipe_expect_source = false; /* every frame has a source */
/* Only the frames of files that clients open, or queue to; else of every file. */
__weak const volatile bool vpipe_only_clients = false;
/* Trace each thread that touches the node, from then on; if only_clients, theirs. */
__weak const volatile bool vpipe_adopt_users = false;
/* Clients may hold source frames, or copies of them, that were dequeued before tracing began. */
__weak const volatile bool vpipe_joins_late = false;
__weak const volatile bool vpipe_want_sched = true; /* scheduler programs are attached */
__weak const volatile bool vpipe_want_frames = true; /* send frame records */
/* Wake the reader when this many bytes wait in the ring; below it polls by time. */
__weak const volatile __u64 vpipe_wakeup_bytes = 65536;

/*
 * Before 7.0 whoever listens to a trace event runs with preemption off; since then only where the
 * event is called so: switches and wakeups are, and ours (vpipe_event() in kmod/). Programs of
 * others may be preempted, so they change nothing half-way that another one reads; the same event
 * of the next thread on that CPU is missed meanwhile, which the kernel counts.
 *
 * So such an event has two programs: where one is running already, preempted, and so misses it,
 * the other one most often is not. Each event may come once or twice, and it must not matter. The
 * second, whose name ends with VPIPE_TWIN_SUFFIX, is loaded where this is set only.
 */
__weak const volatile bool vpipe_preemptible = false;

/* Filled in by libbpf, also where a distribution's release hides it. */
extern int LINUX_KERNEL_VERSION __kconfig;

__weak __u64 vpipe_test_ns = 0;

/*
 * Programs are attached and detached one by one, which takes long. Until all are
 * attached, and as soon as the run is over, none of them looks at anything: what
 * one saw and the next did not would be taken for something that happened. So that is what each
 * of them looks at first.
 */
__weak volatile bool vpipe_on = false;

/* The application tells where it copies, and its probes are attached. */
__weak volatile bool vpipe_copy_probes = false;

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
__weak __u32 vpipe_displaced = 0;

/* What was counted, by enum vpipe_loss. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VPIPE_N_COUNTS);
	__type(key, __u32);
	__type(value, __u64);
} counts __weak SEC(".maps");

static __always_inline __u64 now_ns(void)
{
	return vpipe_test_clock ? vpipe_test_ns : bpf_ktime_get_ns();
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
