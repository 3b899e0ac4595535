/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * carriers.bpf.h - the threads in whose hands a frame is, and what they do meanwhile
 *
 * Only records of frames say it: without them (VPIPE_ROWS_NONE) nobody is looked at.
 */
#ifndef VPIPE_CARRIERS_BPF_H
#define VPIPE_CARRIERS_BPF_H

#include "core/threads.bpf.h"

/* The current thread, which touches the node: one that is traced, or is from now on. */
static __always_inline struct vpipe_thread *thread_user(__u64 ns)
{
	struct vpipe_thread *thread;

	if (vpipe_config.rows == VPIPE_ROWS_NONE && !vpipe_config.adopt_users)
		return NULL;
	thread = thread_current(ns);
	if (vpipe_config.adopt_users && thread_is_wanted(current_tid())) {
		if (!thread)
			thread = thread_add_current(VPIPE_ROLE_CLIENT, ns);
		else
			thread->role = VPIPE_ROLE_CLIENT; /* another's job may have come first */
	}
	return vpipe_config.rows == VPIPE_ROWS_NONE ? NULL : thread;
}

/* On which CPU @thread was at @ns, a recent moment. */
static __always_inline __u32 cpu_at(struct vpipe_thread *thread, __u64 ns)
{
	volatile __u32 *n_marks = &thread->n_marks;
	__u32 before = *n_marks, cpu;
	const struct vpipe_mark *mark = mark_at(thread, ns);

	if (!mark)
		return VPIPE_CPU_UNKNOWN;
	cpu = mark->cpu;
	return *n_marks == before ? cpu : VPIPE_CPU_UNKNOWN; /* it was preempted: who knows */
}

/*
 * With VPIPE_ROWS_CARRIED: @thread carried the frame through the stages from point @first to @last,
 * whose times are known. A function: where there is no such thing, nobody makes room for it.
 */
static __noinline __attribute__((unused)) int
carried(struct vpipe_frame *frame, struct vpipe_thread *thread, __u32 first, __u32 last)
{
	if (!frame || !thread)
		return 0;
	for (__u32 stage = 0; stage < VPIPE_MAX_STAGES; stage++) {
		if (stage < first || stage >= last)
			continue;
		frame->carriers[stage].tid = thread->tid;
		frame->carriers[stage].cpu = cpu_at(thread, frame->ns[stage + 1]);
		frame->flags |= 1U << (VPIPE_FRAME_CARRIED + stage);
	}
	return 0;
}

/* Where to note what happened in @stage while the frame's carrier was not on a CPU. */
static __always_inline struct vpipe_split *split_of(struct vpipe_frame *frame, __u32 stage)
{
	struct vpipe_split *split = &frame->splits[stage];

	if (!frame->split) {
		__builtin_memset(&frame->switches, 0, sizeof(frame->switches));
		frame->dwell_runq_ns = 0;
		frame->wake.seen = 0;
	}
	if (!(frame->split & 1U << stage)) {
		frame->split |= 1U << stage;
		split->runq_ns = split->blocked_ns = 0;
	}
	return split;
}

/* Did @thread change its state after @ns? If not it ran on, and there is nothing to charge. */
static __always_inline bool ran_since(struct vpipe_thread *thread, __u64 ns)
{
	return thread->now.ns <= ns && thread->now.state == VPIPE_THREAD_ONCPU;
}

/* From @ns on, @thread carries the frame. */
static __always_inline bool carry_from(struct vpipe_slot *slot, struct vpipe_thread *thread,
				       __u64 ns)
{
	slot->carrier = 0;
	if (!account_at(thread, ns, &slot->base))
		return false;
	slot->carrier = thread->tid;
	return true;
}

/* What the carrier did up to @ns is charged to @stage, or it is unknown. */
static __always_inline void carry_to(struct vpipe_slot *slot, struct vpipe_thread *thread,
				     __u32 stage, __u64 ns)
{
	struct vpipe_frame *frame = &slot->frame;
	struct vpipe_account account;

	if (!slot->carrier || !account_at(thread, ns, &account) ||
	    !account_charge(split_of(frame, stage), &frame->switches, &slot->base, &account)) {
		slot->carrier = 0;
		frame->unknown |= 1 << stage;
		return;
	}
	slot->base = account;
}

/*
 * @thread ran the job, from the point after @queued to @done, and was what the frame waited for in
 * the queue: that it in turn waited for a CPU is known if it has been traced since.
 */
static __always_inline void carry_job(struct vpipe_slot *slot, struct vpipe_thread *thread,
				      __u32 queued, __u32 done)
{
	struct vpipe_frame *frame = &slot->frame;
	__u32 stage = queued;

	if (!thread) {
		for (; stage < done; stage++)
			frame->unknown |= 1 << stage;
		return;
	}
	if (slot->carrier == thread->tid) {
		if (thread->n_marks == slot->n_marks)
			return; /* it has not left its CPU since it was in QBUF */
	} else if (!carry_from(slot, thread, frame->ns[queued])) {
		/* not traced then: all of it is queueing; traced, but too long ago: unknown */
		if (thread->began_ns <= frame->ns[queued])
			frame->unknown |= 1 << queued;
		carry_from(slot, thread, frame->ns[queued + 1]);
		stage++;
	}
	for (__u32 point = queued + 1; point <= done; point++) {
		if (point > stage)
			carry_to(slot, thread, point - 1, frame->ns[point]);
	}
}

/* Through @stage, if it is one from @done to @last: who ran since it began has nothing to be charged. */
static __always_inline void carry_on(struct vpipe_slot *slot, struct vpipe_thread *thread,
				     __u32 stage, __u32 done, __u32 last)
{
	if (stage < last && (stage == done || !ran_since(thread, slot->frame.ns[stage])))
		carry_to(slot, thread, stage, slot->frame.ns[stage + 1]);
}

/*
 * The reader, @thread, carries the frame from point @done to the @last one, or since it asked for it
 * if that was later, but before the next point: four stages at most. What it waited for a CPU before
 * it could ask is the frame's as well.
 */
static __always_inline void carry_reader(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u32 done, __u32 last)
{
	struct vpipe_frame *frame = &slot->frame;
	__u64 from = frame->ns[done], asked_ns = frame->asked_ns;
	struct vpipe_split *split;
	__s64 waited;

	if (!thread || !asked_ns) {
		frame->unknown |= (1 << last) - (1 << done);
		return;
	}
	if (ran_since(thread, from))
		return;
	split = split_of(frame, done);
	if (asked_ns > from) {
		waited = runq_between(thread, from, asked_ns);
		if (waited < 0) {
			frame->unknown |= 1 << done;
			return;
		}
		split->runq_ns = frame->dwell_runq_ns = waited;
		if (ran_since(thread, asked_ns))
			return;
		from = asked_ns;
	}
	carry_from(slot, thread, from);
	/* not a loop, which is more than some compilers unroll */
	carry_on(slot, thread, done, done, last);
	carry_on(slot, thread, done + 1, done, last);
	carry_on(slot, thread, done + 2, done, last);
	carry_on(slot, thread, done + 3, done, last);
	if (split->blocked_ns)
		frame->wake = thread->wake;
}

/* The same, if rows are wanted. */
static __always_inline void carry_read(struct vpipe_slot *slot, struct vpipe_thread *thread,
				       __u32 done, __u32 last)
{
	if (vpipe_config.rows != VPIPE_ROWS_NONE)
		carry_reader(slot, thread, done, last);
}

#endif /* VPIPE_CARRIERS_BPF_H */
