// SPDX-License-Identifier: MIT
/* read.c - the files of a run, read back, see read.h */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/hist.h"
#include "loader/runs/identity.h"
#include "loader/paths/vpipe.h"
#include "loader/runs/check.h"
#include "loader/runs/columns.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/path-json.h"
#include "loader/runs/read.h"
#include "lib/csv-read.h"
#include "lib/msg.h"
#include "lib/regular.h"

#define MAX_JSON (1 << 20) /* bytes; a run.json has some 2,000 */

#define CHANGED "has been changed since the run wrote it, or is another run's"

/* The path of a file of @run. */
static const char *path_of(const struct run_files *files, enum run_file file, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s.%s", files->prefix, run_file_suffix(file));
	return path;
}

static int bad_json(const struct run_files *files, const char *object, const char *key,
		    const char *kind)
{
	msg_error("%s.run.json: %s%s%s is not %s: not such a file, or of another version",
		  files->prefix, object ? object : "", object ? "." : "", key, kind);
	return -EINVAL;
}

/* Member @key of @object of the run (NULL: of its top level); NULL if there is none. */
static json_t *member(const struct run_files *files, const char *object, const char *key)
{
	return json_object_get(object ? json_object_get(files->json, object) : files->json, key);
}

static int get_u64(const struct run_files *files, const char *object, const char *key,
		   uint64_t *out)
{
	const json_t *json = member(files, object, key);

	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return bad_json(files, object, key, "a whole number");
	*out = (uint64_t)json_integer_value(json);
	return 0;
}

static int get_bool(const struct run_files *files, const char *object, const char *key, bool *out)
{
	const json_t *json = member(files, object, key);

	if (!json_is_boolean(json))
		return bad_json(files, object, key, "true or false");
	*out = json_is_true(json);
	return 0;
}

/* Text, or NULL for null. */
static int get_text(const struct run_files *files, const char *object, const char *key,
		    const char **out)
{
	const json_t *json = member(files, object, key);

	if (!json_is_string(json) && !json_is_null(json))
		return bad_json(files, object, key, "text or null");
	*out = json_string_value(json);
	return 0;
}

/* No more of it is read than a run.json has. */
static int parse_json(struct run_files *files, const char *path, FILE *file)
{
	json_error_t error;
	struct stat st;

	if (fstat(fileno(file), &st) || st.st_size > MAX_JSON) {
		msg_error("%s: not the run.json of a run", path);
		return -EINVAL;
	}
	files->json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (files->json)
		return 0;
	msg_error("%s:%d:%d: %s", path, error.line, error.column, error.text);
	return -EINVAL;
}

static int load_json(struct run_files *files)
{
	char path[PATH_MAX], why[REGULAR_WHY];
	int fd = regular_open(path_of(files, RUN_FILE_RUN, path), why), err;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		err = fd < 0 ? fd : -errno;
		msg_error("cannot read %s: %s; give NAME of the files bench/NAME.*, or DIR/NAME",
			  path, fd < 0 ? why : strerror(errno));
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = parse_json(files, path, file);
	fclose(file);
	return err;
}

/* Of which format is it, and is it as the run wrote it? Older runs can't tell. */
static int check_identity(struct run_files *files)
{
	const json_t *format = member(files, NULL, "format");
	int err;

	if (!format && !member(files, NULL, "files") && !member(files, NULL, "crc32"))
		return 0;
	err = get_u64(files, NULL, "format", &files->format);
	if (err)
		return err;
	if (!identity_is_sealed(files->json))
		msg_error("%s.run.json " CHANGED, files->prefix);
	else if (!files->format || files->format > RUN_FORMAT)
		msg_error("%s.run.json is of format %" PRIu64 ", known are those up to %d: use the "
			  "vpipe-trace that wrote it, or a later one",
			  files->prefix, files->format, RUN_FORMAT);
	else
		return 0;
	return -EINVAL;
}

/* Is @file as the run wrote it? */
static int check_file(const struct run_files *files, enum run_file file, char path[PATH_MAX])
{
	int err;

	path_of(files, file, path);
	if (!files->format)
		return 0;
	if (!identity_lists(files->json, file)) {
		msg_error("%s.run.json lists no %s: the run has not written one", files->prefix,
			  run_file_suffix(file));
		return -ENOENT;
	}
	err = identity_check(files->json, file, path);
	if (err == -ESTALE)
		msg_error("%s " CHANGED, path);
	/* what can't be read is said by who reads it */
	return err == -ESTALE ? -EINVAL : 0;
}

/* On which path its frames went: runs of before format 2 do not say, there was one. */
static int get_path(struct run_files *files)
{
	const struct path *path = &vpipe_path;
	const char *what;
	int err = 0;

	if (files->format >= 2) {
		err = path_from_json(&files->path, member(files, NULL, "path"), &what);
		path = files->path;
	}
	if (err == -EINVAL)
		return bad_json(files, "path", what, "that of a path");
	if (!err)
		err = run_init(&files->run, path);
	if (err)
		msg_errno(err, NULL, "cannot read the run %s", files->prefix);
	return err;
}

/* What came of its devices, if it has any of their buffers. */
static int get_devices(struct run_files *files)
{
	int err = 0;

	if (files->run.path->cycles)
		err = devices_from_json(&files->run, member(files, NULL, "devices"));
	if (err == -EINVAL)
		return bad_json(files, NULL, "devices", "the sums of devices");
	if (err)
		msg_errno(err, NULL, "cannot read the run %s", files->prefix);
	return err;
}

/* The object that has the counts of a kind. */
static const char *object_of(enum loss_kind kind)
{
	return kind == LOSS ? "losses" : kind == FATE ? "not_recorded" : "beside";
}

/* A cause that the run's version did not count yet is 0. */
static int get_counts(struct run_files *files)
{
	struct counts *counts = &files->run.counts;
	int err = get_u64(files, "frames", "started", &counts->of[VPIPE_COUNT_STARTED]);

	if (!err)
		err = get_u64(files, "frames", "recorded", &counts->of[VPIPE_COUNT_RECORDED]);
	for (unsigned int i = 0; !err && i < VPIPE_N_LOSSES; i++) {
		const char *object = object_of(losses[i].kind);

		if (member(files, object, losses[i].name))
			err = get_u64(files, object, losses[i].name, &counts->of[i]);
	}
	if (!err)
		err = get_u64(files, "losses", "missed_events", &counts->missed_events);
	if (!err)
		err = get_u64(files, "losses", "rows_not_received", &counts->row_mismatch);
	if (!err)
		err = get_bool(files, "frames", "balanced", &counts->balanced);
	return err;
}

/* What is missing must be what has been counted, by whatever name. */
static int get_complete(struct run_files *files)
{
	const struct counts *counts = &files->run.counts;
	bool lost = !counts->balanced;
	int err = get_bool(files, NULL, "complete", &files->run.complete);
	const char *cause;
	json_t *count;

	json_object_foreach(json_object_get(files->json, "losses"), cause, count) lost |=
		json_integer_value(count) != 0;
	if (err)
		return err;
	if (files->run.complete == lost) {
		msg_error("%s.run.json: complete is %s, but the losses say otherwise: it has been "
			  "changed",
			  files->prefix, lost ? "true" : "false");
		return -EINVAL;
	}
	counts_describe(counts, files->missing, sizeof(files->missing));
	if (lost && !*files->missing)
		snprintf(files->missing, sizeof(files->missing), "see losses in run.json");
	return 0;
}

/* Its rows, and the time that they are of. */
static int get_extent(struct run_files *files)
{
	struct run_facts *facts = &files->run.facts;
	int err = 0;

	facts->config.no_frames = json_is_null(member(files, "frames", "rows"));
	if (!facts->config.no_frames)
		err = get_u64(files, "frames", "rows", &files->rows);
	if (!err && path_is_chain(files->run.path))
		err = get_u64(files, "frames", "records", &files->run.records.came);
	if (!err)
		err = get_u64(files, NULL, "start_ns", &facts->start_ns);
	if (!err)
		err = get_u64(files, NULL, "end_ns", &facts->end_ns);
	if (!err && facts->end_ns < facts->start_ns)
		err = bad_json(files, NULL, "end_ns", "behind start_ns");
	facts->start_realtime_ns =
		(uint64_t)json_integer_value(member(files, NULL, "start_realtime_ns"));
	return err;
}

static int get_facts(struct run_files *files)
{
	struct run_facts *facts = &files->run.facts;
	const json_t *program = json_array_get(member(files, "command", "argv"), 0);
	bool supported = false;
	int err = get_text(files, "options", "source", &facts->source);

	facts->is_text = true;
	facts->program = json_string_value(program);
	if (!err)
		err = get_text(files, "options", "vpipe", &facts->vpipe);
	if (!err)
		err = get_text(files, "options", "transport", &facts->transport);
	if (!err)
		err = get_text(files, "options", "algo", &facts->algo);
	if (!err && member(files, "options", "cache")) /* a later option */
		err = get_text(files, "options", "cache", &facts->cache);
	if (!err)
		err = get_text(files, "machine", "release", &facts->kernel);
	if (!err)
		err = get_bool(files, "hardware_counters", "supported", &supported);
	if (!err && !supported)
		err = get_text(files, "hardware_counters", "why", &facts->no_counters);
	return err;
}

int run_files_open(struct run_files *files, const char *name)
{
	const char *base = strrchr(name, '/');
	int err;

	memset(files, 0, sizeof(*files));
	base = base ? base + 1 : name;
	if (!*base || *base == '.' || strlen(name) > PATH_MAX - 32) {
		msg_error("'%.40s' does not name a run: give NAME or DIR/NAME", name);
		return -EINVAL;
	}
	if (asprintf(&files->prefix, "%s%s", base == name ? "bench/" : "", name) < 0) {
		files->prefix = NULL;
		msg_errno(ENOMEM, NULL, "cannot read the run %s", name);
		return -ENOMEM;
	}
	err = load_json(files);
	if (!err)
		err = check_identity(files);
	if (!err)
		err = get_path(files);
	if (!err)
		err = get_devices(files);
	if (!err)
		err = get_counts(files);
	if (!err)
		err = get_complete(files);
	if (!err)
		err = get_extent(files);
	if (!err)
		err = get_facts(files);
	return err;
}

void run_files_close(struct run_files *files)
{
	run_free(&files->run);
	path_free(files->path);
	json_decref(files->json);
	free(files->prefix);
}

/* Find the columns @names; each index goes to @columns. */
static int find_columns(struct csv_reader *csv, const char *const names[], int *columns,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		columns[i] = csv_reader_column(csv, names[i]);
		if (columns[i] < 0)
			return columns[i];
	}
	return 0;
}

/* A number that must be there. */
static int must_u64(struct csv_reader *csv, int column, uint64_t *value)
{
	int got = columns_number(csv, column, value);

	if (!got)
		return csv_reader_fail(csv, column, "is empty");
	return got < 0 ? got : 0;
}

enum {
	S_STAGE,
	S_COUNT,
	S_SHARE,
	S_NUMBERS, /* min_ns and on, as in struct latency */
	S_COLUMNS = S_NUMBERS + 8,
};

static const char *const summary_columns[S_COLUMNS] = {
	"stage",  "count",   "share",  "min_ns",  "p50_ns",   "p95_ns",
	"p99_ns", "p999_ns", "max_ns", "mean_ns", "total_ns",
};

static int summary_row(struct csv_reader *csv, const int *columns, struct latency *latency)
{
	uint64_t *const numbers[] = {
		&latency->min_ns,  &latency->p50_ns, &latency->p95_ns,	&latency->p99_ns,
		&latency->p999_ns, &latency->max_ns, &latency->mean_ns, &latency->total_ns,
	};
	int got, err = must_u64(csv, columns[S_COUNT], &latency->count);

	for (unsigned int i = 0; !err && latency->count && i < 8; i++)
		err = must_u64(csv, columns[S_NUMBERS + i], numbers[i]);
	if (err)
		return err;
	got = csv_reader_double(csv, columns[S_SHARE], &latency->share);
	if (got == 1 && (latency->share < 0 || latency->share > 1))
		return csv_reader_fail(csv, columns[S_SHARE], "is not from 0 to 1");
	if (!got)
		latency->share = -1;
	return got < 0 ? got : 0;
}

/* Which histogram the row is of; beyond the last: one that the path does not have. */
static unsigned int hist_of(const struct csv_reader *csv, int column, const struct path *path)
{
	const char *name = csv_reader_text(csv, column);
	unsigned int which = 0;

	while (which < path_n_hists(path) && strcmp(name, path_hist_name(path, which)))
		which++;
	return which;
}

/* Rows in whatever order; those of stages that the path doesn't have are left alone. */
static int summary_rows(struct csv_reader *csv, struct run *run)
{
	int columns[S_COLUMNS];
	bool seen[MAX_STAGES + EXTRA_HISTS] = {false};
	int got, err = find_columns(csv, summary_columns, columns, S_COLUMNS);

	while (!err && (got = csv_reader_next(csv))) {
		unsigned int which;

		err = got < 0 ? got : 0;
		which = err ? 0 : hist_of(csv, columns[S_STAGE], run->path);
		if (err || which == path_n_hists(run->path))
			continue;
		if (seen[which])
			err = csv_reader_fail(csv, columns[S_STAGE], "is there twice");
		else
			err = summary_row(csv, columns, &run->latencies[which]);
		seen[which] = true;
	}
	for (unsigned int which = 0; !err && which < path_n_hists(run->path); which++) {
		if (!seen[which])
			err = csv_reader_fail(csv, -1, "the file ends without a row for %s",
					      path_hist_name(run->path, which));
	}
	return err;
}

static int read_summary(struct run_files *files)
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = check_file(files, RUN_FILE_SUMMARY, path);

	if (!err)
		err = csv_reader_open(&csv, path);
	if (err)
		return err;
	err = summary_rows(csv, &files->run);
	csv_reader_close(csv);
	return err;
}

enum {
	H_STAGE,
	H_LOWER,
	H_UPPER,
	H_COUNT,
	H_COLUMNS,
};

static const char *const hist_columns[H_COLUMNS] = {"stage", "lower_ns", "upper_ns", "count"};

/* A bucket is one of ours, and there once. */
static int hist_row(struct csv_reader *csv, const int *columns, struct vpipe_hist *hist)
{
	uint64_t lower, upper, count, total = hist_total(hist);
	unsigned int bucket;
	int got, err = must_u64(csv, columns[H_LOWER], &lower);

	if (err)
		return err;
	bucket = (unsigned int)hist_bucket(lower);
	got = columns_number(csv, columns[H_UPPER], &upper);
	err = got < 0 ? got : must_u64(csv, columns[H_COUNT], &count);
	if (err)
		return err;
	if (hist_lower(bucket) != lower || hist_upper(bucket) != upper || !got != !upper)
		return csv_reader_fail(csv, columns[H_LOWER], "there is no such bucket");
	if (!count || hist->buckets[bucket] || count > INT64_MAX - total)
		return csv_reader_fail(csv, columns[H_COUNT], "is 0, or too much, or there twice");
	hist->buckets[bucket] = count;
	return 0;
}

static int hist_rows(struct csv_reader *csv, struct run *run)
{
	int columns[H_COLUMNS];
	int got, err = find_columns(csv, hist_columns, columns, H_COLUMNS);

	while (!err && (got = csv_reader_next(csv))) {
		unsigned int which;

		err = got < 0 ? got : 0;
		which = err ? 0 : hist_of(csv, columns[H_STAGE], run->path);
		if (!err && which < path_n_hists(run->path))
			err = hist_row(csv, columns, &run->hists[which]);
	}
	return err;
}

/* Of an old run it may be missing: *@there. */
static int read_hists(struct run_files *files, bool *there)
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = check_file(files, RUN_FILE_HIST, path);

	*there = files->format || !access(path, F_OK);
	if (err || !*there)
		return err;
	err = csv_reader_open(&csv, path);
	if (err)
		return err;
	err = hist_rows(csv, &files->run);
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
static int check_row(struct csv_reader *csv, const struct columns *columns,
		     const struct run_files *files, const struct frame *frame)
{
	uint64_t stages = sum_of_stages(files->run.path, frame);
	uint64_t costs = sum_of_costs(files->run.path, frame);

	if (frame->number != files->run.rows)
		return columns_fail(columns, csv, "frame",
				    "%" PRIu64 " where %" PRIu64 " comes next: rows are missing",
				    frame->number, files->run.rows);
	if (stages != frame->e2e_ns || costs != frame->e2e_ns)
		return columns_fail(columns, csv, "e2e_ns",
				    "%" PRIu64 " is not the sum of the %s, %" PRIu64, frame->e2e_ns,
				    stages != frame->e2e_ns ? "stages" : "costs",
				    stages != frame->e2e_ns ? stages : costs);
	if (frame->start_ns + frame->e2e_ns < files->run.facts.start_ns ||
	    frame->start_ns > files->run.facts.end_ns)
		return columns_fail(columns, csv, "start_ns",
				    "is not in the time of %s.run.json: they are of different runs",
				    files->prefix);
	return 0;
}

static int frames_rows(struct csv_reader *csv, struct columns *columns, struct run_files *files,
		       struct vpipe_hist *hists, const struct run_listener *listener)
{
	uint64_t total_ns = 0;
	bool more = false;
	struct frame frame;
	int got, err = columns_find(columns, csv);

	while (!err && !more && (got = csv_reader_next(csv))) {
		err = got < 0 ? got : columns_read(columns, csv, &frame);
		if (!err)
			err = check_row(csv, columns, files, &frame);
		if (!err && (total_ns += frame.e2e_ns) > INT64_MAX)
			err = columns_fail(columns, csv, "e2e_ns",
					   "all frames together took more than there can be");
		more = files->run.rows == files->rows;
		if (err || more)
			continue;
		frame_count(&frame, files->run.path, hists); /* once more */
		run_add_frame(&files->run, &frame);
		listener->frame(listener->arg, &frame);
	}
	if (!err && (more || files->run.rows != files->rows))
		err = csv_reader_fail(csv, -1,
				      "%s %" PRIu64 " rows, but %s.run.json has %" PRIu64
				      ": they are of different runs",
				      more ? "more than" : "ends after", files->run.rows,
				      files->prefix, files->rows);
	return err;
}

static int read_frames(struct run_files *files, struct vpipe_hist *hists,
		       const struct run_listener *listener)
{
	struct columns *columns = columns_new(&files->run);
	struct csv_reader *csv = NULL;
	char path[PATH_MAX];
	int err = columns ? check_file(files, RUN_FILE_FRAMES, path) : -ENOMEM;

	if (!columns)
		msg_errno(err, NULL, "cannot read the run %s", files->prefix);
	if (!err)
		err = csv_reader_open(&csv, path);
	if (!err)
		err = frames_rows(csv, columns, files, hists, listener);
	csv_reader_close(csv);
	columns_free(columns);
	return err;
}

int run_files_read(struct run_files *files, const struct run_listener *listener)
{
	struct run *run = &files->run;
	struct vpipe_hist *rows = calloc(path_n_hists(run->path), sizeof(*rows));
	bool has_rows = !run->facts.config.no_frames, has_hists = false;
	int err = rows ? read_summary(files) : -ENOMEM;

	if (!rows)
		msg_errno(ENOMEM, NULL, "cannot read the run %s", files->prefix);
	if (!err)
		err = run_check_counts(files->prefix, run, files->rows);
	if (!err)
		err = read_hists(files, &has_hists);
	if (!err && has_rows)
		err = read_frames(files, rows, listener);
	if (!err)
		err = run_check_numbers(files->prefix, run, has_hists, has_rows ? rows : NULL);
	free(rows);
	run_sum_costs(run);
	return err;
}
