// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-queue.c - the queues of an open file: what videobuf2 asks its driver for
 *
 * A buffer is ours from buf_queue() on, which hands it to the mem2mem core,
 * until vpipe_buf_done(): after its job, or when its queue stops.
 */
#include <media/v4l2-dev.h>
#include <media/v4l2-device.h>
#include <media/v4l2-mem2mem.h>
#include <media/videobuf2-v4l2.h>
#include <media/videobuf2-vmalloc.h>

#include "vpipe-compat.h"
#include "vpipe-ctx.h"
#include "vpipe-events.h"
#include "vpipe-queue.h"
#include "vpipe.h"

/* Twice the largest frame: room enough for whoever wants some. */
#define MAX_BUFFER_BYTES (2 * VPIPE_MAX_SIZE * VPIPE_MAX_SIZE)

static int vpipe_queue_setup(struct vb2_queue *vq, unsigned int *n_buffers, unsigned int *n_planes,
			     unsigned int sizes[], struct device *alloc_devs[])
{
	struct vpipe_ctx *ctx = vb2_get_drv_priv(vq);
	u32 bytes = vpipe_frame_bytes(&ctx->format);

	if (!*n_planes) {
		*n_planes = 1;
		sizes[0] = bytes;
		return 0;
	}
	/*
	 * CREATE_BUFS names a size. vmalloc() would let it be gigabytes, and have
	 * processes killed to get them.
	 */
	return *n_planes == 1 && sizes[0] >= bytes && sizes[0] <= MAX_BUFFER_BYTES ? 0 : -EINVAL;
}

static int vpipe_buf_out_validate(struct vb2_buffer *vb)
{
	struct vb2_v4l2_buffer *vbuf = to_vb2_v4l2_buffer(vb);

	if (vbuf->field == V4L2_FIELD_ANY)
		vbuf->field = V4L2_FIELD_NONE;
	return vbuf->field == V4L2_FIELD_NONE ? 0 : -EINVAL;
}

static int vpipe_buf_prepare(struct vb2_buffer *vb)
{
	struct vpipe_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);

	if (vb2_plane_size(vb, 0) < vpipe_frame_bytes(&ctx->format))
		return -EINVAL;

	/*
	 * 0 bytes used stand for the whole buffer; videobuf2 sees to that except
	 * where a DMABUF comes without a length as well.
	 */
	if (V4L2_TYPE_IS_OUTPUT(vb->type) && !vb2_get_plane_payload(vb, 0))
		vb2_set_plane_payload(vb, 0, vb2_plane_size(vb, 0));
	return 0;
}

static void vpipe_buf_queue(struct vb2_buffer *vb)
{
	struct vpipe_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct vb2_v4l2_buffer *vbuf = to_vb2_v4l2_buffer(vb);

	/* before it is: a job may take it at once, in the core's worker */
	if (trace_vpipe_queued_enabled()) {
		bool output = V4L2_TYPE_IS_OUTPUT(vb->type);
		u32 ready = output ? v4l2_m2m_num_src_bufs_ready(ctx->fh.m2m_ctx)
				   : v4l2_m2m_num_dst_bufs_ready(ctx->fh.m2m_ctx);

		trace_vpipe_queued(ctx->id, vb->type, vb->index,
				   output ? to_vpipe_buffer(vbuf)->params.src_seq : 0, ready + 1);
	}
	if (V4L2_TYPE_IS_OUTPUT(vb->type) && trace_vpipe_submit_enabled()) {
		const struct vpipe_buffer *buf = to_vpipe_buffer(vbuf);

		vpipe_event(submit, ctx->id, vb->index, buf->params.src_seq, buf->params.algo,
			    buf->tid, vb->timestamp, buf->qbuf_ns, vpipe_trace_ns(true));
	}
	v4l2_m2m_buf_queue(ctx->fh.m2m_ctx, vbuf);
}

static int vpipe_start_streaming(struct vb2_queue *vq, unsigned int count)
{
	struct vpipe_ctx *ctx = vb2_get_drv_priv(vq);

	ctx->sequence[V4L2_TYPE_IS_OUTPUT(vq->type) ? 0 : 1] = 0;
	return 0;
}

static void vpipe_stop_streaming(struct vb2_queue *vq)
{
	struct vpipe_ctx *ctx = vb2_get_drv_priv(vq);
	struct vb2_v4l2_buffer *vbuf;

	vpipe_event(streamoff, ctx->id, vq->type);
	/* the core has waited for the running job, and starts no other */
	for (;;) {
		if (V4L2_TYPE_IS_OUTPUT(vq->type))
			vbuf = v4l2_m2m_src_buf_remove(ctx->fh.m2m_ctx);
		else
			vbuf = v4l2_m2m_dst_buf_remove(ctx->fh.m2m_ctx);
		if (!vbuf)
			return;
		vpipe_buf_done(ctx, vbuf, VB2_BUF_STATE_ERROR);
	}
}

static const struct vb2_ops vpipe_vb2_ops = {.queue_setup = vpipe_queue_setup,
					     .buf_out_validate = vpipe_buf_out_validate,
					     .buf_prepare = vpipe_buf_prepare,
					     .buf_queue = vpipe_buf_queue,
					     .start_streaming = vpipe_start_streaming,
					     .stop_streaming = vpipe_stop_streaming,
					     VPIPE_VB2_OPS_WAIT};

static int init_queue(struct vpipe_ctx *ctx, struct vb2_queue *vq, u32 type)
{
	vq->type = type;
	vq->io_modes = VB2_MMAP | VB2_DMABUF;
	vq->drv_priv = ctx;
	vq->buf_struct_size = sizeof(struct vpipe_buffer);
	vq->ops = &vpipe_vb2_ops;
	vq->mem_ops = &vb2_vmalloc_memops;
	vq->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	vq->lock = &ctx->lock;
	vq->dev = ctx->fh.vdev->v4l2_dev->dev;
	return vb2_queue_init(vq);
}

/**
 * vpipe_queue_init() - the two queues of a newly opened file
 * @priv: its struct vpipe_ctx, whose file handle is initialised
 * @src: OUTPUT
 * @dst: CAPTURE
 *
 * For v4l2_m2m_ctx_init().
 *
 * Return: 0 or a negative error code.
 */
int vpipe_queue_init(void *priv, struct vb2_queue *src, struct vb2_queue *dst)
{
	int ret = init_queue(priv, src, V4L2_BUF_TYPE_VIDEO_OUTPUT);

	return ret ? ret : init_queue(priv, dst, V4L2_BUF_TYPE_VIDEO_CAPTURE);
}
