// SPDX-License-Identifier: MIT
/* vpipe.c - see vpipe.h */
#include <stddef.h>

#include "bpf/probes/vpipe.h"
#include "loader/paths/table.h"
#include "loader/paths/vpipe.h"

#define STAGES(X)                                                                                  \
	X(source, SRC_DONE, "source buffer done (vb2)", transport, switches, OF_SOURCE, UNCOUNTED, \
	  "reader of the source", "context switches")                                              \
	X(handoff, SRC_DQBUF, "source DQBUF returns", application, application, WITH_COPY,         \
	  UNCOUNTED, "application", "application")                                                 \
	X(submit, QBUF, "OUTPUT QBUF enters", transport, transport, PLAIN, COUNTED, "application", \
	  "transport")                                                                             \
	X(queue, QUEUED, "buffer on the m2m queue", queueing, queueing, PLAIN, UNCOUNTED,          \
	  "runner", "buffer queueing")                                                             \
	X(copy, RUN, "device_run starts", copies, copies, PLAIN, COUNTED, "runner", "copies")      \
	X(cv, COPY_DONE, "copy done", compute, compute, PLAIN, COUNTED, "runner", "compute")       \
	X(crc, CV_DONE, "ROI processed", integrity, integrity, PLAIN, COUNTED, "runner",           \
	  "integrity")                                                                             \
	X(publish, CRC_DONE, "CRC done", transport, transport, PLAIN, COUNTED, "runner",           \
	  "transport")                                                                             \
	X(complete, META, "metadata row written", transport, transport, PLAIN, COUNTED, "runner",  \
	  "transport")                                                                             \
	X(pickup, CAP_DONE, "CAPTURE buffer done", transport, switches, OF_READER, UNCOUNTED,      \
	  "reader", "queueing, switches")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"CAP_DQBUF", "CAPTURE DQBUF returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)VPIPE_N_STAGES, "each stage of enum vpipe_stage has its row");

#define X(stage, point, text, run, sleep, more, is_counted, ...)                           \
	CHECK_ROW(VPIPE, stage, point);                                                    \
	_Static_assert(is_counted == !!(VPIPE_COUNTED_STAGES & 1U << VPIPE_STAGE_##stage), \
		       #stage " is counted as the programs do");
STAGES(X)
#undef X

const struct path vpipe_path = {
	.name = "vpipe",
	.n_stages = N_ROWS,
	.stages = stages,
	.points = points,
	.n_costs =
		COST_unattributed + 1, /* those that there were when it had no others beside it */
	.costs = costs,
	.charges = (1U << (COST_unattributed + 1)) - 1,
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
