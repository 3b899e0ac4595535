// SPDX-License-Identifier: MIT
/* table.c - see table.h */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "kmod/vpipe.h"
#include "loader/runs/identity.h"
#include "loader/sinks/sink.h"
#include "loader/sinks/table.h"
#include "lib/caches.h"
#include "lib/clock.h"
#include "lib/text.h"

#define BAR	 12 /* columns: a row has 79 */
#define MIN_NAME 9
#define MAX_NAME 18

void table_print_us(uint64_t ns)
{
	printf(" %9.1f", (double)ns / 1000);
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
		unsigned int columns = text_plain(text) == strlen(text) ? 1 : TEXT_CHAR - 1;

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

/* Is a character of UTF-8 cut in two before @text? */
static bool is_inside(const char *text)
{
	return ((unsigned char)*text & 0xc0) == 0x80;
}

void table_print_wrapped(const char *text)
{
	const int width = 72;

	while (*text) {
		int length = (int)strnlen(text, (size_t)width + 1);
		char line[80];

		if (length > width) {
			for (length = width; length && text[length] != ' '; length--)
				;
			length = length ?: width;
			while (is_inside(text + length))
				length--;
		}
		snprintf(line, sizeof(line), "%.*s", length, text);
		printf("        ");
		table_print_text(line, TEXT_ROOM(sizeof(line)));
		putchar('\n');
		text += length + (text[length] == ' ');
	}
}

static void print_bar(double share)
{
	int filled = (int)(share * BAR + 0.5);

	printf(filled ? " %5.1f%% " : " %5.1f%%", share * 100);
	for (int i = 0; i < filled; i++)
		putchar('#');
}

/* The cells behind a row's name. */
static void print_latency(const struct latency *latency)
{
	if (!latency->count) {
		printf(" %9s %9s %9s\n", "-", "-", "-");
		return;
	}
	table_print_us(latency->p50_ns);
	table_print_us(latency->p99_ns);
	table_print_us(latency->max_ns);
	if (latency->share >= 0)
		print_bar(latency->share);
	putchar('\n');
}

/* What no frame of a device had: there are many kinds of these. */
static bool is_left_out(const struct run *run, const struct latency *latency)
{
	return run->path->cycles && !latency->max_ns;
}

void table_print_costs(const struct run *run)
{
	printf("%-29s %9s %9s %9s  share of end-to-end\n", "cost", "p50 us", "p99 us", "max us");
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		if (!path_charges(run->path, cost) || is_left_out(run, &run->costs[cost]))
			continue;
		table_print_column(run->path->costs[cost].name, 29);
		print_latency(&run->costs[cost]);
	}
	putchar('\n');
}

/* How wide the names of the stages are: those of a chain begin with their device. */
static unsigned int name_width(const struct path *path)
{
	unsigned int width = MIN_NAME;

	for (unsigned int stage = 0; stage < path->n_stages; stage++) {
		size_t length = strlen(path->stages[stage].name);

		if (length > width)
			width = length > MAX_NAME ? MAX_NAME : (unsigned int)length;
	}
	return width;
}

void table_print_stages(const struct run *run)
{
	unsigned int width = name_width(run->path);

	printf("%-*s %-19s %9s %9s %9s  share of end-to-end\n", (int)width, "stage", "charged to",
	       "p50 us", "p99 us", "max us");
	for (unsigned int which = 0; which < path_n_hists(run->path); which++) {
		if (which == path_e2e(run->path))
			putchar('\n');
		else if (is_left_out(run, &run->latencies[which]))
			continue;
		table_print_column(path_hist_name(run->path, which), width);
		putchar(' ');
		table_print_column(path_hist_charged_to(run->path, which), 19);
		print_latency(&run->latencies[which]);
	}
	putchar('\n');
}

/* What a run's files say is text; of a run that has just ended it is bytes. */
void table_print_fact(const struct run_facts *facts, const char *fact, unsigned int width)
{
	print_text(fact, width, facts->is_text ? NULL : "");
}

bool table_is_flushed(const struct run_facts *facts)
{
	return facts->cache && strcmp(facts->cache, cache_names[VPIPE_CACHE_AS_IS]) != 0;
}

void table_print_head(const struct run *run)
{
	const struct run_facts *facts = &run->facts;

	printf("vpipe: %" PRIu64 " frames in %.1f s", run_frames(run),
	       (double)(facts->end_ns - facts->start_ns) / NS_PER_SEC);
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
		table_print_fact(facts, facts->program ?: "recorded", 32);
	}
	printf(", Linux ");
	table_print_fact(facts, facts->kernel ?: "of unknown release", 30);
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
	const char *text;
	uint64_t count;

	print_frames(counts->of);
	for (unsigned int i = 0; counts_missing(counts, i, &count, &text); i++) {
		if (!count)
			continue;
		printf("%-8s %7" PRIu64 " %s\n", first ? "losses" : "", count, text);
		first = false;
	}
	if (first)
		puts("losses      none");
	if (!counts->balanced)
		puts("MISMATCH: frames started are not the sum of frames recorded and lost");
}
