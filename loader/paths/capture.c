// SPDX-License-Identifier: MIT
/* capture.c - the path of a capture device, of any driver that uses videobuf2 */
#include <linux/videodev2.h>
#include <stddef.h>

#include "bpf/probes/capture.h"
#include "loader/paths/kind.h"
#include "loader/paths/table.h"

#define STAGES(X)                                                                               \
	X(wake, DONE, "buffer done (vb2)", transport, switches, OF_READER, UNCOUNTED, "reader", \
	  "queueing, switches")                                                                 \
	X(react, BACK, "reader runs, and may ask", application, application, PLAIN, UNCOUNTED,  \
	  "reader", "application")                                                              \
	X(pickup, ENTER, "DQBUF has the queue's lock", transport, switches, PLAIN, UNCOUNTED,   \
	  "reader", "transport")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"TAKEN", "DQBUF returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)CAPTURE_N_STAGES,
	       "each stage of enum capture_stage has its row");

#define X(stage, point, ...) CHECK_ROW(CAPTURE, stage, point);
STAGES(X)
#undef X

static const struct path path = {
	.name = "capture",
	.n_stages = N_ROWS,
	.stages = stages,
	.points = points,
	.n_costs = N_COSTS,
	.costs = costs,
};

static const struct trace_program programs[] = {
	{"vpipe_capgiven", TRACE_ALWAYS},
	{"vpipe_capdone", TRACE_ALWAYS},
	{"vpipe_cappoll", TRACE_ALWAYS},
	{"vpipe_capenter", TRACE_ALWAYS},
	{"vpipe_captake", TRACE_ALWAYS},
	{"vpipe_captaken", TRACE_ALWAYS},
	{NULL, TRACE_ALWAYS},
};

static int find_nodes(const struct request *request, struct nodes *nodes)
{
	return node_find(request->vpipe ?: "vivid", NULL, V4L2_CAP_VIDEO_CAPTURE,
			 V4L2_CAP_VIDEO_CAPTURE_MPLANE, nodes->vpipe);
}

static bool is_capture(const char *name, unsigned int caps)
{
	(void)name;
	return caps & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE);
}

extern const struct kind capture_kind;
const struct kind capture_kind = {
	.path = &path,
	.programs = programs,
	.is = is_capture,
	.find_nodes = find_nodes,
};
