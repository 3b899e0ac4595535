// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * usdt.bpf.c - the application's side: it says when it copies a frame
 *
 * vpipe-capture-m2m has these probes, and so may others: docs/attribution.md.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/usdt.bpf.h>
#include "core/sources.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

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
