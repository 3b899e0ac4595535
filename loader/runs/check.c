// SPDX-License-Identifier: MIT
/* check.c - see check.h */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/runs/check.h"
#include "loader/runs/files.h"
#include "lib/msg.h"

#define ROUNDED 1e-6 /* shares have six decimals */

/* Two files that are as long, but not of one run: there is no telling which of them is wrong. */
#define CHANGED "one of them has been changed, or they are of different runs"

static int say_counts(const char *prefix, uint64_t told, uint64_t again)
{
	msg_error("%s.summary.csv counts %" PRIu64 " frames, %s.run.json %" PRIu64 ": " CHANGED,
		  prefix, told, prefix, again);
	return -EINVAL;
}

int run_check_counts(const char *prefix, const struct run *run, uint64_t rows, uint64_t warmup)
{
	const uint64_t *counted = run->counts.of;
	bool chain = path_is_chain(run->path), of_rows = run_is_of_rows(run);
	bool merged = run->merged.runs, balanced;
	uint64_t recorded = counted[VPIPE_COUNT_RECORDED];
	uint64_t in_hist = run->latencies[path_e2e(run->path)].count;
	uint64_t records = (chain ? run->records.came : rows) + run->records.let_go;
	/* the histograms have those, too, that the ring had no room for, unless they are the rows' */
	uint64_t seen = recorded + counted[VPIPE_LOSS_ring_full] - counted[VPIPE_COUNT_WARMUP];

	if (!(merged && chain) && in_hist != (of_rows ? rows - warmup : seen))
		return say_counts(prefix, in_hist, of_rows ? rows - warmup : seen);
	if (!run->facts.config.no_frames && records + run->counts.row_mismatch != recorded) {
		msg_error("%s.run.json counts %" PRIu64 " %s of %" PRIu64
			  " recorded frames: it has been changed",
			  prefix, records, chain ? "records" : "rows", recorded);
		return -EINVAL;
	}
	/* the sums of several runs may add up where those of one do not */
	balanced = counts_balanced(counted, seen) && (!merged || run->counts.balanced);
	if (balanced != run->counts.balanced) {
		msg_error("%s.run.json: frames started %s the sum of what became of them: it has "
			  "been changed",
			  prefix, run->counts.balanced ? "are not" : "are");
		return -EINVAL;
	}
	return 0;
}

/* Is each number of summary.csv what @again has? @file is where that comes from. */
static int compare(const char *prefix, const struct run *run, unsigned int which,
		   const struct latency *told, const struct latency *again, const char *file)
{
	const struct {
		const char *column;
		uint64_t told, again;
	} numbers[] = {
		{"count", told->count, again->count},
		{"min_ns", told->min_ns, again->min_ns},
		{"p50_ns", told->p50_ns, again->p50_ns},
		{"p95_ns", told->p95_ns, again->p95_ns},
		{"p99_ns", told->p99_ns, again->p99_ns},
		{"p999_ns", told->p999_ns, again->p999_ns},
		{"max_ns", told->max_ns, again->max_ns},
		{"mean_ns", told->mean_ns, again->mean_ns},
		{"total_ns", told->total_ns, again->total_ns},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].told == numbers[i].again)
			continue;
		msg_error("%s.summary.csv: %s: %s is %" PRIu64 ", by %s.%s %" PRIu64 ": " CHANGED,
			  prefix, path_hist_name(run->path, which), numbers[i].column,
			  numbers[i].told, prefix, file, numbers[i].again);
		return -EINVAL;
	}
	return 0;
}

/* The range of @hist is only in @file, which has @told: take it, if the buckets allow it. */
static int take_range(const char *prefix, enum run_file file, const char *name,
		      struct vpipe_hist *hist, const struct latency *told)
{
	double least = 0, most = 0;
	unsigned int first = VPIPE_HIST_BUCKETS, last = 0;

	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
		uint64_t upper =
			bucket == VPIPE_HIST_OVERFLOW ? told->max_ns + 1 : hist_upper(bucket);

		if (!hist->buckets[bucket])
			continue;
		first = first < bucket ? first : bucket;
		last = bucket;
		least += (double)hist->buckets[bucket] * (double)hist_lower(bucket);
		most += (double)hist->buckets[bucket] * (double)(upper - 1);
	}
	if (!told->count || told->count != hist_total(hist))
		return 0; /* compare() tells */
	if (hist_bucket(told->min_ns) != first || hist_bucket(told->max_ns) != last ||
	    told->min_ns > told->max_ns || (double)told->total_ns < least * (1 - 1e-12) ||
	    (double)told->total_ns > most * (1 + 1e-12)) {
		msg_error("%s.%s: %s: min_ns, max_ns or total_ns can't be those of "
			  "%s.hist.csv: " CHANGED,
			  prefix, run_file_suffix(file), name, prefix);
		return -EINVAL;
	}
	hist->range.min_ns = told->min_ns;
	hist->range.span_ns = told->max_ns - told->min_ns;
	hist->range.total_ns = told->total_ns;
	return 0;
}

static int check_share(const char *prefix, const struct run *run, unsigned int which,
		       const struct latency *told, uint64_t e2e_ns)
{
	bool applies = told->count && e2e_ns && which != path_runq(run->path);
	double share = applies ? (double)told->total_ns / (double)e2e_ns : -1;

	if (fabs(told->share - share) < ROUNDED)
		return 0;
	msg_error("%s.summary.csv: %s: share is not that of total_ns: it has been changed", prefix,
		  path_hist_name(run->path, which));
	return -EINVAL;
}

/* The histograms have every row, and where none was lost nothing else. */
static int check_buckets(const char *prefix, const struct run *run, unsigned int which,
			 const struct vpipe_hist *hist, const struct vpipe_hist *row, bool all)
{
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
		uint64_t in_rows = row->buckets[bucket], in_hist = hist->buckets[bucket];

		if (all ? in_rows == in_hist : in_rows <= in_hist)
			continue;
		msg_error("%s.hist.csv: %s: %" PRIu64 " from %llu ns on, in %s.frames.csv %" PRIu64
			  ": " CHANGED,
			  prefix, path_hist_name(run->path, which), in_hist, hist_lower(bucket),
			  prefix, in_rows);
		return -EINVAL;
	}
	return 0;
}

/* Rows may have been lost whose frames are in the histograms, but not the other way round. */
static int check_cost_sums(const char *prefix, const struct run *run)
{
	const struct latency *e2e = &run->latencies[path_e2e(run->path)];
	uint64_t total_ns = 0, count = 0;

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		if (run->costs[cost].count > count)
			count = run->costs[cost].count;
		total_ns += run->costs[cost].total_ns;
	}
	if (count < e2e->count || (count == e2e->count && total_ns == e2e->total_ns))
		return 0;
	msg_error("%s.run.json: the costs do not add up to the time of the frames: it has been "
		  "changed",
		  prefix);
	return -EINVAL;
}

/* What a merged run tells of its costs against their histograms. */
static int check_merged_costs(const char *prefix, struct run *run)
{
	int err = 0;

	for (unsigned int cost = 0; !err && cost < run->path->n_costs; cost++) {
		const struct latency *told = &run->costs[cost];
		struct vpipe_hist *hist = &run->cost_hists[cost];

		err = take_range(prefix, RUN_FILE_RUN, run->path->costs[cost].name, hist, told);
		if (err || told->count == hist_total(hist))
			continue;
		msg_error("%s.run.json: %s: count is %" PRIu64 ", by %s.hist.csv %llu: " CHANGED,
			  prefix, run->path->costs[cost].name, told->count, prefix,
			  hist_total(hist));
		err = -EINVAL;
	}
	return err ?: check_cost_sums(prefix, run);
}

int run_check_numbers(const char *prefix, struct run *run, bool has_hists,
		      const struct vpipe_hist *rows)
{
	unsigned int e2e = path_e2e(run->path);
	bool all = rows && run->latencies[e2e].count == hist_total(&rows[e2e]);
	int err = 0;

	for (unsigned int which = 0; !err && which < path_n_hists(run->path); which++) {
		const struct latency *told = &run->latencies[which];
		struct vpipe_hist *hist = &run->hists[which];
		const struct vpipe_hist *row = rows && which <= e2e ? &rows[which] : NULL;
		struct latency again;

		if (row && all) {
			again = latency_of(row);
			err = compare(prefix, run, which, told, &again, "frames.csv");
		}
		if (!err && has_hists)
			err = take_range(prefix, RUN_FILE_SUMMARY, path_hist_name(run->path, which),
					 hist, told);
		if (!err && has_hists) {
			again = latency_of(hist);
			err = compare(prefix, run, which, told, &again, "hist.csv");
		}
		if (!err && has_hists && row)
			err = check_buckets(prefix, run, which, hist, row, all);
	}
	for (unsigned int which = 0; !err && which < path_n_hists(run->path); which++)
		err = check_share(prefix, run, which, &run->latencies[which],
				  run->latencies[e2e].total_ns);
	if (!err && run->merged.has_costs)
		err = check_merged_costs(prefix, run);
	return err;
}
