// SPDX-License-Identifier: MIT
/* source.c - frames from a source alone, see source.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/stop.h"
#include "user/lib/rusage.h"
#include "user/lib/source.h"

static bool is_userptr(const struct source *source)
{
	return source->config.io == SOURCE_USERPTR_POOL ||
	       source->config.io == SOURCE_USERPTR_FRESH;
}

/* Pages of a size of their own: a huge page would make one fault of hundreds. */
static void *map_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	madvise(memory, size, MADV_NOHUGEPAGE); /* EINVAL: there are none */
	return memory;
}

static int allocate(struct source *source)
{
	struct vqueue *queue = &source->queue;

	for (unsigned int i = 0; i < queue->count; i++) {
		queue->bufs[i].length = queue->format.sizeimage;
		queue->bufs[i].start = map_memory(queue->bufs[i].length);
		if (!queue->bufs[i].start)
			return v4l2_fail(-ENOMEM, "cannot map %u bytes for each frame",
					 queue->format.sizeimage);
	}
	return 0;
}

static int get_buffers(struct source *source)
{
	struct vqueue *queue = &source->queue;
	int err = vqueue_request(queue, source->config.setup.buffers);

	if (err == -EINVAL && is_userptr(source))
		return v4l2_fail(-ENOTSUP, "%s takes no buffers of the program (USERPTR)",
				 source->dev.path);
	if (err)
		return err;
	return is_userptr(source) ? allocate(source) : vqueue_map(queue);
}

static int queue_buffer(struct source *source, unsigned int index)
{
	const struct vbuf *buf = &source->queue.bufs[index];
	struct source_qbuf *given = &source->given[index];
	const struct vframe frame = {
		.index = index,
		.user = buf->start,
		.length = is_userptr(source) ? (unsigned int)buf->length : 0,
	};
	struct rusage_counts before = rusage_now();
	int err = vqueue_queue(&source->queue, &frame, &given->stamps);

	given->minflt = rusage_lap(&before).minflt;
	return err;
}

/*
 * The old mapping goes only after QBUF: were its address free, the new one could
 * get it, and V4L2, which remembers addresses, would go on writing to old pages.
 */
static int queue_fresh(struct source *source, unsigned int index)
{
	struct vbuf *buf = &source->queue.bufs[index];
	void *old = buf->start;
	int err;

	buf->start = map_memory(buf->length);
	if (!buf->start) {
		buf->start = old;
		return v4l2_fail(-ENOMEM, "cannot map %zu bytes for a frame", buf->length);
	}
	err = queue_buffer(source, index);
	munmap(old, buf->length);
	return err;
}

static int start(struct source *source)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < source->queue.count; i++)
		err = queue_buffer(source, i);
	return err ? err : vqueue_start(&source->queue);
}

static int start_reading(struct source *source)
{
	source->image = malloc(source->queue.format.sizeimage);
	return source->image ? 0 : v4l2_fail(-ENOMEM, "cannot get memory for a frame");
}

int source_open(struct source *source, const struct source_config *config)
{
	bool reads = config->io == SOURCE_READ;
	int err;

	memset(source, 0, sizeof(*source));
	source->config = *config;
	err = vdev_open(&source->dev, config->path,
			V4L2_CAP_VIDEO_CAPTURE | (reads ? V4L2_CAP_READWRITE : V4L2_CAP_STREAMING));
	vqueue_init(&source->queue, &source->dev, V4L2_BUF_TYPE_VIDEO_CAPTURE,
		    is_userptr(source) ? V4L2_MEMORY_USERPTR : V4L2_MEMORY_MMAP);
	if (!err)
		err = vqueue_set_up(&source->queue, &config->setup, &source->actual_fps);
	if (!err && reads)
		return start_reading(source);
	if (!err)
		err = get_buffers(source);
	if (!err)
		err = start(source);
	return err;
}

static int read_frame(struct source *source, struct source_frame *frame)
{
	size_t got;
	int err = vdev_read(&source->dev, source->image, source->queue.format.sizeimage, &got,
			    &frame->taken);

	if (err)
		return err;
	frame->buf.bytesused = (unsigned int)got;
	return got ? 0 : v4l2_fail(-ENODATA, "%s has no more frames", source->dev.path);
}

int source_step(struct source *source, struct source_frame *frame)
{
	int err;

	memset(frame, 0, sizeof(*frame));
	stop_limit(source->config.timeout_ns);
	if (source->config.io == SOURCE_READ)
		return read_frame(source, frame);
	err = vqueue_dequeue(&source->queue, true, &frame->buf, &frame->taken);
	if (err)
		return err;
	frame->given = source->given[frame->buf.index];
	return source->config.io == SOURCE_USERPTR_FRESH ? queue_fresh(source, frame->buf.index)
							 : queue_buffer(source, frame->buf.index);
}

void source_close(struct source *source)
{
	stop_limit(0);
	vqueue_release(&source->queue);
	vdev_close(&source->dev);
	free(source->image);
	source->image = NULL;
}
