// SPDX-License-Identifier: MIT
/*
 * cmd-report.c - vpipe-trace report
 *
 * One pass over the rows of a run; what is kept of them is histograms, the worst
 * few, and a window of the sources' sequences, so that a run may be of any length.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/hist.h"
#include "loader/commands.h"
#include "loader/model/depth.h"
#include "loader/model/drops.h"
#include "loader/runs/read.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/scope-json.h"
#include "loader/sinks/table.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"

#define MAX_WORST   100
#define WORST_COSTS 3 /* named for each of the worst frames */

struct unknowns {
	uint64_t source, account, counters; /* frames that lack it */
	uint64_t sequence; /* frames with a source that lack its sequence: of an older version */
	uint64_t errors; /* frames returned with an error */
};

/* What is kept of one of the longest frames. */
struct worst {
	uint64_t number, ctx, seq, src_seq, start_ns, e2e_ns;
	uint64_t costs[MAX_COSTS];
};

struct report {
	const char *name;
	bool json;
	uint64_t leave_out; /* frames at the beginning */
	uint64_t deadline_ns; /* 0: the run's */
	unsigned int n_worst; /* asked for */
	unsigned int worst_used;
	struct run_files files;
	struct worst worst[MAX_WORST]; /* longest first */
	struct drops drops;
	struct unknowns unknowns;
	struct depth *depth;
	struct depth_slice slices[DEPTH_SLICES];
	struct depth_slice whole; /* the slices together */
	uint64_t depth_late;
};

static void add_worst(struct report *report, const struct frame *frame)
{
	unsigned int at = report->worst_used;
	struct worst *worst;

	if (at == report->n_worst) {
		if (!at || frame->e2e_ns <= report->worst[at - 1].e2e_ns)
			return;
		at--;
	} else {
		report->worst_used++;
	}
	for (; at && frame->e2e_ns > report->worst[at - 1].e2e_ns; at--)
		report->worst[at] = report->worst[at - 1];
	worst = &report->worst[at];
	*worst = (struct worst){.number = frame->number,
				.ctx = frame->ctx,
				.seq = frame->seq,
				.src_seq = frame->src_seq,
				.start_ns = frame->start_ns,
				.e2e_ns = frame->e2e_ns};
	memcpy(worst->costs, frame->costs, sizeof(worst->costs));
}

static void add_depth(struct report *report, const struct frame *frame)
{
	uint64_t queued_ns, done_ns;

	if (depth_of_frame(report->files.run.path, frame, &queued_ns, &done_ns))
		depth_add(report->depth, queued_ns, done_ns);
}

static void on_frame(void *arg, const struct frame *frame)
{
	struct report *report = arg;
	struct unknowns *unknowns = &report->unknowns;
	bool begins = frame->known & 1; /* at the beginning of the path */

	if (!frame_is_warmup(frame))
		add_worst(report, frame);
	add_depth(report, frame);
	if (frame->has & FRAME_HAS_SOURCE)
		drops_add(&report->drops, frame->source_minor, (uint32_t)frame->source_sequence,
			  frame->start_ns);
	unknowns->sequence += begins && !(frame->has & FRAME_HAS_SOURCE);
	unknowns->source += !begins;
	unknowns->account += !(frame->has & FRAME_HAS_ACCOUNT);
	unknowns->counters += !frame->counted;
	unknowns->errors += frame->flags & VPIPE_FRAME_ERROR;
}

static void summarize(struct report *report)
{
	drops_finish(&report->drops);
	report->depth_late = depth_finish(report->depth, report->slices);
	for (unsigned int i = 0; i < DEPTH_SLICES; i++) {
		const struct depth_slice *slice = &report->slices[i];

		report->whole.frames += slice->frames;
		report->whole.sum += slice->sum;
		if (slice->max > report->whole.max)
			report->whole.max = slice->max;
	}
}

static int read_run(struct report *report)
{
	const struct run_facts *facts = &report->files.run.facts;
	int err = run_files_open(&report->files, report->name);

	report->files.leave_out = report->leave_out;
	report->files.deadline_ns = report->deadline_ns;
	if (!err) {
		report->depth = depth_new(facts->start_ns, facts->end_ns);
		err = report->depth ? 0 : -ENOMEM;
		if (err)
			msg_errno(err, NULL, "cannot read the run %s", report->name);
	}
	if (!err)
		err = run_files_read(&report->files,
				     &(struct run_listener){.frame = on_frame, .arg = report});
	if (!err)
		summarize(report);
	return err;
}

/* The largest cost of @worst that is not in @taken yet; path->n_costs if the rest is 0. */
static unsigned int next_cost(const struct path *path, const struct worst *worst,
			      unsigned int *taken)
{
	unsigned int largest = path->n_costs;

	for (unsigned int cost = 0; cost < path->n_costs; cost++) {
		if (*taken & 1U << cost || !worst->costs[cost])
			continue;
		if (largest == path->n_costs || worst->costs[cost] > worst->costs[largest])
			largest = cost;
	}
	*taken |= 1U << largest;
	return largest;
}

static void print_costs_of(const struct path *path, const struct worst *worst)
{
	unsigned int taken = 0;

	for (unsigned int n = 0; n < WORST_COSTS; n++) {
		unsigned int cost = next_cost(path, worst, &taken);

		if (cost == path->n_costs || worst->costs[cost] < worst->e2e_ns / 100)
			break;
		printf("%s", n ? ", " : " ");
		table_print_text(path->costs[cost].name, 29);
		printf(" %.0f%%", 100 * (double)worst->costs[cost] / (double)worst->e2e_ns);
	}
}

static void print_worst(const struct report *report)
{
	if (report->worst_used)
		printf("\nworst     e2e us of which\n");
	for (unsigned int i = 0; i < report->worst_used; i++) {
		printf("%6" PRIu64, report->worst[i].number);
		table_print_us(report->worst[i].e2e_ns);
		print_costs_of(report->files.run.path, &report->worst[i]);
		putchar('\n');
	}
}

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

static void print_drops(const struct report *report)
{
	const struct drops *drops = &report->drops;

	if (!drops->frames) {
		printf("drops          - %s\n", no_drops(report));
		return;
	}
	if (!drops->missing)
		printf("drops       none");
	else if (report->unknowns.source)
		printf("drops    %7" PRIu64 " source frames at most, in %" PRIu64 " gaps: %" PRIu64
		       " frames have no known one",
		       drops->missing, drops->gaps, report->unknowns.source);
	else
		printf("drops    %7" PRIu64 " source frames, in %" PRIu64 " gaps of its sequence",
		       drops->missing, drops->gaps);
	putchar('\n');
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

static double depth_mean(const struct depth_slice *slice)
{
	return slice->frames ? (double)slice->sum / (double)slice->frames : 0;
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
	printf("queued   %7" PRIu64 " frames in the node at most, mean %.2f; over time [",
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

/* A thing that was not measured in some @frames: an object in @json, or a line if that is NULL. */
static void not_measured(json_t *json, uint64_t frames, const char *what, const char *why)
{
	size_t column;

	if (!frames)
		return;
	if (json) {
		json_array_append_new(json, json_pack("{s:s, s:I, s:s}", "what", what, "frames",
						      (json_int_t)frames, "why", why));
		return;
	}
	column = (size_t)printf("not measured in %" PRIu64 " frames: %s", frames, what);
	if (column + strlen(why) + 3 <= 80) {
		printf(" (");
		table_print_text(why, 80);
		puts(")");
	} else {
		putchar('\n');
		table_print_wrapped(why);
	}
}

static void all_not_measured(const struct report *report, json_t *json)
{
	const struct unknowns *unknowns = &report->unknowns;

	not_measured(json, unknowns->counters, "hardware counters",
		     report->files.run.facts.no_counters
			     ?: "not asked for, or not read in every stage");
	if (!report->files.run.path->cycles)
		not_measured(json, unknowns->source, "source and handoff",
			     "their source was not traced");
	not_measured(json, unknowns->account, "run-queue and blocked time",
		     "not all their threads were traced");
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

static void print_report(const struct report *report)
{
	const struct run *run = &report->files.run;

	if (!run->complete) {
		puts("INCOMPLETE: what follows is not all of the run");
		table_print_wrapped(report->files.missing);
	}
	print_name(&report->files);
	table_print_head(run);
	if (run->path->cycles)
		table_print_verdict(run);
	if (!run->facts.config.no_frames)
		table_print_costs(run);
	table_print_stages(run);
	table_print_counts(&run->counts);
	if (report->unknowns.errors)
		printf("         %7" PRIu64 " were returned with an error\n",
		       report->unknowns.errors);
	if (run->facts.config.no_frames) {
		puts("\nnot measured: costs, drops, worst frames (the run has --no-frames)");
		return;
	}
	if (run->path->cycles)
		table_print_devices(run);
	else
		print_drops(report);
	if (path_queue(run->path) < run->path->n_stages)
		print_depth(report);
	print_worst(report);
	putchar('\n');
	all_not_measured(report, NULL);
}

static json_t *json_latency(const char *kind, const char *name, const struct latency *latency)
{
	const struct {
		const char *key;
		uint64_t ns;
	} numbers[] = {
		{"min_ns", latency->min_ns},   {"p50_ns", latency->p50_ns},
		{"p95_ns", latency->p95_ns},   {"p99_ns", latency->p99_ns},
		{"p999_ns", latency->p999_ns}, {"max_ns", latency->max_ns},
		{"mean_ns", latency->mean_ns}, {"total_ns", latency->total_ns},
	};
	json_t *json = json_pack("{s:s, s:I}", kind, name, "count", (json_int_t)latency->count);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(json, numbers[i].key,
				    latency->count ? json_integer((json_int_t)numbers[i].ns)
						   : json_null());
	json_object_set_new(json, "share",
			    latency->count && latency->share >= 0 ? json_real(latency->share)
								  : json_null());
	return json;
}

static json_t *json_worst(const struct report *report)
{
	const struct path *path = report->files.run.path;
	json_t *array = json_array();

	for (unsigned int i = 0; i < report->worst_used; i++) {
		const struct worst *worst = &report->worst[i];
		json_t *all = json_object();

		for (unsigned int cost = 0; cost < path->n_costs; cost++)
			json_object_set_new(all, path->costs[cost].name,
					    json_integer((json_int_t)worst->costs[cost]));
		json_array_append_new(array, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
						       "frame", (json_int_t)worst->number, "ctx",
						       (json_int_t)worst->ctx, "seq",
						       (json_int_t)worst->seq, "src_seq",
						       (json_int_t)worst->src_seq, "start_ns",
						       (json_int_t)worst->start_ns, "e2e_ns",
						       (json_int_t)worst->e2e_ns, "costs_ns", all));
	}
	return array;
}

static json_t *json_depth(const struct depth_slice *slice)
{
	return json_pack("{s:I, s:I, s:o}", "frames", (json_int_t)slice->frames, "max",
			 (json_int_t)slice->max, "mean",
			 slice->frames ? json_real(depth_mean(slice)) : json_null());
}

static json_t *json_queue(const struct report *report)
{
	json_t *json = json_depth(&report->whole);
	json_t *slices = json_array();

	for (unsigned int i = 0; i < DEPTH_SLICES; i++)
		json_array_append_new(slices, json_depth(&report->slices[i]));
	json_object_set_new(json, "late", json_integer((json_int_t)report->depth_late));
	json_object_set_new(json, "over_time", slices);
	return json;
}

/* How many were dropped is not known if frames whose source is not may be made from some. */
static json_t *json_drops(const struct report *report)
{
	const struct drops *drops = &report->drops;
	bool known = !drops->missing || !report->unknowns.source;

	if (!drops->frames)
		return json_null();
	return json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I}", "frames",
			 (json_int_t)drops->frames, "gaps", (json_int_t)drops->gaps, "dropped",
			 known ? json_integer((json_int_t)drops->missing) : json_null(), "missing",
			 (json_int_t)drops->missing, "restarts", (json_int_t)drops->restarts,
			 "repeats", (json_int_t)drops->repeats, "late", (json_int_t)drops->late,
			 "not_followed", (json_int_t)drops->not_followed);
}

static json_t *json_costs(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++)
		json_array_append_new(
			all, json_latency("cost", run->path->costs[cost].name, &run->costs[cost]));
	return all;
}

static json_t *json_stages(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int which = 0; which < path_n_hists(run->path); which++)
		json_array_append_new(all, json_latency("stage", path_hist_name(run->path, which),
							&run->latencies[which]));
	return all;
}

static int print_json(const struct report *report)
{
	const struct run *run = &report->files.run;
	json_t *unknown = json_array(), *json;
	int err;

	all_not_measured(report, unknown);
	json = json_pack("{s:s?, s:O, s:o, s:o, s:o, s:o, s:o, s:o*, s:I, s:o}", "incomplete",
			 run->complete ? NULL : report->files.missing, "run", report->files.json,
			 "costs", json_costs(run), "stages", json_stages(run), "worst_frames",
			 json_worst(report), "drops", json_drops(report), "queue_depth",
			 json_queue(report), "devices", devices_to_json(run), "frames_with_error",
			 (json_int_t)report->unknowns.errors, "not_measured", unknown);
	if (json) {
		json_object_set_new(json, "warmup", warmup_to_json(run) ?: json_null());
		json_object_set_new(json, "deadline", deadline_to_json(run) ?: json_null());
		json_object_set_new(json, "flight", flight_to_json(run) ?: json_null());
	}
	err = !json || json_dumpf(json, stdout, JSON_INDENT(2));
	if (err && !ferror(stdout)) /* that is said in the end */
		msg_error("cannot print the report as JSON");
	else if (!err)
		putchar('\n');
	json_decref(json);
	return err ? EXIT_FAILED : EXIT_GOOD;
}

enum {
	OPT_JSON = 256,
	OPT_WARMUP,
	OPT_DEADLINE,
	OPT_WORST,
};

static const struct argp_option argp_options[] = {
	{"warmup", OPT_WARMUP, "N", 0, "leave the first N frames of each device out of all times",
	 0},
	{"deadline", OPT_DEADLINE, "TIME", 0, "count frames that take longer (default: the run's)",
	 0},
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns", 0},
	{"worst", OPT_WORST, "N", 0, "show the N longest frames (default 5)", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report *report = state->input;
	char why[ARGS_WHY];
	uint64_t worst;

	switch (key) {
	case OPT_DEADLINE:
		if (args_parse_time("--deadline", arg, 86400, &report->deadline_ns, why))
			args_fail("%s", why);
		return 0;
	case OPT_WARMUP:
		if (args_parse_u64("--warmup", arg, 1, ARGS_MAX_FRAMES, &report->leave_out, why))
			args_fail("%s", why);
		return 0;
	case OPT_JSON:
		report->json = true;
		return 0;
	case OPT_WORST:
		if (args_parse_u64("--worst", arg, 0, MAX_WORST, &worst, why))
			args_fail("%s", why);
		report->n_worst = (unsigned int)worst;
		return 0;
	case ARGP_KEY_ARG:
		if (report->name)
			args_fail("one RUN, not also '%.40s'", arg);
		report->name = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		args_fail("a RUN is missing: NAME of bench/NAME.*, or DIR/NAME");
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "RUN",
	.doc = "Where the time of a run went, from its files: NAME for bench/NAME.*, or "
	       "DIR/NAME. Needs no privilege, and not the machine of the run."
	       "\vEXAMPLES\n"
	       "  vpipe-trace report run                 the run in bench/run.*\n"
	       "  vpipe-trace report --worst 20 /tmp/mmap\n"
	       "  vpipe-trace report --json run | jq '.costs[] | {cost, share}'\n"
	       "\n"
	       "FIELDS\n"
	       "  cost     what the frames' time was spent on; p50 and p99 of a frame\n"
	       "  stage    where they were meanwhile: the same time, divided otherwise\n"
	       "  drops    source frames that no frame was made from: gaps in\n"
	       "           source_sequence, the numbers of the source's own buffers\n"
	       "  queued   frames between QBUF and done, as each one found it on coming\n"
	       "  worst    the longest frames: number of the row in frames.csv, and the\n"
	       "           largest costs as shares of that frame\n"
	       "\n"
	       "Reads run.json, summary.csv, hist.csv and frames.csv, which must be as the run\n"
	       "wrote them.\n"
	       "\n"
	       "Exit status: 0 good, 1 a file is missing, damaged or changed, 2 usage, 3 the run "
	       "is\n"
	       "incomplete: what was lost is said first of all.",
};

int cmd_report(int argc, char **argv)
{
	struct report *report = calloc(1, sizeof(*report));
	int status = EXIT_FAILED;

	if (!report) {
		msg_errno(ENOMEM, NULL, "no memory");
		return EXIT_FAILED;
	}
	report->n_worst = 5;
	args_run(&argp, argc, argv, report);
	if (!read_run(report)) {
		status = report->files.run.complete ? EXIT_GOOD : EXIT_INCOMPLETE;
		if (!report->json)
			print_report(report);
		else if (print_json(report))
			status = EXIT_FAILED;
	}
	depth_free(report->depth);
	run_files_close(&report->files);
	free(report);
	return status;
}
