/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * m2m.h - the numbers of the points and stages of a mem2mem device, for its probe and the loader
 */
#ifndef VPIPE_PROBES_M2M_H
#define VPIPE_PROBES_M2M_H

/* Stage N is the time from point N to point N + 1: loader/paths/m2m.c says what they are. */
enum m2m_stage {
	M2M_STAGE_submit,
	M2M_STAGE_queue,
	M2M_STAGE_job,
	M2M_STAGE_wake,
	M2M_STAGE_react,
	M2M_STAGE_lock,
	M2M_STAGE_pickup,
	M2M_N_STAGES,
};

enum m2m_point {
	M2M_POINT_QBUF, /* 0: STREAMON has given the buffer, QBUF was earlier */
	M2M_POINT_GIVEN,
	M2M_POINT_RUN, /* 0, and those before it: which job it was is not known */
	M2M_POINT_DONE,
	M2M_POINT_BACK,
	M2M_POINT_ENTER,
	M2M_POINT_LOCKED,
	M2M_POINT_TAKEN,
	M2M_N_POINTS,
};

#endif /* VPIPE_PROBES_M2M_H */
