// SPDX-License-Identifier: MIT
/* capture.c - the path of a capture device, of any driver that uses videobuf2 */
#include <linux/videodev2.h>
#include <stddef.h>

#include "bpf/probes/capture.h"
#include "loader/paths/device.h"

#define STAGES(X)                                                                        \
	X(transfer, STAMPED, "start of exposure (timestamp)", device, device, OF_DEVICE, \
	  UNCOUNTED, "driver", "device")                                                 \
	READER_STAGES(X)                                                                 \
	X(copy, TAKEN, "DQBUF returns", copies, copies, PLAIN, UNCOUNTED, "reader", "copies")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"COPIED", "read() has copied it"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)CAPTURE_N_STAGES,
	       "each stage of enum capture_stage has its row");

#define X(stage, point, ...) CHECK_ROW(CAPTURE, stage, point);
STAGES(X)
#undef X

static const struct path path = DEVICE_PATH("capture");

static bool is_capture(const char *name, unsigned int caps)
{
	(void)name;
	return caps &
	       (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE | V4L2_CAP_META_CAPTURE);
}

extern const struct kind capture_kind;
const struct kind capture_kind = {
	.path = &path,
	.programs = device_programs,
	.device = VPIPE_DEVICE_CAPTURE,
	.gives = true,
	.is = is_capture,
	.find_nodes = device_find_nodes,
};
