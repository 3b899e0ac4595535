// SPDX-License-Identifier: MIT
/* main.c - vpipe-trace VERB */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "loader/commands.h"
#include "lib/args.h"
#include "lib/msg.h"
#include "lib/screen.h"

static const char columns_doc[] =
	"Say what the columns of a run's files mean, as a table of Markdown for each file. Which "
	"stages there are is said by `vpipe-trace stages`."
	"\vEXAMPLES\n"
	"  vpipe-trace columns\n"
	"  vpipe-trace columns | grep dwell\n"
	"\n"
	"Exit status: 0 good, 1 failed, 2 usage.";

static const struct {
	const char *verb;
	const char *does;
	int (*run)(int argc, char **argv);
	const char *doc; /* of one without options; NULL: it has a parser of its own */
} verbs[] = {
	{"run", "trace a pipeline from its first frame to its last", cmd_run, NULL},
	{"record", "attach to what already runs", cmd_record, NULL},
	{"top", "look at what runs, as it runs", cmd_top, NULL},
	{"doctor", "what this machine can measure, and how to get what it can't", cmd_doctor, NULL},
	{"report", "the table of a run again, from its files", cmd_report, NULL},
	{"diff", "what changed between two runs, cost by cost", cmd_diff, NULL},
	{"check", "does a run hold what is claimed of it? for scripts", cmd_check, NULL},
	{"export", "the frames of a run, for other programs", cmd_export, NULL},
	{"merge", "the runs of several machines as one: histograms added up", cmd_merge, NULL},
	{"list", "which runs there are, of when, and how long their frames took", cmd_list, NULL},
	{"stages", "list the stages a frame's time is divided into", cmd_stages, NULL},
	{"columns", "what the columns of a run's files mean", cmd_columns, columns_doc},
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(void)
{
	puts("usage: vpipe-trace VERB [OPTIONS]\n\n"
	     "Where do camera frames lose their time, and why did some never come? Every\n"
	     "nanosecond of every frame through a V4L2 device, charged to a cost.\n");
	for (size_t i = 0; i < N_VERBS; i++)
		printf("  %-8s %s\n", verbs[i].verb, verbs[i].does);
	puts("\nvpipe-trace VERB --help tells more; --version says which this is.\n\n"
	     "EXAMPLES\n"
	     "  sudo vpipe-trace record -d /dev/video0 -D 10   any camera, as it is used now\n"
	     "  sudo vpipe-trace run                  300 frames of vivid, files bench/run.*\n"
	     "  sudo vpipe-trace run -t mmap -o mmap  with a copy by the application\n"
	     "  vpipe-trace report run                where its time went, from bench/run.*\n"
	     "  vpipe-trace list                      which runs are in bench/\n"
	     "  vpipe-trace doctor                    what can be measured here\n\n"
	     "Exit status: 0 good, 1 failed, 2 usage, 3 finished but data are incomplete,\n"
	     "4 what was claimed does not hold.");
}

static int run_verb(size_t verb, int argc, char **argv)
{
	static char name[64];

	snprintf(name, sizeof(name), "vpipe-trace %s", verbs[verb].verb);
	argv[0] = name;
	program_invocation_short_name = name;
	if (!verbs[verb].doc)
		return args_exit(verbs[verb].run(argc, argv));
	args_none(verbs[verb].doc, argc, argv);
	return args_exit(verbs[verb].run(1, argv));
}

enum {
	OPT_COLOR = 0x2000, /* beside those of all verbs */
};

static const struct argp_option color_option[] = {
	{"color", OPT_COLOR, "auto|always|never", 0,
	 "colours: on terminals (default), always, never", 0},
	{0},
};

static bool take_color(int key, const char *text)
{
	unsigned int colors;
	char why[ARGS_WHY];

	if (key != OPT_COLOR)
		return false;
	if (args_parse_choice("--color", text, screen_color_names, &colors, why))
		args_fail("%s", why);
	screen_set_colors(colors);
	return true;
}

static void unknown_verb(const char *text)
{
	const char *names[N_VERBS + 1] = {NULL}, *meant;

	for (size_t i = 0; i < N_VERBS; i++)
		names[i] = verbs[i].verb;
	meant = args_nearest(text, names);
	if (meant)
		args_fail("unknown verb '%.40s': did you mean %s?", text, meant);
	args_fail("unknown verb '%.40s'", text);
}

int main(int argc, char **argv)
{
	args_stdio();
	program_invocation_short_name = "vpipe-trace";
	args_for_all(color_option, take_color);
	if (argc < 2)
		args_fail("a verb is missing");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_help();
		return args_exit(EXIT_GOOD);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("vpipe-trace " VPIPE_VERSION);
		return EXIT_GOOD;
	}
	for (size_t i = 0; i < N_VERBS; i++) {
		if (!strcmp(argv[1], verbs[i].verb))
			return run_verb(i, argc - 1, argv + 1);
	}
	unknown_verb(argv[1]);
}
