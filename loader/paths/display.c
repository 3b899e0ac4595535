// SPDX-License-Identifier: MIT
/* display.c - the path of a display: from the commit of a framebuffer until it is shown */
#include <stddef.h>

#include "bpf/probes/display.h"
#include "loader/paths/device.h"

#define STAGES(X)                                                                                \
	X(commit, COMMIT, "commit enters", transport, queueing, PLAIN, UNCOUNTED, "application", \
	  "transport, queueing")                                                                 \
	X(flip, HANDED, "it is the card's", device, device, PLAIN, UNCOUNTED, "driver", "device")

static const struct stage stages[] = {STAGES(STAGE_ROW)};

static const struct point points[] = {STAGES(POINT_ROW){"SHOWN", "vblank event"}};

enum { STAGES(NUMBER_ROW) N_ROWS };

_Static_assert((int)N_ROWS == (int)DISPLAY_N_STAGES,
	       "each stage of enum display_stage has its row");

#define X(stage, point, ...) CHECK_ROW(DISPLAY, stage, point);
STAGES(X)
#undef X

static const struct path path = DEVICE_PATH("display");

extern const struct kind display_kind;
const struct kind display_kind = {
	.path = &path,
	.programs = device_programs,
	.device = VPIPE_DEVICE_DISPLAY,
	.takes = true,
	.is = NULL, /* of no video node: a card is known by its number */
	.find_nodes = device_find_nodes,
};
