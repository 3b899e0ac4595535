// SPDX-License-Identifier: MIT
/* report.c - see report.h */
#include "loader/report.h"

double report_depth(const struct depth_slice *slice)
{
	return slice->frames ? (double)slice->sum / (double)slice->frames : 0;
}

bool report_unmeasured(const struct report *report, unsigned int i, struct unmeasured *out)
{
	const struct unknowns *unknowns = &report->unknowns;
	const struct run *run = &report->files.run;
	const struct unmeasured all[] = {
		{unknowns->counters, "hardware counters",
		 run->facts.no_counters ?: "not asked for, or not read in every stage"},
		{run->path->cycles ? 0 : unknowns->source, "source and handoff",
		 "their source was not traced"},
		{unknowns->account, "run-queue and blocked time",
		 "not all their threads were traced"},
	};

	if (i == sizeof(all) / sizeof(all[0]))
		return false;
	*out = all[i];
	return true;
}
