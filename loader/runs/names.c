// SPDX-License-Identifier: MIT
/* names.c - see names.h */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "loader/runs/files.h"
#include "loader/runs/names.h"

#define SHOWN 40 /* of what was given is quoted */

/* Does @text end with '.' and @suffix, behind more than that? Returns the length of what is before; 0: no. */
static size_t before_suffix(const char *text, const char *suffix)
{
	size_t length = strlen(text), end = strlen(suffix) + 1;

	if (length <= end || text[length - end] != '.' || strcmp(text + length - end + 1, suffix))
		return 0;
	return text[length - end - 1] == '/' ? 0 : length - end;
}

static bool is_visible(const char *name)
{
	return *name && *name != '.';
}

static int add_name(struct names *names, const char *folder, const char *file)
{
	size_t length = before_suffix(file, run_file_suffix(RUN_FILE_RUN));
	char **all;

	if (!length || !is_visible(file))
		return 0;
	all = reallocarray(names->all, names->n + 1, sizeof(all[0]));
	if (!all)
		return -ENOMEM;
	names->all = all;
	if (asprintf(&all[names->n], "%s/%.*s", folder, (int)length, file) < 0)
		return -ENOMEM;
	names->n++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int names_in(struct names *names, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int err = 0;

	*names = (struct names){0};
	if (!dir)
		return -errno;
	errno = 0;
	while (!err && (entry = readdir(dir)))
		err = add_name(names, folder, entry->d_name);
	if (!err)
		err = -errno;
	closedir(dir);
	if (names->n)
		qsort(names->all, names->n, sizeof(names->all[0]), by_name);
	return err;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->all[i]);
	free(names->all);
}

/* Is name @i that of the run before another one of @names? */
static bool is_old(const struct names *names, size_t i)
{
	for (size_t j = 0; j < names->n; j++) {
		size_t length = strlen(names->all[j]);

		if (!strncmp(names->all[i], names->all[j], length) &&
		    !strcmp(names->all[i] + length, RUNS_OLD))
			return true;
	}
	return false;
}

/* "3 runs are in bench: camera, run, long; name one of them" */
static void say_which(const struct names *names, size_t n, const char *folder, char why[NAMES_WHY])
{
	const char *between = ": ";
	size_t used = (size_t)snprintf(why, NAMES_WHY, "%zu runs are in %.*s", n, SHOWN, folder);

	for (size_t i = 0; i < names->n && used < NAMES_WHY / 2; i++) {
		if (is_old(names, i))
			continue;
		used += (size_t)snprintf(why + used, NAMES_WHY - used, "%s%.*s", between, SHOWN,
					 strrchr(names->all[i], '/') + 1);
		between = ", ";
		n--;
	}
	if (used < NAMES_WHY)
		snprintf(why + used, NAMES_WHY - used, "%s; name one of them", n ? ", ..." : "");
}

/* The one run in @folder. */
static int find_in(const char *folder, char **prefix, char why[NAMES_WHY])
{
	const char *only = NULL;
	struct names names;
	size_t n = 0;
	int err = names_in(&names, folder);

	for (size_t i = 0; i < names.n; i++) {
		if (is_old(&names, i))
			continue;
		only = names.all[i];
		n++;
	}
	if (err) {
		snprintf(why, NAMES_WHY, "%.*s: %s", SHOWN, folder, strerror(-err));
	} else if (!n) {
		snprintf(why, NAMES_WHY, "no run is in %.*s: a run has a file NAME.run.json", SHOWN,
			 folder);
		err = -ENOENT;
	} else if (n > 1) {
		say_which(&names, n, folder, why);
		err = -EINVAL;
	} else {
		*prefix = strdup(only);
		err = *prefix ? 0 : -ENOMEM;
	}
	names_free(&names);
	return err;
}

bool names_is_run(const char *prefix)
{
	char *path;
	bool there;
	struct stat st;

	if (asprintf(&path, "%s.%s", prefix, run_file_suffix(RUN_FILE_RUN)) < 0)
		return false;
	there = !stat(path, &st);
	free(path);
	return there;
}

static int make_prefix(char **prefix, const char *folder, const char *name, size_t length)
{
	return asprintf(prefix, "%s%.*s", folder, (int)length, name) < 0 ? -ENOMEM : 0;
}

/* @name without a folder is in RUNS_FOLDER, but for a @file that is here. */
static const char *folder_of(const char *name, const char *file)
{
	struct stat st;

	if (strchr(name, '/'))
		return "";
	return file && !stat(file, &st) ? "./" : RUNS_FOLDER "/";
}

/*
 * The run that the file @given is of: of NAME.meta.csv it is NAME, and not NAME.meta, unless only that
 * is there. Returns 0, -ENOENT: it is called as no file of a run; or -ENOMEM.
 */
static int find_by_file(const char *given, char **prefix)
{
	const char *folder = folder_of(given, given);
	char *best = NULL;

	for (enum run_file file = 0; file < RUN_N_FILES; file++) {
		size_t length = before_suffix(given, run_file_suffix(file));
		char *run;
		bool is_better;

		if (!length)
			continue;
		if (make_prefix(&run, folder, given, length)) {
			free(best);
			return -ENOMEM;
		}
		is_better = !best ||
			    (names_is_run(run) == names_is_run(best) ? strlen(run) < strlen(best)
								     : names_is_run(run));
		free(is_better ? best : run);
		best = is_better ? run : best;
	}
	*prefix = best;
	return best ? 0 : -ENOENT;
}

static int find_by_folder(const char *given, char **prefix, char why[NAMES_WHY])
{
	size_t length = strlen(given);
	char *folder;
	int err;

	while (length > 1 && given[length - 1] == '/')
		length--;
	err = make_prefix(&folder, "", given, length);
	if (err)
		return err;
	err = find_in(folder, prefix, why);
	free(folder);
	return err;
}

int names_find(const char *given, char **prefix, bool *is_file, char why[NAMES_WHY])
{
	char *by_name, *by_file = NULL;
	struct stat st;
	int err = make_prefix(&by_name, folder_of(given, NULL), given, strlen(given));

	*prefix = NULL;
	*is_file = false;
	snprintf(why, NAMES_WHY, "no memory");
	if (!err && !*given) {
		snprintf(why, NAMES_WHY, "'' does not name a run: give NAME or DIR/NAME");
		free(by_name);
		err = -EINVAL;
	}
	if (err)
		return err;
	if (!names_is_run(by_name)) {
		err = find_by_file(given, &by_file);
		*is_file = !err;
		if (err == -ENOENT)
			err = 0;
		if (!err && !by_file && !stat(given, &st) && S_ISDIR(st.st_mode))
			err = find_by_folder(given, &by_file, why);
	}
	if (err || by_file) {
		free(by_name);
		by_name = by_file;
	}
	*prefix = by_name;
	return err;
}
