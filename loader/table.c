// SPDX-License-Identifier: MIT
/* table.c - what a person reads at the end of a run, see results.h */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "loader/results.h"
#include "user/lib/clock.h"

#define BAR 12 /* columns: a row has 79 */

static void print_us(uint64_t ns)
{
	printf(" %9.1f", (double)ns / 1000);
}

static void print_bar(double share)
{
	int filled = (int)(share * BAR + 0.5);

	printf(filled ? " %5.1f%% " : " %5.1f%%", share * 100);
	for (int i = 0; i < filled; i++)
		putchar('#');
}

static void print_costs(const struct results *results)
{
	printf("%-29s %9s %9s %9s  share of end-to-end\n", "cost", "p50 us", "p99 us", "max us");
	for (unsigned int cost = 0; cost < N_COSTS; cost++) {
		const struct latency *latency = &results->costs[cost];

		printf("%-29s", cost_name(cost));
		print_us(latency->p50_ns);
		print_us(latency->p99_ns);
		print_us(latency->max_ns);
		print_bar(latency->share);
		putchar('\n');
	}
	putchar('\n');
}

static void print_row(const struct results *results, unsigned int which)
{
	const struct latency *latency = &results->latencies[which];

	printf("%-9s %-19s", results_hist_name(which), results_hist_cause(which));
	if (!latency->count) {
		printf(" %9s %9s %9s\n", "-", "-", "-");
		return;
	}
	print_us(latency->p50_ns);
	print_us(latency->p99_ns);
	print_us(latency->max_ns);
	if (latency->share >= 0)
		print_bar(latency->share);
	putchar('\n');
}

static void print_head(const struct results *results)
{
	const struct run_facts *facts = &results->facts;
	double seconds = (double)(facts->end_ns - facts->start_ns) / NS_PER_SEC;
	struct utsname kernel;

	uname(&kernel);
	printf("vpipe: %" PRIu64 " frames in %.1f s", results->rows, seconds);
	if (facts->source)
		printf(", %s", facts->source);
	printf(" -> %s\n", facts->vpipe);
	if (facts->transport)
		printf("       %s, %s,", facts->transport, facts->algo);
	else
		printf("       %s,", facts->command[0]);
	printf(" Linux %s\n\n", kernel.release);
}

static void print_frames(const struct results *results)
{
	printf("\nframes   %7" PRIu64 " started, %" PRIu64 " recorded\n",
	       results->counts[VPIPE_COUNT_STARTED], results->counts[VPIPE_COUNT_RECORDED]);
#define X(cause, kind, text)                                                   \
	if (VPIPE_##kind == VPIPE_FATE && results->counts[VPIPE_LOSS_##cause]) \
		printf("         %7" PRIu64 " %s\n", results->counts[VPIPE_LOSS_##cause], text);
	VPIPE_LOSSES(X)
#undef X
}

static bool print_loss(bool first, uint64_t count, const char *text)
{
	if (count)
		printf("%-8s %7" PRIu64 " %s\n", first ? "losses" : "", count, text);
	return first && !count;
}

static void print_losses(const struct results *results)
{
	bool first = true;

#define X(cause, kind, text)            \
	if (VPIPE_##kind == VPIPE_LOSS) \
		first = print_loss(first, results->counts[VPIPE_LOSS_##cause], text);
	VPIPE_LOSSES(X)
#undef X
	first = print_loss(first, results->missed_events, "events missed by the BPF programs");
	first = print_loss(first, results->row_mismatch, "rows sent but not received");
	if (first)
		puts("losses      none");
	if (!results->balanced)
		puts("MISMATCH: frames started are not the sum of frames recorded and lost");
}

static void print_files(const char *prefix)
{
	static const char *const suffixes[] = {
#define X(name, suffix) suffix,
		RUN_FILES(X)
#undef X
	};
	int column = printf("files    %s.", prefix);
	const char *separator = "{";

	for (int file = 0; file < RUN_N_FILES; file++) {
		char path[PATH_MAX];

		snprintf(path, sizeof(path), "%s.%s", prefix, suffixes[file]);
		if (access(path, F_OK))
			continue; /* RUN.csv: a COMMAND writes none */
		if (column + strlen(suffixes[file]) + 2 > 80)
			column = printf("%s\n         ", separator);
		else
			column += printf("%s", separator);
		column += printf("%s", suffixes[file]);
		separator = ",";
	}
	puts("}");
}

void results_print(const struct results *results, const char *prefix)
{
	print_head(results);
	print_costs(results);
	printf("%-9s %-19s %9s %9s %9s  share of end-to-end\n", "stage", "charged to", "p50 us",
	       "p99 us", "max us");
	for (unsigned int which = 0; which < VPIPE_N_HISTS; which++) {
		if (which == VPIPE_HIST_E2E)
			putchar('\n');
		print_row(results, which);
	}
	print_frames(results);
	print_losses(results);
	print_files(prefix);
}
