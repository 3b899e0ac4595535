/* SPDX-License-Identifier: MIT */
/*
 * privileges.h - for whom this program works, and what it may still do
 *
 * Loading and attaching wants root or capabilities; nothing else does. Under sudo
 * the files and the traced command are the caller's, as if made and started without
 * it; once everything is attached the program is the caller's as well, and keeps only
 * what it needs to clean up.
 */
#ifndef VPIPE_HOST_PRIVILEGES_H
#define VPIPE_HOST_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/** Of the program that is linked statically: users' names are in files. In the others there is none. */
void privileges_names_from_files(void) __attribute__((weak));

/** Who called sudo (SUDO_UID, SUDO_GID); without sudo, whoever runs this. 0, or -errno, said. */
int privileges_init(void);

/** Is there a caller who is not root, though we are? */
bool privileges_for_other(void);

/**
 * From now on (@as_caller) or no longer, files are opened and made with the caller's
 * permissions: what the caller may not write is not written, wherever links lead.
 */
void privileges_files(bool as_caller);

/**
 * In a child, before it becomes another program: be the caller for good, without any
 * capability. @as_root: stay root. @groups: supplementary groups besides the caller's own.
 * Returns 0 or -errno; async-signal-safe it is not.
 */
int privileges_become_caller(bool as_root, const gid_t *groups, int n_groups);

/**
 * Everything is attached: be the caller. What remains is to end processes, to unload
 * modules if @modules, and, where the caller is root, to write root's files. Returns 0
 * or -errno, having said why.
 */
int privileges_drop(bool modules);

#endif /* VPIPE_HOST_PRIVILEGES_H */
