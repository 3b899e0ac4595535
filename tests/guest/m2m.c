// SPDX-License-Identifier: MIT
/* m2m.c - what the guest's tests do to vpipe, see m2m.h */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/guest/m2m.h"
#include "lib/devices.h"

void must_succeed(int err, const char *call, const char *file, int line)
{
	if (!err)
		return;
	print_error("%s: %s (last: %s)\n", call, strerror(-err), v4l2_error());
	/* cmocka jumps back to the thread it runs in */
	if (gettid() != getpid())
		abort();
	_fail(file, line);
}

int m2m_ioctl(int fd, unsigned long request, void *arg)
{
	return ioctl(fd, request, arg) ? -errno : 0;
}

void m2m_open(struct m2m *m, enum v4l2_memory memory)
{
	char path[64];

	memset(m, 0, sizeof(*m));
	must(device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, path, sizeof(path)));
	must(vdev_open(&m->dev, path, V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING));
	vqueue_init(&m->out, &m->dev, V4L2_BUF_TYPE_VIDEO_OUTPUT, memory);
	vqueue_init(&m->cap, &m->dev, V4L2_BUF_TYPE_VIDEO_CAPTURE, memory);
}

void m2m_start(struct m2m *m, unsigned int width, unsigned int height, unsigned int count)
{
	m2m_open(m, V4L2_MEMORY_MMAP);
	must(vqueue_set_grey(&m->out, width, height));
	must(vqueue_set_grey(&m->cap, width, height));
	must(vqueue_request(&m->out, count));
	must(vqueue_request(&m->cap, count));
	must(vqueue_map(&m->out));
	must(vqueue_map(&m->cap));
	must(vqueue_start(&m->out));
	must(vqueue_start(&m->cap));
}

void m2m_close(struct m2m *m)
{
	vqueue_release(&m->out);
	vqueue_release(&m->cap);
	vdev_close(&m->dev);
}

size_t m2m_bytes(const struct m2m *m)
{
	return (size_t)m->out.format.width * m->out.format.height;
}

void m2m_set(struct m2m *m, uint32_t sequence, const struct node_cv *cv)
{
	must(node_set_sequence(&m->dev, &m->sequence, sequence));
	must(node_set_cv(&m->dev, cv));
}

int m2m_queue(const struct vqueue *queue, unsigned int index)
{
	struct vframe frame = {.index = index};

	if (queue->type == V4L2_BUF_TYPE_VIDEO_OUTPUT)
		frame.bytesused = queue->format.sizeimage;
	return vqueue_queue(queue, &frame, NULL);
}

struct v4l2_buffer m2m_dequeue(const struct vqueue *queue)
{
	struct v4l2_buffer buf;

	must(vqueue_dequeue(queue, false, &buf, NULL));
	return buf;
}

struct m2m_frame m2m_process(struct m2m *m, unsigned int index)
{
	struct m2m_frame frame;

	must(m2m_queue(&m->cap, index));
	must(m2m_queue(&m->out, index));
	frame.out = m2m_dequeue(&m->out);
	frame.cap = m2m_dequeue(&m->cap);
	return frame;
}

void m2m_process_many(struct m2m *m, unsigned int count)
{
	while (count--)
		m2m_process(m, 0);
}

void m2m_fill(const struct m2m *m, unsigned int index, unsigned int seed)
{
	uint8_t *pixels = m->out.bufs[index].start;
	uint32_t state = seed * 2654435761U + 1;

	for (size_t i = 0; i < m->out.bufs[index].length; i++) {
		state = state * 1664525 + 1013904223;
		pixels[i] = (uint8_t)(state >> 24);
	}
}

bool m2m_is_reference(const struct m2m *m, unsigned int index, unsigned int cap,
		      const struct node_cv *cv, struct ref_result *result)
{
	const struct pgm in = {.width = m->out.format.width,
			       .height = m->out.format.height,
			       .pixels = m->out.bufs[index].start};
	struct pgm expected;
	bool same;

	must(pgm_alloc(&expected, in.width, in.height));
	*result = ref_threshold(&expected, &in, cv->roi, cv->threshold);
	if (cv->algo == VPIPE_ALGO_NONE) {
		memcpy(expected.pixels, in.pixels, pgm_pixels(&in));
		result->white = result->black = 0;
	}
	same = !memcmp(expected.pixels, m->cap.bufs[cap].start, pgm_pixels(&in));
	pgm_free(&expected);
	return same;
}

void m2m_start_dmabuf(struct m2m *m, unsigned int width, unsigned int height, unsigned int count)
{
	m2m_open(m, V4L2_MEMORY_DMABUF);
	must(vqueue_set_grey(&m->out, width, height));
	must(vqueue_set_grey(&m->cap, width, height));
	must(vqueue_request(&m->out, count));
	must(vqueue_request(&m->cap, count));
	must(vqueue_start(&m->out));
	must(vqueue_start(&m->cap));
}

int m2m_queue_dmabuf(const struct vqueue *queue, unsigned int index, int fd)
{
	return vqueue_queue(queue, &(struct vframe){.index = index, .fd = fd}, NULL);
}

void m2m_process_dmabuf(struct m2m *m, int from, int to)
{
	must(m2m_queue_dmabuf(&m->cap, 0, to));
	must(m2m_queue_dmabuf(&m->out, 0, from));
	m2m_dequeue(&m->out);
	assert_false(m2m_dequeue(&m->cap).flags & V4L2_BUF_FLAG_ERROR);
}

/* The row of the frame with this number, among those that others have made meanwhile. */
static struct vpipe_meta_entry find_row(int meta, uint32_t sequence)
{
	struct vpipe_meta_entry row;

	do
		assert_int_equal(meta_read(meta, &row, 1), 1);
	while (row.src_v4l2_sequence != sequence);
	return row;
}

void m2m_works(void)
{
	const struct node_cv cv = {.algo = VPIPE_ALGO_THRESHOLD, .threshold = 77};
	const uint32_t sequence = 1 << 30; /* nobody else's */
	int meta = meta_open(O_NONBLOCK);
	struct ref_result ref;
	struct m2m m;

	m2m_start(&m, 101, 53, 1);
	m2m_fill(&m, 0, 3);
	m2m_set(&m, sequence, &cv);
	m2m_process(&m, 0);
	assert_true(m2m_is_reference(&m, 0, 0, &cv, &ref));
	assert_int_equal(find_row(meta, sequence).algo_value0, ref.white);
	m2m_close(&m);
	close(meta);
}

int meta_open(int flags)
{
	int fd = open(VPIPE_META_PATH, O_RDONLY | O_CLOEXEC | flags);

	assert_true(fd >= 0);
	return fd;
}

size_t meta_read(int fd, struct vpipe_meta_entry *rows, size_t max)
{
	ssize_t got = read(fd, rows, max * sizeof(*rows));

	if (got < 0 && errno == EAGAIN)
		return 0;
	assert_true(got > 0);
	assert_int_equal((size_t)got % sizeof(*rows), 0);
	return (size_t)got / sizeof(*rows);
}

struct vpipe_meta_entry meta_read_one(int fd)
{
	struct vpipe_meta_entry rows[2];

	assert_int_equal(meta_read(fd, rows, COUNT(rows)), 1);
	return rows[0];
}

struct vpipe_meta_stats meta_stats(int fd)
{
	struct vpipe_meta_stats stats;

	must(m2m_ioctl(fd, VPIPE_META_IOC_GET_STATS, &stats));
	return stats;
}
