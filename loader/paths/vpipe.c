// SPDX-License-Identifier: MIT
/* vpipe.c - see vpipe.h */
#include "loader/paths/vpipe.h"

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
