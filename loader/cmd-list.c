// SPDX-License-Identifier: MIT
/*
 * cmd-list.c - vpipe-trace list: the runs in a folder, a line each
 *
 * Each is read as report reads it: one that is damaged is found out here, and said.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/duration.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/commands.h"
#include "loader/model/dropped.h"
#include "loader/print-json.h"
#include "loader/runs/names.h"
#include "loader/runs/read.h"
#include "loader/runs/values-json.h"
#include "loader/sinks/table.h"

#define NAME	 17 /* columns of a run's name, on a screen of 80 */
#define WHEN	 18
#define MAX_PATH 11 /* of the name of its path */
#define NUMBER	 (DURATION_COLUMNS + 2)
#define MISSING	 8

/* What is said of a run. */
struct entry {
	char *prefix;
	uint64_t realtime_ns; /* when it began; 0: not known */
	char path[32];
	uint64_t frames;
	struct latency e2e;
	bool has_missing; /* it is known how many frames never came */
	uint64_t missing;
	char incomplete[512]; /* what is missing, if it is */
	char damage[512]; /* why it cannot be read */
};

struct list {
	const char *folder;
	bool json;
	struct entry *entries;
	size_t n;
};

static void take_run(struct entry *entry, const struct run_files *files, struct dropped *dropped)
{
	const struct run *run = &files->run;

	entry->realtime_ns = run->facts.start_realtime_ns;
	snprintf(entry->path, sizeof(entry->path), "%s", run->path->name);
	entry->frames = run_frames(run);
	entry->e2e = run->latencies[path_e2e(run->path)];
	dropped_finish(dropped);
	entry->has_missing = !dropped_why(dropped, run);
	entry->missing = dropped_missing(dropped, run);
	if (!run->complete)
		snprintf(entry->incomplete, sizeof(entry->incomplete), "%s", files->missing);
}

/* Returns 0 or -ENOMEM; what is wrong with the run is part of the list. */
static int look_at(struct entry *entry)
{
	struct dropped *dropped = calloc(1, sizeof(*dropped));
	struct run_files files;
	int err;

	if (!dropped)
		return -ENOMEM;
	msg_keep(entry->damage, sizeof(entry->damage));
	err = run_files_open(&files, entry->prefix);
	if (!err)
		err = run_files_read(&files,
				     &(struct run_listener){.frame = dropped_add, .arg = dropped});
	msg_keep(NULL, 0);
	if (!err)
		take_run(entry, &files, dropped);
	else if (!*entry->damage)
		snprintf(entry->damage, sizeof(entry->damage), "%s", strerror(-err));
	run_files_close(&files);
	free(dropped);
	return 0;
}

/* The newest comes last, where a terminal's next line is; those of which that is not known come first. */
static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->realtime_ns != y->realtime_ns)
		return x->realtime_ns < y->realtime_ns ? -1 : 1;
	return strcmp(x->prefix, y->prefix);
}

static int read_all(struct list *list)
{
	struct names names;
	int err = names_in(&names, list->folder);

	if (!err)
		list->entries = calloc(names.n ?: 1, sizeof(list->entries[0]));
	if (!err && !list->entries)
		err = -ENOMEM;
	for (; !err && list->n < names.n; list->n++) {
		struct entry *entry = &list->entries[list->n];

		entry->prefix = names.all[list->n];
		names.all[list->n] = NULL; /* it is the list's now */
		err = look_at(entry);
	}
	names_free(&names);
	if (err)
		msg_errno(err, "name the folder where runs are", "cannot list the runs in %s",
			  list->folder);
	else
		qsort(list->entries, list->n, sizeof(list->entries[0]), by_time);
	return err;
}

static void print_when(uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SEC);
	char date[32] = "-";
	struct tm tm;

	if (seconds && localtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%F %H:%M", &tm);
	printf("%-*s", WHEN, date);
}

static void print_more(enum screen_style style, const char *what, const char *why)
{
	size_t columns = strlen(what) + 4;

	printf("  ");
	screen_begin(style);
	printf("%s: ", what);
	table_print_hanging(why, (unsigned int)columns);
	screen_end();
}

static unsigned int name_columns(void)
{
	return NAME + screen_columns() - SCREEN_COLUMNS;
}

static void print_figures(const struct entry *entry)
{
	print_when(entry->realtime_ns);
	table_print_column(entry->path, MAX_PATH);
	printf("%8" PRIu64, entry->frames);
	if (entry->e2e.count) {
		table_print_ns(entry->e2e.p50_ns, NUMBER);
		table_print_ns(entry->e2e.p99_ns, NUMBER);
	} else {
		printf("%*s%*s", NUMBER, "-", NUMBER, "-");
	}
	if (entry->has_missing)
		printf("%*" PRIu64 "\n", MISSING, entry->missing);
	else
		printf("%*s\n", MISSING, "-");
}

static void print_entry(const struct entry *entry)
{
	char *name = text_new(strrchr(entry->prefix, '/') + 1);

	if (text_columns(name ?: "") < name_columns()) {
		table_print_column(name ?: "", name_columns());
	} else { /* a name is there whole, or it is no name to give to report */
		printf("%s\n%*s", name, (int)name_columns(), "");
	}
	free(name);
	if (*entry->damage) {
		puts("-");
		print_more(SCREEN_BAD, "damaged", entry->damage);
		return;
	}
	print_figures(entry);
	if (*entry->incomplete)
		print_more(SCREEN_WARN, "incomplete", entry->incomplete);
}

static void print_list(const struct list *list)
{
	if (!list->n) {
		printf("no run is in ");
		table_print_name(list->folder, screen_columns() - 20);
		putchar('\n');
		return;
	}
	screen_begin(SCREEN_HEAD);
	printf("%-*s%-*s%-*s%8s%*s%*s%*s", (int)name_columns(), "run", WHEN, "when", MAX_PATH,
	       "path", "frames", NUMBER, "e2e p50", NUMBER, "p99", MISSING, "missing");
	screen_end();
	putchar('\n');
	for (size_t i = 0; i < list->n; i++)
		print_entry(&list->entries[i]);
}

static json_t *text_or_null(const char *text)
{
	return *text ? json_string(text) : json_null();
}

static json_t *json_entry(const struct entry *entry)
{
	char *name = text_new(entry->prefix);
	bool read = !*entry->damage, timed = read && entry->e2e.count;
	json_t *json = json_pack(
		"{s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "run", name,
		"start_realtime_ns", number_to_json(entry->realtime_ns, entry->realtime_ns), "path",
		text_or_null(entry->path), "frames", number_to_json(entry->frames, read),
		"e2e_p50_ns", number_to_json(entry->e2e.p50_ns, timed), "e2e_p99_ns",
		number_to_json(entry->e2e.p99_ns, timed), "missing",
		number_to_json(entry->missing, entry->has_missing), "complete",
		read ? json_boolean(!*entry->incomplete) : json_null(), "incomplete",
		text_or_null(entry->incomplete), "damaged", text_or_null(entry->damage));

	free(name);
	return json;
}

static json_t *json_list(const struct list *list)
{
	json_t *all = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(all, json_entry(&list->entries[i]));
	return all;
}

enum {
	OPT_JSON = 256,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct list *list = state->input;

	switch (key) {
	case OPT_JSON:
		list->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			args_fail("one folder, not also '%.40s'", arg);
		list->folder = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns", 0},
	{0},
};

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "[DIR]",
	.doc = "Which runs are in a folder (default " RUNS_FOLDER "), the newest last: when each "
	       "one began, on which path its frames went, how many there were, how long they took "
	       "from end to end, and how many never came. What is not known is -."
	       "\vEach run is read and checked as report does: one that is damaged, or changed\n"
	       "since it was written, is listed with the reason, and so is what is missing of\n"
	       "one that is incomplete.\n"
	       "\n"
	       "EXAMPLES\n"
	       "  vpipe-trace list                       the runs in bench/\n"
	       "  vpipe-trace list /tmp/runs\n"
	       "  vpipe-trace list --json | jq -r '.[] | select(.missing > 0) | .run'\n"
	       "\n"
	       "Exit status: 0 good, 1 the folder cannot be read or a run in it is damaged,\n"
	       "2 usage.",
};

int cmd_list(int argc, char **argv)
{
	static struct list list = {.folder = RUNS_FOLDER};
	int status = EXIT_FAILED;

	args_run(&argp, argc, argv, &list);
	if (!read_all(&list)) {
		status = list.json ? print_json(json_list(&list), "the list") : EXIT_GOOD;
		if (!list.json)
			print_list(&list);
	}
	for (size_t i = 0; i < list.n; i++) {
		if (*list.entries[i].damage)
			status = EXIT_FAILED;
		free(list.entries[i].prefix);
	}
	free(list.entries);
	return status;
}
