// SPDX-License-Identifier: MIT
/*
 * fuzz-args.c - command lines that nobody would type
 *
 * What is parsed must be what is written, within the bounds; what is refused is
 * refused with status 2 and a line that says why.
 *
 * Programs end by exit(), which is taken over here. The way back leads through
 * the parser that argp has called, so that argp frees what it has: each parser
 * of a program is called by one of ours. argp itself is told not to exit.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "loader/options.h"
#include "tests/fuzz/fuzz.h"
#include "user/lib/options.h"
#include "user/lib/tool.h"

#define MAX_ARGS 12
#define MAX_ARGP 4 /* a program's parser and its children */

/* exit() of the programs comes here; what libc does at its end does not. */
static jmp_buf *way_back;
static int exit_status;

/* The linker's --wrap makes these names. NOLINTBEGIN(bugprone-reserved-identifier) */
void __real_exit(int status) __attribute__((noreturn));
void __wrap_exit(int status) __attribute__((noreturn));
error_t __real_argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
			  int *arg_index, void *input);
error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
			  int *arg_index, void *input);
/* NOLINTEND(bugprone-reserved-identifier) */

void __wrap_exit(int status)
{
	if (!way_back)
		__real_exit(status);
	exit_status = status;
	longjmp(*way_back, 1);
}

static const struct argp *real[MAX_ARGP];
static struct argp ours[MAX_ARGP];

static error_t call_parser(int which, int key, char *arg, struct argp_state *state)
{
	jmp_buf *outer = way_back, here;
	error_t err = EINVAL;

	way_back = &here;
	if (!setjmp(here))
		err = real[which]->parser(key, arg, state);
	way_back = outer;
	return err;
}

#define X(n)                                                                    \
	static error_t parser_##n(int key, char *arg, struct argp_state *state) \
	{                                                                       \
		return call_parser(n, key, arg, state);                         \
	}
X(0)
X(1)
X(2)
X(3)
#undef X

static error_t (*const parsers[MAX_ARGP])(int key, char *arg, struct argp_state *state) = {
	parser_0, parser_1, parser_2, parser_3};

static const struct argp *our_argp(int which, const struct argp *argp)
{
	real[which] = argp;
	ours[which] = *argp;
	if (argp->parser)
		ours[which].parser = parsers[which];
	return &ours[which];
}

error_t __wrap_argp_parse(const struct argp *argp, int argc, char **argv, unsigned int flags,
			  int *arg_index, void *input)
{
	struct argp_child children[MAX_ARGP] = {0};
	int n = 0;

	our_argp(0, argp);
	for (; argp->children && argp->children[n].argp; n++) {
		FUZZ_CHECK(n < MAX_ARGP - 1);
		children[n] = argp->children[n];
		children[n].argp = our_argp(n + 1, argp->children[n].argp);
	}
	ours[0].children = n ? children : NULL;
	return __real_argp_parse(&ours[0], argc, argv, flags | ARGP_NO_EXIT, arg_index, input);
}

/* A capture program's options, all there are, and two positional arguments. */
struct env {
	struct vsetup setup;
	struct node_cv cv;
	struct options_rows rows;
};

static bool set(void *data, int key, const char *text)
{
	struct env *env = data;

	return options_rows_set(&env->rows, key, text) ||
	       options_video_set(&env->setup, key, text) || options_cv_set(&env->cv, key, text);
}

static const struct tool tool = {
	.arguments = (const int[]){OPTIONS_THRESHOLD, OPTIONS_FRAMES, 0},
	.tables = {options_cv_table, options_video_table, options_rows_table},
	.set = set,
};

static void run_tool(int argc, char **argv)
{
	struct env env = {
		OPTIONS_VIDEO_DEFAULTS, OPTIONS_CV_DEFAULTS, {.min_frames = 1, .frames = 1}};

	tool_parse(&tool, &env, argc, argv);
	FUZZ_CHECK(env.setup.width >= 1 && env.setup.width <= VPIPE_MAX_SIZE);
	FUZZ_CHECK(env.setup.height >= 1 && env.setup.height <= VPIPE_MAX_SIZE);
	FUZZ_CHECK(env.setup.fps >= 1 && env.setup.fps <= 1000);
	FUZZ_CHECK(env.setup.buffers >= 1 && env.setup.buffers <= 32);
	FUZZ_CHECK(env.cv.threshold <= 255 && env.cv.algo <= VPIPE_ALGO_THRESHOLD);
	FUZZ_CHECK(env.cv.cache <= VPIPE_CACHE_BOTH);
	for (int i = 0; i < 4; i++)
		FUZZ_CHECK(env.cv.roi[i] <= VPIPE_MAX_SIZE);
	FUZZ_CHECK(env.rows.frames >= 1 && env.rows.frames <= ARGS_MAX_FRAMES);
	FUZZ_CHECK(env.rows.timeout_ns <= 86400 * NS_PER_SEC);
}

static void check_session(const struct run_options *options)
{
	uint64_t ring = options->config.ring_bytes;

	FUZZ_CHECK(options->output);
	FUZZ_CHECK(options->duration_ns <= 86400 * NS_PER_SEC);
	FUZZ_CHECK(ring >= 4096 && ring <= 1 << 30 && !(ring & (ring - 1)), "%lu", ring);
	FUZZ_CHECK(options->counters.n <= VPIPE_MAX_COUNTERS);
	for (unsigned int i = 0; i < options->counters.n; i++) {
		FUZZ_CHECK(*options->counters.which[i].name);
		FUZZ_CHECK(counters_find(&options->counters, options->counters.which[i].name) ==
			   (int)i);
	}
	FUZZ_CHECK(options->config.want_source || !options->request.source);
}

static void run_run(int argc, char **argv)
{
	struct run_options options;

	run_options_parse(&options, argc, argv);
	check_session(&options);
	FUZZ_CHECK(options.request.frames >= 1 && options.request.frames <= ARGS_MAX_FRAMES);
	FUZZ_CHECK(!strcmp(options.request.transport, "dmabuf") ||
		   !strcmp(options.request.transport, "mmap"));
	FUZZ_CHECK(!strcmp(options.request.algo, "none") ||
		   !strcmp(options.request.algo, "threshold"));
	FUZZ_CHECK(options.request.cache <= VPIPE_CACHE_BOTH);
	FUZZ_CHECK(options.request.threshold <= 255 && options.request.fps >= 1 &&
		   options.request.fps <= 1000);
	for (int i = 0; i < 2; i++)
		FUZZ_CHECK(options.request.size[i] >= 1 &&
			   options.request.size[i] <= VPIPE_MAX_SIZE);
	/* a command is the end of the line, and there is one */
	FUZZ_CHECK(!options.command || *options.command);
	FUZZ_CHECK(!options.command || !options.pipeline_given);
	FUZZ_CHECK(options.config.want_source || options.command);
}

static void run_record(int argc, char **argv)
{
	struct run_options options;

	record_options_parse(&options, argc, argv);
	check_session(&options);
	FUZZ_CHECK(options.pid <= 4194304);
}

static char *copy_text(struct fuzz_input *in)
{
	const uint8_t *end = memchr(in->at, '\0', in->left);
	size_t size = end ? (size_t)(end - in->at) : in->left;
	char *text = strndup((const char *)in->at, size);

	FUZZ_CHECK(text != NULL);
	in->at += size + (end != NULL);
	in->left -= size + (end != NULL);
	return text;
}

static void try_program(void (*program)(int argc, char **argv), struct fuzz_input *in)
{
	char *args[MAX_ARGS] = {"fuzz-args"}, *argv[MAX_ARGS];
	struct fuzz_said said;
	volatile int argc = 1; /* from before setjmp() */
	jmp_buf here;

	while (in->left && argc < MAX_ARGS - 1) {
		args[argc] = copy_text(in);
		if (!strncmp(args[argc], "--H", 3))
			args[argc][2] = 'h'; /* argp's hidden --HANG does what it says */
		argc++;
	}
	memcpy(argv, args, sizeof(args)); /* argp puts them in another order */
	fuzz_listen();
	exit_status = EXIT_GOOD;
	way_back = &here;
	if (!setjmp(here))
		program(argc, argv);
	way_back = NULL;
	said = fuzz_heard();
	FUZZ_CHECK(exit_status == EXIT_GOOD || exit_status == EXIT_USAGE, "%d", exit_status);
	FUZZ_CHECK(exit_status == EXIT_GOOD || said.err_size, "nothing said");
	fuzz_said_free(&said);
	program_invocation_name = program_invocation_short_name = args[0]; /* of --program-name */
	for (int i = 1; args[i]; i++)
		free(args[i]);
}

/* What @text is as a number, said otherwise; false: none that 64 bits hold. */
static bool is_number(const char *text, size_t size, uint64_t *value)
{
	unsigned __int128 sum = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum >> 64 ? sum : sum * 10 + (unsigned int)(text[i] - '0');
	}
	*value = (uint64_t)sum;
	return size && !(sum >> 64);
}

static void check_why(int err, const char *why)
{
	FUZZ_CHECK(err == 0 || err == -EINVAL, "%d", err);
	FUZZ_CHECK(memchr(why, '\0', ARGS_WHY) && (strlen(why) > 10) == (err != 0), "%s", why);
}

static void try_u64(struct fuzz_input *in)
{
	uint64_t min = fuzz_number(in), max = fuzz_number(in), value = 0, wanted;
	char *text = copy_text(in), why[ARGS_WHY] = "";
	int err = args_parse_u64("number", text, min, max, &value, why);
	bool good = is_number(text, strlen(text), &wanted) && wanted >= min && wanted <= max;

	check_why(err, why);
	FUZZ_CHECK(good == !err && (!good || value == wanted), "'%s' became %lu", text, value);
	free(text);
}

static void try_seconds(struct fuzz_input *in)
{
	uint32_t min = fuzz_u32(in) >> (fuzz_u8(in) & 31), max = fuzz_u32(in);
	char *text = copy_text(in), why[ARGS_WHY] = "", nano[] = "000000000";
	size_t whole_size = strcspn(text, "."), size;
	uint64_t value = 0, whole = 0, fraction = 0;
	int err = args_parse_seconds("time", text, min, max, &value, why);
	bool good = is_number(text, whole_size, &whole) && whole <= max;

	if (text[whole_size]) {
		size = strlen(text + whole_size + 1);
		good = good && size && size <= 9;
		memcpy(nano, text + whole_size + 1, size < 9 ? size : 9);
		good = good && is_number(nano, 9, &fraction);
	}
	good = good && whole >= min && (whole < max || !fraction);
	check_why(err, why);
	FUZZ_CHECK(good == !err, "'%s' from %u to %u: %d", text, min, max, err);
	FUZZ_CHECK(!good || value == whole * NS_PER_SEC + fraction, "'%s' is %lu", text, value);
	free(text);
}

static void try_list(struct fuzz_input *in)
{
	uint32_t count = 1 + fuzz_below(in, 5), min = fuzz_u8(in), max = fuzz_u32(in);
	unsigned int values[5] = {0};
	char *text = copy_text(in), why[ARGS_WHY] = "", *at = text;
	int err = args_parse_list("list", text, "N,N", ',', count, min, max, values, why);
	bool good = true;

	for (uint32_t i = 0; good && i < count; i++) {
		size_t size = strcspn(at, ",");
		uint64_t wanted;

		good = is_number(at, size, &wanted) && wanted >= min && wanted <= max &&
		       at[size] == (i + 1 < count ? ',' : '\0');
		FUZZ_CHECK(err || (good && values[i] == wanted), "'%s'", text);
		at += size + 1;
	}
	check_why(err, why);
	FUZZ_CHECK(good == !err, "'%s': %d", text, err);
	free(text);
}

static void try_choice(struct fuzz_input *in)
{
	static const char *const names[] = {"none", "threshold", "dmabuf", NULL};
	char *text = copy_text(in), why[ARGS_WHY] = "";
	unsigned int choice = 99;
	int err = args_parse_choice("choice", text, names, &choice, why);

	check_why(err, why);
	FUZZ_CHECK(err || (choice < 3 && !strcmp(names[choice], text)), "'%s'", text);
	FUZZ_CHECK(!err || choice == 99);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};

	switch (fuzz_u8(&in) % 7) {
	case 0:
		try_program(run_run, &in);
		break;
	case 1:
		try_program(run_record, &in);
		break;
	case 2:
		try_program(run_tool, &in);
		break;
	case 3:
		try_u64(&in);
		break;
	case 4:
		try_seconds(&in);
		break;
	case 5:
		try_list(&in);
		break;
	default:
		try_choice(&in);
	}
	return 0;
}
