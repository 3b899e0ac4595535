// SPDX-License-Identifier: MIT
/* stream.c - a queue of any V4L2 node and its buffers, see stream.h */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "lib/clock.h"
#include "lib/stop.h"
#include "tests/guest/stream.h"

#define MULTIPLANAR \
	(V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_VIDEO_M2M_MPLANE)

static int call(const struct stream *stream, unsigned long request, void *arg)
{
	int ret;

	do
		ret = ioctl(stream->dev->fd, request, arg);
	while (ret && errno == EINTR);
	return ret ? -errno : 0;
}

/* v4l2_fail() with the queue, of which a node has one each way. */
static int fail(const struct stream *stream, int err, const char *what)
{
	return v4l2_fail(err, "cannot %s the %s queue of %s", what,
			 V4L2_TYPE_IS_OUTPUT(stream->type) ? "OUTPUT" : "CAPTURE",
			 stream->dev->path);
}

/*
 * Formats
 */

static bool is_meta(const struct stream *stream)
{
	return stream->type == V4L2_BUF_TYPE_META_CAPTURE ||
	       stream->type == V4L2_BUF_TYPE_META_OUTPUT;
}

/* Of a node with the capabilities @caps. */
static enum v4l2_buf_type type_of(uint32_t caps, bool is_output)
{
	if (caps & (V4L2_CAP_META_CAPTURE | V4L2_CAP_META_OUTPUT))
		return is_output ? V4L2_BUF_TYPE_META_OUTPUT : V4L2_BUF_TYPE_META_CAPTURE;
	if (caps & MULTIPLANAR)
		return is_output ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
				 : V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
	return is_output ? V4L2_BUF_TYPE_VIDEO_OUTPUT : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

static void take_single(struct stream *stream, const struct v4l2_pix_format *pix)
{
	stream->width = pix->width;
	stream->height = pix->height;
	stream->pixelformat = pix->pixelformat;
	stream->n_planes = 1;
	stream->sizes[0] = pix->sizeimage;
}

static int take_multi(struct stream *stream, const struct v4l2_pix_format_mplane *pix)
{
	if (!pix->num_planes || pix->num_planes > VIDEO_MAX_PLANES)
		return fail(stream, -EPROTO, "make sense of the planes of");
	stream->width = pix->width;
	stream->height = pix->height;
	stream->pixelformat = pix->pixelformat;
	stream->n_planes = pix->num_planes;
	for (unsigned int i = 0; i < stream->n_planes; i++)
		stream->sizes[i] = pix->plane_fmt[i].sizeimage;
	return 0;
}

static void take_meta(struct stream *stream, const struct v4l2_meta_format *meta)
{
	stream->width = stream->height = 0;
	stream->pixelformat = meta->dataformat;
	stream->n_planes = 1;
	stream->sizes[0] = meta->buffersize;
}

static int take_format(struct stream *stream, const struct v4l2_format *format)
{
	if (is_meta(stream)) {
		take_meta(stream, &format->fmt.meta);
		return 0;
	}
	if (V4L2_TYPE_IS_MULTIPLANAR(stream->type))
		return take_multi(stream, &format->fmt.pix_mp);
	take_single(stream, &format->fmt.pix);
	return 0;
}

int stream_init(struct stream *stream, const struct vdev *dev, bool is_output,
		enum v4l2_memory memory)
{
	struct v4l2_capability cap = {0};
	struct v4l2_format format = {0};
	int err;

	*stream = (struct stream){.dev = dev, .memory = memory};
	for (unsigned int i = 0; i < STREAM_MAX_BUFFERS * VIDEO_MAX_PLANES; i++)
		stream->planes[i / VIDEO_MAX_PLANES][i % VIDEO_MAX_PLANES].fd = -1;
	err = call(stream, VIDIOC_QUERYCAP, &cap);
	if (err)
		return v4l2_fail(err, "%s is not a V4L2 node", dev->path);
	stream->type = type_of(cap.device_caps, is_output);
	format.type = stream->type;
	err = call(stream, VIDIOC_G_FMT, &format);
	return err ? fail(stream, err, "get the format of") : take_format(stream, &format);
}

int stream_set_format(struct stream *stream, uint32_t width, uint32_t height, uint32_t pixelformat)
{
	struct v4l2_format format = {.type = stream->type};
	int err;

	if (!pixelformat)
		pixelformat = stream->pixelformat;
	if (V4L2_TYPE_IS_MULTIPLANAR(stream->type))
		format.fmt.pix_mp = (struct v4l2_pix_format_mplane){
			.width = width, .height = height, .pixelformat = pixelformat};
	else
		format.fmt.pix = (struct v4l2_pix_format){
			.width = width, .height = height, .pixelformat = pixelformat};
	err = call(stream, VIDIOC_S_FMT, &format);
	return err ? fail(stream, err, "set the format of") : take_format(stream, &format);
}

int stream_set_rate(const struct stream *stream, unsigned int fps)
{
	struct v4l2_streamparm parm = {
		.type = stream->type,
		.parm.capture.timeperframe = {.numerator = 1, .denominator = fps},
	};
	int err = call(stream, VIDIOC_S_PARM, &parm);

	return err ? fail(stream, err, "set the frame rate of") : 0;
}

/*
 * Buffers
 */

/* In the single-planar API a buffer has in itself what else its planes have. */
static int buffer_call(const struct stream *stream, unsigned long request, struct v4l2_buffer *buf,
		       struct v4l2_plane planes[VIDEO_MAX_PLANES])
{
	int err;

	buf->type = stream->type;
	buf->memory = stream->memory;
	if (V4L2_TYPE_IS_MULTIPLANAR(stream->type)) {
		buf->m.planes = planes;
		buf->length = stream->n_planes;
		return ioctl(stream->dev->fd, request, buf) ? -errno : 0;
	}
	buf->m.userptr = planes->m.userptr; /* all of the union */
	buf->length = planes->length;
	buf->bytesused = planes->bytesused;
	err = ioctl(stream->dev->fd, request, buf) ? -errno : 0;
	planes->m.userptr = buf->m.userptr;
	planes->length = buf->length;
	return err;
}

static int create(struct stream *stream, unsigned int *count)
{
	struct v4l2_create_buffers all = {
		.count = *count, .memory = stream->memory, .format.type = stream->type};
	int err = call(stream, VIDIOC_G_FMT, &all.format);

	if (!err)
		err = call(stream, VIDIOC_CREATE_BUFS, &all);
	*count = all.count;
	return err;
}

int stream_request(struct stream *stream, unsigned int count)
{
	struct v4l2_requestbuffers req = {
		.count = count, .type = stream->type, .memory = stream->memory};
	int err = stream->creates ? create(stream, &req.count) : call(stream, VIDIOC_REQBUFS, &req);

	if (!err && !req.count)
		err = -ENOMEM;
	if (err)
		return fail(stream, err, "get buffers for");
	stream->count = req.count < STREAM_MAX_BUFFERS ? req.count : STREAM_MAX_BUFFERS;
	return 0;
}

static int map(struct stream *stream, unsigned int index)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buf = {.index = index};
	int err = buffer_call(stream, VIDIOC_QUERYBUF, &buf, planes);

	if (err)
		return fail(stream, err, "query the buffers of");
	for (unsigned int i = 0; i < stream->n_planes; i++) {
		struct heap_buf *plane = &stream->planes[index][i];
		void *start = mmap(NULL, planes[i].length, PROT_READ | PROT_WRITE, MAP_SHARED,
				   stream->dev->fd, planes[i].m.mem_offset);

		if (start == MAP_FAILED)
			return fail(stream, -errno, "map the buffers of");
		plane->start = start;
		plane->size = planes[i].length;
	}
	return 0;
}

static int get_memory(struct stream *stream, unsigned int index)
{
	for (unsigned int i = 0; i < stream->n_planes; i++) {
		struct heap_buf *plane = &stream->planes[index][i];
		void *start = mmap(NULL, stream->sizes[i], PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (start == MAP_FAILED)
			return fail(stream, -errno, "get memory for");
		plane->start = start;
		plane->size = stream->sizes[i];
	}
	return 0;
}

static int get_heap(struct stream *stream, unsigned int index)
{
	struct heap heap;
	int err = heap_open(&heap, HEAP_DEFAULT);

	for (unsigned int i = 0; !err && i < stream->n_planes; i++)
		err = heap_alloc(&heap, stream->sizes[i], &stream->planes[index][i]);
	heap_close(&heap);
	return err;
}

int stream_allocate(struct stream *stream)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < stream->count; i++) {
		if (stream->memory == V4L2_MEMORY_MMAP)
			err = map(stream, i);
		else if (stream->memory == V4L2_MEMORY_USERPTR)
			err = get_memory(stream, i);
		else
			err = get_heap(stream, i);
	}
	return err;
}

static int share_plane(struct stream *stream, struct stream *from, unsigned int index,
		       unsigned int plane)
{
	struct heap_buf *mine = &stream->planes[index][plane];
	struct v4l2_exportbuffer exp = {
		.type = from->type, .index = index, .plane = plane, .flags = O_RDWR | O_CLOEXEC};
	int err = call(from, VIDIOC_EXPBUF, &exp);

	if (err)
		return fail(from, err, "export the buffers of");
	mine->fd = exp.fd;
	mine->size = from->planes[index][plane].size;
	return 0;
}

int stream_share(struct stream *stream, struct stream *from)
{
	int err = 0;

	if (stream->count < from->count || stream->n_planes != from->n_planes)
		return fail(stream, -EINVAL, "use the source's buffers in");
	for (unsigned int i = 0; !err && i < from->count * from->n_planes; i++)
		err = share_plane(stream, from, i / from->n_planes, i % from->n_planes);
	return err;
}

int stream_try_queue(const struct stream *stream, unsigned int index,
		     const struct timeval *timestamp, struct vstamps *stamps)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES] = {0};
	struct v4l2_buffer buf = {.index = index, .field = V4L2_FIELD_NONE};
	struct vstamps at;
	int err;

	for (unsigned int i = 0; i < stream->n_planes; i++) {
		const struct heap_buf *plane = &stream->planes[index][i];

		if (stream->memory == V4L2_MEMORY_USERPTR)
			planes[i].m.userptr = (unsigned long)plane->start;
		else if (stream->memory == V4L2_MEMORY_DMABUF)
			planes[i].m.fd = plane->fd;
		planes[i].length = (uint32_t)plane->size;
		planes[i].bytesused = V4L2_TYPE_IS_OUTPUT(stream->type) ? stream->sizes[i] : 0;
	}
	if (timestamp)
		buf.timestamp = *timestamp;
	at.enter = clock_ns();
	err = buffer_call(stream, VIDIOC_QBUF, &buf, planes);
	at.leave = clock_ns();
	if (stamps && !err)
		*stamps = at;
	return err;
}

int stream_queue(const struct stream *stream, unsigned int index, const struct timeval *timestamp,
		 struct vstamps *stamps)
{
	int err;

	do
		err = stream_try_queue(stream, index, timestamp, stamps);
	while (err == -EINTR);
	return err ? fail(stream, err, "queue a buffer on") : 0;
}

int stream_queue_all(const struct stream *stream)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < stream->count; i++)
		err = stream_queue(stream, i, NULL, NULL);
	return err;
}

/* Of a device that is unplugged, DQBUF may say that it does not stream. */
static bool is_gone(const struct stream *stream)
{
	struct v4l2_capability cap;

	return call(stream, VIDIOC_QUERYCAP, &cap) == -ENODEV;
}

int stream_dequeue(const struct stream *stream, struct stream_buffer *buf, struct vstamps *stamps)
{
	struct v4l2_plane planes[VIDEO_MAX_PLANES];
	struct v4l2_buffer got;
	bool last = false;
	int err;

	stamps->enter = clock_ns();
	do {
		if (stop_signal())
			return fail(stream, -EINTR, "go on with");
		memset(planes, 0, sizeof(planes));
		got = (struct v4l2_buffer){0};
		err = buffer_call(stream, VIDIOC_DQBUF, &got, planes);
		stamps->leave = clock_ns();
	} while (err == -EINTR && stop_again(&last));
	if (err == -EINTR)
		err = -ETIMEDOUT;
	if (!err && got.index >= stream->count)
		err = -EPROTO;
	if (err && err != -EAGAIN && is_gone(stream))
		err = -ENODEV;
	if (err)
		return fail(stream, err, "dequeue from");
	*buf = (struct stream_buffer){.index = got.index,
				      .sequence = got.sequence,
				      .flags = got.flags,
				      .timestamp = got.timestamp};
	return 0;
}

int stream_start(struct stream *stream)
{
	int type = (int)stream->type;
	int err = call(stream, VIDIOC_STREAMON, &type);

	if (err)
		return fail(stream, err, "start");
	stream->streaming = true;
	return 0;
}

void stream_stop(struct stream *stream)
{
	int type = (int)stream->type;

	if (stream->streaming)
		call(stream, VIDIOC_STREAMOFF, &type);
	stream->streaming = false;
}

void stream_free(struct stream *stream)
{
	for (unsigned int i = 0; i < stream->count; i++) {
		for (unsigned int plane = 0; plane < stream->n_planes; plane++)
			heap_free(&stream->planes[i][plane]);
	}
	stream->count = 0;
}
