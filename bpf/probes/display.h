/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * display.h - the numbers of the points and stages of a display, for its probe and the loader
 */
#ifndef VPIPE_PROBES_DISPLAY_H
#define VPIPE_PROBES_DISPLAY_H

/* Stage N is the time from point N to point N + 1: loader/paths/display.c says what they are. */
enum display_stage {
	DISPLAY_STAGE_commit,
	DISPLAY_STAGE_flip,
	DISPLAY_N_STAGES,
};

enum display_point {
	DISPLAY_POINT_COMMIT,
	DISPLAY_POINT_HANDED,
	DISPLAY_POINT_SHOWN,
	DISPLAY_N_POINTS,
};

#endif /* VPIPE_PROBES_DISPLAY_H */
