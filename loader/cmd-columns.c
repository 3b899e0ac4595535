// SPDX-License-Identifier: MIT
/* cmd-columns.c - vpipe-trace columns: what the columns of a run's files mean, from their schemas */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/commands.h"
#include "loader/model/losses.h"
#include "loader/paths/chain.h"
#include "loader/paths/kind.h"
#include "loader/runs/columns.h"
#include "loader/runs/figures.h"
#include "lib/args.h"
#include "lib/msg.h"

#define MAX_PATHS 16

/* A column of frames.csv, and the paths whose runs have it. */
struct entry {
	char name[64];
	const char *what;
	unsigned int paths; /* a bit each */
};

struct dictionary {
	const char *paths[MAX_PATHS];
	unsigned int n_paths, n;
	struct entry entries[SCHEMA_COLUMNS];
};

/* Where @name is in it, or will be: before the one that comes behind it in its own path. */
static struct entry *entry_of(struct dictionary *dictionary, const char *name, unsigned int next)
{
	struct entry *entries = dictionary->entries;

	for (unsigned int i = 0; i < dictionary->n; i++) {
		if (!strcmp(entries[i].name, name))
			return &entries[i];
	}
	if (dictionary->n == SCHEMA_COLUMNS)
		return NULL;
	memmove(&entries[next + 1], &entries[next], (dictionary->n - next) * sizeof(entries[0]));
	dictionary->n++;
	entries[next] = (struct entry){.paths = 0};
	snprintf(entries[next].name, sizeof(entries[next].name), "%s", name);
	return &entries[next];
}

static int add_path(struct dictionary *dictionary, const struct path *path)
{
	struct run run = {.path = path, .facts.config.timeline = true};
	const struct schema *schema = columns_new(&run);
	unsigned int next = 0;

	if (!schema)
		return -ENOMEM;
	for (unsigned int i = 0; i < schema->n; i++) {
		const struct column *column = &schema->columns[i];
		char name[64];
		struct entry *entry;

		snprintf(name, sizeof(name), "%s%s", column->suffix ? "STAGE" : "",
			 column->suffix ?: column->name);
		entry = entry_of(dictionary, name, next);
		if (!entry)
			break;
		entry->what = column->what;
		entry->paths |= 1U << dictionary->n_paths;
		next = (unsigned int)(entry - dictionary->entries) + 1;
	}
	columns_free(schema);
	dictionary->paths[dictionary->n_paths++] = path->name;
	return 0;
}

/* What one has, each has: of the first two kinds that follow each other in one. */
static int add_chain(struct dictionary *dictionary)
{
	static struct chain_path chain;

	for (unsigned int second = 0; kinds[second]; second++) {
		for (unsigned int first = 0; kinds[first]; first++) {
			const struct kind *const of[] = {kinds[first], kinds[second]};

			if (first == second || !of[0]->path->cycles || !of[1]->path->cycles ||
			    chain_path_init(&chain, of, NULL, 2) || !path_is_chain(&chain.path))
				continue;
			return add_path(dictionary, &chain.path);
		}
	}
	return 0;
}

static int add_paths(struct dictionary *dictionary)
{
	int err = 0;

	for (unsigned int i = 0; !err && kinds[i]; i++)
		err = add_path(dictionary, kinds[i]->path);
	if (!err)
		err = add_path(dictionary, isp_kind.path); /* it is the kind of none */
	return err ?: add_chain(dictionary);
}

static void print_paths(const struct dictionary *dictionary, unsigned int paths)
{
	unsigned int all = (1U << dictionary->n_paths) - 1;
	bool most = __builtin_popcount(all & ~paths) < __builtin_popcount(paths);
	const char *between = most ? "all but " : "";

	if (paths == all) {
		fputs("all", stdout);
		return;
	}
	for (unsigned int i = 0; i < dictionary->n_paths; i++) {
		if (!((most ? ~paths : paths) & 1U << i))
			continue;
		printf("%s%s", between, dictionary->paths[i]);
		between = ", ";
	}
}

static void print_frames(const struct dictionary *dictionary)
{
	puts("### frames.csv\n\n| column | paths | is |\n| --- | --- | --- |");
	for (unsigned int i = 0; i < dictionary->n; i++) {
		const struct entry *entry = &dictionary->entries[i];

		printf("| `%s` | ", entry->name);
		print_paths(dictionary, entry->paths);
		printf(" | %s |\n", entry->what);
	}
}

static void print_schema(enum run_file file, const struct schema *schema)
{
	printf("\n### %s\n\n| column | is |\n| --- | --- |\n", run_file_suffix(file));
	for (unsigned int i = 0; i < schema->n; i++)
		printf("| `%s` | %s |\n", schema->columns[i].name, schema->columns[i].what);
}

/* What became of frames: members of these objects, and values of labels of the same names. */
static void print_counts(void)
{
	puts("\n### run.json\n\n| count | object | is |\n| --- | --- | --- |");
	for (unsigned int i = 0; i < N_LOSSES; i++)
		printf("| `%s` | %s | %s |\n", losses[i].name, loss_object(losses[i].kind),
		       losses[i].text);
}

int cmd_columns(int argc, char **argv)
{
	static struct dictionary dictionary;
	int err = add_paths(&dictionary);

	(void)argc;
	(void)argv;
	if (err) {
		msg_errno(err, NULL, "cannot list the columns");
		return EXIT_FAILED;
	}
	print_frames(&dictionary);
	for (enum run_file file = 0; file < RUN_N_FILES; file++) {
		if (schema_of_file(file))
			print_schema(file, schema_of_file(file));
	}
	print_counts();
	return EXIT_GOOD;
}
