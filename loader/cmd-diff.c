// SPDX-License-Identifier: MIT
/*
 * cmd-diff.c - vpipe-trace diff
 *
 * Is a change larger than the noise? Frames that follow each other are not
 * independent (a queue, a busy neighbour, a cold cache last for several), so each
 * run is cut into consecutive blocks and a block counts as one observation: the
 * method of batch means (Law, Kelton: Simulation Modeling and Analysis). The blocks
 * of A and B are compared by the rank test of Mann and Whitney (1947), which assumes
 * no distribution; a block with an outlier, however far out, is one block. The range
 * of the change is that of Hodges and Lehmann (1963), which goes with the test: it
 * excludes 0 if and only if the test finds a change. Means and medians of the blocks
 * are both tested: a mean sees what a few frames of each block pay, a median what all
 * do, though a few pay much more.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/commands.h"
#include "loader/results.h"
#include "loader/runs/read.h"
#include "lib/args.h"
#include "lib/msg.h"
#include "lib/text.h"

#define BLOCKS	   10
#define PAIRS	   (BLOCKS * BLOCKS)
#define MIN_FRAMES 100 /* 10 a block */
#define COLUMNS	   80
#define VALUE	   (COLUMNS - 4) /* columns for a value on a line of its own */
#define BEFORE	   20 /* of what is still the same are shown */
/*
 * Pairs that may contradict. Of the C(20, 10) = 184,756 orders of the blocks of two
 * equal runs, 2 x 45 have at most 7 such pairs: p = 0.0005. So a false alarm anywhere
 * in the 20 rows of the table, each tested twice, comes in 2 of 100 comparisons.
 */
#define CONTRARY 7
/*
 * Part of A's value that a change must exceed, all of its range. A bucket of the
 * histograms, of which medians are made, is 1.6 % wide; and the same program at
 * another place in memory differs by that and more (Mytkowicz and others: Producing Wrong
 * Data Without Doing Anything Obviously Wrong, 2009), which no test on two runs sees.
 */
#define FLOOR 0.02

/* A cost, the end-to-end time, or a stage. */
enum {
	ROW_E2E = N_COSTS,
	ROW_STAGES,
	N_ROWS = ROW_STAGES + VPIPE_N_STAGES,
};

/* One of them in one run. */
struct series {
	struct vpipe_hist all;
	struct vpipe_hist blocks[BLOCKS];
};

struct side {
	const char *name;
	struct run_files run;
	struct series series[N_ROWS];
};

/* Range of a change, ns a frame. */
struct range {
	double low, high;
	bool real; /* it is beyond the noise, all of it */
};

/* What became of a row from A to B. */
struct change {
	const char *name;
	struct latency a, b;
	bool enough; /* frames, to tell a change from noise; if not there are no ranges */
	struct range mean, median;
};

struct diff {
	struct side a, b;
	struct change changes[N_ROWS];
	bool json;
};

static const char *row_name(unsigned int row)
{
	if (row < N_COSTS)
		return cost_name(row);
	return results_hist_name(row == ROW_E2E ? (unsigned int)VPIPE_HIST_E2E : row - ROW_STAGES);
}

static void add(struct series *series, unsigned int block, uint64_t ns)
{
	hist_count(&series->all, ns);
	hist_count(&series->blocks[block], ns);
}

static void on_row(void *arg, const struct run_row *row)
{
	struct side *side = arg;
	unsigned int block = (unsigned int)((double)row->frame * BLOCKS / (double)side->run.rows);

	for (unsigned int cost = 0; cost < N_COSTS; cost++)
		add(&side->series[cost], block, row->costs[cost]);
	add(&side->series[ROW_E2E], block, row->e2e_ns);
	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		if (row->known & 1U << stage)
			add(&side->series[ROW_STAGES + stage], block, row->stages[stage]);
	}
}

static bool has_enough(const struct series *series)
{
	for (unsigned int block = 0; block < BLOCKS; block++) {
		if (hist_total(&series->blocks[block]) < MIN_FRAMES / BLOCKS)
			return false;
	}
	return true;
}

static double block_mean(const struct vpipe_hist *block)
{
	return (double)block->range.total_ns / (double)hist_total(block);
}

static double block_median(const struct vpipe_hist *block)
{
	return (double)hist_percentile(block, 50);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The difference of each block of B from each of A, in order: see the top of this file. */
static struct range test(const struct series *a, const struct series *b,
			 double (*value)(const struct vpipe_hist *block))
{
	double differences[PAIRS], floor;
	struct range range;

	for (unsigned int i = 0; i < BLOCKS; i++) {
		for (unsigned int j = 0; j < BLOCKS; j++)
			differences[i * BLOCKS + j] = value(&b->blocks[i]) - value(&a->blocks[j]);
	}
	qsort(differences, PAIRS, sizeof(differences[0]), compare_doubles);
	range.low = differences[CONTRARY];
	range.high = differences[PAIRS - 1 - CONTRARY];
	floor = FLOOR * value(&a->all);
	range.real = range.low > floor || range.high < -floor;
	return range;
}

static void compare(struct diff *diff)
{
	for (unsigned int row = 0; row < N_ROWS; row++) {
		const struct series *a = &diff->a.series[row], *b = &diff->b.series[row];
		struct change *change = &diff->changes[row];

		change->name = row_name(row);
		change->a = latency_of(&a->all);
		change->b = latency_of(&b->all);
		change->enough = has_enough(a) && has_enough(b);
		if (change->enough) {
			change->mean = test(a, b, block_mean);
			change->median = test(a, b, block_median);
		}
	}
}

static int64_t mean_change(const struct change *change)
{
	return (int64_t)(change->b.mean_ns - change->a.mean_ns);
}

/* What of a row changed by more than the noise; "" for nothing. */
static const char *verdict(const struct change *change)
{
	if (!change->enough)
		return "too few";
	if (change->mean.real && change->median.real)
		return "changed";
	return change->mean.real ? "mean" : change->median.real ? "p50" : "";
}

static void print_us(double ns)
{
	printf(fabs(ns) < 1e8 ? " %8.1f" : " %8.0f", ns / 1000);
}

static void print_change(const struct change *change)
{
	double ns = (double)mean_change(change);

	printf("%-16s", change->name);
	if (!change->a.count || !change->b.count) {
		printf("%s\n", change->a.count	 ? "  only in A"
			       : change->b.count ? "  only in B"
						 : "");
		return;
	}
	print_us((double)change->a.mean_ns);
	print_us((double)change->b.mean_ns);
	printf(fabs(ns) < 1e8 ? " %+9.1f" : " %+9.0f", ns / 1000);
	if (change->a.mean_ns)
		printf(" %+7.1f%%", ns / (double)change->a.mean_ns * 100);
	else
		printf(" %8s", "-");
	print_us((double)change->a.p50_ns);
	print_us((double)change->b.p50_ns);
	printf("%s%s\n", *verdict(change) ? " " : "", verdict(change));
}

static void print_heads(const char *what)
{
	printf("%-16s %17s %18s %17s\n%-16s %8s %8s %9s %8s %8s %8s\n", "", "mean us a frame", "",
	       "p50 us", what, "A", "B", "change", "", "A", "B");
}

static void print_range(const char *what, const struct range *range)
{
	if (range->real)
		printf("  %s %+.1f to %+.1f", what, range->low / 1000, range->high / 1000);
}

/* Every row of which it can be said that it changed, and by how much. */
static void print_verdict(const struct diff *diff)
{
	unsigned int changed = 0, unknown = 0;

	putchar('\n');
	for (unsigned int row = 0; row < N_ROWS; row++) {
		const struct change *change = &diff->changes[row];

		unknown += !change->enough;
		if (!change->mean.real && !change->median.real)
			continue;
		if (!changed++)
			puts("larger than the noise, us a frame:");
		printf("%s%-16s", row > ROW_E2E ? "stage " : "", change->name);
		print_range("mean", &change->mean);
		print_range("p50", &change->median);
		putchar('\n');
	}
	if (unknown == N_ROWS)
		printf("too few frames to tell a change from noise: %d are needed in each run\n",
		       MIN_FRAMES);
	else if (!changed)
		puts("nothing changed by more than the noise");
}

static void print_side(const char *side, const struct table_head *head, const char *prefix)
{
	printf("%s  ", side);
	table_print_name(prefix, 30);
	printf("  %" PRIu64 " frames, ", head->frames);
	table_print_text(head->transport ?: head->command ?: "recorded", 16);
	printf("%s", head->algo ? ", " : "");
	table_print_text(head->algo ?: "", 16);
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
	const json_t *a = diff->a.run.json, *b = diff->b.run.json;
	const char *key;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		json_t *of_a = json_object_get(a, objects[i]);
		json_t *of_b = json_object_get(b, objects[i]);

		json_object_foreach(of_a, key, value)
			note_difference(found, objects[i], key, value, json_object_get(of_b, key));
	}
	/* that of our own tool follows from the options, but for the names of its files */
	if (!diff->a.run.head.transport && !diff->b.run.head.transport)
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
	if (side->run.complete)
		return;
	printf("INCOMPLETE: %s, ", letter);
	table_print_name(side->run.prefix, 60);
	putchar('\n');
	table_print_wrapped(side->run.missing);
}

static void print_diff(const struct diff *diff, const json_t *found)
{
	print_missing(&diff->a, "A");
	print_missing(&diff->b, "B");
	print_side("A", &diff->a.run.head, diff->a.run.prefix);
	print_side("B", &diff->b.run.head, diff->b.run.prefix);
	print_differences(found);
	if (table_is_flushed(&diff->a.run.head) || table_is_flushed(&diff->b.run.head))
		puts("caches flushed before each job: the flush itself is in queue");
	putchar('\n');
	print_heads("cost");
	for (unsigned int row = 0; row < N_ROWS; row++) {
		if (row == ROW_E2E)
			putchar('\n');
		if (row == ROW_STAGES)
			printf("\nstage\n");
		print_change(&diff->changes[row]);
	}
	print_verdict(diff);
}

static json_t *json_side(const struct latency *latency)
{
	if (!latency->count)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "count", (json_int_t)latency->count, "total_ns",
			 (json_int_t)latency->total_ns, "mean_ns", (json_int_t)latency->mean_ns,
			 "p50_ns", (json_int_t)latency->p50_ns);
}

static json_t *json_range(const struct change *change, const struct range *range)
{
	if (!change->enough)
		return json_null();
	return json_pack("{s:I, s:I, s:b}", "low_ns", (json_int_t)llround(range->low), "high_ns",
			 (json_int_t)llround(range->high), "changed", range->real);
}

/* @kind of thing is called the same as in a report's: "cost" or "stage". */
static json_t *json_change(const char *kind, const struct change *change)
{
	bool both = change->a.count && change->b.count;
	json_t *json = json_pack("{s:s, s:o, s:o}", kind, change->name, "a", json_side(&change->a),
				 "b", json_side(&change->b));

	json_object_set_new(json, "change_ns",
			    both ? json_integer(mean_change(change)) : json_null());
	json_object_set_new(json, "change",
			    both && change->a.mean_ns ? json_real((double)mean_change(change) /
								  (double)change->a.mean_ns)
						      : json_null());
	json_object_set_new(json, "mean", json_range(change, &change->mean));
	json_object_set_new(json, "p50", json_range(change, &change->median));
	json_object_set_new(json, "changed",
			    change->enough ? json_boolean(change->mean.real || change->median.real)
					   : json_null());
	return json;
}

static json_t *json_run(const struct run_files *run)
{
	char *name = text_new(run->prefix);
	json_t *json = json_pack("{s:s?, s:I, s:s?}", "run", name, "frames", (json_int_t)run->rows,
				 "incomplete", run->complete ? NULL : run->missing);

	free(name);
	return json;
}

static int print_json(const struct diff *diff, json_t *found)
{
	json_t *costs = json_array(), *stages = json_array(), *json;
	int err;

	for (unsigned int row = 0; row < N_ROWS; row++) {
		if (row < ROW_E2E)
			json_array_append_new(costs, json_change("cost", &diff->changes[row]));
		if (row > ROW_E2E)
			json_array_append_new(stages, json_change("stage", &diff->changes[row]));
	}
	json = json_pack("{s:o, s:o, s:O, s:o, s:o, s:o}", "a", json_run(&diff->a.run), "b",
			 json_run(&diff->b.run), "differences", found, "costs", costs, "e2e",
			 json_change("stage", &diff->changes[ROW_E2E]), "stages", stages);
	err = !json || json_dumpf(json, stdout, JSON_INDENT(2));
	if (err && !ferror(stdout)) /* that is said in the end */
		msg_error("cannot print the comparison as JSON");
	else if (!err)
		putchar('\n');
	json_decref(json);
	return err ? EXIT_FAILED : EXIT_GOOD;
}

enum {
	OPT_JSON = 256,
};

static const struct argp_option argp_options[] = {
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct diff *diff = state->input;

	switch (key) {
	case OPT_JSON:
		diff->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (diff->b.name)
			args_fail("two runs, not also '%.40s'", arg);
		*(diff->a.name ? &diff->b.name : &diff->a.name) = arg;
		return 0;
	case ARGP_KEY_END:
		if (!diff->b.name)
			args_fail("RUN_A and RUN_B are needed: NAME of bench/NAME.*, or DIR/NAME");
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
	       "  vpipe-trace diff /tmp/before /tmp/after\n"
	       "  vpipe-trace diff --json a b | jq '.costs[] | select(.changed)'\n"
	       "\n"
	       "NOISE\n"
	       "  Each run is cut into 10 blocks of frames that follow each other. A cost\n"
	       "  has changed if of the 100 pairs of a block of A and one of B at least 93\n"
	       "  differ in the same direction (rank test of Mann and Whitney, p < 0.0005);\n"
	       "  its range is what the pairs span without the 7 at either end. Both the\n"
	       "  means of the blocks and their medians are tested: \"mean\" or \"p50\" says\n"
	       "  that only one of them changed. One slow frame, however slow, is in one\n"
	       "  block and changes nothing. A range that comes within 2 % of A is noise,\n"
	       "  too. Each run must have 100 frames.\n"
	       "  What is the same all through a run and other in the next (memory layout,\n"
	       "  clock frequency, a neighbour) is not noise to this test: to be sure of a\n"
	       "  small change repeat both runs.\n"
	       "\n"
	       "Exit status: 0 good, whether costs changed or not, 1 a file is missing, damaged "
	       "or\n"
	       "changed since its run wrote it, 2 usage, 3 a run is incomplete.",
};

static int read_side(struct side *side)
{
	struct latency latencies[VPIPE_N_HISTS];
	int err = run_files_open(&side->run, side->name);

	if (!err && side->run.no_frames) {
		msg_error("%s has histograms only (--no-frames): there are no frames to compare",
			  side->run.prefix);
		err = -EINVAL;
	}
	return err ? err : run_files_read(&side->run, latencies, on_row, side);
}

int cmd_diff(int argc, char **argv)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	json_t *found = NULL;
	int status = EXIT_FAILED;

	if (!diff) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	args_run(&argp, argc, argv, diff);
	if (!read_side(&diff->a) && !read_side(&diff->b)) {
		status = diff->a.run.complete && diff->b.run.complete ? EXIT_GOOD : EXIT_INCOMPLETE;
		compare(diff);
		found = differences(diff);
		if (!diff->json)
			print_diff(diff, found);
		else if (print_json(diff, found))
			status = EXIT_FAILED;
	}
	json_decref(found);
	run_files_close(&diff->a.run);
	run_files_close(&diff->b.run);
	free(diff);
	return status;
}
