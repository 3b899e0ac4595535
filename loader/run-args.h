/* SPDX-License-Identifier: MIT */
/*
 * run-args.h - the runs that a verb is given on its command line
 *
 * Each is given as names_find() takes it, or as what a shell makes of NAME.*: some or all of its files,
 * and those beside them.
 */
#ifndef VPIPE_LOADER_RUN_ARGS_H
#define VPIPE_LOADER_RUN_ARGS_H

#include <stdbool.h>
#include <stddef.h>

struct run_args {
	struct run_arg {
		const char *given;
		char *prefix; /**< DIR/NAME */
		bool is_file; /**< one of its files was given */
		bool is_superfluous; /**< other arguments say it already */
	} * all;
	size_t n;
};

/** What is said where one run is wanted and none is given. */
#define RUN_ARGS_MISSING "a RUN is missing: NAME of bench/NAME.*, or DIR/NAME"

/** One more argument; ends the program if it can mean no run. */
void run_args_add(struct run_args *args, const char *given);

/** All are there: are they @want runs, 1 or 2? Else it ends the program; with @missing if there are fewer. */
void run_args_check(struct run_args *args, size_t want, const char *missing);

/** The same where any number of runs is wanted, but one at least. */
void run_args_check_any(struct run_args *args);

void run_args_free(struct run_args *args);

#endif /* VPIPE_LOADER_RUN_ARGS_H */
