// SPDX-License-Identifier: MIT
/* read.c - which run it is: run.json, and whose the other files are; see read.h */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/runs/identity.h"
#include "loader/runs/names.h"
#include "loader/paths/vpipe.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/merged-json.h"
#include "loader/runs/path-json.h"
#include "loader/runs/read.h"
#include "lib/args.h"
#include "lib/msg.h"
#include "lib/regular.h"

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

	if (fstat(fileno(file), &st) || st.st_size > RUN_JSON_MAX) {
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
		msg_error("cannot read %s: %s; vpipe-trace list says which runs there are", path,
			  fd < 0 ? why : strerror(errno));
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

int run_files_path(const struct run_files *files, enum run_file file, char path[PATH_MAX])
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

int run_files_spare(const struct run_files *files, const char *name)
{
	char path[PATH_MAX];
	struct stat its, st;

	if (stat(name, &st))
		return 0;
	for (enum run_file file = 0; file < RUN_N_FILES; file++) {
		path_of(files, file, path);
		if (stat(path, &its) || its.st_dev != st.st_dev || its.st_ino != st.st_ino)
			continue;
		msg_error("%s is a file of the run itself: write to another one", name);
		return -EINVAL;
	}
	return 0;
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

/* Of which others it is the sum, if it is one. */
static int get_merged(struct run_files *files)
{
	const json_t *merged = member(files, NULL, "merged");
	const char *what;

	if (merged && merged_from_json(&files->run, merged, &what))
		return bad_json(files, "merged", what, "that of merged runs");
	return 0;
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

/* A cause that the run's version did not count yet is 0. */
static int get_counts(struct run_files *files)
{
	struct counts *counts = &files->run.counts;
	int err = get_u64(files, "frames", "started", &counts->of[VPIPE_COUNT_STARTED]);

	if (!err)
		err = get_u64(files, "frames", "recorded", &counts->of[VPIPE_COUNT_RECORDED]);
	for (unsigned int i = 0; !err && i < VPIPE_N_LOSSES; i++) {
		const char *object = loss_object(losses[i].kind);

		if (member(files, object, losses[i].name))
			err = get_u64(files, object, losses[i].name, &counts->of[i]);
	}
	if (!err)
		err = get_u64(files, loss_object(LOSS), losses[LOSS_missed_events].name,
			      &counts->missed_events);
	if (!err)
		err = get_u64(files, loss_object(LOSS), losses[LOSS_rows_not_received].name,
			      &counts->row_mismatch);
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

	json_object_foreach(json_object_get(files->json, loss_object(LOSS)), cause, count) lost |=
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

/* What it left out of its figures, if anything. */
static int get_warmup(struct run_files *files)
{
	uint64_t asked = 0;
	int err;

	if (!member(files, NULL, "warmup"))
		return 0;
	err = get_u64(files, "warmup", "asked", &asked);
	if (!err)
		err = get_u64(files, "warmup", "frames", &files->run.counts.of[VPIPE_COUNT_WARMUP]);
	if (!err && !files->run.facts.config.no_frames)
		err = get_u64(files, "warmup", "rows", &files->warmup_rows);
	if (!err && (!asked || asked > ARGS_MAX_FRAMES))
		err = bad_json(files, "warmup", "asked", "a number of frames");
	if (!err && files->warmup_rows > files->rows)
		err = bad_json(files, "warmup", "rows", "a part of frames.rows");
	files->run.facts.config.warmup = (unsigned int)asked;
	return err;
}

/* By when its frames should have been at their end, if that is known. */
static int get_deadline(struct run_files *files)
{
	struct run_facts *facts = &files->run.facts;
	int err;

	if (!member(files, NULL, "deadline"))
		return 0;
	err = get_u64(files, "deadline", "ns", &facts->deadline_ns);
	if (!err)
		err = get_bool(files, "deadline", "asked", &facts->deadline_asked);
	if (!err)
		err = get_u64(files, "deadline", "over", &files->over);
	return err;
}

/* Whether they are only the last ones. */
static int get_flight(struct run_files *files)
{
	struct run_flight *flight = &files->run.facts.flight;
	int err;

	if (!member(files, NULL, "flight"))
		return 0;
	err = get_u64(files, "flight", "above_ns", &flight->above_ns);
	if (!err)
		err = get_u64(files, "flight", "keep_ns", &flight->keep_ns);
	if (!err)
		err = get_u64(files, "flight", "since_ns", &flight->since_ns);
	if (!err)
		err = get_u64(files, "flight", "let_go", &files->run.records.let_go);
	if (!err)
		err = get_u64(files, "flight", "cut", &flight->cut);
	if (!err && (!flight->above_ns || flight->since_ns > files->run.facts.start_ns))
		err = bad_json(files, NULL, "flight", "that of a run");
	return err;
}

/* Its rows, and the time that they are of. */
static int get_extent(struct run_files *files)
{
	struct run_facts *facts = &files->run.facts;
	int err = 0;

	facts->config.timeline = json_is_true(member(files, "options", "timeline"));
	facts->config.no_frames = json_is_null(member(files, "frames", "rows"));
	if (!facts->config.no_frames)
		err = get_u64(files, "frames", "rows", &files->rows);
	if (files->run.merged.runs && !err && !facts->config.no_frames)
		err = bad_json(files, "frames", "rows", "null, though the run is a merged one");
	if (!err && path_is_chain(files->run.path))
		err = get_u64(files, "frames", "records", &files->run.records.came);
	/* of machines whose clocks have nothing to do with each other */
	if (!err && !files->run.merged.runs)
		err = get_u64(files, NULL, "start_ns", &facts->start_ns)
			      ?: get_u64(files, NULL, "end_ns", &facts->end_ns);
	if (!err && facts->end_ns < facts->start_ns)
		err = bad_json(files, NULL, "end_ns", "behind start_ns");
	facts->start_realtime_ns =
		(uint64_t)json_integer_value(member(files, NULL, "start_realtime_ns"));
	facts->start_boottime_ns = /* later than that, and not always known */
		(uint64_t)json_integer_value(member(files, NULL, "start_boottime_ns"));
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
	facts->version = json_string_value(member(files, NULL, "vpipe_trace"));
	facts->fps = (uint64_t)json_integer_value(member(files, "options", "fps"));
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

/* Which run it is, and that it can be one. */
static int find_run(struct run_files *files, const char *name)
{
	char why[NAMES_WHY];
	const char *base;
	bool is_file;
	int err = names_find(name, &files->prefix, &is_file, why);

	if (err) {
		msg_error("%s", why);
		return err;
	}
	base = strrchr(files->prefix, '/') + 1;
	if (!*base || *base == '.' || strlen(files->prefix) > PATH_MAX - 32) {
		msg_error("'%.40s' does not name a run: give NAME or DIR/NAME", name);
		return -EINVAL;
	}
	return 0;
}

int run_files_open(struct run_files *files, const char *name)
{
	int err;

	memset(files, 0, sizeof(*files));
	err = find_run(files, name);
	if (!err)
		err = load_json(files);
	if (!err)
		err = check_identity(files);
	if (!err)
		err = get_path(files);
	if (!err)
		err = get_merged(files) ?: get_devices(files);
	if (!err)
		err = get_counts(files);
	if (!err)
		err = get_complete(files);
	if (!err)
		err = get_extent(files);
	if (!err)
		err = get_warmup(files) ?: get_deadline(files) ?: get_flight(files);
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
