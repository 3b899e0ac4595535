// SPDX-License-Identifier: MIT
/* table-devices.c - what came of devices and what did not, as a person reads it: see table.h */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "loader/model/dropped.h"
#include "loader/sinks/table.h"

#define NODE_WIDTH 40

#define NOT_KNOWN ": %" PRIu64 " frames came; how many never did is not known:"

/* The cause of most of the frames that never came. */
static enum drop_cause main_cause(const struct device_sums *device)
{
	enum drop_cause most = DROP_HELD;

	for (enum drop_cause cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
		if (!drop_came(cause) && device->drops[cause] > device->drops[most])
			most = cause;
	}
	return most;
}

/* One of several that no frame came from is not spoken of, nor one whose buffers nobody has seen. */
static bool is_idle(const struct run *run, const struct device_sums *device)
{
	if (run->facts.config.no_frames && !run->merged.runs)
		return true;
	return run->n_devices > 1 && !device->frames && !device->not_followed &&
	       !device_missing(device);
}

/* What is not as it should be with those that came, and the end of the sentence. */
static void write_flaws(FILE *to, const struct device_sums *device)
{
	if (device->drops[DROP_ERROR])
		fprintf(to, "; %" PRIu64 " came with the error flag", device->drops[DROP_ERROR]);
	if (device->late)
		fprintf(to, "; %" PRIu64 " came late", device->late);
	putc('.', to);
}

/* What is said of @device behind its name: in two lines where there is a cause. */
static void write_verdict(FILE *to, const struct run *run, const struct device_sums *device)
{
	const char *why = dropped_device_why(run, device);
	uint64_t missing = device_missing(device);
	enum drop_cause cause = main_cause(device);

	if (why) {
		fprintf(to, NOT_KNOWN "\n%s", device->frames, why);
		write_flaws(to, device);
		return;
	}
	if (!missing) {
		fprintf(to, ": none of its %" PRIu64 " frames is missing", device->frames);
		write_flaws(to, device);
		return;
	}
	fprintf(to, ": %" PRIu64 " of %" PRIu64 " frames never came", missing,
		missing + device->frames);
	if (device->drops[cause] != missing)
		fprintf(to, ", %" PRIu64 " of these because", device->drops[cause]);
	else
		putc(':', to);
	fprintf(to, "\n%s", drop_cause_text(device, cause));
	write_flaws(to, device);
}

static void print_verdict_of(const struct run *run, const struct device_sums *device)
{
	char *text = NULL, *cause = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		return;
	write_verdict(to, run, device);
	fclose(to);
	cause = strchr(text, '\n');
	if (cause)
		*cause++ = '\0';
	table_print_hanging(text, table_print_fact(&run->facts, device->node, NODE_WIDTH));
	if (cause)
		table_print_wrapped(cause, 2);
	free(text);
}

void table_print_missing(const struct run *run)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		if (!is_idle(run, &run->devices[i]))
			print_verdict_of(run, &run->devices[i]);
	}
}

static void print_interval(const char *what, const struct latency *latency)
{
	if (!latency->count)
		return;
	printf("         frame to frame, %-9s p50 ", what);
	table_print_ns(latency->p50_ns, 0);
	printf(", p99 ");
	table_print_ns(latency->p99_ns, 0);
	printf(", longest ");
	table_print_ns(latency->max_ns, 0);
	putchar('\n');
}

static void print_drops(const struct run *run, const struct device_sums *device)
{
	for (enum drop_cause cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
		char text[128];

		if (!device->drops[cause])
			continue;
		snprintf(text, sizeof(text), "%s: %s", drop_cause_name(cause),
			 drop_cause_text(device, cause));
		printf("         %7" PRIu64 " ", device->drops[cause]);
		table_print_hanging(text, 17);
	}
	for (unsigned int i = 0; i < DEVICE_HOLDERS && device->holders[i].drops; i++) {
		printf("         %7" PRIu64 " of these until a buffer came back from ",
		       device->holders[i].drops);
		table_print_thread(run, device->holders[i].tid);
		putchar('\n');
	}
}

static void print_stream(const struct device_sums *device)
{
	if (device->late)
		printf("         %7" PRIu64 " late, more than 1.5 periods behind the one before;"
		       "\n                 the driver had no buffer: %" PRIu64 " of them\n",
		       device->late, device->late_starved);
	if (device->stuck)
		printf("         %7" PRIu64
		       " buffers did not come back from the driver, one for %.1f s\n",
		       device->stuck, (double)device->stuck_ns / NS_PER_SEC);
	if (device->restarts)
		printf("         %7" PRIu64 " times the stream began anew\n", device->restarts);
	if (device->not_followed)
		printf("         %7" PRIu64 " buffers of more queues than there is room for\n",
		       device->not_followed);
}

/* What frames waited for in the queues of mem2mem devices. */
static void print_waits(const struct run *run)
{
	uint64_t total = 0;

	for (unsigned int wait = 0; wait < N_WAITS; wait++)
		total += run->waits[wait];
	for (unsigned int wait = 0; total && wait < N_WAITS; wait++)
		printf("%-8s %6.1f%% %s\n", wait ? "" : "queue",
		       100 * (double)run->waits[wait] / (double)total, wait_names[wait].text);
}

static const char *rule_caution(enum vpipe_rule rule)
{
	return rule == VPIPE_RULE_order ? ", which may be wrong" : "";
}

/* Which frames of other devices its own are made from. */
static void print_links(const struct link_sums *sums)
{
	for (unsigned int rule = VPIPE_RULE_none + 1; rule < VPIPE_N_RULES; rule++) {
		if (sums->linked[rule])
			printf("         %7" PRIu64
			       " frames made from those before: known by %s%s\n",
			       sums->linked[rule], frame_rules[rule], rule_caution(rule));
	}
	for (unsigned int rule = VPIPE_RULE_none + 1; rule < VPIPE_N_RULES; rule++) {
		if (sums->jobs[rule])
			printf("         %7" PRIu64 " frames whose job is known by %s%s\n",
			       sums->jobs[rule], frame_rules[rule], rule_caution(rule));
	}
	for (enum link_why why = 0; why < LINK_N_WHYS; why++) {
		if (sums->unlinked[why])
			printf("         %7" PRIu64 " frames %s:\n                 from which they "
			       "are made is not known\n",
			       sums->unlinked[why], link_why_text(why));
	}
	if (sums->early)
		printf("         %7" PRIu64 " frames were made from what came before the run\n",
		       sums->early);
	if (sums->open)
		printf("         %7" PRIu64
		       " frames may have been handed on, and it was not seen\n",
		       sums->open);
}

/* What a display shows nobody dequeues: it is at its end when it is done. */
static bool is_dequeued(const struct device_sums *device)
{
	return device->taken.total_ns != device->done.total_ns ||
	       device->taken.max_ns != device->done.max_ns;
}

/* How many did, and how many did not. */
static void print_came(const struct run *run, const struct device_sums *device)
{
	const char *why = dropped_device_why(run, device);

	if (why)
		printf(NOT_KNOWN "\n%17s%s\n", device->frames, "", why);
	else
		printf(": %" PRIu64 " frames came, %" PRIu64 " never did\n", device->frames,
		       device_missing(device));
}

void table_print_devices(const struct run *run)
{
	print_waits(run);
	for (unsigned int i = 0; i < run->n_devices; i++) {
		const struct device_sums *device = &run->devices[i];

		if (is_idle(run, device))
			continue;
		printf("device   ");
		table_print_fact(&run->facts, device->node, NODE_WIDTH);
		print_came(run, device);
		print_drops(run, device);
		print_links(&device->links);
		print_stream(device);
		print_interval("done:", &device->done);
		if (is_dequeued(device))
			print_interval("dequeued:", &device->taken);
	}
}
