// SPDX-License-Identifier: MIT
/* tables-csv.c - RUN.hist.csv, .summary.csv, .causes.csv and .counters.csv: figures of a whole run */
#include <stdio.h>

#include "loader/runs/figures.h"
#include "loader/sinks/run-csv.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Create, fill, put in place: the same for every table. */
static int write_table(enum run_file file, const struct run *run, const struct sink_place *place,
		       void (*rows)(struct csv *csv, const struct run *run))
{
	struct csv *csv;
	int err = run_csv_open(&csv, place, file, schema_of_file(file));

	if (err)
		return err;
	rows(csv, run);
	return run_csv_commit(csv, place, file);
}

static void hist_rows(struct csv *csv, const struct run *run)
{
	for (unsigned int which = 0; which < path_n_hists(run->path); which++)
		run_csv_hist(csv, NULL, path_hist_name(run->path, which), &run->hists[which]);
	/* of other runs they come from the rows */
	for (unsigned int cost = 0; run->merged.has_costs && cost < run->path->n_costs; cost++) {
		char name[256];

		snprintf(name, sizeof(name), PATH_COST_HIST "%s", run->path->costs[cost].name);
		run_csv_hist(csv, NULL, name, &run->cost_hists[cost]);
	}
}

static int finish_hist(void *state, const struct run *run, const struct sink_place *place)
{
	(void)state;
	return write_table(RUN_FILE_HIST, run, place, hist_rows);
}

static void summary_rows(struct csv *csv, const struct run *run)
{
	for (unsigned int which = 0; which < path_n_hists(run->path); which++) {
		const struct latency *latency = &run->latencies[which];
		const uint64_t cells[] = {
			latency->min_ns,  latency->p50_ns, latency->p95_ns,  latency->p99_ns,
			latency->p999_ns, latency->max_ns, latency->mean_ns, latency->total_ns,
		};

		csv_str(csv, path_hist_name(run->path, which));
		csv_str(csv, path_hist_charged_to(run->path, which));
		csv_u64(csv, latency->count);
		run_csv_numbers(csv, cells, N_OF(cells), latency->count);
		run_csv_share(csv, latency);
		csv_end_row(csv);
	}
}

static int finish_summary(void *state, const struct run *run, const struct sink_place *place)
{
	(void)state;
	return write_table(RUN_FILE_SUMMARY, run, place, summary_rows);
}

static void cause_row(struct csv *csv, const char *name, const struct latency *latency)
{
	const uint64_t cells[] = {latency->p50_ns,  latency->p95_ns, latency->p99_ns,
				  latency->p999_ns, latency->max_ns, latency->total_ns};

	csv_str(csv, name);
	csv_u64(csv, latency->count);
	run_csv_numbers(csv, cells, N_OF(cells), latency->count);
	run_csv_share(csv, latency);
	csv_end_row(csv);
}

static void causes_rows(struct csv *csv, const struct run *run)
{
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		if (path_charges(run->path, cost))
			cause_row(csv, run->path->costs[cost].name, &run->costs[cost]);
	}
}

static int finish_causes(void *state, const struct run *run, const struct sink_place *place)
{
	(void)state;
	if (!run_has_costs(run))
		return 0;
	return write_table(RUN_FILE_CAUSES, run, place, causes_rows);
}

static void counters_rows(struct csv *csv, const struct run *run)
{
	for (unsigned int stage = 0; stage < run->path->n_stages; stage++) {
		for (unsigned int i = 0;
		     run->path->stages[stage].counted && i < run->facts.n_counters; i++) {
			const struct latency *counter = &run->counters[stage][i];
			const uint64_t cells[] = {counter->p50_ns, counter->p99_ns,
						  counter->total_ns};

			csv_str(csv, run->path->stages[stage].name);
			csv_str(csv, run->facts.counters[i]);
			csv_u64(csv, counter->count);
			run_csv_numbers(csv, cells, N_OF(cells), counter->count);
			csv_end_row(csv);
		}
	}
}

static int finish_counters(void *state, const struct run *run, const struct sink_place *place)
{
	(void)state;
	return write_table(RUN_FILE_COUNTERS, run, place, counters_rows);
}

const struct sink sink_hist_csv = {.finish = finish_hist};
const struct sink sink_summary_csv = {.finish = finish_summary};
const struct sink sink_causes_csv = {.finish = finish_causes};
const struct sink sink_counters_csv = {.finish = finish_counters};
