/* SPDX-License-Identifier: MIT */
/*
 * sysfs.h - what sysfs says of devices and modules
 *
 * By its files below a folder, its root: "" is this machine's own, tests have others.
 */
#ifndef VPIPE_HOST_SYSFS_H
#define VPIPE_HOST_SYSFS_H

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "loader/model/video.h"

/** A path made of parts, in *@path, which is returned. */
__attribute__((format(printf, 2, 3))) const char *sysfs_path(char path[PATH_MAX], const char *fmt,
							     ...);

/** Is there a file of that path? */
__attribute__((format(printf, 1, 2))) bool sysfs_exists(const char *fmt, ...);

/** As much of @from as there is room for in the @size bytes at @to. */
void sysfs_take(char *to, size_t size, const char *from);

/** The last name of what the link @path shows, as sysfs_take(); "": it is none. */
void sysfs_link(const char *path, char *name, size_t size);

/** Is @name that prefix and a number? */
bool sysfs_is_numbered(const char *name, const char *prefix);

/**
 * What @folder has, below @root, that @is: each is filled by @read in @size bytes at *@all, to be freed,
 * by their numbers. Returns 0 or -errno; without the folder there are none.
 */
int sysfs_list(const char *root, const char *folder, int (*is)(const struct dirent *), size_t size,
	       void (*read)(const char *root, const char *name, void *one), void **all, size_t *n);

/** Are the types of @module to be read? Those of what is built in are the kernel's own. */
enum video_answer sysfs_has_btf(const char *root, const char *module);

#endif /* VPIPE_HOST_SYSFS_H */
