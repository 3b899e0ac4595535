/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * output.h - the numbers of the points and stages of an output device, for its probe and the loader
 */
#ifndef VPIPE_PROBES_OUTPUT_H
#define VPIPE_PROBES_OUTPUT_H

/* Stage N is the time from point N to point N + 1: loader/paths/output.c says what they are. */
enum output_stage {
	OUTPUT_STAGE_submit,
	OUTPUT_STAGE_wait,
	OUTPUT_STAGE_show,
	OUTPUT_STAGE_wake,
	OUTPUT_STAGE_react,
	OUTPUT_STAGE_lock,
	OUTPUT_STAGE_pickup,
	OUTPUT_N_STAGES,
};

enum output_point {
	OUTPUT_POINT_QBUF, /* 0: STREAMON has given the buffer */
	OUTPUT_POINT_GIVEN,
	OUTPUT_POINT_SHOW,
	OUTPUT_POINT_DONE,
	OUTPUT_POINT_BACK,
	OUTPUT_POINT_ENTER,
	OUTPUT_POINT_LOCKED,
	OUTPUT_POINT_TAKEN,
	OUTPUT_N_POINTS,
};

#endif /* VPIPE_PROBES_OUTPUT_H */
