// SPDX-License-Identifier: MIT
/* cmd-check.c - vpipe-trace check: does a run hold what is claimed of it? */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/commands.h"
#include "loader/model/claim.h"
#include "loader/run-args.h"
#include "loader/runs/read.h"
#include "loader/sinks/table.h"
#include "lib/args.h"
#include "lib/msg.h"
#include "lib/text.h"

#define MAX_CLAIMS 256
#define SHOWN	   60 /* columns of a claim, a name or a reason */

/* A claim, and what came of it. */
struct checked {
	struct claim claim;
	const struct figure *figure;
	enum claim_verdict verdict;
};

struct check {
	struct run_args runs; /* one, when they are checked */
	bool json, list;
	uint64_t leave_out; /* frames at the beginning */
	uint64_t deadline_ns; /* 0: the run's */
	struct run_files files;
	struct figure_rows rows;
	struct figures figures;
	unsigned int n_claims;
	struct checked claims[MAX_CLAIMS];
};

static void on_frame(void *arg, const struct frame *frame)
{
	struct check *check = arg;

	figure_rows_add(&check->rows, frame);
}

/* The families of figures, of which all are some hundred. */
static void list_families(const struct figures *figures, char *names, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < figures->n && used < size; i++) {
		const char *name = figures->all[i].name, *last = strrchr(name, '.');
		size_t length = last ? (size_t)(last - name) : strlen(name);

		if (last && strcmp(last, ".p50") != 0)
			continue; /* of e2e.min, e2e.p50, ... one stands for all */
		used += (size_t)snprintf(names + used, size - used, "%s%.*s%s", used ? ", " : "",
					 (int)length, name, last ? ".*" : "");
	}
}

/* There is no such figure, or there are two. */
static void say_unknown(const struct check *check, const struct claim *claim, bool ambiguous)
{
	const char *near = figures_nearest(&check->figures, claim->figure);
	char families[700] = "";

	list_families(&check->figures, families, sizeof(families));
	if (ambiguous)
		msg_error("'%.60s': a cost and a stage are called so: write cost.%.60s or "
			  "stage.%.60s",
			  claim->text, claim->figure, claim->figure);
	else
		msg_error("'%.60s': there is no figure '%.60s'%s%s%s; vpipe-trace check --list RUN "
			  "shows all: %s",
			  claim->text, claim->figure, near ? ": did you mean " : "", near ?: "",
			  near ? "?" : "", families);
}

/* The figure of each claim. Returns 0, or -EINVAL having said what is wrong. */
static int find_figures(struct check *check)
{
	char why[CLAIM_WHY];

	for (unsigned int i = 0; i < check->n_claims; i++) {
		struct checked *one = &check->claims[i];
		bool ambiguous;

		one->figure = figures_find(&check->figures, one->claim.figure, &ambiguous);
		if (!one->figure) {
			say_unknown(check, &one->claim, ambiguous);
			return -EINVAL;
		}
		if (claim_fits(&one->claim, one->figure, why)) {
			msg_error("%s", why);
			return -EINVAL;
		}
	}
	return 0;
}

static int make_figures(struct check *check, const struct figure_rows *rows)
{
	int err;

	figures_free(&check->figures);
	err = figures_init(&check->figures, &check->files.run, rows);
	if (err)
		msg_errno(err, NULL, "cannot check the run %s", check->runs.all->prefix);
	return err;
}

/* Names first: a wrong one is told before a long run is read. */
static int prepare(struct check *check, int *status)
{
	int err =
		run_files_open(&check->files, check->runs.all->prefix) ?: make_figures(check, NULL);

	if (!err && find_figures(check)) {
		*status = EXIT_USAGE;
		return -EINVAL;
	}
	return err;
}

static int judge(struct check *check)
{
	int err;

	check->files.leave_out = check->leave_out;
	check->files.deadline_ns = check->deadline_ns;
	err = run_files_read(&check->files,
			     &(struct run_listener){.frame = on_frame, .arg = check});

	if (!err) {
		figure_rows_finish(&check->rows);
		err = make_figures(check, &check->rows) ?: find_figures(check);
	}
	for (unsigned int i = 0; !err && i < check->n_claims; i++) {
		struct checked *one = &check->claims[i];

		one->verdict = claim_judge(&one->claim, one->figure);
	}
	return err;
}

/* One that fails is worse than one that cannot be told. */
static int status_of(const struct check *check)
{
	bool unknown = !check->files.run.complete, fails = false;

	for (unsigned int i = 0; i < check->n_claims; i++) {
		unknown |= check->claims[i].verdict == CLAIM_UNKNOWN;
		fails |= check->claims[i].verdict == CLAIM_FAILS;
	}
	return fails ? EXIT_NOT_HELD : unknown ? EXIT_INCOMPLETE : EXIT_GOOD;
}

static const char *const verdicts[] = {
	[CLAIM_HOLDS] = "ok",
	[CLAIM_FAILS] = "FAILED",
	[CLAIM_UNKNOWN] = "unknown",
};

static void print_claims(const struct check *check)
{
	char value[FIGURE_TEXT];

	if (!check->files.run.complete) {
		puts("INCOMPLETE: what follows is not of all of the run");
		table_print_wrapped(check->files.missing, 8);
	}
	for (unsigned int i = 0; i < check->n_claims; i++) {
		const struct checked *one = &check->claims[i];

		figure_text(one->figure, value);
		printf("%-8s%14s  ", verdicts[one->verdict], value);
		table_print_name(one->claim.text, SHOWN);
		if (one->verdict == CLAIM_UNKNOWN)
			printf(": not measured, %s", one->figure->why);
		putchar('\n');
	}
}

static void print_list(const struct check *check)
{
	char value[FIGURE_TEXT];

	for (size_t i = 0; i < check->figures.n; i++) {
		const struct figure *figure = &check->figures.all[i];

		figure_text(figure, value);
		table_print_column(figure->name, 32);
		printf("%14s%s%s\n", value,
		       figure->known ? "" : "  not measured: ", figure->known ? "" : figure->why);
	}
}

/* Times in ns; a share of 1. */
static json_t *json_value(const struct figure *figure)
{
	if (!figure->known)
		return json_null();
	if (figure->kind == FIGURE_TIME || figure->kind == FIGURE_COUNT)
		return json_integer((json_int_t)figure->whole);
	return json_real(figure->real);
}

static json_t *json_figure(const struct figure *figure)
{
	static const char *const kinds[] = {
		[FIGURE_TIME] = "ns",
		[FIGURE_COUNT] = "count",
		[FIGURE_SHARE] = "share",
		[FIGURE_RATE] = "per second",
	};

	return json_pack("{s:s, s:s, s:o, s:s?}", "figure", figure->name, "is", kinds[figure->kind],
			 "value", json_value(figure), "not_measured",
			 figure->known ? NULL : figure->why);
}

static json_t *json_claim(const struct checked *one)
{
	json_t *json = json_figure(one->figure);
	char *text = text_new(one->claim.text);

	json_object_set_new(json, "claim", text ? json_string(text) : json_null());
	json_object_set_new(json, "verdict", json_string(verdicts[one->verdict]));
	free(text);
	return json;
}

static int print_json(const struct check *check)
{
	char *name = text_new(check->files.prefix);
	json_t *all = json_array(), *json;
	int err;

	for (unsigned int i = 0; i < check->n_claims; i++)
		json_array_append_new(all, json_claim(&check->claims[i]));
	for (size_t i = 0; check->list && i < check->figures.n; i++)
		json_array_append_new(all, json_figure(&check->figures.all[i]));
	json = json_pack("{s:s?, s:s?, s:i, s:o}", "run", name, "incomplete",
			 check->files.run.complete ? NULL : check->files.missing, "status",
			 status_of(check), check->list ? "figures" : "claims", all);
	free(name);
	err = !json || json_dumpf(json, stdout, JSON_INDENT(2));
	if (err && !ferror(stdout)) /* that is said in the end */
		msg_error("cannot print the claims as JSON");
	else if (!err)
		putchar('\n');
	json_decref(json);
	return err;
}

enum {
	OPT_JSON = 256,
	OPT_WARMUP,
	OPT_DEADLINE,
	OPT_LIST,
};

static const struct argp_option argp_options[] = {
	{"warmup", OPT_WARMUP, "N", 0, "leave the first N frames of each device out of all times",
	 0},
	{"deadline", OPT_DEADLINE, "TIME", 0, "count frames that take longer (default: the run's)",
	 0},
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns, shares of 1", 0},
	{"list", OPT_LIST, NULL, 0, "show every figure of the run, with its value", 0},
	{0},
};

static void add_claim(struct check *check, const char *text)
{
	char why[CLAIM_WHY];

	if (check->n_claims == MAX_CLAIMS)
		args_fail("no more than %d claims", MAX_CLAIMS);
	if (claim_parse(&check->claims[check->n_claims++].claim, text, why))
		args_fail("%s", why);
}

/* A run comes first; what follows is claims, but for other files of it: a shell's NAME.* is all of them. */
static void add_argument(struct check *check, const char *text)
{
	if (!check->runs.n || (!strpbrk(text, "<>=!") && !access(text, F_OK)))
		run_args_add(&check->runs, text);
	else
		add_claim(check, text);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct check *check = state->input;
	char why[ARGS_WHY];

	switch (key) {
	case OPT_DEADLINE:
		if (args_parse_time("--deadline", arg, 86400, &check->deadline_ns, why))
			args_fail("%s", why);
		return 0;
	case OPT_WARMUP:
		if (args_parse_u64("--warmup", arg, 1, ARGS_MAX_FRAMES, &check->leave_out, why))
			args_fail("%s", why);
		return 0;
	case OPT_JSON:
		check->json = true;
		return 0;
	case OPT_LIST:
		check->list = true;
		return 0;
	case ARGP_KEY_ARG:
		add_argument(check, arg);
		return 0;
	case ARGP_KEY_END:
		run_args_check(&check->runs, 1, RUN_ARGS_MISSING);
		if (!check->n_claims && !check->list)
			args_fail("a CLAIM is missing, such as 'e2e.p99<5ms'");
		if (check->n_claims && check->list)
			args_fail("--list shows all figures, and checks no claims");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "RUN CLAIM...",
	.doc = "Does a run hold what is claimed of it? A line for each claim: ok, FAILED, or "
	       "unknown "
	       "where it was not measured; the measured value; the claim. Reads the files of the "
	       "run, as report does."
	       "\vEXAMPLES\n"
	       "  vpipe-trace check run 'e2e.p99<5ms' 'drops==0' 'lost==0'\n"
	       "  vpipe-trace check run 'jitter.share<10%' 'stage.queue.p50<1ms' 'frames>=300'\n"
	       "  vpipe-trace check --json /tmp/mmap 'e2e.max<=40ms' | jq .claims\n"
	       "  vpipe-trace check --list run           every figure there is\n"
	       "\n"
	       "CLAIMS\n"
	       "  A figure, < <= > >= == or !=, a value. In quotes: < and > are the shell's.\n"
	       "\n"
	       "  e2e.WHAT, runq.WHAT, stage.NAME.WHAT, cost.NAME.WHAT\n"
	       "          WHAT is min, p50, p95, p99, p999, max, mean, total (a time: 5ms,\n"
	       "          0.25us, 40 ms), count (a number) or share (of the frames' time:\n"
	       "          10%). stage. and cost. may be left out where only one is called\n"
	       "          so. Percentiles are middles of buckets, within 0.8 %.\n"
	       "  frames  that were recorded; started: that began; errors: that came back\n"
	       "          with the error flag\n"
	       "  fps     frames a second from the first to the last one\n"
	       "  drops   frames of the source or the devices that never came, or came in\n"
	       "          vain; drops.CAUSE, drops.share\n"
	       "  missing  those that never came\n"
	       "  late    more than 1.5 periods behind the one before\n"
	       "  over    beyond the deadline; over.share\n"
	       "  lost    of what was measured, all; lost.CAUSE, by the names in run.json\n"
	       "\n"
	       "What was not measured is neither 0 nor good: such a claim is unknown.\n"
	       "\n"
	       "Exit status: 0 all claims hold, 1 a file is missing, damaged or changed, 2\n"
	       "usage, or a claim that cannot be read or names no figure, 3 none fails, but\n"
	       "one is unknown, or the run is incomplete, 4 a claim fails.",
};

int cmd_check(int argc, char **argv)
{
	struct check *check = calloc(1, sizeof(*check));
	int status = EXIT_FAILED;

	if (!check) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	args_run(&argp, argc, argv, check);
	if (!prepare(check, &status) && !judge(check)) {
		status = status_of(check);
		if (check->json && print_json(check))
			status = EXIT_FAILED;
		else if (!check->json && check->list)
			print_list(check);
		else if (!check->json)
			print_claims(check);
	}
	figures_free(&check->figures);
	run_files_close(&check->files);
	run_args_free(&check->runs);
	free(check);
	return status;
}
