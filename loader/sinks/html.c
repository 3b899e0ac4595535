// SPDX-License-Identifier: MIT
/* html.c - see html.h */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/model/deadline.h"
#include "loader/model/figure.h"
#include "loader/model/overview.h"
#include "loader/model/unknowns.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/latency-json.h"
#include "loader/runs/path-json.h"
#include "loader/runs/rows.h"
#include "loader/runs/values-json.h"
#include "loader/sinks/html-longest.h"
#include "loader/sinks/html.h"
#include "loader/sinks/packed.h"

/* Longer runs are shown as an overview: so many frames a browser loads and draws in a second. */
#define MAX_FRAMES (1 << 17)

#define MAX_DROPS 1000 /* that are shown one by one; more are only counted */

struct html {
	const struct run *run;
	const struct path *path;
	uint64_t from_ns;
	struct overview *overview;
	struct packed frames; /* all of them, as long as they are not too many */
	uint64_t last_ns; /* when the last one began ... */
	uint64_t last; /* ... and its number */
	struct split {
		uint64_t ns, runq_ns, blocked_ns, dwell_ns;
		uint64_t whole_ns; /* of which these are not known */
	} splits[MAX_STAGES]; /* sums over the frames */
	struct longest *longest;
	struct figure_rows rows;
	struct unknowns unknowns;
	uint64_t first_ns; /* the first frame's beginning */
	uint64_t n_drops, n_spans;
	json_t *drop_rows;
	bool failed; /* there was no memory */
};

/* The page, with a line in it where the data go: see loader/build.mk. */
extern const char report_page[];
extern const uint64_t report_page_size;

#define DATA_HERE "<!-- data -->\n"

static const char *data_here(void)
{
	return memmem(report_page, report_page_size, DATA_HERE, strlen(DATA_HERE));
}

void html_begin(FILE *out)
{
	fwrite(report_page, 1, (size_t)(data_here() - report_page), out);
}

void html_end(FILE *out)
{
	const char *rest = data_here() + strlen(DATA_HERE);

	fwrite(rest, 1, report_page_size - (size_t)(rest - report_page), out);
}

/* A '<' is in texts only, where JSON has another way to write it: so no text ends the element. */
static int write_harmless(const char *json, size_t size, void *arg)
{
	FILE *out = arg;

	for (size_t i = 0; i < size; i++) {
		if (json[i] == '<')
			fputs("\\u003c", out);
		else
			putc(json[i], out);
	}
	return 0; /* what went wrong the file tells */
}

#define MAX_EXACT (1LL << 53) /* of a double */

/* Take @json, and give it back with numbers as text that a double does not hold. */
static json_t *exact(json_t *json)
{
	const char *key;
	json_t *member;
	char text[24];
	size_t i;

	if (json_is_integer(json) && llabs(json_integer_value(json)) > MAX_EXACT) {
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(json));
		json_decref(json);
		return json_string(text);
	}
	json_array_foreach(json, i, member) json_array_set_new(json, i, exact(json_incref(member)));
	json_object_foreach(json, key, member)
		json_object_set_new(json, key, exact(json_incref(member)));
	return json;
}

static void begin_element(FILE *out, const char *name, const char *type)
{
	fprintf(out, "<script type=\"%s\" class=\"data\" data-name=\"%s\">", type, name);
}

static void end_element(FILE *out)
{
	fputs("</script>\n", out);
}

int html_json(FILE *out, const char *name, json_t *json)
{
	json_t *copy = exact(json_deep_copy(json));
	int err = !copy;

	json_decref(json);
	if (!err) {
		begin_element(out, name, "application/json");
		err = json_dump_callback(copy, write_harmless, out,
					 JSON_ENSURE_ASCII | JSON_COMPACT);
		end_element(out);
	}
	json_decref(copy);
	return err ? -ENOMEM : 0;
}

static int no_memory(void)
{
	msg_errno(ENOMEM, NULL, "cannot show the run");
	return -ENOMEM;
}

static void free_html(struct html *html)
{
	overview_free(html->overview);
	packed_free(&html->frames);
	json_decref(html->drop_rows);
	longest_free(html->longest);
}

static int open_html(void *state, const struct run *run, const struct sink_place *place)
{
	struct html *html = state;

	(void)place;
	html->run = run;
	html->path = run->path;
	html->from_ns = html->last_ns = run->facts.start_ns;
	html->overview = overview_new(run->path, run->facts.start_ns, run->facts.end_ns);
	html->longest = longest_new(run->path, run->facts.start_ns);
	html->drop_rows = json_array();
	return html->overview && html->longest && html->drop_rows ? 0 : no_memory();
}

static void add_splits(struct html *html, const struct frame *frame)
{
	for (unsigned int i = 0; i < html->path->n_stages; i++) {
		const struct frame_stage *stage = &frame->stages[i];
		struct split *split = &html->splits[i];

		split->ns += stage->ns;
		if (frame->accounted & 1U << i) {
			split->runq_ns += stage->runq_ns;
			split->blocked_ns += stage->blocked_ns;
			split->dwell_ns += stage->dwell_ns;
		} else {
			split->whole_ns += stage->ns;
		}
	}
}

/* Those of the warm-up are in no figure of time, and on no picture. */
static void add_frame(void *state, const struct frame *frame)
{
	struct html *html = state;
	struct packed *frames = &html->frames;

	figure_rows_add(&html->rows, frame);
	unknowns_add(&html->unknowns, frame, html->path);
	if (frame_is_warmup(frame))
		return;
	if (html->rows.frames <= MAX_FRAMES) {
		packed_add(frames, frame->number - html->last);
		packed_add_signed(frames, (int64_t)(frame->start_ns - html->last_ns));
		packed_add(frames, frame->e2e_ns);
		for (unsigned int cost = 0; cost < html->path->n_costs; cost++)
			packed_add(frames, frame->costs[cost]);
	} else {
		packed_free(frames);
	}
	html->last_ns = frame->start_ns;
	html->last = frame->number;
	html->failed |= overview_add(html->overview, frame) != 0;
	longest_add(html->longest, frame);
	add_splits(html, frame);
	if (!html->first_ns || frame->start_ns < html->first_ns)
		html->first_ns = frame->start_ns;
}

static void add_span(void *state, const struct span *span)
{
	struct html *html = state;

	html->n_spans++;
	html->failed |= longest_span(html->longest, span) != 0;
}

/* Numbers that are counted from the beginning of the run. */
static json_t *moment(const struct html *html, uint64_t ns)
{
	return number_to_json(ns - html->from_ns, ns);
}

static json_t *holder_to_json(const struct html *html, const struct drop *drop)
{
	const struct holder *holder = &drop->holder;
	uint64_t oncpu = 0;
	bool known = drop_oncpu(drop, &oncpu);

	if (!holder->tid)
		return json_null();
	return json_pack("{s:I, s:o, s:o, s:o, s:o}", "tid", (json_int_t)holder->tid, "since",
			 moment(html, holder->since_ns), "oncpu_ns", number_to_json(oncpu, known),
			 "runq_ns", number_to_json(holder->runq_ns, holder->accounted),
			 "blocked_ns", number_to_json(holder->blocked_ns, holder->accounted));
}

static void add_drop(void *state, const struct drop *drop)
{
	struct html *html = state;
	bool starved = drop_is_starved(drop);

	if (html->n_drops++ >= MAX_DROPS)
		return;
	json_array_append_new(
		html->drop_rows,
		json_pack("{s:I, s:I, s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "device",
			  (json_int_t)drop->device, "queue", (json_int_t)drop->queue, "sequence",
			  (json_int_t)drop->sequence, "due", moment(html, drop->due_ns), "cause",
			  drop_cause_name(drop->cause), "starved", moment(html, drop->starved_ns),
			  "refilled", moment(html, drop->refilled_ns), "buffers",
			  number_to_json(drop->buffers, drop->buffers), "waiting",
			  number_to_json(drop->waiting, starved), "held",
			  number_to_json(drop->held, starved), "holder",
			  holder_to_json(html, drop)));
}

/* What it holds, as triples: from, to, how many. */
static json_t *hist_to_json(const struct vpipe_hist *hist)
{
	json_t *all = json_array();

	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
		if (!hist->buckets[bucket])
			continue;
		json_array_append_new(all, number_to_json(hist_lower(bucket), true));
		json_array_append_new(all, number_to_json(hist_upper(bucket), hist_upper(bucket)));
		json_array_append_new(all, number_to_json(hist->buckets[bucket], true));
	}
	return all;
}

static json_t *costs_to_json(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		json_t *json =
			latency_to_json("cost", run->path->costs[cost].name, &run->costs[cost]);

		json_object_set_new(json, "hist", hist_to_json(&run->cost_hists[cost]));
		json_array_append_new(all, json);
	}
	return all;
}

static json_t *stages_to_json(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int which = 0; which < path_n_hists(run->path); which++) {
		json_t *json = latency_to_json("stage", path_hist_name(run->path, which),
					       &run->latencies[which]);

		json_object_set_new(json, "hist", hist_to_json(&run->hists[which]));
		json_array_append_new(all, json);
	}
	return all;
}

static json_t *splits_to_json(const struct html *html)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < html->path->n_stages; i++) {
		const struct split *split = &html->splits[i];

		json_array_append_new(all, json_pack("{s:I, s:I, s:I, s:I, s:I}", "ns",
						     (json_int_t)split->ns, "runq_ns",
						     (json_int_t)split->runq_ns, "blocked_ns",
						     (json_int_t)split->blocked_ns, "dwell_ns",
						     (json_int_t)split->dwell_ns, "whole_ns",
						     (json_int_t)split->whole_ns));
	}
	return all;
}

static json_t *peers_to_json(const struct vpipe_peers *peers)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < VPIPE_MAX_PEERS; i++) {
		const struct vpipe_peer *peer = &peers->top[i];
		char comm[VPIPE_COMM_LEN + 1];

		if (!peer->count)
			continue;
		snprintf(comm, sizeof(comm), "%.16s", peer->comm);
		json_array_append_new(
			all, json_pack("{s:o, s:o, s:I}", "by", peer_to_json(peer->tid), "comm",
				       name_to_json(comm), "count", (json_int_t)peer->count));
	}
	if (peers->others)
		json_array_append_new(all, json_pack("{s:s, s:s, s:I}", "by", "others", "comm", "",
						     "count", (json_int_t)peers->others));
	return all;
}

static json_t *thread_to_json(const struct thread *thread)
{
	const struct vpipe_account *account = &thread->account;
	bool waited = thread->runq.count;

	return json_pack(
		"{s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, "
		"s:o}",
		"tid", (json_int_t)thread->tid, "comm", name_to_json(thread->comm), "role",
		thread_roles[thread->role], "oncpu_ns", (json_int_t)account->oncpu_ns, "runq_ns",
		(json_int_t)account->runq_ns, "blocked_ns", (json_int_t)account->blocked_ns,
		"nvcsw", (json_int_t)account->switches.nvcsw, "nivcsw",
		(json_int_t)account->switches.nivcsw, "wakeups",
		(json_int_t)account->switches.wakeups, "migrations",
		(json_int_t)account->switches.migrations, "runq_p50_ns",
		number_to_json(thread->runq.p50_ns, waited), "runq_p99_ns",
		number_to_json(thread->runq.p99_ns, waited), "runq_max_ns",
		number_to_json(thread->runq.max_ns, waited), "wakers",
		peers_to_json(&thread->wakers), "preemptors", peers_to_json(&thread->preemptors));
}

static json_t *threads_to_json(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < run->n_threads; i++)
		json_array_append_new(all, thread_to_json(&run->threads[i]));
	return all;
}

/* Of our own node, whose source numbers its frames: what no frame was made from. */
static json_t *drops_to_json(const struct html *html, const struct run *run)
{
	const struct drops *drops = &html->rows.dropped.drops;

	if (!drops->frames || run->path->cycles)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:b}", "frames", (json_int_t)drops->frames,
			 "missing", (json_int_t)drops->missing, "gaps", (json_int_t)drops->gaps,
			 "restarts", (json_int_t)drops->restarts, "repeats",
			 (json_int_t)drops->repeats, "at_most",
			 dropped_at_most(&html->rows.dropped, run));
}

static json_t *why_to_json(const char *why)
{
	return why ? json_string(why) : json_null();
}

/* How many frames never came, or why that is not known: of all, and of each device. */
static void add_missing(json_t *json, const struct html *html, const struct run *run)
{
	const struct dropped *dropped = &html->rows.dropped;
	const char *why = dropped_why(dropped, run);
	json_t *devices = json_array();

	for (unsigned int i = 0; i < run->n_devices; i++)
		json_array_append_new(devices,
				      why_to_json(dropped_device_why(run, &run->devices[i])));
	json_object_set_new(json, "missing",
			    number_to_json(dropped_missing(dropped, run),
					   !why || dropped_at_most(dropped, run)));
	json_object_set_new(json, "missing_why", why_to_json(why));
	json_object_set_new(json, "device_whys", devices);
}

/* By when a frame should be at its end, and how many were not; without a deadline no frame is late. */
static void add_pace(json_t *json, const struct html *html, const struct run *run)
{
	uint64_t deadline_ns = run->facts.deadline_ns, period_ns = run_period(run);
	double fps = 0;
	bool known = figure_rows_rate(&html->rows, &fps);

	json_object_set_new(json, "fps", known ? json_real(fps) : json_null());
	json_object_set_new(json, "period_ns", number_to_json(period_ns, period_ns));
	json_object_set_new(json, "deadline_ns", number_to_json(deadline_ns, deadline_ns));
	json_object_set_new(json, "deadline_asked", json_boolean(run->facts.deadline_asked));
	json_object_set_new(json, "over", number_to_json(run->over, deadline_ns));
}

static json_t *causes_to_json(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int i = 0; i < run->n_devices; i++) {
		json_t *texts = json_object();

		for (enum drop_cause cause = 0; cause < DROP_CAUSE_COUNT; cause++)
			json_object_set_new(texts, drop_cause_name(cause),
					    json_pack("{s:s, s:b}", "text",
						      drop_cause_text(&run->devices[i], cause),
						      "came", drop_came(cause)));
		json_array_append_new(all, texts);
	}
	return all;
}

static json_t *counts_to_json(const struct run *run)
{
	static const char *const kinds[] = {[LOSS] = "loss", [FATE] = "fate", [NOTE] = "note"};
	json_t *all = json_array();

	for (unsigned int i = 0; i < N_LOSSES; i++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:I}", "name", losses[i].name,
						     "kind", kinds[losses[i].kind], "text",
						     losses[i].text, "count",
						     (json_int_t)counts_at(&run->counts, i)));
	return all;
}

static json_t *unknowns_to_json(const struct html *html, const struct run *run)
{
	json_t *all = json_array();
	struct unknown unknown;

	for (unsigned int i = 0; unknowns_get(&html->unknowns, run, i, &unknown); i++)
		json_array_append_new(all,
				      json_pack("{s:s, s:s, s:I}", "what", unknown.what, "why",
						unknown.why, "frames", (json_int_t)unknown.frames));
	return all;
}

static json_t *waits_to_json(const struct run *run)
{
	json_t *all = json_array();

	for (unsigned int wait = 0; wait < N_WAITS; wait++)
		json_array_append_new(all, json_pack("{s:s, s:s, s:I}", "column",
						     wait_names[wait].column, "text",
						     wait_names[wait].text, "total_ns",
						     (json_int_t)run->waits[wait]));
	return all;
}

static json_t *figures_to_json(const struct html *html, const struct run *run)
{
	const struct counts *counts = &run->counts;
	json_t *json =
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o*, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "path", path_to_json(run->path), "splits", splits_to_json(html), "costs",
			  costs_to_json(run), "stages", stages_to_json(run), "longest",
			  longest_to_json(html->longest), "devices", devices_to_json(run), "causes",
			  causes_to_json(run), "drops", drops_to_json(html, run), "drop_rows",
			  json_incref(html->drop_rows), "threads", threads_to_json(run), "counts",
			  counts_to_json(run), "unknown", unknowns_to_json(html, run), "waits",
			  waits_to_json(run));
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{"frames", run_frames(run)},
		{"rows", html->rows.frames},
		{"started", counts->of[VPIPE_COUNT_STARTED]},
		{"recorded", counts->of[VPIPE_COUNT_RECORDED]},
		{"start_realtime_ns", run->facts.start_realtime_ns},
		{"start_ns", run->facts.start_ns},
		{"span_ns", run->facts.end_ns - run->facts.start_ns},
		{"first_ns", html->rows.frames ? html->first_ns - html->from_ns : 0},
		{"end_ns", html->rows.frames ? html->rows.last_ns - html->from_ns : 0},
		{"warmup", run->warmup_rows},
		{"errors", html->rows.errors},
		{"n_drops", html->n_drops},
		{"n_spans", html->n_spans},
		{"slices", OVERVIEW_SLICES},
	};

	for (size_t i = 0; json && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(json, numbers[i].key, number_to_json(numbers[i].value, true));
	add_missing(json, html, run);
	add_pace(json, html, run);
	json_object_set_new(json, "complete", json_boolean(run->complete));
	json_object_set_new(json, "balanced", json_boolean(counts->balanced));
	return json;
}

static int write_packed(FILE *out, const char *name, struct packed *packed)
{
	int err = packed->failed ? -ENOMEM : 0;

	begin_element(out, name, "text/plain");
	packed_write(packed, out);
	end_element(out);
	packed_free(packed);
	return err;
}

/* Each slice: its frames, their costs, and the longest of them one by one. */
static int write_slices(const struct html *html, FILE *out)
{
	unsigned int n_costs = html->path->n_costs;
	struct packed packed = {0};

	for (unsigned int i = 0; i < OVERVIEW_SLICES; i++) {
		const struct overview_slice *slice = &html->overview->slices[i];

		packed_add(&packed, slice->frames);
		for (unsigned int cost = 0; cost < n_costs; cost++)
			packed_add(&packed, slice->costs[cost]);
		packed_add(&packed, slice->n_longest);
		for (unsigned int j = 0; j < slice->n_longest; j++) {
			const struct overview_frame *frame = &slice->longest[j];

			packed_add(&packed, frame->number);
			packed_add_signed(&packed, (int64_t)(frame->start_ns - html->from_ns));
			packed_add(&packed, frame->e2e_ns);
			for (unsigned int cost = 0; cost < n_costs; cost++)
				packed_add(&packed, frame->costs[cost]);
		}
	}
	return write_packed(out, "slices", &packed);
}

/* Each cell by how far it is from the one before it. */
static int write_cells(const struct html *html, FILE *out)
{
	struct overview_cell last = {0};
	struct packed packed = {0};

	overview_sort(html->overview);
	for (uint32_t i = 0; i < html->overview->n_cells; i++) {
		const struct overview_cell *cell = &html->overview->cells[i];

		packed_add(&packed, cell->slice - last.slice);
		packed_add_signed(&packed, (int64_t)cell->bucket - last.bucket);
		packed_add(&packed, cell->cost);
		packed_add(&packed, cell->frames);
		last = *cell;
	}
	return write_packed(out, "cells", &packed);
}

static int finish_html(void *state, const struct run *run, const struct sink_place *place)
{
	struct html *html = state;
	int err = html->failed ? -ENOMEM : 0;

	figure_rows_finish(&html->rows);
	if (!err)
		err = html_json(place->out, "figures", figures_to_json(html, run));
	if (!err && html->rows.frames <= MAX_FRAMES)
		err = write_packed(place->out, "frames", &html->frames);
	else if (!err)
		err = write_slices(html, place->out) ?: write_cells(html, place->out);
	free_html(html);
	return err ? no_memory() : 0;
}

static void abort_html(void *state)
{
	free_html(state);
}

const struct sink sink_html = {
	.size = sizeof(struct html),
	.open = open_html,
	.frame = add_frame,
	.drop = add_drop,
	.span = add_span,
	.finish = finish_html,
	.abort = abort_html,
};
