// SPDX-License-Identifier: MIT
/* table.c - what a person reads at the end of a run, see table.h */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "kmod/vpipe.h"
#include "loader/runs/identity.h"
#include "loader/results.h"
#include "loader/sinks/table.h"
#include "lib/caches.h"
#include "lib/clock.h"
#include "lib/text.h"

#define BAR 12 /* columns: a row has 79 */

void table_print_us(uint64_t ns)
{
	printf(" %9.1f", (double)ns / 1000);
}

/* At most @width columns of @bytes, which are made text as text_char() does with @also. */
static void print_text(const char *bytes, unsigned int width, const char *also)
{
	char text[TEXT_CHAR];

	while (*bytes) {
		unsigned int length = text_char(text, bytes, also);
		unsigned int columns = text_plain(text) == strlen(text) ? 1 : TEXT_CHAR - 1;

		if (columns > width)
			break;
		fputs(text, stdout);
		width -= columns;
		bytes += length;
	}
}

void table_print_text(const char *text, unsigned int width)
{
	print_text(text, width, NULL);
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

void table_print_costs(const struct latency costs[N_COSTS])
{
	printf("%-29s %9s %9s %9s  share of end-to-end\n", "cost", "p50 us", "p99 us", "max us");
	for (unsigned int cost = 0; cost < N_COSTS; cost++) {
		printf("%-29s", cost_name(cost));
		print_latency(&costs[cost]);
	}
	putchar('\n');
}

void table_print_stages(const struct latency latencies[VPIPE_N_HISTS])
{
	printf("%-9s %-19s %9s %9s %9s  share of end-to-end\n", "stage", "charged to", "p50 us",
	       "p99 us", "max us");
	for (unsigned int which = 0; which < VPIPE_N_HISTS; which++) {
		if (which == VPIPE_HIST_E2E)
			putchar('\n');
		printf("%-9s %-19s", results_hist_name(which), results_hist_cause(which));
		print_latency(&latencies[which]);
	}
	putchar('\n');
}

/* What a run's files say is text; of a run that has just ended it is bytes. */
static void print_fact(const struct table_head *head, const char *fact, unsigned int width)
{
	print_text(fact, width, head->is_text ? NULL : "");
}

bool table_is_flushed(const struct table_head *head)
{
	return head->cache && strcmp(head->cache, cache_names[VPIPE_CACHE_AS_IS]) != 0;
}

void table_print_head(const struct table_head *head)
{
	printf("vpipe: %" PRIu64 " frames in %.1f s", head->frames, (double)head->ns / NS_PER_SEC);
	if (head->source) {
		printf(", ");
		print_fact(head, head->source, 20);
	}
	printf(" -> ");
	print_fact(head, head->vpipe ?: "vpipe", 20);
	printf("\n       ");
	if (head->transport && head->algo) {
		print_fact(head, head->transport, 16);
		printf(", ");
		print_fact(head, head->algo, 16);
	} else {
		print_fact(head, head->command ?: "recorded", 32);
	}
	printf(", Linux ");
	print_fact(head, head->kernel ?: "of unknown release", 30);
	if (table_is_flushed(head)) {
		printf("\n       caches flushed before each job: ");
		print_fact(head, head->cache, 8);
		printf(" (the flush is in queue)");
	}
	printf("\n\n");
}

static void print_frames(const uint64_t *counts)
{
	printf("frames   %7" PRIu64 " started, %" PRIu64 " recorded\n", counts[VPIPE_COUNT_STARTED],
	       counts[VPIPE_COUNT_RECORDED]);
#define X(cause, kind, text)                                          \
	if (VPIPE_##kind != VPIPE_LOSS && counts[VPIPE_LOSS_##cause]) \
		printf("         %7" PRIu64 " %s\n", counts[VPIPE_LOSS_##cause], text);
	VPIPE_LOSSES(X)
#undef X
}

static bool print_loss(bool first, uint64_t count, const char *text)
{
	if (count)
		printf("%-8s %7" PRIu64 " %s\n", first ? "losses" : "", count, text);
	return first && !count;
}

void table_print_counts(const struct table_counts *counts)
{
	bool first = true;

	print_frames(counts->counts);

#define X(cause, kind, text)            \
	if (VPIPE_##kind == VPIPE_LOSS) \
		first = print_loss(first, counts->counts[VPIPE_LOSS_##cause], text);
	VPIPE_LOSSES(X)
#undef X
	first = print_loss(first, counts->missed_events, "events missed by the BPF programs");
	first = print_loss(first, counts->row_mismatch, "rows sent but not received");
	if (first)
		puts("losses      none");
	if (!counts->balanced)
		puts("MISMATCH: frames started are not the sum of frames recorded and lost");
}

void table_describe_losses(const struct table_counts *counts, char *text, size_t size)
{
	const struct {
		uint64_t count;
		const char *what;
	} losses[] = {
#define X(cause, kind, what) \
	{VPIPE_##kind == VPIPE_LOSS ? counts->counts[VPIPE_LOSS_##cause] : 0, what},
		VPIPE_LOSSES(X)
#undef X
			{counts->missed_events, "events missed by the BPF programs"},
		{counts->row_mismatch, "rows sent but not received"},
		{!counts->balanced, "sum that does not add up: frames started"},
	};
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]) && used < size; i++) {
		if (losses[i].count)
			used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64 " %s",
						 used ? "; " : "", losses[i].count, losses[i].what);
	}
}

static void print_files(const struct staging *staging)
{
	char name[TEXT_ROOM(PATH_MAX)];
	const char *separator = "{";
	int column;

	text_of(name, sizeof(name), staging_prefix(staging), "");
	column = printf("files    %s.", name);
	for (enum run_file file = 0; file < RUN_N_FILES; file++) {
		const char *suffix = run_file_suffix(file);

		if (!staging_wrote(staging, file))
			continue; /* RUN.csv: a COMMAND writes none */
		if (column + strlen(suffix) + 2 > 80)
			column = printf("%s\n         ", separator);
		else
			column += printf("%s", separator);
		column += printf("%s", suffix);
		separator = ",";
	}
	puts("}");
}

void results_print(const struct results *results, const struct staging *staging)
{
	const struct run_facts *facts = &results->facts;
	struct utsname kernel;
	struct table_head head = {
		.frames = results->counts[VPIPE_COUNT_RECORDED],
		.ns = facts->end_ns - facts->start_ns,
		.source = facts->source,
		.vpipe = facts->vpipe,
		.transport = facts->transport,
		.algo = facts->algo,
		.cache = facts->cache,
		.command = facts->command ? facts->command[0] : "recorded",
		.kernel = kernel.release,
	};
	const struct table_counts counts = results_counts(results);

	uname(&kernel);
	table_print_head(&head);
	if (!facts->no_frames)
		table_print_costs(results->costs);
	table_print_stages(results->latencies);
	table_print_counts(&counts);
	print_files(staging);
}
