// SPDX-License-Identifier: MIT
/* run-args.c - see run-args.h */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/args.h"
#include "loader/run-args.h"
#include "loader/runs/names.h"

void run_args_add(struct run_args *args, const char *given)
{
	struct run_arg *all = reallocarray(args->all, args->n + 1, sizeof(all[0]));
	char why[NAMES_WHY];

	if (!all)
		args_fail("no memory");
	args->all = all;
	all += args->n;
	*all = (struct run_arg){.given = given};
	if (names_find(given, &all->prefix, &all->is_file, why))
		args_fail("%s", why);
	args->n++;
}

/* Without the "./" of what is in the folder that we are in. */
static const char *bare(const char *path)
{
	return strncmp(path, "./", 2) ? path : path + 2;
}

/* Is @text @begin, @between, and more? */
static bool begins(const char *text, const char *begin, const char *between)
{
	size_t length = strlen(begin);

	return !strncmp(text, begin, length) && !strncmp(text + length, between, strlen(between));
}

/* Is it a file beside those of the run @prefix, which a pattern took for one of them? */
static bool is_beside(const struct run_arg *it, const char *prefix)
{
	struct stat st;

	return begins(bare(it->given), bare(prefix), ".") && !stat(it->given, &st) &&
	       !names_is_run(it->prefix);
}

/* Does @it say no more than @other, a file of a run: another one, or what only lies beside it? */
static bool is_said(const struct run_arg *it, const struct run_arg *other, bool is_behind)
{
	if (!strcmp(it->prefix, other->prefix))
		return it->is_file && is_behind;
	return other->is_file && is_beside(it, other->prefix) && names_is_run(other->prefix);
}

/* NAME.* is NAME.old.*, too. */
static bool is_before(const struct run_arg *it, const struct run_arg *other, bool is_behind)
{
	(void)is_behind;
	return it->is_file && other->is_file && begins(it->prefix, other->prefix, RUNS_OLD) &&
	       strlen(it->prefix) == strlen(other->prefix) + strlen(RUNS_OLD);
}

/* Those that @is_superfluous beside any other. */
static void leave_out(struct run_args *args,
		      bool (*is_superfluous)(const struct run_arg *it, const struct run_arg *other,
					     bool is_behind))
{
	size_t n = 0;

	for (size_t i = 0; i < args->n; i++) {
		args->all[i].is_superfluous = false;
		for (size_t j = 0; j < args->n; j++)
			args->all[i].is_superfluous |=
				j != i && is_superfluous(&args->all[i], &args->all[j], j < i);
	}
	for (size_t i = 0; i < args->n; i++) {
		if (args->all[i].is_superfluous)
			free(args->all[i].prefix);
		else
			args->all[n++] = args->all[i];
	}
	args->n = n;
}

void run_args_check(struct run_args *args, size_t want, const char *missing)
{
	leave_out(args, is_said);
	if (args->n > want)
		leave_out(args, is_before);
	if (args->n < want)
		args_fail("%s", missing);
	if (args->n > want)
		args_fail("%s, not also '%.40s'", want == 1 ? "one RUN" : "two runs",
			  args->all[want].given);
}

void run_args_check_any(struct run_args *args)
{
	leave_out(args, is_said);
	leave_out(args, is_before);
	if (!args->n)
		args_fail("%s", RUN_ARGS_MISSING);
}

void run_args_free(struct run_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->all[i].prefix);
	free(args->all);
}
