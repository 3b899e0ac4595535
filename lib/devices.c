// SPDX-License-Identifier: MIT
/* devices.c - finding V4L2 nodes, see devices.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/devices.h"

int device_caps(const char *path, unsigned int *caps)
{
	struct v4l2_capability cap = {0};
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, VIDIOC_QUERYCAP, &cap))
		err = -errno;
	close(fd);
	*caps = (cap.capabilities & V4L2_CAP_DEVICE_CAPS) ? cap.device_caps : cap.capabilities;
	return err;
}

static int format_path(char *path, size_t size, const char *dev, unsigned int number)
{
	int n = snprintf(path, size, "%s/video%u", dev, number);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* True for "videoN"; *@number is N. */
static bool is_node(const char *entry, unsigned int *number)
{
	int end = 0;

	return sscanf(entry, "video%9u%n", number, &end) == 1 && !entry[end];
}

static bool name_starts_with(const char *sysfs, unsigned int number, const char *prefix)
{
	char path[PATH_MAX], name[256];
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), "%s/video%u/name", sysfs, number) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	if (n < 0)
		return false;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* 0 if the node has all of @caps, -ENODEV if not, or why that can't be told. */
static int check_caps(const struct device_roots *roots, unsigned int number, unsigned int caps)
{
	char path[PATH_MAX];
	unsigned int has = 0;
	int err;

	if (!caps)
		return 0;
	err = format_path(path, sizeof(path), roots->dev, number);
	if (!err)
		err = roots->caps(path, &has);
	if (err)
		return err;
	return (has & caps) == caps ? 0 : -ENODEV;
}

int device_find_in(const struct device_roots *roots, const char *prefix, unsigned int caps,
		   char *path, size_t size)
{
	unsigned int best = UINT_MAX, number;
	struct dirent *entry;
	int result = -ENODEV;
	DIR *dir = opendir(roots->sysfs);

	if (!dir) /* without the folder no V4L2 driver is loaded */
		return errno == ENOENT ? -ENODEV : -errno;
	while ((entry = readdir(dir))) {
		int err;

		if (!is_node(entry->d_name, &number) || number >= best ||
		    !name_starts_with(roots->sysfs, number, prefix))
			continue;
		err = check_caps(roots, number, caps);
		if (!err)
			best = number;
		else if (err != -ENODEV)
			result = err;
	}
	closedir(dir);
	return best == UINT_MAX ? result : format_path(path, size, roots->dev, best);
}

int device_find(const char *prefix, unsigned int caps, char *path, size_t size)
{
	static const struct device_roots roots = {
		.sysfs = "/sys/class/video4linux",
		.dev = "/dev",
		.caps = device_caps,
	};

	return device_find_in(&roots, prefix, caps, path, size);
}

int device_resolve(const char *name, unsigned int caps, char *path, size_t size)
{
	if (!strchr(name, '/'))
		return device_find(name, caps, path, size);
	if (strlen(name) >= size)
		return -ENAMETOOLONG;
	strcpy(path, name);
	return 0;
}
