// SPDX-License-Identifier: MIT
/* table.c - see table.h */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kmod/vpipe.h"
#include "loader/model/costs.h"
#include "loader/runs/identity.h"
#include "loader/sinks/sink.h"
#include "loader/sinks/table.h"
#include "lib/caches.h"
#include "lib/clock.h"
#include "lib/duration.h"
#include "lib/text.h"

#define MIN_NAME 9
#define MAX_NAME 18 /* columns of a stage's name, where there are no more than 80 */
#define CHARGED	 19
#define SHARE	 8 /* " 32.8 %" and a space */
#define MAX_BAR	 40
#define NUMBER	 (DURATION_COLUMNS + 2)

void table_print_ns(uint64_t ns, unsigned int width)
{
	char text[DURATION_TEXT];
	unsigned int columns = text_columns(duration_text(ns, text));

	printf("%*s%s", columns < width ? (int)(width - columns) : 0, "", text);
}

/*
 * At most @width columns of @bytes, which are made text as text_char() does with @also. Returns how
 * many they were.
 */
static unsigned int print_text(const char *bytes, unsigned int width, const char *also)
{
	unsigned int left = width;
	char text[TEXT_CHAR];

	while (*bytes) {
		unsigned int length = text_char(text, bytes, also);
		unsigned int columns = text_columns(text);

		if (columns > left)
			break;
		fputs(text, stdout);
		left -= columns;
		bytes += length;
	}
	return width - left;
}

void table_print_text(const char *text, unsigned int width)
{
	print_text(text, width, NULL);
}

void table_print_column(const char *text, unsigned int width)
{
	unsigned int used = print_text(text, width, NULL);

	printf("%*s", (int)(width - used), "");
}

void table_print_name(const char *bytes, unsigned int width)
{
	print_text(bytes, width, "");
}

/* How many bytes of @text fit in @width columns, broken at a space if there is one. */
static size_t fitting(const char *text, unsigned int width)
{
	size_t at = 0, space = 0;
	char shown[TEXT_CHAR];

	while (text[at]) {
		unsigned int length = text_char(shown, text + at, NULL);
		unsigned int columns = text_columns(shown);

		if (text[at] == ' ')
			space = at;
		if (columns > width)
			return space ?: at ?: length;
		width -= columns;
		at += length;
	}
	return at;
}

void table_print_hanging(const char *text, unsigned int indent)
{
	unsigned int width = screen_columns() - 1 - indent;
	size_t length = fitting(text, width);
	char line[4096];

	for (;;) {
		snprintf(line, sizeof(line), "%.*s", (int)length, text);
		table_print_text(line, width);
		putchar('\n');
		text += length;
		text += *text == ' ';
		if (!*text)
			break;
		printf("%*s", (int)indent, "");
		length = fitting(text, width);
	}
}

void table_print_wrapped(const char *text, unsigned int indent)
{
	printf("%*s", (int)indent, "");
	table_print_hanging(text, indent);
}

enum screen_style table_hue(const struct path *path, unsigned int cost)
{
	_Static_assert(N_COSTS <= SCREEN_N_HUES, "a colour each");

	for (unsigned int i = 0; i < N_COSTS; i++) {
		if (!strcmp(path->costs[cost].column, costs[i].column))
			return SCREEN_HUES + i;
	}
	return SCREEN_FAINT;
}

/* The numbers of a row that there is room for. */
struct layout {
	bool is_wide; /* p95 and p99.9, too */
	unsigned int
		name; /* columns of a stage's name; with what it is charged to, that of a cost */
	unsigned int bar;
};

static unsigned int first_column(const struct layout *layout)
{
	return layout->name + 1 + CHARGED;
}

/* How wide the names of the stages are: those of a chain begin with their device. */
static unsigned int name_width(const struct path *path)
{
	unsigned int width = MIN_NAME;

	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		unsigned int columns = text_columns(path->stages[stage].name);

		width = columns > width ? columns : width;
	}
	return width;
}

static struct layout layout_of(const struct path *path)
{
	struct layout layout = {.is_wide = screen_columns() >= 100, .name = name_width(path)};
	unsigned int numbers = (layout.is_wide ? 5 : 3) * NUMBER, used;

	if (!layout.is_wide && layout.name > MAX_NAME)
		layout.name = MAX_NAME;
	used = first_column(&layout) + numbers + SHARE + 1;
	layout.bar = used < screen_columns() ? screen_columns() - 1 - used : 0;
	if (layout.bar > MAX_BAR)
		layout.bar = MAX_BAR;
	return layout;
}

static void print_bar(const struct layout *layout, double share, enum screen_style style)
{
	unsigned int filled = (unsigned int)(share * layout->bar + 0.5);

	printf(" %5.1f%%%s", share * 100, filled ? " " : "");
	screen_begin(style);
	while (filled--)
		putchar('#');
	screen_end();
}

static void print_heads(const struct layout *layout, const char *name, const char *more)
{
	screen_begin(SCREEN_HEAD);
	printf("%-*s %-*s", (int)layout->name, name, CHARGED, more);
	printf("%*s", NUMBER, "p50");
	if (layout->is_wide)
		printf("%*s", NUMBER, "p95");
	printf("%*s", NUMBER, "p99");
	if (layout->is_wide)
		printf("%*s", NUMBER, "p99.9");
	printf("%*s  share of e2e", NUMBER, "max");
	screen_end();
	putchar('\n');
}

/* The cells behind a row's name. */
static void print_latency(const struct layout *layout, const struct latency *latency,
			  enum screen_style style)
{
	const struct {
		uint64_t ns;
		bool is_extra;
	} numbers[] = {
		{latency->p50_ns, false}, {latency->p95_ns, true},  {latency->p99_ns, false},
		{latency->p999_ns, true}, {latency->max_ns, false},
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		if (numbers[i].is_extra && !layout->is_wide)
			continue;
		if (latency->count)
			table_print_ns(numbers[i].ns, NUMBER);
		else
			printf("%*s", NUMBER, "-");
	}
	if (latency->count && latency->share >= 0)
		print_bar(layout, latency->share, style);
	putchar('\n');
}

/* What no frame of a device had: there are many kinds of these. */
static bool is_left_out(const struct run *run, const struct latency *latency)
{
	return run->path->cycles && !latency->max_ns;
}

void table_print_costs(const struct run *run)
{
	struct layout layout = layout_of(run->path);

	print_heads(&layout, "cost", "");
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		if (!path_charges(run->path, cost) || !run_knows_cost(run, cost) ||
		    is_left_out(run, &run->costs[cost]))
			continue;
		table_print_column(run->path->costs[cost].name, first_column(&layout));
		print_latency(&layout, &run->costs[cost], table_hue(run->path, cost));
	}
	putchar('\n');
}

/* The colour of what its carrier does there. */
static enum screen_style hue_of_hist(const struct path *path, unsigned int which)
{
	return which < path->n_stages ? table_hue(path, path->stages[which].running) : SCREEN_FAINT;
}

void table_print_stages(const struct run *run)
{
	struct layout layout = layout_of(run->path);

	print_heads(&layout, "stage", "charged to");
	for (unsigned int which = 0; which < path_n_hists(run->path); which++) {
		if (which == path_e2e(run->path))
			putchar('\n');
		else if (is_left_out(run, &run->latencies[which]))
			continue;
		table_print_column(path_hist_name(run->path, which), layout.name);
		putchar(' ');
		table_print_column(path_hist_charged_to(run->path, which), CHARGED);
		print_latency(&layout, &run->latencies[which], hue_of_hist(run->path, which));
	}
	putchar('\n');
}

/* What a run's files say is text; of a run that has just ended it is bytes. */
unsigned int table_print_fact(const struct run_facts *facts, const char *fact, unsigned int width)
{
	return print_text(fact, width, facts->is_text ? NULL : "");
}

bool table_is_flushed(const struct run_facts *facts)
{
	return facts->cache && strcmp(facts->cache, cache_names[VPIPE_CACHE_AS_IS]) != 0;
}

void table_print_head(const struct run *run)
{
	const struct run_facts *facts = &run->facts;

	printf("vpipe: %" PRIu64 " frames ", run_frames(run));
	if (run->merged.runs)
		printf("of %" PRIu64 " runs", run->merged.runs);
	else
		printf("in %.1f s", (double)(facts->end_ns - facts->start_ns) / NS_PER_SEC);
	if (facts->source) {
		printf(", ");
		table_print_fact(facts, facts->source, 20);
	}
	if (!run->n_devices) {
		printf(" -> ");
		table_print_fact(facts, facts->vpipe ?: "vpipe", 20);
	}
	for (unsigned int i = 0; i < run->n_devices; i++) {
		printf(", ");
		table_print_fact(facts, run->devices[i].node, 20);
	}
	printf("\n       ");
	if (facts->transport && facts->algo) {
		table_print_fact(facts, facts->transport, 16);
		printf(", ");
		table_print_fact(facts, facts->algo, 16);
	} else {
		table_print_fact(facts, run->merged.runs ? "merged" : facts->program ?: "recorded",
				 32);
	}
	printf(", Linux ");
	table_print_fact(facts,
			 facts->kernel
				 ?: run->merged.runs ? "of several releases"
						     : "of unknown release",
			 30);
	if (table_is_flushed(facts)) {
		printf("\n       caches flushed before each job: ");
		table_print_fact(facts, facts->cache, 8);
		printf(" (the flush is in queue)");
	}
	table_print_notes(run);
	printf("\n\n");
}

static void print_frames(const uint64_t of[VPIPE_N_COUNTS])
{
	printf("frames   %7" PRIu64 " started, %" PRIu64 " recorded\n", of[VPIPE_COUNT_STARTED],
	       of[VPIPE_COUNT_RECORDED]);
	for (unsigned int i = 0; i < VPIPE_N_LOSSES; i++) {
		if (losses[i].kind != LOSS && of[i])
			printf("         %7" PRIu64 " %s\n", of[i], losses[i].text);
	}
}

void table_print_counts(const struct counts *counts)
{
	bool first = true;

	print_frames(counts->of);
	for (unsigned int i = 0; i < N_LOSSES; i++) {
		uint64_t count = counts_at(counts, i);

		if (losses[i].kind != LOSS || !count)
			continue;
		printf("%-8s ", first ? "losses" : "");
		screen_begin(SCREEN_BAD);
		printf("%7" PRIu64 " %s", count, losses[i].text);
		screen_end();
		putchar('\n');
		first = false;
	}
	if (first)
		puts("losses      none");
	if (counts->balanced)
		return;
	screen_puts(SCREEN_BAD,
		    "MISMATCH: frames started are not the sum of frames recorded and lost");
	putchar('\n');
}
