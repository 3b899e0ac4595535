/* SPDX-License-Identifier: MIT */
/*
 * links.h - symbolic links that others may have laid
 */
#ifndef VPIPE_LIB_LINKS_H
#define VPIPE_LIB_LINKS_H

/**
 * Does @path lead through a link that someone else could have put there: in a sticky
 * folder that anyone may write to, like /tmp, and neither ours nor of the folder's
 * owner? The kernel refuses to follow those by itself unless the sysctl
 * fs.protected_symlinks is off (Documentation/admin-guide/sysctl/fs.rst), but not to
 * who reads a link and goes where it points. A part that is not there ends the look.
 * Returns 0 or -EACCES, or another -errno.
 */
int links_check(const char *path);

#endif /* VPIPE_LIB_LINKS_H */
