/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * peers.bpf.h - who wakes and preempts the traced threads
 */
#ifndef VPIPE_PEERS_BPF_H
#define VPIPE_PEERS_BPF_H

#include "core/maps.bpf.h"

#define SERVES_SOFTIRQ 0x100 /* SOFTIRQ_OFFSET, linux/preempt.h */

/* The bits of preempt_count that say that an NMI, an interrupt or a softirq is served. */
static __always_inline __u32 interrupt_mask(void)
{
	/* 7.3 counts what has disabled interrupts in eight bits, and those above moved up */
	return (LINUX_KERNEL_VERSION >= KERNEL_VERSION(7, 3, 0) ? 0xff000000 : 0x00ff0000) |
	       SERVES_SOFTIRQ;
}

#if defined(VPIPE_PLAIN) /* for who may not look whether the kernel has a variable */
#elif defined(__TARGET_ARCH_x86)
/* 6.2 to 6.14, commit 64701838bf05: "x86/percpu: Move preempt_count next to current_task" */
struct pcpu_hot___vpipe {
	int preempt_count;
} __attribute__((preserve_access_index));
extern const struct pcpu_hot___vpipe pcpu_hot __ksym __weak;
/* before, and again since 6.15 */
extern const int __preempt_count __ksym __weak;
#endif

/* The kernel's preempt_count here; 0 where that can't be known. */
static __always_inline __u32 preempt_count_here(void)
{
#if defined(VPIPE_PLAIN)
	return 0;
#elif defined(__TARGET_ARCH_x86)
	if (&__preempt_count)
		return *(const int *)bpf_this_cpu_ptr(&__preempt_count);
	if (&pcpu_hot) {
		const struct pcpu_hot___vpipe *hot = bpf_this_cpu_ptr(&pcpu_hot);

		return hot->preempt_count;
	}
	return 0;
#elif defined(__TARGET_ARCH_arm64)
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, thread_info.preempt.count);
#else
	return 0;
#endif
}

/* With PREEMPT_RT: there softirqs can be preempted, and each task counts its own. */
struct task_struct___rt {
	int softirq_disable_cnt;
} __attribute__((preserve_access_index));

static __always_inline bool in_rt_softirq(void)
{
	struct task_struct___rt *task = (void *)bpf_get_current_task();

	return bpf_core_field_exists(task->softirq_disable_cnt) &&
	       BPF_CORE_READ(task, softirq_disable_cnt) & SERVES_SOFTIRQ;
}

/* Is an interrupt served here? False where that can't be known. */
static __always_inline bool in_interrupt(void)
{
	return (preempt_count_here() & interrupt_mask()) || in_rt_softirq();
}

/*
 * Count @tid, whose name is that of @task, or of the current task if that is NULL. Returns where:
 * 1 more than its number in `top`, or VPIPE_WAKING_OTHERS.
 */
static __always_inline __u32 peer_count(struct vpipe_peers *peers, __u32 tid,
					struct task_struct *task)
{
	for (int i = 0; i < VPIPE_MAX_PEERS; i++) {
		struct vpipe_peer *peer = &peers->top[i];

		if (peer->count && peer->tid != tid)
			continue;
		/* 6.1: a new kernel thread wakes who made it before it is named; look once more */
		if (peer->count++ < 2) {
			peer->tid = tid;
			if (task)
				BPF_CORE_READ_STR_INTO(&peer->comm, task, comm);
			else if (tid != VPIPE_PEER_INTERRUPT)
				bpf_get_current_comm(peer->comm, sizeof(peer->comm));
		}
		return i + 1;
	}
	peers->others++;
	return VPIPE_WAKING_OTHERS;
}

#endif /* VPIPE_PEERS_BPF_H */
