// SPDX-License-Identifier: MIT
/*
 * guest-client.c - clients that do just what an experiment needs, and say when they did it
 *
 * What they say, in clock readings of their own, is what vpipe-trace is held
 * against: nothing of it goes into the trace.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmod/vpipe.h"
#include "lib/clock.h"
#include "lib/devices.h"
#include "lib/node.h"
#include "lib/v4l2.h"

#define NS_PER_MS    (1000 * NS_PER_US)
#define HOG_PERIOD   (10 * NS_PER_MS)
#define HOG_BURST    (3 * NS_PER_MS)
#define HOG_BURSTS   20000
#define HOG_PRIO     50
#define CLIENT_PRIO  40
#define WITNESS_HEAD "qbuf_enter_ns,qbuf_leave_ns,dqbuf_enter_ns,dqbuf_leave_ns\n"

static const char usage_text[] =
	"usage: guest-client stream FRAMES [-s WxH] [-a none|threshold] [-w MS] [-p MS] [-r CPU]\n"
	"                    [-o CSV]\n"
	"         one frame after the other; sleeps before it asks for each (-w), before it\n"
	"         queues each (-p); -r CPU: real-time, there\n"
	"       guest-client burst ROUNDS N [-s WxH] [-a none|threshold]\n"
	"         N frames queued while there is no CAPTURE buffer, then N of those, one by one\n"
	"       guest-client hog CPU CSV\n"
	"         real-time there, busy 3 ms of every 10 until SIGTERM; writes down when\n"
	"       guest-client pair N CSV\n"
	"         two processes send a byte to and fro, N times, taking turns on one CPU\n";

struct client {
	unsigned int width;
	unsigned int height;
	unsigned int wait_ms;
	unsigned int pause_ms;
	unsigned int buffers;
	const char *csv;
	struct node_cv cv;
	struct node_sequence sequence;
	struct vdev dev;
	struct vqueue out;
	struct vqueue cap;
};

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "guest-client: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void must(int err)
{
	if (!err)
		return;
	errno = -err;
	fail(v4l2_error());
}

static unsigned int number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || end == text || value > 1000000) {
		errno = EINVAL;
		fail(text);
	}
	return (unsigned int)value;
}

/* Here and nowhere else, before everybody who is not real-time or less so. */
static void be_realtime(int cpu, int priority)
{
	const struct sched_param param = {.sched_priority = priority};
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) || sched_setscheduler(0, SCHED_FIFO, &param))
		fail("real-time");
}

static FILE *open_csv(const char *path, const char *head)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(head, file) == EOF)
		fail(path);
	return file;
}

static void close_csv(FILE *file, const char *path)
{
	if (fclose(file))
		fail(path);
}

/*
 * Frames
 */

static void client_open(struct client *client)
{
	char path[64];

	must(device_find(VPIPE_NAME, V4L2_CAP_VIDEO_M2M, path, sizeof(path)));
	must(vdev_open(&client->dev, path, V4L2_CAP_VIDEO_M2M | V4L2_CAP_STREAMING));
	vqueue_init(&client->out, &client->dev, V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_MEMORY_MMAP);
	vqueue_init(&client->cap, &client->dev, V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_MEMORY_MMAP);
	must(vqueue_set_grey(&client->out, client->width, client->height));
	must(vqueue_set_grey(&client->cap, client->width, client->height));
	must(vqueue_request(&client->out, client->buffers));
	must(vqueue_request(&client->cap, client->buffers));
	must(node_set_cv(&client->dev, &client->cv));
	must(vqueue_start(&client->out));
	must(vqueue_start(&client->cap));
}

static void client_close(struct client *client)
{
	vqueue_release(&client->out);
	vqueue_release(&client->cap);
	vdev_close(&client->dev);
}

static void queue_in(struct client *client, unsigned int index, unsigned int number,
		     struct vstamps *stamps)
{
	const struct vframe frame = {
		.index = index, .bytesused = client->out.format.sizeimage, .sequence = number};

	must(node_set_sequence(&client->dev, &client->sequence, number));
	must(vqueue_queue(&client->out, &frame, stamps));
}

static void queue_place(struct client *client, unsigned int index)
{
	must(vqueue_queue(&client->cap, &(struct vframe){.index = index}, NULL));
}

static void take_back(struct client *client, struct vstamps *stamps)
{
	struct v4l2_buffer buf;

	must(vqueue_dequeue(&client->cap, false, &buf, stamps));
	must(vqueue_dequeue(&client->out, false, &buf, NULL));
}

static void sleep_ms(unsigned int ms)
{
	struct timespec left = ns_timespec(ms * NS_PER_MS);

	while (ms && nanosleep(&left, &left))
		;
}

static void stream(struct client *client, unsigned int frames)
{
	struct vstamps *stamps = calloc(frames, 2 * sizeof(*stamps));
	FILE *file;

	if (!stamps)
		fail("stamps");
	for (unsigned int n = 0; n < frames; n++) {
		sleep_ms(client->pause_ms);
		queue_place(client, 0);
		queue_in(client, 0, n, &stamps[2 * n]);
		sleep_ms(client->wait_ms);
		take_back(client, &stamps[2 * n + 1]);
	}
	if (client->csv) {
		file = open_csv(client->csv, WITNESS_HEAD);
		for (unsigned int n = 0; n < frames; n++)
			fprintf(file, "%llu,%llu,%llu,%llu\n",
				(unsigned long long)stamps[2 * n].enter,
				(unsigned long long)stamps[2 * n].leave,
				(unsigned long long)stamps[2 * n + 1].enter,
				(unsigned long long)stamps[2 * n + 1].leave);
		close_csv(file, client->csv);
	}
	free(stamps);
}

/* With exec=inline each place that is queued is the one that the next frame was waiting for. */
static void burst(struct client *client, unsigned int rounds)
{
	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned int i = 0; i < client->buffers; i++)
			queue_in(client, i, round * client->buffers + i, NULL);
		for (unsigned int i = 0; i < client->buffers; i++)
			queue_place(client, i);
		for (unsigned int i = 0; i < client->buffers; i++)
			take_back(client, NULL);
	}
}

/*
 * The hog
 */

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void hog(int cpu, const char *path)
{
	static struct vstamps bursts[HOG_BURSTS];
	FILE *file = open_csv(path, "begin_ns,end_ns\n");
	unsigned int n = 0;
	uint64_t next;

	memset(bursts, 1, sizeof(bursts)); /* no page fault later */
	signal(SIGTERM, on_stop);
	be_realtime(cpu, HOG_PRIO);
	for (next = clock_ns() + HOG_PERIOD; !stopped && n < HOG_BURSTS; next += HOG_PERIOD) {
		struct timespec until = clock_local(next);
		uint64_t now;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		bursts[n].enter = clock_ns();
		do
			now = clock_ns();
		while (now < bursts[n].enter + HOG_BURST);
		bursts[n++].leave = now;
		if (next < now)
			next += (now - next) / HOG_PERIOD * HOG_PERIOD; /* what was missed */
	}
	for (unsigned int i = 0; i < n; i++)
		fprintf(file, "%llu,%llu\n", (unsigned long long)bursts[i].enter,
			(unsigned long long)bursts[i].leave);
	close_csv(file, path);
}

/*
 * The pair
 */

static void __attribute__((noreturn)) to_and_fro(int in, int out, unsigned int times, bool first)
{
	char byte = 0;

	for (unsigned int n = 0; n < times; n++) {
		if ((first && write(out, &byte, 1) != 1) || read(in, &byte, 1) != 1 ||
		    (!first && write(out, &byte, 1) != 1))
			_exit(1);
	}
	_exit(0);
}

/*
 * What the kernel counted for a child in all its life. That includes the switch
 * out of the dead, which is some time after it can be waited for.
 */
static void write_usage(FILE *file, pid_t pid)
{
	struct rusage usage;
	siginfo_t info;
	int status;

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT))
		fail("waitid");
	sleep_ms(50);
	if (wait4(pid, &status, 0, &usage) != pid || status)
		fail("a child failed");
	fprintf(file, "%d,%ld,%ld\n", (int)pid, usage.ru_nvcsw, usage.ru_nivcsw);
}

/* Real-time, of one priority, on one CPU: who runs goes on until it waits for the other. */
static void pair(unsigned int times, const char *path)
{
	FILE *file = open_csv(path, "tid,nvcsw,nivcsw\n");
	int ping[2], pong[2];
	pid_t first, second;

	fflush(file);
	be_realtime(sched_getcpu(), CLIENT_PRIO);
	if (pipe(ping) || pipe(pong))
		fail("pipe");
	first = fork();
	if (!first)
		to_and_fro(pong[0], ping[1], times, true);
	second = fork();
	if (!second)
		to_and_fro(ping[0], pong[1], times, false);
	if (first < 0 || second < 0)
		fail("fork");
	write_usage(file, first);
	write_usage(file, second);
	close_csv(file, path);
}

static void __attribute__((noreturn)) usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

static void parse_options(struct client *client, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "s:a:w:p:r:o:")) != -1) {
		switch (option) {
		case 's':
			if (sscanf(optarg, "%ux%u", &client->width, &client->height) != 2)
				usage();
			break;
		case 'a':
			client->cv.algo = !strcmp(optarg, "threshold");
			break;
		case 'w':
			client->wait_ms = number(optarg);
			break;
		case 'p':
			client->pause_ms = number(optarg);
			break;
		case 'r':
			be_realtime((int)number(optarg), CLIENT_PRIO);
			break;
		case 'o':
			client->csv = optarg;
			break;
		default:
			usage();
		}
	}
}

int main(int argc, char **argv)
{
	struct client client = {.width = VPIPE_DEFAULT_WIDTH,
				.height = VPIPE_DEFAULT_HEIGHT,
				.buffers = 1,
				.cv = {.threshold = 127}};
	const char *what = argc > 2 ? argv[1] : "";

	parse_options(&client, argc, argv);
	argc -= optind;
	argv += optind;
	if (!strcmp(what, "hog") && argc == 3) {
		hog((int)number(argv[1]), argv[2]);
	} else if (!strcmp(what, "pair") && argc == 3) {
		pair(number(argv[1]), argv[2]);
	} else if (!strcmp(what, "stream") && argc == 2) {
		client_open(&client);
		stream(&client, number(argv[1]));
		client_close(&client);
	} else if (!strcmp(what, "burst") && argc == 3) {
		client.buffers = number(argv[2]);
		client_open(&client);
		burst(&client, number(argv[1]));
		client_close(&client);
	} else {
		usage();
	}
	return 0;
}
