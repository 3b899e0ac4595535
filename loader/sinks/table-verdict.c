// SPDX-License-Identifier: MIT
/* table-verdict.c - the answer in a sentence or two, which is read first: see table.h */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "loader/sinks/table.h"

#define NAME 32 /* columns of a cost's or a stage's */

/* The one that most time went to, of @n. */
static unsigned int largest(const struct latency *of, unsigned int n)
{
	unsigned int largest = 0;

	for (unsigned int i = 1; i < n; i++) {
		if (of[i].total_ns > of[largest].total_ns)
			largest = i;
	}
	return largest;
}

/* "NAME is 32.8 % of the frames' time: " as the beginning of a sentence. */
static void print_name(const char *before, const char *name, double share)
{
	char text[TEXT_ROOM(NAME)];
	size_t length;

	snprintf(text, sizeof(text), "%s%s", before, name);
	*text = (char)toupper((unsigned char)*text);
	table_print_text(text, NAME);
	length = strlen(text);
	printf(" %s %.1f %% of the frames' time: ",
	       length && text[length - 1] == 's' ? "are" : "is", share * 100);
}

/* In the median, and where only some frames have it, in those, too. */
static void print_figures(const struct run *run, const struct latency *its)
{
	const struct latency *all = &run->latencies[path_e2e(run->path)];

	table_print_ns(its->p50_ns, 0);
	printf(" of ");
	table_print_ns(all->p50_ns, 0);
	printf(" in the median");
	if ((double)its->p50_ns < its->share / 2 * (double)all->p50_ns) {
		printf(",\n  ");
		table_print_ns(its->p99_ns, 0);
		printf(" of ");
		table_print_ns(all->p99_ns, 0);
		printf(" in one frame of a hundred");
	}
	puts(".");
}

/* Its largest cost; of histograms alone, its largest stage. */
static void print_largest(const struct run *run)
{
	const struct path *path = run->path;
	unsigned int cost = largest(run->costs, path->n_costs);
	unsigned int stage = largest(run->latencies, path->n_stages);

	if (run->rows && run->costs[cost].total_ns) {
		print_name("", path->costs[cost].name, run->costs[cost].share);
		print_figures(run, &run->costs[cost]);
	} else if (!run->rows && run->latencies[stage].total_ns) {
		print_name("stage ", path->stages[stage].name, run->latencies[stage].share);
		print_figures(run, &run->latencies[stage]);
	}
}

void table_print_verdict(const struct run *run)
{
	screen_begin(SCREEN_TITLE);
	print_largest(run);
	screen_end();
	table_print_missing(run);
}

void table_show(void (*print)(const void *arg), void (*again)(const void *arg), const void *arg)
{
	unsigned int lines = screen_lines(), printed;

	screen_hold();
	print(arg);
	printed = screen_release();
	if (!lines || printed < lines)
		return;
	putchar('\n');
	again(arg);
}
