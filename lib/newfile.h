/* SPDX-License-Identifier: MIT */
/*
 * newfile.h - a file that appears whole or not at all
 *
 * It is written beside its target and takes the target's place at
 * newfile_commit(). Links are followed, so that the file they name is replaced
 * and not the link; what is no regular file (a FIFO, /dev/stdout) must never be
 * replaced by one and is written to directly.
 */
#ifndef VPIPE_LIB_NEWFILE_H
#define VPIPE_LIB_NEWFILE_H

#include <stddef.h>

/** Behind the target's name while it is written: nobody else's files end so. */
#define NEWFILE_TMP ".vpipe.tmp"

struct newfile {
	int fd; /**< -1: closed */
	char *path; /**< of the target */
	char *tmp; /**< what is written; NULL: the target itself */
};

/**
 * From now on SIGHUP, SIGINT and SIGTERM, unless they are ignored, remove what is not in place yet, and
 * then end the program as ever. For programs that do nothing else about these signals.
 */
void newfile_guard(void);

/** Start a file. Returns 0, or -errno (-EBUSY: a running program is writing it). */
int newfile_open(struct newfile *file, const char *path);

/** Write all of @size bytes. Returns 0 or -errno. */
int newfile_write(const struct newfile *file, const void *bytes, size_t size);

/**
 * Sync, close and put the file in place. On an error the target is left as it
 * was. Returns 0 or -errno; @file is closed in any case.
 */
int newfile_commit(struct newfile *file);

/** The same without the sync: for what is written again soon, and needs no disk to have it. */
int newfile_place(struct newfile *file);

/** Close and remove what was written. A closed one is left alone. */
void newfile_abort(struct newfile *file);

#endif /* VPIPE_LIB_NEWFILE_H */
