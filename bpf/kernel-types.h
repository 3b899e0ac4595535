/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * kernel-types.h - what the programs read of the kernel's own types, and nothing else
 *
 * Instead of a vmlinux.h of the building machine: so a build needs no kernel's BTF, and comes out the same
 * everywhere. Where a member is in the kernel that the programs run on, is found when they are loaded
 * (CO-RE), by the names of the struct and the member: their order and what is between them here say
 * nothing. The types of modules are beside the probes that read them (probes/v4l2.h, probes/drm.h).
 */
#ifndef VPIPE_KERNEL_TYPES_H
#define VPIPE_KERNEL_TYPES_H

#define __VMLINUX_H__ /* bpf_tracing.h: the registers have the kernel's own names */

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>

typedef long long loff_t;
typedef long ssize_t;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* The first argument of a kprobe, and where a uprobe is. */
#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long di;
	unsigned long ip;
};
#elif defined(__TARGET_ARCH_arm64)
struct user_pt_regs {
	__u64 regs[31];
	__u64 pc;
};
#endif

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live; /* threads of the process */
};

struct thread_info {
	__u32 cpu;
	struct {
		__u32 count;
	} preempt; /* arm64 */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	int on_cpu;
	int exit_state;
	unsigned int in_execve : 1;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	unsigned long nivcsw;
	char comm[16];
	struct signal_struct *signal;
};

struct inode {
	__u32 i_rdev;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

/* What iterators are called with. */
struct bpf_iter__task {
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct task_struct *task;
	struct file *file;
};

#pragma clang attribute pop

#endif /* VPIPE_KERNEL_TYPES_H */
