// SPDX-License-Identifier: MIT
/*
 * test-hostile.c - calls that make no sense, on both devices, from several threads
 *
 * The descriptors are shared: each thread finds them in whatever state the others
 * left them, and replaces them while others are in calls on them. TORTURE_SECONDS
 * says for how long, TORTURE_SEED what is tried (but threads never meet twice in
 * the same way). Only its own descriptors and memory are ever touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/m2m.h"
#include "tests/guest/torture.h"
#include "lib/devices.h"

/* Shared descriptors have these numbers; lower ones are what calls have just returned. */
enum { NODES = 2, METAS = 2, DMABUFS = 4, SLOTS = NODES + METAS + DMABUFS, FIRST_SLOT = 100 };

enum { THREADS = 4, MAPS = 6, ARENA = 32768, PAGE = 4096, MAX_PIXELS = 1 << 20 };

static char node[64];
static int first_free; /* the lowest descriptor that is not the program's own */
static atomic_bool stopping;

/**
 * struct attacker - a thread
 * @arena: arguments, followed by a page that can't be accessed
 * @fixed: a page that can't be written
 * @maps: mappings of buffers
 * @tried: calls
 * @succeeded: those that didn't fail
 * @by_number: ioctls of the node that didn't fail
 */
struct attacker {
	pthread_t thread;
	struct rng rng;
	uint8_t *arena;
	uint8_t *fixed;
	void *maps[MAPS];
	uint64_t tried;
	uint64_t succeeded;
	uint64_t by_number[256];
};

static const unsigned long known[] = {
	VIDIOC_QUERYCAP,
	VIDIOC_ENUM_FMT,
	VIDIOC_ENUM_FRAMESIZES,
	VIDIOC_G_FMT,
	VIDIOC_S_FMT,
	VIDIOC_TRY_FMT,
	VIDIOC_REQBUFS,
	VIDIOC_CREATE_BUFS,
	VIDIOC_QUERYBUF,
	VIDIOC_PREPARE_BUF,
	VIDIOC_QBUF,
	VIDIOC_DQBUF,
	VIDIOC_EXPBUF,
	VIDIOC_STREAMON,
	VIDIOC_STREAMOFF,
	VIDIOC_G_CTRL,
	VIDIOC_S_CTRL,
	VIDIOC_QUERYCTRL,
	VIDIOC_QUERYMENU,
	VIDIOC_QUERY_EXT_CTRL,
	VIDIOC_G_EXT_CTRLS,
	VIDIOC_S_EXT_CTRLS,
	VIDIOC_TRY_EXT_CTRLS,
	VIDIOC_SUBSCRIBE_EVENT,
	VIDIOC_UNSUBSCRIBE_EVENT,
	VIDIOC_DQEVENT,
	VIDIOC_G_PRIORITY,
	VIDIOC_S_PRIORITY,
	VIDIOC_LOG_STATUS,
	VPIPE_META_IOC_QUERY,
	VPIPE_META_IOC_GET_STATS,
};

/* What a frame needs: tried more often, or hardly any would pass. */
static const unsigned long common[] = {
	VIDIOC_QBUF,	 VIDIOC_QBUF,	     VIDIOC_QBUF,     VIDIOC_QBUF,    VIDIOC_QBUF,
	VIDIOC_QBUF,	 VIDIOC_QBUF,	     VIDIOC_QBUF,     VIDIOC_DQBUF,   VIDIOC_DQBUF,
	VIDIOC_DQBUF,	 VIDIOC_DQBUF,	     VIDIOC_STREAMON, VIDIOC_REQBUFS, VIDIOC_CREATE_BUFS,
	VIDIOC_QUERYBUF, VIDIOC_PREPARE_BUF, VIDIOC_EXPBUF,   VIDIOC_S_FMT,   VIDIOC_S_EXT_CTRLS,
};

/*
 * Values
 */

static bool one_in(struct attacker *a, unsigned int n)
{
	return rng_below(&a->rng, n) == 0;
}

static int slot(struct attacker *a, unsigned int first, unsigned int count)
{
	return FIRST_SLOT + (int)(first + rng_below(&a->rng, count));
}

/* Where an argument may be: good, across the end, unwritable, nowhere, the kernel's. */
static void *address(struct attacker *a)
{
	switch (rng_below(&a->rng, 24)) {
	case 0:
		return a->fixed;
	case 1:
		return a->arena + ARENA - rng_below(&a->rng, 256);
	case 2:
		return a->arena + rng_below(&a->rng, PAGE); /* not aligned */
	case 3:
		return NULL;
	case 4:
		return (void *)1;
	case 5:
		return (void *)0xffff888000000000;
	case 6:
		return (void *)0x0000800000000000;
	case 7:
		return (void *)(UINTPTR_MAX - rng_below(&a->rng, PAGE));
	default:
		return a->arena;
	}
}

/* Numbers at the edges of what something means. */
static uint32_t edge(struct attacker *a)
{
	static const uint32_t edges[] = {0,
					 1,
					 2,
					 3,
					 4,
					 7,
					 VIDEO_MAX_FRAME - 1,
					 VIDEO_MAX_FRAME,
					 VIDEO_MAX_FRAME + 1,
					 VPIPE_MAX_SIZE,
					 VPIPE_MAX_SIZE + 1,
					 UINT16_MAX,
					 INT32_MAX,
					 (uint32_t)INT32_MIN,
					 UINT32_MAX,
					 UINT32_MAX - 1,
					 V4L2_PIX_FMT_GREY,
					 V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
					 V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE,
					 V4L2_CTRL_FLAG_NEXT_CTRL,
					 V4L2_CTRL_FLAG_NEXT_CTRL | V4L2_CTRL_FLAG_NEXT_COMPOUND,
					 V4L2_CID_USER_CLASS};

	switch (rng_below(&a->rng, 4)) {
	case 0:
		return (uint32_t)rng_next(&a->rng);
	case 1:
		return VPIPE_CID_BASE + rng_below(&a->rng, 20);
	default:
		return rng_pick(&a->rng, edges);
	}
}

static uint32_t queue_type(struct attacker *a)
{
	if (one_in(a, 30))
		return edge(a);
	return one_in(a, 2) ? V4L2_BUF_TYPE_VIDEO_CAPTURE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
}

static uint32_t memory_type(struct attacker *a)
{
	if (one_in(a, 30))
		return edge(a);
	return one_in(a, 4) ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
}

static uint32_t small_number(struct attacker *a)
{
	return one_in(a, 20) ? edge(a) : rng_below(&a->rng, 4);
}

/*
 * Arguments that make sense, but for a word or two
 */

static void fill_format(struct attacker *a, struct v4l2_format *fmt)
{
	static const uint32_t sizes[] = {0, 1, 3, 64, 101, 640, UINT32_MAX};

	fmt->type = queue_type(a);
	fmt->fmt.pix.width = rng_pick(&a->rng, sizes);
	fmt->fmt.pix.height = rng_pick(&a->rng, sizes);
	fmt->fmt.pix.pixelformat = V4L2_PIX_FMT_GREY;
	fmt->fmt.pix.colorspace = small_number(a);
}

static void fill_request(struct attacker *a, struct v4l2_requestbuffers *request)
{
	request->count = small_number(a);
	request->type = queue_type(a);
	request->memory = memory_type(a);
	request->flags = (uint8_t)small_number(a);
}

static void fill_create(struct attacker *a, struct v4l2_create_buffers *create)
{
	fill_format(a, &create->format);
	create->count = small_number(a);
	create->memory = memory_type(a);
	create->flags = small_number(a);
	create->format.fmt.pix.sizeimage = one_in(a, 4) ? edge(a) : 640 * 480;
}

static void fill_buffer(struct attacker *a, struct v4l2_buffer *buf)
{
	buf->index = small_number(a);
	buf->type = queue_type(a);
	buf->memory = memory_type(a);
	buf->field = small_number(a) & 1;
	if (buf->memory == V4L2_MEMORY_DMABUF)
		buf->m.fd = slot(a, NODES + METAS, DMABUFS);
	else
		buf->m.offset = edge(a);
	if (one_in(a, 8))
		buf->bytesused = edge(a);
	if (one_in(a, 8))
		buf->length = edge(a);
	if (one_in(a, 8))
		buf->flags = edge(a);
	if (one_in(a, 16))
		buf->m.planes = address(a);
	buf->timestamp.tv_sec = (time_t)edge(a);
}

static void fill_export(struct attacker *a, struct v4l2_exportbuffer *export)
{
	export->type = queue_type(a);
	export->index = small_number(a);
	export->plane = one_in(a, 20) ? edge(a) : 0;
	export->flags = one_in(a, 8) ? edge(a) : O_RDWR | O_CLOEXEC;
}

/* The controls themselves lie behind, or anywhere. */
static void fill_controls(struct attacker *a, struct v4l2_ext_controls *set)
{
	struct v4l2_ext_control *controls = (void *)(a->arena + PAGE);

	for (unsigned int i = 0; i < 8; i++) {
		controls[i].id = VPIPE_CID_BASE + (one_in(a, 10) ? edge(a) : i);
		controls[i].value = (int32_t)(one_in(a, 2) ? edge(a) : rng_below(&a->rng, 2));
		controls[i].size = one_in(a, 8) ? edge(a) : 0;
	}
	set->which = one_in(a, 8) ? edge(a) : 0;
	set->count = one_in(a, 8) ? edge(a) : 1 + rng_below(&a->rng, 8);
	set->controls = one_in(a, 8) ? address(a) : controls;
}

static void fill_event(struct attacker *a, struct v4l2_event_subscription *subscription)
{
	subscription->type = one_in(a, 4) ? edge(a) : V4L2_EVENT_CTRL;
	subscription->id = VPIPE_CID_BASE + rng_below(&a->rng, 8);
	subscription->flags = rng_below(&a->rng, 4);
}

static void fill_sense(struct attacker *a, unsigned long request)
{
	memset(a->arena, 0, PAGE);
	switch (request) {
	case VIDIOC_G_FMT:
	case VIDIOC_S_FMT:
	case VIDIOC_TRY_FMT:
		return fill_format(a, (void *)a->arena);
	case VIDIOC_REQBUFS:
		return fill_request(a, (void *)a->arena);
	case VIDIOC_CREATE_BUFS:
		return fill_create(a, (void *)a->arena);
	case VIDIOC_QUERYBUF:
	case VIDIOC_PREPARE_BUF:
	case VIDIOC_QBUF:
	case VIDIOC_DQBUF:
		return fill_buffer(a, (void *)a->arena);
	case VIDIOC_EXPBUF:
		return fill_export(a, (void *)a->arena);
	case VIDIOC_G_EXT_CTRLS:
	case VIDIOC_S_EXT_CTRLS:
	case VIDIOC_TRY_EXT_CTRLS:
		return fill_controls(a, (void *)a->arena);
	case VIDIOC_SUBSCRIBE_EVENT:
	case VIDIOC_UNSUBSCRIBE_EVENT:
		return fill_event(a, (void *)a->arena);
	default:
		*(uint32_t *)a->arena = one_in(a, 2) ? queue_type(a) : edge(a);
	}
}

/* Sense, edges, noise, or what the last call left there. */
static void fill(struct attacker *a, unsigned long request)
{
	uint32_t *words = (void *)a->arena;
	size_t count = (_IOC_SIZE(request) + sizeof(*words) - 1) / sizeof(*words);

	switch (rng_below(&a->rng, 16)) {
	case 0:
		for (size_t i = 0; i < count; i++)
			words[i] = edge(a);
		return;
	case 1:
		for (size_t i = 0; i < count; i++)
			words[i] = (uint32_t)rng_next(&a->rng);
		return;
	case 2:
		return;
	default:
		fill_sense(a, request);
		while (count && one_in(a, 6))
			words[rng_below(&a->rng, (unsigned int)count)] = edge(a);
	}
}

/*
 * That of the memory there is, little is taken: a guest has no more to spare
 * than a few of the largest buffers.
 */
static void limit_memory(unsigned long request, void *arg)
{
	struct v4l2_create_buffers *create = arg;
	struct v4l2_requestbuffers *req = arg;
	struct v4l2_format *fmt = arg;

	if (request == VIDIOC_S_FMT && fmt->fmt.pix.width > MAX_PIXELS / VPIPE_MAX_SIZE)
		fmt->fmt.pix.height %= MAX_PIXELS / VPIPE_MAX_SIZE;
	else if (request == VIDIOC_REQBUFS && req->count > 4)
		req->count = req->count % 64 < 32 ? 4 : req->count;
	else if (request == VIDIOC_CREATE_BUFS && create->count > 1)
		create->count = 1;
}

/*
 * Calls
 */

static bool done(struct attacker *a, bool succeeded)
{
	a->tried++;
	a->succeeded += succeeded;
	return succeeded;
}

/* A descriptor becomes one of the shared ones; what that was is closed, under whoever uses it. */
static void replace(struct attacker *a, int fd, unsigned int first, unsigned int count)
{
	if (done(a, fd >= 0)) {
		dup3(fd, slot(a, first, count), O_CLOEXEC);
		close(fd);
	}
}

static void open_again(struct attacker *a)
{
	int flags = O_RDWR | O_CLOEXEC | (one_in(a, 20) ? 0 : O_NONBLOCK);

	if (one_in(a, 2))
		replace(a, open(node, flags), 0, NODES);
	else
		replace(a, open(VPIPE_META_PATH, flags), NODES, METAS);
}

static void ioctl_with(struct attacker *a, int fd, unsigned long request)
{
	/* EXPBUF where its result can be read, or the descriptor would be lost */
	void *arg = request == VIDIOC_EXPBUF ? a->arena : address(a);
	const struct v4l2_exportbuffer *export = (void *)a->arena;

	fill(a, request);
	if (arg == a->arena)
		limit_memory(request, arg);
	if (!done(a, !ioctl(fd, request, arg)))
		return;
	if (_IOC_TYPE(request) == 'V')
		a->by_number[_IOC_NR(request)]++;
	if (request == VIDIOC_EXPBUF)
		replace(a, export->fd, NODES + METAS, DMABUFS);
}

static void known_ioctl(struct attacker *a)
{
	unsigned long request = one_in(a, 3) ? rng_pick(&a->rng, known) : rng_pick(&a->rng, common);

	/* now and then to the other device */
	ioctl_with(a, one_in(a, 20) ? slot(a, 0, SLOTS) : slot(a, 0, NODES), request);
}

/* Any number, direction and size of the two devices' ioctls, or of none. */
static void strange_ioctl(struct attacker *a)
{
	unsigned int type = one_in(a, 8) ? rng_below(&a->rng, 256) : one_in(a, 2) ? 'V' : 'p';
	unsigned int number = rng_below(&a->rng, one_in(a, 2) ? 110 : 256);
	unsigned long size = rng_below(&a->rng, one_in(a, 8) ? 1 << _IOC_SIZEBITS : 256);

	if (_IOC(3, type, number, size) == (VIDIOC_EXPBUF | 3UL << _IOC_DIRSHIFT))
		size ^= 1; /* its descriptor would be lost */
	ioctl_with(a, slot(a, 0, NODES + METAS), _IOC(rng_below(&a->rng, 4), type, number, size));
}

static void meta_ioctl(struct attacker *a)
{
	ioctl_with(a, slot(a, NODES, METAS),
		   one_in(a, 2) ? VPIPE_META_IOC_QUERY : VPIPE_META_IOC_GET_STATS);
}

static void read_some(struct attacker *a)
{
	static const size_t sizes[] = {0, 1, 79, 80, 81, 800, ARENA, INT32_MAX, SIZE_MAX};
	int fd = one_in(a, 4) ? slot(a, 0, SLOTS) : slot(a, NODES, METAS);
	struct iovec parts[2] = {{address(a), rng_below(&a->rng, 200)},
				 {address(a), rng_below(&a->rng, 200)}};

	if (one_in(a, 4))
		done(a, readv(fd, parts, 2) >= 0);
	else
		done(a, read(fd, address(a), rng_pick(&a->rng, sizes)) >= 0);
}

static void write_some(struct attacker *a)
{
	done(a, write(slot(a, 0, SLOTS), address(a), rng_below(&a->rng, 200)) >= 0);
}

static void poll_some(struct attacker *a)
{
	struct pollfd fds[3];

	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = (struct pollfd){.fd = slot(a, 0, SLOTS),
					 .events = (short)rng_next(&a->rng)};
	done(a, poll(fds, COUNT(fds), (int)rng_below(&a->rng, 3)) >= 0);
}

/* Any part of any buffer, at any offset, for reading or writing. */
static void map_some(struct attacker *a)
{
	static const int protections[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
					  PROT_READ | PROT_EXEC};
	void **map = &a->maps[rng_below(&a->rng, MAPS)];
	int protection = rng_pick(&a->rng, protections);
	off_t offset = (off_t)rng_below(&a->rng, 256) * PAGE;

	if (one_in(a, 2)) /* the first buffer of either queue */
		offset = one_in(a, 2) ? 0 : 1 << 30;
	if (one_in(a, 10))
		offset = (off_t)(rng_next(&a->rng) & ~(PAGE - 1UL));
	if (*map)
		munmap(*map, PAGE);
	*map = mmap(NULL, PAGE, protection, one_in(a, 4) ? MAP_PRIVATE : MAP_SHARED,
		    slot(a, 0, SLOTS), offset);
	if (!done(a, *map != MAP_FAILED))
		*map = NULL;
	else if (protection & PROT_WRITE)
		memset(*map, (int)rng_below(&a->rng, 256), PAGE);
}

static void change_flags(struct attacker *a)
{
	done(a, !fcntl(slot(a, 0, NODES + METAS), F_SETFL, one_in(a, 20) ? 0 : O_NONBLOCK));
}

/* What calls left behind: none of it is anybody's any more, or it is replaced at once. */
static void sweep(struct attacker *a)
{
	done(a, !close_range((unsigned int)first_free, FIRST_SLOT - 1, 0));
}

static void (*const actions[])(struct attacker *a) = {
	known_ioctl, known_ioctl, known_ioctl,	 known_ioctl, known_ioctl, known_ioctl,
	known_ioctl, known_ioctl, known_ioctl,	 known_ioctl, known_ioctl, known_ioctl,
	known_ioctl, known_ioctl, strange_ioctl, meta_ioctl,  read_some,   write_some,
	poll_some,   map_some,	  change_flags,
};

static void *attack(void *arg)
{
	struct attacker *a = arg;

	while (!stopping) {
		if (one_in(a, 300))
			open_again(a);
		else if (one_in(a, 1000))
			sweep(a);
		else
			rng_pick(&a->rng, actions)(a);
	}
	for (size_t i = 0; i < MAPS; i++)
		if (a->maps[i])
			munmap(a->maps[i], PAGE);
	return NULL;
}

/*
 * The test
 */

static void *pages(size_t size, int protection)
{
	void *start = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(start, MAP_FAILED);
	return start;
}

static void start_attacker(struct attacker *a, unsigned int number)
{
	*a = (struct attacker){.rng = rng_start(100 + number)};
	a->arena = pages(ARENA + PAGE, PROT_READ | PROT_WRITE);
	assert_int_equal(mprotect(a->arena + ARENA, PAGE, PROT_NONE), 0);
	a->fixed = pages(PAGE, PROT_READ);
	assert_int_equal(pthread_create(&a->thread, NULL, attack, a), 0);
}

static void open_slots(void)
{
	for (int i = 0; i < SLOTS; i++) {
		int fd = open(i < NODES		  ? node
			      : i < NODES + METAS ? VPIPE_META_PATH
						  : "/dev/null",
			      O_RDWR | O_NONBLOCK | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(dup3(fd, FIRST_SLOT + i, O_CLOEXEC), FIRST_SLOT + i);
		close(fd);
	}
}

/*
 * Interrupt whoever waits, until the time is up, and then until all have seen that. The time
 * is @seconds, and up to ten times that until a frame has passed: slow kernels have few.
 * Returns how long it was.
 */
static uint64_t wait_for_attackers(struct attacker *attackers, uint64_t seconds, int meta)
{
	uint64_t published = meta_stats(meta).published;
	struct rng rng = rng_start(99);
	time_t began = time(NULL), end = began + (time_t)seconds;

	while (time(NULL) < end || (time(NULL) < end + 9 * (time_t)seconds &&
				    meta_stats(meta).published == published)) {
		usleep(1000);
		pthread_kill(attackers[rng_below(&rng, THREADS)].thread, SIGUSR1);
	}
	stopping = true;
	for (size_t i = 0; i < THREADS; i++)
		while (pthread_tryjoin_np(attackers[i].thread, NULL)) {
			pthread_kill(attackers[i].thread, SIGUSR1);
			usleep(1000);
		}
	return (uint64_t)(time(NULL) - began);
}

static uint64_t successes(const struct attacker *attackers, unsigned long request)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < THREADS; i++)
		sum += attackers[i].by_number[_IOC_NR(request)];
	return sum;
}

/* Calls that are all refused would be no test: what a frame needs has to succeed, too. */
static void report(const struct attacker *attackers, uint64_t seconds, uint64_t frames)
{
	uint64_t tried = 0, succeeded = 0;

	for (size_t i = 0; i < THREADS; i++) {
		tried += attackers[i].tried;
		succeeded += attackers[i].succeeded;
	}
	print_message("# %llu calls in %llu s, %llu succeeded; %llu frames\n",
		      (unsigned long long)tried, (unsigned long long)seconds,
		      (unsigned long long)succeeded, (unsigned long long)frames);
	for (size_t i = 0; i < COUNT(common); i++)
		if (!successes(attackers, common[i]))
			print_message("# ioctl %lu of 'V' never succeeded\n", _IOC_NR(common[i]));
	assert_int_not_equal(frames, 0);
}

static void hostile_calls(void **state)
{
	static struct attacker attackers[THREADS];
	uint64_t seconds = setting("TORTURE_SECONDS", 20), published;
	int meta = meta_open(0);

	(void)state;
	published = meta_stats(meta).published;
	first_free = meta + 1;
	stopping = false;
	open_slots();
	for (unsigned int i = 0; i < THREADS; i++)
		start_attacker(&attackers[i], i);
	seconds = wait_for_attackers(attackers, seconds, meta);
	close_range((unsigned int)first_free, ~0U, 0);
	for (size_t i = 0; i < THREADS; i++) {
		munmap(attackers[i].arena, ARENA + PAGE);
		munmap(attackers[i].fixed, PAGE);
	}
	published = meta_stats(meta).published - published;
	close(meta);
	report(attackers, seconds, published);
}

static void and_it_still_works(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 10; i++)
		m2m_works();
}

static int set_up(void **state)
{
	FILE *score = fopen("/proc/self/oom_score_adj", "we");

	(void)state;
	/* should it ever take all memory, it is to be the one that goes */
	if (!score || fputs("1000", score) < 0 || fclose(score))
		return -1;
	catch_sigusr1();
	rng_seed();
	return device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, node, sizeof(node));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_calls),
		cmocka_unit_test(and_it_still_works),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
