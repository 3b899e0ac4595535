// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * interrupts.bpf.c - who wakes the traced threads, interrupts told from the tasks they interrupt
 *
 * An object of its own, to be loaded instead of vpipe_waking: whether an interrupt is served is
 * read from a variable that not every kernel lets a program find, and an object that refers to it
 * does not load then. Nor does it without CAP_SYS_ADMIN, which libbpf takes to look for it.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/peers.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Filled in by libbpf, also where a distribution's release hides it. */
extern int LINUX_KERNEL_VERSION __kconfig;

#define SERVES_SOFTIRQ 0x100 /* SOFTIRQ_OFFSET, linux/preempt.h */

/* The bits of preempt_count that say that an NMI, an interrupt or a softirq is served. */
static __always_inline __u32 interrupt_mask(void)
{
	/* 7.3 counts what has disabled interrupts in eight bits, and those above moved up */
	return (LINUX_KERNEL_VERSION >= KERNEL_VERSION(7, 3, 0) ? 0xff000000 : 0x00ff0000) |
	       SERVES_SOFTIRQ;
}

#if defined(__TARGET_ARCH_x86)
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
#if defined(__TARGET_ARCH_x86)
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

SEC("tp_btf/sched_waking")
int BPF_PROG(vpipe_wakingi, struct task_struct *task)
{
	struct vpipe_thread *thread;
	__u32 waker;

	if (!vpipe_shared.on)
		return 0;
	thread = thread_find(task->pid);
	if (!thread)
		return 0;
	waker = current_tid();
	if (waker && in_interrupt())
		waker = VPIPE_PEER_INTERRUPT;
	thread_waking(thread, waker);
	return 0;
}
