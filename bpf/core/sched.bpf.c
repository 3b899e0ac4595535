// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * sched.bpf.c - where the traced threads were: on a CPU, waiting for one, asleep
 *
 * Everything is charged to the task in the tracepoint's arguments, never to
 * `current`: a wakeup comes from whoever happens to wake.
 *
 * These events come for every thread of the machine: most programs end after a
 * look at one byte. As tp_btf they read the tasks without a call, and need the
 * kernel's own BTF only, but no trampolines.
 *
 * Where a thread changes its state there are two of them: the one whose name ends with
 * VPIPE_TIMELINE_SUFFIX tells of it as well, and is loaded instead of the other. A setting that each
 * of them looks at would cost those that have no timeline.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/links.bpf.h"
#include "core/peers.bpf.h"
#include "core/threads.bpf.h"
#include "core/timeline.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Thread whose next child is the traced command; 0: none. */
__u32 vpipe_forker SEC(".data");

#define TASK_STATE_DEAD 0x80 /* TASK_DEAD, include/linux/sched.h */

/*
 * What @task does now takes another event before it, which was not seen. Not so if a thread
 * that is not the first one execs: it exchanges ids with that one, which is dead, and until
 * sched_process_exec each of them has the other's slot.
 */
static __always_inline void gap_found(struct task_struct *task)
{
	if (!task->exit_state && !BPF_CORE_READ_BITFIELD_PROBED(task, in_execve))
		count(VPIPE_COUNT_GAPS);
}

/* @thread is in @state from @ns on, on this CPU, or it waits there. */
static __always_inline void thread_goes(const bool timeline, struct vpipe_thread *thread,
					__u32 state, __u64 ns)
{
	if (timeline)
		span_end(thread, ns);
	thread_change(thread, state, ns);
	if (timeline)
		span_begin(thread, bpf_get_smp_processor_id());
}

/* The thread was on the CPU that it leaves, though no event said so but perhaps its exec. */
static __always_inline void thread_was_here(const bool timeline, struct vpipe_thread *thread,
					    struct task_struct *task)
{
	if (thread->exec_ns)
		thread_goes(timeline, thread, VPIPE_THREAD_ONCPU, thread->exec_ns);
	else if (thread->now.state != VPIPE_THREAD_UNKNOWN)
		gap_found(task);
	thread->exec_ns = 0;
}

static __always_inline void thread_sleeps(const bool timeline, struct vpipe_thread *thread,
					  __u64 ns)
{
	if (vpipe_config.rows != VPIPE_ROWS_NONE) {
		thread->wake.cpu_before = bpf_get_smp_processor_id();
		thread->wake.seen = 0;
	}
	thread_goes(timeline, thread, VPIPE_THREAD_BLOCKED, ns);
}

/*
 * Does a thread whose state is that of one that runs leave its CPU by itself? It does if a signal
 * was pending when it wanted to sleep: up to 6.14 the event has the state that it wanted, later
 * ones TASK_RUNNING, as after sched_yield(), which counts as involuntary.
 */
static __always_inline bool is_voluntary(const struct vpipe_thread *thread,
					 const struct task_struct *task)
{
	return thread->nivcsw && thread->nivcsw == (__u32)task->nivcsw + 1;
}

/* @task leaves its CPU for good. */
static __always_inline void thread_dies(const bool timeline, struct vpipe_thread *thread,
					struct task_struct *task, __u64 ns)
{
	thread_name(thread, task);
	thread->now.account.switches.nvcsw++;
	if (timeline)
		span_end(thread, ns);
	thread_remove(thread, task->pid, ns);
}

/* The thread leaves its CPU to @next. Counts as the kernel does in __schedule(). */
static __always_inline void thread_out(const bool timeline, struct vpipe_thread *thread,
				       struct task_struct *task, bool preempt, __u32 state,
				       struct task_struct *next, __u64 ns)
{
	if (!thread)
		return;
	if (thread->now.state != VPIPE_THREAD_ONCPU)
		thread_was_here(timeline, thread, task);
	if (preempt || (!state && !is_voluntary(thread, task))) {
		/* on its way back to user space a thread is preempted without @preempt */
		thread_goes(timeline, thread, VPIPE_THREAD_RUNQ, ns);
		if (timeline)
			span_by(thread, next->pid, next);
		thread->now.account.switches.nivcsw++;
		peer_count(&thread->preemptors, next->pid, next);
		return;
	}
	if (state & TASK_STATE_DEAD) {
		thread_dies(timeline, thread, task, ns);
		return; /* its slot may belong to another by now */
	}
	if (task->__state)
		thread_sleeps(timeline, thread, ns);
	else
		thread_goes(timeline, thread, VPIPE_THREAD_RUNQ, ns); /* a signal was pending */
	thread->now.account.switches.nvcsw++;
}

static __always_inline void thread_in(const bool timeline, struct vpipe_thread *thread,
				      struct task_struct *task, __u64 ns)
{
	if (!thread)
		return;
	if (thread->now.state == VPIPE_THREAD_RUNQ) {
		__s64 wait = ns - thread->runq_ns;

		if (wait < 0)
			count(VPIPE_LOSS_torn);
		else
			hist_count(&thread->runq, wait);
	} else if (thread->now.state != VPIPE_THREAD_UNKNOWN) {
		gap_found(task);
	}
	if (thread->wake.seen == 1) {
		thread->wake.cpu_after = bpf_get_smp_processor_id();
		thread->wake.seen = 2;
	}
	thread->nivcsw = (__u32)task->nivcsw + 1;
	thread_goes(timeline, thread, VPIPE_THREAD_ONCPU, ns);
}

/* @task leaves its CPU for good: who has its id next is no client by that. */
static __always_inline void client_ends(struct task_struct *task)
{
	__u32 tid = task->pid;
	bool client = tid_test(vpipe_clients, tid);

	if (client)
		tid_clear(vpipe_clients, tid);
	if (vpipe_config.want_source && (client || thread_is_traced(tid)))
		hands_drop(task);
}

static __always_inline int switched(const bool timeline, bool preempt, struct task_struct *prev,
				    struct task_struct *next, unsigned int prev_state)
{
	__u8 out, in;
	__u64 ns;

	if (!vpipe_shared.on)
		return 0;
	out = *thread_slot(prev->pid);
	in = *thread_slot(next->pid);
	if (prev_state & TASK_STATE_DEAD)
		client_ends(prev);
	if (!out && !in)
		return 0;
	ns = now_ns();
	thread_out(timeline, thread_in_slot(out), prev, preempt, prev_state, next, ns);
	thread_in(timeline, thread_in_slot(in), next, ns);
	return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(vpipe_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	return switched(false, preempt, prev, next, prev_state);
}

SEC("?tp_btf/sched_switch")
int BPF_PROG(vpipe_switcht, bool preempt, struct task_struct *prev, struct task_struct *next,
	     unsigned int prev_state)
{
	return switched(true, preempt, prev, next, prev_state);
}

/* Without interrupts.bpf.c, an interrupt is taken for the task that it interrupts. */
SEC("tp_btf/sched_waking")
int BPF_PROG(vpipe_waking, struct task_struct *task)
{
	struct vpipe_thread *thread;

	if (!vpipe_shared.on)
		return 0;
	thread = thread_find(task->pid);
	if (thread)
		thread_waking(thread, current_tid());
	return 0;
}

/* With a timeline, beside the one that knows who wakes, and takes interrupts for what they are: its name. */
SEC("?tp_btf/sched_waking")
int BPF_PROG(vpipe_wakername, struct task_struct *task)
{
	struct vpipe_thread *thread;

	if (!vpipe_shared.on)
		return 0;
	thread = thread_find(task->pid);
	if (thread)
		bpf_get_current_comm(thread->waker, sizeof(thread->waker));
	return 0;
}

/* @thread waits for the CPU of @task since its last change, for it was woken, and @known by whom. */
static __always_inline void span_woken(struct vpipe_thread *thread, struct task_struct *task,
				       bool known)
{
	span_begin(thread, task->thread_info.cpu);
	if (known)
		span_by(thread, thread->wake.waker, NULL);
}

/* Each wakeup has one waker: of one whose asking for it was not seen, it is not known. */
static __always_inline void thread_woken(const bool timeline, struct vpipe_thread *thread,
					 struct task_struct *task)
{
	bool known = thread->waking;
	__u64 ns = now_ns();

	if (!known)
		thread->wakers.others++;
	thread->waking = 0;
	/*
	 * On a CPU still: it was woken on its way to sleep, and keeps running. It may
	 * be reading its account just now, so that is left alone but for the count.
	 */
	if (!BPF_CORE_READ_BITFIELD(task, on_cpu)) { /* an int; a byte since 7.2 */
		if (thread->now.state == VPIPE_THREAD_ONCPU)
			gap_found(task);
		thread->wake.seen = 1;
		if (timeline)
			span_end(thread, ns);
		thread_change(thread, VPIPE_THREAD_RUNQ, ns);
		if (timeline)
			span_woken(thread, task, known);
	}
	__sync_fetch_and_add(&thread->now.account.switches.wakeups, 1);
}

static __always_inline int woken(const bool timeline, struct task_struct *task)
{
	struct vpipe_thread *thread;

	if (!vpipe_shared.on)
		return 0;
	thread = thread_find(task->pid);
	if (thread)
		thread_woken(timeline, thread, task);
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(vpipe_wakeup, struct task_struct *task)
{
	return woken(false, task);
}

SEC("?tp_btf/sched_wakeup")
int BPF_PROG(vpipe_wakeupt, struct task_struct *task)
{
	return woken(true, task);
}

/* Threads and children of a client are clients, whether there is a slot for them or not. */
static __always_inline void thread_made(struct task_struct *child)
{
	__u32 parent = current_tid(), tid = child->pid;

	if (!tid_test(vpipe_clients, parent) && parent != vpipe_forker)
		return;
	tid_set(vpipe_clients, tid);
	thread_name(thread_add(tid, VPIPE_ROLE_CLIENT, VPIPE_THREAD_UNKNOWN, now_ns()), child);
}

/*
 * A new thread is woken by who made it, without an event before. It is here that it is noticed:
 * sched_process_fork comes from the same place, but its programs may be preempted.
 */
static __always_inline int new_woken(const bool timeline, struct task_struct *task)
{
	struct vpipe_thread *thread;

	if (!vpipe_shared.on)
		return 0;
	thread_made(task);
	thread = thread_find(task->pid);
	if (!thread)
		return 0;
	thread->waking = peer_count(&thread->wakers, current_tid(), NULL);
	if (timeline) {
		thread->wake.waker = current_tid();
		bpf_get_current_comm(thread->waker, sizeof(thread->waker));
	}
	thread_woken(timeline, thread, task);
	return 0;
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(vpipe_wakenew, struct task_struct *task)
{
	return new_woken(false, task);
}

SEC("?tp_btf/sched_wakeup_new")
int BPF_PROG(vpipe_wakenewt, struct task_struct *task)
{
	return new_woken(true, task);
}

/* @thread waits for @cpu from @ns on, for the same reason as before. While it sleeps it is nowhere. */
static __always_inline void span_moves(struct vpipe_thread *thread, __u32 cpu, __u64 ns)
{
	if (thread->now.state == VPIPE_THREAD_BLOCKED)
		return;
	span_end(thread, ns);
	thread->span.start_ns = ns < thread->now.ns ? thread->now.ns : ns;
	thread->now.cpu = cpu;
}

static __always_inline int migrated(const bool timeline, struct task_struct *task, int dest_cpu)
{
	struct vpipe_thread *thread;
	__u64 ns;

	if (!vpipe_shared.on)
		return 0;
	thread = thread_find(task->pid);
	if (!thread)
		return 0;
	ns = now_ns();
	if (timeline)
		span_moves(thread, dest_cpu, ns);
	thread_change(thread, thread->now.state, ns);
	thread->now.account.switches.migrations++;
	return 0;
}

SEC("tp_btf/sched_migrate_task")
int BPF_PROG(vpipe_migrate, struct task_struct *task, int dest_cpu)
{
	return migrated(false, task, dest_cpu);
}

SEC("?tp_btf/sched_migrate_task")
int BPF_PROG(vpipe_migratet, struct task_struct *task, int dest_cpu)
{
	return migrated(true, task, dest_cpu);
}

/*
 * A thread that execs takes the id of its process's first thread, which is dead. That one leaves
 * its CPU for good before, by its own id, or now, by the one that is exchanged already.
 */
static __always_inline int thread_execs(struct task_struct *task, int old_tid)
{
	__u32 tid = task->pid, from = old_tid;
	struct vpipe_thread *thread;

	if (tid == from || !(tid_test(vpipe_clients, from) || tid_test(vpipe_clients, tid)))
		return 0;
	tid_clear(vpipe_clients, from);
	tid_set(vpipe_clients, tid);
	thread = thread_find(from);
	if (thread) {
		thread->tid = tid;
		*thread_slot(tid) = thread->slot;
		*thread_slot(from) = 0;
		return 0;
	}
	/* Not changed here, where it may be preempted: that changes it as well. */
	thread = thread_find(tid);
	if (thread && thread->now.state != VPIPE_THREAD_ONCPU)
		thread->exec_ns = now_ns();
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(vpipe_exec, struct task_struct *task, int old_tid)
{
	return vpipe_shared.on ? thread_execs(task, old_tid) : 0;
}

SEC("?tp_btf/sched_process_exec")
int BPF_PROG(vpipe_exec2, struct task_struct *task, int old_tid)
{
	return vpipe_shared.on ? thread_execs(task, old_tid) : 0;
}

/* Read by the loader: who lives gets its name, as thread_out() gives it to one that dies. */
SEC("iter/task")
int vpipe_names(struct bpf_iter__task *iter)
{
	struct task_struct *task = iter->task;

	if (task)
		thread_name(thread_find(task->pid), task);
	return 0;
}

/* The process that the loader asks for, by the kernel's id; 0: there is none. */
__u32 vpipe_root SEC(".data");

/* Read by the loader, of one thread: which process is it of? */
SEC("iter/task")
int vpipe_find(struct bpf_iter__task *iter)
{
	struct task_struct *task = iter->task; /* once: each read may be of NULL, to the verifier */

	if (task)
		vpipe_root = task->tgid;
	return 0;
}

#define ANCESTORS 64 /* processes between one and vpipe_root, at most */

/* Read by the loader, of all threads: those of vpipe_root and of its descendants are clients. */
SEC("iter/task")
int vpipe_family(struct bpf_iter__task *iter)
{
	struct task_struct *task = iter->task;
	__u32 tid;

	if (!task)
		return 0;
	tid = task->pid;
	for (int i = 0; i < ANCESTORS && task; i++) {
		__u32 tgid = BPF_CORE_READ(task, tgid);

		if (tgid == vpipe_root) {
			tid_set(vpipe_clients, tid);
			return 0;
		}
		if (tgid <= 1)
			return 0;
		task = BPF_CORE_READ(task, real_parent);
	}
	return 0;
}

struct clock_args {
	__u64 ns;
};

/* Run by the loader: the clock of all these programs, whatever it is told of another. */
SEC("syscall")
int vpipe_clock(struct clock_args *args)
{
	args->ns = bpf_ktime_get_ns();
	return 0;
}

struct forks_args {
	__u32 on;
};

struct adopt_args {
	__u32 tid;
	__u32 role;
};

/* Run by the loader: trace a thread that exists already. */
SEC("syscall")
int vpipe_adopt(struct adopt_args *args)
{
	if (args->role == VPIPE_ROLE_CLIENT)
		tid_set(vpipe_clients, args->tid);
	return thread_add(args->tid, args->role, VPIPE_THREAD_UNKNOWN, now_ns()) ? 0 : -1;
}

/* Run by the loader: its next children are traced, if @on. In whatever PID namespace it is. */
SEC("syscall")
int vpipe_forks(struct forks_args *args)
{
	vpipe_forker = args->on ? (__u32)bpf_get_current_pid_tgid() : 0;
	return 0;
}
