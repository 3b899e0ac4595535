// SPDX-License-Identifier: MIT
/*
 * guest-node.c - what tests/bench/guest-driver measures at the node
 *
 * usage: guest-node crc           what the CRC adds to a frame of 640x480, ns
 *        guest-node drain         rows for the table: a million metadata rows, two ways
 *        guest-node readers N     N readers sleep on the metadata until they are killed
 *        guest-node contexts N [W H]   a frame of 4x4, or WxH, with N contexts in turn, ns
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/guest/m2m.h"
#include "lib/args.h"
#include "lib/clock.h"

#define RING	    1024 /* rows the driver holds, see vpipe_meta_info */
#define MAX_FILES   (1000000 / RING / BENCH_ROUNDS + 1)
#define CRC_FRAMES  10
#define FRAMES	    3000
#define READER_ROWS 32

/* Nanoseconds of each of @count frames, one after the other. */
static double frame_ns(struct m2m *m, unsigned int count)
{
	uint64_t began = clock_ns();

	m2m_process_many(m, count);
	return (double)(clock_ns() - began) / count;
}

static int crc(void)
{
	struct bench_series with = {0}, without = {0};
	struct m2m m;

	m2m_start(&m, 640, 480, 1);
	m2m_fill(&m, 0, 1);
	for (int round = 0; round < BENCH_ROUNDS; round++) {
		m2m_set(&m, 0, &(struct node_cv){.no_crc = true});
		bench_add(&without, frame_ns(&m, CRC_FRAMES));
		m2m_set(&m, 0, &(struct node_cv){0});
		bench_add(&with, frame_ns(&m, CRC_FRAMES));
	}
	m2m_close(&m);
	printf("%.0f\n", bench_median(&with) - bench_median(&without));
	return EXIT_SUCCESS;
}

/* Nanoseconds a row: each of the readers takes what it has, @at_once rows a read. */
static double drain_rows(const int *files, unsigned int at_once, uint64_t *total)
{
	static struct vpipe_meta_entry rows[RING];
	uint64_t began = clock_ns(), got = 0;
	size_t n;

	for (int i = 0; i < MAX_FILES; i++) {
		while ((n = meta_read(files[i], rows, at_once)))
			got += n;
	}
	*total += got;
	return (double)(clock_ns() - began) / (double)got;
}

static int drain(void)
{
	struct bench_series batch = {0}, single = {0};
	int batchers[MAX_FILES], singles[MAX_FILES];
	uint64_t batched = 0, one_by_one = 0;
	struct m2m m;

	for (int i = 0; i < MAX_FILES; i++) {
		batchers[i] = meta_open(O_NONBLOCK);
		singles[i] = meta_open(O_NONBLOCK);
	}
	m2m_start(&m, 4, 4, 1);
	for (int round = 0; round < BENCH_ROUNDS; round++) {
		m2m_process_many(&m, RING);
		bench_add(&batch, drain_rows(batchers, RING, &batched));
		bench_add(&single, drain_rows(singles, 1, &one_by_one));
	}
	m2m_close(&m);
	bench_compare("metadata: a row, one read each or a full ring a read, ns", &single, &batch,
		      ">=10");
	bench_value("metadata: rows drained at once, millions", (double)batched / 1e6, ">=1");
	bench_value("metadata: rows that came one way, not the other",
		    (double)batched - (double)one_by_one, "=0");
	return EXIT_SUCCESS;
}

static void *read_on(void *arg)
{
	struct vpipe_meta_entry rows[READER_ROWS];
	int fd = meta_open(0);

	(void)arg;
	for (;;)
		meta_read(fd, rows, READER_ROWS);
	return NULL;
}

static int readers(unsigned int count)
{
	pthread_t thread;

	while (count--) {
		if (pthread_create(&thread, NULL, read_on, NULL))
			return EXIT_FAILURE;
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

/* The median of all frames: with one context there is as little else as with many. */
static int contexts(unsigned int count, unsigned int width, unsigned int height)
{
	static double times[FRAMES];
	struct m2m *nodes = calloc(count, sizeof(*nodes));

	for (unsigned int i = 0; nodes && i < count; i++)
		m2m_start(&nodes[i], width, height, 1);
	for (int frame = 0; nodes && frame < FRAMES; frame++) {
		uint64_t began = clock_ns();

		m2m_process(&nodes[(unsigned int)frame % count], 0);
		times[frame] = (double)(clock_ns() - began);
	}
	if (nodes)
		printf("%.0f\n", bench_median_of(times, FRAMES));
	for (unsigned int i = 0; nodes && i < count; i++)
		m2m_close(&nodes[i]);
	free(nodes);
	return nodes ? EXIT_SUCCESS : EXIT_FAILURE;
}

static unsigned int number(int argc, char **argv, int which, unsigned int otherwise)
{
	return argc > which ? (unsigned int)strtoul(argv[which], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int count = number(argc, argv, 2, 0);
	const struct rlimit files = {4096, 4096};

	setrlimit(RLIMIT_NOFILE, &files);
	if (!strcmp(what, "crc"))
		return crc();
	if (!strcmp(what, "drain"))
		return drain();
	if (!strcmp(what, "readers"))
		return readers(count);
	if (!strcmp(what, "contexts") && count)
		return contexts(count, number(argc, argv, 3, 4), number(argc, argv, 4, 4));
	fputs("usage: guest-node crc | drain | readers N | contexts N [W H]\n", stderr);
	return EXIT_USAGE;
}
