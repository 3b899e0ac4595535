// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-ioctl.c - what applications ask of the video node: formats, and buffers in and out
 */
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <media/v4l2-common.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/v4l2-mem2mem.h>

#include "vpipe-compat.h"
#include "vpipe-ctrls.h"
#include "vpipe-ctx.h"
#include "vpipe-events.h"
#include "vpipe-ioctl.h"
#include "vpipe.h"

/*
 * Formats
 *
 * There is one format for both queues, since frames are neither scaled nor
 * converted. It is OUTPUT's to choose; as long as the application has not done
 * that, choosing CAPTURE's size chooses OUTPUT's with it.
 */

static int vpipe_querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, VPIPE_NAME, sizeof(cap->driver));
	strscpy(cap->card, VPIPE_NAME, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:" VPIPE_NAME, sizeof(cap->bus_info));
	return 0;
}

static int vpipe_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	if (f->index)
		return -EINVAL;
	f->pixelformat = V4L2_PIX_FMT_GREY;
	return 0;
}

static int vpipe_enum_framesizes(struct file *file, void *priv, struct v4l2_frmsizeenum *f)
{
	if (f->index || f->pixel_format != V4L2_PIX_FMT_GREY)
		return -EINVAL;
	f->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	f->stepwise.min_width = VPIPE_MIN_SIZE;
	f->stepwise.max_width = VPIPE_MAX_SIZE;
	f->stepwise.step_width = 1;
	f->stepwise.min_height = VPIPE_MIN_SIZE;
	f->stepwise.max_height = VPIPE_MAX_SIZE;
	f->stepwise.step_height = 1;
	return 0;
}

static void show_format(struct v4l2_pix_format *pix, const struct vpipe_format *format)
{
	pix->width = format->width;
	pix->height = format->height;
	pix->pixelformat = V4L2_PIX_FMT_GREY;
	pix->field = V4L2_FIELD_NONE;
	pix->bytesperline = format->width;
	pix->sizeimage = vpipe_frame_bytes(format);
	pix->colorspace = format->colorspace;
	pix->ycbcr_enc = format->ycbcr_enc;
	pix->quantization = format->quantization;
	pix->xfer_func = format->xfer_func;
	pix->flags = 0;
}

static bool is_busy(struct vpipe_ctx *ctx, u32 type)
{
	return vb2_is_busy(v4l2_m2m_get_vq(ctx->fh.m2m_ctx, type));
}

/* What the context's format becomes if @type is asked to be like @pix. */
static struct vpipe_format wanted_format(struct vpipe_ctx *ctx, u32 type,
					 const struct v4l2_pix_format *pix)
{
	const bool output = V4L2_TYPE_IS_OUTPUT(type);
	struct vpipe_format format = ctx->format;

	if (output || !(ctx->output_set || is_busy(ctx, V4L2_BUF_TYPE_VIDEO_OUTPUT))) {
		format.width = clamp(pix->width, VPIPE_MIN_SIZE, VPIPE_MAX_SIZE);
		format.height = clamp(pix->height, VPIPE_MIN_SIZE, VPIPE_MAX_SIZE);
	}
	if (output) {
		format.colorspace = pix->colorspace;
		if (format.colorspace == V4L2_COLORSPACE_DEFAULT)
			format.colorspace = V4L2_COLORSPACE_SRGB;
		format.ycbcr_enc = pix->ycbcr_enc;
		format.quantization = pix->quantization;
		format.xfer_func = pix->xfer_func;
	}
	return format;
}

static int vpipe_g_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct vpipe_ctx *ctx = vpipe_file_to_ctx(file);

	mutex_lock(&ctx->lock);
	show_format(&f->fmt.pix, &ctx->format);
	mutex_unlock(&ctx->lock);
	return 0;
}

static int vpipe_try_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct vpipe_ctx *ctx = vpipe_file_to_ctx(file);
	struct vpipe_format format;

	mutex_lock(&ctx->lock);
	format = wanted_format(ctx, f->type, &f->fmt.pix);
	mutex_unlock(&ctx->lock);
	show_format(&f->fmt.pix, &format);
	return 0;
}

static int vpipe_s_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	struct vpipe_ctx *ctx = vpipe_file_to_ctx(file);
	struct vpipe_format format;
	bool resized;
	int ret = 0;

	mutex_lock(&ctx->lock);
	format = wanted_format(ctx, f->type, &f->fmt.pix);
	resized = format.width != ctx->format.width || format.height != ctx->format.height;
	/* the other queue's buffers only mind a change of the size */
	if (is_busy(ctx, f->type) || (resized && is_busy(ctx, V4L2_BUF_TYPE_VIDEO_CAPTURE))) {
		ret = -EBUSY;
	} else {
		ctx->format = format;
		ctx->output_set |= V4L2_TYPE_IS_OUTPUT(f->type);
		show_format(&f->fmt.pix, &format);
	}
	mutex_unlock(&ctx->lock);
	return ret;
}

/*
 * Buffers: the mem2mem core's helpers, with events, and a snapshot of the controls
 */

/* An OUTPUT buffer is the application's for the last time before its job. */
static void begin_frame(struct vpipe_ctx *ctx, struct vpipe_buffer *buf, u64 entered_ns)
{
	buf->qbuf_ns = entered_ns;
	buf->tid = current->pid;
	vpipe_ctrls_snapshot(&ctx->ctrls, &buf->params);
}

/* The core holds the queue's lock. */
static int vpipe_qbuf(struct file *file, void *priv, struct v4l2_buffer *buf)
{
	struct vpipe_ctx *ctx = vpipe_file_to_ctx(file);
	struct vb2_queue *vq = v4l2_m2m_get_vq(ctx->fh.m2m_ctx, buf->type);
	u64 entered_ns = vpipe_trace_ns(trace_vpipe_submit_enabled());
	struct vb2_buffer *vb = vb2_get_buffer(vq, buf->index);

	/*
	 * One that is queued already must not change: videobuf2 will refuse it.
	 * A job may be finishing with it, but only DQBUF makes it DEQUEUED.
	 */
	if (vb && READ_ONCE(vb->state) == VB2_BUF_STATE_DEQUEUED) {
		if (trace_vpipe_qbuf_enabled())
			vpipe_event(qbuf, ctx->id, buf->type, buf->index, buf->memory,
				    v4l2_buffer_get_timestamp(buf));
		if (V4L2_TYPE_IS_OUTPUT(buf->type))
			begin_frame(ctx, to_vpipe_buffer(to_vb2_v4l2_buffer(vb)), entered_ns);
	}
	return v4l2_m2m_qbuf(file, ctx->fh.m2m_ctx, buf);
}

static int vpipe_dqbuf(struct file *file, void *priv, struct v4l2_buffer *buf)
{
	struct vpipe_ctx *ctx = vpipe_file_to_ctx(file);
	u32 type = buf->type;
	u64 asked_ns = vpipe_trace_ns(trace_vpipe_pickup_enabled());
	int ret;

	trace_vpipe_dqbuf(ctx->id, type);
	ret = v4l2_m2m_dqbuf(file, ctx->fh.m2m_ctx, buf);
	if (!ret && V4L2_TYPE_IS_CAPTURE(type) && trace_vpipe_pickup_enabled())
		vpipe_event(pickup, ctx->id, buf->index, asked_ns, vpipe_trace_ns(true));
	trace_vpipe_dqbuf_ret(ctx->id, type, ret ? U32_MAX : buf->index, ret);
	return ret;
}

const struct v4l2_ioctl_ops vpipe_ioctl_ops = {
	.vidioc_querycap = vpipe_querycap,
	.vidioc_enum_fmt_vid_cap = vpipe_enum_fmt,
	.vidioc_enum_fmt_vid_out = vpipe_enum_fmt,
	.vidioc_enum_framesizes = vpipe_enum_framesizes,
	.vidioc_g_fmt_vid_cap = vpipe_g_fmt,
	.vidioc_g_fmt_vid_out = vpipe_g_fmt,
	.vidioc_try_fmt_vid_cap = vpipe_try_fmt,
	.vidioc_try_fmt_vid_out = vpipe_try_fmt,
	.vidioc_s_fmt_vid_cap = vpipe_s_fmt,
	.vidioc_s_fmt_vid_out = vpipe_s_fmt,
	.vidioc_reqbufs = v4l2_m2m_ioctl_reqbufs,
	.vidioc_create_bufs = v4l2_m2m_ioctl_create_bufs,
	.vidioc_querybuf = v4l2_m2m_ioctl_querybuf,
	.vidioc_prepare_buf = v4l2_m2m_ioctl_prepare_buf,
	.vidioc_qbuf = vpipe_qbuf,
	.vidioc_dqbuf = vpipe_dqbuf,
	.vidioc_expbuf = v4l2_m2m_ioctl_expbuf,
	.vidioc_streamon = v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff = v4l2_m2m_ioctl_streamoff,
	.vidioc_subscribe_event = v4l2_ctrl_subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};
