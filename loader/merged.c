// SPDX-License-Identifier: MIT
/* merged.c - see merged.h */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
#include "lib/text.h"
#include "loader/merged.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/latency-json.h"
#include "loader/runs/values-json.h"
#include "loader/sinks/table.h"

#define NAME	12 /* columns of a run's name, on a screen of 80 */
#define FRAMES	10
#define NUMBER	(DURATION_COLUMNS + 2)
#define MISSING 8
#define LOST	6

struct merged_row merged_row_of(const char *name, const struct run *run)
{
	struct merged_row row = {
		.name = name,
		.e2e = run->latencies[path_e2e(run->path)],
		.lost = counts_lost(&run->counts),
	};

	row.frames = row.e2e.count;
	for (unsigned int cost = 0; run_has_costs(run) && cost < run->path->n_costs; cost++) {
		if (!run->costs[cost].total_ns || run->costs[cost].share <= row.share)
			continue;
		row.has_cost = true;
		row.cost = cost;
		row.share = run->costs[cost].share;
	}
	return row;
}

struct merged_row merged_sum_row(const struct merged *merged)
{
	struct merged_row row = merged_row_of("all", &merged->sum);

	row.has_missing = merged->sum.merged.has_missing;
	row.missing = merged->sum.merged.missing;
	return row;
}

static bool is_wide(void)
{
	return screen_columns() >= 100;
}

static unsigned int name_columns(void)
{
	return NAME + screen_columns() - SCREEN_COLUMNS - (is_wide() ? NUMBER : 0);
}

static void print_heads(void)
{
	screen_begin(SCREEN_HEAD);
	printf("%-*s%*s%*s", (int)name_columns(), "run", FRAMES, "frames", NUMBER, "e2e p50");
	if (is_wide())
		printf("%*s", NUMBER, "p95");
	printf("%*s%*s%*s%*s  largest cost", NUMBER, "p99", NUMBER, "max", MISSING, "missing", LOST,
	       "lost");
	screen_end();
	putchar('\n');
}

static void print_times(const struct latency *e2e)
{
	const uint64_t times[] = {e2e->p50_ns, e2e->p95_ns, e2e->p99_ns, e2e->max_ns};

	for (unsigned int i = 0; i < 4; i++) {
		if (i == 1 && !is_wide())
			continue;
		if (e2e->count)
			table_print_ns(times[i], NUMBER);
		else
			printf("%*s", NUMBER, "-");
	}
}

/* As its column is called, "queueing" of queueing_ns, which is short. */
static void print_cost(const struct path *path, const struct merged_row *row)
{
	const char *column = path->costs[row->cost].column;
	char name[16];

	if (!row->has_cost) {
		puts("  -");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(column, "_"), column);
	screen_begin(table_hue(path, row->cost));
	printf("  %s %.0f%%", name, row->share * 100);
	screen_end();
	putchar('\n');
}

/* A name is there whole, or it is no name to give to report. */
static void print_name(const char *name)
{
	char *text = text_new(strncmp(name, "./", 2) ? name : name + 2);

	if (text_columns(text ?: "") < name_columns())
		table_print_column(text ?: "", name_columns());
	else
		printf("%s\n%*s", text, (int)name_columns(), "");
	free(text);
}

static void print_row(const struct path *path, const struct merged_row *row)
{
	print_name(row->name);
	printf("%*" PRIu64, FRAMES, row->frames);
	print_times(&row->e2e);
	if (row->has_missing)
		printf("%*" PRIu64, MISSING, row->missing);
	else
		printf("%*s", MISSING, "-");
	printf("%*" PRIu64, LOST, row->lost);
	print_cost(path, row);
	if (!row->incomplete)
		return;
	printf("  ");
	screen_begin(SCREEN_WARN);
	printf("incomplete: ");
	table_print_hanging(row->incomplete, 14);
	screen_end();
}

void merged_print(const struct merged *merged)
{
	const struct merged_row all = merged_sum_row(merged);

	table_print_verdict(&merged->sum);
	putchar('\n');
	print_heads();
	for (size_t i = 0; i < merged->n; i++)
		print_row(merged->sum.path, &merged->rows[i]);
	putchar('\n');
	print_row(merged->sum.path, &all);
	putchar('\n');
	if (merged->sum.merged.has_costs)
		table_print_costs(&merged->sum);
	table_print_stages(&merged->sum);
	table_print_counts(&merged->sum.counts);
}

static json_t *row_to_json(const struct path *path, const struct merged_row *row)
{
	json_t *json = latency_to_json("stage", "e2e", &row->e2e);

	return json_pack("{s:o, s:I, s:o, s:o, s:I, s:o, s:o, s:s?}", "run",
			 name_to_json(row->name), "frames", (json_int_t)row->frames, "e2e", json,
			 "missing", number_to_json(row->missing, row->has_missing), "lost",
			 (json_int_t)row->lost, "largest_cost",
			 row->has_cost ? json_string(path->costs[row->cost].name) : json_null(),
			 "share", row->has_cost ? json_real(row->share) : json_null(), "incomplete",
			 row->incomplete);
}

/* Those of all runs together. */
static json_t *figures_to_json(const struct run *sum)
{
	json_t *costs = sum->merged.has_costs ? json_array() : json_null();
	json_t *stages = json_array();

	for (unsigned int cost = 0; sum->merged.has_costs && cost < sum->path->n_costs; cost++)
		json_array_append_new(costs, latency_to_json("cost", sum->path->costs[cost].name,
							     &sum->costs[cost]));
	for (unsigned int which = 0; which < path_n_hists(sum->path); which++)
		json_array_append_new(stages,
				      latency_to_json("stage", path_hist_name(sum->path, which),
						      &sum->latencies[which]));
	return json_pack("{s:o, s:o}", "costs", costs, "stages", stages);
}

/* Frames of each device that never came, or in vain, by cause; of our node there are no causes. */
static json_t *drops_to_json(const struct run *sum)
{
	json_t *all = json_object();

	if (!sum->n_devices || !sum->merged.has_missing) {
		json_decref(all);
		return json_null();
	}
	for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
		uint64_t drops = 0;

		for (unsigned int i = 0; i < sum->n_devices; i++)
			drops += sum->devices[i].drops[cause];
		json_object_set_new(all, drop_cause_name(cause), json_integer((json_int_t)drops));
	}
	return all;
}

static json_t *losses_to_json(const struct run *sum)
{
	json_t *all = json_object();

	for (unsigned int i = 0; i < N_LOSSES; i++) {
		if (losses[i].kind == LOSS)
			json_object_set_new(all, losses[i].name,
					    json_integer((json_int_t)counts_at(&sum->counts, i)));
	}
	return all;
}

json_t *merged_print_json(const struct merged *merged)
{
	const struct merged_row all = merged_sum_row(merged);
	const struct run *sum = &merged->sum;
	json_t *rows = json_array(), *json = row_to_json(sum->path, &all);

	for (size_t i = 0; i < merged->n; i++)
		json_array_append_new(rows, row_to_json(sum->path, &merged->rows[i]));
	json_object_del(json, "run");
	json_object_del(json, "incomplete");
	json_object_set_new(json, "runs", json_integer((json_int_t)sum->merged.runs));
	json_object_set_new(json, "complete", json_boolean(sum->complete));
	json_object_update_new(json, figures_to_json(sum));
	json_object_set_new(json, "drops", drops_to_json(sum));
	json_object_set_new(json, "losses", losses_to_json(sum));
	return json_pack("{s:s, s:o, s:o}", "path", sum->path->name, "runs", rows, "all", json);
}
