// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * sched.bpf.c - where the traced threads were: on a CPU, waiting for one, asleep
 *
 * Everything is charged to the task in the tracepoint's arguments, never to
 * `current`: a wakeup comes from whoever happens to wake.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "threads.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

__u64 vpipe_traced[TRACED_PIDS / 64];
__u32 vpipe_n_threads;

#define TASK_STATE_DEAD 0x80 /* TASK_DEAD, include/linux/sched.h */

/* The thread leaves its CPU. Counts as the kernel does in __schedule(). */
static __always_inline void thread_out(struct task_struct *task, __u32 tid, bool preempt,
				       __u32 state, __u64 ns)
{
	struct vpipe_thread *thread = thread_find(tid);
	bool blocks;

	if (!thread)
		return;
	blocks = !preempt && state;
	if (state & TASK_STATE_DEAD) {
		BPF_CORE_READ_STR_INTO(&thread->comm, task, comm);
		thread_remove(thread, tid, ns);
	} else if (blocks && BPF_CORE_READ(task, __state)) {
		thread_change(thread, VPIPE_THREAD_BLOCKED, ns);
	} else {
		/* preempted, or a signal was pending: voluntary then, but still runnable */
		thread_change(thread, VPIPE_THREAD_RUNQ, ns);
	}
	if (blocks)
		thread->now.account.switches.nvcsw++;
	else
		thread->now.account.switches.nivcsw++;
}

static __always_inline void thread_in(__u32 tid, __u64 ns)
{
	struct vpipe_thread *thread = thread_find(tid);

	if (!thread)
		return;
	if (thread->now.state == VPIPE_THREAD_RUNQ) {
		__u64 wait = ns > thread->runq_ns ? ns - thread->runq_ns : 0;

		hist_add(VPIPE_HIST_RUNQ, wait);
		hist_count(&thread->runq, wait);
	}
	thread_change(thread, VPIPE_THREAD_ONCPU, ns);
}

SEC("raw_tp/sched_switch")
int BPF_PROG(vpipe_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	__u32 out = BPF_CORE_READ(prev, pid);
	__u32 in = BPF_CORE_READ(next, pid);
	__u64 ns;

	if (!thread_is_traced(out) && !thread_is_traced(in))
		return 0;
	ns = now_ns();
	thread_out(prev, out, preempt, prev_state, ns);
	thread_in(in, ns);
	return 0;
}

static __always_inline int thread_woken(struct task_struct *task)
{
	struct vpipe_thread *thread = thread_find(BPF_CORE_READ(task, pid));
	__u32 state;

	if (!thread)
		return 0;
	/* on a CPU still: it was woken on its way to sleep, and keeps running */
	state = BPF_CORE_READ(task, on_cpu) ? VPIPE_THREAD_ONCPU : VPIPE_THREAD_RUNQ;
	thread_change(thread, state, now_ns());
	thread->now.account.switches.wakeups++;
	return 0;
}

SEC("raw_tp/sched_wakeup")
int BPF_PROG(vpipe_wakeup, struct task_struct *task)
{
	return thread_woken(task);
}

SEC("raw_tp/sched_wakeup_new")
int BPF_PROG(vpipe_wakenew, struct task_struct *task)
{
	return thread_woken(task);
}

SEC("raw_tp/sched_migrate_task")
int BPF_PROG(vpipe_migrate, struct task_struct *task, int dest_cpu)
{
	struct vpipe_thread *thread = thread_find(BPF_CORE_READ(task, pid));

	if (thread) {
		thread_change(thread, thread->now.state, now_ns());
		thread->now.account.switches.migrations++;
	}
	return 0;
}

/* Threads and children of a client are clients. */
SEC("raw_tp/sched_process_fork")
int BPF_PROG(vpipe_fork, struct task_struct *parent, struct task_struct *child)
{
	struct vpipe_thread *thread = thread_find(BPF_CORE_READ(parent, pid));

	if (thread && thread->role == VPIPE_ROLE_CLIENT)
		thread_add(BPF_CORE_READ(child, pid), VPIPE_ROLE_CLIENT, VPIPE_THREAD_UNKNOWN,
			   now_ns());
	return 0;
}

struct adopt_args {
	__u32 tid;
	__u32 role;
};

/* Run by the loader: trace a thread that exists already. */
SEC("syscall")
int vpipe_adopt(struct adopt_args *args)
{
	return thread_add(args->tid, args->role, VPIPE_THREAD_UNKNOWN, now_ns()) ? 0 : -1;
}
