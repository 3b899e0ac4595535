// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-core.c - a small, deterministic mem2mem device whose every step is traced
 *
 * The module, the video node and its open files are here. vpipe-ioctl.c is what
 * applications ask of a file, vpipe-queue.c and vpipe-job.c are what becomes of
 * their buffers.
 *
 * Locks, outermost first: vpipe_ctx.lock (both queues and the format of one
 * open file), then the control handler's. device_run() takes neither: it may
 * run in the QBUF of another file, with that one's lock held.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <media/v4l2-dev.h>
#include <media/v4l2-device.h>
#include <media/v4l2-fh.h>
#include <media/v4l2-ioctl.h>
#include <media/v4l2-mem2mem.h>

#include "vpipe-compat.h"
#include "vpipe-crc.h"
#include "vpipe-ctrls.h"
#include "vpipe-ctx.h"
#include "vpipe-events.h"
#include "vpipe-id.h"
#include "vpipe-ioctl.h"
#include "vpipe-job.h"
#include "vpipe-meta.h"
#include "vpipe.h"

static struct {
	struct platform_device *parent;
	struct v4l2_device v4l2_dev;
	struct video_device vdev;
} vpipe;

/*
 * Files
 */

static int vpipe_open(struct file *file)
{
	struct vpipe_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	int ret;

	if (!ctx)
		return -ENOMEM;

	ctx->id = vpipe_new_id();
	ctx->format.width = VPIPE_DEFAULT_WIDTH;
	ctx->format.height = VPIPE_DEFAULT_HEIGHT;
	ctx->format.colorspace = V4L2_COLORSPACE_SRGB;
	mutex_init(&ctx->lock);
	v4l2_fh_init(&ctx->fh, video_devdata(file));

	ret = vpipe_ctrls_init(&ctx->ctrls);
	if (ret)
		goto err_fh;
	ctx->fh.ctrl_handler = &ctx->ctrls.handler;

	ret = vpipe_job_open(ctx);
	if (ret)
		goto err_ctrls;

	vpipe_fh_add(&ctx->fh, file);
	trace_vpipe_open(ctx->id);
	return 0;

err_ctrls:
	vpipe_ctrls_free(&ctx->ctrls);
err_fh:
	v4l2_fh_exit(&ctx->fh);
	mutex_destroy(&ctx->lock);
	kfree(ctx);
	return ret;
}

static int vpipe_release(struct file *file)
{
	struct vpipe_ctx *ctx = vpipe_file_to_ctx(file);

	mutex_lock(&ctx->lock);
	vpipe_job_close(ctx, file);
	mutex_unlock(&ctx->lock);

	vpipe_event(close, ctx->id);
	vpipe_fh_del(&ctx->fh, file);
	v4l2_fh_exit(&ctx->fh);
	vpipe_ctrls_free(&ctx->ctrls);
	mutex_destroy(&ctx->lock);
	kfree(ctx);
	return 0;
}

static const struct v4l2_file_operations vpipe_fops = {
	.owner = THIS_MODULE,
	.open = vpipe_open,
	.release = vpipe_release,
	.poll = v4l2_m2m_fop_poll,
	.unlocked_ioctl = video_ioctl2,
	.mmap = v4l2_m2m_fop_mmap,
};

/*
 * Module
 */

static int vpipe_register_node(void)
{
	struct video_device *vdev = &vpipe.vdev;

	strscpy(vdev->name, VPIPE_NAME, sizeof(vdev->name));
	vdev->v4l2_dev = &vpipe.v4l2_dev;
	vdev->vfl_dir = VFL_DIR_M2M;
	vdev->device_caps = V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING;
	vdev->fops = &vpipe_fops;
	vdev->ioctl_ops = &vpipe_ioctl_ops;
	vdev->release = video_device_release_empty;
	return video_register_device(vdev, VFL_TYPE_VIDEO, -1);
}

static int __init vpipe_init(void)
{
	int ret;

	ret = vpipe_crc_init();
	if (ret)
		return ret;

	ret = vpipe_job_init();
	if (ret)
		goto err_crc;

	vpipe.parent = platform_device_register_simple(VPIPE_NAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(vpipe.parent)) {
		ret = PTR_ERR(vpipe.parent);
		goto err_job;
	}

	strscpy(vpipe.v4l2_dev.name, VPIPE_NAME, sizeof(vpipe.v4l2_dev.name));
	ret = v4l2_device_register(&vpipe.parent->dev, &vpipe.v4l2_dev);
	if (ret)
		goto err_parent;

	ret = vpipe_meta_init();
	if (ret)
		goto err_v4l2_dev;

	/* last: from here on it is used */
	ret = vpipe_register_node();
	if (ret)
		goto err_meta;
	return 0;

err_meta:
	vpipe_meta_exit();
err_v4l2_dev:
	v4l2_device_unregister(&vpipe.v4l2_dev);
err_parent:
	platform_device_unregister(vpipe.parent);
err_job:
	vpipe_job_exit();
err_crc:
	vpipe_crc_exit();
	return ret;
}

static void __exit vpipe_exit(void)
{
	video_unregister_device(&vpipe.vdev);
	vpipe_meta_exit();
	v4l2_device_unregister(&vpipe.v4l2_dev);
	platform_device_unregister(vpipe.parent);
	vpipe_job_exit();
	vpipe_crc_exit();
}

module_init(vpipe_init);
module_exit(vpipe_exit);

MODULE_DESCRIPTION("Deterministic, traceable mem2mem device for measuring the frame path");
MODULE_AUTHOR("The vpipe authors");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("Dual MIT/GPL");
