/* SPDX-License-Identifier: MIT */
/*
 * stream.h - a queue of any V4L2 node and its buffers, for the tests' clients
 *
 * What lib/v4l2.h has is for grey frames of one plane; this one takes both APIs, whatever
 * format the node has, and the three kinds of memory. Functions that can fail return 0 or
 * -errno, described by v4l2_error(). One thread at a time, but for stream_try_queue().
 */
#ifndef TEST_STREAM_H
#define TEST_STREAM_H

#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/heap.h"
#include "lib/v4l2.h"

/** Since 6.8 a driver may give more than VIDEO_MAX_FRAME. */
#define STREAM_MAX_BUFFERS 64

struct stream {
	const struct vdev *dev;
	enum v4l2_buf_type type; /**< of the API that the node has */
	enum v4l2_memory memory;
	bool creates; /**< its buffers by CREATE_BUFS, not REQBUFS */
	uint32_t width; /**< pixels, as is @height */
	uint32_t height;
	uint32_t pixelformat; /**< V4L2_PIX_FMT_* */
	unsigned int n_planes; /**< of each buffer; 1 in the single-planar API */
	uint32_t sizes[VIDEO_MAX_PLANES]; /**< bytes of each plane */
	unsigned int count; /**< buffers the driver gave */
	bool streaming;
	/** Memory of each plane of each buffer; its DMABUF, if it has one. */
	struct heap_buf planes[STREAM_MAX_BUFFERS][VIDEO_MAX_PLANES];
};

/** A buffer as it was dequeued. */
struct stream_buffer {
	unsigned int index;
	uint32_t sequence;
	uint32_t flags; /**< V4L2_BUF_FLAG_* */
	struct timeval timestamp;
};

/** Make @stream a queue of @dev, with the format that it has; @is_output: the one into it. */
int stream_init(struct stream *stream, const struct vdev *dev, bool is_output,
		enum v4l2_memory memory);

/** Ask for a format; @pixelformat 0: the one it has. What came of it is in @stream. */
int stream_set_format(struct stream *stream, uint32_t width, uint32_t height, uint32_t pixelformat);

/** Ask for @fps frames a second, of a stream that has a rate. */
int stream_set_rate(const struct stream *stream, unsigned int fps);

/** Ask for @count buffers, which the driver may change, without any memory yet. */
int stream_request(struct stream *stream, unsigned int count);

/** Give the buffers memory: the driver's, mapped; the program's; or a DMA heap's. */
int stream_allocate(struct stream *stream);

/** Export the buffers of @from, which are mapped, and have those of @stream be the same ones. */
int stream_share(struct stream *stream, struct stream *from);

/** Queue a buffer, full if @stream is an output. @timestamp and @stamps may be NULL. */
int stream_queue(const struct stream *stream, unsigned int index, const struct timeval *timestamp,
		 struct vstamps *stamps);

/** The same from any thread, without a word in v4l2_error(). */
int stream_try_queue(const struct stream *stream, unsigned int index,
		     const struct timeval *timestamp, struct vstamps *stamps);

/** Queue all buffers of a stream that is no output. */
int stream_queue_all(const struct stream *stream);

/**
 * Dequeue a buffer as vqueue_dequeue() does, if that may be stopped; of a node that does not
 * block, -EAGAIN. -ENODEV: the device is gone.
 */
int stream_dequeue(const struct stream *stream, struct stream_buffer *buf, struct vstamps *stamps);

/** Start streaming. */
int stream_start(struct stream *stream);

/** Stop streaming; the driver gives all buffers back. */
void stream_stop(struct stream *stream);

/** Unmap and close all memory: the driver lets go of it when the node is closed. */
void stream_free(struct stream *stream);

#endif /* TEST_STREAM_H */
