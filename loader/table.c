// SPDX-License-Identifier: MIT
/* table.c - what a person reads at the end of a run, see results.h */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "loader/results.h"
#include "user/lib/clock.h"

#define BAR 16

static void print_us(uint64_t ns)
{
	printf(" %9.1f", (double)ns / 1000);
}

static void print_bar(double share)
{
	int filled = (int)(share * BAR + 0.5);

	printf(" %5.1f%% ", share * 100);
	for (int i = 0; i < filled; i++)
		putchar('#');
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
	printf(" -> %s", facts->vpipe);
	if (facts->transport)
		printf(", %s, %s", facts->transport, facts->algo);
	printf(", Linux %s\n\n", kernel.release);
	printf("%-9s %-19s %9s %9s %9s  share of end-to-end\n", "stage", "charged to", "p50 us",
	       "p99 us", "max us");
}

static void print_losses(const struct results *results)
{
	bool any = false;

#define X(cause, kind, text)                                                  \
	if (results->counts[VPIPE_LOSS_##cause]) {                            \
		printf("%s %7" PRIu64 " %s\n", any ? "        " : "losses  ", \
		       results->counts[VPIPE_LOSS_##cause], text);            \
		any = true;                                                   \
	}
	VPIPE_LOSSES(X)
#undef X
	if (results->missed_events)
		printf("losses   %7" PRIu64 " events missed by the BPF programs\n",
		       results->missed_events);
	if (results->row_mismatch)
		printf("losses   %7" PRIu64 " rows sent but not received\n", results->row_mismatch);
	if (!any && !results->missed_events && !results->row_mismatch)
		puts("losses   none");
	if (!results->balanced)
		puts("MISMATCH frames started are not the sum of frames recorded and lost");
}

void results_print(const struct results *results, const char *prefix)
{
	print_head(results);
	for (unsigned int which = 0; which < VPIPE_N_HISTS; which++) {
		if (which == VPIPE_HIST_E2E)
			putchar('\n');
		print_row(results, which);
	}
	printf("\nframes   %7" PRIu64 " started, %" PRIu64 " recorded\n",
	       results->counts[VPIPE_COUNT_STARTED], results->counts[VPIPE_COUNT_RECORDED]);
	print_losses(results);
	printf("files    %s.{", prefix);
#define X(name, suffix) printf("%s%s", RUN_FILE_##name ? "," : "", suffix);
	RUN_FILES(X)
#undef X
	puts("}");
}
