/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what the benches have in common: rounds, medians, rows
 *
 * Each prints rows for tests/bench/table, which judges them. What is compared
 * runs in turn, so that whatever else the machine does meets both.
 */
#ifndef VPIPE_TESTS_BENCH_H
#define VPIPE_TESTS_BENCH_H

#include <stddef.h>

#define BENCH_ROUNDS 31 /* short ones: a disturbance meets both sides of a round */

/** What a bench measured of one thing, round by round. */
struct bench_series {
	double values[BENCH_ROUNDS];
	unsigned int n;
};

void bench_add(struct bench_series *series, double value);

/** The median of @n values, which are sorted. */
double bench_median_of(double *values, size_t n);

double bench_median(const struct bench_series *series);

/** Nanoseconds that @run takes when it is called @times times, a call. */
double bench_time(void (*run)(void *arg), void *arg, unsigned int times);

/**
 * A comparison, round by round: the table judges the median of the rounds' ratios.
 * It shows the median of @other, and @ours as that ratio of it.
 */
void bench_compare(const char *name, const struct bench_series *ours,
		   const struct bench_series *other, const char *goal);

/** The same of two numbers. */
void bench_row(const char *name, double ours, double other, const char *goal);

/** A number that stands for itself. */
void bench_value(const char *name, double ours, const char *goal);

/** What could not be measured here, and why. */
void bench_unmeasured(const char *name, const char *goal, const char *why);

/** Keep this thread on @cpu. Returns 0 or -errno: there is none of that number. */
int bench_pin(int cpu);

#endif /* VPIPE_TESTS_BENCH_H */
