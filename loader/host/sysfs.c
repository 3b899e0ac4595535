// SPDX-License-Identifier: MIT
/* sysfs.c - see sysfs.h */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/host/sysfs.h"

const char *sysfs_path(char path[PATH_MAX], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, PATH_MAX, fmt, ap);
	va_end(ap);
	return path;
}

bool sysfs_exists(const char *fmt, ...)
{
	char path[PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	return !access(path, F_OK);
}

void sysfs_take(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%.*s", (int)size - 1, from);
}

void sysfs_link(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	target[length > 0 ? length : 0] = '\0';
	slash = strrchr(target, '/');
	sysfs_take(name, size, slash ? slash + 1 : target);
}

bool sysfs_is_numbered(const char *name, const char *prefix)
{
	size_t length = strlen(prefix), digits;

	if (strncmp(name, prefix, length) != 0)
		return false;
	digits = strspn(name + length, "0123456789");
	return digits && !name[length + digits];
}

int sysfs_list(const char *root, const char *folder, int (*is)(const struct dirent *), size_t size,
	       void (*read)(const char *root, const char *name, void *one), void **all, size_t *n)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int found = scandir(sysfs_path(path, "%s%s", root, folder), &entries, is, versionsort);

	*n = 0;
	*all = NULL;
	if (found < 0) /* without the folder the driver's core is not loaded */
		return errno == ENOENT ? 0 : -errno;
	*all = calloc((size_t)found + 1, size);
	for (int i = 0; i < found; i++) {
		if (*all)
			read(root, entries[i]->d_name, (char *)*all + (*n)++ * size);
		free(entries[i]);
	}
	free(entries);
	return *all ? 0 : -ENOMEM;
}

enum video_answer sysfs_has_btf(const char *root, const char *module)
{
	const char *of =
		sysfs_exists("%s/sys/module/%s/initstate", root, module) ? module : "vmlinux";

	if (!*module || !sysfs_exists("%s/sys/kernel", root))
		return VIDEO_UNKNOWN;
	return sysfs_exists("%s/sys/kernel/btf/%s", root, of) ? VIDEO_YES : VIDEO_NO;
}
