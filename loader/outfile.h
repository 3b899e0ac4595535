/* SPDX-License-Identifier: MIT */
/*
 * outfile.h - where a verb writes to: stdout, or a file that appears whole or not at all
 *
 * Functions return 0 or -errno and have said why.
 */
#ifndef VPIPE_OUTFILE_H
#define VPIPE_OUTFILE_H

#include <stdio.h>

#include "lib/newfile.h"

struct outfile {
	const char *name; /**< of the file, NULL: stdout */
	FILE *out;
	struct newfile file;
	int err; /**< the first that writing to it came to */
};

/** The name of the file that is meant by @arg, which is not empty; NULL: it is "-", stdout. */
const char *outfile_named(const char *arg);

/** Start one; @name must live as long, NULL is stdout. outfile_close() in any case. */
int outfile_open(struct outfile *outfile, const char *name);

/** All is in it: put it in its place. What went wrong with stdout, the program says in its end. */
int outfile_commit(struct outfile *outfile);

/** Remove what was not committed, and free all. */
void outfile_close(struct outfile *outfile);

#endif /* VPIPE_OUTFILE_H */
