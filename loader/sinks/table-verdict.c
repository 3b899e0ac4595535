// SPDX-License-Identifier: MIT
/* table-verdict.c - the answer in a sentence or two, which is read first: see table.h */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/duration.h"
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
static void write_name(FILE *to, const char *before, const char *name, double share)
{
	char text[TEXT_ROOM(NAME)];
	size_t length;

	snprintf(text, sizeof(text), "%s%s", before, name);
	*text = (char)toupper((unsigned char)*text);
	length = strlen(text);
	fprintf(to, "%s %s %.1f %% of the frames' time: ", text,
		length && text[length - 1] == 's' ? "are" : "is", share * 100);
}

static void write_of(FILE *to, uint64_t its_ns, uint64_t all_ns, const char *where)
{
	char its[DURATION_TEXT], all[DURATION_TEXT];

	fprintf(to, "%s of %s %s", duration_text(its_ns, its), duration_text(all_ns, all), where);
}

/* In the median, and where only some frames have it, in those, too. */
static void write_figures(FILE *to, const struct run *run, const struct latency *its)
{
	const struct latency *all = &run->latencies[path_e2e(run->path)];

	write_of(to, its->p50_ns, all->p50_ns, "in the median");
	if ((double)its->p50_ns < its->share / 2 * (double)all->p50_ns) {
		fputs(", ", to);
		write_of(to, its->p99_ns, all->p99_ns, "in one frame of a hundred");
	}
	putc('.', to);
}

/* Its largest cost; of histograms alone, its largest stage. */
static void write_largest(FILE *to, const struct run *run)
{
	const struct path *path = run->path;
	unsigned int cost = largest(run->costs, path->n_costs);
	unsigned int stage = largest(run->latencies, path->n_stages);

	if (run->costs[cost].total_ns) {
		write_name(to, "", path->costs[cost].name, run->costs[cost].share);
		write_figures(to, run, &run->costs[cost]);
	} else if (!run->rows && run->latencies[stage].total_ns) {
		write_name(to, "stage ", path->stages[stage].name, run->latencies[stage].share);
		write_figures(to, run, &run->latencies[stage]);
	}
}

void table_print_verdict(const struct run *run)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (to) {
		write_largest(to, run);
		fclose(to);
	}
	if (text && *text) {
		screen_begin(SCREEN_TITLE);
		table_print_hanging(text, 2);
		screen_end();
	}
	free(text);
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
