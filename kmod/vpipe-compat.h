/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-compat.h - what differs between the kernels this builds for, 6.1 to 7.3
 *
 * Every difference is here, with the change that made it; the driver itself is
 * written for the newest kernel.
 */
#ifndef VPIPE_COMPAT_H
#define VPIPE_COMPAT_H

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/version.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-mem2mem.h>
#include <media/videobuf2-v4l2.h>

/* 6.13, cdd30ebb1b9f: "module: Convert symbol namespace to string literal" */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
#define VPIPE_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS("DMA_BUF")
#else
#define VPIPE_IMPORT_NS_DMA_BUF MODULE_IMPORT_NS(DMA_BUF)
#endif

/*
 * 6.18 made the handlers' second argument NULL and v4l2_fh_add() and
 * v4l2_fh_del() set file->private_data; it points to the handle everywhere.
 */
static inline struct v4l2_fh *vpipe_file_to_fh(struct file *file)
{
	return file->private_data;
}

static inline void vpipe_fh_add(struct v4l2_fh *fh, struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	v4l2_fh_add(fh, file);
#else
	file->private_data = fh;
	v4l2_fh_add(fh);
#endif
}

static inline void vpipe_fh_del(struct v4l2_fh *fh, struct file *file)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	v4l2_fh_del(fh, file);
#else
	v4l2_fh_del(fh);
#endif
}

/*
 * 7.0 removed the operations that drop the queue's lock while DQBUF waits:
 * videobuf2 does it. Until 6.12 a driver had to name them.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define VPIPE_VB2_OPS_WAIT
#else
#define VPIPE_VB2_OPS_WAIT .wait_prepare = vb2_ops_wait_prepare, .wait_finish = vb2_ops_wait_finish,
#endif

/*
 * Between 6.12 and 7.2 v4l2_m2m_buf_copy_metadata() lost its third argument,
 * which asked for the frame type flags: its type tells.
 */
static inline void vpipe_copy_metadata(const struct vb2_v4l2_buffer *out,
				       struct vb2_v4l2_buffer *cap)
{
	typedef void (*with_flags)(const struct vb2_v4l2_buffer *, struct vb2_v4l2_buffer *, bool);
	typedef void (*without)(const struct vb2_v4l2_buffer *, struct vb2_v4l2_buffer *);
	void *copy = v4l2_m2m_buf_copy_metadata;

	if (__same_type(&v4l2_m2m_buf_copy_metadata, with_flags))
		((with_flags)copy)(out, cap, true);
	else
		((without)copy)(out, cap);
}

/* 6.14 made kthread_create_worker() leave the thread stopped; its successor starts it. */
static inline struct kthread_worker *vpipe_run_worker(const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return kthread_run_worker(0, "%s", name);
#else
	return kthread_create_worker(0, "%s", name);
#endif
}

/*
 * A trace event that BPF programs listen to. 7.0 lets listeners be preempted, and a program that
 * is running on a CPU is not run there again: another thread's event would be missed.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define vpipe_event(name, ...)                           \
	do {                                             \
		if (trace_vpipe_##name##_enabled()) {    \
			preempt_disable_notrace();       \
			trace_vpipe_##name(__VA_ARGS__); \
			preempt_enable_notrace();        \
		}                                        \
	} while (0)
#else
#define vpipe_event(name, ...) trace_vpipe_##name(__VA_ARGS__)
#endif

#endif /* VPIPE_COMPAT_H */
