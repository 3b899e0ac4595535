// SPDX-License-Identifier: MIT
/* tables.c - see tables.h */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/runs/schema.h"
#include "loader/runs/tables.h"

/* Find the columns @names; each index goes to @columns. */
static int find_columns(struct csv_reader *csv, const char *const names[], int *columns,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		columns[i] = csv_reader_column(csv, names[i]);
		if (columns[i] < 0)
			return columns[i];
	}
	return 0;
}

/* A number that must be there. */
static int must_u64(struct csv_reader *csv, int column, uint64_t *value)
{
	int got = schema_number(csv, column, value);

	if (!got)
		return csv_reader_fail(csv, column, "is empty");
	return got < 0 ? got : 0;
}

enum {
	S_STAGE,
	S_COUNT,
	S_SHARE,
	S_NUMBERS, /* min_ns and on, as in struct latency */
	S_COLUMNS = S_NUMBERS + 8,
};

static const char *const summary_columns[S_COLUMNS] = {
	"stage",  "count",   "share",  "min_ns",  "p50_ns",   "p95_ns",
	"p99_ns", "p999_ns", "max_ns", "mean_ns", "total_ns",
};

static int summary_row(struct csv_reader *csv, const int *columns, struct latency *latency)
{
	uint64_t *const numbers[] = {
		&latency->min_ns,  &latency->p50_ns, &latency->p95_ns,	&latency->p99_ns,
		&latency->p999_ns, &latency->max_ns, &latency->mean_ns, &latency->total_ns,
	};
	int got, err = must_u64(csv, columns[S_COUNT], &latency->count);

	for (unsigned int i = 0; !err && latency->count && i < 8; i++)
		err = must_u64(csv, columns[S_NUMBERS + i], numbers[i]);
	if (err)
		return err;
	got = csv_reader_double(csv, columns[S_SHARE], &latency->share);
	if (got == 1 && (latency->share < 0 || latency->share > 1))
		return csv_reader_fail(csv, columns[S_SHARE], "is not from 0 to 1");
	if (!got)
		latency->share = -1;
	return got < 0 ? got : 0;
}

/* Which histogram the row is of; beyond the last: one that the path does not have. */
static unsigned int hist_of(const struct csv_reader *csv, int column, const struct path *path)
{
	return path_find_hist(path, csv_reader_text(csv, column));
}

int tables_read_summary(struct csv_reader *csv, struct run *run)
{
	int columns[S_COLUMNS];
	bool seen[MAX_STAGES + EXTRA_HISTS] = {false};
	int got, err = find_columns(csv, summary_columns, columns, S_COLUMNS);

	while (!err && (got = csv_reader_next(csv))) {
		unsigned int which;

		err = got < 0 ? got : 0;
		which = err ? 0 : hist_of(csv, columns[S_STAGE], run->path);
		if (err || which == path_n_hists(run->path))
			continue;
		if (seen[which])
			err = csv_reader_fail(csv, columns[S_STAGE], "is there twice");
		else
			err = summary_row(csv, columns, &run->latencies[which]);
		seen[which] = true;
	}
	for (unsigned int which = 0; !err && which < path_n_hists(run->path); which++) {
		if (!seen[which])
			err = csv_reader_fail(csv, -1, "the file ends without a row for %s",
					      path_hist_name(run->path, which));
	}
	return err;
}

enum {
	H_STAGE,
	H_LOWER,
	H_UPPER,
	H_COUNT,
	H_COLUMNS,
};

static const char *const hist_columns[H_COLUMNS] = {"stage", "lower_ns", "upper_ns", "count"};

/* A bucket is one of ours, and there once. */
static int hist_row(struct csv_reader *csv, const int *columns, struct vpipe_hist *hist)
{
	uint64_t lower, upper, count, total = hist_total(hist);
	unsigned int bucket;
	int got, err = must_u64(csv, columns[H_LOWER], &lower);

	if (err)
		return err;
	bucket = (unsigned int)hist_bucket(lower);
	got = schema_number(csv, columns[H_UPPER], &upper);
	err = got < 0 ? got : must_u64(csv, columns[H_COUNT], &count);
	if (err)
		return err;
	if (hist_lower(bucket) != lower || hist_upper(bucket) != upper || !got != !upper)
		return csv_reader_fail(csv, columns[H_LOWER], "there is no such bucket");
	if (!count || hist->buckets[bucket] || count > INT64_MAX - total)
		return csv_reader_fail(csv, columns[H_COUNT], "is 0, or too much, or there twice");
	hist->buckets[bucket] = count;
	return 0;
}

/* That of the row, if the run has it; merged runs have those of costs, too. */
static struct vpipe_hist *hist_called(const struct csv_reader *csv, int column, struct run *run)
{
	const char *name = csv_reader_text(csv, column);
	unsigned int which = hist_of(csv, column, run->path);

	if (which < path_n_hists(run->path))
		return &run->hists[which];
	if (!run->merged.has_costs || strncmp(name, PATH_COST_HIST, strlen(PATH_COST_HIST)) != 0)
		return NULL;
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		if (!strcmp(name + strlen(PATH_COST_HIST), run->path->costs[cost].name))
			return &run->cost_hists[cost];
	}
	return NULL;
}

int tables_read_hists(struct csv_reader *csv, struct run *run)
{
	int columns[H_COLUMNS];
	int got, err = find_columns(csv, hist_columns, columns, H_COLUMNS);

	while (!err && (got = csv_reader_next(csv))) {
		struct vpipe_hist *hist;

		err = got < 0 ? got : 0;
		hist = err ? NULL : hist_called(csv, columns[H_STAGE], run);
		if (hist)
			err = hist_row(csv, columns, hist);
	}
	return err;
}
