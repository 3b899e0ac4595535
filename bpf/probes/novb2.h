/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * novb2.h - the numbers of the points and stages of a device whose driver does without videobuf2, for its
 * probe and the loader
 */
#ifndef VPIPE_PROBES_NOVB2_H
#define VPIPE_PROBES_NOVB2_H

/* Stage N is the time from point N to point N + 1: loader/paths/novb2.c says what they are. */
enum novb2_stage {
	NOVB2_STAGE_write,
	NOVB2_STAGE_submit,
	NOVB2_STAGE_wake,
	NOVB2_STAGE_react,
	NOVB2_STAGE_pickup,
	NOVB2_STAGE_copy,
	NOVB2_N_STAGES,
};

enum novb2_point {
	NOVB2_POINT_WRITE, /* 0: it was queued, or it was not seen who wrote it */
	NOVB2_POINT_QBUF, /* 0: that was not seen; of write(), which copies until then, as READY */
	NOVB2_POINT_READY, /* 0: neither that nor a wakeup of the reader was seen */
	NOVB2_POINT_BACK,
	NOVB2_POINT_ENTER,
	NOVB2_POINT_TAKEN,
	NOVB2_POINT_COPIED, /* read(); 0: the application has the buffer itself */
	NOVB2_N_POINTS,
};

#endif /* VPIPE_PROBES_NOVB2_H */
