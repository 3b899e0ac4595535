/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * shared.bpf.h - what the programs of both objects work with
 *
 * The program that tells interrupts is an object of its own (interrupts.bpf.c), which not every
 * kernel takes. It finds the traced threads as the others do: `threads` is one map for the two,
 * and so is .bss, in which there is nothing but these two. All other variables are in .data.
 */
#ifndef VPIPE_SHARED_BPF_H
#define VPIPE_SHARED_BPF_H

#include "abi.h"

extern vpipe_clients_bits vpipe_clients;
extern struct vpipe_shared vpipe_shared; /* behind it, as it is the last one whose size differs */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, VPIPE_MAX_THREADS + 1);
	__type(key, __u32);
	__type(value, struct vpipe_thread);
} threads __weak SEC(".maps");

static __always_inline __u8 *thread_slot(__u32 id)
{
	__u64 tid = id;

	/* no id is larger, and the verifier must see it */
	asm volatile("%0 &= %1" : "+r"(tid) : "i"(VPIPE_MAX_TIDS - 1));
	return &vpipe_shared.slots[tid];
}

static __always_inline bool thread_is_traced(__u32 tid)
{
	return *thread_slot(tid);
}

/* The thread in @slot, which is of thread_slot(). */
static __always_inline struct vpipe_thread *thread_in_slot(__u32 slot)
{
	return slot ? bpf_map_lookup_elem(&threads, &slot) : NULL;
}

static __always_inline struct vpipe_thread *thread_find(__u32 tid)
{
	return thread_in_slot(*thread_slot(tid));
}

static __always_inline __u32 current_tid(void)
{
	return bpf_get_current_task_btf()->pid;
}

#endif /* VPIPE_SHARED_BPF_H */
