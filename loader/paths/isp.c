// SPDX-License-Identifier: MIT
/* isp.c - the path of an image signal processor whose input and outputs are nodes of their own */
#include <stddef.h>

#include "bpf/probes/capture.h"
#include "bpf/probes/output.h"
#include "loader/paths/device.h"

#define STAGES(X)                                                                                \
	X(submit, QBUF, "OUTPUT QBUF enters", transport, queue_lock, PLAIN, UNCOUNTED,           \
	  "application", "transport")                                                            \
	X(queue, GIVEN, "driver has the OUTPUT buffer", queueing, queueing, OF_QUEUE, UNCOUNTED, \
	  "driver", "buffer queueing")                                                           \
	X(job, READY, "the job before it is done, there is a CAPTURE buffer", device, device,    \
	  OF_JOB, UNCOUNTED, "driver", "device")                                                 \
	READER_STAGES(X)

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"TAKEN", "CAPTURE DQBUF returns"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)ROW_wake == (int)OUTPUT_STAGE_wake &&
		       N_ROWS - ROW_wake == (int)CAPTURE_STAGE_copy - (int)CAPTURE_STAGE_wake,
	       "it is put together from the stages of two nodes (loader/model/isp.h)");

static const struct path path = DEVICE_PATH("isp");

const struct kind isp_kind = {
	.path = &path,
	.programs = device_programs,
	.device = VPIPE_DEVICE_CAPTURE,
	.takes = true,
	.gives = true,
};
