// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * usdt.bpf.c - the application's side: it says when it copies a frame
 *
 * vpipe-capture-m2m has these probes, and so may others: docs/attribution.md.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/usdt.bpf.h>
#include "core/threads.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/*
 * How long @thread, the current one, had been on a CPU at @ns; 0: that is not known. A
 * program of a probe can be preempted: then there are new marks, and it reads again.
 */
static __always_inline __u64 oncpu_at(struct vpipe_thread *thread, __u64 ns)
{
	volatile __u32 *n_marks = &thread->n_marks;

	for (int attempt = 0; attempt < 2; attempt++) {
		__u32 before = *n_marks;
		struct vpipe_account account;
		bool known = account_at(thread, ns, &account);

		if (*n_marks == before)
			return known ? account.oncpu_ns : 0;
	}
	return 0;
}

/* The application says that it copies: between these two, what it runs is a copy. */
SEC("?usdt")
int BPF_USDT(vpipe_copybeg)
{
	__u64 ns = now_ns();
	struct vpipe_thread *thread = thread_find(current_tid());

	if (thread)
		thread->copy_oncpu_ns = oncpu_at(thread, ns);
	return 0;
}

SEC("?usdt")
int BPF_USDT(vpipe_copyend)
{
	__u64 ns = now_ns();
	struct vpipe_thread *thread = thread_find(current_tid());
	__u64 oncpu_ns;

	if (!thread)
		return 0;
	oncpu_ns = oncpu_at(thread, ns);
	if (oncpu_ns < thread->copy_oncpu_ns)
		count(VPIPE_LOSS_torn);
	if (oncpu_ns >= thread->copy_oncpu_ns && thread->copy_oncpu_ns)
		thread->copy_ns += oncpu_ns - thread->copy_oncpu_ns;
	else
		thread->copy_of_ns = 0; /* not all of this frame's copies are known */
	thread->copy_oncpu_ns = 0;
	return 0;
}
