/* SPDX-License-Identifier: MIT */
/*
 * report.h - what vpipe-trace report has found in the files of a run, and the ways to show it
 */
#ifndef VPIPE_LOADER_REPORT_H
#define VPIPE_LOADER_REPORT_H

#include <jansson.h>

#include "loader/model/depth.h"
#include "loader/model/drops.h"
#include "loader/runs/read.h"

/** How many frames lack something. */
struct unknowns {
	uint64_t source, account, counters;
	uint64_t sequence; /**< with a source, that lack its sequence: of an older version */
	uint64_t errors; /**< returned with an error */
};

struct report {
	struct run_files files;
	struct drops drops; /**< of the source of our own node */
	struct unknowns unknowns;
	struct depth_slice slices[DEPTH_SLICES];
	struct depth_slice whole; /**< the slices together */
	uint64_t depth_late; /**< frames that left too late to be counted in them */
};

/** How many frames were in the node, in the mean over those of @slice. */
double report_depth(const struct depth_slice *slice);

/** A thing that was not measured in some frames. */
struct unmeasured {
	uint64_t frames; /**< 0: it was, in all of them */
	const char *what, *why;
};

/** All that there are, one at a time from @i = 0 on. False: there is no such one. */
bool report_unmeasured(const struct report *report, unsigned int i, struct unmeasured *out);

/** For a person: report-text.c. */
void report_print(const struct report *report);

/** For programs: report-json.c. NULL: no memory. */
json_t *report_to_json(const struct report *report);

#endif /* VPIPE_LOADER_REPORT_H */
