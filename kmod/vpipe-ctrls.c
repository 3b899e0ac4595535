// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe-ctrls.c - the controls: vpipe.h says what they mean
 */
#include <linux/bitops.h>
#include <media/v4l2-ctrls.h>

#include "vpipe-cache.h"
#include "vpipe-ctrls.h"
#include "vpipe.h"

static const char *const vpipe_algo_names[] = {
	[VPIPE_ALGO_NONE] = "none",
	[VPIPE_ALGO_THRESHOLD] = "threshold",
	NULL,
};

static const char *const vpipe_cache_names[] = {
	[VPIPE_CACHE_AS_IS] = "as-is",
	[VPIPE_CACHE_SOURCE] = "source",
	[VPIPE_CACHE_BOTH] = "both",
	NULL,
};

#define INT_CTRL(cid, label, high, initial)                                                  \
	{                                                                                    \
		.id = (cid), .name = (label), .type = V4L2_CTRL_TYPE_INTEGER, .max = (high), \
		.step = 1, .def = (initial)                                                  \
	}

/* in the order of their indices */
static const struct v4l2_ctrl_config vpipe_ctrl_configs[N_CTRLS] = {
	INT_CTRL(VPIPE_CID_SRC_SEQUENCE, "Source V4L2 Sequence", INT_MAX, 0),
	{
		.id = VPIPE_CID_ALGO,
		.name = "Algorithm",
		.type = V4L2_CTRL_TYPE_MENU,
		.max = VPIPE_ALGO_THRESHOLD,
		.def = VPIPE_ALGO_NONE,
		.qmenu = vpipe_algo_names,
	},
	INT_CTRL(VPIPE_CID_ROI_LEFT, "ROI Left", VPIPE_MAX_SIZE, 0),
	INT_CTRL(VPIPE_CID_ROI_TOP, "ROI Top", VPIPE_MAX_SIZE, 0),
	INT_CTRL(VPIPE_CID_ROI_WIDTH, "ROI Width", VPIPE_MAX_SIZE, VPIPE_DEFAULT_WIDTH),
	INT_CTRL(VPIPE_CID_ROI_HEIGHT, "ROI Height", VPIPE_MAX_SIZE, VPIPE_DEFAULT_HEIGHT),
	INT_CTRL(VPIPE_CID_THRESHOLD, "Threshold", 255, 127),
	{
		.id = VPIPE_CID_CRC,
		.name = "CRC",
		.type = V4L2_CTRL_TYPE_BOOLEAN,
		.max = 1,
		.step = 1,
		.def = 1,
	},
	{
		.id = VPIPE_CID_CACHE,
		.name = "Cache",
		.type = V4L2_CTRL_TYPE_MENU,
		.max = VPIPE_CACHE_BOTH,
		.def = VPIPE_CACHE_AS_IS,
		.qmenu = vpipe_cache_names,
	},
	{
		.id = VPIPE_CID_SRC_SEQUENCE_BIT_31,
		.name = "Source V4L2 Sequence Bit 31",
		.type = V4L2_CTRL_TYPE_BOOLEAN,
		.max = 1,
		.step = 1,
	},
};

/**
 * vpipe_ctrls_init() - make the controls, each with its default
 * @ctrls: of a file that is being opened
 *
 * Return: 0 or a negative error code, with nothing to free.
 */
int vpipe_ctrls_init(struct vpipe_ctrls *ctrls)
{
	struct v4l2_ctrl_handler *handler = &ctrls->handler;
	int i;

	v4l2_ctrl_handler_init(handler, N_CTRLS);
	for (i = 0; i < N_CTRLS; i++)
		ctrls->cluster[i] = v4l2_ctrl_new_custom(handler, &vpipe_ctrl_configs[i], NULL);
	if (handler->error) {
		int ret = handler->error;

		vpipe_ctrls_free(ctrls);
		return ret;
	}
	if (!vpipe_cache_can_flush())
		ctrls->cluster[CTRL_CACHE]->menu_skip_mask =
			BIT(VPIPE_CACHE_SOURCE) | BIT(VPIPE_CACHE_BOTH);
	v4l2_ctrl_cluster(N_CTRLS, ctrls->cluster);
	return 0;
}

/**
 * vpipe_ctrls_free() - free what vpipe_ctrls_init() made
 * @ctrls: used by nobody any more
 */
void vpipe_ctrls_free(struct vpipe_ctrls *ctrls)
{
	v4l2_ctrl_handler_free(&ctrls->handler);
}

/**
 * vpipe_ctrls_snapshot() - the controls as they stand now, all of the same moment
 * @ctrls: may be set by another thread meanwhile
 * @params: where they go
 *
 * Takes the control handler's lock.
 */
void vpipe_ctrls_snapshot(struct vpipe_ctrls *ctrls, struct vpipe_params *params)
{
	struct v4l2_ctrl **cluster = ctrls->cluster;

	v4l2_ctrl_lock(cluster[0]);
	params->src_seq = cluster[CTRL_SRC_SEQUENCE]->cur.val |
			  (u32)cluster[CTRL_SRC_SEQUENCE_BIT_31]->cur.val << 31;
	params->algo = cluster[CTRL_ALGO]->cur.val;
	params->roi.left = cluster[CTRL_ROI_LEFT]->cur.val;
	params->roi.top = cluster[CTRL_ROI_TOP]->cur.val;
	params->roi.width = cluster[CTRL_ROI_WIDTH]->cur.val;
	params->roi.height = cluster[CTRL_ROI_HEIGHT]->cur.val;
	params->threshold = cluster[CTRL_THRESHOLD]->cur.val;
	params->crc = cluster[CTRL_CRC]->cur.val;
	params->cache = cluster[CTRL_CACHE]->cur.val;
	v4l2_ctrl_unlock(cluster[0]);
}
