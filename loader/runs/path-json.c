// SPDX-License-Identifier: MIT
/* path-json.c - see path-json.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "loader/model/costs.h"
#include "loader/runs/path-json.h"

#define MAX_NAME 32 /* of a stage, a point or a column */

static json_t *stage_to_json(const struct path *path, unsigned int i)
{
	const struct stage *stage = &path->stages[i];

	return json_pack(
		"{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:b, s:b, s:o*, s:o*, s:o*}",
		"stage", stage->name, "column", json_sprintf("%s_ns", stage->name), "from",
		path->points[i].text, "to", path->points[i + 1].text, "charged_to",
		stage->charged_to, "carrier", stage->carrier, "running",
		path->costs[stage->running].name, "asleep", path->costs[stage->asleep].name,
		"dwell", stage->may_dwell ? path->costs[COST_queueing].name : NULL, "in_queue",
		stage->in_queue, "counted", stage->counted, "handoff",
		stage->extra == STAGE_HANDOFF ? json_true() : NULL, "waits",
		stage->extra == STAGE_OF_QUEUE ? json_true() : NULL, "job",
		stage->extra == STAGE_OF_JOB ? json_true() : NULL);
}

json_t *path_to_json(const struct path *path)
{
	json_t *points = json_array(), *stages = json_array(), *all = json_array();

	for (unsigned int i = 0; i <= path->n_stages; i++)
		json_array_append_new(points, json_string(path->points[i].name));
	for (unsigned int i = 0; i < path->n_stages; i++)
		json_array_append_new(stages, stage_to_json(path, i));
	for (unsigned int i = 0; i < path->n_costs; i++) {
		if (path_charges(path, i))
			json_array_append_new(all,
					      json_pack("{s:s, s:s}", "cost", path->costs[i].name,
							"column", path->costs[i].column));
	}
	return json_pack("{s:s, s:o*, s:o, s:o, s:o}", "name", path->name, "cycles",
			 path->cycles ? json_true() : NULL, "points", points, "stages", stages,
			 "costs", all);
}

/* What a path is read into. */
struct stored {
	struct path path; /* first: path_free() is told this one */
	struct stage stages[MAX_STAGES];
	struct point points[MAX_STAGES + 1];
	struct cost costs[MAX_COSTS];
};

static const char *text_of_member(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

/* Can @name be a part of a column's name? */
static bool is_name(const char *name)
{
	size_t length = name ? strlen(name) : 0;

	return length && length <= MAX_NAME &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
		       length;
}

static int read_costs(struct stored *stored, const json_t *all)
{
	struct path *path = &stored->path;

	path->n_costs = json_array_size(all) > MAX_COSTS ? 0 : (unsigned int)json_array_size(all);
	for (unsigned int i = 0; i < path->n_costs; i++) {
		struct cost *cost = &stored->costs[i];

		cost->name = text_of_member(json_array_get(all, i), "cost");
		cost->column = text_of_member(json_array_get(all, i), "column");
		if (!cost->name || !is_name(cost->column))
			return -EINVAL;
		for (unsigned int j = 0; j < i; j++) {
			if (!strcmp(stored->costs[j].column, cost->column))
				return -EINVAL;
		}
	}
	path->charges = (unsigned int)((1ULL << path->n_costs) - 1);
	return path->n_costs ? 0 : -EINVAL;
}

/* Which cost the member @key of a stage names. False: none of the path's. */
static bool find_cost(const struct stored *stored, const json_t *json, const char *key,
		      unsigned char *cost)
{
	const char *name = text_of_member(json, key);

	for (unsigned int i = 0; name && i < stored->path.n_costs; i++) {
		if (!strcmp(stored->costs[i].name, name)) {
			*cost = (unsigned char)i;
			return true;
		}
	}
	return false;
}

/* No two rows of a table are called the same. */
static bool is_taken(const struct stored *stored, unsigned int n, const char *name)
{
	for (unsigned int i = 0; i < n; i++) {
		if (!strcmp(stored->stages[i].name, name))
			return true;
	}
	return !strcmp(name, "e2e") || !strcmp(name, "runq");
}

static int read_stage(struct stored *stored, const json_t *json, unsigned int i)
{
	struct stage *stage = &stored->stages[i];
	const char *to = text_of_member(json, "to");

	stage->name = text_of_member(json, "stage");
	stage->charged_to = text_of_member(json, "charged_to");
	stage->carrier = text_of_member(json, "carrier");
	stage->may_dwell = json_is_string(json_object_get(json, "dwell"));
	stage->counted = json_is_true(json_object_get(json, "counted"));
	stage->in_queue = json_is_true(json_object_get(json, "in_queue"));
	if (json_is_true(json_object_get(json, "waits")))
		stage->extra = STAGE_OF_QUEUE;
	if (json_is_true(json_object_get(json, "handoff")))
		stage->extra = STAGE_HANDOFF;
	if (json_is_true(json_object_get(json, "job")))
		stage->extra = STAGE_OF_JOB;
	stored->points[i].text = text_of_member(json, "from");
	stored->points[i + 1].text = to;
	return is_name(stage->name) && !is_taken(stored, i, stage->name) && stage->charged_to &&
			       stage->carrier && stored->points[i].text && to &&
			       find_cost(stored, json, "running", &stage->running) &&
			       find_cost(stored, json, "asleep", &stage->asleep)
		       ? 0
		       : -EINVAL;
}

static int read_stages(struct stored *stored, const json_t *all)
{
	struct path *path = &stored->path;
	int err = 0;

	path->n_stages = json_array_size(all) > MAX_STAGES ? 0 : (unsigned int)json_array_size(all);
	for (unsigned int i = 0; !err && i < path->n_stages; i++)
		err = read_stage(stored, json_array_get(all, i), i);
	return path->n_stages ? err : -EINVAL;
}

static int read_points(struct stored *stored, const json_t *all)
{
	if (json_array_size(all) != stored->path.n_stages + 1)
		return -EINVAL;
	for (unsigned int i = 0; i <= stored->path.n_stages; i++) {
		stored->points[i].name = json_string_value(json_array_get(all, i));
		if (!is_name(stored->points[i].name))
			return -EINVAL;
	}
	return 0;
}

int path_from_json(struct path **out, const json_t *json, const char **what)
{
	struct stored *stored = calloc(1, sizeof(*stored));
	int err;

	*what = "name";
	if (!stored)
		return -ENOMEM;
	stored->path.name = text_of_member(json, "name");
	stored->path.stages = stored->stages;
	stored->path.points = stored->points;
	stored->path.costs = stored->costs;
	stored->path.cycles = json_is_true(json_object_get(json, "cycles"));
	err = is_name(stored->path.name) ? 0 : -EINVAL;
	if (!err)
		err = read_costs(stored, json_object_get(json, *what = "costs"));
	if (!err)
		err = read_stages(stored, json_object_get(json, *what = "stages"));
	if (!err)
		err = read_points(stored, json_object_get(json, *what = "points"));
	if (err)
		path_free(&stored->path);
	else
		*out = &stored->path;
	return err;
}

void path_free(struct path *path)
{
	free(path);
}
