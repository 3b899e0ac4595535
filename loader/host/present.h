/* SPDX-License-Identifier: MIT */
/*
 * present.h - which video nodes and cards there are, by looking at files: nothing is opened
 *
 * So that it can be done each second without waking a camera. It says that something has changed, not
 * what: who wants to know looks anew.
 */
#ifndef VPIPE_HOST_PRESENT_H
#define VPIPE_HOST_PRESENT_H

#include <stdbool.h>
#include <stdint.h>

/**
 * A number that is another one when a node or a card has come or gone, is called otherwise, or its
 * file belongs to somebody else: udev says later than the kernel who may open it.
 */
uint64_t present_mark(void);

/**
 * Which device the file @path is, of all since the machine was booted: one that was unplugged and
 * comes back is another one. 0: it is none.
 */
uint64_t present_id(const char *path);

/** Is there what a user names so: a file, or a node of that sysfs name? */
bool present_named(const char *name);

#endif /* VPIPE_HOST_PRESENT_H */
