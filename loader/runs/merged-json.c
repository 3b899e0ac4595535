// SPDX-License-Identifier: MIT
/* merged-json.c - see merged-json.h */
#include <errno.h>
#include <string.h>

#include "loader/runs/merged-json.h"
#include "loader/runs/values-json.h"

static json_t *costs_to_json(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		const struct latency *latency = &run->costs[cost];

		json_array_append_new(all, json_pack("{s:s, s:I, s:I, s:I, s:I}", "cost",
						     run->path->costs[cost].name, "count",
						     (json_int_t)latency->count, "min_ns",
						     (json_int_t)latency->min_ns, "max_ns",
						     (json_int_t)latency->max_ns, "total_ns",
						     (json_int_t)latency->total_ns));
	}
	return all;
}

json_t *merged_to_json(const struct run *run, json_t *of)
{
	const struct run_merged *merged = &run->merged;

	return json_pack("{s:I, s:o, s:o, s:o}", "runs", (json_int_t)merged->runs, "costs",
			 merged->has_costs ? costs_to_json(run) : json_null(), "missing",
			 number_to_json(merged->missing, merged->has_missing), "of", of);
}

/* They are those of the path, in its order. */
static int read_costs(struct run *run, const json_t *all)
{
	int err = json_array_size(all) == run->path->n_costs ? 0 : -EINVAL;

	for (unsigned int cost = 0; !err && cost < run->path->n_costs; cost++) {
		const json_t *json = json_array_get(all, cost);
		const char *name = json_string_value(json_object_get(json, "cost"));
		struct latency *told = &run->costs[cost];

		if (!name || strcmp(name, run->path->costs[cost].name) != 0)
			return -EINVAL;
		err = number_from_json(json, "count", &told->count)
			      ?: number_from_json(json, "min_ns", &told->min_ns)
			      ?: number_from_json(json, "max_ns", &told->max_ns)
			      ?: number_from_json(json, "total_ns", &told->total_ns);
	}
	return err;
}

int merged_from_json(struct run *run, const json_t *json, const char **what)
{
	const json_t *costs = json_object_get(json, "costs");
	const json_t *missing = json_object_get(json, "missing");
	struct run_merged *merged = &run->merged;

	merged->has_costs = json_is_array(costs);
	merged->has_missing = json_is_integer(missing);
	*what = "runs";
	if (number_from_json(json, "runs", &merged->runs) || !merged->runs ||
	    merged->runs != json_array_size(json_object_get(json, "of")))
		return -EINVAL;
	*what = "costs";
	if (merged->has_costs ? read_costs(run, costs) : !json_is_null(costs))
		return -EINVAL;
	*what = "missing";
	if (merged->has_missing ? number_from_json(json, "missing", &merged->missing)
				: !json_is_null(missing))
		return -EINVAL;
	return 0;
}

json_t *merged_of(const json_t *run)
{
	return json_object_get(json_object_get(run, "merged"), "of");
}
