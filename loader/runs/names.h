/* SPDX-License-Identifier: MIT */
/*
 * names.h - which run is meant by what stands on a command line, and which runs there are
 */
#ifndef VPIPE_RUNS_NAMES_H
#define VPIPE_RUNS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/** Where runs are that are named without a folder. */
#define RUNS_FOLDER "bench"

/** The name of the run before: that of the run, and this. */
#define RUNS_OLD ".old"

/** Room for a sentence. */
#define NAMES_WHY 512

/** The names of the runs in a folder, in order, each DIR/NAME: to be freed by names_free(). */
struct names {
	char **all;
	size_t n;
};

/** Those in @folder: there is a NAME.run.json. Returns 0 or -errno; names_free() in any case. */
int names_in(struct names *names, const char *folder);

void names_free(struct names *names);

/** Is there a run @prefix, DIR/NAME, as far as its run.json tells? */
bool names_is_run(const char *prefix);

/**
 * Which run @given means: NAME for bench/NAME, DIR/NAME, one of the run's files, or a folder with one
 * run (and the one before, NAME.old, which is not counted). The run is DIR/NAME in *@prefix, to be
 * freed, whether there is such a one or not. *@is_file: one of its files was named. Returns 0 or
 * -errno, with a sentence in @why.
 */
int names_find(const char *given, char **prefix, bool *is_file, char why[NAMES_WHY]);

#endif /* VPIPE_RUNS_NAMES_H */
