// SPDX-License-Identifier: MIT
/* pipeline.c - frames from a source through vpipe, see pipeline.h */
#include <errno.h>
#include <string.h>
#include <sys/sdt.h>

#include "lib/clock.h"
#include "lib/stop.h"
#include "user/lib/pipeline.h"

static int open_nodes(struct pipeline *pipe)
{
	enum v4l2_memory output =
		pipe->config.transport == TRANSPORT_DMABUF ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
	int err = vdev_open(&pipe->source_dev, pipe->config.source,
			    V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING);

	if (!err)
		err = vdev_open(&pipe->vpipe_dev, pipe->config.vpipe,
				V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING);
	vqueue_init(&pipe->source, &pipe->source_dev, V4L2_BUF_TYPE_VIDEO_CAPTURE,
		    V4L2_MEMORY_MMAP);
	vqueue_init(&pipe->output, &pipe->vpipe_dev, V4L2_BUF_TYPE_VIDEO_OUTPUT, output);
	vqueue_init(&pipe->capture, &pipe->vpipe_dev, V4L2_BUF_TYPE_VIDEO_CAPTURE,
		    V4L2_MEMORY_MMAP);
	return err;
}

static int set_formats(struct pipeline *pipe)
{
	const struct vsetup *setup = &pipe->config.setup;
	int err = vqueue_set_up(&pipe->source, setup, &pipe->actual_fps);

	if (!err)
		err = vqueue_set_grey(&pipe->output, setup->width, setup->height);
	if (!err)
		err = vqueue_set_grey(&pipe->capture, setup->width, setup->height);
	if (err)
		return err;
	if (pipe->source.format.bytesperline != pipe->output.format.bytesperline)
		return v4l2_fail(-ENOTSUP, "lines are %u bytes apart in %s, %u in %s",
				 pipe->source.format.bytesperline, pipe->source_dev.path,
				 pipe->output.format.bytesperline, pipe->vpipe_dev.path);
	return 0;
}

/* A source buffer and the OUTPUT buffer it goes to have the same index. */
static int get_buffers(struct pipeline *pipe)
{
	int err = vqueue_request(&pipe->source, pipe->config.setup.buffers);

	if (!err)
		err = vqueue_request(&pipe->output, pipe->source.count);
	if (!err)
		err = vqueue_request(&pipe->capture, pipe->config.setup.buffers);
	if (err)
		return err;
	if (pipe->output.count < pipe->source.count)
		return v4l2_fail(-ENOMEM, "%s gives %u OUTPUT buffers, %u are needed",
				 pipe->vpipe_dev.path, pipe->output.count, pipe->source.count);
	if (pipe->config.transport == TRANSPORT_DMABUF)
		return vqueue_export(&pipe->source);
	err = vqueue_map(&pipe->source);
	return err ? err : vqueue_map(&pipe->output);
}

/* The source last: its first frame finds everything ready. */
static int start(struct pipeline *pipe)
{
	int err = vqueue_queue_all(&pipe->source);

	if (!err)
		err = vqueue_queue_all(&pipe->capture);
	if (!err)
		err = vqueue_start(&pipe->capture);
	if (!err)
		err = vqueue_start(&pipe->output);
	if (!err)
		err = vqueue_start(&pipe->source);
	return err;
}

int pipeline_open(struct pipeline *pipe, const struct pipeline_config *config)
{
	int err;

	memset(pipe, 0, sizeof(*pipe));
	pipe->config = *config;
	pipe->source_dev.fd = -1;
	pipe->vpipe_dev.fd = -1;
	err = open_nodes(pipe);
	if (!err)
		err = set_formats(pipe);
	if (!err)
		err = node_set_cv(&pipe->vpipe_dev, &pipe->config.cv);
	if (!err)
		err = get_buffers(pipe);
	if (!err)
		err = start(pipe);
	return err;
}

static int requeue(const struct vqueue *queue, unsigned int index)
{
	const struct vframe empty = {.index = index};

	return vqueue_queue(queue, &empty, NULL);
}

/* Wait for a frame that the source did not mark as damaged. */
static int next_frame(struct pipeline *pipe, struct pipeline_frame *frame)
{
	int err;

	while (!(err = vqueue_dequeue(&pipe->source, true, &frame->source, &frame->source_dqbuf))) {
		if (!(frame->source.flags & V4L2_BUF_FLAG_ERROR))
			return 0;
		pipe->corrupt++;
		err = requeue(&pipe->source, frame->source.index);
		if (err)
			return err;
	}
	return err;
}

static int copy_frame(struct pipeline *pipe, struct pipeline_frame *frame)
{
	const struct vbuf *from = &pipe->source.bufs[frame->source.index];
	const struct vbuf *to = &pipe->output.bufs[frame->source.index];
	uint64_t began = clock_ns();

	if (frame->source.bytesused > from->length || frame->source.bytesused > to->length)
		return v4l2_fail(-EOVERFLOW, "a frame of %u bytes does not fit %s",
				 frame->source.bytesused, pipe->vpipe_dev.path);
	/* tracers attach here: no instruction but a nop as long as none does */
	DTRACE_PROBE(vpipe, copy_begin);
	memcpy(to->start, from->start, frame->source.bytesused);
	DTRACE_PROBE(vpipe, copy_end);
	frame->copy_ns = clock_ns() - began;
	return 0;
}

static int submit(struct pipeline *pipe, struct pipeline_frame *frame)
{
	const struct v4l2_buffer *from = &frame->source;
	struct vframe to = {
		.index = from->index,
		.fd = pipe->source.bufs[from->index].fd,
		.bytesused = from->bytesused,
		.timestamp = from->timestamp,
		.sequence = from->sequence,
	};
	int err = node_set_sequence(&pipe->vpipe_dev, &pipe->sequence, from->sequence);

	frame->copy_ns = 0;
	if (err)
		return err;
	if (pipe->config.transport == TRANSPORT_MMAP) {
		err = copy_frame(pipe, frame);
		if (err)
			return err;
	} else {
		to.length = from->length;
	}
	return vqueue_queue(&pipe->output, &to, &frame->output_qbuf);
}

int pipeline_step(struct pipeline *pipe, struct pipeline_frame *frame)
{
	int err;

	stop_limit(pipe->config.timeout_ns);
	err = next_frame(pipe, frame);
	if (!err)
		err = submit(pipe, frame);
	if (!err)
		err = vqueue_dequeue(&pipe->capture, false, &frame->capture, &frame->capture_dqbuf);
	if (!err)
		err = vqueue_dequeue(&pipe->output, false, &frame->output, NULL);
	if (!err)
		err = requeue(&pipe->source, frame->source.index);
	if (!err)
		err = requeue(&pipe->capture, frame->capture.index);
	return err;
}

/* The source stops first and is freed last: vpipe holds its buffers. */
void pipeline_close(struct pipeline *pipe)
{
	stop_limit(0);
	vqueue_stop(&pipe->source);
	vqueue_release(&pipe->output);
	vqueue_release(&pipe->capture);
	vqueue_release(&pipe->source);
	vdev_close(&pipe->vpipe_dev);
	vdev_close(&pipe->source_dev);
}
