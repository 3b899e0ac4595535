// SPDX-License-Identifier: MIT
/* change.c - see change.h */
#include <math.h>
#include <stdlib.h>

#include "bpf/hist.h"
#include "loader/model/change.h"

#define PAIRS (CHANGE_BLOCKS * CHANGE_BLOCKS)

/*
 * How sure a change must be: of all comparisons of two runs that are alike, in this part at
 * most any row is said to have changed. Each row of the table is tested twice, so the more rows,
 * the fewer pairs may contradict.
 */
#define ALARMS 0.02

/*
 * Part of A's value that a change must exceed, all of its range. A bucket of the
 * histograms, of which medians are made, is 1.6 % wide; and the same program at
 * another place in memory differs by that and more (Mytkowicz and others: Producing Wrong
 * Data Without Doing Anything Obviously Wrong, 2009), which no test on two runs sees.
 */
#define FLOOR 0.02

void series_add(struct series *series, unsigned int block, uint64_t ns)
{
	hist_count(&series->all, ns);
	hist_count(&series->blocks[block], ns);
}

unsigned int series_block(uint64_t frame, uint64_t frames)
{
	return (unsigned int)((double)frame * CHANGE_BLOCKS / (double)frames);
}

static bool has_enough(const struct series *series)
{
	for (unsigned int block = 0; block < CHANGE_BLOCKS; block++) {
		if (hist_total(&series->blocks[block]) < CHANGE_MIN_FRAMES / CHANGE_BLOCKS)
			return false;
	}
	return true;
}

static double block_mean(const struct vpipe_hist *block)
{
	return (double)block->range.total_ns / (double)hist_total(block);
}

static double block_median(const struct vpipe_hist *block)
{
	return (double)hist_percentile(block, 50);
}

static double block_p95(const struct vpipe_hist *block)
{
	return (double)hist_percentile(block, 95);
}

static double block_p99(const struct vpipe_hist *block)
{
	return (double)hist_percentile(block, 99);
}

static double block_max(const struct vpipe_hist *block)
{
	return (double)hist_max(block);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The difference of each block of B from each of A, in order: see change.h. */
static struct range test(const struct series *a, const struct series *b, unsigned int contrary,
			 double (*value)(const struct vpipe_hist *block))
{
	double differences[PAIRS], floor;
	struct range range;

	for (unsigned int i = 0; i < CHANGE_BLOCKS; i++) {
		for (unsigned int j = 0; j < CHANGE_BLOCKS; j++)
			differences[i * CHANGE_BLOCKS + j] =
				value(&b->blocks[i]) - value(&a->blocks[j]);
	}
	qsort(differences, PAIRS, sizeof(differences[0]), compare_doubles);
	range.low = differences[contrary];
	range.high = differences[PAIRS - 1 - contrary];
	floor = FLOOR * value(&a->all);
	range.real = range.low > floor || range.high < -floor;
	return range;
}

/*
 * Of the orders that @a blocks of A and @b of B can have, those in which exactly @pairs of one of A
 * and one of B have that of B first: Mann and Whitney's recurrence. The last block of all is either
 * A's, and has all of B's before it, or B's.
 */
static double orders(int a, int b, int pairs)
{
	if (pairs < 0)
		return 0;
	if (!a || !b)
		return !pairs;
	return orders(a - 1, b, pairs - b) + orders(a, b - 1, pairs);
}

/* Where as many tests are made of runs that are alike, ALARMS of all comparisons find any change. */
static unsigned int contrary_of(unsigned int tests)
{
	double all = round(exp(lgamma(2 * CHANGE_BLOCKS + 1) - 2 * lgamma(CHANGE_BLOCKS + 1)));
	double contrary = 0;
	int pairs = 0;

	/* as many at either end */
	while ((contrary += 2 * orders(CHANGE_BLOCKS, CHANGE_BLOCKS, pairs)) / all * tests <=
	       ALARMS)
		pairs++;
	return pairs ? (unsigned int)pairs - 1 : 0;
}

unsigned int change_contrary(unsigned int rows)
{
	return contrary_of(2 * rows);
}

unsigned int change_tail_contrary(unsigned int rows)
{
	return contrary_of(3 * rows);
}

struct change change_of(const struct series *a, const struct series *b, unsigned int contrary,
			unsigned int tail)
{
	struct change change = {
		.a = latency_of(&a->all),
		.b = latency_of(&b->all),
		.enough = has_enough(a) && has_enough(b),
	};

	if (change.enough) {
		change.mean = test(a, b, contrary, block_mean);
		change.median = test(a, b, contrary, block_median);
		change.p95 = test(a, b, tail, block_p95);
		change.p99 = test(a, b, tail, block_p99);
		change.max = test(a, b, tail, block_max);
	}
	return change;
}

const char *change_only_in(const struct change *change)
{
	if (!change->a.count == !change->b.count)
		return NULL;
	return change->a.count ? "A" : "B";
}

bool change_of_tail(const struct change *change)
{
	return change->p95.real || change->p99.real || change->max.real;
}

const char *change_name(enum change_what what)
{
	static const char *const names[CHANGE_N_WHATS] = {
		[CHANGE_P50] = "p50",
		[CHANGE_P95] = "p95",
		[CHANGE_P99] = "p99",
		[CHANGE_MAX] = "max",
	};

	return names[what];
}

uint64_t change_value(const struct latency *latency, enum change_what what)
{
	const uint64_t values[CHANGE_N_WHATS] = {
		[CHANGE_P50] = latency->p50_ns,
		[CHANGE_P95] = latency->p95_ns,
		[CHANGE_P99] = latency->p99_ns,
		[CHANGE_MAX] = latency->max_ns,
	};

	return values[what];
}

bool change_is_worse(const struct change *change, enum change_what what, double above)
{
	const struct range *const ranges[CHANGE_N_WHATS] = {
		[CHANGE_P50] = &change->median,
		[CHANGE_P95] = &change->p95,
		[CHANGE_P99] = &change->p99,
		[CHANGE_MAX] = &change->max,
	};
	double a = (double)change_value(&change->a, what);
	double b = (double)change_value(&change->b, what);

	return ranges[what]->real && ranges[what]->low > 0 && b > a * (1 + above);
}

unsigned int change_e2e(const struct path *path)
{
	return path->n_costs;
}

unsigned int change_rows(const struct path *path)
{
	return change_e2e(path) + 1 + path->n_stages;
}

const char *change_row_name(const struct path *path, unsigned int row)
{
	if (row < change_e2e(path))
		return path->costs[row].name;
	return row == change_e2e(path) ? path_hist_name(path, path_e2e(path))
				       : path->stages[row - change_e2e(path) - 1].name;
}
