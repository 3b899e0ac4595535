// SPDX-License-Identifier: MIT
/* m2m.c - the path of a mem2mem device, of any driver: a scaler, an encoder, a decoder */
#include <linux/videodev2.h>
#include <stddef.h>

#include "bpf/probes/m2m.h"
#include "loader/paths/device.h"

#define STAGES(X)                                                                                \
	X(submit, QBUF, "OUTPUT QBUF enters", transport, queue_lock, PLAIN, UNCOUNTED,           \
	  "application", "transport")                                                            \
	X(queue, GIVEN, "driver has the OUTPUT buffer", queueing, queueing, OF_QUEUE, UNCOUNTED, \
	  "runner", "buffer queueing")                                                           \
	X(job, RUN, "device_run starts", device, device, PLAIN, UNCOUNTED, "driver", "device")   \
	READER_STAGES(X)

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"TAKEN", "CAPTURE DQBUF returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)M2M_N_STAGES, "each stage of enum m2m_stage has its row");

#define X(stage, point, ...) CHECK_ROW(M2M, stage, point);
STAGES(X)
#undef X

static const struct path path = DEVICE_PATH("m2m");

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
	.takes = true,
	.gives = true,
	.is = is_m2m,
	.find_nodes = device_find_nodes,
};
