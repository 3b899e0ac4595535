/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * threads.bpf.h - the traced threads and their accounts
 *
 * A thread's account is exact at any recent moment, not only now: each change
 * of its state leaves a mark, so a stage that began while the thread slept
 * (a buffer done before its reader woke) is charged from the nanosecond on.
 */
#ifndef VPIPE_THREADS_BPF_H
#define VPIPE_THREADS_BPF_H

#include "account.h"
#include "hist.h"
#include "core/config.bpf.h"
#include "core/counts.bpf.h"
#include "core/shared.bpf.h"

/* Where to look for a free slot first. */
__weak __u32 vpipe_next_slot SEC(".data") = 0;

static __always_inline __u64 *tid_word(__u64 *bits, __u32 tid)
{
	__u32 word = tid / 64;

	/* no id is larger, and the verifier must see it */
	asm volatile("%0 &= %1" : "+r"(word) : "i"(VPIPE_MAX_TIDS / 64 - 1));
	return &bits[word];
}

static __always_inline bool tid_test(__u64 *bits, __u32 tid)
{
	return (*tid_word(bits, tid) >> (tid % 64)) & 1;
}

static __always_inline void tid_set(__u64 *bits, __u32 tid)
{
	__sync_fetch_and_or(tid_word(bits, tid), 1ULL << (tid % 64));
}

static __always_inline void tid_clear(__u64 *bits, __u32 tid)
{
	__sync_fetch_and_and(tid_word(bits, tid), ~(1ULL << (tid % 64)));
}

/*
 * Which of @thread's marks is the last one up to @ns; VPIPE_MARKS: it is too long ago. Global: the
 * verifier looks at it once, not at every one of its ways out from each place that calls it.
 */
__weak __noinline int mark_before(struct vpipe_thread *thread, __u64 ns)
{
	if (!thread)
		return VPIPE_MARKS;
	for (__u32 back = 1; back <= VPIPE_MARKS; back++) {
		__u32 index = (thread->n_marks - back) % VPIPE_MARKS;

		/* one that was not made yet is of time 0, state UNKNOWN */
		if (ns >= thread->marks[index].ns)
			return index;
	}
	return VPIPE_MARKS;
}

/* In which state @thread was at @ns, now or in its recent past. NULL: too long ago. */
static __always_inline const struct vpipe_mark *mark_at(struct vpipe_thread *thread, __u64 ns)
{
	const struct vpipe_mark *mark = &thread->now;
	__u32 index;

	if (ns < mark->ns) {
		index = mark_before(thread, ns);
		if (index >= VPIPE_MARKS)
			return NULL;
		mark = &thread->marks[index];
	}
	return mark->state != VPIPE_THREAD_UNKNOWN ? mark : NULL;
}

/*
 * The account of @thread, the current one, at @ns. False: too long ago. Where it can be preempted
 * meanwhile there are new marks then, and it reads again, since what is past stays as it is; if that
 * happens twice, it is not known.
 */
static __always_inline bool account_at(struct vpipe_thread *thread, __u64 ns,
				       struct vpipe_account *account)
{
	volatile __u32 *n_marks = &thread->n_marks;

#pragma unroll /* 6.1 refuses such a loop */
	for (int attempt = 0; attempt < 2; attempt++) {
		__u32 before = *n_marks;
		const struct vpipe_mark *mark = mark_at(thread, ns);

		if (mark)
			account_from(mark, ns, account);
		if (*n_marks == before)
			return mark;
	}
	return false;
}

/* How long @thread, the current one, had been on a CPU at @ns; 0: that is not known. */
static __always_inline __u64 oncpu_at(struct vpipe_thread *thread, __u64 ns)
{
	struct vpipe_account account;

	return account_at(thread, ns, &account) ? account.oncpu_ns : 0;
}

/*
 * How long @thread waited for a CPU from @begin_ns to the later @end_ns; 0 if that is too long ago.
 * Negative: its account goes back, which is counted.
 */
static __always_inline __s64 runq_between(struct vpipe_thread *thread, __u64 begin_ns, __u64 end_ns)
{
	struct vpipe_account begin, end;
	__s64 waited;

	if (!account_at(thread, begin_ns, &begin) || !account_at(thread, end_ns, &end))
		return 0;
	waited = end.runq_ns - begin.runq_ns;
	if (waited < 0)
		count(VPIPE_LOSS_torn);
	return waited;
}

/*
 * What happened between the accounts @begin and @end of a thread, added to a frame's. False: they
 * contradict each other, which is counted, and nothing is added. One highest bit shows it for all.
 */
static __always_inline bool account_charge(struct vpipe_split *split,
					   struct vpipe_switches *switches,
					   const struct vpipe_account *begin,
					   const struct vpipe_account *end)
{
	__u64 runq_ns = end->runq_ns - begin->runq_ns;
	__u64 blocked_ns = end->blocked_ns - begin->blocked_ns;
	__u32 nvcsw = end->switches.nvcsw - begin->switches.nvcsw;
	__u32 nivcsw = end->switches.nivcsw - begin->switches.nivcsw;
	__u32 wakeups = end->switches.wakeups - begin->switches.wakeups;
	__u32 migrations = end->switches.migrations - begin->switches.migrations;

	if ((runq_ns | blocked_ns) >> 63 || (nvcsw | nivcsw | wakeups | migrations) >> 31) {
		count(VPIPE_LOSS_torn);
		return false;
	}
	split->runq_ns += runq_ns;
	split->blocked_ns += blocked_ns;
	switches->nvcsw += nvcsw;
	switches->nivcsw += nivcsw;
	switches->wakeups += wakeups;
	switches->migrations += migrations;
	return true;
}

/*
 * @thread is in @state from now on. What is counted with the change is counted
 * after it: the mark is the account before. Only rows of frames look back at marks.
 */
static __always_inline void thread_change(struct vpipe_thread *thread, __u32 state, __u64 ns)
{
	if (vpipe_config.rows != VPIPE_ROWS_NONE)
		thread->marks[thread->n_marks % VPIPE_MARKS] = thread->now;
	thread->n_marks++;
	if (ns < thread->now.ns)
		ns = thread->now.ns; /* the previous change came from another CPU */
	account_add(&thread->now.account, thread->now.state, ns - thread->now.ns);
	if (thread->now.state == VPIPE_THREAD_UNKNOWN)
		thread->began_ns = ns;
	if (state == VPIPE_THREAD_RUNQ && thread->now.state != VPIPE_THREAD_RUNQ)
		thread->runq_ns = ns;
	thread->now.ns = ns;
	thread->now.state = state;
}

/* @thread, the current one, is on this CPU since its last change: nothing was known of it before. */
static __always_inline void thread_is_here(struct vpipe_thread *thread)
{
	if (!vpipe_config.timeline)
		return;
	thread->now.cpu = bpf_get_smp_processor_id();
	thread->span.start_ns = thread->now.ns;
}

/* The current thread at @ns. */
static __always_inline struct vpipe_thread *thread_current(__u64 ns)
{
	struct vpipe_thread *thread = thread_find(current_tid());

	/* not behind the end: not every program that is off has been detached by then */
	if (thread && thread->now.state == VPIPE_THREAD_UNKNOWN && vpipe_shared.on) {
		thread_change(thread, VPIPE_THREAD_ONCPU, ns);
		thread_is_here(thread);
	}
	return thread;
}

/* Are the frames that the thread @tid, or the current one, queues to be traced? */
static __always_inline bool thread_is_wanted(__u32 tid)
{
	return !vpipe_config.only_clients || tid_test(vpipe_clients, tid) ||
	       tid_test(vpipe_clients, current_tid());
}

struct slot_search {
	__u32 first;
	__u32 found; /* 0: none */
	__u32 tid;
};

static __attribute__((unused)) long slot_try(__u32 n, struct slot_search *search)
{
	__u32 slot = (search->first + n) % vpipe_config.max_threads + 1;
	struct vpipe_thread *thread = bpf_map_lookup_elem(&threads, &slot);

	if (!thread || thread->tid || __sync_val_compare_and_swap(&thread->tid, 0, search->tid))
		return 0;
	search->found = slot;
	return 1;
}

/*
 * Trace @tid from now on. NULL: no slot is free, or it is traced already. The
 * loader frees the slots of the dead, cleared.
 */
static __always_inline struct vpipe_thread *thread_add(__u32 tid, __u32 role, __u32 state, __u64 ns)
{
	struct slot_search search = {.tid = tid};
	struct vpipe_thread *thread;

	if (!tid || thread_is_traced(tid))
		return NULL;
	search.first = vpipe_next_slot;
	bpf_loop(vpipe_config.max_threads, slot_try, &search, 0);
	thread = thread_in_slot(search.found);
	if (!thread) {
		count(VPIPE_LOSS_no_thread);
		return NULL;
	}
	vpipe_next_slot = search.found; /* the one behind it: slots begin with 1 */
	thread->slot = search.found;
	thread->role = role;
	thread->now.state = state;
	thread->now.ns = ns;
	thread->began_ns = ns; /* moves on while the state is unknown */
	*thread_slot(tid) = search.found;
	return thread;
}

/*
 * Name @thread, if there is one: when it begins and when it ends; those that live on are named by
 * vpipe_names.
 */
static __always_inline void thread_name(struct vpipe_thread *thread, struct task_struct *task)
{
	if (thread)
		BPF_CORE_READ_STR_INTO(&thread->comm, task, comm);
}

/* The current thread, which runs, is traced from @ns on. NULL: there is no slot for it. */
static __always_inline struct vpipe_thread *thread_add_current(__u32 role, __u64 ns)
{
	struct vpipe_thread *thread = thread_add(current_tid(), role, VPIPE_THREAD_ONCPU, ns);

	thread_name(thread, bpf_get_current_task_btf());
	if (thread)
		thread_is_here(thread);
	return thread;
}

/* @thread is gone: its slot keeps the account, its id may be used again, and so may its slot. */
static __always_inline void thread_remove(struct vpipe_thread *thread, __u32 tid, __u64 ns)
{
	*thread_slot(tid) = 0;
	thread_change(thread, VPIPE_THREAD_DEAD, ns);
}

#endif /* VPIPE_THREADS_BPF_H */
