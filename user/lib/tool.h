/* SPDX-License-Identifier: MIT */
/*
 * tool.h - what the main() of every capture program is
 *
 * A program is a struct tool, which says what its command line takes and what is then
 * done. Its state is a struct of its own, env, that has the defaults in it.
 */
#ifndef VPIPE_TOOL_H
#define VPIPE_TOOL_H

#include <argp.h>
#include <stdbool.h>

/** Most tables of options of a program, with the NULL behind them. */
#define TOOL_TABLES 6

struct tool {
	const char *doc; /**< --help: what it does, "\v", more, EXAMPLES, exit status */
	const char *args_doc; /**< --help: its arguments, "[SOURCE VPIPE CSV FRAMES]" */
	const int *arguments; /**< the keys of what they mean, in this order, and a 0 */
	unsigned int needed; /**< how many of them must be there */
	const char *missing; /**< what is said if they are not; NULL with none needed */
	const struct argp_option *tables[TOOL_TABLES]; /**< its options */
	/** Take the value @text of an option or argument; true, or false: @key is unknown. */
	bool (*set)(void *env, int key, const char *text);
	/** What it does, stop_init() being done. Returns the exit status. */
	int (*run)(void *env);
};

/** Read the command line into @env; ends the program on a usage error. */
void tool_parse(const struct tool *tool, void *env, int argc, char **argv);

/** tool_parse(), stop_init() and run(). Returns the exit status: 1 if stdout took not all of it. */
int tool_main(const struct tool *tool, void *env, int argc, char **argv);

#endif /* VPIPE_TOOL_H */
