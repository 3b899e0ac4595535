// SPDX-License-Identifier: MIT
/* node.c - the controls of vpipe's node, see node.h */
#include <limits.h>

#include "user/lib/node.h"

int node_set_cv(const struct vdev *dev, const struct node_cv *cv)
{
	struct v4l2_ext_control controls[] = {
		{.id = VPIPE_CID_ALGO, .value = (int32_t)cv->algo},
		{.id = VPIPE_CID_ROI_LEFT, .value = (int32_t)cv->roi[0]},
		{.id = VPIPE_CID_ROI_TOP, .value = (int32_t)cv->roi[1]},
		{.id = VPIPE_CID_ROI_WIDTH, .value = (int32_t)cv->roi[2]},
		{.id = VPIPE_CID_ROI_HEIGHT, .value = (int32_t)cv->roi[3]},
		{.id = VPIPE_CID_THRESHOLD, .value = (int32_t)cv->threshold},
		{.id = VPIPE_CID_CRC, .value = !cv->no_crc},
	};

	return vdev_set_controls(dev, controls, sizeof(controls) / sizeof(controls[0]));
}

int node_set_sequence(const struct vdev *dev, struct node_sequence *now, uint32_t sequence)
{
	struct v4l2_ext_control control = {
		.id = VPIPE_CID_SRC_SEQUENCE,
		.value = (int32_t)(sequence & INT_MAX),
	};
	int err;

	if (now->set && now->value == control.value)
		return 0;
	err = vdev_set_controls(dev, &control, 1);
	now->set = !err;
	now->value = control.value;
	return err;
}
