/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * counters.bpf.h - hardware and software counters at the stage boundaries
 *
 * They count for a CPU, whatever runs there. So a stage is counted only if its
 * thread did not leave the CPU between the two boundaries; interrupts are in it.
 * Which stages of a path are counted, a bit for each, is given by its probe.
 */
#ifndef VPIPE_COUNTERS_BPF_H
#define VPIPE_COUNTERS_BPF_H

#include "core/threads.bpf.h"

/* The counters' events: number of the counter times CPUs, plus the CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__uint(max_entries, VPIPE_MAX_COUNTERS);
} counters __weak SEC(".maps");

/* What the stages of a frame counted, those in `counted`. */
struct counted {
	__u64 stages[VPIPE_MAX_STAGES][VPIPE_MAX_COUNTERS];
};

/* That of the frames on their way: each slot that ever held one has a place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* VPIPE_MAX_COUNTED, where there are counters */
	__type(key, __u32);
	__type(value, struct counted);
} counted_frames __weak SEC(".maps");

/* How many have one. */
__weak __u32 vpipe_n_counted SEC(".data") = 0;

/* What each stage of the frames counted: stage times VPIPE_MAX_COUNTERS, plus the counter. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, VPIPE_MAX_STAGES *VPIPE_MAX_COUNTERS);
	__type(key, __u32);
	__type(value, struct vpipe_hist);
} counter_hists __weak SEC(".maps");

static __always_inline bool counter_read(__u32 counter, __u64 *count)
{
	struct bpf_perf_event_value value = {};
	__u32 index = counter * vpipe_config.n_cpus + bpf_get_smp_processor_id();

	if (bpf_perf_event_read_value(&counters, index, &value, sizeof(value)))
		return false;
	*count = value.counter;
	return true;
}

/* What is being counted on this CPU: it has the thread that is on it. */
struct counters_lap {
	__u32 tid; /* 0: nothing is counted */
	__u32 n_marks; /* of the thread when the stage began: it must not leave meanwhile */
	__u32 counted; /* a bit for each stage in `now` */
	__u32 ctx; /* the frame: its context ... */
	__u32 index; /* ... and OUTPUT buffer */
	__u32 pad;
	__u64 began_ns; /* after its QBUF, or its job, had begun */
	__u64 from[VPIPE_MAX_COUNTERS];
	struct counted now;
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

	return vpipe_config.n_counters ? bpf_map_lookup_elem(&counter_laps, &first) : NULL;
}

/* From now on @thread is counted, the current one; NULL: it is not traced. */
static __always_inline void counters_read(struct counters_lap *lap, struct vpipe_thread *thread)
{
	lap->tid = 0;
	if (!thread)
		return;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS; i++) {
		if (i < vpipe_config.n_counters && !counter_read(i, &lap->from[i]))
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
	lap->began_ns = now_ns();
	lap->counted = 0;
	counters_read(lap, thread_find(current_tid()));
}

/* @stage ends, the next one begins. */
static __always_inline void counters_lap(__u32 stage)
{
	struct counters_lap *lap = counters_here();
	__u64 now[VPIPE_MAX_COUNTERS] = {}; /* or a clang takes what was never set for a pointer */
	struct vpipe_thread *thread;
	bool counts;
	__u32 tid;

	if (!lap)
		return;
	tid = current_tid();
	thread = thread_find(tid);
	counts = thread && lap->tid == tid && lap->n_marks == thread->n_marks;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS; i++) {
		if (i < vpipe_config.n_counters && counts)
			counts = counter_read(i, &now[i]) && now[i] >= lap->from[i];
	}
	for (__u32 i = 0; counts && i < VPIPE_MAX_COUNTERS; i++) {
		if (i < vpipe_config.n_counters)
			lap->now.stages[stage][i] = now[i] - lap->from[i];
	}
	if (counts)
		lap->counted |= 1 << stage;
	counters_read(lap, thread);
}

static __always_inline struct counted *counted_of(struct vpipe_slot *slot)
{
	__u32 place;

	if (!vpipe_config.n_counters)
		return NULL;
	if (!slot->counted)
		slot->counted = __sync_fetch_and_add(&vpipe_n_counted, 1) + 1;
	place = slot->counted;
	return bpf_map_lookup_elem(&counted_frames, &place);
}

/*
 * What was counted here is that of the frame in @slot, if it has come here at its QBUF or the
 * start of its job, at @from_ns. What another one left is not: STREAMON queues what QBUF did not,
 * and a thread may have gone on to this CPU meanwhile.
 */
static __always_inline void counters_take(struct vpipe_slot *slot, __u64 from_ns, __u32 stages)
{
	struct vpipe_frame *frame = &slot->frame;
	struct counted *counted = counted_of(slot);
	struct counters_lap *lap = counters_here();

	if (!lap || !counted)
		return;
	if (lap->ctx != frame->ctx || lap->index != frame->out_index || lap->began_ns < from_ns)
		lap->counted = 0;
#pragma unroll
	for (__u32 stage = 0; stage < VPIPE_MAX_STAGES; stage++) {
		if (stages & lap->counted & 1U << stage)
			__builtin_memcpy(counted->stages[stage], lap->now.stages[stage],
					 sizeof(counted->stages[stage]));
	}
	frame->counted |= lap->counted;
	lap->counted = 0;
	lap->tid = 0;
}

static __always_inline void counter_count(__u32 stage, __u32 counter, __u64 n)
{
	__u32 which = stage * VPIPE_MAX_COUNTERS + counter;
	struct vpipe_hist *hist = bpf_map_lookup_elem(&counter_hists, &which);

	if (hist)
		hist_count(hist, n);
}

/* The frame in @slot is whole: like its times, what its stages counted goes into the sums. */
static __always_inline void counters_count(struct vpipe_slot *slot, __u32 stages)
{
	struct vpipe_frame *frame = &slot->frame;
	struct counted *counted = counted_of(slot);
	bool left_out = vpipe_config.warmup && frame->flags & VPIPE_FRAME_WARMUP;

	if (!counted)
		return;
	for (__u32 i = 0; i < VPIPE_MAX_COUNTERS && i < vpipe_config.n_counters; i++) {
		frame->counters[i] = 0;
		for (__u32 stage = 0; stage < VPIPE_MAX_STAGES; stage++) {
			if (!(stages & frame->counted & 1U << stage))
				continue;
			if (!left_out)
				counter_count(stage, i, counted->stages[stage][i]);
			frame->counters[i] += counted->stages[stage][i];
		}
	}
}

#endif /* VPIPE_COUNTERS_BPF_H */
