// SPDX-License-Identifier: MIT
/* chain.c - see chain.h */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/msg.h"
#include "loader/model/costs.h"
#include "loader/paths/chain.h"

/* A name of @kind, whose @number is 0 if there is but one. */
static void name_it(char name[CHAIN_NAME], const struct kind *kind, unsigned int number,
		    const char *what)
{
	if (number)
		snprintf(name, CHAIN_NAME, "%s%u_%s", kind->path->name, number, what);
	else
		snprintf(name, CHAIN_NAME, "%s_%s", kind->path->name, what);
}

/* The next stage begins with it. Where a device has ended there already, it may be either. */
static void add_point(struct chain_path *chain, const struct kind *kind, unsigned int number,
		      const struct point *point)
{
	unsigned int i = chain->path.n_stages;
	char *text = chain->point_texts[i];
	size_t used = strlen(text);

	name_it(chain->point_names[i], kind, number, point->name);
	snprintf(text + used, CHAIN_TEXT - used, "%s%s", used ? ", or " : "", point->text);
	chain->points[i] = (struct point){.name = chain->point_names[i], .text = text};
}

static void add_stage(struct chain_path *chain, const struct kind *kind, unsigned int number,
		      const struct stage *stage)
{
	unsigned int i = chain->path.n_stages++;

	name_it(chain->stage_names[i], kind, number, stage->name);
	chain->stages[i] = *stage;
	chain->stages[i].name = chain->stage_names[i];
}

/* Before the stages of @kind: from when the frame of another device is dequeued. */
static void add_handoff(struct chain_path *chain, const struct kind *kind, unsigned int number)
{
	static const struct stage handoff = {
		.name = "handoff",
		.charged_to = "application",
		.carrier = "application",
		.running = COST_application,
		.asleep = COST_application,
		.extra = STAGE_HANDOFF,
	};
	static const struct point point = {"HANDOFF", "the application has it"};

	add_point(chain, kind, number, &point);
	add_stage(chain, kind, number, &handoff);
	chain->path.charges |= 1U << COST_application;
}

/* Has a frame come that far that it can be given to another device? */
static bool is_given(const struct chain_path *chain)
{
	for (unsigned int i = 0; i < chain->n_devices; i++) {
		if (chain->devices[i].gives)
			return true;
	}
	return false;
}

static void add_stages(struct chain_path *chain, const struct kind *kind, unsigned int number)
{
	const struct path *path = kind->path;

	for (unsigned int i = 0; i < path->n_stages; i++) {
		add_point(chain, kind, number, &path->points[i]);
		add_stage(chain, kind, number, &path->stages[i]);
	}
	add_point(chain, kind, number, &path->points[path->n_stages]);
	chain->path.charges |= path->charges;
}

static void add_device(struct chain_path *chain, const struct kind *kind, unsigned int number)
{
	struct chain_device *device = &chain->devices[chain->n_devices];

	device->path = kind->path;
	device->takes = kind->takes && is_given(chain);
	device->gives = kind->gives;
	if (device->takes)
		add_handoff(chain, kind, number);
	device->first = chain->path.n_stages;
	add_stages(chain, kind, number);
	chain->n_devices++;
}

/* The kind of the frames that come out of it. */
static const struct kind *kind_at(const struct chain_path *chain, const struct kind *const of[],
				  unsigned int i)
{
	return chain->nodes[i].role == ISP_OUTPUT ? &isp_kind : of[i];
}

/* The first of those of one ISP, whose frames have the same stages. */
static unsigned int first_alike(const struct chain_path *chain, unsigned int i)
{
	const struct isp_node *nodes = chain->nodes;
	unsigned int first = 0;

	if (nodes[i].role != ISP_OUTPUT)
		return i;
	while (nodes[first].role != ISP_OUTPUT || nodes[first].isp != nodes[i].isp)
		first++;
	return first;
}

/* Has it stages that no other one has? */
static bool has_stages(const struct chain_path *chain, unsigned int i)
{
	return chain->nodes[i].role == ISP_NONE ||
	       (chain->nodes[i].role == ISP_OUTPUT && first_alike(chain, i) == i);
}

/* Which one of its kind it is, from 1 on; 0: there is but one. */
static unsigned int number_of(const struct chain_path *chain, const struct kind *const of[],
			      unsigned int n, unsigned int i)
{
	unsigned int before = 0, all = 0;

	for (unsigned int j = 0; j < n; j++) {
		bool alike = has_stages(chain, j) && kind_at(chain, of, j) == kind_at(chain, of, i);

		all += alike;
		before += alike && j < i;
	}
	return all > 1 ? before + 1 : 0;
}

static unsigned int count_stages(const struct chain_path *chain, const struct kind *const of[],
				 unsigned int n)
{
	unsigned int stages = 0;

	for (unsigned int i = 0; i < n; i++) {
		const struct kind *kind = kind_at(chain, of, i);

		stages += has_stages(chain, i) ? kind->path->n_stages + kind->takes : 0;
	}
	return stages;
}

/* A node that frames go into and come out of another, or of metadata: no row ends there. */
static void add_silent(struct chain_path *chain, const struct kind *kind)
{
	chain->devices[chain->n_devices++].path = kind->path;
}

static void add_nodes(struct chain_path *chain, const struct kind *const of[], unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct kind *kind = kind_at(chain, of, i);

		chain->nodes[i].path = of[i]->path;
		chain->nodes[i].joined = kind->path;
		if (has_stages(chain, i))
			add_device(chain, kind, number_of(chain, of, n, i));
		else if (chain->nodes[i].role == ISP_OUTPUT)
			chain->devices[chain->n_devices++] = chain->devices[first_alike(chain, i)];
		else
			add_silent(chain, kind);
	}
}

int chain_path_init(struct chain_path *chain, const struct kind *const of[],
		    const struct isp_node nodes[], unsigned int n)
{
	*chain = (struct chain_path){
		.path = {.name = "chain",
			 .stages = chain->stages,
			 .points = chain->points,
			 .n_costs = N_COSTS,
			 .costs = costs,
			 .cycles = true},
	};
	if (nodes)
		memcpy(chain->nodes, nodes, n * sizeof(nodes[0]));
	if (count_stages(chain, of, n) > MAX_STAGES) {
		msg_error("%u devices in one chain have %u stages, there may be %d: record some of "
			  "them by themselves",
			  n, count_stages(chain, of, n), MAX_STAGES);
		return -E2BIG;
	}
	add_nodes(chain, of, n);
	return 0;
}
