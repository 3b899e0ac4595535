// SPDX-License-Identifier: MIT
/* test-queues.c - buffers on their way through the node, and what must not get on it */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/heap.h"
#include "tests/guest/m2m.h"
#include "user/lib/crc.h"

/* Odd sizes: neither a whole number of words nor of pages. */
#define WIDTH  101
#define HEIGHT 53

static const struct node_cv copy = {.algo = VPIPE_ALGO_NONE};
static const struct node_cv threshold = {.algo = VPIPE_ALGO_THRESHOLD, .threshold = 99};

/* Nothing is done and can be dequeued. */
static void check_idle(const struct vqueue *queue)
{
	struct v4l2_buffer buf;

	assert_int_equal(fcntl(queue->dev->fd, F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(vqueue_dequeue(queue, false, &buf, NULL), -EAGAIN);
	assert_int_equal(fcntl(queue->dev->fd, F_SETFL, 0), 0);
}

/*
 * Frames and their metadata
 */

static void a_frame_and_its_row(void **state)
{
	const struct timeval when = {.tv_sec = 12, .tv_usec = 345};
	int meta = meta_open(O_NONBLOCK);
	struct vpipe_meta_entry row;
	struct v4l2_buffer out, cap;
	struct ref_result ref;
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 3);
	m2m_fill(&m, 1, 1);
	m2m_set(&m, 4711, &copy);
	must(m2m_queue(&m.cap, 2));
	must(vqueue_queue(&m.out, &(struct vframe){.index = 1, .timestamp = when}, NULL));
	out = m2m_dequeue(&m.out);
	cap = m2m_dequeue(&m.cap);
	row = meta_read_one(meta);

	assert_true(m2m_is_reference(&m, 1, 2, &copy, &ref));
	assert_int_equal(out.index, 1);
	assert_int_equal(cap.index, 2);
	assert_int_equal(cap.bytesused, m2m_bytes(&m));
	assert_int_equal(cap.timestamp.tv_sec, when.tv_sec);
	assert_int_equal(cap.timestamp.tv_usec, when.tv_usec);
	assert_int_equal(cap.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK, V4L2_BUF_FLAG_TIMESTAMP_COPY);
	assert_int_equal((cap.flags | out.flags) & V4L2_BUF_FLAG_ERROR, 0);
	assert_int_equal(cap.field, V4L2_FIELD_NONE);
	assert_int_equal(out.field, V4L2_FIELD_NONE);
	assert_int_equal(cap.sequence, 0);
	assert_int_equal(out.sequence, 0);

	assert_int_equal(row.version, VPIPE_META_VERSION);
	assert_int_equal(row.entry_size, sizeof(row));
	assert_int_equal(row.flags, 0);
	assert_int_equal(row.src_v4l2_sequence, 4711);
	assert_int_equal(row.buffer_index, 2);
	assert_int_equal(row.timestamp_ns, 12000345000);
	assert_int_equal(row.bytesused, m2m_bytes(&m));
	assert_int_equal(row.crc32, crc_payload(m.cap.bufs[2].start, row.bytesused));
	assert_int_equal(row.algo_id, VPIPE_ALGO_NONE);
	assert_int_equal(row.algo_status, VPIPE_ALGO_OK);
	assert_int_equal(row.algo_value0, 0);
	assert_int_equal(row.algo_value1, 0);
	m2m_close(&m);
	close(meta);
}

/*
 * Sequences have 32 bits: over the end of 31, over the end of 32, and from anywhere to
 * anywhere, each as it was at its QBUF.
 */
static void sequences_have_32_bits(void **state)
{
	static const uint32_t sequences[] = {0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
					     0xfffffffe, 0xffffffff, 0,		 1,
					     0x80000001, 1};
	struct vpipe_meta_entry rows[COUNT(sequences)];
	int meta = meta_open(O_NONBLOCK);
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, COUNT(sequences));
	for (unsigned int i = 0; i < COUNT(sequences); i++) {
		m2m_set(&m, sequences[i], &copy);
		must(m2m_queue(&m.out, i));
	}
	for (unsigned int i = 0; i < COUNT(sequences); i++)
		must(m2m_queue(&m.cap, i));
	for (unsigned int i = 0; i < COUNT(sequences); i++)
		m2m_dequeue(&m.cap);
	assert_int_equal(meta_read(meta, rows, COUNT(sequences)), COUNT(sequences));
	for (unsigned int i = 0; i < COUNT(sequences); i++)
		assert_int_equal(rows[i].src_v4l2_sequence, sequences[i]);
	m2m_close(&m);
	close(meta);
}

/* Nor does a timestamp lose its highest bit: V4L2 shows it as seconds below 0. */
static void timestamps_have_64_bits(void **state)
{
	static const struct timeval dates[] = {
		{0, 0}, {0, 1}, {9223372036, 854775}, {-9223372037, 145225}, {-1, 999999}};
	int meta = meta_open(O_NONBLOCK);
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	for (size_t i = 0; i < COUNT(dates); i++) {
		struct vframe frame = {.bytesused = m.out.format.sizeimage, .timestamp = dates[i]};
		struct v4l2_buffer cap;

		must(vqueue_queue(&m.out, &frame, NULL));
		must(m2m_queue(&m.cap, 0));
		m2m_dequeue(&m.out);
		cap = m2m_dequeue(&m.cap);
		assert_int_equal(cap.timestamp.tv_sec, dates[i].tv_sec);
		assert_int_equal(cap.timestamp.tv_usec, dates[i].tv_usec);
		assert_true(meta_read_one(meta).timestamp_ns == timeval_ns(dates[i]));
	}
	m2m_close(&m);
	close(meta);
}

static unsigned int pick(const unsigned int *values, size_t count, unsigned int *state)
{
	*state = *state * 1103515245 + 12345;
	return values[(*state >> 16) % count];
}

/* Edges, corners and overlaps of the region with the frame, in any combination. */
static void random_regions_and_thresholds(void **state)
{
	static const unsigned int edges[] = {0,		1,     7,	  8,	  33,
					     WIDTH - 1, WIDTH, WIDTH + 1, HEIGHT, VPIPE_MAX_SIZE};
	static const unsigned int values[] = {0, 1, 127, 128, 200, 254, 255};
	int meta = meta_open(O_NONBLOCK);
	unsigned int random = 1;
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 3);
	for (unsigned int i = 0; i < 200; i++) {
		struct node_cv cv = {.algo = VPIPE_ALGO_THRESHOLD};
		struct vpipe_meta_entry row;
		struct ref_result ref;

		cv.threshold = pick(values, COUNT(values), &random);
		for (unsigned int k = 0; k < 4; k++)
			cv.roi[k] = pick(edges, COUNT(edges), &random);
		m2m_fill(&m, i % 3, i);
		m2m_set(&m, i, &cv);
		assert_int_equal(m2m_process(&m, i % 3).cap.sequence, i);
		row = meta_read_one(meta);
		assert_true(m2m_is_reference(&m, i % 3, i % 3, &cv, &ref));
		assert_int_equal(row.src_v4l2_sequence, i);
		assert_int_equal(row.crc32, crc_payload(m.cap.bufs[i % 3].start, row.bytesused));
		assert_int_equal(row.roi_left, ref.left);
		assert_int_equal(row.roi_top, ref.top);
		assert_int_equal(row.roi_width, ref.width);
		assert_int_equal(row.roi_height, ref.height);
		assert_int_equal(row.algo_value0, ref.white);
		assert_int_equal(row.algo_value1, ref.black);
	}
	m2m_close(&m);
	close(meta);
}

/*
 * Where a frame fills its pages, KASAN sees what is written or read behind it; where it
 * doesn't, the rest of the page is there to show it.
 */
static void nothing_is_written_behind_a_frame(void **state)
{
	static const unsigned int sizes[][2] = {{64, 64},  {4096, 1}, {1, 4096}, {128, 96},
						{4095, 1}, {63, 65},  {101, 53}, {1, 1}};
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);

	(void)state;
	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		const unsigned int *size = sizes[i / 2];
		struct ref_result ref;
		const uint8_t *pixels;
		struct m2m m;

		m2m_start(&m, size[0], size[1], 1);
		pixels = memset(m.cap.bufs[0].start, 0x5a, m2m_bytes(&m) + (-m2m_bytes(&m) % page));
		m2m_fill(&m, 0, (unsigned int)i);
		m2m_set(&m, 1, i & 1 ? &threshold : &copy);
		m2m_process(&m, 0);
		assert_true(m2m_is_reference(&m, 0, 0, i & 1 ? &threshold : &copy, &ref));
		for (size_t k = m2m_bytes(&m); k % page; k++)
			assert_int_equal(pixels[k], 0x5a);
		m2m_close(&m);
	}
}

/* Less than a frame: both buffers come back damaged, CAPTURE untouched; the next is fine. */
static void a_short_frame_fails(void **state)
{
	int meta = meta_open(O_NONBLOCK);
	struct vpipe_meta_entry row;
	struct v4l2_buffer out, cap;
	uint8_t *pixels;
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	pixels = m.cap.bufs[0].start;
	memset(pixels, 0x5a, m2m_bytes(&m));
	m2m_set(&m, 1, &(struct node_cv){.algo = VPIPE_ALGO_THRESHOLD, .cache = VPIPE_CACHE_BOTH});
	must(m2m_queue(&m.cap, 0));
	must(vqueue_queue(&m.out, &(struct vframe){.bytesused = WIDTH * HEIGHT - 1}, NULL));
	out = m2m_dequeue(&m.out);
	cap = m2m_dequeue(&m.cap);
	row = meta_read_one(meta);
	assert_true(out.flags & V4L2_BUF_FLAG_ERROR);
	assert_true(cap.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(cap.bytesused, 0);
	assert_int_equal(row.algo_status, VPIPE_ALGO_FAILED);
	assert_int_equal(row.bytesused, 0);
	assert_int_equal(row.crc32, 0);
	assert_int_equal(row.algo_value0 + row.algo_value1, 0);
	assert_int_equal(row.flags, VPIPE_META_F_NO_CRC); /* what is not worked on is not flushed */
	for (size_t i = 0; i < m2m_bytes(&m); i++)
		assert_int_equal(pixels[i], 0x5a);

	assert_false(m2m_process(&m, 0).cap.flags & V4L2_BUF_FLAG_ERROR);
	assert_int_equal(meta_read_one(meta).algo_status, VPIPE_ALGO_OK);
	m2m_close(&m);
	close(meta);
}

/*
 * QBUF and its relatives
 */

static void qbuf_refuses_nonsense(void **state)
{
	struct v4l2_buffer interlaced = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
					 .memory = V4L2_MEMORY_MMAP,
					 .field = V4L2_FIELD_INTERLACED};
	struct vframe frame = {0};
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 2);
	frame.bytesused = m.out.bufs[0].length + 1;
	assert_int_equal(vqueue_queue(&m.out, &frame, NULL), -EINVAL);
	assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_QBUF, &interlaced), -EINVAL);
	for (unsigned int i = 0; i < 3; i++) {
		static const unsigned int indices[] = {2, VIDEO_MAX_FRAME, UINT32_MAX};

		assert_int_equal(m2m_queue(&m.out, indices[i]), -EINVAL);
		assert_int_equal(m2m_queue(&m.cap, indices[i]), -EINVAL);
	}
	must(m2m_queue(&m.out, 0));
	assert_int_equal(m2m_queue(&m.out, 0), -EINVAL);
	must(m2m_queue(&m.cap, 0));
	assert_int_equal(m2m_dequeue(&m.cap).index, 0);
	m2m_close(&m);
}

/* A QBUF that is refused leaves the snapshot of the queued buffer alone. */
static void a_refused_qbuf_changes_nothing(void **state)
{
	int meta = meta_open(O_NONBLOCK);
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	m2m_set(&m, 1, &threshold);
	must(m2m_queue(&m.out, 0));
	m2m_set(&m, 2, &copy);
	assert_int_equal(m2m_queue(&m.out, 0), -EINVAL);
	must(m2m_queue(&m.cap, 0));
	m2m_dequeue(&m.cap);
	assert_int_equal(meta_read_one(meta).src_v4l2_sequence, 1);
	m2m_close(&m);
	close(meta);
}

static void prepared_buffers_have_the_controls_of_qbuf(void **state)
{
	int meta = meta_open(O_NONBLOCK);
	struct v4l2_buffer prepare = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
				      .memory = V4L2_MEMORY_MMAP};
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	m2m_set(&m, 10, &copy);
	must(m2m_ioctl(m.dev.fd, VIDIOC_PREPARE_BUF, &prepare));
	m2m_set(&m, 11, &threshold);
	m2m_process(&m, 0);
	assert_int_equal(meta_read_one(meta).src_v4l2_sequence, 11);
	m2m_close(&m);
	close(meta);
}

static void create_bufs(void **state)
{
	struct v4l2_create_buffers create = {
		.count = 1,
		.memory = V4L2_MEMORY_MMAP,
		.format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
			   .fmt.pix = {.width = WIDTH,
				       .height = HEIGHT,
				       .pixelformat = V4L2_PIX_FMT_GREY}},
	};
	static const uint32_t too_large[] = {2 * VPIPE_MAX_SIZE * VPIPE_MAX_SIZE + 1, 1 << 30,
					     INT32_MAX, UINT32_MAX};
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 3);
	create.format.fmt.pix.sizeimage = WIDTH * HEIGHT - 1;
	assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_CREATE_BUFS, &create), -EINVAL);
	for (unsigned int i = 0; i < COUNT(too_large); i++) {
		create.format.fmt.pix.sizeimage = too_large[i];
		assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_CREATE_BUFS, &create), -EINVAL);
	}
	create.format.fmt.pix.sizeimage = 4 * WIDTH * HEIGHT;
	must(m2m_ioctl(m.dev.fd, VIDIOC_CREATE_BUFS, &create));
	assert_int_equal(create.index, 3);
	m.out.count = 4;
	must(m2m_queue(&m.out, 3));
	must(m2m_queue(&m.cap, 0));
	assert_int_equal(m2m_dequeue(&m.out).index, 3);
	assert_int_equal(m2m_dequeue(&m.cap).bytesused, WIDTH * HEIGHT);
	m2m_close(&m);
}

static void userptr_is_not_offered(void **state)
{
	struct v4l2_requestbuffers request = {
		.count = 1, .type = V4L2_BUF_TYPE_VIDEO_OUTPUT, .memory = V4L2_MEMORY_USERPTR};
	struct m2m m;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_REQBUFS, &request), -EINVAL);
	assert_int_equal(request.capabilities & V4L2_BUF_CAP_SUPPORTS_USERPTR, 0);
	m2m_close(&m);
}

/*
 * Waiting
 */

static int node_events(const struct m2m *m)
{
	struct pollfd fd = {.fd = m->dev.fd, .events = POLLIN | POLLOUT};

	assert_true(poll(&fd, 1, 0) >= 0);
	return fd.revents & (POLLIN | POLLOUT | POLLERR);
}

static void poll_says_which_queue(void **state)
{
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	assert_int_equal(node_events(&m), POLLERR); /* nothing queued, nothing to wait for */
	must(m2m_queue(&m.cap, 0));
	assert_int_equal(node_events(&m), 0);
	must(m2m_queue(&m.out, 0));
	for (int i = 0; i < 1000 && node_events(&m) != (POLLIN | POLLOUT); i++)
		usleep(1000); /* exec=worker */
	assert_int_equal(node_events(&m), POLLIN | POLLOUT);
	m2m_dequeue(&m.cap);
	assert_int_equal(node_events(&m), POLLOUT);
	m2m_dequeue(&m.out);
	m2m_close(&m);
}

static void without_blocking_dqbuf_says_so(void **state)
{
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	must(m2m_queue(&m.cap, 0));
	check_idle(&m.cap);
	check_idle(&m.out);
	m2m_close(&m);
}

struct dequeue {
	struct m2m *m;
	volatile bool started;
	int err;
};

static void *dequeue_thread(void *arg)
{
	struct dequeue *d = arg;
	struct v4l2_buffer buf;

	d->started = true;
	d->err = vqueue_dequeue(&d->m->cap, false, &buf, NULL);
	return NULL;
}

static void streamoff_ends_a_blocked_dqbuf(void **state)
{
	struct dequeue d = {0};
	pthread_t thread;
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	d.m = &m;
	must(m2m_queue(&m.cap, 0));
	assert_int_equal(pthread_create(&thread, NULL, dequeue_thread, &d), 0);
	while (!d.started)
		usleep(100);
	usleep(200000); /* to be in the ioctl; too early is no failure, only less of a test */
	vqueue_stop(&m.cap);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(d.err, -EINVAL);
	m2m_close(&m);
}

/* Each queue counts from its own STREAMON; buffers queued before a STREAMOFF are given back. */
static void streamoff_starts_anew(void **state)
{
	struct m2m_frame frame;
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 2);
	m2m_process_many(&m, 3);
	must(m2m_queue(&m.cap, 0));
	must(m2m_queue(&m.cap, 1));
	vqueue_stop(&m.cap);
	must(vqueue_start(&m.cap));
	frame = m2m_process(&m, 0);
	assert_int_equal(frame.out.sequence, 3);
	assert_int_equal(frame.cap.sequence, 0);
	m2m_close(&m);
}

/* Queued before STREAMON, they run in their order after it. */
static void buffers_queued_before_streamon(void **state)
{
	int meta = meta_open(O_NONBLOCK);
	struct vpipe_meta_entry rows[4];
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 4);
	vqueue_stop(&m.out);
	for (unsigned int i = 0; i < COUNT(rows); i++) {
		m2m_set(&m, 100 + i, &copy);
		must(m2m_queue(&m.out, 3 - i));
		must(m2m_queue(&m.cap, i));
	}
	check_idle(&m.cap);
	must(vqueue_start(&m.out));
	for (unsigned int i = 0; i < COUNT(rows); i++)
		assert_int_equal(m2m_dequeue(&m.cap).index, i);
	assert_int_equal(meta_read(meta, rows, COUNT(rows)), COUNT(rows));
	for (unsigned int i = 0; i < COUNT(rows); i++)
		assert_int_equal(rows[i].src_v4l2_sequence, 100 + i);
	m2m_close(&m);
	close(meta);
}

/*
 * DMABUF
 */

/* Buffers of one context, exported, are those of another one; also one as both at once. */
static void exported_buffers(void **state)
{
	struct ref_result ref;
	struct m2m a, b;

	(void)state;
	m2m_start(&a, WIDTH, HEIGHT, 1);
	must(vqueue_export(&a.out));
	must(vqueue_export(&a.cap));
	m2m_start_dmabuf(&b, WIDTH, HEIGHT, 2);
	m2m_set(&b, 1, &threshold);
	m2m_fill(&a, 0, 7);
	m2m_process_dmabuf(&b, a.out.bufs[0].fd, a.cap.bufs[0].fd);
	assert_true(m2m_is_reference(&a, 0, 0, &threshold, &ref));

	memcpy(a.cap.bufs[0].start, a.out.bufs[0].start, m2m_bytes(&a));
	m2m_process_dmabuf(&b, a.cap.bufs[0].fd, a.cap.bufs[0].fd);
	assert_true(m2m_is_reference(&a, 0, 0, &threshold, &ref));
	m2m_close(&b);
	m2m_close(&a);
}

/* Caches are flushed of imported memory as well, also where one buffer is both; no pixel changes. */
static void flushed_buffers(void **state)
{
	static const uint32_t flags[] = {
		[VPIPE_CACHE_SOURCE] = VPIPE_META_F_SRC_FLUSHED,
		[VPIPE_CACHE_BOTH] = VPIPE_META_F_SRC_FLUSHED | VPIPE_META_F_DST_FLUSHED,
	};
	struct node_cv cv = threshold;
	int meta = meta_open(O_NONBLOCK);
	struct ref_result ref;
	struct m2m a, b;

	(void)state;
	m2m_start(&a, WIDTH, HEIGHT, 1);
	must(vqueue_export(&a.out));
	must(vqueue_export(&a.cap));
	m2m_start_dmabuf(&b, WIDTH, HEIGHT, 1);
	for (cv.cache = 0; cv.cache < COUNT(flags); cv.cache++) {
		m2m_set(&b, 1, &cv);
		m2m_fill(&a, 0, cv.cache);
		m2m_process_dmabuf(&b, a.out.bufs[0].fd, a.cap.bufs[0].fd);
		assert_int_equal(meta_read_one(meta).flags, flags[cv.cache]);
		assert_true(m2m_is_reference(&a, 0, 0, &cv, &ref));
		memcpy(a.cap.bufs[0].start, a.out.bufs[0].start, m2m_bytes(&a));
		m2m_process_dmabuf(&b, a.cap.bufs[0].fd, a.cap.bufs[0].fd);
		assert_int_equal(meta_read_one(meta).flags, flags[cv.cache]);
		assert_true(m2m_is_reference(&a, 0, 0, &cv, &ref));
	}
	m2m_close(&b);
	m2m_close(&a);
	close(meta);
}

/* Exported buffers outlive the file they came from. */
static void exported_buffers_outlive_their_file(void **state)
{
	struct m2m a, b;
	int from, to;

	(void)state;
	m2m_start(&a, WIDTH, HEIGHT, 1);
	must(vqueue_export(&a.out));
	must(vqueue_export(&a.cap));
	from = fcntl(a.out.bufs[0].fd, F_DUPFD_CLOEXEC, 0);
	to = fcntl(a.cap.bufs[0].fd, F_DUPFD_CLOEXEC, 0);
	m2m_close(&a);
	m2m_start_dmabuf(&b, WIDTH, HEIGHT, 2);
	m2m_process_dmabuf(&b, from, to);
	close(from);
	close(to);
	m2m_close(&b);
}

static void buffers_of_a_heap(const char *path)
{
	const struct pgm frame = {.width = WIDTH, .height = HEIGHT};
	struct pgm in = frame, out = frame;
	struct heap_buf from, to;
	struct heap heap;
	struct m2m m;

	if (access(path, F_OK) != 0) {
		print_message("# no %s here\n", path);
		skip();
	}
	must(heap_open(&heap, path));
	must(heap_alloc(&heap, WIDTH * HEIGHT, &from));
	must(heap_alloc(&heap, WIDTH * HEIGHT, &to));
	must(heap_begin_write(&from));
	for (size_t i = 0; i < WIDTH * HEIGHT; i++)
		((uint8_t *)from.start)[i] = (uint8_t)(i * 31);
	must(heap_end_write(&from));

	m2m_start_dmabuf(&m, WIDTH, HEIGHT, 2);
	m2m_set(&m, 1, &threshold);
	m2m_process_dmabuf(&m, from.fd, to.fd);
	in.pixels = from.start;
	must(pgm_alloc(&out, WIDTH, HEIGHT));
	ref_threshold(&out, &in, threshold.roi, threshold.threshold);
	assert_memory_equal(out.pixels, to.start, WIDTH * HEIGHT);
	pgm_free(&out);
	m2m_close(&m);
	heap_free(&from);
	heap_free(&to);
	heap_close(&heap);
}

static void buffers_of_a_dma_heap(void **state)
{
	(void)state;
	buffers_of_a_heap(HEAP_DEFAULT);
}

static void buffers_of_udmabuf(void **state)
{
	(void)state;
	buffers_of_a_heap(HEAP_UDMABUF);
}

static void imported_buffers_are_not_exported(void **state)
{
	struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
	struct m2m m;

	(void)state;
	m2m_start_dmabuf(&m, WIDTH, HEIGHT, 2);
	assert_int_equal(m2m_ioctl(m.dev.fd, VIDIOC_EXPBUF, &export), -EINVAL);
	m2m_close(&m);
}

/*
 * Ends
 */

/* Jobs of other files wait behind this one's when it is closed. */
static void closed_with_jobs_waiting(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 200; i++) {
		struct m2m m;

		m2m_start(&m, 300, 200, 4);
		for (unsigned int k = 0; k < 4; k++)
			must(m2m_queue(&m.out, k));
		for (unsigned int k = 0; k < 4; k++)
			must(m2m_queue(&m.cap, k));
		if (i & 1)
			vqueue_stop(i & 2 ? &m.out : &m.cap);
		vdev_close(&m.dev);
		m2m_close(&m); /* what is left are the mappings */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_and_its_row),
		cmocka_unit_test(sequences_have_32_bits),
		cmocka_unit_test(timestamps_have_64_bits),
		cmocka_unit_test(random_regions_and_thresholds),
		cmocka_unit_test(nothing_is_written_behind_a_frame),
		cmocka_unit_test(a_short_frame_fails),
		cmocka_unit_test(qbuf_refuses_nonsense),
		cmocka_unit_test(a_refused_qbuf_changes_nothing),
		cmocka_unit_test(prepared_buffers_have_the_controls_of_qbuf),
		cmocka_unit_test(create_bufs),
		cmocka_unit_test(userptr_is_not_offered),
		cmocka_unit_test(poll_says_which_queue),
		cmocka_unit_test(without_blocking_dqbuf_says_so),
		cmocka_unit_test(streamoff_ends_a_blocked_dqbuf),
		cmocka_unit_test(streamoff_starts_anew),
		cmocka_unit_test(buffers_queued_before_streamon),
		cmocka_unit_test(exported_buffers),
		cmocka_unit_test(flushed_buffers),
		cmocka_unit_test(exported_buffers_outlive_their_file),
		cmocka_unit_test(buffers_of_a_dma_heap),
		cmocka_unit_test(buffers_of_udmabuf),
		cmocka_unit_test(imported_buffers_are_not_exported),
		cmocka_unit_test(closed_with_jobs_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
