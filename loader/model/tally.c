// SPDX-License-Identifier: MIT
/* tally.c - see tally.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "loader/model/deadline.h"
#include "loader/model/dropped.h"
#include "loader/model/tally.h"

static void take_name(char to[TALLY_NAME], const char *from)
{
	snprintf(to, TALLY_NAME, "%s", from ?: "");
}

static bool is_called(const struct tally_presence *is, const char *device)
{
	char name[TALLY_NAME];

	take_name(name, device);
	return !strcmp(is->device, name);
}

static void see(struct tally *tally, struct tally_presence *is, const char *device)
{
	take_name(is->device, device);
	is->there = true;
	is->used = tally->runs;
}

/*
 * Of @n places that @size bytes begin with a presence each: that of @device; else where nothing was, or
 * what is gone for the longest time. NULL: all are there.
 */
static void *place_of(void *places, unsigned int *n, size_t size, const char *device)
{
	struct tally_presence *oldest = NULL;

	for (unsigned int i = 0; i < *n; i++) {
		struct tally_presence *is = (void *)((char *)places + i * size);

		if (is_called(is, device))
			return is;
		if (!is->there && (!oldest || is->used < oldest->used))
			oldest = is;
	}
	return *n < TALLY_DEVICES ? (char *)places + (*n)++ * size : (void *)oldest;
}

static bool has_stages(const struct tally_times *times, const struct path *path)
{
	bool same = times->hists && times->n_stages == path->n_stages;
	char name[TALLY_NAME];

	for (unsigned int i = 0; same && i < path->n_stages; i++) {
		take_name(name, path->stages[i].name);
		same = !strcmp(times->stages[i], name);
	}
	return same;
}

/*
 * The sums of @device on @path. Those of the same device on another path were of another thing that
 * had its name: they are forgotten, for good.
 */
static struct tally_times *times_of(struct tally *tally, const char *device,
				    const struct path *path)
{
	struct tally_times *times =
		place_of(tally->times, &tally->n_times, sizeof(tally->times[0]), device);

	if (!times)
		return NULL;
	if (!is_called(&times->is, device) || !has_stages(times, path)) {
		free(times->hists);
		*times = (struct tally_times){.n_stages = path->n_stages};
		times->hists = calloc(path->n_stages + 1, sizeof(times->hists[0]));
		for (unsigned int i = 0; i < path->n_stages; i++)
			take_name(times->stages[i], path->stages[i].name);
	}
	see(tally, &times->is, device);
	return times->hists ? times : NULL;
}

static struct tally_device *device_of(struct tally *tally, const char *node)
{
	struct tally_device *device =
		place_of(tally->devices, &tally->n_devices, sizeof(tally->devices[0]), node);

	if (!device)
		return NULL;
	if (!is_called(&device->is, node))
		*device = (struct tally_device){0};
	see(tally, &device->is, node);
	return device;
}

/* Of a run that was read back the buckets do not tell the exact sum, but @total_ns. */
static void add_hist(struct vpipe_hist *sum, const struct vpipe_hist *hist, uint64_t total_ns)
{
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++)
		sum->buckets[bucket] += hist->buckets[bucket];
	sum->range.total_ns += total_ns;
}

/* One group of series for all frames, as the run has them. */
static int add_whole(struct tally *tally, const struct run *run, const char *device)
{
	struct tally_times *times = times_of(tally, device, run->path);

	for (unsigned int i = 0; times && i <= path_e2e(run->path); i++)
		add_hist(&times->hists[i], &run->hists[i],
			 run->latencies[i].count ? run->latencies[i].total_ns : 0);
	if (times)
		times->period_ns = run->n_devices ? 0 : run_period(run);
	return times ? 0 : -ENOMEM;
}

/* What each of several devices took by itself. */
static int add_each(struct tally *tally, const struct run *run)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		const struct device_sums *device = &run->devices[i];
		struct tally_times *times = times_of(tally, device->node, device->path);

		for (unsigned int j = 0; times && j <= path_e2e(device->path); j++)
			add_hist(&times->hists[j], &device->hists[j],
				 device->hists[j].range.total_ns);
		if (!times)
			return -ENOMEM;
	}
	return 0;
}

/* Devices by themselves have their own times, where these are known; else the times are those of all. */
static int add_times(struct tally *tally, const struct run *run)
{
	if (run->n_devices > 1 && !path_is_chain(run->path) && run->devices[0].hists)
		return add_each(tally, run);
	return add_whole(tally, run,
			 run->n_devices == 1 ? run->devices[0].node
			 : run->n_devices    ? NULL
					     : run->facts.vpipe);
}

/* Drops that are not known are left out, which is not to say that there were none. */
static int add_devices(struct tally *tally, const struct run *run)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		struct tally_device *device = device_of(tally, run->devices[i].node);

		if (!device)
			return -ENOMEM;
		device->period_ns =
			run->facts.fps ? NS_PER_SEC / run->facts.fps : run->devices[i].period_ns;
		device->has_drops = !dropped_device_why(run, &run->devices[i]);
		for (unsigned int cause = 0; device->has_drops && cause < DROP_CAUSE_COUNT; cause++)
			device->drops[cause] += run->devices[i].drops[cause];
		if (i >= run->facts.n_videos)
			continue;
		memcpy(device->name, run->facts.videos[i].name, sizeof(device->name));
		memcpy(device->driver, run->facts.videos[i].driver, sizeof(device->driver));
	}
	return 0;
}

static struct tally_cost *cost_of(struct tally *tally, const char *cost)
{
	char name[TALLY_NAME];

	take_name(name, cost);
	for (unsigned int i = 0; i < tally->n_costs; i++) {
		if (!strcmp(tally->costs[i].name, name))
			return &tally->costs[i];
	}
	if (tally->n_costs == MAX_COSTS)
		return NULL;
	take_name(tally->costs[tally->n_costs].name, name);
	return &tally->costs[tally->n_costs++];
}

/* Without rows nobody knows them. */
static void add_costs(struct tally *tally, const struct run *run)
{
	for (unsigned int i = 0; run_has_costs(run) && i < run->path->n_costs; i++) {
		struct tally_cost *cost = path_charges(run->path, i)
						  ? cost_of(tally, run->path->costs[i].name)
						  : NULL;

		if (cost && run->costs[i].count)
			cost->ns += run->costs[i].total_ns;
	}
}

static void add_counts(struct counts *sum, const struct counts *counts)
{
	for (unsigned int i = 0; i < VPIPE_N_COUNTS; i++)
		sum->of[i] += counts->of[i];
	sum->missed_events += counts->missed_events;
	sum->row_mismatch += counts->row_mismatch;
}

void tally_measures(struct tally *tally, const char *version, const char *kernel)
{
	take_name(tally->version, version ?: VPIPE_VERSION);
	take_name(tally->kernel, kernel);
}

void tally_rest(struct tally *tally)
{
	for (unsigned int i = 0; i < tally->n_times; i++)
		tally->times[i].is.there = false;
	for (unsigned int i = 0; i < tally->n_devices; i++)
		tally->devices[i].is.there = false;
	*tally->path = '\0';
}

int tally_add(struct tally *tally, const struct run *run)
{
	tally_rest(tally);
	tally->runs++;
	add_costs(tally, run);
	add_counts(&tally->counts, &run->counts);
	tally_measures(tally, run->facts.version, run->facts.kernel);
	take_name(tally->path, run->path->name);
	return add_times(tally, run) ?: add_devices(tally, run);
}

int tally_copy(struct tally *copy, const struct tally *tally)
{
	int err = 0;

	tally_free(copy);
	*copy = *tally;
	for (unsigned int i = 0; i < copy->n_times; i++) {
		struct tally_times *times = &copy->times[i];
		size_t size = (times->n_stages + 1) * sizeof(times->hists[0]);

		if (!times->hists)
			continue;
		times->hists = malloc(size);
		if (times->hists)
			memcpy(times->hists, tally->times[i].hists, size);
		else
			err = -ENOMEM;
	}
	if (err)
		tally_free(copy);
	return err;
}

unsigned int tally_devices(const struct tally *tally)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < tally->n_devices; i++)
		n += tally->devices[i].is.there;
	/* our own node has times, and no buffers of a device */
	for (unsigned int i = 0; !n && i < tally->n_times; i++)
		n = tally->times[i].is.there;
	return n;
}

void tally_free(struct tally *tally)
{
	for (unsigned int i = 0; i < tally->n_times; i++)
		free(tally->times[i].hists);
	*tally = (struct tally){0};
}
