// SPDX-License-Identifier: MIT
/*
 * cmd-report.c - vpipe-trace report
 *
 * One pass over the rows of a run; what is kept of them is histograms, the worst
 * few, and a window of the sources' sequences, so that a run may be of any length.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/commands.h"
#include "loader/print-json.h"
#include "loader/page.h"
#include "loader/report.h"
#include "loader/run-args.h"
#include "loader/runs/identity.h"
#include "lib/args.h"
#include "lib/msg.h"

struct cmd_report {
	struct run_args runs;
	bool json, html;
	const char *page; /* html: its file; NULL: beside the run's */
	uint64_t leave_out; /* frames at the beginning */
	uint64_t deadline_ns; /* 0: the run's */
	unsigned int n_worst; /* asked for */
	bool worst_given;
	struct depth *depth;
	struct report report;
};

static void add_depth(struct cmd_report *cmd, const struct frame *frame)
{
	uint64_t queued_ns, done_ns;

	if (depth_of_frame(cmd->report.files.run.path, frame, &queued_ns, &done_ns))
		depth_add(cmd->depth, queued_ns, done_ns);
}

static void on_frame(void *arg, const struct frame *frame)
{
	struct cmd_report *cmd = arg;
	struct report *report = &cmd->report;

	add_depth(cmd, frame);
	dropped_add(&report->dropped, frame);
	unknowns_add(&report->unknowns, frame, report->files.run.path);
}

static void summarize(struct cmd_report *cmd)
{
	struct report *report = &cmd->report;

	dropped_finish(&report->dropped);
	report->depth_late = depth_finish(cmd->depth, report->slices);
	for (unsigned int i = 0; i < DEPTH_SLICES; i++) {
		const struct depth_slice *slice = &report->slices[i];

		report->whole.frames += slice->frames;
		report->whole.sum += slice->sum;
		if (slice->max > report->whole.max)
			report->whole.max = slice->max;
	}
}

static int read_run(struct cmd_report *cmd)
{
	struct run_files *files = &cmd->report.files;
	int err = run_files_open(files, cmd->runs.all->prefix);

	files->leave_out = cmd->leave_out;
	files->deadline_ns = cmd->deadline_ns;
	if (!err) {
		cmd->depth = depth_new(files->run.facts.start_ns, files->run.facts.end_ns);
		err = cmd->depth ? run_keep_worst(&files->run, cmd->n_worst) : -ENOMEM;
		if (err)
			msg_errno(err, NULL, "cannot read the run %s", cmd->runs.all->prefix);
	}
	if (!err)
		err = run_files_read(files,
				     &(struct run_listener){
					     .frame = on_frame,
					     .threads = identity_lists(files->json, RUN_FILE_SCHED),
					     .arg = cmd,
				     });
	if (!err)
		summarize(cmd);
	return err;
}

/* The run as a page: nothing is printed but its name. */
static int write_page(struct cmd_report *cmd)
{
	struct run_files *files = &cmd->report.files;
	struct page page;
	int err = run_files_open(files, cmd->runs.all->prefix);

	files->leave_out = cmd->leave_out;
	files->deadline_ns = cmd->deadline_ns;
	if (err)
		return EXIT_FAILED;
	err = page_begin(&page, cmd->page, files, NULL) ?: page_add(&page, files, NULL, NULL)
		      ?: page_end(&page);
	page_close(&page);
	if (err)
		return EXIT_FAILED;
	if (files->run.complete)
		return EXIT_GOOD;
	msg_warning("%s is incomplete: %s", files->prefix, files->missing);
	return EXIT_INCOMPLETE;
}

enum {
	OPT_JSON = 256,
	OPT_HTML,
	OPT_WARMUP,
	OPT_DEADLINE,
	OPT_WORST,
};

static const struct argp_option argp_options[] = {
	{"warmup", OPT_WARMUP, "N", 0, "leave the first N frames of each device out of all times",
	 0},
	{"deadline", OPT_DEADLINE, "TIME", 0, "count frames that take longer (default: the run's)",
	 0},
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns", 0},
	{"worst", OPT_WORST, "N", 0, "show the N longest frames (default 5)", 0},
	{"html", OPT_HTML, "FILE", OPTION_ARG_OPTIONAL,
	 "write a page to look at instead, to FILE (default RUN.report.html, -: stdout)", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cmd_report *cmd = state->input;
	char why[ARGS_WHY];
	uint64_t worst;

	switch (key) {
	case OPT_DEADLINE:
		if (args_parse_time("--deadline", arg, 86400, &cmd->deadline_ns, why))
			args_fail("%s", why);
		return 0;
	case OPT_WARMUP:
		if (args_parse_u64("--warmup", arg, 1, ARGS_MAX_FRAMES, &cmd->leave_out, why))
			args_fail("%s", why);
		return 0;
	case OPT_JSON:
		cmd->json = true;
		return 0;
	case OPT_HTML:
		cmd->html = true;
		cmd->page = page_arg(arg);
		return 0;
	case OPT_WORST:
		if (args_parse_u64("--worst", arg, 0, MAX_WORST, &worst, why))
			args_fail("%s", why);
		cmd->n_worst = (unsigned int)worst;
		cmd->worst_given = true;
		return 0;
	case ARGP_KEY_ARG:
		run_args_add(&cmd->runs, arg);
		return 0;
	case ARGP_KEY_END:
		run_args_check(&cmd->runs, 1, RUN_ARGS_MISSING);
		if (cmd->html && cmd->json)
			args_fail("one of --html and --json");
		if (cmd->html && cmd->worst_given)
			args_fail("one of --html and --worst: a page always has the same number "
				  "of frames");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "RUN",
	.doc = "Where the time of a run went, from its files: NAME for bench/NAME.*, "
	       "DIR/NAME, the files themselves, or a folder with one run. Needs no privilege, and "
	       "not the machine of the run."
	       "\vEXAMPLES\n"
	       "  vpipe-trace report run                 the run in bench/run.*\n"
	       "  vpipe-trace report run.old             the one before\n"
	       "  vpipe-trace report bench               the one run that is there\n"
	       "  vpipe-trace report --worst 20 /tmp/mmap\n"
	       "  vpipe-trace report --html run          bench/run.report.html: look at it\n"
	       "  vpipe-trace report --json run | jq '.costs[] | {cost, share}'\n"
	       "\n"
	       "FIELDS\n"
	       "  cost     what the frames' time was spent on; p50 and p99 of a frame\n"
	       "  stage    where they were meanwhile: the same time, divided otherwise\n"
	       "  runq     how long its threads waited for a CPU, whatever stage they were in\n"
	       "  frames   that began, and are recorded; below, those that are in no row\n"
	       "  losses   what the tracer missed: none, or how much of what\n"
	       "  device   of any driver's device: frames that came, those that never did,\n"
	       "           by cause, and those that were late; from frame to frame as done\n"
	       "           by the driver, and as dequeued (not known if --warmup leaves out\n"
	       "           more than the run did)\n"
	       "  queue    what jobs of mem2mem devices waited for before they began\n"
	       "  drops    source frames that no frame was made from: gaps in\n"
	       "           source_sequence, the numbers of the source's own buffers\n"
	       "  depth    frames between QBUF and done, as each one found it on coming\n"
	       "  worst    the longest frames: number of the row in frames.csv, the largest\n"
	       "           cost as a share of that frame, and where most of that was: the\n"
	       "           stage, what its carrier did, who woke it, on which CPU\n"
	       "\n"
	       "A terminal of 100 columns or more shows more percentiles, of 120 more costs\n"
	       "of each of the worst frames; what is no terminal has 80, or COLUMNS. Colours\n"
	       "go to terminals only, and nowhere if NO_COLOR is set: see --color.\n"
	       "\n"
	       "Reads run.json, summary.csv, hist.csv, frames.csv and, for names, sched.csv,\n"
	       "which must be as the run wrote them.\n"
	       "\n"
	       "Exit status: 0 good, 1 a file is missing, damaged or changed, 2 usage, 3 the\n"
	       "run is incomplete: what was lost is said first of all.",
};

int cmd_report(int argc, char **argv)
{
	struct cmd_report *cmd = calloc(1, sizeof(*cmd));
	struct report *report = &cmd->report;
	int status = EXIT_FAILED;

	if (!cmd) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	cmd->n_worst = DEFAULT_WORST;
	args_run(&argp, argc, argv, cmd);
	if (cmd->html) {
		status = write_page(cmd);
	} else if (!read_run(cmd)) {
		status = report->files.run.complete ? EXIT_GOOD : EXIT_INCOMPLETE;
		if (!cmd->json)
			report_print(report);
		else if (print_json(report_to_json(report), "the report"))
			status = EXIT_FAILED;
	}
	depth_free(cmd->depth);
	run_files_close(&report->files);
	run_args_free(&cmd->runs);
	free(cmd);
	return status;
}
