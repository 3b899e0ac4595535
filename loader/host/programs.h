/* SPDX-License-Identifier: MIT */
/*
 * programs.h - the files of programs: where they are, and which probes they have
 */
#ifndef VPIPE_HOST_PROGRAMS_H
#define VPIPE_HOST_PROGRAMS_H

#include <limits.h>

/** The file that execvp() takes for @name. Returns 0 or -errno. */
int program_find(const char *name, char path[PATH_MAX]);

/** A tool of ours: beside our own program, or @name, to be looked for in PATH. */
const char *program_tool(const char *name, char path[PATH_MAX]);

enum {
	PROGRAM_NO_PROBE, /**< a script has none, either */
	PROGRAM_PROBE,
	PROGRAM_PROBE_32, /**< in a 32-bit program */
};

/** Has the program at @path the USDT probe @provider:@name? Or -errno: it cannot be read. */
int program_probe(const char *path, const char *provider, const char *name);

#endif /* VPIPE_HOST_PROGRAMS_H */
