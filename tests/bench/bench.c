// SPDX-License-Identifier: MIT
/* bench.c - see bench.h */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "lib/clock.h"

void bench_add(struct bench_series *series, double value)
{
	if (series->n < BENCH_ROUNDS)
		series->values[series->n++] = value;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median_of(double *values, size_t n)
{
	qsort(values, n, sizeof(values[0]), by_value);
	return values[n / 2];
}

double bench_median(const struct bench_series *series)
{
	double sorted[BENCH_ROUNDS];

	memcpy(sorted, series->values, sizeof(sorted));
	return bench_median_of(sorted, series->n);
}

double bench_time(void (*run)(void *arg), void *arg, unsigned int times)
{
	uint64_t began = clock_ns();

	for (unsigned int i = 0; i < times; i++)
		run(arg);
	return (double)(clock_ns() - began) / times;
}

void bench_compare(const char *name, const struct bench_series *ours,
		   const struct bench_series *other, const char *goal)
{
	struct bench_series ratios = {0};

	for (unsigned int i = 0; i < ours->n; i++)
		bench_add(&ratios, ours->values[i] / other->values[i]);
	bench_row(name, bench_median(&ratios) * bench_median(other), bench_median(other), goal);
}

void bench_row(const char *name, double ours, double other, const char *goal)
{
	printf("%s\t%.9g\t%.9g\t%s\n", name, ours, other, goal);
}

void bench_value(const char *name, double ours, const char *goal)
{
	printf("%s\t%.12g\t\t%s\n", name, ours, goal);
}

void bench_unmeasured(const char *name, const char *goal, const char *why)
{
	printf("%s\t\t\t%s\t%s\n", name, goal, why);
}

int bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}
