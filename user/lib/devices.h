/* SPDX-License-Identifier: MIT */
/*
 * devices.h - finding V4L2 nodes by what sysfs calls them
 */
#ifndef VPIPE_DEVICES_H
#define VPIPE_DEVICES_H

#include <stddef.h>

/**
 * Find the first video node (lowest number) whose sysfs name
 * (/sys/class/video4linux/videoN/name) starts with @prefix, e.g. "vivid" or
 * "vpipe", and that has all the V4L2 capabilities @caps (V4L2_CAP_*, 0: any).
 * Its path goes to @path. Returns 0, -ENODEV if there is none, or -errno.
 */
int device_find(const char *prefix, unsigned int caps, char *path, size_t size);

#endif /* VPIPE_DEVICES_H */
