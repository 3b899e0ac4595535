// SPDX-License-Identifier: MIT
/* unknowns.c - see unknowns.h */
#include "loader/model/unknowns.h"

void unknowns_add(struct unknowns *unknowns, const struct frame *frame)
{
	bool begins = frame->known & 1; /* at the beginning of the path */

	unknowns->sequence += begins && !(frame->has & FRAME_HAS_SOURCE);
	unknowns->source += !begins;
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
		{unknowns->account, "run-queue and blocked time",
		 "not all their threads were traced"},
	};

	if (i >= sizeof(all) / sizeof(all[0]))
		return false;
	*unknown = all[i];
	return true;
}
