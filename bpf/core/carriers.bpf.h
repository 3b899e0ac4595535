/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * carriers.bpf.h - the threads in whose hands a frame is, and what they do meanwhile
 *
 * Only records of frames say it: without them (no_frames) nobody is looked at.
 */
#ifndef VPIPE_CARRIERS_BPF_H
#define VPIPE_CARRIERS_BPF_H

#include "core/threads.bpf.h"

/* The current thread, which touches the node: one that is traced, or is from now on. */
static __always_inline struct vpipe_thread *thread_user(__u64 ns)
{
	struct vpipe_thread *thread;

	if (vpipe_config.no_frames && !vpipe_config.adopt_users)
		return NULL;
	thread = thread_current(ns);
	if (vpipe_config.adopt_users && thread_is_wanted(current_tid())) {
		if (!thread)
			thread = thread_add_current(VPIPE_ROLE_CLIENT, ns);
		else
			thread->role = VPIPE_ROLE_CLIENT; /* another's job may have come first */
	}
	return vpipe_config.no_frames ? NULL : thread;
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

#endif /* VPIPE_CARRIERS_BPF_H */
