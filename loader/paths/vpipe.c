// SPDX-License-Identifier: MIT
/* vpipe.c - see vpipe.h */
#include <stddef.h>

#include "bpf/probes/vpipe.h"
#include "loader/model/costs.h"
#include "loader/paths/vpipe.h"

/*
 * X(stage, its first point, what happens there, cost while its carrier runs, cost while that
 *   sleeps, enum stage_extra, carrier, charged to)
 */
#define STAGES(X)                                                                            \
	X(source, SRC_DONE, "source buffer done (vb2)", transport, switches, OF_SOURCE,      \
	  "reader of the source", "context switches")                                        \
	X(handoff, SRC_DQBUF, "source DQBUF returns", application, application, WITH_COPY,   \
	  "application", "application")                                                      \
	X(submit, QBUF, "OUTPUT QBUF enters", transport, transport, PLAIN, "application",    \
	  "transport")                                                                       \
	X(queue, QUEUED, "buffer on the m2m queue", queueing, queueing, PLAIN, "runner",     \
	  "buffer queueing")                                                                 \
	X(copy, RUN, "device_run starts", copies, copies, PLAIN, "runner", "copies")         \
	X(cv, COPY_DONE, "copy done", compute, compute, PLAIN, "runner", "compute")          \
	X(crc, CV_DONE, "ROI processed", integrity, integrity, PLAIN, "runner", "integrity") \
	X(publish, CRC_DONE, "CRC done", transport, transport, PLAIN, "runner", "transport") \
	X(complete, META, "metadata row written", transport, transport, PLAIN, "runner",     \
	  "transport")                                                                       \
	X(pickup, CAP_DONE, "CAPTURE buffer done", transport, switches, OF_READER, "reader", \
	  "queueing, switches")
#define LAST_POINT "CAPTURE DQBUF returns"

static const struct stage stages[] = {
#define X(stage, point, text, run, sleep, more, who, what)                                \
	{.name = #stage,                                                                  \
	 .charged_to = what,                                                              \
	 .carrier = who,                                                                  \
	 .running = COST_##run,                                                           \
	 .asleep = COST_##sleep,                                                          \
	 .in_queue = COST_##run == COST_queueing,                                         \
	 .may_dwell = STAGE_##more == STAGE_OF_SOURCE || STAGE_##more == STAGE_OF_READER, \
	 .counted = VPIPE_COUNTED_STAGES & 1U << VPIPE_STAGE_##stage,                     \
	 .extra = STAGE_##more},
	STAGES(X)
#undef X
};

static const struct point points[] = {
#define X(stage, point, what, ...) {.name = #point, .text = what},
	STAGES(X)
#undef X
		{.name = "CAP_DQBUF", .text = LAST_POINT},
};

/* A row that is forgotten, or at the wrong place, does not compile. */
enum {
#define X(stage, ...) ROW_##stage,
	STAGES(X)
#undef X
		N_ROWS,
};

_Static_assert((int)N_ROWS == (int)VPIPE_N_STAGES, "each stage of enum vpipe_stage has its row");
#define X(stage, point, ...)                                                 \
	_Static_assert((int)ROW_##stage == (int)VPIPE_STAGE_##stage &&       \
			       (int)ROW_##stage == (int)VPIPE_POINT_##point, \
		       #stage " is where the programs have it");
STAGES(X)
#undef X

const struct path vpipe_path = {
	.name = "vpipe",
	.n_stages = N_ROWS,
	.stages = stages,
	.points = points,
	.n_costs = N_COSTS,
	.costs = costs,
};

const struct trace_program vpipe_programs[] = {
	/* probes/vpipe.bpf.c */
	{"vpipe_submit", TRACE_ALWAYS},
	{"vpipe_runner", TRACE_ALWAYS},
	{"vpipe_job", TRACE_ALWAYS},
	{"vpipe_pickup", TRACE_ALWAYS},
	{"vpipe_streamoff", TRACE_ALWAYS},
	{"vpipe_close", TRACE_ALWAYS},
	{"vpipe_cqbuf", TRACE_FOR_COUNTERS},
	{"vpipe_crun", TRACE_FOR_COUNTERS},
	{"vpipe_ccopy", TRACE_FOR_COUNTERS},
	{"vpipe_ccv", TRACE_FOR_COUNTERS},
	{"vpipe_ccrc", TRACE_FOR_COUNTERS},
	{"vpipe_cmeta", TRACE_FOR_COUNTERS},
	/* probes/vb2.bpf.c */
	{"vpipe_srcdone", TRACE_FOR_SOURCE},
	{"vpipe_srcbuf", TRACE_FOR_SOURCE},
	{"vpipe_offer", TRACE_FOR_SOURCE},
	{"vpipe_srcask", TRACE_FOR_SOURCE},
	{"vpipe_srcdq", TRACE_FOR_SOURCE},
	/* probes/usdt.bpf.c */
	{"vpipe_copybeg", TRACE_FOR_COPIES},
	{"vpipe_copyend", TRACE_FOR_COPIES},
	{NULL, TRACE_ALWAYS},
};
