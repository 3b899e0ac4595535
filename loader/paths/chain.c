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

static void add_device(struct chain_path *chain, const struct kind *kind, unsigned int number)
{
	struct chain_device *device = &chain->devices[chain->n_devices];
	const struct path *path = kind->path;

	device->path = path;
	device->takes = kind->takes && is_given(chain);
	device->gives = kind->gives;
	if (device->takes)
		add_handoff(chain, kind, number);
	device->first = chain->path.n_stages;
	for (unsigned int i = 0; i < path->n_stages; i++) {
		add_point(chain, kind, number, &path->points[i]);
		add_stage(chain, kind, number, &path->stages[i]);
	}
	add_point(chain, kind, number, &path->points[path->n_stages]);
	chain->path.charges |= path->charges;
	chain->n_devices++;
}

/* Which one of its kind it is, from 1 on; 0: there is but one. */
static unsigned int number_of(const struct kind *const of[], unsigned int n, unsigned int i)
{
	unsigned int before = 0, all = 0;

	for (unsigned int j = 0; j < n; j++) {
		all += of[j] == of[i];
		before += j < i && of[j] == of[i];
	}
	return all > 1 ? before + 1 : 0;
}

static unsigned int count_stages(const struct kind *const of[], unsigned int n)
{
	unsigned int stages = 0;

	for (unsigned int i = 0; i < n; i++)
		stages += of[i]->path->n_stages + of[i]->takes;
	return stages;
}

int chain_path_init(struct chain_path *chain, const struct kind *const of[], unsigned int n)
{
	if (count_stages(of, n) > MAX_STAGES) {
		msg_error("%u devices in one chain have %u stages, there may be %d: record some of "
			  "them by themselves",
			  n, count_stages(of, n), MAX_STAGES);
		return -E2BIG;
	}
	*chain = (struct chain_path){
		.path = {.name = "chain",
			 .stages = chain->stages,
			 .points = chain->points,
			 .n_costs = N_COSTS,
			 .costs = costs,
			 .cycles = true},
	};
	for (unsigned int i = 0; i < n; i++)
		add_device(chain, of[i], number_of(of, n, i));
	return 0;
}
