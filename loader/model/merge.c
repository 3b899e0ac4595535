// SPDX-License-Identifier: MIT
/* merge.c - see merge.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/model/merge.h"

void merge_buckets(struct vpipe_hist *sum, const struct vpipe_range *range,
		   const unsigned long long *buckets)
{
	if (range_is_empty(range, buckets))
		return;
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++)
		sum->buckets[bucket] += buckets[bucket];
	range_stretch(&sum->range, sum->buckets, range->min_ns);
	range_stretch(&sum->range, sum->buckets, range->min_ns + range->span_ns);
	sum->range.total_ns += range->total_ns;
}

void merge_hist(struct vpipe_hist *sum, const struct vpipe_hist *part)
{
	merge_buckets(sum, &part->range, part->buckets);
}

const char *merge_refuses(const struct path *path, const struct run *run)
{
	if (!path_is_same(path, run->path))
		return "its frames went on another path";
	if (run->facts.flight.above_ns)
		return "it has the last frames before a slow one only (--stop-above), which say "
		       "nothing of all";
	return NULL;
}

static struct device_sums *device_called(struct run *sum, const char *node)
{
	struct device_sums *devices;

	for (unsigned int i = 0; i < sum->n_devices; i++) {
		if (!strcmp(sum->devices[i].node, node))
			return &sum->devices[i];
	}
	devices = reallocarray(sum->devices, sum->n_devices + 1, sizeof(devices[0]));
	if (!devices)
		return NULL;
	sum->devices = devices;
	devices += sum->n_devices;
	memset(devices, 0, sizeof(*devices));
	devices->node = strdup(node);
	sum->n_devices += devices->node != NULL;
	return devices->node ? devices : NULL;
}

static void add_numbers(uint64_t *sum, const uint64_t *part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += part[i];
}

#define ADD(sum, part) add_numbers(sum, part, sizeof(part) / sizeof((part)[0]))

static void add_links(struct link_sums *sum, const struct link_sums *part)
{
	ADD(sum->linked, part->linked);
	ADD(sum->unlinked, part->unlinked);
	ADD(sum->jobs, part->jobs);
	sum->early += part->early;
	sum->handed_on += part->handed_on;
	sum->open += part->open;
}

/* A period that is not the same in all is none. */
static void add_device(struct device_sums *sum, const struct device_sums *part, bool is_first)
{
	if (is_first)
		sum->period_ns = part->period_ns;
	else if (sum->period_ns != part->period_ns)
		sum->period_ns = 0;
	sum->leaves_out |= part->leaves_out;
	sum->frames += part->frames;
	ADD(sum->drops, part->drops);
	sum->late += part->late;
	sum->late_starved += part->late_starved;
	sum->restarts += part->restarts;
	sum->unnumbered += part->unnumbered;
	sum->not_followed += part->not_followed;
	sum->stuck += part->stuck;
	if (part->stuck_ns > sum->stuck_ns)
		sum->stuck_ns = part->stuck_ns;
	add_links(&sum->links, &part->links);
}

static int add_devices(struct run *sum, const struct run *run)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		unsigned int before = sum->n_devices;
		struct device_sums *device = device_called(sum, run->devices[i].node);

		if (!device)
			return -ENOMEM;
		if (sum->n_devices > VPIPE_MAX_DEVICES)
			return -E2BIG;
		add_device(device, &run->devices[i], sum->n_devices > before);
	}
	return 0;
}

static void add_counts(struct counts *sum, const struct counts *part)
{
	ADD(sum->of, part->of);
	sum->missed_events += part->missed_events;
	sum->row_mismatch += part->row_mismatch;
	sum->balanced &= part->balanced;
}

int merge_run(struct run *sum, const struct run *run, bool has_missing, uint64_t missing)
{
	struct run_merged *merged = &sum->merged;
	bool is_first = !merged->runs;

	if (is_first) {
		*merged = (struct run_merged){.has_costs = true, .has_missing = true};
		sum->counts.balanced = sum->complete = true;
		sum->facts.config.no_frames = true;
		sum->facts.cycles = run->facts.cycles;
	}
	merged->runs += run->merged.runs ?: 1;
	merged->has_costs &= run_has_costs(run);
	merged->has_missing &= has_missing;
	merged->missing += missing;
	sum->complete &= run->complete;
	if (run->facts.config.warmup > sum->facts.config.warmup)
		sum->facts.config.warmup = run->facts.config.warmup;
	if (run->facts.start_realtime_ns &&
	    (is_first || run->facts.start_realtime_ns < sum->facts.start_realtime_ns))
		sum->facts.start_realtime_ns = run->facts.start_realtime_ns;
	add_counts(&sum->counts, &run->counts);
	for (unsigned int which = 0; which < path_n_hists(sum->path); which++)
		merge_hist(&sum->hists[which], &run->hists[which]);
	for (unsigned int cost = 0; cost < sum->path->n_costs; cost++)
		merge_hist(&sum->cost_hists[cost], &run->cost_hists[cost]);
	return add_devices(sum, run);
}

void merge_finish(struct run *sum)
{
	for (unsigned int which = 0; which < path_n_hists(sum->path); which++)
		sum->latencies[which] = latency_of(&sum->hists[which]);
	run_share_stages(sum);
	run_sum_costs(sum);
}

void merge_free(struct run *sum)
{
	for (unsigned int i = 0; i < sum->n_devices; i++)
		free((char *)(uintptr_t)sum->devices[i].node);
	run_free(sum);
}
