// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * oddisp.c - an image signal processor whose input and outputs are video nodes of one media device
 *
 * For the tests. A job takes a buffer of each node that streams and has one, and gives them all back
 * at once: oddisp-raw is what goes in, GREY frames of 640x480, oddisp-main and oddisp-self have copies
 * of it, oddisp-params and oddisp-stats are the metadata beside them. It needs a raw frame and one of
 * the two others. With sensor=1 it needs no raw frame, as if it sat behind one.
 */
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <media/media-device.h>
#include <media/v4l2-device.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-v4l2.h>
#include <media/videobuf2-vmalloc.h>

#include "vpipe-compat.h"

#define WIDTH	   640
#define HEIGHT	   480
#define BYTES	   (WIDTH * HEIGHT)
#define META_BYTES 64
#define META_FMT   v4l2_fourcc('O', 'I', 'S', 'P')

static unsigned int job_ms = 5;
module_param(job_ms, uint, 0644);
MODULE_PARM_DESC(job_ms, "how long a job takes");

static unsigned int drop_every;
module_param(drop_every, uint, 0644);
MODULE_PARM_DESC(drop_every, "each such job gives no frame; 0: none does");

static bool raw_first;
module_param(raw_first, bool, 0644);
MODULE_PARM_DESC(raw_first, "the raw buffer is given back before the others, not behind them");

enum { TS_COPIED, TS_JOB, TS_CONST };
static unsigned int timestamps;
module_param(timestamps, uint, 0644);
MODULE_PARM_DESC(timestamps, "0: the raw buffer's, 1: when the job is done, 2: all the same");

static bool sensor;
module_param(sensor, bool, 0444);
MODULE_PARM_DESC(sensor, "frames come from one: there is no raw node");

enum { RAW, PARAMS, MAIN, SELF, STATS, N_NODES };

static const struct {
	const char *name;
	enum v4l2_buf_type type;
	u32 caps;
} kinds[N_NODES] = {
	[RAW] = {"oddisp-raw", V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_CAP_VIDEO_OUTPUT},
	[PARAMS] = {"oddisp-params", V4L2_BUF_TYPE_META_OUTPUT, V4L2_CAP_META_OUTPUT},
	[MAIN] = {"oddisp-main", V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_CAP_VIDEO_CAPTURE},
	[SELF] = {"oddisp-self", V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_CAP_VIDEO_CAPTURE},
	[STATS] = {"oddisp-stats", V4L2_BUF_TYPE_META_CAPTURE, V4L2_CAP_META_CAPTURE},
};

struct oddisp_buffer {
	struct vb2_v4l2_buffer vbuf;
	struct list_head entry;
};

/**
 * struct oddisp_node - one of the nodes
 * @vdev: the node
 * @pad: its end of the link to the processor
 * @queue: its buffers
 * @lock: of the node and its queue
 * @ready: buffers that wait for a job
 * @busy: the one that is in the job, or NULL
 */
struct oddisp_node {
	struct video_device vdev;
	struct media_pad pad;
	struct vb2_queue queue;
	struct mutex lock;
	struct list_head ready;
	struct oddisp_buffer *busy;
};

static struct oddisp_node nodes[N_NODES];
static struct platform_device *platform;
static struct v4l2_device v4l2_dev;
static struct media_device media;
static struct media_entity processor;
static struct media_pad processor_pads[N_NODES];
static DEFINE_SPINLOCK(slock); /* of all that is below, and of the nodes' buffers */
static bool running;
static u32 sequence;

static void job_done(struct work_struct *work);
static DECLARE_DELAYED_WORK(job, job_done);

static bool is_meta(const struct oddisp_node *node)
{
	return node->queue.type == V4L2_BUF_TYPE_META_OUTPUT ||
	       node->queue.type == V4L2_BUF_TYPE_META_CAPTURE;
}

static unsigned int bytes_of(const struct oddisp_node *node)
{
	return is_meta(node) ? META_BYTES : BYTES;
}

static bool has_buffer(const struct oddisp_node *node)
{
	return !list_empty(&node->ready);
}

/* Under the lock. Without a node's buffer the job does without it. */
static void start_job(void)
{
	if (running || !(sensor || has_buffer(&nodes[RAW])) ||
	    !(has_buffer(&nodes[MAIN]) || has_buffer(&nodes[SELF])))
		return;
	for (unsigned int i = 0; i < N_NODES; i++) {
		nodes[i].busy =
			list_first_entry_or_null(&nodes[i].ready, struct oddisp_buffer, entry);
		if (nodes[i].busy)
			list_del(&nodes[i].busy->entry);
	}
	running = true;
	schedule_delayed_work(&job, msecs_to_jiffies(job_ms));
}

static u64 timestamp_of_job(void)
{
	if (timestamps == TS_CONST)
		return NSEC_PER_SEC;
	if (timestamps == TS_JOB || !nodes[RAW].busy)
		return ktime_get_ns();
	return nodes[RAW].busy->vbuf.vb2_buf.timestamp;
}

static void make_image(struct oddisp_node *node)
{
	struct vb2_buffer *vb = &node->busy->vbuf.vb2_buf;

	vb2_set_plane_payload(vb, 0, bytes_of(node));
	if (!is_meta(node) && nodes[RAW].busy)
		memcpy(vb2_plane_vaddr(vb, 0), vb2_plane_vaddr(&nodes[RAW].busy->vbuf.vb2_buf, 0),
		       BYTES);
}

static void give_back(struct oddisp_node *node, u64 timestamp_ns)
{
	struct oddisp_buffer *buf = node->busy;

	if (!buf)
		return;
	buf->vbuf.sequence = sequence;
	buf->vbuf.field = V4L2_FIELD_NONE;
	buf->vbuf.vb2_buf.timestamp = timestamp_ns;
	node->busy = NULL;
	vb2_buffer_done(&buf->vbuf.vb2_buf, VB2_BUF_STATE_DONE);
}

/* As in an interrupt: all of them under the lock, so that STREAMOFF finds none in nobody's hands. */
static void job_done(struct work_struct *work)
{
	bool drops = drop_every && sequence % drop_every == drop_every - 1;
	u64 timestamp_ns;

	spin_lock(&slock);
	timestamp_ns = timestamp_of_job();
	for (unsigned int i = MAIN; i < N_NODES; i++) {
		if (!nodes[i].busy)
			continue;
		if (drops)
			list_add(&nodes[i].busy->entry, &nodes[i].ready);
		else
			make_image(&nodes[i]);
		nodes[i].busy = drops ? NULL : nodes[i].busy;
	}
	if (raw_first)
		give_back(&nodes[RAW], timestamp_ns);
	for (unsigned int i = PARAMS; i < N_NODES; i++)
		give_back(&nodes[i], timestamp_ns);
	give_back(&nodes[RAW], timestamp_ns);
	sequence++;
	running = false;
	start_job();
	spin_unlock(&slock);
}

static int oddisp_queue_setup(struct vb2_queue *vq, unsigned int *n_buffers, unsigned int *n_planes,
			      unsigned int sizes[], struct device *alloc_devs[])
{
	unsigned int bytes = bytes_of(vb2_get_drv_priv(vq));

	if (*n_planes)
		return sizes[0] >= bytes ? 0 : -EINVAL;
	*n_planes = 1;
	sizes[0] = bytes;
	return 0;
}

static int oddisp_buf_prepare(struct vb2_buffer *vb)
{
	return vb2_plane_size(vb, 0) < bytes_of(vb2_get_drv_priv(vb->vb2_queue)) ? -EINVAL : 0;
}

static int oddisp_buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static void oddisp_buf_queue(struct vb2_buffer *vb)
{
	struct oddisp_node *node = vb2_get_drv_priv(vb->vb2_queue);
	struct oddisp_buffer *buf =
		container_of(to_vb2_v4l2_buffer(vb), struct oddisp_buffer, vbuf);

	spin_lock(&slock);
	list_add_tail(&buf->entry, &node->ready);
	if (vb2_start_streaming_called(&node->queue))
		start_job();
	spin_unlock(&slock);
}

static int oddisp_start(struct vb2_queue *vq, unsigned int count)
{
	spin_lock(&slock);
	start_job();
	spin_unlock(&slock);
	return 0;
}

/* The job ends without a frame: of the other nodes it is the next one that has them. */
static void stop_job(void)
{
	cancel_delayed_work_sync(&job);
	spin_lock(&slock);
	for (unsigned int i = 0; i < N_NODES; i++) {
		if (nodes[i].busy)
			list_add(&nodes[i].busy->entry, &nodes[i].ready);
		nodes[i].busy = NULL;
	}
	running = false;
	spin_unlock(&slock);
}

static void oddisp_stop(struct vb2_queue *vq)
{
	struct oddisp_node *node = vb2_get_drv_priv(vq);
	struct oddisp_buffer *buf, *next;
	LIST_HEAD(left);

	stop_job();
	spin_lock(&slock);
	list_splice_init(&node->ready, &left);
	start_job();
	spin_unlock(&slock);
	list_for_each_entry_safe(buf, next, &left, entry)
		vb2_buffer_done(&buf->vbuf.vb2_buf, VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops oddisp_vb2_ops = {.queue_setup = oddisp_queue_setup,
					      .buf_prepare = oddisp_buf_prepare,
					      .buf_out_validate = oddisp_buf_out_validate,
					      .buf_queue = oddisp_buf_queue,
					      .start_streaming = oddisp_start,
					      .stop_streaming = oddisp_stop,
					      VPIPE_VB2_OPS_WAIT};

static int oddisp_querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "oddisp", sizeof(cap->driver));
	strscpy(cap->card, video_devdata(file)->name, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:oddisp", sizeof(cap->bus_info));
	return 0;
}

static int oddisp_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	bool meta = is_meta(video_drvdata(file));

	if (f->index)
		return -EINVAL;
	f->pixelformat = meta ? META_FMT : V4L2_PIX_FMT_GREY;
	if (meta)
		strscpy(f->description, "oddisp's metadata", sizeof(f->description));
	return 0;
}

/* There is one format: whatever is asked for. */
static int oddisp_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
	if (is_meta(video_drvdata(file)))
		f->fmt.meta =
			(struct v4l2_meta_format){.dataformat = META_FMT, .buffersize = META_BYTES};
	else
		f->fmt.pix = (struct v4l2_pix_format){
			.width = WIDTH,
			.height = HEIGHT,
			.pixelformat = V4L2_PIX_FMT_GREY,
			.field = V4L2_FIELD_NONE,
			.bytesperline = WIDTH,
			.sizeimage = BYTES,
			.colorspace = V4L2_COLORSPACE_SRGB,
		};
	return 0;
}

#define FMT_OPS(which)                                                                  \
	.vidioc_enum_fmt_##which = oddisp_enum_fmt, .vidioc_g_fmt_##which = oddisp_fmt, \
	.vidioc_s_fmt_##which = oddisp_fmt, .vidioc_try_fmt_##which = oddisp_fmt

static const struct v4l2_ioctl_ops oddisp_ioctl_ops = {
	.vidioc_querycap = oddisp_querycap,
	FMT_OPS(vid_cap),
	FMT_OPS(vid_out),
	FMT_OPS(meta_cap),
	FMT_OPS(meta_out),
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_create_bufs = vb2_ioctl_create_bufs,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = vb2_ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
};

static const struct v4l2_file_operations oddisp_fops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.poll = vb2_fop_poll,
	.mmap = vb2_fop_mmap,
	.unlocked_ioctl = video_ioctl2,
};

/* To the processor, or from it. */
static int oddisp_link(struct oddisp_node *node, unsigned int number)
{
	struct media_entity *entity = &node->vdev.entity;
	const u32 fixed = MEDIA_LNK_FL_ENABLED | MEDIA_LNK_FL_IMMUTABLE;

	return V4L2_TYPE_IS_OUTPUT(node->queue.type)
		       ? media_create_pad_link(entity, 0, &processor, number, fixed)
		       : media_create_pad_link(&processor, number, entity, 0, fixed);
}

static int oddisp_register(struct oddisp_node *node, unsigned int number)
{
	bool output = V4L2_TYPE_IS_OUTPUT(kinds[number].type);
	struct video_device *vdev = &node->vdev;
	struct vb2_queue *queue = &node->queue;
	int ret;

	mutex_init(&node->lock);
	queue->type = kinds[number].type;
	queue->io_modes = VB2_MMAP | VB2_DMABUF;
	queue->drv_priv = node;
	queue->buf_struct_size = sizeof(struct oddisp_buffer);
	queue->ops = &oddisp_vb2_ops;
	queue->mem_ops = &vb2_vmalloc_memops;
	queue->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	queue->lock = &node->lock;
	node->pad.flags = output ? MEDIA_PAD_FL_SOURCE : MEDIA_PAD_FL_SINK;
	ret = vb2_queue_init(queue) ?: media_entity_pads_init(&vdev->entity, 1, &node->pad);
	if (ret)
		return ret;
	strscpy(vdev->name, kinds[number].name, sizeof(vdev->name));
	vdev->release = video_device_release_empty;
	vdev->fops = &oddisp_fops;
	vdev->ioctl_ops = &oddisp_ioctl_ops;
	vdev->v4l2_dev = &v4l2_dev;
	vdev->queue = queue;
	vdev->lock = &node->lock;
	vdev->vfl_dir = output ? VFL_DIR_TX : VFL_DIR_RX;
	vdev->device_caps = kinds[number].caps | V4L2_CAP_STREAMING;
	video_set_drvdata(vdev, node);
	return video_register_device(vdev, VFL_TYPE_VIDEO, -1) ?: oddisp_link(node, number);
}

static int register_processor(void)
{
	for (unsigned int i = 0; i < N_NODES; i++)
		processor_pads[i].flags = V4L2_TYPE_IS_OUTPUT(kinds[i].type) ? MEDIA_PAD_FL_SINK
									     : MEDIA_PAD_FL_SOURCE;
	processor.name = "oddisp";
	processor.function = MEDIA_ENT_F_PROC_VIDEO_ISP;
	return media_entity_pads_init(&processor, N_NODES, processor_pads)
		       ?: media_device_register_entity(&media, &processor);
}

static void unregister_all(void)
{
	for (unsigned int i = 0; i < N_NODES; i++) {
		if (video_is_registered(&nodes[i].vdev))
			vb2_video_unregister_device(&nodes[i].vdev);
	}
	media_device_unregister(&media);
	v4l2_device_unregister(&v4l2_dev);
	media_device_cleanup(&media);
	platform_device_unregister(platform);
}

static int __init oddisp_init(void)
{
	int ret;

	for (unsigned int i = 0; i < N_NODES; i++)
		INIT_LIST_HEAD(&nodes[i].ready);
	platform = platform_device_register_simple("oddisp", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(platform))
		return PTR_ERR(platform);
	media.dev = &platform->dev;
	strscpy(media.model, "oddisp", sizeof(media.model));
	media_device_init(&media);
	v4l2_dev.mdev = &media;
	strscpy(v4l2_dev.name, "oddisp", sizeof(v4l2_dev.name));
	ret = v4l2_device_register(&platform->dev, &v4l2_dev) ?: register_processor();
	for (unsigned int i = sensor ? PARAMS : RAW; !ret && i < N_NODES; i++)
		ret = oddisp_register(&nodes[i], i);
	ret = ret ?: media_device_register(&media);
	if (ret)
		unregister_all();
	return ret;
}

static void __exit oddisp_exit(void)
{
	unregister_all();
}

module_init(oddisp_init);
module_exit(oddisp_exit);

MODULE_DESCRIPTION("vpipe's tests: an image signal processor of several nodes");
MODULE_LICENSE("Dual MIT/GPL");
