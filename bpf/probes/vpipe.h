/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe.h - the numbers of the points and stages of our node, for its probe and the loader
 */
#ifndef VPIPE_PROBES_VPIPE_H
#define VPIPE_PROBES_VPIPE_H

/* Stage N is the time from point N to point N + 1: loader/paths/vpipe.c says what they are. */
enum vpipe_stage {
	VPIPE_STAGE_source,
	VPIPE_STAGE_handoff,
	VPIPE_STAGE_submit,
	VPIPE_STAGE_queue,
	VPIPE_STAGE_copy,
	VPIPE_STAGE_cv,
	VPIPE_STAGE_crc,
	VPIPE_STAGE_publish,
	VPIPE_STAGE_complete,
	VPIPE_STAGE_pickup,
	VPIPE_N_STAGES,
};

enum vpipe_point {
	VPIPE_POINT_SRC_DONE,
	VPIPE_POINT_SRC_DQBUF,
	VPIPE_POINT_QBUF,
	VPIPE_POINT_QUEUED,
	VPIPE_POINT_RUN,
	VPIPE_POINT_COPY_DONE,
	VPIPE_POINT_CV_DONE,
	VPIPE_POINT_CRC_DONE,
	VPIPE_POINT_META,
	VPIPE_POINT_CAP_DONE,
	VPIPE_POINT_CAP_DQBUF,
	VPIPE_N_POINTS,
};

/* Those in which counters are read: one thread carries the frame from point to point. */
#define VPIPE_COUNTED_STAGES                                                        \
	(1U << VPIPE_STAGE_submit | 1U << VPIPE_STAGE_copy | 1U << VPIPE_STAGE_cv | \
	 1U << VPIPE_STAGE_crc | 1U << VPIPE_STAGE_publish | 1U << VPIPE_STAGE_complete)

#endif /* VPIPE_PROBES_VPIPE_H */
