// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * oddcam.c - two cameras that date and number their frames as some real ones do
 *
 * For the tests: nodes oddcam-a and oddcam-b give GREY frames of 640x480, made by one thread.
 * Each frame is the low byte of its sequence all over, so that one can be told from the next.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>
#include <media/v4l2-device.h>
#include <media/v4l2-ioctl.h>
#include <media/videobuf2-v4l2.h>
#include <media/videobuf2-vmalloc.h>

#include "vpipe-compat.h"

#define WIDTH  640
#define HEIGHT 480
#define BYTES  (WIDTH * HEIGHT)
#define NODES  2

static bool const_ts;
module_param(const_ts, bool, 0644);
MODULE_PARM_DESC(const_ts, "all frames have the same timestamp");

static unsigned long long add_ns;
module_param(add_ns, ullong, 0644);
MODULE_PARM_DESC(add_ns, "added to each timestamp");

static unsigned int first_seq;
module_param(first_seq, uint, 0644);
MODULE_PARM_DESC(first_seq, "sequence of the first frame after STREAMON");

static unsigned int period_ms = 40;
module_param(period_ms, uint, 0644);
MODULE_PARM_DESC(period_ms, "time between two frames of a node");

static unsigned int gap_ms;
module_param(gap_ms, uint, 0644);
MODULE_PARM_DESC(
	gap_ms,
	"how long before that of oddcam-a the frame of oddcam-b is done; both have one timestamp");

static bool eager;
module_param(eager, bool, 0644);
MODULE_PARM_DESC(eager,
		 "a frame is made, of one pixel, as soon as there is a buffer for it; at STREAMON");

struct oddcam_buffer {
	struct vb2_v4l2_buffer vbuf;
	struct list_head entry;
};

/**
 * struct oddcam - one of the nodes
 * @vdev: the node
 * @queue: its buffers
 * @lock: of the node and its queue
 * @make: makes a frame as soon as there is a buffer
 * @slock: protects @ready, @streaming, @is_eager and @sequence
 * @ready: buffers that wait for a frame
 * @streaming: frames are made
 * @is_eager: by @make, not in time
 * @sequence: of the next frame
 */
struct oddcam {
	struct video_device vdev;
	struct vb2_queue queue;
	struct mutex lock;
	struct work_struct make;
	spinlock_t slock;
	struct list_head ready;
	bool streaming;
	bool is_eager;
	u32 sequence;
};

static struct oddcam cams[NODES];
static struct v4l2_device v4l2_dev;
static struct task_struct *maker;

static int oddcam_queue_setup(struct vb2_queue *vq, unsigned int *n_buffers, unsigned int *n_planes,
			      unsigned int sizes[], struct device *alloc_devs[])
{
	if (*n_planes)
		return sizes[0] >= BYTES ? 0 : -EINVAL;
	*n_planes = 1;
	sizes[0] = BYTES;
	return 0;
}

static int oddcam_buf_prepare(struct vb2_buffer *vb)
{
	if (vb2_plane_size(vb, 0) < BYTES)
		return -EINVAL;
	vb2_set_plane_payload(vb, 0, BYTES);
	return 0;
}

static void oddcam_buf_queue(struct vb2_buffer *vb)
{
	struct oddcam *cam = vb2_get_drv_priv(vb->vb2_queue);
	struct oddcam_buffer *buf =
		container_of(to_vb2_v4l2_buffer(vb), struct oddcam_buffer, vbuf);

	spin_lock(&cam->slock);
	list_add_tail(&buf->entry, &cam->ready);
	spin_unlock(&cam->slock);
	if (cam->is_eager)
		schedule_work(&cam->make);
}

static int oddcam_start(struct vb2_queue *vq, unsigned int count)
{
	struct oddcam *cam = vb2_get_drv_priv(vq);

	spin_lock(&cam->slock);
	cam->sequence = first_seq;
	cam->streaming = true;
	cam->is_eager = eager;
	spin_unlock(&cam->slock);
	schedule_work(&cam->make);
	return 0;
}

static void oddcam_stop(struct vb2_queue *vq)
{
	struct oddcam *cam = vb2_get_drv_priv(vq);
	struct oddcam_buffer *buf, *next;
	LIST_HEAD(left);

	spin_lock(&cam->slock);
	cam->streaming = false;
	list_splice_init(&cam->ready, &left);
	spin_unlock(&cam->slock);
	list_for_each_entry_safe(buf, next, &left, entry)
		vb2_buffer_done(&buf->vbuf.vb2_buf, VB2_BUF_STATE_ERROR);
}

static const struct vb2_ops oddcam_vb2_ops = {.queue_setup = oddcam_queue_setup,
					      .buf_prepare = oddcam_buf_prepare,
					      .buf_queue = oddcam_buf_queue,
					      .start_streaming = oddcam_start,
					      .stop_streaming = oddcam_stop,
					      VPIPE_VB2_OPS_WAIT};

/* The next frame, into @buf; its first @bytes are its sequence. */
static void fill(struct oddcam *cam, struct oddcam_buffer *buf, u64 timestamp_ns, size_t bytes)
{
	list_del(&buf->entry);
	memset(vb2_plane_vaddr(&buf->vbuf.vb2_buf, 0), cam->sequence & 255, bytes);
	buf->vbuf.sequence = cam->sequence++;
	buf->vbuf.field = V4L2_FIELD_NONE;
	buf->vbuf.vb2_buf.timestamp = timestamp_ns;
	vb2_buffer_done(&buf->vbuf.vb2_buf, VB2_BUF_STATE_DONE);
}

static struct oddcam_buffer *first_ready(struct oddcam *cam)
{
	return list_first_entry_or_null(&cam->ready, struct oddcam_buffer, entry);
}

/* A frame whose turn finds no buffer is dropped: its sequence is left out. Under the lock, so
 * that STREAMOFF does not meet a buffer that is in nobody's hands.
 */
static void make_frame(struct oddcam *cam, u64 timestamp_ns)
{
	spin_lock(&cam->slock);
	if (cam->streaming && !cam->is_eager) {
		struct oddcam_buffer *buf = first_ready(cam);

		if (buf)
			fill(cam, buf, timestamp_ns, BYTES);
		else
			cam->sequence++;
	}
	spin_unlock(&cam->slock);
}

/* There may be more buffers than there were calls. */
static void make_eagerly(struct work_struct *work)
{
	struct oddcam *cam = container_of(work, struct oddcam, make);
	struct oddcam_buffer *buf;

	spin_lock(&cam->slock);
	while (cam->streaming && cam->is_eager && (buf = first_ready(cam)))
		fill(cam, buf, ktime_get_ns(), 1);
	spin_unlock(&cam->slock);
}

static void sleep_ms(unsigned int ms)
{
	if (ms)
		usleep_range(ms * 1000, ms * 1000 + 100);
}

static int make_frames(void *unused)
{
	const u64 began_ns = ktime_get_ns();

	while (!kthread_should_stop()) {
		u64 timestamp_ns = (const_ts ? began_ns : ktime_get_ns()) + add_ns;

		make_frame(&cams[1], timestamp_ns);
		sleep_ms(gap_ms);
		make_frame(&cams[0], timestamp_ns);
		sleep_ms(period_ms > gap_ms ? period_ms - gap_ms : 1);
	}
	return 0;
}

static int oddcam_querycap(struct file *file, void *priv, struct v4l2_capability *cap)
{
	strscpy(cap->driver, "oddcam", sizeof(cap->driver));
	strscpy(cap->card, video_devdata(file)->name, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:oddcam", sizeof(cap->bus_info));
	return 0;
}

static int oddcam_enum_fmt(struct file *file, void *priv, struct v4l2_fmtdesc *f)
{
	if (f->index)
		return -EINVAL;
	f->pixelformat = V4L2_PIX_FMT_GREY;
	return 0;
}

/* There is one format: whatever is asked for. */
static int oddcam_fmt(struct file *file, void *priv, struct v4l2_format *f)
{
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

static int oddcam_enum_input(struct file *file, void *priv, struct v4l2_input *input)
{
	if (input->index)
		return -EINVAL;
	input->type = V4L2_INPUT_TYPE_CAMERA;
	strscpy(input->name, "odd", sizeof(input->name));
	return 0;
}

static int oddcam_g_input(struct file *file, void *priv, unsigned int *input)
{
	*input = 0;
	return 0;
}

static int oddcam_s_input(struct file *file, void *priv, unsigned int input)
{
	return input ? -EINVAL : 0;
}

static const struct v4l2_ioctl_ops oddcam_ioctl_ops = {
	.vidioc_querycap = oddcam_querycap,
	.vidioc_enum_fmt_vid_cap = oddcam_enum_fmt,
	.vidioc_g_fmt_vid_cap = oddcam_fmt,
	.vidioc_s_fmt_vid_cap = oddcam_fmt,
	.vidioc_try_fmt_vid_cap = oddcam_fmt,
	.vidioc_enum_input = oddcam_enum_input,
	.vidioc_g_input = oddcam_g_input,
	.vidioc_s_input = oddcam_s_input,
	.vidioc_reqbufs = vb2_ioctl_reqbufs,
	.vidioc_create_bufs = vb2_ioctl_create_bufs,
	.vidioc_querybuf = vb2_ioctl_querybuf,
	.vidioc_qbuf = vb2_ioctl_qbuf,
	.vidioc_dqbuf = vb2_ioctl_dqbuf,
	.vidioc_expbuf = vb2_ioctl_expbuf,
	.vidioc_streamon = vb2_ioctl_streamon,
	.vidioc_streamoff = vb2_ioctl_streamoff,
};

static const struct v4l2_file_operations oddcam_fops = {
	.owner = THIS_MODULE,
	.open = v4l2_fh_open,
	.release = vb2_fop_release,
	.poll = vb2_fop_poll,
	.mmap = vb2_fop_mmap,
	.unlocked_ioctl = video_ioctl2,
};

static int register_cam(struct oddcam *cam, unsigned int number)
{
	struct video_device *vdev = &cam->vdev;
	struct vb2_queue *queue = &cam->queue;
	int ret;

	mutex_init(&cam->lock);
	spin_lock_init(&cam->slock);
	INIT_LIST_HEAD(&cam->ready);
	INIT_WORK(&cam->make, make_eagerly);
	queue->type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	queue->io_modes = VB2_MMAP | VB2_DMABUF;
	queue->drv_priv = cam;
	queue->buf_struct_size = sizeof(struct oddcam_buffer);
	queue->ops = &oddcam_vb2_ops;
	queue->mem_ops = &vb2_vmalloc_memops;
	queue->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
	queue->lock = &cam->lock;
	ret = vb2_queue_init(queue);
	if (ret)
		return ret;
	snprintf(vdev->name, sizeof(vdev->name), "oddcam-%c", 'a' + number);
	vdev->release = video_device_release_empty;
	vdev->fops = &oddcam_fops;
	vdev->ioctl_ops = &oddcam_ioctl_ops;
	vdev->v4l2_dev = &v4l2_dev;
	vdev->queue = queue;
	vdev->lock = &cam->lock;
	vdev->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
	video_set_drvdata(vdev, cam);
	return video_register_device(vdev, VFL_TYPE_VIDEO, -1);
}

static void unregister_cams(unsigned int count)
{
	while (count)
		vb2_video_unregister_device(&cams[--count].vdev);
	v4l2_device_unregister(&v4l2_dev);
}

static int __init oddcam_init(void)
{
	unsigned int count;
	int ret;

	strscpy(v4l2_dev.name, "oddcam", sizeof(v4l2_dev.name));
	ret = v4l2_device_register(NULL, &v4l2_dev);
	if (ret)
		return ret;
	for (count = 0; count < NODES; count++) {
		ret = register_cam(&cams[count], count);
		if (ret)
			goto unregister;
	}
	maker = kthread_run(make_frames, NULL, "oddcam");
	ret = PTR_ERR_OR_ZERO(maker);
	if (!ret)
		return 0;
unregister:
	unregister_cams(count);
	return ret;
}

static void __exit oddcam_exit(void)
{
	kthread_stop(maker);
	unregister_cams(NODES);
	for (unsigned int i = 0; i < NODES; i++)
		cancel_work_sync(&cams[i].make);
}

module_init(oddcam_init);
module_exit(oddcam_exit);

MODULE_DESCRIPTION("vpipe's tests: cameras with odd timestamps and sequences");
MODULE_LICENSE("Dual MIT/GPL");
