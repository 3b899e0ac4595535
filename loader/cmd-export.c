// SPDX-License-Identifier: MIT
/* cmd-export.c - vpipe-trace export: a run, for other programs */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/commands.h"
#include "loader/model/selection.h"
#include "loader/outfile.h"
#include "loader/run-args.h"
#include "loader/runs/read.h"
#include "loader/sinks/sink.h"

#define MAX_SECONDS (366 * 24 * 3600U)

static const struct format {
	const char *name;
	const char *does;
	const struct sink *sink;
	enum sink_format kind;
} formats[] = {
#define X(format, its_kind, what) \
	{.name = #format, .does = what, .sink = &sink_##format, .kind = its_kind},
	SINK_FORMATS(X)
#undef X
};

#define N_FORMATS  (sizeof(formats) / sizeof(formats[0]))
#define OPT_FORMAT 256 /* and those behind it: formats[] */

enum { OPT_STAGE = OPT_FORMAT + N_FORMATS, OPT_WORST, OPT_FROM, OPT_TO };

struct export
{
	struct run_args runs;
	const struct format *format;
	const char *output; /* NULL: stdout */
	const char *stage; /* NULL: all */
	uint64_t worst, from_ns, to_ns; /* 0: all, the beginning, the end */
	bool is_part; /* any of these was given */
	struct selection selection;
	struct run_files files;
	struct outfile to;
	struct sinks *sinks;
};

/* Which of the frames. */
static void parse_part(struct export *export, int key, const char *arg)
{
	char why[ARGS_WHY];
	int err;

	if (key == OPT_WORST)
		err = args_parse_u64("--worst", arg, 1, SELECTION_MAX, &export->worst, why);
	else if (key == OPT_FROM)
		err = args_parse_seconds("--from", arg, 0, MAX_SECONDS, &export->from_ns, why);
	else
		err = args_parse_seconds("--to", arg, 0, MAX_SECONDS, &export->to_ns, why);
	if (err)
		args_fail("%s", why);
	if (key == OPT_TO && !export->to_ns)
		args_fail("--to must be more than 0: seconds since the run began");
	export->is_part = true;
}

/* What goes together. */
static void check_options(const struct export *export)
{
	const struct format *format = export->format;

	if (!format)
		args_fail("a format is missing, such as --%s", formats[0].name);
	if (export->is_part && format->kind == SINK_FIGURES)
		args_fail("--%s is of the whole run: --worst, --from and --to are for formats "
			  "that have frames",
			  format->name);
	if (export->stage && format->sink != &sink_hgrm)
		args_fail("--stage is for --hgrm: --%s has all stages", format->name);
	if (export->to_ns && export->from_ns >= export->to_ns)
		args_fail("--from must be before --to");
	if (format->kind == SINK_BINARY && !export->output && isatty(STDOUT_FILENO))
		args_fail("--%s is not for a terminal: name a file with -o, or send it to another "
			  "program",
			  format->name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct export *export = state->input;

	if (key >= OPT_FORMAT && key < OPT_FORMAT + (int)N_FORMATS) {
		if (export->format && export->format != &formats[key - OPT_FORMAT])
			args_fail("one format, not --%s and --%s", export->format->name,
				  formats[key - OPT_FORMAT].name);
		export->format = &formats[key - OPT_FORMAT];
		return 0;
	}
	switch (key) {
	case 'o':
		if (!*arg)
			args_fail("the file needs a name");
		export->output = outfile_named(arg);
		return 0;
	case OPT_STAGE:
		export->stage = arg;
		return 0;
	case OPT_WORST:
	case OPT_FROM:
	case OPT_TO:
		parse_part(export, key, arg);
		return 0;
	case ARGP_KEY_ARG:
		run_args_add(&export->runs, arg);
		return 0;
	case ARGP_KEY_END:
		run_args_check(&export->runs, 1, RUN_ARGS_MISSING);
		check_options(export);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const char doc[] =
	"Write a run, from its files, in a format that other programs read: to stdout, or to a "
	"file. Needs no privilege, and not the machine of the run."
	"\vEXAMPLES\n"
	"  vpipe-trace export run --jsonl | jq 'select(.e2e_ns > 5e6) | .frame'\n"
	"  vpipe-trace export run --perfetto -o run.pftrace     open in ui.perfetto.dev\n"
	"  vpipe-trace export run --perfetto --worst 10 -o worst.pftrace\n"
	"  vpipe-trace export run --jsonl --from 1.5 --to 2     a part of its time\n"
	"  vpipe-trace export run --hgrm --stage e2e -o e2e.hgrm\n"
	"  vpipe-trace export run --metrics -o run.prom\n"
	"\n"
	"FIELDS of --jsonl\n"
	"  They are called as the columns of frames.csv; what that has of a stage is\n"
	"  in stages.NAME, what of a cost in costs_ns.\n"
	"\n"
	"docs/export.md says what is in each format.\n"
	"\n"
	"Exit status: 0 good, 1 a file is missing, damaged or changed, 2 usage, or no\n"
	"such stage, 3 the run is incomplete, as is what was written: what was lost is\n"
	"said.";

static void parse_options(struct export *export, int argc, char **argv)
{
	static const struct argp_option others[] = {
		{"output", 'o', "FILE", 0, "write to FILE (default, and -: stdout)", 0},
		{"stage", OPT_STAGE, "NAME", 0, "--hgrm: of this stage only; e2e: of whole frames",
		 0},
		{"worst", OPT_WORST, "N", 0, "only the N frames that took longest", 0},
		{"from", OPT_FROM, "S", 0, "only from S seconds after the run began ...", 0},
		{"to", OPT_TO, "S", 0, "... to S seconds", 0},
		{0},
	};
	static struct argp_option options[N_FORMATS + sizeof(others) / sizeof(others[0])];
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "RUN", .doc = doc};

	for (size_t i = 0; i < N_FORMATS; i++)
		options[i] = (struct argp_option){
			formats[i].name, OPT_FORMAT + (int)i, NULL, 0, formats[i].does, 0};
	memcpy(options + N_FORMATS, others, sizeof(others));
	args_run(&argp, argc, argv, export);
}

/* Is there anything of what was asked for? */
static int check_part(const struct export *export)
{
	const struct run_facts *facts = &export->files.run.facts;
	uint64_t took_ns = facts->end_ns - facts->start_ns;

	if (facts->config.no_frames && export->format->kind != SINK_FIGURES)
		msg_error("%s has histograms only (%s): there are no frames to export",
			  export->files.prefix, run_files_why_no_rows(&export->files));
	else if (export->from_ns > took_ns)
		msg_error("%s took %.3f s: there is nothing --from %.3f s on", export->files.prefix,
			  (double)took_ns / NS_PER_SEC, (double)export->from_ns / NS_PER_SEC);
	else
		return 0;
	return -EINVAL;
}

/* What is there, for who has asked for something else. */
static void say_stages(const struct path *path, const char *stage)
{
	char names[512] = "", text[TEXT_ROOM(40)];
	size_t used = 0;

	for (unsigned int i = 0; i < path_n_hists(path) && used < sizeof(names); i++)
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
					 path_hist_name(path, i));
	text_of(text, sizeof(text), stage, "");
	msg_error("the run has no stage '%s', but %s", text, names);
}

/* A wrong name is a matter of the command line, though it takes the run to tell. */
static int check_stage(const struct export *export, int *status)
{
	const struct path *path = export->files.run.path;

	if (!export->stage || path_find_hist(path, export->stage) < path_n_hists(path))
		return 0;
	say_stages(path, export->stage);
	*status = EXIT_USAGE;
	return -EINVAL;
}

static void take_frame(void *arg, const struct frame *frame)
{
	const struct export *export = arg;

	sinks_frame(export->sinks, frame);
}

static int begin_selection(struct export *export)
{
	const uint64_t start_ns = export->files.run.facts.start_ns;
	int err;

	export->selection = (struct selection){
		.from_ns = export->from_ns ? start_ns + export->from_ns : 0,
		.to_ns = export->to_ns ? start_ns + export->to_ns : UINT64_MAX,
		.worst = (unsigned int)export->worst,
		.take = take_frame,
		.arg = export,
	};
	err = selection_begin(&export->selection);
	if (err)
		msg_errno(err, NULL, "cannot export the run");
	return err;
}

static int open_run(struct export *export)
{
	int err = run_files_open(&export->files, export->runs.all->prefix);

	if (!err)
		err = check_part(export);
	return err ? err : begin_selection(export);
}

static void on_frame(void *arg, const struct frame *frame)
{
	struct export *export = arg;

	selection_add(&export->selection, frame);
}

static void on_drop(void *arg, const struct drop *drop)
{
	struct export *export = arg;

	selection_end(&export->selection);
	if (!drop->due_ns || selection_covers(&export->selection, drop->due_ns, drop->due_ns))
		sinks_drop(export->sinks, drop);
}

static void on_cycle(void *arg, const struct cycle *cycle)
{
	uint64_t from_ns = cycle->given_ns ?: cycle->done_ns;
	struct export *export = arg;

	selection_end(&export->selection);
	if (selection_covers(&export->selection, from_ns, cycle->taken_ns ?: cycle->done_ns))
		sinks_cycle(export->sinks, cycle);
}

static void on_span(void *arg, const struct span *span)
{
	struct export *export = arg;

	selection_end(&export->selection);
	if (selection_covers(&export->selection, span->start_ns, span->end_ns))
		sinks_span(export->sinks, span);
}

/* Of an old run the histograms may be missing. */
static int check_figures(const struct export *export)
{
	char what[32];

	snprintf(what, sizeof(what), "--%s", export->format->name);
	return export->format->kind == SINK_FIGURES ? run_files_have_hists(&export->files, what)
						    : 0;
}

/* What the format has a use for is read, and no more. */
static int read_run(struct export *export)
{
	const struct sink *sink = export->format->sink;
	const struct run_listener listener = {
		.frame = on_frame,
		.drop = sink->drop ? on_drop : NULL,
		.cycle = sink->cycle ? on_cycle : NULL,
		.span = sink->span ? on_span : NULL,
		.threads = sink->span,
		.arg = export,
	};
	int err = run_files_read(&export->files, &listener);

	if (err)
		return err;
	selection_end(&export->selection);
	return check_figures(export);
}

static int write_all(struct export *export)
{
	const struct sink *const list[] = {export->format->sink, NULL};
	struct sink_place place = {.stage = export->stage,
				   .some = selection_is_sparse(&export->selection)};
	int err = export->output ? run_files_spare(&export->files, export->output) : 0;

	if (!err)
		err = outfile_open(&export->to, export->output);
	place.out = export->to.out;
	if (!err)
		err = sinks_open(&export->sinks, list, &export->files.run, &place);
	if (err)
		return err;
	err = read_run(export);
	if (err)
		sinks_abort(export->sinks);
	else
		err = sinks_finish(export->sinks, &export->files.run);
	return err ? err : outfile_commit(&export->to);
}

static void close_export(struct export *export)
{
	outfile_close(&export->to);
	selection_free(&export->selection);
	run_files_close(&export->files);
	run_args_free(&export->runs);
}

int cmd_export(int argc, char **argv)
{
	static struct export export = {.to = {.file = {.fd = -1}}};
	int status = EXIT_FAILED;

	parse_options(&export, argc, argv);
	if (!open_run(&export) && !check_stage(&export, &status) && !write_all(&export)) {
		status = export.files.run.complete ? EXIT_GOOD : EXIT_INCOMPLETE;
		if (status == EXIT_INCOMPLETE)
			msg_warning("%s is incomplete: %s", export.files.prefix,
				    export.files.missing);
	}
	close_export(&export);
	return status;
}
