// SPDX-License-Identifier: MIT
/* devices-json.c - see devices-json.h */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "loader/runs/devices-json.h"
#include "loader/runs/values-json.h"

#define AT(member) offsetof(struct device_sums, member)

/* The numbers of a device that are always known. */
static const struct {
	const char *key;
	size_t at;
} sums[] = {
	{"frames", AT(frames)},
	{"late", AT(late)},
	{"late_starved", AT(late_starved)},
	{"restarts", AT(restarts)},
	{"unnumbered", AT(unnumbered)},
	{"not_followed", AT(not_followed)},
	{"stuck_buffers", AT(stuck)},
	{"stuck_ns", AT(stuck_ns)},
	{"period_ns", AT(period_ns)},
};

/* Those of a distribution. */
static const struct {
	const char *key;
	size_t at;
} latencies[] = {
	{"count", offsetof(struct latency, count)},   {"min_ns", offsetof(struct latency, min_ns)},
	{"p50_ns", offsetof(struct latency, p50_ns)}, {"p95_ns", offsetof(struct latency, p95_ns)},
	{"p99_ns", offsetof(struct latency, p99_ns)}, {"max_ns", offsetof(struct latency, max_ns)},
};

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *interval_to_json(const struct device_sums *device, const struct latency *latency)
{
	json_t *json = device->no_intervals ? NULL : json_object();

	if (!json)
		return json_null();
	for (size_t i = 0; i < N_OF(latencies); i++)
		json_object_set_new(
			json, latencies[i].key,
			number(*(const uint64_t *)((const char *)latency + latencies[i].at)));
	return json;
}

static json_t *drops_to_json(const struct device_sums *device)
{
	json_t *json = json_object();

	for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++)
		json_object_set_new(json, drop_cause_name(cause), number(device->drops[cause]));
	return json;
}

static json_t *holders_to_json(const struct device_sums *device)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < DEVICE_HOLDERS && device->holders[i].drops; i++)
		json_array_append_new(all, json_pack("{s:I, s:I}", "tid",
						     (json_int_t)device->holders[i].tid, "drops",
						     (json_int_t)device->holders[i].drops));
	return all;
}

/* The numbers of a chain's links that are always known. */
static const struct {
	const char *key;
	size_t at;
} links[] = {
	{"early", offsetof(struct link_sums, early)},
	{"handed_on", offsetof(struct link_sums, handed_on)},
	{"open", offsetof(struct link_sums, open)},
};

static json_t *links_to_json(const struct link_sums *of)
{
	json_t *linked = json_object(), *unlinked = json_object(), *jobs = json_object();
	json_t *json =
		json_pack("{s:o, s:o, s:o}", "linked", linked, "unlinked", unlinked, "jobs", jobs);

	for (unsigned int rule = VPIPE_RULE_none + 1; rule < VPIPE_N_RULES; rule++) {
		json_object_set_new(linked, frame_rules[rule], number(of->linked[rule]));
		json_object_set_new(jobs, frame_rules[rule], number(of->jobs[rule]));
	}
	for (unsigned int why = 0; why < LINK_N_WHYS; why++)
		json_object_set_new(unlinked, link_why_name(why), number(of->unlinked[why]));
	for (size_t i = 0; i < N_OF(links); i++)
		json_object_set_new(json, links[i].key,
				    number(*(const uint64_t *)((const char *)of + links[i].at)));
	return json;
}

static json_t *device_to_json(const struct device_sums *device, bool chain)
{
	json_t *json = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o*}", "node", device->node, "drops",
				 drops_to_json(device), "holders", holders_to_json(device),
				 "done_interval", interval_to_json(device, &device->done),
				 "taken_interval", interval_to_json(device, &device->taken),
				 "links", chain ? links_to_json(&device->links) : NULL);

	if (device->leaves_out)
		json_object_set_new(json, "leaves_out", json_true());
	for (size_t i = 0; i < N_OF(sums); i++)
		json_object_set_new(json, sums[i].key,
				    number(*(const uint64_t *)((const char *)device + sums[i].at)));
	return json;
}

json_t *devices_to_json(const struct run *run)
{
	json_t *all = run->n_devices ? json_array() : NULL;

	for (unsigned int i = 0; i < run->n_devices; i++)
		json_array_append_new(all,
				      device_to_json(&run->devices[i], path_is_chain(run->path)));
	return all;
}

static int read_latency(const json_t *json, struct latency *latency)
{
	int err = 0;

	for (size_t i = 0; !err && i < N_OF(latencies); i++)
		err = number_from_json(json, latencies[i].key,
				       (uint64_t *)((char *)latency + latencies[i].at));
	return err;
}

static int read_holders(const json_t *all, struct device_sums *device)
{
	uint64_t tid = 0;
	int err = json_array_size(all) > DEVICE_HOLDERS ? -EINVAL : 0;

	for (unsigned int i = 0; !err && i < json_array_size(all); i++) {
		err = number_from_json(json_array_get(all, i), "tid", &tid)
			      ?: number_from_json(json_array_get(all, i), "drops",
						  &device->holders[i].drops);
		device->holders[i].tid = (uint32_t)tid;
	}
	return err;
}

/* What the run's version did not tell yet is 0. */
static int read_if_told(const json_t *json, const char *key, uint64_t *value)
{
	return json_object_get(json, key) ? number_from_json(json, key, value) : 0;
}

static int read_drops(const json_t *json, struct device_sums *device)
{
	int err = json_is_object(json) ? 0 : -EINVAL;

	for (unsigned int cause = 0; !err && cause < DROP_CAUSE_COUNT; cause++)
		err = read_if_told(json, drop_cause_name(cause), &device->drops[cause]);
	return err;
}

static int read_links(const json_t *json, struct link_sums *of)
{
	const json_t *linked = json_object_get(json, "linked");
	const json_t *unlinked = json_object_get(json, "unlinked");
	const json_t *jobs = json_object_get(json, "jobs");
	int err = json_is_object(linked) && json_is_object(unlinked) ? 0 : -EINVAL;

	for (unsigned int rule = VPIPE_RULE_none + 1; !err && rule < VPIPE_N_RULES; rule++)
		err = read_if_told(linked, frame_rules[rule], &of->linked[rule])
			      ?: read_if_told(jobs, frame_rules[rule], &of->jobs[rule]);
	for (unsigned int why = 0; !err && why < LINK_N_WHYS; why++)
		err = read_if_told(unlinked, link_why_name(why), &of->unlinked[why]);
	for (size_t i = 0; !err && i < N_OF(links); i++)
		err = number_from_json(json, links[i].key, (uint64_t *)((char *)of + links[i].at));
	return err;
}

static int read_device(const json_t *json, struct device_sums *device, bool chain)
{
	int err = 0;

	device->node = json_string_value(json_object_get(json, "node"));
	device->leaves_out = json_is_true(json_object_get(json, "leaves_out"));
	for (size_t i = 0; !err && i < N_OF(sums); i++)
		err = number_from_json(json, sums[i].key,
				       (uint64_t *)((char *)device + sums[i].at));
	if (!err && !device->node)
		err = -EINVAL;
	if (!err)
		err = read_drops(json_object_get(json, "drops"), device);
	if (!err)
		err = read_holders(json_object_get(json, "holders"), device);
	if (!err)
		err = read_latency(json_object_get(json, "done_interval"), &device->done);
	if (!err)
		err = read_latency(json_object_get(json, "taken_interval"), &device->taken);
	if (!err && chain)
		err = read_links(json_object_get(json, "links"), &device->links);
	return err;
}

int devices_from_json(struct run *run, const json_t *json)
{
	size_t n = json_array_size(json);
	int err = 0;

	if (!n || n > VPIPE_MAX_DEVICES)
		return -EINVAL;
	run->devices = calloc(n, sizeof(run->devices[0]));
	if (!run->devices)
		return -ENOMEM;
	run->n_devices = (unsigned int)n;
	run->facts.cycles = true;
	for (size_t i = 0; !err && i < n; i++)
		err = read_device(json_array_get(json, i), &run->devices[i],
				  path_is_chain(run->path));
	return err;
}
