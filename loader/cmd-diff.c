// SPDX-License-Identifier: MIT
/* cmd-diff.c - vpipe-trace diff: what changed from one run to another, and whether it is noise */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loader/commands.h"
#include "loader/diff-rows.h"
#include "loader/diff-tail.h"
#include "loader/model/change.h"
#include "loader/page.h"
#include "loader/print-json.h"
#include "loader/run-args.h"
#include "loader/runs/read.h"
#include "loader/sinks/table.h"
#include "lib/args.h"
#include "lib/msg.h"
#include "lib/text.h"

#define COLUMNS 80
#define VALUE	(COLUMNS - 4) /* columns for a value on a line of its own */
#define BEFORE	20 /* of what is still the same are shown */

struct side {
	struct run_files files;
	struct series *series; /* a row each */
	uint64_t frames; /* that are in it so far: those of the warm-up are not */
};

struct diff {
	struct run_args runs;
	struct side a, b;
	struct change *changes; /* a row each */
	struct diff_limit limit;
	bool json, html;
	const char *page; /* html: its file; NULL: beside A's */
};

static unsigned int row_stages(const struct path *path)
{
	return change_e2e(path) + 1;
}

static const struct path *path_of(const struct diff *diff)
{
	return diff->a.files.run.path;
}

static void on_frame(void *arg, const struct frame *frame)
{
	struct side *side = arg;
	const struct path *path = side->files.run.path;
	unsigned int block;

	if (frame_is_warmup(frame))
		return;
	block = series_block(side->frames++, side->files.rows - side->files.warmup_rows);
	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		series_add(&side->series[cost], block, frame->costs[cost]);
	series_add(&side->series[change_e2e(path)], block, frame->e2e_ns);
	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		if (frame->known & 1U << stage)
			series_add(&side->series[row_stages(path) + stage], block,
				   frame->stages[stage].ns);
	}
}

/* A cost that a run does not know took no time in its rows, which is no measure of it. */
static void forget_unknown(struct side *side)
{
	const struct run *run = &side->files.run;

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		if (!run_knows_cost(run, cost))
			memset(&side->series[cost], 0, sizeof(side->series[cost]));
	}
}

/* Frames that begin or end elsewhere are none that became slower; nor are the costs of what is there. */
static void compare_stages(struct diff *diff)
{
	const struct run *a = &diff->a.files.run, *b = &diff->b.files.run;

	for (unsigned int row = 0; row <= change_e2e(a->path); row++) {
		struct change *change = &diff->changes[row];

		if (change->a.count && change->b.count && !run_has_stages_of(a, b, row))
			*change = (struct change){.a = change->a, .b = change->b, .unlike = true};
	}
}

static void compare(struct diff *diff)
{
	const struct path *path = path_of(diff);
	unsigned int contrary = change_contrary(change_rows(path));
	unsigned int tail = change_tail_contrary(change_rows(path));

	forget_unknown(&diff->a);
	forget_unknown(&diff->b);
	for (unsigned int row = 0; row < change_rows(path); row++)
		diff->changes[row] =
			change_of(&diff->a.series[row], &diff->b.series[row], contrary, tail);
	compare_stages(diff);
}

static int64_t mean_change(const struct change *change)
{
	return (int64_t)(change->b.mean_ns - change->a.mean_ns);
}

static void print_side(const char *side, const struct run_files *files)
{
	const struct run_facts *facts = &files->run.facts;

	printf("%s  ", side);
	table_print_name(files->prefix, 30);
	printf("  %" PRIu64 " frames, ", run_frames(&files->run));
	if (files->warmup_rows)
		printf("%" PRIu64 " of them warm-up, ", files->warmup_rows);
	table_print_text(facts->transport ?: facts->program ?: "recorded", 16);
	printf("%s", facts->algo ? ", " : "");
	table_print_text(facts->algo ?: "", 16);
	putchar('\n');
}

/* Note in @found that member @what of @of is not the same in both runs, if it isn't. */
static void note_difference(json_t *found, const char *of, const char *what, json_t *a, json_t *b)
{
	if (a && b && !json_equal(a, b))
		json_array_append_new(found, json_pack("{s:s, s:s, s:O, s:O}", "of", of, "what",
						       what, "a", a, "b", b));
}

/* Each value of run.json that says what was run, and where, and is not the same in both. */
static json_t *differences(const struct diff *diff)
{
	static const char *const objects[] = {"options", "driver", "machine"};
	json_t *found = json_array(), *value;
	const json_t *a = diff->a.files.json, *b = diff->b.files.json;
	const char *key;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		json_t *of_a = json_object_get(a, objects[i]);
		json_t *of_b = json_object_get(b, objects[i]);

		json_object_foreach(of_a, key, value)
			note_difference(found, objects[i], key, value, json_object_get(of_b, key));
	}
	/* that of our own tool follows from the options, but for the names of its files */
	if (!diff->a.files.run.facts.transport && !diff->b.files.run.facts.transport)
		note_difference(found, "command", "argv",
				json_object_get(json_object_get(a, "command"), "argv"),
				json_object_get(json_object_get(b, "command"), "argv"));
	return found;
}

/* A value of run.json as a person reads it: text as it is, not escaped once more. */
static void print_value(FILE *to, const json_t *value)
{
	json_t *item;
	size_t i;

	if (json_is_string(value)) {
		fprintf(to, "\"%s\"", json_string_value(value));
	} else if (json_is_array(value)) {
		putc('[', to);
		json_array_foreach(value, i, item)
		{
			fputs(i ? ", " : "", to);
			print_value(to, item);
		}
		putc(']', to);
	} else {
		json_dumpf(value, to, JSON_ENCODE_ANY | JSON_COMPACT);
	}
}

static char *value_text(const json_t *value)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to) {
		print_value(to, value);
		fclose(to);
	}
	return text;
}

/* How many bytes of @a and @b are the same, to a whole character. */
static size_t same_bytes(const char *a, const char *b)
{
	size_t same = 0;

	while (a[same] && a[same] == b[same])
		same++;
	while (same && ((unsigned char)a[same] & 0xc0) == 0x80)
		same--;
	return same;
}

/* @text from @skip bytes on, in @width columns; what is left out at either end is "...". */
static void print_window(const char *text, size_t skip, unsigned int width)
{
	const char *from = text + skip;

	printf("%s", skip ? "..." : "");
	width -= skip ? 3 : 0;
	if (strlen(from) <= width) {
		table_print_text(from, width);
	} else {
		table_print_text(from, width - 3);
		printf("...");
	}
}

/* Two values: on the line if they fit, else one below the other from shortly before they differ. */
static void print_two(const char *a, const char *b, int column)
{
	size_t skip = 0, same = same_bytes(a, b);

	if ((size_t)column + strlen(a) + strlen(b) + 7 <= COLUMNS) {
		printf(": ");
		table_print_text(a, COLUMNS);
		printf(" and ");
		table_print_text(b, COLUMNS);
		putchar('\n');
		return;
	}
	if (strlen(a) > VALUE || strlen(b) > VALUE)
		skip = same > BEFORE ? same - BEFORE : 0;
	while (((unsigned char)a[skip] & 0xc0) == 0x80)
		skip++;
	printf(":\n  A ");
	print_window(a, skip, VALUE);
	printf("\n  B ");
	print_window(b, skip, VALUE);
	putchar('\n');
}

static void print_differences(const json_t *found)
{
	json_t *item;
	size_t i;

	json_array_foreach(found, i, item)
	{
		char *a = value_text(json_object_get(item, "a"));
		char *b = value_text(json_object_get(item, "b"));
		const char *what = json_string_value(json_object_get(item, "what"));
		int column =
			printf("not the same %s ", json_string_value(json_object_get(item, "of")));

		table_print_text(what, 24);
		print_two(a ?: "", b ?: "", column + (int)strlen(what));
		free(a);
		free(b);
	}
}

/* First of all: what else is said is not of all frames then. */
static void print_missing(const struct side *side, const char *letter)
{
	if (side->files.run.complete)
		return;
	printf("INCOMPLETE: %s, ", letter);
	table_print_name(side->files.prefix, 60);
	putchar('\n');
	table_print_wrapped(side->files.missing, 8);
}

static void print_diff(const struct diff *diff, const json_t *found)
{
	const struct path *path = path_of(diff);

	print_missing(&diff->a, "A");
	print_missing(&diff->b, "B");
	diff_print_answer(&diff->a.files.run, &diff->b.files.run, diff->changes);
	print_side("A", &diff->a.files);
	print_side("B", &diff->b.files);
	print_differences(found);
	if (table_is_flushed(&diff->a.files.run.facts) ||
	    table_is_flushed(&diff->b.files.run.facts))
		puts("caches flushed before each job: the flush itself is in queue");
	putchar('\n');
	diff_print_rows(path, diff->changes);
	diff_print_tails(path, diff->changes);
	diff_print_ranges(path, diff->changes);
	diff_print_worse(path, diff->changes, &diff->limit);
}

static json_t *json_side(const struct latency *latency)
{
	if (!latency->count)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "count", (json_int_t)latency->count,
			 "total_ns", (json_int_t)latency->total_ns, "mean_ns",
			 (json_int_t)latency->mean_ns, "p50_ns", (json_int_t)latency->p50_ns,
			 "p95_ns", (json_int_t)latency->p95_ns, "p99_ns",
			 (json_int_t)latency->p99_ns, "max_ns", (json_int_t)latency->max_ns);
}

static json_t *json_range(const struct change *change, const struct range *range)
{
	if (!change->enough)
		return json_null();
	return json_pack("{s:I, s:I, s:b}", "low_ns", (json_int_t)llround(range->low), "high_ns",
			 (json_int_t)llround(range->high), "changed", range->real);
}

/* @kind of thing is called the same as in a report's: "cost" or "stage". */
static json_t *json_change(const struct diff *diff, const char *kind, unsigned int row)
{
	const struct change *change = &diff->changes[row];
	bool both = change->a.count && change->b.count && !change->unlike;
	json_t *json = json_pack("{s:s, s:o, s:o}", kind, change_row_name(path_of(diff), row), "a",
				 json_side(&change->a), "b", json_side(&change->b));

	json_object_set_new(json, "change_ns",
			    both ? json_integer(mean_change(change)) : json_null());
	json_object_set_new(json, "change",
			    both && change->a.mean_ns ? json_real((double)mean_change(change) /
								  (double)change->a.mean_ns)
						      : json_null());
	json_object_set_new(json, "mean", json_range(change, &change->mean));
	json_object_set_new(json, "p50", json_range(change, &change->median));
	json_object_set_new(json, "p95", json_range(change, &change->p95));
	json_object_set_new(json, "p99", json_range(change, &change->p99));
	json_object_set_new(json, "max", json_range(change, &change->max));
	json_object_set_new(json, "changed",
			    change->enough ? json_boolean(change->mean.real || change->median.real)
					   : json_null());
	json_object_set_new(json, "tail_changed",
			    change->enough ? json_boolean(change_of_tail(change)) : json_null());
	return json;
}

static json_t *json_run(const struct run_files *files)
{
	char *name = text_new(files->prefix);
	json_t *json =
		json_pack("{s:s?, s:I, s:s?}", "run", name, "frames", (json_int_t)files->rows,
			  "incomplete", files->run.complete ? NULL : files->missing);

	free(name);
	return json;
}

static json_t *diff_to_json(const struct diff *diff, json_t *found)
{
	const struct path *path = path_of(diff);
	json_t *costs_of = json_array(), *stages = json_array(), *json;

	for (unsigned int row = 0; row < path->n_costs; row++)
		json_array_append_new(costs_of, json_change(diff, "cost", row));
	for (unsigned int row = row_stages(path); row < change_rows(path); row++)
		json_array_append_new(stages, json_change(diff, "stage", row));
	json = json_pack("{s:o, s:o, s:O, s:b, s:o, s:o, s:o}", "a", json_run(&diff->a.files), "b",
			 json_run(&diff->b.files), "differences", found, "same_stages",
			 !diff->changes[change_e2e(path)].unlike, "costs", costs_of, "e2e",
			 json_change(diff, "stage", change_e2e(path)), "stages", stages);
	if (diff->limit.given && json) {
		json_object_set_new(json, "fail_above", json_real(diff->limit.above));
		json_object_set_new(json, "worse",
				    diff_worse_to_json(path, diff->changes, &diff->limit));
	}
	return json;
}

enum {
	OPT_JSON = 256,
	OPT_FAIL_ABOVE,
	OPT_HTML,
};

static const struct argp_option argp_options[] = {
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns", 0},
	{"fail-above", OPT_FAIL_ABOVE, "PCT", 0,
	 "status 4 if anything takes over PCT percent longer in B, beyond the noise", 0},
	{"html", OPT_HTML, "FILE", OPTION_ARG_OPTIONAL,
	 "write a page to look at instead, to FILE (default A-B.diff.html beside A; -: stdout)", 0},
	{0},
};

static void parse_limit(struct diff_limit *limit, const char *arg)
{
	char *end;

	limit->above = strtod(arg, &end) / 100;
	limit->given = true;
	/* "1e1", "0x1", "inf" and signs are no numbers here */
	if (!*arg || *end || arg[strspn(arg, "0123456789.")] || limit->above > 1000)
		args_fail("--fail-above must be a number of percent from 0 to 100000, not '%.40s'",
			  arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff *diff = state->input;

	switch (key) {
	case OPT_JSON:
		diff->json = true;
		return 0;
	case OPT_FAIL_ABOVE:
		parse_limit(&diff->limit, arg);
		return 0;
	case OPT_HTML:
		diff->html = true;
		diff->page = page_arg(arg);
		return 0;
	case ARGP_KEY_ARG:
		run_args_add(&diff->runs, arg);
		return 0;
	case ARGP_KEY_END:
		run_args_check(&diff->runs, 2,
			       "RUN_A and RUN_B are needed: NAME of bench/NAME.*, or DIR/NAME");
		if (diff->html && diff->json)
			args_fail("one of --html and --json");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "RUN_A RUN_B",
	.doc = "What changed from one run to another, cost by cost and stage by stage: the mean "
	       "of a frame, its change, the median; and whether the change is larger than the "
	       "noise. Reads the files of both runs, each NAME for bench/NAME.*, or DIR/NAME."
	       "\vEXAMPLES\n"
	       "  vpipe-trace diff dmabuf mmap           bench/dmabuf.* and bench/mmap.*\n"
	       "  vpipe-trace diff run.old run           the run before, and the last one\n"
	       "  vpipe-trace diff /tmp/before /tmp/after\n"
	       "  vpipe-trace diff --html dmabuf mmap    look at bench/dmabuf-mmap.diff.html\n"
	       "  vpipe-trace diff --json a b | jq '.costs[] | select(.changed)'\n"
	       "  vpipe-trace diff --fail-above 10 good new || echo \"it got slower\"\n"
	       "\n"
	       "NOISE\n"
	       "  Each run is cut into 10 blocks of frames that follow each other. A cost\n"
	       "  has changed if of the 100 pairs of a block of A and one of B at least 93\n"
	       "  differ in the same direction (rank test of Mann and Whitney, p < 0.0005);\n"
	       "  its range is what the pairs span without the 7 at either end. (That is of\n"
	       "  20 rows: 2 of 100 comparisons of like runs have one that changed.) Both the\n"
	       "  means of the blocks and their medians are tested: \"mean\" or \"p50\" says\n"
	       "  that only one of them changed. One slow frame, however slow, is in one\n"
	       "  block and changes nothing. A range that comes within 2 % of A is noise,\n"
	       "  too. Each run must have 100 frames.\n"
	       "  What is the same all through a run and other in the next (memory layout,\n"
	       "  clock frequency, a neighbour) is not noise to this test: to be sure of a\n"
	       "  small change repeat both runs.\n"
	       "\n"
	       "  What one run does not know is \"only in\" the other, and nothing is said of\n"
	       "  its change. Where it is a stage, e2e and the costs that its time may be are\n"
	       "  of more there: they are \"unlike\", and not compared.\n"
	       "\n"
	       "  The tail (p95, p99, max) is tested likewise by that of each block: three\n"
	       "  tests a row, 2 more of 100 comparisons. In a block of less than 100 frames\n"
	       "  its p99 is its max.\n"
	       "\n"
	       "  --fail-above 10: a figure (p50, p95, p99 or max of a cost, of e2e, or of a\n"
	       "  stage) fails if it is more than 10 % longer in B and has grown by more than\n"
	       "  the noise. What got shorter never fails.\n"
	       "\n"
	       "Exit status: 0 good, whether costs changed or not, 1 a file is missing,\n"
	       "damaged or changed since its run wrote it, 2 usage, 3 a run is incomplete, or\n"
	       "has too few frames or other stages for --fail-above, 4 a figure fails.",
};

static int open_side(struct side *side, const struct run_arg *arg)
{
	int err = run_files_open(&side->files, arg->prefix);

	if (!err && side->files.run.facts.config.no_frames) {
		msg_error("%s has histograms only (%s): there are no frames to compare",
			  side->files.prefix, run_files_why_no_rows(&side->files));
		err = -EINVAL;
	}
	return err;
}

/* Into @page, too, if that is not NULL. */
static int read_side(struct side *side, struct page *page)
{
	side->series = calloc(change_rows(side->files.run.path), sizeof(side->series[0]));
	if (side->series && page)
		return page_add(page, &side->files, on_frame, side);
	if (side->series)
		return run_files_read(&side->files,
				      &(struct run_listener){.frame = on_frame, .arg = side});
	msg_errno(ENOMEM, NULL, "cannot compare the runs");
	return -ENOMEM;
}

static int open_both(struct diff *diff)
{
	int err =
		open_side(&diff->a, &diff->runs.all[0]) ?: open_side(&diff->b, &diff->runs.all[1]);

	if (!err && !path_is_same(path_of(diff), diff->b.files.run.path)) {
		msg_error("%s and %s are of different paths, %s and %s: their stages cannot be "
			  "compared",
			  diff->a.files.prefix, diff->b.files.prefix, path_of(diff)->name,
			  diff->b.files.run.path->name);
		err = -EINVAL;
	}
	if (!err) {
		diff->changes = calloc(change_rows(path_of(diff)), sizeof(diff->changes[0]));
		err = diff->changes ? 0 : -ENOMEM;
		if (err)
			msg_errno(err, NULL, "cannot compare the runs");
	}
	return err;
}

static void warn_incomplete(const struct run_files *files)
{
	if (!files->run.complete)
		msg_warning("%s is incomplete: %s", files->prefix, files->missing);
}

/* The comparison as a page: nothing is printed but its name. */
static int write_page(struct diff *diff)
{
	struct page page;
	json_t *found;
	int err = page_begin(&page, diff->page, &diff->a.files, &diff->b.files)
			  ?: read_side(&diff->a, &page)
			  ?: read_side(&diff->b, &page);

	if (!err) {
		compare(diff);
		found = differences(diff);
		err = page_add_json(&page, "diff", diff_to_json(diff, found)) ?: page_end(&page);
		json_decref(found);
	}
	page_close(&page);
	if (err)
		return EXIT_FAILED;
	warn_incomplete(&diff->a.files);
	warn_incomplete(&diff->b.files);
	return diff_status(path_of(diff), diff->changes, &diff->limit);
}

static int print_all(struct diff *diff)
{
	json_t *found;
	int status;

	if (read_side(&diff->a, NULL) || read_side(&diff->b, NULL))
		return EXIT_FAILED;
	compare(diff);
	status = diff_status(path_of(diff), diff->changes, &diff->limit);
	found = differences(diff);
	if (!diff->json)
		print_diff(diff, found);
	else if (print_json(diff_to_json(diff, found), "the comparison"))
		status = EXIT_FAILED;
	json_decref(found);
	return status;
}

static void diff_free(struct diff *diff)
{
	run_args_free(&diff->runs);
	run_files_close(&diff->a.files);
	run_files_close(&diff->b.files);
	free(diff->a.series);
	free(diff->b.series);
	free(diff->changes);
	free(diff);
}

int cmd_diff(int argc, char **argv)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	int status = EXIT_FAILED;

	if (!diff) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	args_run(&argp, argc, argv, diff);
	if (!open_both(diff))
		status = diff->html ? write_page(diff) : print_all(diff);
	if (status == EXIT_GOOD && !(diff->a.files.run.complete && diff->b.files.run.complete))
		status = EXIT_INCOMPLETE;
	diff_free(diff);
	return status;
}
