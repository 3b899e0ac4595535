/* SPDX-License-Identifier: MIT */
/*
 * report.h - what vpipe-trace report has found in the files of a run, and the ways to show it
 */
#ifndef VPIPE_LOADER_REPORT_H
#define VPIPE_LOADER_REPORT_H

#include <jansson.h>

#include "loader/model/depth.h"
#include "loader/model/dropped.h"
#include "loader/model/unknowns.h"
#include "loader/runs/read.h"

struct report {
	struct run_files files;
	struct dropped dropped; /**< of the source of our own node */
	struct unknowns unknowns;
	struct depth_slice slices[DEPTH_SLICES];
	struct depth_slice whole; /**< the slices together */
	uint64_t depth_late; /**< frames that left too late to be counted in them */
};

/** For a person: report-text.c. */
void report_print(const struct report *report);

/** For programs: report-json.c. NULL: no memory. */
json_t *report_to_json(const struct report *report);

#endif /* VPIPE_LOADER_REPORT_H */
