// SPDX-License-Identifier: MIT
/* capture.c - the path of a capture device, of any driver that uses videobuf2 */
#include <linux/videodev2.h>
#include <stddef.h>
#include <string.h>

#include "bpf/probes/capture.h"
#include "loader/paths/kind.h"
#include "loader/paths/table.h"

#define STAGES(X)                                                                                  \
	X(transfer, STAMPED, "start of exposure (timestamp)", device, device, OF_DEVICE,           \
	  UNCOUNTED, "driver", "device")                                                           \
	X(wake, DONE, "buffer done (vb2)", transport, switches, OF_READER, UNCOUNTED, "reader",    \
	  "queueing, switches")                                                                    \
	X(react, BACK, "reader knows of it", application, application, PLAIN, UNCOUNTED, "reader", \
	  "application")                                                                           \
	X(lock, ENTER, "DQBUF enters", transport, lock, PLAIN, UNCOUNTED, "reader", "queue lock")  \
	X(pickup, LOCKED, "DQBUF has the queue's lock", transport, lock, PLAIN, UNCOUNTED,         \
	  "reader", "transport")                                                                   \
	X(copy, TAKEN, "DQBUF returns", copies, copies, PLAIN, UNCOUNTED, "reader", "copies")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"COPIED", "read() has copied it"}};

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
	.charges = CHARGES_OF_ALL STAGES(CHARGE_ROW),
	.cycles = true,
};

/* probes/v4l2.bpf.c */
static const struct trace_program programs[] = {
	{"vpipe_given", TRACE_ALWAYS},	{"vpipe_done", TRACE_ALWAYS},
	{"vpipe_uvc", TRACE_FOR_UVC},	{"vpipe_ioctl", TRACE_ALWAYS},
	{"vpipe_read", TRACE_ALWAYS},	{"vpipe_poll", TRACE_ALWAYS},
	{"vpipe_locked", TRACE_ALWAYS}, {"vpipe_reads", TRACE_ALWAYS},
	{"vpipe_taken", TRACE_ALWAYS},	{"vpipe_stop", TRACE_ALWAYS},
	{"vpipe_end", TRACE_ALWAYS},	{NULL, TRACE_ALWAYS},
};

static int find_nodes(const struct request *request, struct nodes *nodes)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < request->n_devices; i++)
		err = node_find(request->devices[i], NULL, V4L2_CAP_VIDEO_CAPTURE,
				V4L2_CAP_VIDEO_CAPTURE_MPLANE, nodes->devices[i]);
	if (err)
		return err;
	nodes->n_devices = request->n_devices;
	memcpy(nodes->vpipe, nodes->devices[0], sizeof(nodes->vpipe));
	return 0;
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
