// SPDX-License-Identifier: MIT
/* nodes.c - see nodes.h */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "loader/host/host.h"
#include "loader/host/nodes.h"
#include "lib/devices.h"
#include "lib/msg.h"

/* Why there is no node @name, and what to do. */
static void say_no_node(int err, const char *name, const char *module, const char *path)
{
	char why[HOST_WHY];

	host_why_device(err, why);
	if (*why)
		;
	else if (err == -ENOENT && !*path)
		host_add(why, "the kernel has it, but its file is not in /dev here (a container?)");
	else if (err == -ENODEV && module && host_module(module) == HOST_NO)
		host_add(why, "the module %s is not loaded: modprobe %s", module, module);
	else
		host_add(why, "v4l2-ctl --list-devices shows what there is");
	if (*path)
		msg_errno(err, why, "%s", path);
	else
		msg_errno(err, why, "no video node %s", name);
}

int node_find(const char *name, const char *module, unsigned int caps, unsigned int other,
	      char path[NODE_PATH])
{
	int err;

	*path = '\0';
	err = device_resolve(name, caps, path, NODE_PATH);
	if (err == -ENODEV && other)
		err = device_resolve(name, other, path, NODE_PATH);
	if (!err && access(path, R_OK | W_OK))
		err = -errno;
	if (err)
		say_no_node(err, name, module, path);
	return err;
}

int node_name(const char *path, char name[NODE_PATH])
{
	char sysfs[128];
	struct stat st;
	int err;

	*name = '\0';
	if (stat(path, &st))
		return -errno;
	if (!S_ISCHR(st.st_mode))
		return -ENOTTY;
	snprintf(sysfs, sizeof(sysfs), "/sys/dev/char/%u:%u/name", major(st.st_rdev),
		 minor(st.st_rdev));
	err = host_read_line(sysfs, name, NODE_PATH);
	return err;
}

int node_minor(const char *path)
{
	struct stat st;

	return stat(path, &st) || !S_ISCHR(st.st_mode) ? -1 : (int)minor(st.st_rdev);
}
