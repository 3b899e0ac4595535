// SPDX-License-Identifier: MIT
/* links.c - see links.h */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/links.h"

#define MAX_LINKS 40 /* one behind another, as in the kernel */

static int check(const char *path, unsigned int followed);

/* Everybody may write to @folder, but only owners remove. */
static bool is_shared(const struct stat *folder)
{
	return (folder->st_mode & (S_ISVTX | S_IWOTH)) == (S_ISVTX | S_IWOTH);
}

/* The link @path, whose folder is @folder ("" or with a slash at its end). */
static int check_link(const char *path, const struct stat *link, const char *folder,
		      unsigned int followed)
{
	char target[PATH_MAX], next[2 * PATH_MAX];
	struct stat st;
	ssize_t length;

	if (stat(*folder ? folder : ".", &st))
		return -errno;
	/* an id that is none changes nothing, and tells the present one */
	if (is_shared(&st) && link->st_uid != (uid_t)setfsuid((uid_t)-1) &&
	    link->st_uid != st.st_uid)
		return -EACCES;
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	snprintf(next, sizeof(next), "%s%s", *target == '/' ? "" : folder, target);
	return strlen(next) < PATH_MAX ? check(next, followed + 1) : -ENAMETOOLONG;
}

static int check(const char *path, unsigned int followed)
{
	const char *name = path, *end;
	char part[PATH_MAX], folder[PATH_MAX];

	if (followed > MAX_LINKS)
		return -ELOOP;
	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	for (; *(name += strspn(name, "/")); name = end) {
		struct stat st;
		int err;

		end = name + strcspn(name, "/");
		snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		snprintf(folder, sizeof(folder), "%.*s", (int)(name - path), path);
		if (lstat(part, &st))
			return errno == ENOENT ? 0 : -errno;
		err = S_ISLNK(st.st_mode) ? check_link(part, &st, folder, followed) : 0;
		if (err)
			return err;
	}
	return 0;
}

int links_check(const char *path)
{
	return check(path, 0);
}
