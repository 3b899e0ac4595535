// SPDX-License-Identifier: MIT
/* tool.c - what the main() of every capture program is, see tool.h */
#include "lib/args.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "user/lib/tool.h"

/* What argp hands to the parsers. */
struct input {
	const struct tool *tool;
	void *env;
};

/* Of each table. Keys of argp itself are unknown to set() as well. */
static error_t parse_option(int key, char *text, struct argp_state *state)
{
	const struct input *input = state->input;

	return input->tool->set(input->env, key, text) ? 0 : ARGP_ERR_UNKNOWN;
}

/* The key that the argument argp is at stands for. */
static int argument_key(const struct tool *tool, const char *text, unsigned int number)
{
	for (unsigned int i = 0; tool->arguments[i]; i++) {
		if (i == number)
			return tool->arguments[i];
	}
	args_fail("'%s' is one argument too many", text);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	const struct input *input = state->input;
	const struct tool *tool = input->tool;

	switch (key) {
	case ARGP_KEY_INIT:
		for (int i = 0; tool->tables[i]; i++)
			state->child_inputs[i] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		return parse_option(argument_key(tool, text, state->arg_num), text, state);
	case ARGP_KEY_END:
		if (state->arg_num < tool->needed)
			args_fail("%s", tool->missing);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

void tool_parse(const struct tool *tool, void *env, int argc, char **argv)
{
	struct argp tables[TOOL_TABLES] = {0};
	struct argp_child children[TOOL_TABLES] = {0};
	struct argp argp = {.parser = parse, .args_doc = tool->args_doc, .doc = tool->doc};
	struct input input = {tool, env};

	for (int i = 0; tool->tables[i]; i++) {
		tables[i] = (struct argp){.options = tool->tables[i], .parser = parse_option};
		children[i].argp = &tables[i];
	}
	argp.children = children;
	args_run(&argp, argc, argv, &input);
}

int tool_main(const struct tool *tool, void *env, int argc, char **argv)
{
	int err;

	tool_parse(tool, env, argc, argv);
	err = stop_init();
	if (err) {
		msg_errno(err, NULL, "cannot handle signals");
		return EXIT_FAILED;
	}
	return args_exit(tool->run(env));
}
