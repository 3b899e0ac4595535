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

/* What is being counted on this CPU: it has the thread that is on it. */
struct counters_lap {
	__u32 tid; /* 0: nothing is counted */
	__u32 n_marks; /* of the thread when the stage began: it must not leave meanwhile */
	__u32 counted; /* a bit for each stage, since the sums were taken */
	__u32 ctx; /* the frame: its context ... */
	__u32 index; /* ... and OUTPUT buffer */
	__u32 pad;
	__u64 from[VPIPE_MAX_COUNTERS];
	__u64 sums[VPIPE_MAX_COUNTERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counters_lap);
} counter_laps __weak SEC(".maps");

static __always_inline struct counters_lap *counters_here(void)
{
	__u32 first = 0;

	return vpipe_n_counters ? bpf_map_lookup_elem(&counter_laps, &first) : NULL;
}

/* From now on @thread is counted, the current one; NULL: it is not traced. */
static __always_inline void counters_read(struct counters_lap *lap, struct vpipe_thread *thread)
{
	lap->tid = 0;
	if (!thread)
		return;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS; i++) {
		if (i < vpipe_n_counters && !counter_read(i, &lap->from[i]))
			return;
	}
	lap->tid = thread->tid;
	lap->n_marks = thread->n_marks;
}

/* A stage of a frame begins that is to be counted, behind one that is not. */
static __always_inline void counters_begin(__u32 ctx, __u32 index)
{
	struct counters_lap *lap = counters_here();

	if (!lap)
		return;
	lap->ctx = ctx;
	lap->index = index;
	lap->counted = 0;
	__builtin_memset(lap->sums, 0, sizeof(lap->sums));
	counters_read(lap, thread_find(current_tid()));
}

/* What is being counted is of that frame, or nothing is: STREAMON queues what QBUF did not. */
static __always_inline void counters_are_of(__u32 ctx, __u32 index)
{
	struct counters_lap *lap = counters_here();

	if (lap && (lap->ctx != ctx || lap->index != index))
		lap->tid = 0;
}

/* @stage ends, the next one begins. */
static __always_inline void counters_lap(__u32 stage)
{
	struct counters_lap *lap = counters_here();
	__u64 now[VPIPE_MAX_COUNTERS];
	struct vpipe_thread *thread;
	bool counts;
	__u32 tid;

	if (!lap)
		return;
	tid = current_tid();
	thread = thread_find(tid);
	counts = thread && lap->tid == tid && lap->n_marks == thread->n_marks;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS; i++) {
		if (i < vpipe_n_counters && counts)
			counts = counter_read(i, &now[i]) && now[i] >= lap->from[i];
	}
	for (__u32 i = 0; counts && i < VPIPE_MAX_COUNTERS; i++) {
		__u32 which = stage * VPIPE_MAX_COUNTERS + i;
		struct vpipe_hist *hist;

		if (i >= vpipe_n_counters)
			break;
		hist = bpf_map_lookup_elem(&counter_hists, &which);
		if (hist)
			hist_count(hist, now[i] - lap->from[i]);
		lap->sums[i] += now[i] - lap->from[i];
	}
	if (counts)
		lap->counted |= 1 << stage;
	counters_read(lap, thread);
}

/* What was counted since the beginning is the frame's. */
static __always_inline void counters_take(struct vpipe_frame *frame)
{
	struct counters_lap *lap = counters_here();

	if (!lap)
		return;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS; i++)
		frame->counters[i] = (frame->counted ? frame->counters[i] : 0) + lap->sums[i];
	frame->counted |= lap->counted;
	lap->counted = 0;
	lap->tid = 0;
	__builtin_memset(lap->sums, 0, sizeof(lap->sums));
}

#endif /* VPIPE_COUNTERS_BPF_H */
