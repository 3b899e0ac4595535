// SPDX-License-Identifier: MIT
/* m2m.c - the path of a mem2mem device, of any driver: a scaler, an encoder, a decoder */
#include <linux/videodev2.h>
#include <stddef.h>

#include "bpf/probes/m2m.h"
#include "loader/paths/device.h"
#include "loader/paths/table.h"

#define STAGES(X)                                                                                  \
	X(submit, QBUF, "OUTPUT QBUF enters", transport, queue_lock, PLAIN, UNCOUNTED,             \
	  "application", "transport")                                                              \
	X(queue, GIVEN, "driver has the OUTPUT buffer", queueing, queueing, OF_QUEUE, UNCOUNTED,   \
	  "runner", "buffer queueing")                                                             \
	X(job, RUN, "device_run starts", device, device, PLAIN, UNCOUNTED, "driver", "device")     \
	X(wake, DONE, "CAPTURE buffer done (vb2)", transport, switches, OF_READER, UNCOUNTED,      \
	  "reader", "queueing, switches")                                                          \
	X(react, BACK, "reader knows of it", application, application, PLAIN, UNCOUNTED, "reader", \
	  "application")                                                                           \
	X(lock, ENTER, "CAPTURE DQBUF enters", transport, queue_lock, PLAIN, UNCOUNTED, "reader",  \
	  "queue lock")                                                                            \
	X(pickup, LOCKED, "DQBUF has the queue's lock", transport, queue_lock, PLAIN, UNCOUNTED,   \
	  "reader", "transport")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"TAKEN", "CAPTURE DQBUF returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)M2M_N_STAGES, "each stage of enum m2m_stage has its row");

#define X(stage, point, ...) CHECK_ROW(M2M, stage, point);
STAGES(X)
#undef X

static const struct path path = {
	.name = "m2m",
	.n_stages = N_ROWS,
	.stages = stages,
	.points = points,
	.n_costs = N_COSTS,
	.costs = costs,
	.charges = CHARGES_OF_ALL STAGES(CHARGE_ROW),
	.cycles = true,
};

static bool is_m2m(const char *name, unsigned int caps)
{
	(void)name;
	return caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE);
}

extern const struct kind m2m_kind;
const struct kind m2m_kind = {
	.path = &path,
	.programs = device_programs,
	.device = VPIPE_DEVICE_M2M,
	.is = is_m2m,
	.find_nodes = device_find_nodes,
};
