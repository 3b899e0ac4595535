// SPDX-License-Identifier: MIT
/*
 * test-load.c - the module comes and goes, and does not go while it is used
 *
 * vpipe is not loaded when this starts, nor when it ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/guest/m2m.h"
#include "tests/guest/torture.h"
#include "lib/devices.h"

#define WIDTH  320
#define HEIGHT 200

static const char *const modes[] = {"exec=inline", "exec=worker"};

static void is_gone(void)
{
	char path[64];

	assert_int_not_equal(access("/sys/module/" VPIPE_NAME, F_OK), 0);
	assert_int_not_equal(access(VPIPE_META_PATH, F_OK), 0);
	assert_int_not_equal(device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, path, sizeof(path)), 0);
}

static int load(void **state)
{
	(void)state;
	return module_load("");
}

static int unload(void **state)
{
	int err = module_unload();

	(void)state;
	if (!err)
		is_gone();
	return err;
}

/*
 * Coming and going
 */

static void loaded_and_unloaded(void **state)
{
	unsigned int loads = (unsigned int)setting("TORTURE_LOADS", 500);

	(void)state;
	for (unsigned int i = 0; i < loads; i++) {
		must(module_load(modes[i % COUNT(modes)]));
		m2m_works();
		must(module_unload());
	}
	is_gone();
	print_message("# loaded and unloaded %u times, a frame each time\n", loads);
}

static void loads_that_are_refused(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(module_load("exec=neither"), -EINVAL);
		assert_int_equal(module_load("crc=none"), -EINVAL);
		is_gone();
	}
	must(module_load(""));
	assert_int_equal(module_load(""), -EEXIST);
	m2m_works();
	must(module_unload());
}

static char node[64];

/* Opened by others all the time, it still comes and goes; none of them finds half of it. */
static void *opener_thread(void *arg)
{
	const char *const paths[] = {node, VPIPE_META_PATH, "/sys/module/vpipe/parameters/crc"};
	const atomic_bool *stopping = arg;
	unsigned int opened = 0;
	char bytes[64];

	while (!*stopping) {
		for (size_t i = 0; i < COUNT(paths); i++) {
			int fd = open(paths[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
			struct v4l2_capability cap;

			if (fd < 0)
				continue;
			opened++;
			if (ioctl(fd, VIDIOC_QUERYCAP, &cap) && read(fd, bytes, sizeof(bytes)) < 0)
				sched_yield();
			close(fd);
		}
		usleep(1000); /* or it would never be unused */
	}
	return (void *)(uintptr_t)opened;
}

static void opened_while_it_comes_and_goes(void **state)
{
	const unsigned int wanted = 1 + (unsigned int)setting("TORTURE_LOADS", 500) / 10;
	atomic_bool stopping = false;
	pthread_t threads[2];
	void *opened[2];
	unsigned int refused = 0;

	(void)state;
	must(module_load(""));
	must(device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, node, sizeof(node)));
	must(module_unload());
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, opener_thread, &stopping), 0);
	for (unsigned int i = 0; i < wanted; i++) {
		int err;

		must(module_load(modes[i % COUNT(modes)]));
		while ((err = module_unload()) == -EAGAIN) {
			refused++;
			usleep(100);
		}
		must(err);
	}
	stopping = true;
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_int_equal(pthread_join(threads[i], &opened[i]), 0);
	print_message("# %u loads and unloads, %u refused; %lu opens\n", wanted, refused,
		      (unsigned long)((uintptr_t)opened[0] + (uintptr_t)opened[1]));
	is_gone();
}

/*
 * Not while it is used
 */

/* A client in its own process that streams until it is killed. */
static void *stream_forever(void *fd)
{
	struct m2m m;

	m2m_start(&m, WIDTH, HEIGHT, 3);
	for (unsigned int i = 0; i < 3; i++) {
		must(m2m_queue(&m.cap, i));
		must(m2m_queue(&m.out, i));
	}
	m2m_dequeue(&m.cap);
	must(m2m_queue(&m.cap, 0));
	if (write(*(int *)fd, "", 1) != 1)
		return NULL;
	for (;;) {
		must(m2m_queue(&m.out, m2m_dequeue(&m.out).index));
		must(m2m_queue(&m.cap, m2m_dequeue(&m.cap).index));
	}
}

static void not_while_streaming(void **state)
{
	pid_t clients[2];

	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++)
		clients[i] = start_process(stream_forever);
	for (unsigned int i = 0; i < 500; i++) {
		assert_int_equal(module_unload(), -EAGAIN);
		if (i % 50 == 0)
			m2m_works();
	}
	for (size_t i = 0; i < COUNT(clients); i++)
		kill_process(clients[i]);
}

static void not_while_a_node_is_open(void **state)
{
	struct m2m m;
	int meta;

	(void)state;
	m2m_open(&m, V4L2_MEMORY_MMAP);
	meta = meta_open(0);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(module_unload(), -EAGAIN);
	close(meta);
	assert_int_equal(module_unload(), -EAGAIN);
	meta = meta_open(0);
	m2m_close(&m);
	assert_int_equal(module_unload(), -EAGAIN);
	m2m_works();
	close(meta);
}

static void not_while_a_buffer_is_mapped(void **state)
{
	struct m2m m;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	vdev_close(&m.dev);
	assert_int_equal(module_unload(), -EAGAIN);
	m2m_fill(&m, 0, 1);
	assert_int_equal(module_unload(), -EAGAIN);
	m2m_close(&m);
}

/* A DMABUF is the memory's and no longer the driver's: it outlives the module. */
static void a_dmabuf_outlives_the_module(void **state)
{
	struct m2m m;
	uint8_t *pixels;
	int fd;

	(void)state;
	m2m_start(&m, WIDTH, HEIGHT, 1);
	must(vqueue_export(&m.out));
	m2m_fill(&m, 0, 9);
	fd = fcntl(m.out.bufs[0].fd, F_DUPFD_CLOEXEC, 0);
	pixels = mmap(NULL, WIDTH * HEIGHT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(pixels, MAP_FAILED);
	assert_memory_equal(pixels, m.out.bufs[0].start, WIDTH * HEIGHT);
	m2m_close(&m);
	must(module_unload());
	pixels[WIDTH * HEIGHT - 1]++;
	must(m2m_ioctl(fd, DMA_BUF_IOCTL_SYNC,
		       &(struct dma_buf_sync){DMA_BUF_SYNC_START | DMA_BUF_SYNC_READ}));
	must(module_load(""));
	munmap(pixels, WIDTH * HEIGHT);
	close(fd);
	m2m_works();
}

/*
 * Torn down with somebody waiting in it
 */

/* Both say that they are there, and then wait for what does not come. */
static void *reads_rows(void *fd)
{
	struct vpipe_meta_entry row;
	int meta = meta_open(0);

	if (write(*(int *)fd, "", 1) == 1 && read(meta, &row, sizeof(row)) == sizeof(row))
		pause();
	return NULL;
}

static void *polls_for_rows(void *fd)
{
	struct pollfd wanted = {.fd = meta_open(0), .events = POLLIN};

	if (write(*(int *)fd, "", 1) == 1 && poll(&wanted, 1, -1) == 1)
		pause();
	return NULL;
}

static void start_queues(struct m2m *m)
{
	m2m_start(m, WIDTH, HEIGHT, 1);
	must(m2m_queue(&m->cap, 0));
}

static void *polls_for_a_frame(void *fd)
{
	struct pollfd wanted = {.events = POLLIN | POLLOUT | POLLPRI};
	struct m2m m;

	start_queues(&m);
	wanted.fd = m.dev.fd;
	if (write(*(int *)fd, "", 1) == 1)
		poll(&wanted, 1, -1);
	return NULL;
}

static void *waits_in_dqbuf(void *fd)
{
	struct m2m m;

	start_queues(&m);
	if (write(*(int *)fd, "", 1) == 1)
		m2m_dequeue(&m.cap);
	return NULL;
}

static void *waits_in_dqbuf_of_output(void *fd)
{
	struct m2m m;

	start_queues(&m);
	if (write(*(int *)fd, "", 1) == 1)
		m2m_dequeue(&m.out);
	return NULL;
}

static void *waits_for_an_event(void *fd)
{
	struct v4l2_event_subscription subscription = {.type = V4L2_EVENT_CTRL,
						       .id = VPIPE_CID_THRESHOLD};
	struct v4l2_event event;
	struct m2m m;

	m2m_open(&m, V4L2_MEMORY_MMAP);
	must(m2m_ioctl(m.dev.fd, VIDIOC_SUBSCRIBE_EVENT, &subscription));
	if (write(*(int *)fd, "", 1) == 1)
		m2m_ioctl(m.dev.fd, VIDIOC_DQEVENT, &event);
	return NULL;
}

/* Nobody is thrown out, everybody can be killed, and then it goes. */
static void unloaded_once_the_waiting_are_killed(void **state)
{
	void *(*const bodies[])(void *) = {
		reads_rows,	polls_for_rows,		  polls_for_a_frame,
		waits_in_dqbuf, waits_in_dqbuf_of_output, waits_for_an_event,
	};
	pid_t pids[COUNT(bodies)];

	(void)state;
	for (unsigned int round = 0; round < 6; round++) {
		for (size_t i = 0; i < COUNT(bodies); i++)
			pids[i] = start_process(bodies[i]);
		usleep(100000); /* to be in the call; too early is no failure, only less of a test */
		for (size_t i = 0; i < COUNT(bodies); i++)
			assert_int_equal(module_unload(), -EAGAIN);
		if (round & 1)
			m2m_works(); /* and those that wait for rows go on */
		for (size_t i = 0; i < COUNT(bodies); i++) {
			assert_int_equal(module_unload(), -EAGAIN);
			kill_process(pids[(i + round) % COUNT(bodies)]);
		}
		must(module_unload());
		is_gone();
		must(module_load(modes[round % COUNT(modes)]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loaded_and_unloaded),
		cmocka_unit_test(loads_that_are_refused),
		cmocka_unit_test(opened_while_it_comes_and_goes),
		cmocka_unit_test_setup_teardown(not_while_streaming, load, unload),
		cmocka_unit_test_setup_teardown(not_while_a_node_is_open, load, unload),
		cmocka_unit_test_setup_teardown(not_while_a_buffer_is_mapped, load, unload),
		cmocka_unit_test_setup_teardown(a_dmabuf_outlives_the_module, load, unload),
		cmocka_unit_test_setup_teardown(unloaded_once_the_waiting_are_killed, load, unload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
