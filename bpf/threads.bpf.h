/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * threads.bpf.h - the traced threads and their accounts
 *
 * A thread's account is exact at any recent moment, not only now: each change
 * of its state leaves a mark, so a stage that began while the thread slept
 * (a buffer done before its reader woke) is charged from the nanosecond on.
 */
#ifndef VPIPE_THREADS_BPF_H
#define VPIPE_THREADS_BPF_H

#include "maps.bpf.h"
#include "account.h"

#define TRACED_PIDS (4 * 1024 * 1024) /* PID_MAX_LIMIT of 64-bit kernels */

/* One bit a thread id: the way out for all the threads that are not traced. */
extern __u64 vpipe_traced[TRACED_PIDS / 64];
/* Threads ever added: the next free index in `threads`. */
extern __u32 vpipe_n_threads;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VPIPE_MAX_THREADS);
	__type(key, __u32);
	__type(value, struct vpipe_thread);
} threads __weak SEC(".maps");

/* Living traced threads: thread id to index in `threads`. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, VPIPE_MAX_THREADS);
	__type(key, __u32);
	__type(value, __u32);
} thread_slots __weak SEC(".maps");

static __always_inline __u64 *traced_word(__u32 tid)
{
	__u32 word = tid / 64;

	/* no id is larger, and the verifier must see it */
	asm volatile("%0 &= %1" : "+r"(word) : "i"(TRACED_PIDS / 64 - 1));
	return &vpipe_traced[word];
}

static __always_inline bool thread_is_traced(__u32 tid)
{
	return (*traced_word(tid) >> (tid % 64)) & 1;
}

static __always_inline struct vpipe_thread *thread_find(__u32 tid)
{
	__u32 *slot;

	if (!vpipe_want_sched || !thread_is_traced(tid))
		return NULL;
	slot = bpf_map_lookup_elem(&thread_slots, &tid);
	return slot ? bpf_map_lookup_elem(&threads, slot) : NULL;
}

/* The account of @thread at @ns, now or in its recent past. False: too long ago. */
static __always_inline bool account_at(struct vpipe_thread *thread, __u64 ns,
				       struct vpipe_account *account)
{
	if (ns >= thread->now.ns) {
		account_from(&thread->now, ns, account);
		return thread->now.state != VPIPE_THREAD_UNKNOWN;
	}
	for (__u32 back = 1; back <= VPIPE_MARKS; back++) {
		struct vpipe_mark *mark;

		if (back > thread->n_marks)
			return false;
		mark = &thread->marks[(thread->n_marks - back) % VPIPE_MARKS];
		if (ns >= mark->ns) {
			account_from(mark, ns, account);
			return mark->state != VPIPE_THREAD_UNKNOWN;
		}
	}
	return false;
}

/* What happened between the accounts @begin and @end of a thread, added to a frame's. */
static __always_inline void account_charge(struct vpipe_split *split,
					   struct vpipe_switches *switches,
					   const struct vpipe_account *begin,
					   const struct vpipe_account *end)
{
	split->runq_ns += end->runq_ns - begin->runq_ns;
	split->blocked_ns += end->blocked_ns - begin->blocked_ns;
	switches->nvcsw += end->switches.nvcsw - begin->switches.nvcsw;
	switches->nivcsw += end->switches.nivcsw - begin->switches.nivcsw;
	switches->wakeups += end->switches.wakeups - begin->switches.wakeups;
	switches->migrations += end->switches.migrations - begin->switches.migrations;
}

/*
 * @thread is in @state from now on. What is counted with the change is counted
 * after it: the mark is the account before.
 */
static __always_inline void thread_change(struct vpipe_thread *thread, __u32 state, __u64 ns)
{
	thread->marks[thread->n_marks % VPIPE_MARKS] = thread->now;
	thread->n_marks++;
	if (ns < thread->now.ns)
		ns = thread->now.ns; /* the previous change came from another CPU */
	account_from(&thread->marks[(thread->n_marks - 1) % VPIPE_MARKS], ns, &thread->now.account);
	if (thread->now.state == VPIPE_THREAD_UNKNOWN)
		thread->began_ns = ns;
	if (state == VPIPE_THREAD_RUNQ && thread->now.state != VPIPE_THREAD_RUNQ)
		thread->runq_ns = ns;
	thread->now.ns = ns;
	thread->now.state = state;
}

static __always_inline struct vpipe_thread *thread_current(__u64 ns)
{
	struct vpipe_thread *thread = thread_find((__u32)bpf_get_current_pid_tgid());

	if (thread && thread->now.state == VPIPE_THREAD_UNKNOWN)
		thread_change(thread, VPIPE_THREAD_ONCPU, ns); /* it is here */
	return thread;
}

/* Trace @tid from now on. NULL: no slot is left, or it is traced already. */
static __always_inline struct vpipe_thread *thread_add(__u32 tid, __u32 role, __u32 state, __u64 ns)
{
	struct vpipe_thread *thread;
	__u32 slot;

	if (!vpipe_want_sched || !tid || thread_is_traced(tid))
		return NULL;
	slot = __sync_fetch_and_add(&vpipe_n_threads, 1);
	thread = bpf_map_lookup_elem(&threads, &slot);
	if (!thread) {
		count(VPIPE_LOSS_no_thread);
		return NULL;
	}
	thread->tid = tid;
	thread->slot = slot;
	thread->role = role;
	thread->now.state = state;
	thread->now.ns = ns;
	thread->began_ns = ns; /* moves on while the state is unknown */
	bpf_map_update_elem(&thread_slots, &tid, &slot, BPF_ANY);
	__sync_fetch_and_or(traced_word(tid), 1ULL << (tid % 64));
	return thread;
}

/* @thread is gone: its slot keeps the account, its id may be used again. */
static __always_inline void thread_remove(struct vpipe_thread *thread, __u32 tid, __u64 ns)
{
	thread_change(thread, VPIPE_THREAD_DEAD, ns);
	__sync_fetch_and_and(traced_word(tid), ~(1ULL << (tid % 64)));
	bpf_map_delete_elem(&thread_slots, &tid);
}

#endif /* VPIPE_THREADS_BPF_H */
