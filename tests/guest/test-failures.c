// SPDX-License-Identifier: MIT
/*
 * test-failures.c - whatever the kernel asks for on behalf of the driver is once not to be had
 *
 * Each call is repeated with its first allocation or user copy failing, its
 * second, and so on, until it has made fewer than that. It may succeed all the
 * same, or fail with an error that says so; nothing may be lost by it, which
 * KASAN and kmemleak see to, and a frame has to pass afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/guest/inject.h"
#include "tests/guest/m2m.h"
#include "tests/guest/torture.h"
#include "lib/devices.h"

#define WIDTH	80
#define HEIGHT	60
#define BUFFERS 2
#define MAX_NTH 5000 /* more than any call makes */

static const struct node_cv cv = {.algo = VPIPE_ALGO_THRESHOLD, .threshold = 127};

/* What a call works on; @fd is what it opened. */
static struct scene {
	struct m2m m;
	struct m2m peer; /* whose buffers are imported */
	int meta;
	int fd;
	void *mapped;
} s;

/*
 * Scenes, and their ends
 */

static void nothing(void)
{
}

static void opened(void)
{
	m2m_open(&s.m, V4L2_MEMORY_MMAP);
	must(vqueue_set_grey(&s.m.out, WIDTH, HEIGHT));
}

static void allocated(void)
{
	opened();
	must(vqueue_request(&s.m.out, BUFFERS));
	must(vqueue_request(&s.m.cap, BUFFERS));
}

static void started(void)
{
	m2m_start(&s.m, WIDTH, HEIGHT, BUFFERS);
	m2m_set(&s.m, 1, &cv);
}

static void half_queued(void)
{
	started();
	must(m2m_queue(&s.m.cap, 0));
}

static void processed(void)
{
	half_queued();
	must(m2m_queue(&s.m.out, 0));
	m2m_dequeue(&s.m.out);
}

static void importing(void)
{
	m2m_start(&s.peer, WIDTH, HEIGHT, 1);
	must(vqueue_export(&s.peer.out));
	m2m_start_dmabuf(&s.m, WIDTH, HEIGHT, 1);
}

static void rows_waiting(void)
{
	s.meta = meta_open(O_NONBLOCK);
	started();
	m2m_process_many(&s.m, 3);
}

static void ended(void)
{
	if (s.mapped)
		munmap(s.mapped, WIDTH * HEIGHT);
	if (s.fd > 0)
		close(s.fd);
	if (s.meta > 0)
		close(s.meta);
	m2m_close(&s.m);
	m2m_close(&s.peer);
	memset(&s, 0, sizeof(s));
	s.m.dev.fd = s.peer.dev.fd = -1;
}

/*
 * Calls: 0 or -errno
 */

static char node[64];

static int open_path(const char *path)
{
	s.fd = open(path, O_RDWR | O_CLOEXEC);
	return s.fd < 0 ? -errno : 0;
}

static int open_node(void)
{
	return open_path(node);
}

static int open_meta(void)
{
	return open_path(VPIPE_META_PATH);
}

/* Whatever fails in it, nothing may be left of the file. */
static int close_node(void)
{
	vdev_close(&s.m.dev);
	return 0;
}

static int node_ioctl(unsigned long request, void *arg)
{
	return m2m_ioctl(s.m.dev.fd, request, arg);
}

static int set_format(void)
{
	return vqueue_set_grey(&s.m.out, WIDTH, HEIGHT);
}

static int reqbufs(void)
{
	return vqueue_request(&s.m.cap, BUFFERS);
}

static int create_bufs(void)
{
	struct v4l2_create_buffers create = {
		.count = BUFFERS,
		.memory = V4L2_MEMORY_MMAP,
		.format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE},
	};

	create.format.fmt.pix = s.m.out.format;
	return node_ioctl(VIDIOC_CREATE_BUFS, &create);
}

static struct v4l2_buffer first_buffer(void)
{
	return (struct v4l2_buffer){.type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
				    .memory = V4L2_MEMORY_MMAP};
}

static int querybuf(void)
{
	struct v4l2_buffer buf = first_buffer();

	return node_ioctl(VIDIOC_QUERYBUF, &buf);
}

static int prepare_buf(void)
{
	struct v4l2_buffer buf = first_buffer();

	return node_ioctl(VIDIOC_PREPARE_BUF, &buf);
}

static int map_buffer(void)
{
	struct v4l2_buffer buf = first_buffer();
	int err = node_ioctl(VIDIOC_QUERYBUF, &buf);
	void *start;

	if (err)
		return err;
	start = mmap(NULL, WIDTH * HEIGHT, PROT_READ | PROT_WRITE, MAP_SHARED, s.m.dev.fd,
		     buf.m.offset);
	if (start == MAP_FAILED)
		return -errno;
	s.mapped = start;
	return 0;
}

static int expbuf(void)
{
	struct v4l2_exportbuffer export = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .flags = O_CLOEXEC};
	int err = node_ioctl(VIDIOC_EXPBUF, &export);

	if (!err)
		s.fd = export.fd;
	return err == -EINVAL ? -ENOMEM : err; /* videobuf2 does not say why */
}

static int qbuf_capture(void)
{
	return m2m_queue(&s.m.cap, 0);
}

/* With exec=inline the job is done in it. */
static int qbuf_output(void)
{
	return m2m_queue(&s.m.out, 0);
}

static int qbuf_dmabuf(void)
{
	return m2m_queue_dmabuf(&s.m.out, 0, s.peer.out.bufs[0].fd);
}

static int dqbuf(void)
{
	struct v4l2_buffer buf = first_buffer();

	return node_ioctl(VIDIOC_DQBUF, &buf);
}

static int streamon(void)
{
	return vqueue_start(&s.m.cap);
}

static int streamoff(void)
{
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;

	return node_ioctl(VIDIOC_STREAMOFF, &type);
}

static int set_controls(void)
{
	return node_set_cv(&s.m.dev, &cv);
}

static int get_controls(void)
{
	struct v4l2_ext_control controls[20] = {{.id = VPIPE_CID_ALGO},
						{.id = VPIPE_CID_THRESHOLD}};
	struct v4l2_ext_controls get = {.count = 2, .controls = controls};

	return node_ioctl(VIDIOC_G_EXT_CTRLS, &get);
}

static int subscribe(void)
{
	struct v4l2_event_subscription subscription = {.type = V4L2_EVENT_CTRL,
						       .id = VPIPE_CID_ALGO};

	return node_ioctl(VIDIOC_SUBSCRIBE_EVENT, &subscription);
}

static int poll_node(void)
{
	struct pollfd fd = {.fd = s.m.dev.fd, .events = POLLIN | POLLOUT};

	return poll(&fd, 1, 0) < 0 ? -errno : 0;
}

static int read_rows(void)
{
	struct vpipe_meta_entry rows[4];
	ssize_t got = read(s.meta, rows, sizeof(rows));

	return got < 0 ? -errno : 0;
}

static int query_meta(void)
{
	struct vpipe_meta_info info;

	return m2m_ioctl(s.meta, VPIPE_META_IOC_QUERY, &info);
}

/*
 * Failing
 */

struct attempt {
	const char *name;
	void (*before)(void);
	int (*call)(void);
	void (*after)(void);
};

/* How often it failed with what. */
struct tally {
	unsigned int injected;
	unsigned int no_memory;
	unsigned int bad_address;
	unsigned int succeeded;
};

static void count(struct tally *tally, const struct attempt *attempt, int err)
{
	tally->injected++;
	tally->no_memory += err == -ENOMEM;
	tally->bad_address += err == -EFAULT;
	tally->succeeded += err == 0;
	if (err && err != -ENOMEM && err != -EFAULT)
		fail_msg("%s: failure %u became %s", attempt->name, tally->injected,
			 strerror(-err));
}

/* One more failure. Returns false once the call has got past all of them. */
static bool fail_once(const struct attempt *attempt, struct tally *tally)
{
	bool injected;
	int err;

	attempt->before();
	inject_arm(tally->injected + 1);
	err = attempt->call();
	injected = inject_disarm();
	if (injected)
		count(tally, attempt, err);
	else if (err)
		fail_msg("%s, undisturbed: %s", attempt->name, strerror(-err));
	attempt->after();
	return injected;
}

static void fail_in_turn(const struct attempt *attempt)
{
	struct tally tally = {0};

	while (fail_once(attempt, &tally))
		assert_true(tally.injected < MAX_NTH);
	print_message("# %s: %u failures injected, %u became ENOMEM, %u EFAULT, %u succeeded\n",
		      attempt->name, tally.injected, tally.no_memory, tally.bad_address,
		      tally.succeeded);
}

static void calls(void **state)
{
	static const struct attempt attempts[] = {
		{"open", nothing, open_node, ended},
		{"open of the metadata", nothing, open_meta, ended},
		{"S_FMT", opened, set_format, ended},
		{"REQBUFS", opened, reqbufs, ended},
		{"CREATE_BUFS", opened, create_bufs, ended},
		{"QUERYBUF", allocated, querybuf, ended},
		{"PREPARE_BUF", allocated, prepare_buf, ended},
		{"mmap", allocated, map_buffer, ended},
		{"EXPBUF", allocated, expbuf, ended},
		{"STREAMON", allocated, streamon, ended},
		{"QBUF, CAPTURE", started, qbuf_capture, ended},
		{"QBUF, OUTPUT", half_queued, qbuf_output, ended},
		{"QBUF, DMABUF", importing, qbuf_dmabuf, ended},
		{"DQBUF", processed, dqbuf, ended},
		{"STREAMOFF", half_queued, streamoff, ended},
		{"S_EXT_CTRLS", opened, set_controls, ended},
		{"G_EXT_CTRLS", opened, get_controls, ended},
		{"SUBSCRIBE_EVENT", opened, subscribe, ended},
		{"poll", processed, poll_node, ended},
		{"read of the metadata", rows_waiting, read_rows, ended},
		{"QUERY of the metadata", rows_waiting, query_meta, ended},
		{"close", half_queued, close_node, ended},
	};

	(void)state;
	must(device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, node, sizeof(node)));
	for (size_t i = 0; i < COUNT(attempts); i++)
		fail_in_turn(&attempts[i]);
	m2m_works();
}

/*
 * Loading
 */

/* With a worker, which is one thing more that it needs. */
static int load(void)
{
	int err = module_load("exec=worker");

	return err == -EINVAL ? -ENOMEM : err; /* a device's name that can't be had */
}

/* However it went, nothing is left: it can be loaded, but not twice. */
static void unloaded(void)
{
	module_unload();
	assert_int_not_equal(access("/sys/module/" VPIPE_NAME, F_OK), 0);
	assert_int_not_equal(access(VPIPE_META_PATH, F_OK), 0);
}

static void loading(void **state)
{
	static const struct attempt attempt = {"load", nothing, load, unloaded};

	(void)state;
	unloaded();
	/* what the module's own code asks for; the loader before it is not ours */
	inject_under("do_one_initcall");
	fail_in_turn(&attempt);
	inject_under(NULL);
	must(load());
	m2m_works();
}

/* Also if it failed in the middle. */
static int tear_down(void **state)
{
	(void)state;
	inject_disarm();
	inject_under(NULL);
	ended();
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	s.m.dev.fd = s.peer.dev.fd = -1;
	return inject_init() ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(calls, tear_down),
		cmocka_unit_test_teardown(loading, tear_down),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
