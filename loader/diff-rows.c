// SPDX-License-Identifier: MIT
/* diff-rows.c - see diff-rows.h */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/diff-rows.h"
#include "loader/model/dropped.h"
#include "loader/sinks/table.h"
#include "lib/duration.h"
#include "lib/text.h"

void diff_print_ns(uint64_t ns)
{
	putchar(' ');
	table_print_ns(ns, 8);
}

/* With its sign, in @width columns. */
static void print_signed(double ns, unsigned int width)
{
	uint64_t size = (uint64_t)llround(fabs(ns));
	char text[DURATION_TEXT];
	unsigned int columns = text_columns(duration_text(size, text)) + 1;

	printf("%*s%s%s", columns < width ? (int)(width - columns) : 0, "", ns < 0 ? "-" : "+",
	       text);
}

static double mean_change(const struct change *change)
{
	return (double)change->b.mean_ns - (double)change->a.mean_ns;
}

bool diff_is_nothing(const struct change *change)
{
	return !change->a.max_ns && !change->b.max_ns;
}

/* What of a row changed by more than the noise; "" for nothing. */
static const char *verdict(const struct change *change)
{
	if (!change->enough)
		return change->unlike ? "unlike" : "too few";
	if (change->mean.real && change->median.real)
		return "changed";
	return change->mean.real ? "mean" : change->median.real ? "p50" : "";
}

static void print_change(const char *name, const struct change *change)
{
	double ns = mean_change(change);

	table_print_column(name, DIFF_NAME);
	if (change_only_in(change)) {
		printf("  only in %s\n", change_only_in(change));
		return;
	}
	diff_print_ns(change->a.mean_ns);
	diff_print_ns(change->b.mean_ns);
	putchar(' ');
	if (change->unlike)
		printf("%9s", "-");
	else
		print_signed(ns, 9);
	if (change->a.mean_ns && !change->unlike)
		printf(" %+7.1f%%", ns / (double)change->a.mean_ns * 100);
	else
		printf(" %8s", "-");
	diff_print_ns(change->a.p50_ns);
	diff_print_ns(change->b.p50_ns);
	printf("%s%s\n", *verdict(change) ? " " : "", verdict(change));
}

static void print_rows(const char *head, const struct path *path, const struct change *changes,
		       unsigned int from, unsigned int to)
{
	printf("%s\n", head);
	for (unsigned int row = from; row < to; row++) {
		if (!diff_is_nothing(&changes[row]))
			print_change(change_row_name(path, row), &changes[row]);
	}
}

void diff_print_rows(const struct path *path, const struct change *changes)
{
	unsigned int e2e = change_e2e(path);
	char head[80];

	printf("%-16s %17s %18s %17s\n", "", "mean of a frame", "", "p50");
	snprintf(head, sizeof(head), "%-16s %8s %8s %9s %8s %8s %8s", "cost", "A", "B", "change",
		 "", "A", "B");
	print_rows(head, path, changes, 0, e2e);
	print_rows("", path, changes, e2e, e2e + 1);
	print_rows("\nstage", path, changes, e2e + 1, change_rows(path));
}

static void print_range(const char *what, const struct range *range)
{
	printf("  %s ", what);
	print_signed(range->low, 0);
	printf(" to ");
	print_signed(range->high, 0);
}

/* Those that are real, two a line. */
static void print_its_ranges(const struct change *change)
{
	const struct {
		const char *what;
		const struct range *range;
	} all[] = {{"mean", &change->mean},
		   {"p50", &change->median},
		   {"p95", &change->p95},
		   {"p99", &change->p99},
		   {"max", &change->max}};
	unsigned int n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!all[i].range->real)
			continue;
		if (n && n % 2 == 0)
			printf("\n%*s", DIFF_NAME, "");
		print_range(all[i].what, all[i].range);
		n++;
	}
	putchar('\n');
}

void diff_print_ranges(const struct path *path, const struct change *changes)
{
	unsigned int changed = 0, unknown = 0;

	putchar('\n');
	for (unsigned int row = 0; row < change_rows(path); row++) {
		const struct change *change = &changes[row];

		unknown += !change->enough;
		if (!change->mean.real && !change->median.real && !change_of_tail(change))
			continue;
		if (!changed++)
			puts("larger than the noise, of a frame:");
		printf("%s", row > change_e2e(path) ? "stage " : "");
		table_print_column(change_row_name(path, row), DIFF_NAME);
		print_its_ranges(change);
	}
	if (unknown == change_rows(path))
		printf("too few frames to tell a change from noise: %d are needed in each run\n",
		       CHANGE_MIN_FRAMES);
	else if (!changed)
		puts("nothing changed by more than the noise");
}

/* The cost that changed most, in the direction of the whole; change_e2e(): none did. */
static unsigned int largest_of(const struct path *path, const struct change *changes, bool grew)
{
	unsigned int largest = change_e2e(path);
	double most = 0;

	for (unsigned int row = 0; row < change_e2e(path); row++) {
		double ns = mean_change(&changes[row]) * (grew ? 1 : -1);

		if (!changes[row].mean.real || ns <= most)
			continue;
		most = ns;
		largest = row;
	}
	return largest;
}

/* Of @e2e it can be told. */
static void print_whole(const struct path *path, const struct change *changes)
{
	const struct change *e2e = &changes[change_e2e(path)];
	double ns = mean_change(e2e);
	unsigned int cost = largest_of(path, changes, ns > 0);
	char text[DURATION_TEXT];

	if (!e2e->mean.real) {
		puts("A frame takes as long in B as in A, as far as noise lets one tell.");
		return;
	}
	printf("A frame takes %s %s in B, in the mean (%+.1f %%)",
	       duration_text((uint64_t)llround(fabs(ns)), text), ns < 0 ? "less" : "longer",
	       e2e->a.mean_ns ? ns / (double)e2e->a.mean_ns * 100 : 0);
	if (cost != change_e2e(path)) {
		printf(":\n  ");
		table_print_text(change_row_name(path, cost), 30);
		putchar(' ');
		print_signed(mean_change(&changes[cost]), 0);
	}
	puts(".");
}

/* Those that came of all its devices. */
static uint64_t count_came(const struct run *run)
{
	uint64_t came = 0;

	for (unsigned int i = 0; i < run->n_devices; i++)
		came += run->devices[i].frames;
	return came;
}

/* Of devices: those of our node's source take all rows. */
static void print_missing(const struct run *a, const struct run *b)
{
	const char *why[] = {dropped_why(NULL, a), dropped_why(NULL, b)};
	const uint64_t missing[] = {dropped_missing(NULL, a), dropped_missing(NULL, b)};

	if (why[0] || why[1])
		printf("How many frames never came is not known of %s.\n", why[0] && why[1]
										   ? "either"
									   : why[0] ? "A"
										    : "B");
	else if (!missing[0] && !missing[1])
		puts("No frame is missing in either.");
	else
		printf("Never came: %" PRIu64 " of %" PRIu64 " frames in A, %" PRIu64 " of %" PRIu64
		       " in B.\n",
		       missing[0], missing[0] + count_came(a), missing[1],
		       missing[1] + count_came(b));
}

void diff_print_answer(const struct run *a, const struct run *b, const struct change *changes)
{
	const struct change *e2e = &changes[change_e2e(a->path)];

	if (e2e->enough)
		print_whole(a->path, changes);
	else if (e2e->unlike)
		puts("A frame has other stages in B than in A: its whole time can't be compared.");
	if (a->path->cycles && b->path->cycles)
		print_missing(a, b);
}
