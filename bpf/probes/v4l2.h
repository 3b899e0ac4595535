/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * v4l2.h - what is read of V4L2's and vb2's types, which live in the BTF of their modules
 */
#ifndef VPIPE_PROBES_V4L2_H
#define VPIPE_PROBES_V4L2_H

#include "core/v4l2.h"

#define KERNEL_TYPE __attribute__((preserve_access_index))

struct vb2_queue___any {
	__u32 type;
	__u32 timestamp_flags;
	void *owner; /* struct v4l2_fh *, or NULL */
	struct {
		int counter;
	} owned_by_drv_count;
} KERNEL_TYPE;

struct dma_buf___any {
	void *priv;
	const char *exp_name;
} KERNEL_TYPE;

struct vb2_plane___any {
	void *mem_priv;
	struct dma_buf___any *dbuf;
	__u32 bytesused;
} KERNEL_TYPE;

struct vb2_buffer___any {
	__u32 index;
	__u32 memory;
	__u64 timestamp;
	enum vb2_buffer_state___any state;
	struct vb2_plane___any planes[1];
} KERNEL_TYPE;

struct vb2_v4l2_buffer___any {
	struct vb2_buffer___any vb2_buf;
	__u32 flags;
	__u32 sequence;
} KERNEL_TYPE;

struct v4l2_m2m_ops___any {
	void *device_run;
} KERNEL_TYPE;

struct v4l2_m2m_dev___any {
	const struct v4l2_m2m_ops___any *m2m_ops;
} KERNEL_TYPE;

struct v4l2_m2m_ctx___any {
	struct v4l2_m2m_dev___any *m2m_dev;
	void *priv;
} KERNEL_TYPE;

struct video_device___any {
	int minor;
} KERNEL_TYPE;

struct v4l2_fh___any {
	struct video_device___any *vdev;
	struct v4l2_m2m_ctx___any *m2m_ctx;
} KERNEL_TYPE;

struct poll_table_struct___any {
	void *_qproc;
} KERNEL_TYPE;

struct v4l2_buffer___any {
	__u32 index;
	__u32 type;
	__u32 bytesused;
	__u32 flags;
	struct {
		long long tv_sec;
		long long tv_usec;
	} timestamp;
	__u32 sequence;
} KERNEL_TYPE;

struct uvc_video_queue___any {
	struct vb2_queue___any queue;
} KERNEL_TYPE;

struct uvc_buffer___any {
	struct vb2_v4l2_buffer___any buf;
} KERNEL_TYPE;

#endif /* VPIPE_PROBES_V4L2_H */
