// SPDX-License-Identifier: MIT
/* feed.c - one image through vpipe, see feed.h */
#include <errno.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/stop.h"
#include "user/lib/feed.h"

static int set_formats(struct feed *feed, const struct pgm *image)
{
	int err = vqueue_set_grey(&feed->output, image->width, image->height);

	return err ? err : vqueue_set_grey(&feed->capture, image->width, image->height);
}

static void copy_lines(uint8_t *to, size_t to_stride, const uint8_t *from, size_t from_stride,
		       const struct pgm *size)
{
	for (unsigned int y = 0; y < size->height; y++)
		memcpy(to + y * to_stride, from + y * from_stride, size->width);
}

static int fill(const struct feed *feed, const struct heap_buf *buf, const struct pgm *image)
{
	int err = heap_begin_write(buf);

	if (err)
		return err;
	copy_lines(buf->start, feed->output.format.bytesperline, image->pixels, image->width,
		   image);
	return heap_end_write(buf);
}

static int fill_buffers(struct feed *feed, const struct pgm *image)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < feed->config.depth; i++) {
		err = heap_alloc(&feed->heap, feed->output.format.sizeimage, &feed->bufs[i]);
		if (!err)
			err = fill(feed, &feed->bufs[i], image);
	}
	feed->heap_failed = err;
	return err;
}

static int get_buffers(struct feed *feed, const struct pgm *image)
{
	int err = vqueue_request(&feed->output, feed->config.depth);

	if (!err)
		err = vqueue_request(&feed->capture, feed->config.buffers);
	if (!err)
		err = vqueue_map(&feed->capture);
	/* The driver may give more buffers than asked for, which are not needed. */
	if (!err && feed->output.count < feed->config.depth)
		err = v4l2_fail(-ENOMEM, "%s gives %u OUTPUT buffers, %u are needed",
				feed->dev.path, feed->output.count, feed->config.depth);
	return err ? err : fill_buffers(feed, image);
}

static int start(struct feed *feed)
{
	int err = vqueue_queue_all(&feed->capture);

	if (!err)
		err = vqueue_start(&feed->capture);
	return err ? err : vqueue_start(&feed->output);
}

int feed_open(struct feed *feed, const struct feed_config *config, const struct pgm *image)
{
	int err;

	memset(feed, 0, sizeof(*feed));
	feed->config = *config;
	feed->heap.fd = -1;
	for (unsigned int i = 0; i < VIDEO_MAX_FRAME; i++)
		feed->bufs[i].fd = -1;
	err = vdev_open(&feed->dev, config->vpipe, V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING);
	vqueue_init(&feed->output, &feed->dev, V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_MEMORY_DMABUF);
	vqueue_init(&feed->capture, &feed->dev, V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_MMAP);
	if (!err) {
		err = heap_open(&feed->heap, config->heap);
		feed->heap_failed = err;
	}
	if (!err)
		err = set_formats(feed, image);
	if (!err)
		err = node_set_cv(&feed->dev, &config->cv);
	if (!err)
		err = get_buffers(feed, image);
	return err ? err : start(feed);
}

static int let_go(struct feed *feed)
{
	const struct vframe empty = {.index = feed->held};

	if (!feed->holds)
		return 0;
	feed->holds = false;
	return vqueue_queue(&feed->capture, &empty, NULL);
}

int feed_submit(struct feed *feed)
{
	unsigned int index = (unsigned int)(feed->submitted % feed->config.depth);
	uint32_t sequence = (uint32_t)feed->submitted;
	struct vframe frame = {
		.index = index,
		.fd = feed->bufs[index].fd,
		.length = (unsigned int)feed->bufs[index].size,
		.bytesused = feed->output.format.sizeimage,
	};
	int err = let_go(feed);

	if (!err)
		err = node_set_sequence(&feed->dev, &feed->sequence, sequence);
	if (err)
		return err;
	if (feed->config.dated)
		frame.timestamp = ns_timeval(clock_ns());
	err = vqueue_queue(&feed->output, &frame, &feed->qbufs[index]);
	if (err)
		return err;
	feed->sequences[index] = sequence;
	feed->submitted++;
	feed->in_flight++;
	return 0;
}

int feed_receive(struct feed *feed, struct pipeline_frame *frame)
{
	int err = let_go(feed);

	memset(frame, 0, sizeof(*frame));
	stop_limit(feed->config.timeout_ns);
	if (!err)
		err = vqueue_dequeue(&feed->capture, false, &frame->capture, &frame->capture_dqbuf);
	if (!err)
		err = vqueue_dequeue(&feed->output, false, &frame->output, NULL);
	if (err)
		return err;
	feed->holds = true;
	feed->held = frame->capture.index;
	feed->in_flight--;
	if (frame->output.index >= feed->config.depth)
		return v4l2_fail(-EPROTO, "%s gives back buffer %u, which it was not given",
				 feed->dev.path, frame->output.index);
	frame->output_qbuf = feed->qbufs[frame->output.index];
	frame->source.sequence = feed->sequences[frame->output.index];
	return 0;
}

void feed_result(const struct feed *feed, struct pgm *image)
{
	copy_lines(image->pixels, image->width, feed->capture.bufs[feed->held].start,
		   feed->capture.format.bytesperline, image);
}

const void *feed_payload(const struct feed *feed, size_t *size)
{
	*size = feed->capture.format.sizeimage;
	return feed->capture.bufs[feed->held].start;
}

void feed_close(struct feed *feed)
{
	stop_limit(0);
	vqueue_release(&feed->output);
	vqueue_release(&feed->capture);
	for (unsigned int i = 0; i < VIDEO_MAX_FRAME; i++)
		heap_free(&feed->bufs[i]);
	heap_close(&feed->heap);
	vdev_close(&feed->dev);
}
