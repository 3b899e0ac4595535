// SPDX-License-Identifier: MIT
/* present.c - see present.h */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/devices.h"
#include "loader/host/host.h"
#include "loader/host/nodes.h"
#include "loader/host/present.h"
#include "loader/host/sysfs.h"

/* FNV-1a */
static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3ULL;
	return hash;
}

/* Node or card @name of @class, whose file is in @dev: each time it is registered it has a new inode. */
static uint64_t mark_of(const char *class, const char *dev, const char *name)
{
	uint64_t hash = mix(0xcbf29ce484222325ULL, name, strlen(name));
	char path[PATH_MAX], called[256];
	struct stat st;

	if (!stat(sysfs_path(path, "%s/%s", class, name), &st))
		hash = mix(hash, &st.st_ino, sizeof(st.st_ino));
	if (!host_read_line(sysfs_path(path, "%s/%s/name", class, name), called, sizeof(called)))
		hash = mix(hash, called, strlen(called));
	if (!stat(sysfs_path(path, "%s/%s", dev, name), &st)) {
		hash = mix(hash, &st.st_ctim.tv_sec, sizeof(st.st_ctim.tv_sec));
		hash = mix(hash, &st.st_ctim.tv_nsec, sizeof(st.st_ctim.tv_nsec));
	}
	return hash;
}

/* In whichever order they are read. */
static uint64_t mark_all(const char *class, const char *dev, const char *prefix)
{
	DIR *folder = opendir(class);
	struct dirent *entry;
	uint64_t sum = 0;

	while (folder && (entry = readdir(folder))) {
		if (sysfs_is_numbered(entry->d_name, prefix))
			sum += mark_of(class, dev, entry->d_name);
	}
	if (folder)
		closedir(folder);
	return sum;
}

uint64_t present_mark(void)
{
	return mark_all("/sys/class/video4linux", "/dev", "video") +
	       mark_all("/sys/class/drm", "/dev/dri", "card");
}

uint64_t present_id(const char *path)
{
	char link[PATH_MAX];
	struct stat st;

	if (stat(path, &st) || !S_ISCHR(st.st_mode))
		return 0;
	sysfs_path(link, "/sys/dev/char/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return stat(link, &st) ? 0 : st.st_ino;
}

bool present_named(const char *name)
{
	char path[NODE_PATH];

	if (strchr(name, '/'))
		return !access(name, F_OK);
	return device_resolve(name, 0, path, sizeof(path)) != -ENODEV;
}
