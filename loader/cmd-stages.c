// SPDX-License-Identifier: MIT
/* cmd-stages.c - vpipe-trace stages: into what a frame's time is divided, on each kind of path */
#include <stdio.h>

#include <jansson.h>

#include "lib/args.h"
#include "loader/commands.h"
#include "loader/paths/kind.h"
#include "loader/print-json.h"
#include "loader/runs/path-json.h"

/* Path @i; NULL: there is no such one. */
static const struct path *path_number(unsigned int i)
{
	unsigned int n;

	for (n = 0; kinds[n]; n++) {
		if (n == i)
			return kinds[n]->path;
	}
	return i == n ? isp_kind.path : NULL; /* of several nodes: it is the kind of none */
}

static void print_stages(const struct path *path)
{
	printf("### %s\n\n", path->name);
	puts("| stage | from | to | charged to |\n| --- | --- | --- | --- |");
	for (unsigned int i = 0; i < path->n_stages; i++)
		printf("| %s | %s | %s | %s |\n", path->stages[i].name, path->points[i].text,
		       path->points[i + 1].text, path->stages[i].charged_to);
}

static void print_all(void)
{
	const struct path *path;

	for (unsigned int i = 0; (path = path_number(i)); i++) {
		if (i)
			putchar('\n');
		print_stages(path);
	}
}

static json_t *json_all(void)
{
	json_t *all = json_array();
	const struct path *path;

	for (unsigned int i = 0; (path = path_number(i)); i++)
		json_array_append_new(all, path_to_json(path));
	return all;
}

enum {
	OPT_JSON = 256,
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	switch (key) {
	case OPT_JSON:
		*json = true;
		return 0;
	case ARGP_KEY_ARG:
		args_fail("it takes no arguments, not '%.40s'", arg);
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp_option argp_options[] = {
	{"json", OPT_JSON, NULL, 0, "the same for programs, as run.json has its path", 0},
	{0},
};

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.doc = "List the stages that a frame's time is divided into, as a table of Markdown for "
	       "each kind of device: from which point to which, and the cost that each is charged "
	       "to."
	       "\vEXAMPLES\n"
	       "  vpipe-trace stages\n"
	       "  vpipe-trace stages --json | jq '.[] | {name, costs: [.costs[].cost]}'\n"
	       "\n"
	       "Exit status: 0 good, 2 usage.",
};

int cmd_stages(int argc, char **argv)
{
	bool json = false;

	args_run(&argp, argc, argv, &json);
	if (json)
		return print_json(json_all(), "the stages");
	print_all();
	return EXIT_GOOD;
}
