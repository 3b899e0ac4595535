// SPDX-License-Identifier: MIT
/* unknowns.c - see unknowns.h */
#include "loader/model/unknowns.h"

/* A device by itself whose frames wait in its queue? In a chain, not each comes through each device. */
static bool has_job(const struct path *path)
{
	return path->cycles && !path_is_chain(path) && path_queue(path) < path->n_stages;
}

void unknowns_add(struct unknowns *unknowns, const struct frame *frame, const struct path *path)
{
	bool begins = frame->known & 1; /* at the beginning of the path */

	unknowns->sequence += begins && !(frame->has & FRAME_HAS_SOURCE);
	unknowns->source += !begins;
	unknowns->job += has_job(path) && !(frame->known & 1U << path_queue(path));
	unknowns->account += !(frame->has & FRAME_HAS_ACCOUNT);
	unknowns->counters += !frame->counted;
	unknowns->errors += frame->flags & VPIPE_FRAME_ERROR;
}

bool unknowns_get(const struct unknowns *unknowns, const struct run *run, unsigned int i,
		  struct unknown *unknown)
{
	const struct unknown all[] = {
		{unknowns->counters, "hardware counters",
		 run->facts.no_counters ?: "not asked for, or not read in every stage"},
		{run->path->cycles ? 0 : unknowns->source, "source and handoff",
		 "their source was not traced"},
		{unknowns->job, "queue and job",
		 "which OUTPUT buffer they are made from is not known"},
		{unknowns->account, "run-queue and blocked time",
		 "not all their threads were traced"},
	};

	if (i >= sizeof(all) / sizeof(all[0]))
		return false;
	*unknown = all[i];
	return true;
}
