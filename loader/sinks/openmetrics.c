// SPDX-License-Identifier: MIT
/*
 * openmetrics.c - the figures of a run as OpenMetrics text, for Prometheus and the like
 *
 * The boundaries of buckets are the same in every run, so that those of several machines can be added
 * up. A time is counted in the first bucket whose end it is not beyond, to the nanosecond. What is not
 * known has no line.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/text.h"
#include "loader/sinks/sink.h"

/* Buckets are from 1 us to 9 s, in powers of two ns: what is less is in the first one. */
#define FIRST_BIT 10
#define LAST_BIT  33

/* Of each power of two so many, which divide the 64 that we count. */
#define PARTS_OF_FRAME 8
#define PARTS_OF_STAGE 4

struct label {
	const char *name;
	const char *value; /* NULL: not known, so the label is missing */
};

/* What a family of metrics is. */
static void print_head(FILE *out, const char *name, const char *type, const char *unit,
		       const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
	if (unit)
		fprintf(out, "# UNIT %s %s\n", name, unit);
}

static void print_label(FILE *out, const struct label *label, bool first)
{
	const char *bytes = label->value;
	char text[TEXT_CHAR];

	fprintf(out, "%s%s=\"", first ? "" : ",", label->name);
	while (*bytes) {
		bytes += text_char(text, bytes, NULL);
		/* only a character of its own can be one of these, or begin with it */
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		fputs(text, out);
	}
	putc('"', out);
}

/* "NAME{LABELS} ", to be followed by the value. */
static void print_name(FILE *out, const char *name, const char *suffix, const struct label *labels,
		       unsigned int n)
{
	bool first = true;

	fprintf(out, "%s%s", name, suffix);
	for (unsigned int i = 0; i < n; i++) {
		if (!labels[i].value)
			continue;
		if (first)
			putc('{', out);
		print_label(out, &labels[i], first);
		first = false;
	}
	fputs(first ? " " : "} ", out);
}

static void print_count(FILE *out, const char *name, const char *suffix, const struct label *labels,
			unsigned int n, uint64_t count)
{
	print_name(out, name, suffix, labels, n);
	fprintf(out, "%" PRIu64 "\n", count);
}

static void print_seconds(FILE *out, const char *name, const char *suffix,
			  const struct label *labels, unsigned int n, uint64_t ns)
{
	print_name(out, name, suffix, labels, n);
	fprintf(out, "%llu.%09llu\n", ns / NS_PER_SEC, ns % NS_PER_SEC);
}

/* A histogram, of which @parts buckets make a power of two; @labels has room for one more. */
static void print_hist(FILE *out, const char *name, struct label *labels, unsigned int n,
		       const struct vpipe_hist *hist, const struct latency *latency,
		       unsigned int parts)
{
	uint64_t below = 0;
	unsigned int bucket = 0;
	char le[32];

	labels[n] = (struct label){"le", le};
	for (unsigned int i = 0; i <= (LAST_BIT - FIRST_BIT) * parts; i++) {
		uint64_t power = 1ULL << (FIRST_BIT + i / parts);
		uint64_t end_ns = power + i % parts * (power / parts);

		for (; bucket < VPIPE_HIST_OVERFLOW && hist_upper(bucket) <= end_ns; bucket++)
			below += hist->buckets[bucket];
		/* times are whole ns */
		snprintf(le, sizeof(le), "%.10g", (double)(end_ns - 1) / NS_PER_SEC);
		print_count(out, name, "_bucket", labels, n + 1, below);
	}
	strcpy(le, "+Inf");
	print_count(out, name, "_bucket", labels, n + 1, latency->count);
	print_count(out, name, "_count", labels, n, latency->count);
	print_seconds(out, name, "_sum", labels, n, latency->count ? latency->total_ns : 0);
}

/* Whose stages they are, as far as it is one device's. */
static const char *device_of(const struct run *run)
{
	return run->n_devices == 1 ? run->devices[0].node
	       : run->n_devices	   ? NULL
				   : run->facts.vpipe;
}

static void print_times(FILE *out, const struct run *run)
{
	static const char frames[] = "vpipe_frame_duration_seconds";
	static const char stages[] = "vpipe_stage_duration_seconds";
	struct label labels[3] = {{"device", device_of(run)}};
	unsigned int e2e = path_e2e(run->path);

	print_head(out, frames, "histogram", "seconds",
		   "From the first known point of a frame to its last.");
	print_hist(out, frames, labels, 1, &run->hists[e2e], &run->latencies[e2e], PARTS_OF_FRAME);
	print_head(out, stages, "histogram", "seconds", "Of a frame in a stage of its path.");
	for (unsigned int i = 0; i < run->path->n_stages; i++) {
		labels[1] = (struct label){"stage", run->path->stages[i].name};
		print_hist(out, stages, labels, 2, &run->hists[i], &run->latencies[i],
			   PARTS_OF_STAGE);
	}
}

/* Without rows nobody knows. */
static void print_costs(FILE *out, const struct run *run)
{
	static const char name[] = "vpipe_cost_seconds";

	if (run->facts.config.no_frames)
		return;
	print_head(out, name, "counter", "seconds",
		   "Time of all frames charged to a cost; costs add up to the time of the frames.");
	for (unsigned int i = 0; i < run->path->n_costs; i++) {
		const struct label label = {"cost", run->path->costs[i].name};

		if (path_charges(run->path, i))
			print_seconds(out, name, "_total", &label, 1,
				      run->costs[i].count ? run->costs[i].total_ns : 0);
	}
}

static void print_frames(FILE *out, const struct run *run)
{
	static const char name[] = "vpipe_frames";
	struct label label = {"fate", "recorded"};

	print_head(out, name, "counter", NULL, "Frames, by what became of them.");
	print_count(out, name, "_total", &label, 1, run->counts.of[VPIPE_COUNT_RECORDED]);
	for (unsigned int i = 0; i < VPIPE_N_LOSSES; i++) {
		label.value = losses[i].name;
		if (losses[i].kind == FATE)
			print_count(out, name, "_total", &label, 1, run->counts.of[i]);
	}
}

static void print_drops(FILE *out, const struct run *run)
{
	static const char name[] = "vpipe_drops";

	if (!run->n_devices)
		return;
	print_head(out, name, "counter", NULL,
		   "Frames of a device that never came, or in vain, by cause.");
	for (unsigned int i = 0; i < run->n_devices; i++) {
		for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
			const struct label labels[] = {{"device", run->devices[i].node},
						       {"cause", drop_cause_name(cause)}};

			print_count(out, name, "_total", labels, 2, run->devices[i].drops[cause]);
		}
	}
}

static void print_losses(FILE *out, const struct run *run)
{
	static const char name[] = "vpipe_lost";
	struct label label = {"reason", NULL};

	print_head(out, name, "counter", NULL, "Data that are missing, by reason.");
	for (unsigned int i = 0; i < VPIPE_N_LOSSES; i++) {
		label.value = losses[i].name;
		if (losses[i].kind == LOSS)
			print_count(out, name, "_total", &label, 1, run->counts.of[i]);
	}
	label.value = "missed_events";
	print_count(out, name, "_total", &label, 1, run->counts.missed_events);
	label.value = "rows_not_received";
	print_count(out, name, "_total", &label, 1, run->counts.row_mismatch);
}

static void print_info(FILE *out, const struct run *run)
{
	static const char name[] = "vpipe_trace_info";
	const struct label labels[] = {
		{"version", run->facts.version ?: VPIPE_VERSION},
		{"release", run->facts.kernel},
		{"path", run->path->name},
	};

	/* as a gauge those take it, too, who know no metrics of type info */
	print_head(out, name, "gauge", NULL, "What measured this, on which kernel.");
	print_count(out, name, "", labels, sizeof(labels) / sizeof(labels[0]), 1);
}

static int finish_metrics(void *state, const struct run *run, const struct sink_place *place)
{
	(void)state;
	print_times(place->out, run);
	print_costs(place->out, run);
	print_frames(place->out, run);
	print_drops(place->out, run);
	print_losses(place->out, run);
	print_info(place->out, run);
	fputs("# EOF\n", place->out);
	return 0;
}

const struct sink sink_metrics = {.finish = finish_metrics};
