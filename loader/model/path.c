// SPDX-License-Identifier: MIT
/* path.c - see path.h */
#include <string.h>

#include "loader/model/path.h"

unsigned int path_n_hists(const struct path *path)
{
	return path->n_stages + EXTRA_HISTS;
}

unsigned int path_e2e(const struct path *path)
{
	return path->n_stages;
}

unsigned int path_runq(const struct path *path)
{
	return path->n_stages + 1;
}

const char *path_hist_name(const struct path *path, unsigned int which)
{
	if (which < path->n_stages)
		return path->stages[which].name;
	return which == path_e2e(path) ? "e2e" : "runq";
}

unsigned int path_find_hist(const struct path *path, const char *name)
{
	unsigned int which = 0;

	while (which < path_n_hists(path) && strcmp(name, path_hist_name(path, which)) != 0)
		which++;
	return which;
}

const char *path_hist_charged_to(const struct path *path, unsigned int which)
{
	if (which < path->n_stages)
		return path->stages[which].charged_to;
	return which == path_e2e(path) ? "" : "scheduler";
}

bool path_is_same(const struct path *a, const struct path *b)
{
	bool same = a->n_stages == b->n_stages && a->n_costs == b->n_costs;

	for (unsigned int stage = 0; same && stage < a->n_stages; stage++)
		same = !strcmp(a->stages[stage].name, b->stages[stage].name);
	for (unsigned int cost = 0; same && cost < a->n_costs; cost++)
		same = !strcmp(a->costs[cost].name, b->costs[cost].name);
	return same;
}

bool path_charges(const struct path *path, unsigned int cost)
{
	return path->charges & 1U << cost;
}

unsigned int path_queue(const struct path *path)
{
	unsigned int stage = 0;

	while (stage < path->n_stages && !path->stages[stage].in_queue)
		stage++;
	return stage;
}

bool stage_has_rule(const struct stage *stage)
{
	return stage->extra == STAGE_HANDOFF || stage->extra == STAGE_OF_JOB;
}

bool path_is_chain(const struct path *path)
{
	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		if (stage_has_rule(&path->stages[stage]))
			return true;
	}
	return false;
}

unsigned int path_find(const struct path *path, enum stage_extra extra)
{
	unsigned int stage = 0;

	while (stage < path->n_stages && path->stages[stage].extra != extra)
		stage++;
	return stage;
}

unsigned int path_counted(const struct path *path)
{
	unsigned int counted = 0;

	for (unsigned int stage = 0; stage < path->n_stages; stage++)
		counted |= path->stages[stage].counted ? 1U << stage : 0;
	return counted;
}
