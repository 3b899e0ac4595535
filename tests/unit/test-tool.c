// SPDX-License-Identifier: MIT
/* What a command line becomes, and how a program ends that can't use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/args.h"
#include "user/lib/options.h"
#include "user/lib/tool.h"

#define RAN 42 /* what run() returns */

struct env {
	const char *name;
	const char *colour;
	struct options_rows rows;
};

enum { OPT_NAME = OPTIONS_OWN, OPT_COLOUR };

static const struct argp_option table[] = {
	{"colour", OPT_COLOUR, "COLOUR", 0, "which", 0},
	{0},
};

static bool set(void *data, int key, const char *text)
{
	struct env *env = data;

	switch (key) {
	case OPT_NAME:
		env->name = text;
		return true;
	case OPT_COLOUR:
		env->colour = text;
		return true;
	}
	return options_rows_set(&env->rows, key, text);
}

static int run(void *data)
{
	const struct env *env = data;

	return env->name ? RAN : EXIT_FAILED;
}

static const struct tool tool = {
	.args_doc = "NAME [FRAMES COLOUR]",
	.arguments = (const int[]){OPT_NAME, OPTIONS_FRAMES, OPT_COLOUR, 0},
	.needed = 1,
	.missing = "NAME is needed",
	.tables = {table, options_rows_table},
	.set = set,
	.run = run,
};

static struct env parsed(int argc, char **argv)
{
	struct env env = {.rows = OPTIONS_ROWS_DEFAULTS("default.csv")};

	tool_parse(&tool, &env, argc, argv);
	return env;
}

static void test_arguments(void **state)
{
	char *argv[] = {"tool", "box", "7", "red", NULL};
	struct env env = parsed(4, argv);

	(void)state;
	assert_string_equal(env.name, "box");
	assert_int_equal(env.rows.frames, 7);
	assert_string_equal(env.colour, "red");
	assert_string_equal(env.rows.csv, "default.csv");
	assert_false(env.rows.csv_given);
}

static void test_options(void **state)
{
	char *argv[] = {"tool", "--colour=red", "-o", "x.csv", "box", "-f", "9", NULL};
	struct env env = parsed(7, argv);

	(void)state;
	assert_string_equal(env.name, "box");
	assert_string_equal(env.colour, "red");
	assert_int_equal(env.rows.frames, 9);
	assert_string_equal(env.rows.csv, "x.csv");
	assert_true(env.rows.csv_given);
}

/* The exit status of the whole program. */
static int status(int argc, char **argv)
{
	struct env env = {.rows = OPTIONS_ROWS_DEFAULTS(NULL)};
	int wstatus;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		_exit(tool_main(&tool, &env, argc, argv));
	}
	assert_int_equal(waitpid(pid, &wstatus, 0), pid);
	assert_true(WIFEXITED(wstatus));
	return WEXITSTATUS(wstatus);
}

static void test_status(void **state)
{
	char *good[] = {"tool", "box", NULL};
	char *missing[] = {"tool", "--colour=red", NULL};
	char *too_many[] = {"tool", "box", "7", "red", "more", NULL};
	char *wrong[] = {"tool", "box", "0", NULL};
	char *unknown[] = {"tool", "box", "--size=1x1", NULL};

	(void)state;
	assert_int_equal(status(2, good), RAN);
	assert_int_equal(status(2, missing), EXIT_USAGE);
	assert_int_equal(status(5, too_many), EXIT_USAGE);
	assert_int_equal(status(3, wrong), EXIT_USAGE);
	assert_int_equal(status(3, unknown), EXIT_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_status),
	};

	return cmocka_run_group_tests_name("tool", tests, NULL, NULL);
}
