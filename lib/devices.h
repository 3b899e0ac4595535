/* SPDX-License-Identifier: MIT */
/*
 * devices.h - finding V4L2 nodes by what sysfs calls them
 */
#ifndef VPIPE_LIB_DEVICES_H
#define VPIPE_LIB_DEVICES_H

#include <stddef.h>

/**
 * Find the first video node (lowest number) whose sysfs name
 * (/sys/class/video4linux/videoN/name) starts with @prefix, e.g. "vivid" or
 * "vpipe", and that has all the V4L2 capabilities @caps (V4L2_CAP_*, 0: any).
 * Its path goes to @path. Returns 0, -ENODEV if there is none, or -errno
 * (-EACCES: there is one, but it may not be opened).
 */
int device_find(const char *prefix, unsigned int caps, char *path, size_t size);

/** What the node at @path can do: its V4L2_CAP_*, go to @caps. Returns 0 or -errno. */
int device_caps(const char *path, unsigned int *caps);

/**
 * What a user names a node by: a path if @name has a slash, else the beginning
 * of a sysfs name, as device_find() takes it. Returns 0 or -errno; a path is
 * taken as it is.
 */
int device_resolve(const char *name, unsigned int caps, char *path, size_t size);

/** Where device_find_in() looks, so that tests can show it another tree. */
struct device_roots {
	const char *sysfs; /**< folder of the videoN folders, "/sys/class/video4linux" */
	const char *dev; /**< folder of the nodes, "/dev" */
	/** Read the capabilities of the node at a path. Returns 0 or -errno. */
	int (*caps)(const char *path, unsigned int *caps);
};

/** device_find() in another tree. */
int device_find_in(const struct device_roots *roots, const char *prefix, unsigned int caps,
		   char *path, size_t size);

#endif /* VPIPE_LIB_DEVICES_H */
