/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * timeline.bpf.h - what the traced threads do all the time, a record whenever that changes
 *
 * A thread's spans have the times of its account: each ends when the next one begins, and those of a
 * state add up to what the account has of it. Programs without a timeline have nothing of this: for
 * the events of the scheduler there are others then (sched.bpf.c).
 */
#ifndef VPIPE_TIMELINE_BPF_H
#define VPIPE_TIMELINE_BPF_H

#include "core/threads.bpf.h"

/* A ring of their own: they take no room from frames. Not made without a timeline. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} spans __weak SEC(".maps");

#define ASK_SPANS_EVERY 8 /* records: how much is in the ring? */

/* What @thread did until @end_ns; of a time in which that is not known nothing is sent. */
static __always_inline void span_send(struct vpipe_thread *thread, __u64 end_ns)
{
	__u64 *sent = counter_of(VPIPE_COUNT_SPANS);
	__u64 flags = BPF_RB_NO_WAKEUP;
	struct vpipe_span *span;

	if (!sent ||
	    thread->now.state - VPIPE_THREAD_ONCPU > VPIPE_THREAD_BLOCKED - VPIPE_THREAD_ONCPU)
		return;
	/* one wakeup for many of them, as for frames */
	if (!(*sent % ASK_SPANS_EVERY) &&
	    bpf_ringbuf_query(&spans, BPF_RB_AVAIL_DATA) >= vpipe_config.ring_bytes / 2)
		flags = BPF_RB_FORCE_WAKEUP;
	span = bpf_ringbuf_reserve(&spans, sizeof(*span), 0);
	if (!span) {
		count(VPIPE_LOSS_spans);
		return;
	}
	*span = thread->span;
	span->end_ns = end_ns;
	span->tid = thread->tid;
	span->cpu = thread->now.cpu;
	span->state = thread->now.state;
	bpf_ringbuf_submit(span, flags);
	__sync_fetch_and_add(sent, 1);
}

/* What @thread does is over at @ns, or was before, if the last change came from another CPU. */
static __always_inline void span_end(struct vpipe_thread *thread, __u64 ns)
{
	span_send(thread, ns < thread->now.ns ? thread->now.ns : ns);
}

/* What @thread does since its last change, it does on @cpu. */
static __always_inline void span_begin(struct vpipe_thread *thread, __u32 cpu)
{
	thread->now.cpu = cpu;
	thread->span.start_ns = thread->now.ns;
	thread->span.cause = VPIPE_SPAN_NONE;
}

/* It was made runnable by @peer: its CPU is that of @next now, or, of NULL, it was woken. */
static __always_inline void span_by(struct vpipe_thread *thread, __u32 peer,
				    struct task_struct *next)
{
	thread->span.peer = peer;
	if (next) {
		thread->span.cause = VPIPE_SPAN_PREEMPTED;
		BPF_CORE_READ_STR_INTO(&thread->span.comm, next, comm);
	} else {
		thread->span.cause = VPIPE_SPAN_WOKEN;
		__builtin_memcpy(thread->span.comm, thread->waker, sizeof(thread->waker));
	}
}

#endif /* VPIPE_TIMELINE_BPF_H */
