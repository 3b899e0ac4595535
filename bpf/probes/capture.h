/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * capture.h - the numbers of the points and stages of a capture device, for its probe and the loader
 */
#ifndef VPIPE_PROBES_CAPTURE_H
#define VPIPE_PROBES_CAPTURE_H

/* Stage N is the time from point N to point N + 1: loader/paths/capture.c says what they are. */
enum capture_stage {
	CAPTURE_STAGE_transfer,
	CAPTURE_STAGE_wake,
	CAPTURE_STAGE_react,
	CAPTURE_STAGE_lock,
	CAPTURE_STAGE_pickup,
	CAPTURE_STAGE_copy,
	CAPTURE_N_STAGES,
};

enum capture_point {
	CAPTURE_POINT_STAMPED, /* 0: the timestamp is not of the start of exposure */
	CAPTURE_POINT_DONE,
	CAPTURE_POINT_BACK,
	CAPTURE_POINT_ENTER,
	CAPTURE_POINT_LOCKED,
	CAPTURE_POINT_TAKEN,
	CAPTURE_POINT_COPIED, /* read(); 0: the application has the buffer itself */
	CAPTURE_N_POINTS,
};

#endif /* VPIPE_PROBES_CAPTURE_H */
