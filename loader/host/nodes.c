// SPDX-License-Identifier: MIT
/* nodes.c - see nodes.h */
#include <errno.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kmod/vpipe.h"
#include "loader/host/host.h"
#include "loader/host/nodes.h"
#include "lib/devices.h"
#include "lib/msg.h"
#include "lib/node.h"

/* Why there is no node @name, and what to do. */
static void say_no_node(int err, const char *name, const char *path)
{
	char why[HOST_WHY];

	host_why_device(err, why);
	if (*why)
		;
	else if (err == -ENOENT && !*path)
		host_add(why, "the kernel has it, but its file is not in /dev here (a container?)");
	else if (err == -ENODEV && !strcmp(name, VPIPE_NAME) && host_module("vpipe") == HOST_NO)
		host_add(why, "the module vpipe is not loaded: modprobe vpipe");
	else
		host_add(why, "v4l2-ctl --list-devices shows what there is");
	if (*path)
		msg_errno(err, why, "%s", path);
	else
		msg_errno(err, why, "no video node %s", name);
}

/* @name goes to @path: of a node with the capabilities @caps, or else with those of @other. */
static int find_node(const char *name, unsigned int caps, unsigned int other, char path[NODE_PATH])
{
	int err;

	*path = '\0';
	err = device_resolve(name, caps, path, NODE_PATH);
	if (err == -ENODEV && other)
		err = device_resolve(name, other, path, NODE_PATH);
	if (!err && access(path, R_OK | W_OK))
		err = -errno;
	if (err)
		say_no_node(err, name, path);
	return err;
}

static int check_is_vpipe(const char *path)
{
	char sysfs[128], name[64] = "";
	FILE *file = NULL;
	struct stat st;

	if (!stat(path, &st) && S_ISCHR(st.st_mode)) {
		snprintf(sysfs, sizeof(sysfs), "/sys/dev/char/%u:%u/name", major(st.st_rdev),
			 minor(st.st_rdev));
		file = fopen(sysfs, "re");
	}
	if (file) {
		if (!fgets(name, sizeof(name), file))
			name[0] = '\0';
		fclose(file);
	}
	name[strcspn(name, "\n")] = '\0';
	if (!strcmp(name, VPIPE_NAME))
		return 0;
	msg_error("%s is not the vpipe node%s%s%s; leave out --vpipe to have it found", path,
		  *name ? ", it is '" : "", name, *name ? "'" : "");
	return -ENODEV;
}

int node_find_vpipe(const char *name, char path[NODE_PATH])
{
	int err = find_node(name ?: VPIPE_NAME, V4L2_CAP_VIDEO_M2M, 0, path);

	return err ? err : check_is_vpipe(path);
}

int node_find_source(const char *name, char path[NODE_PATH])
{
	return find_node(name ?: "vivid", V4L2_CAP_VIDEO_CAPTURE, V4L2_CAP_VIDEO_CAPTURE_MPLANE,
			 path);
}

int node_check_cache(const char *path, unsigned int cache)
{
	struct node_excuse excuse;
	struct vdev dev;
	int can;

	if (cache == VPIPE_CACHE_AS_IS)
		return 0;
	can = vdev_open(&dev, path, V4L2_CAP_VIDEO_M2M);
	if (!can) {
		can = node_can_flush(&dev, cache, &excuse);
		vdev_close(&dev);
	}
	if (can < 0)
		msg_errno(can, NULL, "%s", v4l2_error());
	else if (!can)
		msg_error("--cache: the driver of %s cannot flush caches (%s)%s", path, excuse.why,
			  excuse.way_out);
	return can < 0 ? can : can ? 0 : -EOPNOTSUPP;
}

int node_minor(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISCHR(st.st_mode) ? -1 : (int)minor(st.st_rdev);
}
