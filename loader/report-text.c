// SPDX-License-Identifier: MIT
/* report-text.c - a report as a person reads it, see report.h */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/screen.h"
#include "loader/report.h"
#include "loader/sinks/table.h"

/* Why nothing is known of drops. */
static const char *no_drops(const struct report *report)
{
	const struct run *run = &report->files.run;

	if (report->unknowns.sequence)
		return "not known: the run has no sequence of the source's buffers";
	if (run->facts.source || run->counts.of[VPIPE_LOSS_no_source])
		return "not known: no frame is linked to a source frame";
	return "no source was traced";
}

/* How many there are, or why that is not known. */
static void print_dropped(const struct report *report)
{
	const struct drops *drops = &report->dropped.drops;
	const char *why = dropped_why(&report->dropped, &report->files.run);
	bool at_most = dropped_at_most(&report->dropped, &report->files.run);

	if (why && !at_most)
		printf("drops          - not known: %s\n", why);
	else if (!drops->missing)
		puts("drops       none");
	else
		printf("drops    %7" PRIu64 " source frames%s, in %" PRIu64
		       " gaps of its sequence\n",
		       drops->missing, at_most ? " at most" : "", drops->gaps);
	if (at_most)
		table_print_wrapped(why, 17);
}

static void print_drops(const struct report *report)
{
	const struct drops *drops = &report->dropped.drops;

	if (!drops->frames) {
		printf("drops          - %s\n", no_drops(report));
		return;
	}
	print_dropped(report);
	if (drops->restarts)
		printf("         %7" PRIu64 " times its sequence began anew\n", drops->restarts);
	if (drops->repeats)
		printf("         %7" PRIu64
		       " frames are of a source frame that another one is of\n",
		       drops->repeats);
	if (drops->late + drops->not_followed)
		printf("         %7" PRIu64
		       " frames not looked at: too late, or of too many sources\n",
		       drops->late + drops->not_followed);
}

/* One character for each tenth of the time, darker where the node had more frames. */
static void print_depth(const struct report *report)
{
	static const char shades[] = ".:-=+*#%@";
	double most = 0;

	if (!report->whole.frames)
		return;
	for (unsigned int i = 0; i < DEPTH_SLICES; i++) {
		double mean = depth_mean(&report->slices[i]);

		most = mean > most ? mean : most;
	}
	printf("depth    %7" PRIu64 " frames in the node at most, mean %.2f; over time [",
	       report->whole.max, depth_mean(&report->whole));
	for (unsigned int i = 0; i < DEPTH_SLICES; i++) {
		double shade = depth_mean(&report->slices[i]) / most * (sizeof(shades) - 2);

		putchar(report->slices[i].frames ? shades[(int)(shade + 0.5)] : ' ');
	}
	puts("]");
	if (report->depth_late)
		printf("         %7" PRIu64 " frames left too late to be counted in it\n",
		       report->depth_late);
}

static void print_unmeasured(const struct report *report)
{
	struct unknown it;

	for (unsigned int i = 0; unknowns_get(&report->unknowns, &report->files.run, i, &it); i++) {
		size_t column;

		if (!it.frames)
			continue;
		column = (size_t)printf("not measured in %" PRIu64 " frames: %s", it.frames,
					it.what);
		if (column + strlen(it.why) + 3 < screen_columns()) {
			printf(" (");
			table_print_text(it.why, screen_columns());
			puts(")");
		} else {
			putchar('\n');
			table_print_wrapped(it.why, 8);
		}
	}
}

static void print_name(const struct run_files *files)
{
	time_t seconds = (time_t)(files->run.facts.start_realtime_ns / NS_PER_SEC);
	char date[32] = "";
	struct tm tm;

	if (seconds && localtime_r(&seconds, &tm))
		strftime(date, sizeof(date), ", %F %T", &tm);
	table_print_name(files->prefix, 56);
	printf("%s\n", date);
}

/* That the run is not all there is said before anything else. */
static void print_incomplete(const struct report *report)
{
	screen_puts(SCREEN_BAD, "INCOMPLETE: what follows is not all of the run");
	putchar('\n');
	table_print_wrapped(report->files.missing, 8);
}

/* The answer: of our own node the drops are part of it. */
static void print_verdict(const struct report *report)
{
	const struct run *run = &report->files.run;
	const struct drops *drops = &report->dropped.drops;
	bool at_most = dropped_at_most(&report->dropped, run);

	table_print_verdict(run);
	if (run->path->cycles || !drops->frames)
		return; /* of devices of any driver it is said which frames, and why */
	screen_begin(SCREEN_WARN);
	if (dropped_why(&report->dropped, run) && !at_most)
		puts("How many source frames were dropped is not known.");
	else if (drops->missing)
		printf("%" PRIu64 " source frame%s dropped%s.\n", drops->missing,
		       drops->missing == 1 ? " was" : "s were", at_most ? " at most" : "");
	screen_end();
}

/* What is read first. */
static void print_answer(const void *arg)
{
	const struct report *report = arg;

	if (!report->files.run.complete)
		print_incomplete(report);
	print_verdict(report);
}

/* What is known of frames that have rows. */
static void print_rows(const struct report *report)
{
	const struct run *run = &report->files.run;

	if (run->path->cycles)
		table_print_devices(run);
	else
		print_drops(report);
	if (path_queue(run->path) < run->path->n_stages)
		print_depth(report);
	table_print_worst(run);
	putchar('\n');
	print_unmeasured(report);
}

/* What is not there is in the runs that it is made of. */
static void print_merged(const struct run *run)
{
	if (run->path->cycles)
		table_print_devices(run);
	else if (run->merged.has_missing)
		printf("drops    %7" PRIu64 " source frames\n", run->merged.missing);
	puts("\nnot in a merged run: worst frames, threads, intervals, what happened when");
}

static void print_all(const void *arg)
{
	const struct report *report = arg;
	const struct run *run = &report->files.run;

	print_answer(report);
	putchar('\n');
	print_name(&report->files);
	table_print_head(run);
	if (run_has_costs(run))
		table_print_costs(run);
	table_print_stages(run);
	table_print_counts(&run->counts);
	if (report->unknowns.errors)
		printf("         %7" PRIu64 " were returned with an error\n",
		       report->unknowns.errors);
	if (run->merged.runs)
		print_merged(run);
	else if (run->facts.config.no_frames)
		puts("\nnot measured: costs, drops, worst frames (the run has --no-frames)");
	else
		print_rows(report);
}

void report_print(const struct report *report)
{
	table_show(print_all, print_answer, report);
}
