/* SPDX-License-Identifier: MIT */
/*
 * v4l2.h - thin helpers around V4L2 nodes and their queues
 *
 * Functions that can fail return 0 or -errno and leave what they were doing,
 * with which device, in v4l2_error(): "cannot start the CAPTURE queue of
 * /dev/video0". Only single-plane queues of 8-bit grey frames are handled.
 * One thread at a time.
 */
#ifndef VPIPE_LIB_V4L2_H
#define VPIPE_LIB_V4L2_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An open node. */
struct vdev {
	int fd; /**< -1: closed */
	char path[256];
};

/** One buffer of a queue. */
struct vbuf {
	void *start; /**< mapping, or NULL */
	size_t length; /**< bytes */
	int fd; /**< exported DMABUF, or -1 */
};

/** A queue of an open node and its buffers. */
struct vqueue {
	struct vdev *dev;
	enum v4l2_buf_type type;
	enum v4l2_memory memory;
	struct v4l2_pix_format format; /**< set by vqueue_set_grey() */
	unsigned int count; /**< buffers the driver gave */
	bool streaming;
	struct vbuf bufs[VIDEO_MAX_FRAME];
};

/** CLOCK_MONOTONIC, ns: right before an ioctl and right after its return. */
struct vstamps {
	uint64_t enter;
	uint64_t leave;
};

/** What is asked of a source. */
struct vsetup {
	unsigned int width; /**< pixels */
	unsigned int height;
	unsigned int fps;
	unsigned int buffers; /**< of each queue; the drivers may give more or fewer */
};

/** What to queue; MMAP queues need neither @fd nor @user. */
struct vframe {
	unsigned int index;
	int fd; /**< DMABUF */
	void *user; /**< USERPTR */
	unsigned int length; /**< of what @fd or @user is, bytes */
	unsigned int bytesused; /**< OUTPUT queues */
	struct timeval timestamp; /**< OUTPUT queues: the driver copies it to CAPTURE */
	unsigned int sequence; /**< OUTPUT queues; most drivers count themselves */
};

/** What the last failing function was doing, for a message. */
const char *v4l2_error(void);

/** Remember what was being done and return @err. */
int v4l2_fail(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/**
 * Open a node, blocking, and see that it has all of @caps (V4L2_CAP_*):
 * -ENOTSUP if not, -ENOTTY if it is no V4L2 node.
 */
int vdev_open(struct vdev *dev, const char *path, uint32_t caps);

/** Close a node; a closed one is left alone. */
void vdev_close(struct vdev *dev);

/** 1 if the node has a control with that id, 0 if not, or -errno. */
int vdev_has_control(const struct vdev *dev, uint32_t id);

/** 1 if the menu control @id, which the node has, takes @item, 0 if not, or -errno. */
int vdev_has_item(const struct vdev *dev, uint32_t id, unsigned int item);

/** Set several controls in one VIDIOC_S_EXT_CTRLS: all of them or none. */
int vdev_set_controls(const struct vdev *dev, struct v4l2_ext_control *controls,
		      unsigned int count);

/**
 * Wait for a frame in a blocking read(2), which ends as vqueue_dequeue() does.
 * *@got is the number of bytes.
 */
int vdev_read(const struct vdev *dev, void *bytes, size_t size, size_t *got,
	      struct vstamps *stamps);

/** Make @queue one of @dev without buffers. */
void vqueue_init(struct vqueue *queue, struct vdev *dev, enum v4l2_buf_type type,
		 enum v4l2_memory memory);

/** Set @width x @height pixels GREY; -ENOTSUP if the driver gives anything else. */
int vqueue_set_grey(struct vqueue *queue, unsigned int width, unsigned int height);

/** Set @fps frames a second; *@actual is what the driver made of it. */
int vqueue_set_rate(const struct vqueue *queue, unsigned int fps, double *actual);

/**
 * Make @queue deliver what @setup says. A source without a frame rate keeps the
 * one it has: *@actual_fps is 0.
 */
int vqueue_set_up(struct vqueue *queue, const struct vsetup *setup, double *actual_fps);

/** Ask for @count buffers; the driver may give more or fewer: queue->count. */
int vqueue_request(struct vqueue *queue, unsigned int count);

/** Map all buffers (MMAP queues). */
int vqueue_map(struct vqueue *queue);

/** Export all buffers as DMABUFs (MMAP queues). */
int vqueue_export(struct vqueue *queue);

/** Queue a buffer. @stamps may be NULL. */
int vqueue_queue(const struct vqueue *queue, const struct vframe *frame, struct vstamps *stamps);

/** Queue all buffers of a CAPTURE queue, empty. */
int vqueue_queue_all(const struct vqueue *queue);

/**
 * Wait for a buffer in a blocking VIDIOC_DQBUF. Returns -ETIMEDOUT if there is none
 * after stop_limit() has passed and, if @stoppable, -EINTR once stop_signal() is set.
 * @stamps, from the first call to the return of the last, may be NULL.
 */
int vqueue_dequeue(const struct vqueue *queue, bool stoppable, struct v4l2_buffer *buf,
		   struct vstamps *stamps);

/** Start streaming. */
int vqueue_start(struct vqueue *queue);

/** Stop streaming; the driver gives all buffers back. */
void vqueue_stop(struct vqueue *queue);

/** Stop, and unmap, close and free the buffers; nothing is done twice. */
void vqueue_release(struct vqueue *queue);

#endif /* VPIPE_LIB_V4L2_H */
