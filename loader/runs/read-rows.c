// SPDX-License-Identifier: MIT
/* read-rows.c - what is in the files of a run beside run.json, see read.h */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "bpf/hist.h"
#include "lib/csv-read.h"
#include "lib/msg.h"
#include "loader/runs/check.h"
#include "loader/runs/columns.h"
#include "loader/runs/identity.h"
#include "loader/runs/read.h"
#include "loader/runs/recount.h"
#include "loader/runs/rows.h"
#include "loader/runs/tables.h"

#define OTHER_TIME "is not in the time of %s.run.json: they are of different runs"

static int read_summary(struct run_files *files)
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = run_files_path(files, RUN_FILE_SUMMARY, path);

	if (!err)
		err = csv_reader_open(&csv, path);
	if (err)
		return err;
	err = tables_read_summary(csv, &files->run);
	csv_reader_close(csv);
	return err;
}

/* Of an old run it may be missing: *@there. */
static int read_hists(struct run_files *files, bool *there)
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = run_files_path(files, RUN_FILE_HIST, path);

	*there = files->format || !access(path, F_OK);
	if (err || !*there)
		return err;
	err = csv_reader_open(&csv, path);
	if (err)
		return err;
	err = tables_read_hists(csv, &files->run);
	csv_reader_close(csv);
	return err;
}

/* What all stages, or all costs, of a frame took; or part of it, if that is too large to be one. */
static uint64_t sum_of_stages(const struct path *path, const struct frame *frame)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < path->n_stages && sum <= INT64_MAX; i++)
		sum += frame->stages[i].ns;
	return sum;
}

static uint64_t sum_of_costs(const struct path *path, const struct frame *frame)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < path->n_costs && sum <= INT64_MAX; i++)
		sum += frame->costs[i];
	return sum;
}

/* What holds in every row of every run. */
static int check_row(struct schema_reader *reader, const struct run_files *files,
		     const struct frame *frame)
{
	uint64_t stages = sum_of_stages(files->run.path, frame);
	uint64_t costs = sum_of_costs(files->run.path, frame);

	if (frame->number != files->run.rows)
		return schema_fail(reader, "frame",
				   "%" PRIu64 " where %" PRIu64 " comes next: rows are missing",
				   frame->number, files->run.rows);
	if (stages != frame->e2e_ns || costs != frame->e2e_ns)
		return schema_fail(reader, "e2e_ns",
				   "%" PRIu64 " is not the sum of the %s, %" PRIu64, frame->e2e_ns,
				   stages != frame->e2e_ns ? "stages" : "costs",
				   stages != frame->e2e_ns ? stages : costs);
	if (frame->start_ns + frame->e2e_ns < files->run.facts.start_ns ||
	    frame->start_ns > files->run.facts.end_ns)
		return schema_fail(reader, "start_ns", OTHER_TIME, files->prefix);
	return 0;
}

static int frames_rows(struct schema_reader *reader, struct run_files *files,
		       struct recount *recount, const struct run_listener *listener)
{
	uint64_t total_ns = 0;
	bool more = false;
	struct frame frame;
	int got, err = 0;

	while (!err && !more && (got = schema_next(reader, &frame))) {
		err = got < 0 ? got : check_row(reader, files, &frame);
		if (!err && (total_ns += frame.e2e_ns) > INT64_MAX)
			err = schema_fail(reader, "e2e_ns",
					  "all frames together took more than there can be");
		more = files->run.rows == files->rows;
		if (err || more)
			continue;
		recount_row(recount, &files->run, &frame);
		listener->frame(listener->arg, &frame);
	}
	if (!err && (more || files->run.rows != files->rows))
		err = csv_reader_fail(reader->csv, -1,
				      "%s %" PRIu64 " rows, but %s.run.json has %" PRIu64
				      ": they are of different runs",
				      more ? "more than" : "ends after", files->run.rows,
				      files->prefix, files->rows);
	if (!err && recount->warmup != files->warmup_rows)
		err = csv_reader_fail(reader->csv, -1,
				      "%" PRIu64 " rows are of the warm-up, but %s.run.json has "
				      "%" PRIu64 ": they are of different runs",
				      recount->warmup, files->prefix, files->warmup_rows);
	if (!err && recount->over != files->over)
		err = csv_reader_fail(reader->csv, -1,
				      "%" PRIu64 " rows are over the deadline, but %s.run.json "
				      "has %" PRIu64 ": they are of different runs",
				      recount->over, files->prefix, files->over);
	return err;
}

/* Open a file of rows; schema_close() in any case. */
static int open_rows(struct schema_reader *reader, const struct run_files *files,
		     enum run_file file, const struct schema *schema)
{
	char path[PATH_MAX];
	int err = run_files_path(files, file, path);

	return err ? err : schema_open(reader, schema, &files->run, path);
}

static int read_frames(struct run_files *files, struct recount *recount,
		       const struct run_listener *listener)
{
	const struct schema *columns = columns_new(&files->run);
	struct schema_reader reader = {0};
	int err = columns ? open_rows(&reader, files, RUN_FILE_FRAMES, columns) : -ENOMEM;

	if (!columns)
		msg_errno(err, NULL, "cannot read the run %s", files->prefix);
	if (!err)
		err = frames_rows(&reader, files, recount, listener);
	schema_close(&reader);
	columns_free(columns);
	return err;
}

/* How many drops of each device had which cause. */
typedef uint64_t drop_counts[VPIPE_MAX_DEVICES][DROP_CAUSE_COUNT];

static int check_drop_counts(const struct schema_reader *reader, const struct run_files *files,
			     drop_counts counts)
{
	for (unsigned int i = 0; i < files->run.n_devices; i++) {
		const struct device_sums *device = &files->run.devices[i];

		for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
			if (counts[i][cause] != device->drops[cause])
				return csv_reader_fail(
					reader->csv, -1,
					"ends after %" PRIu64 " drops of %s, '%s', but %s.run.json "
					"has %" PRIu64,
					counts[i][cause], device->node, drop_causes[cause],
					files->prefix, device->drops[cause]);
		}
	}
	return 0;
}

static int drops_rows(struct schema_reader *reader, const struct run_files *files,
		      const struct run_listener *listener)
{
	drop_counts counts = {{0}};
	struct drop drop;
	int got;

	while ((got = schema_next(reader, &drop)) > 0) {
		counts[drop.device][drop.cause]++;
		listener->drop(listener->arg, &drop);
	}
	return got < 0 ? got : check_drop_counts(reader, files, counts);
}

static int read_drops(struct run_files *files, const struct run_listener *listener)
{
	struct schema_reader reader = {0};
	int err = open_rows(&reader, files, RUN_FILE_DROPS, &drop_schema);

	if (!err)
		err = drops_rows(&reader, files, listener);
	schema_close(&reader);
	return err;
}

/* Which moments of a cycle were seen: the first, and the last one; 0: none. */
static void seen_of(const struct cycle *cycle, uint64_t *first, uint64_t *last)
{
	const uint64_t ns[] = {cycle->given_ns, cycle->done_ns, cycle->taken_ns};

	*first = *last = 0;
	for (unsigned int i = 0; i < 3; i++) {
		if (ns[i] && (!*first || ns[i] < *first))
			*first = ns[i];
		if (ns[i] > *last)
			*last = ns[i];
	}
}

static int check_cycle(struct schema_reader *reader, const struct run_files *files,
		       const struct cycle *cycle)
{
	uint64_t first, last;

	seen_of(cycle, &first, &last);
	if (first && (last < files->run.facts.start_ns || first > files->run.facts.end_ns))
		return schema_fail(reader, "given_ns", OTHER_TIME, files->prefix);
	return 0;
}

/* Rows of frames are those that run.json counts, and perhaps of buffers that were not followed. */
static int check_cycle_counts(const struct schema_reader *reader, const struct run_files *files,
			      const uint64_t counts[VPIPE_MAX_DEVICES])
{
	for (unsigned int i = 0; i < files->run.n_devices; i++) {
		const struct device_sums *device = &files->run.devices[i];

		if (counts[i] < device->frames || counts[i] - device->frames > device->not_followed)
			return csv_reader_fail(
				reader->csv, -1,
				"ends after %" PRIu64 " frames of %s, but %s.run.json has %" PRIu64,
				counts[i], device->node, files->prefix, device->frames);
	}
	return 0;
}

static int cycles_rows(struct schema_reader *reader, const struct run_files *files,
		       const struct run_listener *listener)
{
	uint64_t counts[VPIPE_MAX_DEVICES] = {0};
	struct cycle cycle;
	int got, err = 0;

	while (!err && (got = schema_next(reader, &cycle))) {
		err = got < 0 ? got : check_cycle(reader, files, &cycle);
		if (err)
			continue;
		counts[cycle.device] += cycle.taken_ns && !cycle.is_input;
		listener->cycle(listener->arg, &cycle);
	}
	return err ? err : check_cycle_counts(reader, files, counts);
}

static int read_cycles(struct run_files *files, const struct run_listener *listener)
{
	struct schema_reader reader = {0};
	int err = open_rows(&reader, files, RUN_FILE_BUFFERS, &cycle_schema);

	if (!err)
		err = cycles_rows(&reader, files, listener);
	schema_close(&reader);
	return err;
}

/* Of a flight, the timeline is of all the time that was traced, as are the accounts in sched.csv. */
static int check_span(struct schema_reader *reader, const struct run_files *files,
		      const struct span *span)
{
	const struct run_facts *facts = &files->run.facts;
	uint64_t since_ns = facts->flight.above_ns ? facts->flight.since_ns : facts->start_ns;

	if (span->end_ns < span->start_ns)
		return schema_fail(reader, "end_ns", "is before start_ns");
	if (span->has_peer && span->state != VPIPE_THREAD_RUNQ)
		return schema_fail(reader, "by", "is there, but the thread did not wait for a CPU");
	if (span->end_ns < since_ns || span->start_ns > facts->end_ns)
		return schema_fail(reader, "start_ns", OTHER_TIME, files->prefix);
	return 0;
}

static int spans_rows(struct schema_reader *reader, struct run_files *files,
		      const struct run_listener *listener)
{
	struct span span;
	int got, err = 0;

	while (!err && (got = schema_next(reader, &span))) {
		err = got < 0 ? got : check_span(reader, files, &span);
		if (err)
			continue;
		files->run.spans++;
		listener->span(listener->arg, &span);
	}
	return err;
}

static int read_spans(struct run_files *files, const struct run_listener *listener)
{
	struct schema_reader reader = {0};
	int err = open_rows(&reader, files, RUN_FILE_TIMELINE, &span_schema);

	if (!err)
		err = spans_rows(&reader, files, listener);
	schema_close(&reader);
	return err;
}

static int threads_rows(struct schema_reader *reader, struct run *run)
{
	int got;

	for (;;) {
		struct thread thread, *kept;

		got = schema_next(reader, &thread);
		if (got <= 0)
			return got;
		kept = run_add_thread(run);
		if (!kept) {
			msg_errno(ENOMEM, NULL, "cannot read the threads of the run");
			return -ENOMEM;
		}
		*kept = thread;
	}
}

static int read_threads(struct run_files *files)
{
	struct schema_reader reader = {0};
	int err = open_rows(&reader, files, RUN_FILE_SCHED, &thread_schema);

	if (!err)
		err = threads_rows(&reader, &files->run);
	schema_close(&reader);
	return err;
}

/* Not every run has every file. */
static bool has_file(const struct run_files *files, enum run_file file)
{
	return !files->format || identity_lists(files->json, file);
}

/* Those files that have rows, as far as somebody wants them. */
static int read_rows(struct run_files *files, struct recount *recount,
		     const struct run_listener *listener)
{
	bool cycles = files->run.facts.cycles;
	int err = listener->threads && has_file(files, RUN_FILE_SCHED) ? read_threads(files) : 0;

	if (!err && !files->run.facts.config.no_frames)
		err = read_frames(files, recount, listener);
	if (!err && cycles && listener->drop)
		err = read_drops(files, listener);
	if (!err && cycles && listener->cycle)
		err = read_cycles(files, listener);
	if (!err && files->run.facts.config.timeline && listener->span)
		err = read_spans(files, listener);
	return err;
}

/* What is wanted otherwise than the run has it: only its rows tell. */
static int take_wishes(struct run_files *files)
{
	struct run_facts *facts = &files->run.facts;

	if ((files->leave_out || files->deadline_ns) && facts->config.no_frames) {
		msg_error("%s has histograms only (%s): %s of it", files->prefix,
			  run_files_why_no_rows(files),
			  files->leave_out ? "no frames can be left out"
					   : "which frames are over a deadline is not known");
		return -EINVAL;
	}
	if (files->deadline_ns) {
		facts->deadline_ns = files->deadline_ns;
		facts->deadline_asked = true;
	}
	return 0;
}

int run_files_read(struct run_files *files, const struct run_listener *listener)
{
	struct run *run = &files->run;
	struct recount rows;
	bool has_rows = !run->facts.config.no_frames, has_hists = false;
	int err = recount_init(&rows, run, files->leave_out);

	if (err)
		msg_errno(err, NULL, "cannot read the run %s", files->prefix);
	else
		err = take_wishes(files);
	if (!err)
		err = read_summary(files);
	if (!err)
		err = run_check_counts(files->prefix, run, files->rows, files->warmup_rows);
	if (!err)
		err = read_hists(files, &has_hists);
	if (!err)
		err = read_rows(files, &rows, listener);
	if (!err)
		err = run_check_numbers(files->prefix, run, has_hists,
					has_rows ? rows.hists : NULL);
	if (!err)
		recount_finish(&rows, run);
	recount_free(&rows);
	run_sum_costs(run);
	return err;
}

const char *run_files_why_no_rows(const struct run_files *files)
{
	return files->run.merged.runs ? "merge" : "--no-frames";
}

int run_files_have_hists(const struct run_files *files, const char *what)
{
	const struct run *run = &files->run;
	unsigned int e2e = path_e2e(run->path);

	if (hist_total(&run->hists[e2e]) == run->latencies[e2e].count)
		return 0;
	msg_error("%s has no %s, without which there is no %s", files->prefix,
		  run_file_suffix(RUN_FILE_HIST), what);
	return -ENOENT;
}
