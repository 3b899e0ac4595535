/* SPDX-License-Identifier: MIT */
/*
 * meter-file.h - a file that is written again and again, while somebody reads it
 *
 * Whoever opens it finds all of one writing, or all of the one before. A full disk is said once, and
 * once that it is over.
 */
#ifndef VPIPE_METER_FILE_H
#define VPIPE_METER_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/tally.h"

struct meter_file {
	const char *path;
	uint64_t failed; /**< writings */
	int err; /**< why the last one failed; 0: it did not */
	bool there; /**< one of ours is in place */
	int folder; /**< where it is, as long as it is ours to write to; -1: that is not locked */
};

/**
 * Can @path be written, and is nobody else writing such a file to its folder? Who reads them would
 * find each series twice. Returns 0 or -errno, having said why; nothing has changed.
 */
int meter_file_open(struct meter_file *file, const char *path);

/** Write @tally. What fails is said when it begins and when it ends, and counted. */
void meter_file_write(struct meter_file *file, const struct tally *tally);

/** Take it away, if it is ours: its series end. */
void meter_file_remove(struct meter_file *file);

/** Its folder is for others from now on. */
void meter_file_close(struct meter_file *file);

#endif /* VPIPE_METER_FILE_H */
