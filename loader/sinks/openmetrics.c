// SPDX-License-Identifier: MIT
/*
 * openmetrics.c - figures as OpenMetrics text, see openmetrics.h
 *
 * The boundaries of buckets are the same in every run, so that those of several machines can be added
 * up. A time is counted in the first bucket whose end it is not beyond, to the nanosecond. What is not
 * known has no line.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/sinks/openmetrics.h"
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
	fprintf(out, "%s%s=", first ? "" : ",", label->name);
	text_write_quoted(out, label->value, NULL);
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
		       const struct vpipe_hist *hist, unsigned int parts)
{
	uint64_t below = 0, all = hist_total(hist);
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
	print_count(out, name, "_bucket", labels, n + 1, all);
	print_count(out, name, "_count", labels, n, all);
	print_seconds(out, name, "_sum", labels, n, hist->range.total_ns);
}

/* "" is not known. */
static const char *known(const char *name)
{
	return *name ? name : NULL;
}

/* Of what is gone there is nothing to be said any more: its series end. */
static bool has_times(const struct tally_times *times)
{
	return times->is.there && times->n_stages && times->hists;
}

static void print_times(FILE *out, const struct tally *tally)
{
	static const char frames[] = "vpipe_frame_duration_seconds";
	static const char stages[] = "vpipe_stage_duration_seconds";
	struct label labels[3];

	print_head(out, frames, "histogram", "seconds",
		   "From the first known point of a frame to its last.");
	for (const struct tally_times *times = tally->times; times < tally->times + tally->n_times;
	     times++) {
		if (!has_times(times))
			continue;
		labels[0] = (struct label){"device", known(times->is.device)};
		print_hist(out, frames, labels, 1, &times->hists[times->n_stages], PARTS_OF_FRAME);
	}
	print_head(out, stages, "histogram", "seconds", "Of a frame in a stage of its path.");
	for (const struct tally_times *times = tally->times; times < tally->times + tally->n_times;
	     times++) {
		for (unsigned int i = 0; has_times(times) && i < times->n_stages; i++) {
			labels[0] = (struct label){"device", known(times->is.device)};
			labels[1] = (struct label){"stage", times->stages[i]};
			print_hist(out, stages, labels, 2, &times->hists[i], PARTS_OF_STAGE);
		}
	}
}

/* Of a device, if it is known; the head before the first of them. */
static void print_period(FILE *out, const struct tally_presence *is, uint64_t period_ns,
			 bool *first)
{
	static const char name[] = "vpipe_frame_period_seconds";
	const struct label label = {"device", known(is->device)};

	if (!is->there || !period_ns)
		return;
	if (*first)
		print_head(out, name, "gauge", "seconds",
			   "From frame to frame, as asked for, or as they came last.");
	*first = false;
	print_seconds(out, name, "", &label, 1, period_ns);
}

static void print_periods(FILE *out, const struct tally *tally)
{
	bool first = true;

	for (unsigned int i = 0; i < tally->n_devices; i++)
		print_period(out, &tally->devices[i].is, tally->devices[i].period_ns, &first);
	for (unsigned int i = 0; i < tally->n_times; i++)
		print_period(out, &tally->times[i].is, tally->times[i].period_ns, &first);
}

/* Without rows nobody knows. */
static void print_costs(FILE *out, const struct tally *tally)
{
	static const char name[] = "vpipe_cost_seconds";

	if (!tally->n_costs)
		return;
	print_head(out, name, "counter", "seconds",
		   "Time of all frames charged to a cost; costs add up to the time of the frames.");
	for (unsigned int i = 0; i < tally->n_costs; i++) {
		const struct label label = {"cost", tally->costs[i].name};

		print_seconds(out, name, "_total", &label, 1, tally->costs[i].ns);
	}
}

static void print_frames(FILE *out, const struct tally *tally)
{
	static const char name[] = "vpipe_frames";
	struct label label = {"fate", "recorded"};

	print_head(out, name, "counter", NULL, "Frames, by what became of them.");
	print_count(out, name, "_total", &label, 1, tally->counts.of[VPIPE_COUNT_RECORDED]);
	for (unsigned int i = 0; i < VPIPE_N_LOSSES; i++) {
		label.value = losses[i].name;
		if (losses[i].kind == FATE)
			print_count(out, name, "_total", &label, 1, tally->counts.of[i]);
	}
}

static void print_drops(FILE *out, const struct tally *tally)
{
	static const char name[] = "vpipe_drops";
	bool first = true;

	for (const struct tally_device *device = tally->devices;
	     device < tally->devices + tally->n_devices; device++) {
		if (!device->is.there || !device->has_drops)
			continue;
		if (first)
			print_head(out, name, "counter", NULL,
				   "Frames of a device that never came, or in vain, by cause.");
		first = false;
		for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
			const struct label labels[] = {{"device", device->is.device},
						       {"cause", drop_cause_name(cause)}};

			print_count(out, name, "_total", labels, 2, device->drops[cause]);
		}
	}
}

static void print_losses(FILE *out, const struct tally *tally)
{
	static const char name[] = "vpipe_lost";
	struct label label = {"reason", NULL};

	print_head(out, name, "counter", NULL, "Data that are missing, by reason.");
	for (unsigned int i = 0; i < N_LOSSES; i++) {
		label.value = losses[i].name;
		if (losses[i].kind == LOSS)
			print_count(out, name, "_total", &label, 1, counts_at(&tally->counts, i));
	}
}

static void print_info(FILE *out, const struct tally *tally)
{
	static const char name[] = "vpipe_trace_info";
	const struct label labels[] = {
		{"version", known(tally->version)},
		{"release", known(tally->kernel)},
		{"path", known(tally->path)},
	};

	/* as a gauge those take it, too, who know no metrics of type info */
	print_head(out, name, "gauge", NULL, "What measured this, on which kernel.");
	print_count(out, name, "", labels, sizeof(labels) / sizeof(labels[0]), 1);
}

/* Which devices are there just now: a gauge, as above. */
static void print_devices(FILE *out, const struct tally *tally)
{
	static const char name[] = "vpipe_device_info";
	bool first = true;

	print_head(out, "vpipe_devices", "gauge", NULL, "Devices that are recorded just now.");
	print_count(out, "vpipe_devices", "", NULL, 0, tally_devices(tally));
	for (const struct tally_device *device = tally->devices;
	     device < tally->devices + tally->n_devices; device++) {
		const struct label labels[] = {{"device", device->is.device},
					       {"name", known(device->name)},
					       {"driver", known(device->driver)}};

		if (!device->is.there)
			continue;
		if (first)
			print_head(out, name, "gauge", NULL,
				   "A device that is recorded just now, and what it is called.");
		first = false;
		print_count(out, name, "", labels, sizeof(labels) / sizeof(labels[0]), 1);
	}
}

static void print_self(FILE *out, const struct openmetrics_self *self)
{
	static const char cpu[] = "vpipe_trace_cpu_seconds";
	static const char failed[] = "vpipe_writes_failed";

	print_head(out, cpu, "counter", "seconds",
		   "CPU time of vpipe-trace itself, without its BPF programs.");
	print_seconds(out, cpu, "_total", NULL, 0, self->cpu_ns);
	print_head(out, failed, "counter", NULL, "Times that this file could not be written.");
	print_count(out, failed, "_total", NULL, 0, self->writes_failed);
}

void openmetrics_print(FILE *out, const struct tally *tally, const struct openmetrics_self *self)
{
	print_times(out, tally);
	print_periods(out, tally);
	print_costs(out, tally);
	print_frames(out, tally);
	print_drops(out, tally);
	print_losses(out, tally);
	print_info(out, tally);
	if (self) {
		print_devices(out, tally);
		print_self(out, self);
	}
	fputs("# EOF\n", out);
}

static int finish_metrics(void *state, const struct run *run, const struct sink_place *place)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	int err = tally ? tally_add(tally, run) : -ENOMEM;

	(void)state;
	if (err)
		msg_errno(err, NULL, "cannot write the figures");
	else
		openmetrics_print(place->out, tally, NULL);
	if (tally)
		tally_free(tally);
	free(tally);
	return err;
}

const struct sink sink_metrics = {.finish = finish_metrics};
