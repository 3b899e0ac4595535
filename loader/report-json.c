// SPDX-License-Identifier: MIT
/* report-json.c - a report for programs, see report.h */
#include "loader/model/part.h"
#include "loader/report.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/latency-json.h"
#include "loader/runs/scope-json.h"
#include "loader/runs/values-json.h"

/* Who woke the carrier of a stage: a thread's id, or what is none. */
static json_t *json_waker(const struct vpipe_wake *wake)
{
	return wake->seen ? peer_to_json(wake->waker) : json_null();
}

/* Which cost of @frame is its largest, and where most of that was. */
static void add_cause(json_t *json, const struct frame *frame, const struct path *path)
{
	unsigned int cost = frame_largest_cost(frame, path);
	struct part part = frame_part(frame, path, cost);
	bool known = part.stage < path->n_stages;
	struct vpipe_wake wake = {0};

	if (known)
		wake = frame->stages[part.stage].wake;
	json_object_set_new(json, "cost", json_string(path->costs[cost].name));
	json_object_set_new(json, "stage",
			    known ? json_string(path->stages[part.stage].name) : json_null());
	json_object_set_new(json, "part", known ? json_string(part_names[part.kind]) : json_null());
	json_object_set_new(json, "part_ns",
			    known ? json_integer((json_int_t)part.ns) : json_null());
	json_object_set_new(json, "waker", json_waker(&wake));
	json_object_set_new(json, "cpu_before",
			    wake.seen ? json_integer(wake.cpu_before) : json_null());
	json_object_set_new(json, "cpu_after",
			    wake.seen ? json_integer(wake.cpu_after) : json_null());
	json_object_set_new(json, "tid",
			    known && frame->carried & 1U << part.stage
				    ? json_integer(frame->stages[part.stage].tid)
				    : json_null());
	json_object_set_new(json, "cpu",
			    known && frame->placed & 1U << part.stage
				    ? json_integer(frame->stages[part.stage].cpu)
				    : json_null());
}

static json_t *json_worst_of(const struct frame *frame, const struct path *path)
{
	json_t *all = json_object(), *json;

	for (unsigned int cost = 0; cost < path->n_costs; cost++)
		json_object_set_new(all, path->costs[cost].name,
				    json_integer((json_int_t)frame->costs[cost]));
	json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "frame", (json_int_t)frame->number,
			 "ctx", (json_int_t)frame->ctx, "seq", (json_int_t)frame->seq, "src_seq",
			 (json_int_t)frame->src_seq, "start_ns", (json_int_t)frame->start_ns,
			 "e2e_ns", (json_int_t)frame->e2e_ns, "costs_ns", all);
	add_cause(json, frame, path);
	return json;
}

static json_t *json_worst(const struct run *run)
{
	json_t *array = json_array();
	const struct frame *frame;

	for (unsigned int i = 0; (frame = worst_get(&run->worst, i)); i++)
		json_array_append_new(array, json_worst_of(frame, run->path));
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

/* Those of the source; those of other devices are told by device. */
static json_t *json_drops(const struct report *report)
{
	const struct run *run = &report->files.run;
	const struct drops *drops = &report->dropped.drops;
	bool known = !dropped_why(&report->dropped, run);

	if (!drops->frames || run->path->cycles)
		return json_null();
	return json_pack("{s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:I}", "frames",
			 (json_int_t)drops->frames, "gaps", (json_int_t)drops->gaps, "dropped",
			 number_to_json(drops->missing, known), "missing",
			 (json_int_t)drops->missing, "restarts", (json_int_t)drops->restarts,
			 "repeats", (json_int_t)drops->repeats, "late", (json_int_t)drops->late,
			 "not_followed", (json_int_t)drops->not_followed);
}

/* As run.json has them, and of each how many frames never came. */
static json_t *json_devices(const struct run *run)
{
	json_t *all = devices_to_json(run), *json;
	size_t i;

	json_array_foreach(all, i, json)
	{
		const struct device_sums *device = &run->devices[i];

		json_object_set_new(
			json, "missing",
			number_to_json(device_missing(device), !dropped_device_why(run, device)));
	}
	return all;
}

static json_t *json_costs(const struct run *run)
{
	static const struct latency unknown;
	json_t *all = json_array();

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++)
		json_array_append_new(
			all,
			latency_to_json("cost", run->path->costs[cost].name,
					run_knows_cost(run, cost) ? &run->costs[cost] : &unknown));
	return all;
}

static json_t *json_stages(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int which = 0; which < path_n_hists(run->path); which++)
		json_array_append_new(all,
				      latency_to_json("stage", path_hist_name(run->path, which),
						      &run->latencies[which]));
	return all;
}

static json_t *json_unmeasured(const struct report *report)
{
	json_t *all = json_array();
	struct unknown it;

	for (unsigned int i = 0; unknowns_get(&report->unknowns, &report->files.run, i, &it); i++) {
		if (it.frames)
			json_array_append_new(all, json_pack("{s:s, s:I, s:s}", "what", it.what,
							     "frames", (json_int_t)it.frames, "why",
							     it.why));
	}
	return all;
}

json_t *report_to_json(const struct report *report)
{
	const struct run *run = &report->files.run;
	json_t *json = json_pack(
		"{s:s?, s:O, s:o, s:o, s:o, s:o, s:o, s:o*, s:I, s:o}", "incomplete",
		run->complete ? NULL : report->files.missing, "run", report->files.json, "costs",
		json_costs(run), "stages", json_stages(run), "worst_frames", json_worst(run),
		"drops", json_drops(report), "queue_depth", json_queue(report), "devices",
		json_devices(run), "frames_with_error", (json_int_t)report->unknowns.errors,
		"not_measured", json_unmeasured(report));

	if (json) {
		json_object_set_new(json, "warmup", warmup_to_json(run) ?: json_null());
		json_object_set_new(json, "deadline", deadline_to_json(run) ?: json_null());
		json_object_set_new(json, "flight", flight_to_json(run) ?: json_null());
	}
	return json;
}
