/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-ctx.h - an open file of the video node, and the buffers of its queues
 */
#ifndef VPIPE_CTX_H
#define VPIPE_CTX_H

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/timekeeping.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-mem2mem.h>

#include "vpipe-compat.h"
#include "vpipe-ctrls.h"
#include "vpipe-events.h"

/**
 * struct vpipe_buffer - a buffer of either queue
 * @m2m: the core's part; has to be first
 * @params: OUTPUT only, like the following two
 * @qbuf_ns: when QBUF was entered; 0: nobody traced it
 * @tid: the thread that was in it
 */
struct vpipe_buffer {
	struct v4l2_m2m_buffer m2m;
	struct vpipe_params params;
	u64 qbuf_ns;
	pid_t tid;
};

/**
 * struct vpipe_format - what OUTPUT and CAPTURE frames look like
 * @width: pixels
 * @height: rows
 * @colorspace: as set on OUTPUT, like the following three
 * @ycbcr_enc: encoding
 * @quantization: range
 * @xfer_func: transfer function
 */
struct vpipe_format {
	u32 width;
	u32 height;
	u32 colorspace;
	u32 ycbcr_enc;
	u32 quantization;
	u32 xfer_func;
};

/**
 * struct vpipe_ctx - an open file of the video node
 * @fh: file handle
 * @id: in every event
 * @lock: lock of both queues; also protects @format and @output_set
 * @ctrls: what the application has set
 * @format: of both queues; its size doesn't change while buffers exist
 * @output_set: the application has chosen the OUTPUT format
 * @sequence: frames since STREAMON, for OUTPUT and CAPTURE
 * @jobs: 1 while a job of this context is worked on
 * @work: that job, with exec=worker
 */
struct vpipe_ctx {
	struct v4l2_fh fh;
	u32 id;
	struct mutex lock;
	struct vpipe_ctrls ctrls;
	struct vpipe_format format;
	bool output_set;
	u32 sequence[2];
	atomic_t jobs;
	struct kthread_work work;
};

/**
 * vpipe_file_to_ctx() - what was allocated at open()
 * @file: of the video node
 *
 * Return: its context.
 */
static inline struct vpipe_ctx *vpipe_file_to_ctx(struct file *file)
{
	return container_of(vpipe_file_to_fh(file), struct vpipe_ctx, fh);
}

static inline struct vpipe_buffer *to_vpipe_buffer(struct vb2_v4l2_buffer *vbuf)
{
	return container_of(vbuf, struct vpipe_buffer, m2m.vb);
}

/**
 * vpipe_frame_bytes() - the size of a frame, which has no padding
 * @format: of the frame
 *
 * Return: bytes.
 */
static inline u32 vpipe_frame_bytes(const struct vpipe_format *format)
{
	return format->width * format->height;
}

/**
 * vpipe_buf_done() - give a buffer back to videobuf2, and so to the application
 * @ctx: whose it is
 * @vbuf: on no queue of the mem2mem core any more
 * @state: VB2_BUF_STATE_DONE or VB2_BUF_STATE_ERROR
 */
static inline void vpipe_buf_done(struct vpipe_ctx *ctx, struct vb2_v4l2_buffer *vbuf,
				  enum vb2_buffer_state state)
{
	trace_vpipe_buf_done(ctx->id, vbuf->vb2_buf.type, vbuf->vb2_buf.index, vbuf->sequence,
			     state, vb2_get_plane_payload(&vbuf->vb2_buf, 0));
	v4l2_m2m_buf_done(vbuf, state);
}

/**
 * vpipe_trace_ns() - the clock of the events that carry times
 * @traced: somebody listens; else it is not read
 *
 * Return: nanoseconds, of the clock of BPF and of ftrace's "mono", safe in any
 * context; 0: nobody listens.
 */
static inline u64 vpipe_trace_ns(bool traced)
{
	return traced ? ktime_get_mono_fast_ns() : 0;
}

#endif /* VPIPE_CTX_H */
