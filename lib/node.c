// SPDX-License-Identifier: MIT
/* node.c - the controls of vpipe's node, see node.h */
#include <limits.h>
#include <stdio.h>

#include "lib/msg.h"
#include "lib/node.h"

#define WAY_OUT "load the vpipe module that belongs to these programs"

/*
 * A new file's CRC control is on. So a module without that control does what is asked
 * for, unless that is to leave the CRC out. Returns 1 if it can be set, 0 if not, or -errno.
 */
static int has_crc(const struct vdev *dev, bool no_crc)
{
	int has = vdev_has_control(dev, VPIPE_CID_CRC);

	if (!has && no_crc)
		msg_warning("the driver of %s cannot leave the CRC out (no control 0x%08x): it "
			    "is computed all the same; " WAY_OUT,
			    dev->path, VPIPE_CID_CRC);
	return has;
}

int node_can_flush(const struct vdev *dev, unsigned int cache, struct node_excuse *excuse)
{
	int has = vdev_has_control(dev, VPIPE_CID_CACHE);

	if (!has) {
		snprintf(excuse->why, sizeof(excuse->why), "no control 0x%08x", VPIPE_CID_CACHE);
		excuse->way_out = "; " WAY_OUT;
		return 0;
	}
	if (has > 0)
		has = vdev_has_item(dev, VPIPE_CID_CACHE, cache);
	if (!has) {
		snprintf(excuse->why, sizeof(excuse->why), "it knows no way on this machine");
		excuse->way_out = "";
	}
	return has;
}

/* The same of the control of caches, which leaves them alone in a new file. */
static int has_cache(const struct vdev *dev, unsigned int cache)
{
	struct node_excuse excuse;
	int can;

	if (cache == VPIPE_CACHE_AS_IS)
		return vdev_has_control(dev, VPIPE_CID_CACHE);
	can = node_can_flush(dev, cache, &excuse);
	if (!can)
		msg_warning("the driver of %s cannot flush caches (%s): they are left as they "
			    "are%s",
			    dev->path, excuse.why, excuse.way_out);
	return can;
}

/* What every module has comes first. */
enum { FIXED = 6, ADDED = 2 };

int node_set_cv(const struct vdev *dev, const struct node_cv *cv)
{
	struct v4l2_ext_control controls[FIXED + ADDED] = {
		{.id = VPIPE_CID_ALGO, .value = (int32_t)cv->algo},
		{.id = VPIPE_CID_ROI_LEFT, .value = (int32_t)cv->roi[0]},
		{.id = VPIPE_CID_ROI_TOP, .value = (int32_t)cv->roi[1]},
		{.id = VPIPE_CID_ROI_WIDTH, .value = (int32_t)cv->roi[2]},
		{.id = VPIPE_CID_ROI_HEIGHT, .value = (int32_t)cv->roi[3]},
		{.id = VPIPE_CID_THRESHOLD, .value = (int32_t)cv->threshold},
	};
	unsigned int count = FIXED;
	int has = has_crc(dev, cv->no_crc);

	if (has > 0)
		controls[count++] =
			(struct v4l2_ext_control){.id = VPIPE_CID_CRC, .value = !cv->no_crc};
	if (has >= 0)
		has = has_cache(dev, cv->cache);
	if (has > 0)
		controls[count++] = (struct v4l2_ext_control){.id = VPIPE_CID_CACHE,
							      .value = (int32_t)cv->cache};
	return has < 0 ? has : vdev_set_controls(dev, controls, count);
}

/* 1 if the last bit can be set, 0 if not, which is said, or -errno. */
static int has_bit_31(const struct vdev *dev, struct node_sequence *now)
{
	int has = vdev_has_control(dev, VPIPE_CID_SRC_SEQUENCE_BIT_31);

	if (has)
		return has;
	now->low_only = true;
	msg_warning("the driver of %s takes 31 bits of a sequence (no control 0x%08x), and the "
		    "source has counted on: src_v4l2_sequence is without the highest; " WAY_OUT,
		    dev->path, VPIPE_CID_SRC_SEQUENCE_BIT_31);
	return 0;
}

int node_set_sequence(const struct vdev *dev, struct node_sequence *now, uint32_t sequence)
{
	struct v4l2_ext_control controls[] = {
		{.id = VPIPE_CID_SRC_SEQUENCE, .value = (int32_t)(sequence & INT_MAX)},
		{.id = VPIPE_CID_SRC_SEQUENCE_BIT_31, .value = (int32_t)(sequence >> 31)},
	};
	int both = !now->low_only && (sequence ^ now->value) >> 31;
	int err;

	if (both)
		both = has_bit_31(dev, now);
	if (both < 0)
		return both;
	if (now->low_only)
		sequence &= INT_MAX;
	if (now->set && now->value == sequence)
		return 0;
	err = vdev_set_controls(dev, controls, both ? 2 : 1);
	if (err)
		return err;
	now->set = true;
	now->value = sequence;
	return 0;
}
