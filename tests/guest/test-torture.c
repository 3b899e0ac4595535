// SPDX-License-Identifier: MIT
/* test-torture.c - many clients at once, DMABUFs of all kinds, and ends at random moments */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/devices.h"
#include "tests/guest/m2m.h"
#include "tests/guest/torture.h"
#include "user/lib/crc.h"

#define WIDTH  300
#define HEIGHT 200

static const struct node_cv threshold = {.algo = VPIPE_ALGO_THRESHOLD, .threshold = 99};

/*
 * Many clients, and many readers of one metadata file
 */

enum { CONTEXTS = 64, FRAMES_EACH = 12, FRAMES = CONTEXTS * FRAMES_EACH, PUMP_BUFFERS = 3 };

struct pump {
	pthread_t thread;
	unsigned int number;
	unsigned int wrong;
};

/* Frame number @frame of this context, with a number that no other frame of any has. */
static void feed(struct pump *pump, struct m2m *m, const struct node_cv *cv, unsigned int index,
		 unsigned int frame)
{
	unsigned int sequence = pump->number * FRAMES_EACH + frame;

	m2m_fill(m, index, sequence);
	m2m_set(m, sequence, cv);
	must(m2m_queue(&m->out, index));
}

/* Frames of a size and threshold of its own, each held against the reference. */
static void *pump_thread(void *arg)
{
	struct pump *pump = arg;
	const struct node_cv cv = {.algo = VPIPE_ALGO_THRESHOLD, .threshold = 3 * pump->number};
	struct m2m m;

	m2m_start(&m, WIDTH + pump->number, HEIGHT - pump->number, PUMP_BUFFERS);
	for (unsigned int i = 0; i < PUMP_BUFFERS; i++) {
		must(m2m_queue(&m.cap, i));
		feed(pump, &m, &cv, i, i);
	}
	for (unsigned int i = 0; i < FRAMES_EACH; i++) {
		unsigned int out = m2m_dequeue(&m.out).index, cap = m2m_dequeue(&m.cap).index;
		struct ref_result ref;

		pump->wrong += !m2m_is_reference(&m, out, cap, &cv, &ref);
		if (i + PUMP_BUFFERS < FRAMES_EACH) {
			must(m2m_queue(&m.cap, cap));
			feed(pump, &m, &cv, out, i + PUMP_BUFFERS);
		}
	}
	m2m_close(&m);
	return NULL;
}

/* Readers of one file, who block in it and are interrupted. */
struct readers {
	pthread_t threads[8];
	int fd;
	atomic_uint rows;
	atomic_uint seen[FRAMES]; /* by the frame's number, how often */
	atomic_uint strange;
	atomic_bool stopping;
};

static void *reader_thread(void *arg)
{
	struct readers *readers = arg;
	struct vpipe_meta_entry rows[5];

	while (!readers->stopping) {
		ssize_t got = read(readers->fd, rows, sizeof(rows));

		for (ssize_t i = 0; i < got / (ssize_t)sizeof(rows[0]); i++) {
			if (rows[i].src_v4l2_sequence < FRAMES && !rows[i].flags)
				readers->seen[rows[i].src_v4l2_sequence]++;
			else
				readers->strange++;
			readers->rows++;
		}
		if (got < 0 && errno != EINTR)
			readers->strange++;
	}
	return NULL;
}

static void start_readers(struct readers *readers)
{
	memset(readers, 0, sizeof(*readers));
	readers->fd = meta_open(0);
	for (size_t i = 0; i < COUNT(readers->threads); i++)
		assert_int_equal(pthread_create(&readers->threads[i], NULL, reader_thread, readers),
				 0);
}

/* Once they have all rows, or no more have come for long. */
static void stop_readers(struct readers *readers)
{
	for (unsigned int i = 0; i < 1000 && readers->rows < FRAMES; i++)
		usleep(10000);
	readers->stopping = true;
	for (size_t i = 0; i < COUNT(readers->threads); i++)
		while (pthread_tryjoin_np(readers->threads[i], NULL)) {
			pthread_kill(readers->threads[i], SIGUSR1);
			usleep(1000);
		}
	close(readers->fd);
}

/* Each frame is right, and its row is read once, by one of the readers. */
static void many_contexts_and_readers(void **state)
{
	static struct pump pumps[CONTEXTS];
	static struct readers readers;

	(void)state;
	start_readers(&readers);
	for (unsigned int i = 0; i < CONTEXTS; i++) {
		pumps[i] = (struct pump){.number = i};
		assert_int_equal(pthread_create(&pumps[i].thread, NULL, pump_thread, &pumps[i]), 0);
	}
	for (unsigned int i = 0; i < CONTEXTS; i++) {
		pthread_kill(readers.threads[i % COUNT(readers.threads)], SIGUSR1);
		assert_int_equal(pthread_join(pumps[i].thread, NULL), 0);
	}
	stop_readers(&readers);
	for (unsigned int i = 0; i < CONTEXTS; i++)
		assert_int_equal(pumps[i].wrong, 0);
	assert_int_equal(readers.strange, 0);
	for (unsigned int i = 0; i < FRAMES; i++)
		assert_int_equal(readers.seen[i], 1);
	assert_int_equal(readers.rows, FRAMES);
}

/*
 * DMABUFs
 */

static void is_refused(struct m2m *m, int fd)
{
	assert_int_equal(m2m_queue_dmabuf(&m->out, 0, fd), -EINVAL);
	assert_int_equal(m2m_queue_dmabuf(&m->cap, 0, fd), -EINVAL);
}

/* What is no DMABUF, not open, or smaller than a frame is refused, and no harm is done. */
static void wrong_dmabufs(void **state)
{
	int fds[] = {meta_open(O_NONBLOCK), eventfd(0, EFD_CLOEXEC), open("/", O_PATH | O_CLOEXEC),
		     open("/dev/zero", O_RDWR | O_CLOEXEC), memfd_create("frame", MFD_CLOEXEC)};
	static const int numbers[] = {-1, 12345, INT32_MAX, INT32_MIN};
	struct m2m small, good, m;
	int closed;

	(void)state;
	m2m_start(&small, 8, 8, 1);
	must(vqueue_export(&small.out));
	m2m_start(&good, 1000, 100, 1);
	must(vqueue_export(&good.out));
	must(vqueue_export(&good.cap));
	m2m_start_dmabuf(&m, 1000, 100, 1);
	assert_int_equal(ftruncate(fds[4], 1 << 20), 0);
	for (unsigned int round = 0; round < 20; round++) {
		for (size_t i = 0; i < COUNT(fds); i++)
			is_refused(&m, fds[i]);
		for (size_t i = 0; i < COUNT(numbers); i++)
			is_refused(&m, numbers[i]);
		is_refused(&m, m.dev.fd);
		is_refused(&m, small.out.bufs[0].fd);
		/* after each of them, and instead of what was there */
		m2m_process_dmabuf(&m, good.out.bufs[0].fd, good.cap.bufs[0].fd);
	}
	closed = fcntl(good.out.bufs[0].fd, F_DUPFD_CLOEXEC, 0);
	close(closed);
	is_refused(&m, closed);
	m2m_close(&m);
	m2m_close(&good);
	m2m_close(&small);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}

/* Lengths that are not those of the DMABUF. */
static void dmabufs_with_wrong_lengths(void **state)
{
	struct m2m a, m;
	struct vframe frame = {0};
	struct v4l2_buffer out;

	(void)state;
	m2m_start(&a, WIDTH, HEIGHT, 1);
	must(vqueue_export(&a.out));
	must(vqueue_export(&a.cap));
	m2m_start_dmabuf(&m, WIDTH, HEIGHT, 1);
	frame.fd = a.out.bufs[0].fd;
	frame.length = 1 << 24;
	assert_int_not_equal(vqueue_queue(&m.out, &frame, NULL), 0);
	assert_int_not_equal(vqueue_queue(&m.cap, &frame, NULL), 0);
	frame.length = UINT32_MAX;
	assert_int_not_equal(vqueue_queue(&m.out, &frame, NULL), 0);
	assert_int_not_equal(vqueue_queue(&m.cap, &frame, NULL), 0);
	frame.length = WIDTH * HEIGHT - 1;
	assert_int_equal(vqueue_queue(&m.out, &frame, NULL), -EINVAL);
	frame.length = WIDTH * HEIGHT;
	frame.bytesused = UINT32_MAX;
	assert_int_equal(vqueue_queue(&m.out, &frame, NULL), -EINVAL);
	frame.bytesused = WIDTH * HEIGHT - 1; /* no whole frame: allowed, and failed */
	must(m2m_queue_dmabuf(&m.cap, 0, a.cap.bufs[0].fd));
	must(vqueue_queue(&m.out, &frame, NULL));
	out = m2m_dequeue(&m.out);
	assert_true(out.flags & V4L2_BUF_FLAG_ERROR);
	assert_true(m2m_dequeue(&m.cap).flags & V4L2_BUF_FLAG_ERROR);
	m2m_process_dmabuf(&m, a.out.bufs[0].fd, a.cap.bufs[0].fd);
	m2m_close(&m);
	m2m_close(&a);
}

/* Once queued, a DMABUF needs neither its descriptor nor its exporter's file. */
static void dmabufs_closed_when_queued(void **state)
{
	struct m2m a, m;

	(void)state;
	m2m_start_dmabuf(&m, WIDTH, HEIGHT, 2);
	for (unsigned int i = 0; i < 50; i++) {
		int to;

		m2m_start(&a, WIDTH, HEIGHT, 1);
		must(vqueue_export(&a.out));
		must(vqueue_export(&a.cap));
		to = fcntl(a.cap.bufs[0].fd, F_DUPFD_CLOEXEC, 0);
		must(m2m_queue_dmabuf(&m.out, i % 2, a.out.bufs[0].fd));
		if (i % 3)
			m2m_close(&a);
		must(m2m_queue_dmabuf(&m.cap, i % 2, to));
		close(to);
		m2m_close(&a);
		m2m_dequeue(&m.out);
		assert_false(m2m_dequeue(&m.cap).flags & V4L2_BUF_FLAG_ERROR);
	}
	m2m_close(&m);
}

/*
 * Read-only is what a process may do with a DMABUF by its descriptor, by mmap();
 * what devices do with it is not limited by that, here as elsewhere in V4L2.
 */
static void read_only_dmabufs(void **state)
{
	struct v4l2_exportbuffer out = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
					.flags = O_RDONLY | O_CLOEXEC};
	struct v4l2_exportbuffer cap = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
					.flags = O_RDONLY | O_CLOEXEC};
	struct ref_result ref;
	struct m2m a, m;

	(void)state;
	m2m_start(&a, WIDTH, HEIGHT, 1);
	must(m2m_ioctl(a.dev.fd, VIDIOC_EXPBUF, &out));
	must(m2m_ioctl(a.dev.fd, VIDIOC_EXPBUF, &cap));
	assert_ptr_equal(mmap(NULL, WIDTH * HEIGHT, PROT_WRITE, MAP_SHARED, cap.fd, 0), MAP_FAILED);
	assert_int_equal(errno, EACCES);
	m2m_start_dmabuf(&m, WIDTH, HEIGHT, 1);
	m2m_set(&m, 1, &threshold);
	m2m_fill(&a, 0, 5);
	m2m_process_dmabuf(&m, out.fd, cap.fd);
	assert_true(m2m_is_reference(&a, 0, 0, &threshold, &ref));
	m2m_close(&m);
	m2m_close(&a);
	close(out.fd);
	close(cap.fd);
}

/* Another device's buffers, while it fills them, and once its file is closed. */
static void dmabufs_of_another_device(void **state)
{
	struct vqueue vivid;
	struct vdev dev;
	char path[64];
	struct m2m m;

	(void)state;
	if (device_find("vivid", V4L2_CAP_VIDEO_CAPTURE, path, sizeof(path))) {
		print_message("# no vivid here\n");
		skip();
	}
	must(vdev_open(&dev, path, V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING));
	vqueue_init(&vivid, &dev, V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_MMAP);
	must(vqueue_set_grey(&vivid, 640, 480));
	must(vqueue_request(&vivid, 2));
	must(vqueue_export(&vivid));
	must(vqueue_start(&vivid));
	m2m_start_dmabuf(&m, 640, 480, 1);
	for (unsigned int i = 0; i < 10; i++) {
		must(vqueue_queue_all(&vivid));
		m2m_process_dmabuf(&m, vivid.bufs[0].fd, vivid.bufs[1].fd);
		m2m_process_dmabuf(&m, vivid.bufs[1].fd, vivid.bufs[1].fd);
		vqueue_stop(&vivid);
		must(vqueue_start(&vivid));
	}
	vdev_close(&dev);
	m2m_process_dmabuf(&m, vivid.bufs[0].fd, vivid.bufs[1].fd);
	must(m2m_queue_dmabuf(&m.out, 0, vivid.bufs[0].fd));
	vqueue_release(&vivid);
	m2m_close(&m);
}

/*
 * Formats
 */

static int set_size(const struct vqueue *queue, unsigned int width, unsigned int height)
{
	struct vqueue copy = *queue;

	return vqueue_set_grey(&copy, width, height);
}

/* With buffers of either queue, whatever they do, the size stays what it is. */
static void formats_are_kept_while_buffers_exist(void **state)
{
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 2);
	for (unsigned int round = 0; round < 2; round++) {
		assert_int_equal(set_size(&m.out, WIDTH + 1, HEIGHT), -EBUSY);
		assert_int_equal(set_size(&m.out, WIDTH, HEIGHT), -EBUSY);
		assert_int_equal(set_size(&m.cap, 1, 1), -EBUSY);
		if (round == 0)
			must(m2m_queue(&m.out, 0));
	}
	must(m2m_queue(&m.cap, 0));
	m2m_dequeue(&m.cap);
	vqueue_release(&m.out); /* CAPTURE's are left */
	assert_int_equal(set_size(&m.out, WIDTH - 1, HEIGHT), -EBUSY);
	must(set_size(&m.out, WIDTH, HEIGHT));
	vqueue_release(&m.cap);
	must(vqueue_set_grey(&m.out, WIDTH * 2, HEIGHT * 2));
	must(vqueue_request(&m.out, 1)); /* now OUTPUT's are all there are */
	assert_int_equal(set_size(&m.out, WIDTH, HEIGHT), -EBUSY);
	assert_int_equal(set_size(&m.cap, WIDTH, HEIGHT), -ENOTSUP); /* it is given OUTPUT's */
	m2m_close(&m);
	m2m_works();
}

/* What two threads do to the format and buffers of one file, without asking one another. */
struct fight {
	struct m2m m;
	struct rng rng;
	atomic_bool *stopping;
};

static void *format_thread(void *arg)
{
	struct fight *fight = arg;

	while (!*fight->stopping) {
		const struct vqueue *queue =
			rng_below(&fight->rng, 2) ? &fight->m.out : &fight->m.cap;

		set_size(queue, 1 + rng_below(&fight->rng, 700), 1 + rng_below(&fight->rng, 300));
	}
	return NULL;
}

/* Buffers of whatever size it has now; frames if it stays long enough. */
static void *buffer_thread(void *arg)
{
	struct fight *fight = arg;
	struct m2m *m = &fight->m;
	unsigned int frames = 0;

	while (!*fight->stopping) {
		struct v4l2_buffer buf;

		if (!vqueue_request(&m->out, 1 + rng_below(&fight->rng, 4)) &&
		    !vqueue_request(&m->cap, 1 + rng_below(&fight->rng, 4))) {
			must(vqueue_map(&m->out));
			must(vqueue_map(&m->cap));
			must(vqueue_start(&m->out));
			must(vqueue_start(&m->cap));
			must(m2m_queue(&m->cap, 0));
			must(vqueue_queue(&m->out, &(struct vframe){0}, NULL));
			must(vqueue_dequeue(&m->cap, false, &buf, NULL));
			frames += !(buf.flags & V4L2_BUF_FLAG_ERROR) &&
				  buf.bytesused <= m->cap.bufs[0].length;
		}
		vqueue_release(&m->out);
		vqueue_release(&m->cap);
	}
	return (void *)(uintptr_t)frames;
}

static void formats_change_while_buffers_come_and_go(void **state)
{
	atomic_bool stopping = false;
	static struct fight a, b;
	pthread_t threads[2];
	void *frames;

	(void)state;
	m2m_open(&a.m, V4L2_MEMORY_MMAP);
	a.rng = rng_start(1);
	a.stopping = &stopping;
	b = a;
	b.rng = rng_start(2);
	assert_int_equal(pthread_create(&threads[0], NULL, format_thread, &a), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, buffer_thread, &b), 0);
	sleep(4);
	stopping = true;
	assert_int_equal(pthread_join(threads[0], NULL), 0);
	assert_int_equal(pthread_join(threads[1], &frames), 0);
	print_message("# %lu frames while the format changed\n", (unsigned long)(uintptr_t)frames);
	assert_true(frames != NULL);
	m2m_close(&a.m);
	m2m_works();
}

/*
 * Ends at random moments
 */

static uint64_t rounds; /* about a second each */

/* Jobs that are done in the QBUF of any of these threads, or in the core's worker. */
static void *closer_thread(void *arg)
{
	struct rng rng = rng_start(10 + (unsigned int)(uintptr_t)arg);

	for (uint64_t i = 0; i < rounds; i++) {
		struct m2m m;

		m2m_start(&m, WIDTH, HEIGHT, 3);
		for (unsigned int k = 0; k < 3; k++)
			must(m2m_queue(&m.out, k));
		for (unsigned int k = 0; k < 3; k++)
			must(m2m_queue(&m.cap, k));
		rng_sleep(&rng, 3000);
		if (rng_below(&rng, 2))
			vqueue_stop(rng_below(&rng, 2) ? &m.out : &m.cap);
		if (rng_below(&rng, 2))
			vqueue_release(rng_below(&rng, 2) ? &m.out : &m.cap);
		if (rng_below(&rng, 2))
			vdev_close(&m.dev); /* what is left are the mappings */
		m2m_close(&m);
	}
	return NULL;
}

static void closed_at_random_moments(void **state)
{
	pthread_t threads[6];

	(void)state;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, closer_thread, (void *)i), 0);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	m2m_works();
}

/* The thread (0: this one) has but the first processor; so have work items it queues. */
static void stay_on_first_cpu(pid_t tid)
{
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	assert_int_equal(sched_setaffinity(tid, sizeof(first), &first), 0);
}

/* With exec=worker, the thread that does the jobs; 0 without it. */
static pid_t worker(void)
{
	FILE *found = popen("pgrep -x " VPIPE_NAME "-worker", "re");
	int tid;

	assert_non_null(found);
	if (fscanf(found, "%d", &tid) != 1)
		tid = 0;
	pclose(found);
	return tid;
}

static void *first_thread(void *arg)
{
	const struct sched_param param = {.sched_priority = 1};
	struct rng rng = rng_start(40);

	stay_on_first_cpu(0);
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		abort();
	for (uint64_t i = 0; i < 10 * rounds; i++) {
		struct m2m m;

		m2m_open(&m, V4L2_MEMORY_MMAP);
		must(vqueue_set_grey(&m.out, WIDTH, HEIGHT));
		must(vqueue_request(&m.out, 3));
		must(vqueue_request(&m.cap, 3));
		must(vqueue_queue_all(&m.cap));
		must(vqueue_queue_all(&m.out));
		must(vqueue_start(&m.cap));
		must(vqueue_start(&m.out));
		rng_sleep(&rng, 3000);
		vdev_close(&m.dev);
	}
	return arg;
}

/*
 * One processor for all, which the client gets whenever it wants it: what it has
 * waited for is not over yet when it goes on, and frees what that uses.
 */
static void closed_by_who_always_comes_first(void **state)
{
	pthread_t thread;
	pid_t tid = worker();

	(void)state;
	if (tid)
		stay_on_first_cpu(tid);
	assert_int_equal(pthread_create(&thread, NULL, first_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	m2m_works();
}

/* One thread streams, another one stops the queues under it. */
struct race {
	pthread_t threads[2];
	struct m2m m;
	struct rng rng;
	atomic_bool stopping;
	unsigned int frames;
	unsigned int wrong; /* errors that no STREAMOFF makes */
};

static void tolerate(struct race *race, int err)
{
	race->wrong += err != 0 && err != -EINVAL; /* queued already, or not streaming */
}

static void *streaming_thread(void *arg)
{
	struct race *race = arg;

	while (!race->stopping) {
		struct v4l2_buffer buf;
		int err;

		for (unsigned int i = 0; i < race->m.out.count; i++) {
			tolerate(race, m2m_queue(&race->m.cap, i));
			tolerate(race, m2m_queue(&race->m.out, i));
		}
		err = vqueue_dequeue(&race->m.cap, false, &buf, NULL);
		tolerate(race, err);
		race->frames += !err;
		err = err ? 0 : vqueue_dequeue(&race->m.out, false, &buf, NULL);
		tolerate(race, err);
	}
	return NULL;
}

static void *stopping_thread(void *arg)
{
	static const int types[] = {V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_CAPTURE};
	struct race *race = arg;

	for (uint64_t i = 0; i < 10 * rounds; i++) {
		int type = rng_pick(&race->rng, types);

		rng_sleep(&race->rng, 20000);
		must(m2m_ioctl(race->m.dev.fd, VIDIOC_STREAMOFF, &type));
		rng_sleep(&race->rng, 1000);
		must(m2m_ioctl(race->m.dev.fd, VIDIOC_STREAMON, &type));
	}
	race->stopping = true;
	for (size_t i = 0; i < COUNT(types); i++) /* and let go who waits */
		must(m2m_ioctl(race->m.dev.fd, VIDIOC_STREAMOFF, (void *)&types[i]));
	return NULL;
}

/* The buffers and the node are as good as new. */
static void finish_race(struct race *race)
{
	struct ref_result ref;

	for (size_t i = 0; i < COUNT(race->threads); i++)
		assert_int_equal(pthread_join(race->threads[i], NULL), 0);
	assert_int_equal(race->wrong, 0);
	vqueue_stop(&race->m.out); /* what was queued after the last STREAMOFF */
	vqueue_stop(&race->m.cap);
	must(vqueue_start(&race->m.out));
	must(vqueue_start(&race->m.cap));
	m2m_set(&race->m, 1, &threshold);
	m2m_fill(&race->m, 1, 1);
	assert_int_equal(m2m_process(&race->m, 1).cap.sequence, 0);
	assert_true(m2m_is_reference(&race->m, 1, 1, &threshold, &ref));
	m2m_close(&race->m);
}

static void stopped_at_random_moments(void **state)
{
	void *(*const bodies[])(void *) = {streaming_thread, stopping_thread};
	static struct race races[4];
	unsigned int frames = 0;

	(void)state;
	memset(races, 0, sizeof(races));
	for (unsigned int i = 0; i < COUNT(races); i++) {
		races[i].rng = rng_start(20 + i);
		m2m_start(&races[i].m, WIDTH, HEIGHT, 4);
		for (size_t k = 0; k < COUNT(bodies); k++)
			assert_int_equal(
				pthread_create(&races[i].threads[k], NULL, bodies[k], &races[i]),
				0);
	}
	for (unsigned int i = 0; i < COUNT(races); i++) {
		finish_race(&races[i]);
		frames += races[i].frames;
	}
	print_message("# %u frames between the stops\n", frames);
	assert_int_not_equal(frames, 0);
}

/* The descriptor goes while a thread waits in a call on it: its file goes after the call. */
static void *waiting_thread(void *arg)
{
	struct m2m *m = arg;
	struct v4l2_buffer buf = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};

	return (void *)(intptr_t)m2m_ioctl(m->dev.fd, VIDIOC_DQBUF, &buf);
}

static void closed_under_a_blocked_call(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++) {
		pthread_t thread;
		struct m2m m;
		void *err;

		m2m_start(&m, WIDTH, HEIGHT, 1);
		must(m2m_queue(&m.cap, 0));
		assert_int_equal(pthread_create(&thread, NULL, waiting_thread, &m), 0);
		usleep(20000); /* to be in the call */
		for (unsigned int k = 0; k < 2; k++) { /* nor do its mappings hold it */
			munmap(k ? m.out.bufs[0].start : m.cap.bufs[0].start, m2m_bytes(&m));
			*(k ? &m.out.bufs[0] : &m.cap.bufs[0]) = (struct vbuf){.fd = -1};
		}
		vdev_close(&m.dev);
		while (pthread_tryjoin_np(thread, &err)) {
			pthread_kill(thread, SIGUSR1);
			usleep(1000);
		}
		assert_in_range(-(intptr_t)err, EINTR, EBADF); /* EBADF: it was not in it yet */
		m2m_close(&m);
	}
	m2m_works();
}

/* A client in its own process: two threads, so that it is killed in either call, or in both. */
static void *requeues(void *arg)
{
	const struct vqueue *queue = arg;

	for (;;)
		must(m2m_queue(queue, m2m_dequeue(queue).index));
	return NULL;
}

static void *streams(void *fd)
{
	static struct m2m m;
	pthread_t thread;

	m2m_start(&m, 640, 480, 4);
	m2m_set(&m, 1, &threshold);
	for (unsigned int i = 0; i < 4; i++) {
		must(m2m_queue(&m.cap, i));
		must(m2m_queue(&m.out, i));
	}
	assert_int_equal(pthread_create(&thread, NULL, requeues, &m.out), 0);
	return write(*(int *)fd, "", 1) == 1 ? requeues(&m.cap) : NULL;
}

static void killed_at_random_moments(void **state)
{
	struct rng rng = rng_start(30);
	pid_t pids[3];

	(void)state;
	for (uint64_t i = 0; i < rounds; i += 2) {
		for (size_t k = 0; k < COUNT(pids); k++)
			pids[k] = start_process(streams);
		for (size_t k = 0; k < COUNT(pids); k++) {
			rng_sleep(&rng, 30000);
			kill_process(pids[k]);
		}
		m2m_works();
	}
}

static int set_up(void **state)
{
	(void)state;
	catch_sigusr1();
	rng_seed();
	rounds = setting("TORTURE_SECONDS", 20);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_contexts_and_readers),
		cmocka_unit_test(wrong_dmabufs),
		cmocka_unit_test(dmabufs_with_wrong_lengths),
		cmocka_unit_test(dmabufs_closed_when_queued),
		cmocka_unit_test(read_only_dmabufs),
		cmocka_unit_test(dmabufs_of_another_device),
		cmocka_unit_test(formats_are_kept_while_buffers_exist),
		cmocka_unit_test(formats_change_while_buffers_come_and_go),
		cmocka_unit_test(closed_at_random_moments),
		cmocka_unit_test(closed_by_who_always_comes_first),
		cmocka_unit_test(stopped_at_random_moments),
		cmocka_unit_test(closed_under_a_blocked_call),
		cmocka_unit_test(killed_at_random_moments),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
