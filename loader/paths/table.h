/* SPDX-License-Identifier: MIT */
/*
 * table.h - how a kind of device writes down its stages
 *
 * As one list of rows, STAGES(X), which says all of a stage: what is left out does not compile.
 *
 *   X(stage, its first point, what happens there, cost while its carrier runs, cost while that
 *     sleeps, enum stage_extra without STAGE_, COUNTED or UNCOUNTED, carrier, charged to)
 */
#ifndef VPIPE_PATHS_TABLE_H
#define VPIPE_PATHS_TABLE_H

#include "loader/model/costs.h"

/** Are counters read at the begin and end of a stage? */
enum {
	UNCOUNTED,
	COUNTED,
};

/** A row as a struct stage. */
#define STAGE_ROW(stage, point, text, run, sleep, more, is_counted, who, what)            \
	{.name = #stage,                                                                  \
	 .charged_to = what,                                                              \
	 .carrier = who,                                                                  \
	 .running = COST_##run,                                                           \
	 .asleep = COST_##sleep,                                                          \
	 .in_queue = COST_##run == COST_queueing,                                         \
	 .may_dwell = STAGE_##more == STAGE_OF_SOURCE || STAGE_##more == STAGE_OF_READER, \
	 .counted = is_counted,                                                           \
	 .extra = STAGE_##more},

/** The point at its beginning as a struct point. */
#define POINT_ROW(stage, point, what, ...) {.name = #point, .text = what},

/** Where it stands in the list; behind the last one, how many there are. */
#define NUMBER_ROW(stage, ...) ROW_##stage,

/** Is that where the programs have it, in the enumerations PREFIX_STAGE_ and PREFIX_POINT_? */
#define CHECK_ROW(prefix, stage, point)                                         \
	_Static_assert((int)ROW_##stage == (int)prefix##_STAGE_##stage &&       \
			       (int)ROW_##stage == (int)prefix##_POINT_##point, \
		       #stage " is where the programs have it")

#endif /* VPIPE_PATHS_TABLE_H */
