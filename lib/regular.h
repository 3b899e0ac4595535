/* SPDX-License-Identifier: MIT */
/*
 * regular.h - a file that is to be read is a file
 *
 * Opening a FIFO waits for a writer, which may never come, and opening a device may do
 * something.
 */
#ifndef VPIPE_LIB_REGULAR_H
#define VPIPE_LIB_REGULAR_H

/** Room for any sentence in @why. */
#define REGULAR_WHY 64

/**
 * Open the file @path for reading, at once. Returns its fd, or -errno with what is wrong
 * in @why: "it is a FIFO, not a file".
 */
int regular_open(const char *path, char why[REGULAR_WHY]);

#endif /* VPIPE_LIB_REGULAR_H */
