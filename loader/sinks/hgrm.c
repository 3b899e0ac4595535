// SPDX-License-Identifier: MIT
/*
 * hgrm.c - the percentiles of a stage, or of whole frames, as the plotters of HdrHistogram take them
 *
 * A line for each bucket of the histogram that holds something, in us: what so many percent of the
 * frames took at most. A file is one curve.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "bpf/hist.h"
#include "lib/msg.h"
#include "loader/sinks/sink.h"

/* The largest value that is counted in @bucket, ns; the last one has no other end. */
static uint64_t last_of(const struct latency *latency, unsigned int bucket)
{
	uint64_t upper = hist_upper(bucket);

	return !upper || upper > latency->max_ns ? latency->max_ns : upper - 1;
}

/* Percentiles are fractions; at the last one there is no rest. */
static void print_line(FILE *out, uint64_t ns, uint64_t counted, uint64_t below, uint64_t total)
{
	fprintf(out, "%8" PRIu64 ".%03" PRIu64 " %2.12f %10" PRIu64, ns / 1000, ns % 1000,
		(double)below / (double)total, counted);
	if (below < total)
		fprintf(out, " %14.2f", (double)total / (double)(total - below));
	putc('\n', out);
}

/* How far the times are from their mean: those of a bucket count as its middle. */
static double deviation(const struct vpipe_hist *hist, const struct latency *latency)
{
	double mean = (double)latency->total_ns / (double)latency->count, sum = 0;

	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
		double middle = ((double)hist_lower(bucket) + (double)last_of(latency, bucket)) / 2;

		sum += (double)hist->buckets[bucket] * (middle - mean) * (middle - mean);
	}
	return sqrt(sum / (double)latency->count);
}

static void print_all(FILE *out, const struct vpipe_hist *hist, const struct latency *latency)
{
	uint64_t counted = 0;

	fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount",
		"1/(1-Percentile)");
	print_line(out, latency->min_ns, hist->buckets[hist_bucket(latency->min_ns)], 0,
		   latency->count);
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
		counted += hist->buckets[bucket];
		if (hist->buckets[bucket])
			print_line(out, last_of(latency, bucket), counted, counted, latency->count);
	}
	fprintf(out,
		"#[Mean    = %12.3f, StdDeviation   = %12.3f]\n"
		"#[Max     = %12.3f, Total count    = %12" PRIu64 "]\n"
		"#[Buckets = %12d, SubBuckets     = %12d]\n",
		(double)latency->total_ns / (double)latency->count / 1000,
		deviation(hist, latency) / 1000, (double)latency->max_ns / 1000, latency->count,
		VPIPE_HIST_MAX_BITS - VPIPE_HIST_SUB_BITS + 1, 1 << VPIPE_HIST_SUB_BITS);
}

static int finish_hgrm(void *state, const struct run *run, const struct sink_place *place)
{
	unsigned int which =
		place->stage ? path_find_hist(run->path, place->stage) : path_e2e(run->path);

	(void)state;
	if (run->latencies[which].count) {
		print_all(place->out, &run->hists[which], &run->latencies[which]);
		return 0;
	}
	msg_error("nothing was timed in %s: there are no percentiles of it",
		  path_hist_name(run->path, which));
	return -ENODATA;
}

const struct sink sink_hgrm = {.finish = finish_hgrm};
