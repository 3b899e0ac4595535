/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-ctrls.h - the controls of an open file, and a snapshot of them
 */
#ifndef VPIPE_CTRLS_H
#define VPIPE_CTRLS_H

#include <media/v4l2-ctrls.h>

#include "vpipe-cv.h"

/* Members of the cluster; the first one is its master. */
enum {
	CTRL_SRC_SEQUENCE,
	CTRL_ALGO,
	CTRL_ROI_LEFT,
	CTRL_ROI_TOP,
	CTRL_ROI_WIDTH,
	CTRL_ROI_HEIGHT,
	CTRL_THRESHOLD,
	CTRL_CRC,
	CTRL_CACHE,
	CTRL_SRC_SEQUENCE_BIT_31,
	N_CTRLS,
};

/**
 * struct vpipe_params - the controls as they stood when a buffer was queued
 * @src_seq: VPIPE_CID_SRC_SEQUENCE, and VPIPE_CID_SRC_SEQUENCE_BIT_31
 * @algo: enum vpipe_algo
 * @threshold: VPIPE_CID_THRESHOLD
 * @crc: VPIPE_CID_CRC
 * @cache: enum vpipe_cache
 * @roi: not clamped yet
 */
struct vpipe_params {
	u32 src_seq;
	u32 algo;
	u8 threshold;
	bool crc;
	u8 cache;
	struct vpipe_rect roi;
};

/**
 * struct vpipe_ctrls - the controls of an open file
 * @handler: of @cluster
 * @cluster: one cluster, so that they are set and read as a whole
 */
struct vpipe_ctrls {
	struct v4l2_ctrl_handler handler;
	struct v4l2_ctrl *cluster[N_CTRLS];
};

int vpipe_ctrls_init(struct vpipe_ctrls *ctrls);
void vpipe_ctrls_free(struct vpipe_ctrls *ctrls);
void vpipe_ctrls_snapshot(struct vpipe_ctrls *ctrls, struct vpipe_params *params);

#endif /* VPIPE_CTRLS_H */
