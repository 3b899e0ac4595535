// SPDX-License-Identifier: MIT
/* files.c - the files of a run, see results.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <jansson.h>

#include "bpf/hist.h"
#include "loader/runs/identity.h"
#include "loader/results.h"
#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/text.h"

#define STAGE_COLUMN(stage, ...)  #stage "_ns,"
#define SPLIT_COLUMNS(stage, ...) "," #stage "_runq_ns," #stage "_blocked_ns"
#define COST_COLUMN(cost, ...)	  "," #cost "_ns"

static const char frames_header[] =
	"frame,ctx,seq,src_seq,out_index,cap_index,algo_id,bytesused,start_ns,"
	/* clang-format off */
	VPIPE_STAGES(STAGE_COLUMN)
	"e2e_ns,runq_ns,blocked_ns,nvcsw,nivcsw,wakeups,migrations,"
	"cycles,instructions,cache_references,cache_misses,flags"
	VPIPE_COSTS(COST_COLUMN)
	",source_dwell_ns,pickup_dwell_ns,user_copy_ns"
	VPIPE_STAGES(SPLIT_COLUMNS)
	",source_waker,source_cpu_before,source_cpu_after"
	",pickup_waker,pickup_cpu_before,pickup_cpu_after"
	",source_sequence,source_minor,source_rule";
/* clang-format on */

int frames_csv_create(struct csv **out, const char *path)
{
	return csv_create(out, path, frames_header);
}

static void empty_cells(struct csv *csv, int cells)
{
	while (cells--)
		csv_empty(csv);
}

/* Of all stages together; unknown if one of them is. */
static void sched_cells(struct csv *csv, const struct vpipe_frame *frame)
{
	uint64_t runq = 0, blocked = 0;

	if (frame->unknown) {
		empty_cells(csv, 6);
		return;
	}
	for (int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		runq += frame->splits[stage].runq_ns;
		blocked += frame->splits[stage].blocked_ns;
	}
	csv_u64(csv, runq);
	csv_u64(csv, blocked);
	csv_u64(csv, frame->switches.nvcsw);
	csv_u64(csv, frame->switches.nivcsw);
	csv_u64(csv, frame->switches.wakeups);
	csv_u64(csv, frame->switches.migrations);
}

static void dwell_cell(struct csv *csv, const struct vpipe_frame *frame, unsigned int stage,
		       uint64_t asked_ns)
{
	if (frame->ns[stage] && asked_ns && !(frame->unknown & 1U << stage))
		csv_u64(csv, frame_dwell(frame, stage));
	else
		csv_empty(csv);
}

static void split_cells(struct csv *csv, const struct vpipe_frame *frame)
{
	for (int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		if (!frame->ns[stage] || frame->unknown & 1U << stage) {
			empty_cells(csv, 2);
			continue;
		}
		csv_u64(csv, frame->splits[stage].runq_ns);
		csv_u64(csv, frame->splits[stage].blocked_ns);
	}
}

/* The name of a waker that is no task, or NULL. */
static const char *peer_kind(unsigned int tid)
{
	return tid == VPIPE_PEER_IDLE ? "idle" : tid == VPIPE_PEER_INTERRUPT ? "interrupt" : NULL;
}

static void wake_cells(struct csv *csv, const struct vpipe_wake *wake)
{
	if (!wake->seen) {
		empty_cells(csv, 3);
		return;
	}
	if (peer_kind(wake->waker))
		csv_str(csv, peer_kind(wake->waker));
	else
		csv_u64(csv, wake->waker);
	csv_u64(csv, wake->cpu_before);
	csv_u64(csv, wake->cpu_after);
}

/* Which source buffer it is made from, and by what that is known. */
static void origin_cells(struct csv *csv, const struct vpipe_frame *frame)
{
	static const char *const rules[VPIPE_N_RULES] = {
#define X(rule, text) [VPIPE_RULE_##rule] = #rule,
		VPIPE_RULES(X)
#undef X
	};

	if (!frame->ns[VPIPE_POINT_SRC_DONE]) {
		empty_cells(csv, 3);
		return;
	}
	csv_u64(csv, frame->source.sequence);
	csv_u64(csv, frame->source.minor);
	csv_str(csv, rules[frame->source.rule % VPIPE_N_RULES]);
}

static void stage_cells(struct csv *csv, const struct vpipe_frame *frame)
{
	for (int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		if (frame->ns[stage])
			csv_u64(csv, frame_stage(frame, stage));
		else
			csv_empty(csv);
	}
}

/* Of the stages that one thread carries, all of them, or it is unknown. */
static void counter_cells(struct csv *csv, const struct vpipe_frame *frame,
			  const struct counters *counters)
{
	for (unsigned int column = 0; column < COUNTER_COLUMNS; column++) {
		int i = counters_find(counters, counter_column(column));

		if (i >= 0 && frame->counted == VPIPE_COUNTED_STAGES)
			csv_u64(csv, frame->counters[i]);
		else
			csv_empty(csv);
	}
}

void frames_csv_row(struct csv *csv, uint64_t row, const struct vpipe_frame *frame,
		    const uint64_t costs[N_COSTS], const struct counters *counters)
{
	uint64_t start = frame_start(frame);

	csv_u64(csv, row);
	csv_u64(csv, frame->ctx);
	csv_u64(csv, frame->seq);
	csv_u64(csv, frame->src_seq);
	csv_u64(csv, frame->out_index);
	csv_u64(csv, frame->cap_index);
	csv_u64(csv, frame->algo_id);
	csv_u64(csv, frame->bytesused);
	csv_u64(csv, start);
	stage_cells(csv, frame);
	csv_u64(csv, frame->ns[VPIPE_POINT_CAP_DQBUF] - start);
	sched_cells(csv, frame);
	counter_cells(csv, frame, counters);
	csv_u64(csv, frame->flags);
	for (int cost = 0; cost < N_COSTS; cost++)
		csv_u64(csv, costs[cost]);
	dwell_cell(csv, frame, VPIPE_STAGE_source, frame->source.asked_ns);
	dwell_cell(csv, frame, VPIPE_STAGE_pickup, frame->asked_ns);
	if (frame_knows_copy(frame))
		csv_u64(csv, frame->source.copy_ns);
	else
		csv_empty(csv);
	split_cells(csv, frame);
	wake_cells(csv, &frame->source.wake);
	wake_cells(csv, &frame->wake);
	origin_cells(csv, frame);
	csv_end_row(csv);
}

static int hist_rows(struct csv *csv, const struct results *results, struct trace *trace)
{
	(void)trace;
	for (unsigned int which = 0; which < VPIPE_N_HISTS; which++) {
		const struct vpipe_hist *hist = &results->hists[which];

		for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
			if (!hist->buckets[bucket])
				continue;
			csv_str(csv, results_hist_name(which));
			csv_u64(csv, hist_lower(bucket));
			if (bucket == VPIPE_HIST_OVERFLOW)
				csv_empty(csv);
			else
				csv_u64(csv, hist_upper(bucket));
			csv_u64(csv, hist->buckets[bucket]);
			csv_end_row(csv);
		}
	}
	return 0;
}

static int summary_rows(struct csv *csv, const struct results *results, struct trace *trace)
{
	(void)trace;
	for (unsigned int which = 0; which < VPIPE_N_HISTS; which++) {
		const struct latency *latency = &results->latencies[which];
		const uint64_t cells[] = {
			latency->min_ns,  latency->p50_ns, latency->p95_ns,  latency->p99_ns,
			latency->p999_ns, latency->max_ns, latency->mean_ns, latency->total_ns,
		};

		csv_str(csv, results_hist_name(which));
		csv_str(csv, results_hist_cause(which));
		csv_u64(csv, latency->count);
		for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
			if (latency->count)
				csv_u64(csv, cells[i]);
			else
				csv_empty(csv);
		}
		if (latency->count && latency->share >= 0)
			csv_double(csv, latency->share, 6);
		else
			csv_empty(csv);
		csv_end_row(csv);
	}
	return 0;
}

static int causes_rows(struct csv *csv, const struct results *results, struct trace *trace)
{
	(void)trace;
	for (unsigned int cost = 0; cost < N_COSTS; cost++) {
		const struct latency *latency = &results->costs[cost];
		const uint64_t cells[] = {latency->p50_ns,  latency->p95_ns, latency->p99_ns,
					  latency->p999_ns, latency->max_ns, latency->total_ns};

		csv_str(csv, cost_name(cost));
		csv_u64(csv, latency->count);
		if (!latency->count) {
			empty_cells(csv, 7);
		} else {
			for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++)
				csv_u64(csv, cells[i]);
			csv_double(csv, latency->share, 6);
		}
		csv_end_row(csv);
	}
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct vpipe_peer *x = a, *y = b;

	return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

/*
 * "NAME/TID COUNT; ...", the most frequent first; empty: nobody did. A ';' in a name is
 * written as \x3b: the cell can be cut at each "; ", and a piece at its last '/'.
 */
static void peers_cell(struct csv *csv, struct vpipe_peers peers)
{
	char all[(VPIPE_MAX_PEERS + 1) * (TEXT_ROOM(VPIPE_COMM_LEN) + 32)] = "";
	size_t used = 0;

	qsort(peers.top, VPIPE_MAX_PEERS, sizeof(peers.top[0]), by_count);
	for (int i = 0; i < VPIPE_MAX_PEERS && peers.top[i].count; i++) {
		const struct vpipe_peer *peer = &peers.top[i];
		const char *kind = peer_kind(peer->tid), *between = used ? "; " : "";
		char comm[VPIPE_COMM_LEN + 1], name[TEXT_ROOM(sizeof(comm))];

		snprintf(comm, sizeof(comm), "%.16s", peer->comm);
		text_of(name, sizeof(name), comm, ";");
		used += (size_t)(kind ? snprintf(all + used, sizeof(all) - used, "%s%s %u", between,
						 kind, peer->count)
				      : snprintf(all + used, sizeof(all) - used, "%s%s/%u %u",
						 between, name, peer->tid, peer->count));
	}
	if (peers.others)
		snprintf(all + used, sizeof(all) - used, "%sothers %u", used ? "; " : "",
			 peers.others);
	csv_text(csv, all);
}

static void thread_row(struct csv *csv, const struct trace_thread *thread)
{
	static const char *const roles[] = {
		[VPIPE_ROLE_CLIENT] = "client",
		[VPIPE_ROLE_RUNNER] = "runner",
	};
	const struct vpipe_account *account = &thread->account;

	csv_u64(csv, thread->tid);
	csv_str(csv, thread->comm);
	csv_str(csv, roles[thread->role]);
	csv_u64(csv, account->switches.nvcsw);
	csv_u64(csv, account->switches.nivcsw);
	csv_u64(csv, account->switches.wakeups);
	csv_u64(csv, account->switches.migrations);
	csv_u64(csv, account->oncpu_ns);
	csv_u64(csv, account->runq_ns);
	csv_u64(csv, account->blocked_ns);
	if (thread->runq.count) {
		csv_u64(csv, thread->runq.p50_ns);
		csv_u64(csv, thread->runq.p99_ns);
		csv_u64(csv, thread->runq.max_ns);
	} else {
		empty_cells(csv, 3);
	}
	peers_cell(csv, thread->wakers);
	peers_cell(csv, thread->preemptors);
	csv_end_row(csv);
}

static int counters_rows(struct csv *csv, const struct results *results, struct trace *trace)
{
	const struct counters *counters = &results->facts.counters;
	struct vpipe_hist *hist = malloc(sizeof(*hist));
	int err = hist ? 0 : -ENOMEM;

	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		if (!(VPIPE_COUNTED_STAGES & 1U << stage))
			continue;
		for (unsigned int i = 0; !err && i < counters->n; i++) {
			err = trace_counter(trace, stage, i, hist);
			if (err)
				break;
			csv_str(csv, results_hist_name(stage));
			csv_str(csv, counters->which[i].name);
			csv_u64(csv, hist_total(hist));
			if (hist_total(hist)) {
				csv_u64(csv, hist_percentile(hist, 50));
				csv_u64(csv, hist_percentile(hist, 99));
				csv_u64(csv, hist->range.total_ns);
			} else {
				empty_cells(csv, 3);
			}
			csv_end_row(csv);
		}
	}
	free(hist);
	return err;
}

static int sched_rows(struct csv *csv, const struct results *results, struct trace *trace)
{
	struct trace_thread thread;
	int err = 0;

	(void)results;
	for (unsigned int index = 0; !err; index++) {
		err = trace_thread(trace, index, &thread);
		if (!err)
			thread_row(csv, &thread);
	}
	return err == -ENOENT ? 0 : err;
}

/* Create, fill, put in place: the same for every table. */
static int write_csv(const char *path, const char *header, const struct results *results,
		     struct trace *trace,
		     int (*rows)(struct csv *, const struct results *, struct trace *))
{
	struct csv *csv;
	int err = csv_create(&csv, path, header);

	if (!err) {
		err = rows(csv, results, trace);
		if (err)
			csv_abort(csv);
		else
			err = csv_commit(csv);
	}
	if (err)
		msg_errno(err, NULL, "cannot write %s", path);
	return err;
}

/* JSON is text; names, paths and arguments are bytes. */
static json_t *json_bytes(const char *bytes)
{
	char *text = text_new(bytes);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json ? json : json_null();
}

static json_t *json_strings(char *const *strings)
{
	json_t *array = json_array();

	for (; strings && *strings; strings++)
		json_array_append_new(array, json_bytes(*strings));
	return array;
}

static json_t *json_text(const char *text)
{
	return text ? json_bytes(text) : json_null();
}

/* The first line of a small file such as those in sysfs; null if it can't be read. */
static json_t *json_file(const char *path)
{
	char line[256];
	FILE *file = fopen(path, "re");
	char *got = file ? fgets(line, sizeof(line), file) : NULL;

	if (file)
		fclose(file);
	if (!got)
		return json_null();
	line[strcspn(line, "\n")] = '\0';
	return json_bytes(line);
}

/* The counters of one kind: VPIPE_LOSS, VPIPE_FATE or VPIPE_NOTE. */
static json_t *json_counts(const struct results *results, int kind_wanted)
{
	json_t *counts = json_object();

#define X(cause, kind, text)             \
	if (VPIPE_##kind == kind_wanted) \
		json_object_set_new(     \
			counts, #cause,  \
			json_integer((json_int_t)results->counts[VPIPE_LOSS_##cause]));
	VPIPE_LOSSES(X)
#undef X
	return counts;
}

static json_t *json_losses(const struct results *results)
{
	json_t *losses = json_counts(results, VPIPE_LOSS);

	json_object_set_new(losses, "missed_events",
			    json_integer((json_int_t)results->missed_events));
	json_object_set_new(losses, "rows_not_received",
			    json_integer((json_int_t)results->row_mismatch));
	return losses;
}

static json_t *json_machine(void)
{
	struct utsname name;

	uname(&name);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I}", "sysname", json_bytes(name.sysname),
			 "release", json_bytes(name.release), "version", json_bytes(name.version),
			 "machine", json_bytes(name.machine), "product",
			 json_file("/sys/class/dmi/id/product_name"), "cpus",
			 (json_int_t)sysconf(_SC_NPROCESSORS_ONLN));
}

static json_t *json_command(const struct run_facts *facts)
{
	int status = facts->status;

	if (!facts->command)
		return json_null(); /* recorded: it was not ours */
	return json_pack(
		"{s:o, s:o, s:o, s:I, s:I}", "argv", json_strings(facts->command), "exit_status",
		WIFEXITED(status) ? json_integer(WEXITSTATUS(status)) : json_null(), "signal",
		WIFSIGNALED(status) ? json_integer(WTERMSIG(status)) : json_null(), "nvcsw",
		(json_int_t)facts->usage.ru_nvcsw, "nivcsw", (json_int_t)facts->usage.ru_nivcsw);
}

static json_t *json_frames(const struct results *results)
{
	json_t *asked = results->facts.frames ? json_integer((json_int_t)results->facts.frames)
					      : json_null();

	return json_pack("{s:o, s:I, s:I, s:o, s:b}", "asked", asked, "started",
			 (json_int_t)results->counts[VPIPE_COUNT_STARTED], "recorded",
			 (json_int_t)results->counts[VPIPE_COUNT_RECORDED], "rows",
			 results->facts.no_frames ? json_null()
						  : json_integer((json_int_t)results->rows),
			 "balanced", results->balanced);
}

/* 0 is what nobody asked for: null. */
static json_t *json_asked(uint64_t value)
{
	return value ? json_integer((json_int_t)value) : json_null();
}

static json_t *json_options(const struct run_facts *facts)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "source",
			 json_text(facts->source), "vpipe", json_text(facts->vpipe), "frames",
			 json_asked(facts->frames), "transport", json_text(facts->transport),
			 "algo", json_text(facts->algo), "threshold",
			 facts->algo ? json_integer(facts->threshold) : json_null(), "width",
			 json_asked(facts->size[0]), "height", json_asked(facts->size[1]), "fps",
			 json_asked(facts->fps), "cache", json_text(facts->cache), "duration_ns",
			 json_asked(facts->duration_ns), "ring_bytes",
			 (json_int_t)facts->ring_bytes);
}

static json_t *json_driver(void)
{
	return json_pack("{s:o, s:o, s:o}", "version", json_file("/sys/module/vpipe/version"),
			 "srcversion", json_file("/sys/module/vpipe/srcversion"), "exec",
			 json_file("/sys/module/vpipe/parameters/exec"));
}

static json_t *json_counters(const struct counters *counters)
{
	json_t *names = json_array();

	for (unsigned int i = 0; i < counters->n; i++)
		json_array_append_new(names, json_string(counters->which[i].name));
	return names;
}

static json_t *json_run(const struct results *results)
{
	const struct run_facts *facts = &results->facts;

	return json_pack(
		"{s:i, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:o, s:o,"
		" s:o, s:{s:b, s:o}}",
		"format", RUN_FORMAT, "vpipe_trace", VPIPE_VERSION, "complete", results->complete,
		"command", json_command(facts), "options", json_options(facts), "frames",
		json_frames(results), "losses", json_losses(results), "not_recorded",
		json_counts(results, VPIPE_FATE), "beside", json_counts(results, VPIPE_NOTE),
		"clock", "CLOCK_MONOTONIC", "start_realtime_ns",
		(json_int_t)facts->start_realtime_ns, "start_ns", (json_int_t)facts->start_ns,
		"end_ns", (json_int_t)facts->end_ns, "driver", json_driver(), "machine",
		json_machine(), "counters", json_counters(&facts->counters), "hardware_counters",
		"supported", !facts->counters.why, "why", json_text(facts->counters.why));
}

static int dump_json(const json_t *run, const char *path)
{
	FILE *file = fopen(path, "we");
	int err = 0;

	if (!file)
		return -errno;
	errno = EIO; /* for the failures that jansson does not explain */
	if (json_dumpf(run, file, JSON_INDENT(2)) || fputc('\n', file) == EOF)
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/* When all the others are there, since it says what they are. */
static int write_json(const struct results *results, struct staging *staging)
{
	const char *path = staging_path(staging, RUN_FILE_RUN);
	json_t *run = json_run(results);
	int err = run ? identity_add_files(run, staging) : -ENOMEM;

	if (run && err) {
		json_decref(run);
		return err;
	}
	if (!err)
		err = identity_seal(run);
	if (!err)
		err = dump_json(run, path);
	json_decref(run);
	if (err)
		msg_errno(err, NULL, "cannot write %s", path);
	return err;
}

int results_write(const struct results *results, struct trace *trace, struct staging *staging)
{
	int err = write_csv(staging_path(staging, RUN_FILE_HIST), "stage,lower_ns,upper_ns,count",
			    results, trace, hist_rows);

	if (!err)
		err = write_csv(staging_path(staging, RUN_FILE_SUMMARY),
				"stage,cause,count,min_ns,p50_ns,p95_ns,p99_ns,p999_ns,max_ns,"
				"mean_ns,total_ns,share",
				results, trace, summary_rows);
	if (!err && !results->facts.no_frames)
		err = write_csv(staging_path(staging, RUN_FILE_CAUSES),
				"cause,count,p50_ns,p95_ns,p99_ns,p999_ns,max_ns,total_ns,share",
				results, trace, causes_rows);
	if (!err)
		err = write_csv(staging_path(staging, RUN_FILE_COUNTERS),
				"stage,counter,frames,p50,p99,total", results, trace,
				counters_rows);
	if (!err)
		err = write_csv(staging_path(staging, RUN_FILE_SCHED),
				"tid,comm,role,nvcsw,nivcsw,wakeups,migrations,oncpu_ns,runq_ns,"
				"blocked_ns,runq_p50_ns,runq_p99_ns,runq_max_ns,wakers,"
				"preemptors",
				results, trace, sched_rows);
	if (!err)
		err = write_json(results, staging);
	return err;
}
