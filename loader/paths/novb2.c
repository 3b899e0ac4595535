// SPDX-License-Identifier: MIT
/*
 * novb2.c - the path of a device whose driver does without videobuf2, from who writes a frame to who reads
 * it: v4l2loopback. What only the driver's queues would tell is not in it.
 */
#include <linux/videodev2.h>
#include <stddef.h>

#include "bpf/probes/novb2.h"
#include "loader/paths/device.h"

#define STAGES(X)                                                                                  \
	X(write, WRITE, "write() enters", copies, copies, PLAIN, UNCOUNTED, "writer", "copies")    \
	X(submit, QBUF, "the writer's QBUF enters", transport, device, PLAIN, UNCOUNTED, "writer", \
	  "transport")                                                                             \
	X(wake, READY, "the writer wakes the reader, or is done", transport, switches, OF_READER,  \
	  UNCOUNTED, "reader", "queueing, switches")                                               \
	X(react, BACK, "reader knows of it", application, application, PLAIN, UNCOUNTED, "reader", \
	  "application")                                                                           \
	X(pickup, ENTER, "DQBUF or read() enters", transport, device, PLAIN, UNCOUNTED, "reader",  \
	  "transport")                                                                             \
	X(copy, TAKEN, "DQBUF returns", copies, copies, PLAIN, UNCOUNTED, "reader", "copies")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"COPIED", "read() returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)NOVB2_N_STAGES, "each stage of enum novb2_stage has its row");

#define X(stage, point, ...) CHECK_ROW(NOVB2, stage, point);
STAGES(X)
#undef X

static const struct path path = DEVICE_PATH("novb2");

const struct trace_program novb2_programs[] = {
	/* probes/novb2.bpf.c */
	{"vpipe_ncall", TRACE_ALWAYS},
	{"vpipe_nqueued", TRACE_ALWAYS},
	{"vpipe_nwrite", TRACE_ALWAYS},
	{"vpipe_nwrote", TRACE_ALWAYS},
	{"vpipe_nread", TRACE_ALWAYS},
	{"vpipe_nreadx", TRACE_ALWAYS},
	{"vpipe_ntaken", TRACE_ALWAYS},
	{"vpipe_npoll", TRACE_ALWAYS},
	{"vpipe_nclose", TRACE_ALWAYS},
	/* probes/v4l2.bpf.c */
	{"vpipe_epoll", TRACE_FOR_EPOLL},
	{NULL, TRACE_ALWAYS},
};

static bool is_novb2(const char *name, unsigned int caps)
{
	(void)name;
	return caps & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE |
		       V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE);
}

extern const struct kind novb2_kind;
const struct kind novb2_kind = {
	.path = &path,
	.programs = novb2_programs,
	.device = VPIPE_DEVICE_CAPTURE,
	.without_vb2 = true,
	.is = is_novb2,
	.find_nodes = device_find_nodes,
};
