// SPDX-License-Identifier: MIT
/*
 * bench-cache.c - what a frame costs that has to come from memory: VPIPE_CID_CACHE, natively
 *
 * The driver's own code on a frame of 640x480, warm, and flushed before as the driver
 * does it. A copy of a frame that is in no cache cannot take less than memory takes to
 * deliver it, at the rate at which one processor reads memory in order: the bound.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/vpipe-cv.h"
#include "lib/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/flush.h"
#include "user/lib/crc.h"

#define WIDTH	  640
#define HEIGHT	  480
#define PIXELS	  (WIDTH * HEIGHT)
#define THRESHOLD 127
#define TIMES	  20 /* measured in a round */
#define STREAM	  (32UL << 20) /* bytes: so many that what precedes the first one does not count */

static uint8_t src[PIXELS] __attribute__((aligned(4096)));
static uint8_t dst[PIXELS] __attribute__((aligned(4096)));
static const struct vpipe_rect full = {.width = WIDTH, .height = HEIGHT}, none;

static void copy(void)
{
	vpipe_cv_copy_outside(dst, WIDTH, src, WIDTH, WIDTH, HEIGHT, &none);
}

static void threshold(void)
{
	vpipe_cv_threshold(dst, WIDTH, src, WIDTH, &full, THRESHOLD);
}

static volatile uint32_t sum; /* so that it is computed */

static void crc(void)
{
	sum += crc_payload(src, PIXELS);
}

/* As a job does it: the CRC is of the result, which is warm by then. */
static void job(void)
{
	threshold();
	sum += crc_payload(dst, PIXELS);
}

/* What is flushed before. */
enum { WARM, SOURCE, BOTH };

/* Microseconds of @run, alone, with that flushed each time. */
static double time_us(void (*run)(void), int flushed)
{
	uint64_t total = 0;

	run();
	for (int i = 0; i < TIMES; i++) {
		uint64_t began;

		if (flushed >= SOURCE)
			flush(src, PIXELS);
		if (flushed == BOTH)
			flush(dst, PIXELS);
		began = clock_ns();
		run();
		total += clock_ns() - began;
	}
	return (double)total / TIMES / 1e3;
}

/* Bytes a microsecond, of memory that is in no cache, read in order. */
static double read_rate(const uint64_t *stream)
{
	uint64_t began, words = 0;

	flush(stream, STREAM);
	began = clock_ns();
	for (size_t i = 0; i < STREAM / sizeof(*stream); i += 8)
		words += stream[i] + stream[i + 1] + stream[i + 2] + stream[i + 3] + stream[i + 4] +
			 stream[i + 5] + stream[i + 6] + stream[i + 7];
	sum += (uint32_t)words;
	return (double)STREAM * 1e3 / (double)(clock_ns() - began);
}

static void bench_one(const char *what, void (*run)(void))
{
	struct bench_series warm = {0}, source = {0}, both = {0};
	char name[64];

	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		bench_add(&warm, time_us(run, WARM));
		bench_add(&source, time_us(run, SOURCE));
		bench_add(&both, time_us(run, BOTH));
	}
	snprintf(name, sizeof(name), "cache: %s, source flushed or warm, us", what);
	bench_compare(name, &source, &warm, "-");
	snprintf(name, sizeof(name), "cache: %s, both flushed or warm, us", what);
	bench_compare(name, &both, &warm, "-");
}

/* A warm copy is faster than memory: one that is not slower was not of a flushed frame. */
static void bench_bound(void)
{
	struct bench_series cold = {0}, bound = {0};
	uint64_t *stream = malloc(STREAM);

	if (!stream) {
		bench_unmeasured("cache: copy, source flushed or its bytes from memory, us", ">=1",
				 "no memory");
		return;
	}
	memset(stream, 1, STREAM); /* pages of its own */
	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		bench_add(&cold, time_us(copy, SOURCE));
		bench_add(&bound, PIXELS / read_rate(stream));
	}
	bench_compare("cache: copy, source flushed or its bytes from memory, us", &cold, &bound,
		      ">=1");
	free(stream);
}

/* What the flush itself takes, of lines that are dirty and of those that are in no cache. */
static void bench_flush(void)
{
	struct bench_series dirty = {0}, gone = {0};

	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		uint64_t began;

		memset(dst, (int)round, PIXELS);
		began = clock_ns();
		flush(dst, PIXELS);
		bench_add(&dirty, (double)(clock_ns() - began) / 1e3);
		began = clock_ns();
		flush(dst, PIXELS);
		bench_add(&gone, (double)(clock_ns() - began) / 1e3);
	}
	bench_compare("cache: flush of a frame just written or in no cache, us", &dirty, &gone,
		      "-");
}

int main(void)
{
	if (!flush_way()) {
		bench_unmeasured("cache: a frame flushed or warm", "-",
				 "this processor has no instruction for it");
		return EXIT_SUCCESS;
	}
	memset(src, 77, PIXELS);
	bench_one("copy", copy);
	bench_one("threshold", threshold);
	bench_one("crc (zlib)", crc);
	bench_one("threshold, crc of the result", job);
	bench_bound();
	bench_flush();
	return EXIT_SUCCESS;
}
