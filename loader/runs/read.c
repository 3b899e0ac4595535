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
#include "loader/results.h"
#include "loader/runs/check.h"
#include "loader/runs/read.h"
#include "lib/csv-read.h"
#include "lib/msg.h"
#include "lib/regular.h"

#define MAX_JSON (1 << 20) /* bytes; a run.json has some 2,000 */

#define CHANGED "has been changed since the run wrote it, or is another run's"

/* The path of a file of @run. */
static const char *path_of(const struct run_files *run, enum run_file file, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s.%s", run->prefix, run_file_suffix(file));
	return path;
}

static int bad_json(const struct run_files *run, const char *object, const char *key,
		    const char *kind)
{
	msg_error("%s.run.json: %s%s%s is not %s: not such a file, or of another version",
		  run->prefix, object ? object : "", object ? "." : "", key, kind);
	return -EINVAL;
}

/* Member @key of @object of the run (NULL: of its top level); NULL if there is none. */
static json_t *member(const struct run_files *run, const char *object, const char *key)
{
	return json_object_get(object ? json_object_get(run->json, object) : run->json, key);
}

static int get_u64(const struct run_files *run, const char *object, const char *key, uint64_t *out)
{
	const json_t *json = member(run, object, key);

	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return bad_json(run, object, key, "a whole number");
	*out = (uint64_t)json_integer_value(json);
	return 0;
}

static int get_bool(const struct run_files *run, const char *object, const char *key, bool *out)
{
	const json_t *json = member(run, object, key);

	if (!json_is_boolean(json))
		return bad_json(run, object, key, "true or false");
	*out = json_is_true(json);
	return 0;
}

/* Text, or NULL for null. */
static int get_text(const struct run_files *run, const char *object, const char *key,
		    const char **out)
{
	const json_t *json = member(run, object, key);

	if (!json_is_string(json) && !json_is_null(json))
		return bad_json(run, object, key, "text or null");
	*out = json_string_value(json);
	return 0;
}

/* No more of it is read than a run.json has. */
static int parse_json(struct run_files *run, const char *path, FILE *file)
{
	json_error_t error;
	struct stat st;

	if (fstat(fileno(file), &st) || st.st_size > MAX_JSON) {
		msg_error("%s: not the run.json of a run", path);
		return -EINVAL;
	}
	run->json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
	if (run->json)
		return 0;
	msg_error("%s:%d:%d: %s", path, error.line, error.column, error.text);
	return -EINVAL;
}

static int load_json(struct run_files *run)
{
	char path[PATH_MAX], why[REGULAR_WHY];
	int fd = regular_open(path_of(run, RUN_FILE_RUN, path), why), err;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		err = fd < 0 ? fd : -errno;
		msg_error("cannot read %s: %s; give NAME of the files bench/NAME.*, or DIR/NAME",
			  path, fd < 0 ? why : strerror(errno));
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = parse_json(run, path, file);
	fclose(file);
	return err;
}

/* Of which format is it, and is it as the run wrote it? Older runs can't tell. */
static int check_identity(struct run_files *run)
{
	const json_t *format = member(run, NULL, "format");
	int err;

	if (!format && !member(run, NULL, "files") && !member(run, NULL, "crc32"))
		return 0;
	err = get_u64(run, NULL, "format", &run->format);
	if (err)
		return err;
	if (!identity_is_sealed(run->json))
		msg_error("%s.run.json " CHANGED, run->prefix);
	else if (!run->format || run->format > RUN_FORMAT)
		msg_error("%s.run.json is of format %" PRIu64 ", known are those up to %d: use the "
			  "vpipe-trace that wrote it, or a later one",
			  run->prefix, run->format, RUN_FORMAT);
	else
		return 0;
	return -EINVAL;
}

/* Is @file as the run wrote it? */
static int check_file(const struct run_files *run, enum run_file file, char path[PATH_MAX])
{
	int err;

	path_of(run, file, path);
	if (!run->format)
		return 0;
	if (!identity_lists(run->json, file)) {
		msg_error("%s.run.json lists no %s: the run has not written one", run->prefix,
			  run_file_suffix(file));
		return -ENOENT;
	}
	err = identity_check(run->json, file, path);
	if (err == -ESTALE)
		msg_error("%s " CHANGED, path);
	/* what can't be read is said by who reads it */
	return err == -ESTALE ? -EINVAL : 0;
}

/* The object that has the counters of a kind. */
static const char *object_of(int kind)
{
	return kind == VPIPE_LOSS ? "losses" : kind == VPIPE_FATE ? "not_recorded" : "beside";
}

/* A cause that the run's version did not count yet is 0. */
static int get_counts(struct run_files *run)
{
	int err = get_u64(run, "frames", "started", &run->counted[VPIPE_COUNT_STARTED]);

	if (!err)
		err = get_u64(run, "frames", "recorded", &run->counted[VPIPE_COUNT_RECORDED]);
#define X(cause, kind, text)                                        \
	if (!err && member(run, object_of(VPIPE_##kind), #cause))   \
		err = get_u64(run, object_of(VPIPE_##kind), #cause, \
			      &run->counted[VPIPE_LOSS_##cause]);
	VPIPE_LOSSES(X)
#undef X
	if (!err)
		err = get_u64(run, "losses", "missed_events", &run->counts.missed_events);
	if (!err)
		err = get_u64(run, "losses", "rows_not_received", &run->counts.row_mismatch);
	if (!err)
		err = get_bool(run, "frames", "balanced", &run->counts.balanced);
	run->counts.counts = run->counted;
	return err;
}

/* What is missing must be what has been counted, by whatever name. */
static int get_complete(struct run_files *run)
{
	bool lost = !run->counts.balanced;
	int err = get_bool(run, NULL, "complete", &run->complete);
	const char *cause;
	json_t *count;

	json_object_foreach(json_object_get(run->json, "losses"), cause, count) lost |=
		json_integer_value(count) != 0;
	if (err)
		return err;
	if (run->complete == lost) {
		msg_error("%s.run.json: complete is %s, but the losses say otherwise: it has been "
			  "changed",
			  run->prefix, lost ? "true" : "false");
		return -EINVAL;
	}
	table_describe_losses(&run->counts, run->missing, sizeof(run->missing));
	if (lost && !*run->missing)
		snprintf(run->missing, sizeof(run->missing), "see losses in run.json");
	return 0;
}

static int get_head(struct run_files *run)
{
	struct table_head *head = &run->head;
	const json_t *command = json_array_get(member(run, "command", "argv"), 0);
	int err = 0;

	run->no_frames = json_is_null(member(run, "frames", "rows"));
	if (!run->no_frames)
		err = get_u64(run, "frames", "rows", &run->rows);
	if (!err)
		err = get_u64(run, NULL, "start_ns", &run->start_ns);
	if (!err)
		err = get_u64(run, NULL, "end_ns", &run->end_ns);
	if (!err && run->end_ns < run->start_ns)
		err = bad_json(run, NULL, "end_ns", "behind start_ns");
	if (!err)
		err = get_text(run, "options", "source", &head->source);
	if (!err)
		err = get_text(run, "options", "vpipe", &head->vpipe);
	if (!err)
		err = get_text(run, "options", "transport", &head->transport);
	if (!err)
		err = get_text(run, "options", "algo", &head->algo);
	if (!err && member(run, "options", "cache")) /* a later option */
		err = get_text(run, "options", "cache", &head->cache);
	if (!err)
		err = get_text(run, "machine", "release", &head->kernel);
	head->is_text = true;
	head->frames = run->no_frames ? run->counted[VPIPE_COUNT_RECORDED] : run->rows;
	head->ns = run->end_ns - run->start_ns;
	head->command = json_string_value(command);
	return err;
}

static int get_counters(struct run_files *run)
{
	bool supported = false;
	int err = get_bool(run, "hardware_counters", "supported", &supported);

	if (!err && !supported)
		err = get_text(run, "hardware_counters", "why", &run->no_counters);
	return err;
}

int run_files_open(struct run_files *run, const char *name)
{
	const char *base = strrchr(name, '/');
	int err;

	memset(run, 0, sizeof(*run));
	base = base ? base + 1 : name;
	if (!*base || *base == '.' || strlen(name) > PATH_MAX - 32) {
		msg_error("'%.40s' does not name a run: give NAME or DIR/NAME", name);
		return -EINVAL;
	}
	if (asprintf(&run->prefix, "%s%s", base == name ? "bench/" : "", name) < 0) {
		run->prefix = NULL;
		msg_errno(ENOMEM, NULL, "cannot read the run %s", name);
		return -ENOMEM;
	}
	err = load_json(run);
	if (!err)
		err = check_identity(run);
	if (!err)
		err = get_counts(run);
	if (!err)
		err = get_complete(run);
	if (!err)
		err = get_head(run);
	if (!err)
		err = get_counters(run);
	return err;
}

void run_files_close(struct run_files *run)
{
	json_decref(run->json);
	free(run->prefix);
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

/*
 * A number, or an empty cell. What is calculated of them has signs, and JSON numbers
 * have; a larger one than these is none that was measured: 292 years.
 */
static int get_number(struct csv_reader *csv, int column, uint64_t *value)
{
	int got = csv_reader_u64(csv, column, value);

	if (got == 1 && *value > INT64_MAX)
		return csv_reader_fail(csv, column, "%" PRIu64 " is more than there can be",
				       *value);
	return got;
}

/* A number that must be there. */
static int must_u64(struct csv_reader *csv, int column, uint64_t *value)
{
	int got = get_number(csv, column, value);

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

/* Rows in whatever order; those of stages that this version doesn't know are left alone. */
static int summary_rows(struct csv_reader *csv, struct latency latencies[VPIPE_N_HISTS])
{
	int columns[S_COLUMNS];
	unsigned int seen = 0;
	int got, err = find_columns(csv, summary_columns, columns, S_COLUMNS);

	while (!err && (got = csv_reader_next(csv))) {
		err = got < 0 ? got : 0;
		for (unsigned int which = 0; !err && which < VPIPE_N_HISTS; which++) {
			if (strcmp(csv_reader_text(csv, columns[S_STAGE]),
				   results_hist_name(which)))
				continue;
			if (seen & 1U << which)
				err = csv_reader_fail(csv, columns[S_STAGE], "is there twice");
			else
				err = summary_row(csv, columns, &latencies[which]);
			seen |= 1U << which;
		}
	}
	for (unsigned int which = 0; !err && which < VPIPE_N_HISTS; which++) {
		if (!(seen & 1U << which))
			err = csv_reader_fail(csv, -1, "the file ends without a row for %s",
					      results_hist_name(which));
	}
	return err;
}

static int read_summary(const struct run_files *run, struct latency latencies[VPIPE_N_HISTS])
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = check_file(run, RUN_FILE_SUMMARY, path);

	if (!err)
		err = csv_reader_open(&csv, path);
	if (err)
		return err;
	memset(latencies, 0, VPIPE_N_HISTS * sizeof(latencies[0]));
	err = summary_rows(csv, latencies);
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
	got = get_number(csv, columns[H_UPPER], &upper);
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

static int hist_rows(struct csv_reader *csv, struct vpipe_hist hists[VPIPE_N_HISTS])
{
	int columns[H_COLUMNS];
	int got, err = find_columns(csv, hist_columns, columns, H_COLUMNS);

	while (!err && (got = csv_reader_next(csv))) {
		err = got < 0 ? got : 0;
		for (unsigned int which = 0; !err && which < VPIPE_N_HISTS; which++) {
			if (!strcmp(csv_reader_text(csv, columns[H_STAGE]),
				    results_hist_name(which)))
				err = hist_row(csv, columns, &hists[which]);
		}
	}
	return err;
}

/* Of an old run it may be missing: *@there. */
static int read_hists(const struct run_files *run, struct vpipe_hist hists[VPIPE_N_HISTS],
		      bool *there)
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = check_file(run, RUN_FILE_HIST, path);

	*there = run->format || !access(path, F_OK);
	if (err || !*there)
		return err;
	err = csv_reader_open(&csv, path);
	if (err)
		return err;
	err = hist_rows(csv, hists);
	csv_reader_close(csv);
	return err;
}

/* Columns of frames.csv, in the order in which they are looked for. */
enum {
	F_FRAME,
	F_CTX,
	F_SEQ,
	F_SRC_SEQ,
	F_FLAGS,
	F_START,
	F_E2E,
	F_RUNQ,
	F_COUNTERS,
	F_STAGES = F_COUNTERS + 4,
	F_COSTS = F_STAGES + VPIPE_N_STAGES,
	F_COLUMNS = F_COSTS + N_COSTS,
	/* not in the files of older versions */
	F_SEQUENCE = F_COLUMNS,
	F_MINOR,
	F_ALL_COLUMNS,
};

static const char *const frames_columns[F_COLUMNS] = {"frame",
						      "ctx",
						      "seq",
						      "src_seq",
						      "flags",
						      "start_ns",
						      "e2e_ns",
						      "runq_ns",
						      "cycles",
						      "instructions",
						      "cache_references",
						      "cache_misses",
#define X(name, ...) #name "_ns",
						      VPIPE_STAGES(X) VPIPE_COSTS(X)
#undef X
};

static int row_numbers(struct csv_reader *csv, const int *columns, struct run_row *row)
{
	uint64_t *const numbers[] = {
		[F_FRAME] = &row->frame,     [F_CTX] = &row->ctx,     [F_SEQ] = &row->seq,
		[F_SRC_SEQ] = &row->src_seq, [F_FLAGS] = &row->flags, [F_START] = &row->start_ns,
		[F_E2E] = &row->e2e_ns,
	};
	int err = 0;

	for (int i = 0; !err && i <= F_E2E; i++)
		err = must_u64(csv, columns[i], numbers[i]);
	for (int cost = 0; !err && cost < N_COSTS; cost++)
		err = must_u64(csv, columns[F_COSTS + cost], &row->costs[cost]);
	return err;
}

/* Cells that may be empty. */
static int row_unknowns(struct csv_reader *csv, const int *columns, struct run_row *row)
{
	uint64_t value;
	int got = 0;

	row->known = 0;
	row->has_sequence = false;
	for (int stage = 0; got >= 0 && stage < VPIPE_N_STAGES; stage++) {
		got = get_number(csv, columns[F_STAGES + stage], &row->stages[stage]);
		row->known |= got == 1 ? 1U << stage : 0;
	}
	if (got >= 0)
		got = csv_reader_u64(csv, columns[F_RUNQ], &value);
	row->has_account = got == 1;
	if (got >= 0 && columns[F_SEQUENCE] >= 0 && columns[F_MINOR] >= 0) {
		got = get_number(csv, columns[F_SEQUENCE], &row->source_sequence);
		row->has_sequence = got == 1;
		if (got == 1)
			got = must_u64(csv, columns[F_MINOR], &row->source_minor);
	}
	row->has_counters = false;
	for (int i = 0; got >= 0 && i < 4; i++) {
		got = csv_reader_u64(csv, columns[F_COUNTERS + i], &value);
		row->has_counters |= got == 1;
	}
	return got < 0 ? got : 0;
}

/* The sum of @n numbers that get_number() takes; or part of it, if that is too large to be one. */
static uint64_t add_up(const uint64_t *numbers, int n)
{
	uint64_t sum = 0;

	for (int i = 0; i < n && sum <= INT64_MAX; i++)
		sum += numbers[i];
	return sum;
}

/* What holds in every row of every run. */
static int check_row(struct csv_reader *csv, const int *columns, const struct run_files *run,
		     const struct run_row *row, uint64_t number)
{
	uint64_t stages = add_up(row->stages, VPIPE_N_STAGES), costs = add_up(row->costs, N_COSTS);

	if (row->frame != number)
		return csv_reader_fail(csv, columns[F_FRAME],
				       "%" PRIu64 " where %" PRIu64 " comes next: rows are missing",
				       row->frame, number);
	if (stages != row->e2e_ns || costs != row->e2e_ns)
		return csv_reader_fail(csv, columns[F_E2E],
				       "%" PRIu64 " is not the sum of the %s, %" PRIu64,
				       row->e2e_ns, stages != row->e2e_ns ? "stages" : "costs",
				       stages != row->e2e_ns ? stages : costs);
	if (row->start_ns + row->e2e_ns < run->start_ns || row->start_ns > run->end_ns)
		return csv_reader_fail(csv, columns[F_START],
				       "is not in the time of %s.run.json: they are of different "
				       "runs",
				       run->prefix);
	return 0;
}

/* The histograms once more. */
static void count_row(struct vpipe_hist hists[VPIPE_N_HISTS], const struct run_row *row)
{
	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		if (row->known & 1U << stage)
			hist_count(&hists[stage], row->stages[stage]);
	}
	hist_count(&hists[VPIPE_HIST_E2E], row->e2e_ns);
}

static int frames_rows(struct csv_reader *csv, const struct run_files *run,
		       struct vpipe_hist hists[VPIPE_N_HISTS],
		       void (*each)(void *arg, const struct run_row *row), void *arg)
{
	int columns[F_ALL_COLUMNS];
	struct run_row row;
	uint64_t rows = 0, total_ns = 0;
	int got, err = find_columns(csv, frames_columns, columns, F_COLUMNS);

	if (!err)
		err = csv_reader_optional(csv, "source_sequence", &columns[F_SEQUENCE]);
	if (!err)
		err = csv_reader_optional(csv, "source_minor", &columns[F_MINOR]);

	while (!err && (got = csv_reader_next(csv))) {
		err = got < 0 ? got : row_numbers(csv, columns, &row);
		if (!err)
			err = row_unknowns(csv, columns, &row);
		if (!err)
			err = check_row(csv, columns, run, &row, rows);
		if (!err && (total_ns += row.e2e_ns) > INT64_MAX)
			err = csv_reader_fail(csv, columns[F_E2E],
					      "all frames together took more than there can be");
		if (!err && rows++ == run->rows)
			break; /* more than there should be */
		if (!err) {
			count_row(hists, &row);
			each(arg, &row);
		}
	}
	if (!err && rows != run->rows)
		err = csv_reader_fail(csv, -1,
				      "%s %" PRIu64 " rows, but %s.run.json has %" PRIu64
				      ": they are of different runs",
				      rows > run->rows ? "more than" : "ends after",
				      rows > run->rows ? run->rows : rows, run->prefix, run->rows);
	return err;
}

static int read_frames(const struct run_files *run, struct vpipe_hist hists[VPIPE_N_HISTS],
		       void (*each)(void *arg, const struct run_row *row), void *arg)
{
	char path[PATH_MAX];
	struct csv_reader *csv;
	int err = check_file(run, RUN_FILE_FRAMES, path);

	if (!err)
		err = csv_reader_open(&csv, path);
	if (err)
		return err;
	err = frames_rows(csv, run, hists, each, arg);
	csv_reader_close(csv);
	return err;
}

int run_files_read(const struct run_files *run, struct latency latencies[VPIPE_N_HISTS],
		   void (*each)(void *arg, const struct run_row *row), void *arg)
{
	struct vpipe_hist *hists = calloc(2 * VPIPE_N_HISTS, sizeof(*hists));
	struct vpipe_hist *rows = run->no_frames || !hists ? NULL : hists + VPIPE_N_HISTS;
	bool has_hists = false;
	int err = hists ? read_summary(run, latencies) : -ENOMEM;

	if (!hists)
		msg_errno(ENOMEM, NULL, "cannot read the run %s", run->prefix);
	if (!err)
		err = run_check_counts(run, latencies);
	if (!err)
		err = read_hists(run, hists, &has_hists);
	if (!err && rows)
		err = read_frames(run, rows, each, arg);
	if (!err)
		err = run_check_numbers(run, latencies, has_hists ? hists : NULL, rows);
	free(hists);
	return err;
}
