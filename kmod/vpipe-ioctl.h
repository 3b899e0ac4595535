/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-ioctl.h - the ioctls of the video node
 */
#ifndef VPIPE_IOCTL_H
#define VPIPE_IOCTL_H

#include <media/v4l2-ioctl.h>

extern const struct v4l2_ioctl_ops vpipe_ioctl_ops;

#endif /* VPIPE_IOCTL_H */
