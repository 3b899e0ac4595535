// SPDX-License-Identifier: MIT
/* v4l2.c - thin helpers around V4L2 nodes and their queues, see v4l2.h */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/stop.h"
#include "lib/v4l2.h"

static char last_error[512];

const char *v4l2_error(void)
{
	return last_error;
}

int v4l2_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last_error, sizeof(last_error), fmt, ap);
	va_end(ap);
	return err;
}

static const char *queue_name(const struct vqueue *queue)
{
	return queue->type == V4L2_BUF_TYPE_VIDEO_OUTPUT ? "OUTPUT" : "CAPTURE";
}

/* v4l2_fail() with the queue: "cannot DO the CAPTURE queue of /dev/video0". */
static int queue_fail(const struct vqueue *queue, int err, const char *what)
{
	return v4l2_fail(err, "cannot %s the %s queue of %s", what, queue_name(queue),
			 queue->dev->path);
}

/* ioctl() that a signal does not end. Returns 0 or -errno. */
static int call(int fd, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(fd, request, arg);
	while (ret && errno == EINTR);
	return ret ? -errno : 0;
}

static const char *capability(uint32_t caps)
{
	if (caps & V4L2_CAP_VIDEO_M2M)
		return "is no mem2mem node";
	if (caps & V4L2_CAP_VIDEO_CAPTURE)
		return "is no single-plane capture node";
	if (caps & V4L2_CAP_READWRITE)
		return "has no read(2)";
	return "cannot stream";
}

int vdev_open(struct vdev *dev, const char *path, uint32_t caps)
{
	struct v4l2_capability cap = {0};
	uint32_t has;
	int err;

	dev->fd = -1;
	if (snprintf(dev->path, sizeof(dev->path), "%s", path) >= (int)sizeof(dev->path))
		return v4l2_fail(-ENAMETOOLONG, "cannot open %s", path);
	dev->fd = open(path, O_RDWR | O_CLOEXEC);
	if (dev->fd < 0)
		return v4l2_fail(-errno, "cannot open %s", path);
	err = call(dev->fd, VIDIOC_QUERYCAP, &cap);
	if (err) {
		vdev_close(dev);
		return v4l2_fail(err, "%s is not a V4L2 node", path);
	}
	has = (cap.capabilities & V4L2_CAP_DEVICE_CAPS) ? cap.device_caps : cap.capabilities;
	if ((has & caps) != caps) {
		vdev_close(dev);
		return v4l2_fail(-ENOTSUP, "%s (%s) %s", path, cap.card, capability(caps & ~has));
	}
	return 0;
}

void vdev_close(struct vdev *dev)
{
	if (dev->fd >= 0)
		close(dev->fd);
	dev->fd = -1;
}

int vdev_has_control(const struct vdev *dev, uint32_t id)
{
	struct v4l2_queryctrl query = {.id = id};
	int err = call(dev->fd, VIDIOC_QUERYCTRL, &query);

	if (err == -EINVAL || err == -ENOTTY) /* no such control; none at all */
		return 0;
	return err ? v4l2_fail(err, "cannot ask %s for control 0x%08x", dev->path, id) : 1;
}

int vdev_has_item(const struct vdev *dev, uint32_t id, unsigned int item)
{
	struct v4l2_querymenu query = {.id = id, .index = item};
	int err = call(dev->fd, VIDIOC_QUERYMENU, &query);

	if (err == -EINVAL)
		return 0;
	return err ? v4l2_fail(err, "cannot ask %s for item %u of control 0x%08x", dev->path, item,
			       id)
		   : 1;
}

/* V4L2 does not say which one it was: the first that is not there; NULL: all of them are. */
static const struct v4l2_ext_control *
missing_control(const struct vdev *dev, const struct v4l2_ext_control *controls, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		if (!vdev_has_control(dev, controls[i].id))
			return &controls[i];
	}
	return NULL;
}

int vdev_set_controls(const struct vdev *dev, struct v4l2_ext_control *controls, unsigned int count)
{
	const struct v4l2_ext_control *missing;
	struct v4l2_ext_controls set = {
		.which = V4L2_CTRL_WHICH_CUR_VAL,
		.count = count,
		.controls = controls,
	};
	int err = call(dev->fd, VIDIOC_S_EXT_CTRLS, &set);

	if (err && set.error_idx < count)
		return v4l2_fail(err, "cannot set control 0x%08x of %s to %d",
				 controls[set.error_idx].id, dev->path,
				 controls[set.error_idx].value);
	if (!err)
		return 0;
	missing = missing_control(dev, controls, count);
	if (missing)
		return v4l2_fail(err, "%s has no control 0x%08x", dev->path, missing->id);
	return v4l2_fail(err, "cannot set the controls of %s", dev->path);
}

void vqueue_init(struct vqueue *queue, struct vdev *dev, enum v4l2_buf_type type,
		 enum v4l2_memory memory)
{
	memset(queue, 0, sizeof(*queue));
	queue->dev = dev;
	queue->type = type;
	queue->memory = memory;
	for (unsigned int i = 0; i < VIDEO_MAX_FRAME; i++)
		queue->bufs[i].fd = -1;
}

int vqueue_set_grey(struct vqueue *queue, unsigned int width, unsigned int height)
{
	struct v4l2_format fmt = {.type = queue->type};
	struct v4l2_pix_format *pix = &fmt.fmt.pix;
	int err;

	pix->width = width;
	pix->height = height;
	pix->pixelformat = V4L2_PIX_FMT_GREY;
	pix->field = V4L2_FIELD_NONE;
	err = call(queue->dev->fd, VIDIOC_S_FMT, &fmt);
	if (err)
		return queue_fail(queue, err, "set the format of");
	if (pix->width != width || pix->height != height || pix->pixelformat != V4L2_PIX_FMT_GREY)
		return v4l2_fail(-ENOTSUP,
				 "the %s queue of %s gives %.4s %ux%u, not the GREY %ux%u asked "
				 "for",
				 queue_name(queue), queue->dev->path,
				 (const char *)&pix->pixelformat, pix->width, pix->height, width,
				 height);
	queue->format = *pix;
	return 0;
}

int vqueue_set_rate(const struct vqueue *queue, unsigned int fps, double *actual)
{
	struct v4l2_streamparm parm = {.type = queue->type};
	/* Both queue types have timeperframe in the same place of the union. */
	struct v4l2_fract *interval = &parm.parm.capture.timeperframe;
	int err;

	interval->numerator = 1;
	interval->denominator = fps;
	err = call(queue->dev->fd, VIDIOC_S_PARM, &parm);
	if (err)
		return queue_fail(queue, err, "set the frame rate of");
	*actual = interval->numerator ? (double)interval->denominator / interval->numerator : 0;
	return 0;
}

int vqueue_set_up(struct vqueue *queue, const struct vsetup *setup, double *actual_fps)
{
	int err = vqueue_set_grey(queue, setup->width, setup->height);

	*actual_fps = 0;
	/* The rate comes after the format: setting a format resets it in some drivers. */
	if (!err)
		err = vqueue_set_rate(queue, setup->fps, actual_fps);
	return err == -ENOTTY ? 0 : err;
}

int vqueue_request(struct vqueue *queue, unsigned int count)
{
	struct v4l2_requestbuffers req = {
		.count = count,
		.type = queue->type,
		.memory = queue->memory,
	};
	int err = call(queue->dev->fd, VIDIOC_REQBUFS, &req);

	if (err)
		return queue_fail(queue, err, "get buffers for");
	/* Indices up to the end of bufs[] are used; no driver gives more unasked. */
	queue->count = req.count < VIDEO_MAX_FRAME ? req.count : VIDEO_MAX_FRAME;
	if (!req.count)
		return queue_fail(queue, -ENOMEM, "get buffers for");
	return 0;
}

int vqueue_map(struct vqueue *queue)
{
	for (unsigned int i = 0; i < queue->count; i++) {
		struct v4l2_buffer buf = {.index = i, .type = queue->type, .memory = queue->memory};
		int err = call(queue->dev->fd, VIDIOC_QUERYBUF, &buf);
		void *start;

		if (err)
			return queue_fail(queue, err, "query the buffers of");
		start = mmap(NULL, buf.length, PROT_READ | PROT_WRITE, MAP_SHARED, queue->dev->fd,
			     buf.m.offset);
		if (start == MAP_FAILED)
			return queue_fail(queue, -errno, "map the buffers of");
		queue->bufs[i].start = start;
		queue->bufs[i].length = buf.length;
	}
	return 0;
}

int vqueue_export(struct vqueue *queue)
{
	for (unsigned int i = 0; i < queue->count; i++) {
		struct v4l2_exportbuffer exp = {
			.type = queue->type, .index = i, .flags = O_RDWR | O_CLOEXEC};
		int err = call(queue->dev->fd, VIDIOC_EXPBUF, &exp);

		if (err)
			return queue_fail(queue, err, "export the buffers of");
		queue->bufs[i].fd = exp.fd;
	}
	return 0;
}

int vqueue_queue(const struct vqueue *queue, const struct vframe *frame, struct vstamps *stamps)
{
	struct v4l2_buffer buf = {
		.index = frame->index,
		.type = queue->type,
		.memory = queue->memory,
		.field = V4L2_FIELD_NONE,
		.bytesused = frame->bytesused,
		.timestamp = frame->timestamp,
		.sequence = frame->sequence,
		.length = frame->length,
	};
	struct vstamps at;
	int err;

	if (queue->memory == V4L2_MEMORY_DMABUF)
		buf.m.fd = frame->fd;
	else if (queue->memory == V4L2_MEMORY_USERPTR)
		buf.m.userptr = (unsigned long)frame->user;
	at.enter = clock_ns();
	err = call(queue->dev->fd, VIDIOC_QBUF, &buf);
	at.leave = clock_ns();
	if (err)
		return v4l2_fail(err, "cannot queue buffer %u on the %s queue of %s", frame->index,
				 queue_name(queue), queue->dev->path);
	if (stamps)
		*stamps = at;
	return 0;
}

int vqueue_queue_all(const struct vqueue *queue)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < queue->count; i++) {
		const struct vframe empty = {.index = i};

		err = vqueue_queue(queue, &empty, NULL);
	}
	return err;
}

static int interrupted(void)
{
	return v4l2_fail(-EINTR, "interrupted");
}

int vdev_read(const struct vdev *dev, void *bytes, size_t size, size_t *got, struct vstamps *stamps)
{
	bool last = false;
	ssize_t ret;

	stamps->enter = clock_ns();
	do {
		if (stop_signal())
			return interrupted();
		ret = read(dev->fd, bytes, size);
		stamps->leave = clock_ns();
	} while (ret < 0 && errno == EINTR && stop_again(&last));
	if (ret < 0 && errno == EINTR)
		return v4l2_fail(-ETIMEDOUT, "read(2) of %s stalled", dev->path);
	if (ret < 0)
		return v4l2_fail(-errno, "cannot read from %s", dev->path);
	*got = (size_t)ret;
	return 0;
}

int vqueue_dequeue(const struct vqueue *queue, bool stoppable, struct v4l2_buffer *buf,
		   struct vstamps *stamps)
{
	struct vstamps at = {.enter = clock_ns()};
	bool last = false;
	int ret;

	do {
		if (stoppable && stop_signal())
			return interrupted();
		memset(buf, 0, sizeof(*buf));
		buf->type = queue->type;
		buf->memory = queue->memory;
		ret = ioctl(queue->dev->fd, VIDIOC_DQBUF, buf);
		at.leave = clock_ns();
	} while (ret && errno == EINTR && stop_again(&last));
	if (ret && errno == EINTR)
		return v4l2_fail(-ETIMEDOUT, "the %s queue of %s stalled", queue_name(queue),
				 queue->dev->path);
	if (ret)
		return queue_fail(queue, -errno, "dequeue from");
	if (buf->index >= queue->count)
		return queue_fail(queue, -EPROTO, "make sense of the buffer index from");
	if (stamps)
		*stamps = at;
	return 0;
}

int vqueue_start(struct vqueue *queue)
{
	int type = (int)queue->type;
	int err = call(queue->dev->fd, VIDIOC_STREAMON, &type);

	if (err)
		return queue_fail(queue, err, "start");
	queue->streaming = true;
	return 0;
}

void vqueue_stop(struct vqueue *queue)
{
	int type = (int)queue->type;

	if (queue->streaming)
		call(queue->dev->fd, VIDIOC_STREAMOFF, &type);
	queue->streaming = false;
}

void vqueue_release(struct vqueue *queue)
{
	struct v4l2_requestbuffers none = {.type = queue->type, .memory = queue->memory};

	if (!queue->count)
		return;
	vqueue_stop(queue);
	for (unsigned int i = 0; i < queue->count; i++) {
		struct vbuf *buf = &queue->bufs[i];

		if (buf->start)
			munmap(buf->start, buf->length);
		if (buf->fd >= 0)
			close(buf->fd);
		*buf = (struct vbuf){.fd = -1};
	}
	call(queue->dev->fd, VIDIOC_REQBUFS, &none);
	queue->count = 0;
}
