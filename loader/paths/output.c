// SPDX-License-Identifier: MIT
/* output.c - the path of an output device, of any driver: from QBUF until its buffer comes back */
#include <linux/videodev2.h>
#include <stddef.h>

#include "bpf/probes/output.h"
#include "loader/paths/device.h"

#define STAGES(X)                                                                                 \
	X(submit, QBUF, "QBUF enters", transport, queue_lock, PLAIN, UNCOUNTED, "application",    \
	  "transport")                                                                            \
	X(wait, GIVEN, "driver has the buffer", queueing, queueing, PLAIN, UNCOUNTED, "driver",   \
	  "buffer queueing")                                                                      \
	X(show, SHOW, "the buffer before it is done", device, device, PLAIN, UNCOUNTED, "driver", \
	  "device")                                                                               \
	READER_STAGES(X)

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"TAKEN", "DQBUF returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)OUTPUT_N_STAGES, "each stage of enum output_stage has its row");

#define X(stage, point, ...) CHECK_ROW(OUTPUT, stage, point);
STAGES(X)
#undef X

static const struct path path = DEVICE_PATH("output");

static bool is_output(const char *name, unsigned int caps)
{
	(void)name;
	return caps & (V4L2_CAP_VIDEO_OUTPUT | V4L2_CAP_VIDEO_OUTPUT_MPLANE | V4L2_CAP_META_OUTPUT);
}

extern const struct kind output_kind;
const struct kind output_kind = {
	.path = &path,
	.programs = device_programs,
	.device = VPIPE_DEVICE_OUTPUT,
	.takes = true,
	.is = is_output,
	.find_nodes = device_find_nodes,
};
