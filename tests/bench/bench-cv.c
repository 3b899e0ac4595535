// SPDX-License-Identifier: MIT
/* Tiny CV, compiled as the kernel compiles it: what a frame of pixels costs. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/vpipe-cv.h"
#include "tests/bench/bench.h"
#include "tests/bench/bytewise.h"

#define WIDTH	  640
#define HEIGHT	  480
#define PIXELS	  (WIDTH * HEIGHT)
#define THRESHOLD 127

/* Pixels are measured in one place: where that is in the caches must not differ. */
static uint8_t noise[PIXELS], src[PIXELS], out[PIXELS];

static const struct vpipe_rect full = {.width = WIDTH, .height = HEIGHT};
static const struct vpipe_rect none;

static void ours(void *unused)
{
	(void)unused;
	vpipe_cv_threshold(out, WIDTH, src, WIDTH, &full, THRESHOLD);
}

static void bytewise(void *unused)
{
	(void)unused;
	bytewise_threshold(out, src, PIXELS, THRESHOLD);
}

static void copy(void *unused)
{
	(void)unused;
	vpipe_cv_copy_outside(out, WIDTH, src, WIDTH, WIDTH, HEIGHT, &none);
}

static void plain_copy(void *unused)
{
	(void)unused;
	memcpy(out, src, PIXELS);
	__asm__ volatile("" : : "r"(out) : "memory"); /* it is read */
}

/* Half the pixels are above the threshold, and no branch predictor can learn which. */
static void fill(void)
{
	uint64_t state = 88172645463325252ULL;

	for (size_t i = 0; i < PIXELS; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		noise[i] = (uint8_t)(state >> 32);
	}
}

static void bench_threshold(void)
{
	struct bench_series random = {0}, even = {0}, rate = {0}, simple_rate = {0};

	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		double ns;

		memcpy(src, noise, PIXELS);
		ns = bench_time(ours, NULL, 50);
		bench_add(&rate, PIXELS * 1e3 / ns);
		bench_add(&simple_rate, PIXELS * 1e3 / bench_time(bytewise, NULL, 5));
		bench_add(&random, ns / 1e3);
		memset(src, 200, PIXELS);
		bench_add(&even, bench_time(ours, NULL, 50) / 1e3);
	}
	bench_compare("cv: threshold or byte by byte, pixels a us", &rate, &simple_rate, ">=25");
	bench_compare("cv: threshold of random or flat pixels, us", &random, &even, "0.9..1.1");
}

static void bench_copy(void)
{
	struct bench_series copied = {0}, plain = {0};

	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		bench_add(&copied, bench_time(copy, NULL, 300) / 1e3);
		bench_add(&plain, bench_time(plain_copy, NULL, 300) / 1e3);
	}
	bench_compare("cv: copy or memcpy() of a frame, us", &copied, &plain, "<=1.2");
}

static void bench_region(void)
{
	const struct vpipe_rect roi = {.left = 161, .top = 119, .width = 319, .height = 241};
	size_t copied = vpipe_cv_copy_outside(out, WIDTH, noise, WIDTH, WIDTH, HEIGHT, &roi);

	bench_row("cv: bytes copied or outside of a 319x241 ROI", (double)copied,
		  PIXELS - roi.width * roi.height, "=1");
}

/* What is compared does the same. */
static int same_result(void)
{
	struct vpipe_counts counts = vpipe_cv_threshold(src, WIDTH, noise, WIDTH, &full, THRESHOLD);
	struct vpipe_counts wanted = bytewise_threshold(out, noise, PIXELS, THRESHOLD);

	return counts.white == wanted.white && counts.black == wanted.black &&
	       !memcmp(src, out, PIXELS);
}

int main(void)
{
	fill();
	if (!same_result()) {
		fputs("error: the threshold is not the plain loop's\n", stderr);
		return EXIT_FAILURE;
	}
	bench_threshold();
	bench_copy();
	bench_region();
	return EXIT_SUCCESS;
}
