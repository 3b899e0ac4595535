// SPDX-License-Identifier: MIT
/* diff-tail.c - see diff-tail.h */
#include <inttypes.h>
#include <stdio.h>

#include "loader/diff-rows.h"
#include "loader/diff-tail.h"
#include "loader/sinks/table.h"
#include "lib/args.h"

/* Which of the three changed by more than the noise. */
static const char *verdict(const struct change *change)
{
	int n = change->p95.real + change->p99.real + change->max.real;

	if (n > 1)
		return " tail";
	return change->p95.real ? " p95" : change->p99.real ? " p99" : n ? " max" : "";
}

static void print_tail(const char *name, const struct change *change)
{
	if (!change->a.count || !change->b.count)
		return; /* the table of the means says so */
	if (diff_is_nothing(change))
		return;
	table_print_column(name, DIFF_NAME);
	for (enum change_what what = CHANGE_P95; what < CHANGE_N_WHATS; what++) {
		diff_print_ns(change_value(&change->a, what));
		diff_print_ns(change_value(&change->b, what));
	}
	puts(verdict(change));
}

static void print_heads(void)
{
	printf("\n%-16s %17s %17s %17s\n%-16s", "", "p95", "p99", "max", "tail");
	for (enum change_what what = CHANGE_P95; what < CHANGE_N_WHATS; what++)
		printf(" %8s %8s", "A", "B");
	putchar('\n');
}

void diff_print_tails(const struct path *path, const struct change *changes)
{
	print_heads();
	for (unsigned int row = 0; row < change_rows(path); row++) {
		if (row == change_e2e(path) || row == change_e2e(path) + 1)
			putchar('\n');
		print_tail(change_row_name(path, row), &changes[row]);
	}
}

/* What a row is: its name may be that of both a cost and a stage. */
static const char *kind_of(const struct path *path, unsigned int row)
{
	return row < change_e2e(path) ? "cost" : "stage";
}

/* By which part of A's figure B's is more; of 0 everything is more. */
static double growth(const struct change *change, enum change_what what)
{
	double a = (double)change_value(&change->a, what);

	return a > 0 ? (double)change_value(&change->b, what) / a - 1 : 0;
}

static void print_row(const char *verdict, const struct path *path, unsigned int row)
{
	bool is_e2e = row == change_e2e(path);

	printf("%-8s %s%s", verdict, is_e2e ? "" : kind_of(path, row), is_e2e ? "" : " ");
	table_print_text(change_row_name(path, row), 30);
}

static void print_worse(const struct path *path, unsigned int row, const struct change *change,
			enum change_what what)
{
	uint64_t a = change_value(&change->a, what), b = change_value(&change->b, what);

	print_row("FAILED", path, row);
	printf(" %s: ", change_name(what));
	table_print_ns(b, 0);
	printf(", was ");
	table_print_ns(a, 0);
	if (a)
		printf(", %+.1f %%", growth(change, what) * 100);
	putchar('\n');
}

static unsigned int count_worse(const struct path *path, const struct change *changes,
				const struct diff_limit *limit)
{
	unsigned int n = 0;

	for (unsigned int row = 0; row < change_rows(path); row++) {
		for (enum change_what what = 0; what < CHANGE_N_WHATS; what++)
			n += change_is_worse(&changes[row], what, limit->above);
	}
	return n;
}

/* Costs are of the same frames as e2e, which speaks for them where there are too few. */
static bool is_untold(const struct path *path, unsigned int row, const struct change *change)
{
	if (row < change_e2e(path))
		return (change->unlike || change_only_in(change)) && !diff_is_nothing(change);
	return !change->enough && (change->a.count || change->b.count);
}

static void print_why_untold(const struct change *change)
{
	if (change_only_in(change))
		printf(": only in %s\n", change_only_in(change));
	else if (change->unlike)
		puts(": of other stages in A than in B");
	else
		puts(": too few frames to tell a change from noise");
}

/* Rows of which there is no telling whether they are worse. */
static void print_untold(const struct path *path, const struct change *changes)
{
	for (unsigned int row = 0; row < change_rows(path); row++) {
		if (!is_untold(path, row, &changes[row]))
			continue;
		print_row("unknown", path, row);
		print_why_untold(&changes[row]);
	}
}

void diff_print_worse(const struct path *path, const struct change *changes,
		      const struct diff_limit *limit)
{
	if (!limit->given)
		return;
	putchar('\n');
	for (unsigned int row = 0; row < change_rows(path); row++) {
		for (enum change_what what = 0; what < CHANGE_N_WHATS; what++) {
			if (change_is_worse(&changes[row], what, limit->above))
				print_worse(path, row, &changes[row], what);
		}
	}
	print_untold(path, changes);
	if (diff_status(path, changes, limit) == EXIT_GOOD)
		printf("ok       nothing is longer by more than %g %% and by more than the noise\n",
		       limit->above * 100);
}

static json_t *worse_to_json(const struct path *path, unsigned int row, const struct change *change,
			     enum change_what what)
{
	uint64_t a = change_value(&change->a, what);

	return json_pack("{s:s, s:s, s:I, s:I, s:o}", kind_of(path, row),
			 change_row_name(path, row), "figure", change_name(what), "a_ns",
			 (json_int_t)a, "b_ns", (json_int_t)change_value(&change->b, what),
			 "change", a ? json_real(growth(change, what)) : json_null());
}

json_t *diff_worse_to_json(const struct path *path, const struct change *changes,
			   const struct diff_limit *limit)
{
	json_t *all = json_array();

	for (unsigned int row = 0; limit->given && row < change_rows(path); row++) {
		for (enum change_what what = 0; what < CHANGE_N_WHATS; what++) {
			if (change_is_worse(&changes[row], what, limit->above))
				json_array_append_new(
					all, worse_to_json(path, row, &changes[row], what));
		}
	}
	return all;
}

int diff_status(const struct path *path, const struct change *changes,
		const struct diff_limit *limit)
{
	if (!limit->given)
		return EXIT_GOOD;
	if (count_worse(path, changes, limit))
		return EXIT_NOT_HELD;
	return changes[change_e2e(path)].enough ? EXIT_GOOD : EXIT_INCOMPLETE;
}
