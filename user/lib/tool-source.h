/* SPDX-License-Identifier: MIT */
/*
 * tool-source.h - the program behind vpipe-capture-mmap, -read and -userptr
 */
#ifndef VPIPE_TOOL_SOURCE_H
#define VPIPE_TOOL_SOURCE_H

/** Which of them. */
enum tool_source {
	TOOL_SOURCE_MMAP,
	TOOL_SOURCE_READ,
	TOOL_SOURCE_USERPTR,
};

/** Run it. Returns the exit status. */
int tool_source(enum tool_source which, int argc, char **argv);

#endif /* VPIPE_TOOL_SOURCE_H */
