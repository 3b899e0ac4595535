/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * counters.bpf.h - hardware and software counters at the stage boundaries
 *
 * They count for a CPU, whatever runs there. So a stage is counted only if its
 * thread did not leave the CPU between the two boundaries; interrupts are in it.
 */
#ifndef VPIPE_COUNTERS_BPF_H
#define VPIPE_COUNTERS_BPF_H

#include "threads.bpf.h"

__weak const volatile __u32 vpipe_n_counters = 0; /* 0: none, and no cost */
__weak const volatile __u32 vpipe_n_cpus = 1;

/* The counters' events: number of the counter times CPUs, plus the CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, VPIPE_MAX_COUNTERS);
} counters __weak SEC(".maps");

/* What each stage counted, frame by frame: stage times VPIPE_MAX_COUNTERS, plus the counter. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VPIPE_N_STAGES *VPIPE_MAX_COUNTERS);
	__type(key, __u32);
	__type(value, struct vpipe_hist);
} counter_hists __weak SEC(".maps");

static __always_inline bool counter_read(__u32 counter, __u64 *count)
{
	struct bpf_perf_event_value value = {};
	__u32 index = counter * vpipe_n_cpus + bpf_get_smp_processor_id();

	if (bpf_perf_event_read_value(&counters, index, &value, sizeof(value)))
		return false;
	*count = value.counter;
	return true;
}

/* A stretch begins that is to be counted. */
static __always_inline void counters_from(struct vpipe_slot *slot, struct vpipe_thread *thread)
{
	if (!vpipe_n_counters)
		return;
	slot->counters_cpu = 0;
	if (!thread)
		return;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS; i++) {
		if (i < vpipe_n_counters && !counter_read(i, &slot->counters[i]))
			return;
	}
	slot->counters_cpu = bpf_get_smp_processor_id() + 1;
	slot->counters_marks = thread->n_marks;
}

/* @stage ends, the next one begins. */
static __always_inline void counters_lap(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u32 stage)
{
	struct vpipe_frame *frame = &slot->frame;
	bool counts;

	if (!vpipe_n_counters)
		return;
	counts = (VPIPE_COUNTED_STAGES & 1 << stage) && slot->counters_marks == thread->n_marks &&
		 slot->counters_cpu == bpf_get_smp_processor_id() + 1;
	for (__u32 i = 0; counts && i < VPIPE_MAX_COUNTERS; i++) {
		__u32 which = stage * VPIPE_MAX_COUNTERS + i;
		struct vpipe_hist *hist;
		__u64 now;

		if (i >= vpipe_n_counters || !counter_read(i, &now))
			break;
		hist = bpf_map_lookup_elem(&counter_hists, &which);
		if (hist)
			hist_count(hist, now - slot->counters[i]);
		frame->counters[i] += now - slot->counters[i];
	}
	if (counts)
		frame->counted |= 1 << stage;
	counters_from(slot, thread);
}

#endif /* VPIPE_COUNTERS_BPF_H */
