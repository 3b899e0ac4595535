// SPDX-License-Identifier: MIT
/* run-json.c - RUN.run.json: what was run and where, on which path, and every loss */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "lib/text.h"
#include "loader/runs/identity.h"
#include "loader/runs/devices-json.h"
#include "loader/runs/path-json.h"
#include "loader/runs/scope-json.h"
#include "loader/sinks/sink.h"

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

static json_t *json_counts(const struct run *run, enum loss_kind kind)
{
	json_t *counts = json_object();

	for (unsigned int i = 0; i < N_LOSSES; i++) {
		if (losses[i].kind == kind)
			json_object_set_new(counts, losses[i].name,
					    json_integer((json_int_t)counts_at(&run->counts, i)));
	}
	return counts;
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

static json_t *json_frames(const struct run *run)
{
	json_t *asked =
		run->facts.frames ? json_integer((json_int_t)run->facts.frames) : json_null();

	return json_pack(
		"{s:o, s:I, s:I, s:o*, s:o, s:b}", "asked", asked, "started",
		(json_int_t)run->counts.of[VPIPE_COUNT_STARTED], "recorded",
		(json_int_t)run->counts.of[VPIPE_COUNT_RECORDED], "records",
		path_is_chain(run->path) ? json_integer((json_int_t)run->records.came) : NULL,
		"rows",
		run->facts.config.no_frames ? json_null() : json_integer((json_int_t)run->rows),
		"balanced", run->counts.balanced);
}

/* 0 is what nobody asked for: null. */
static json_t *json_asked(uint64_t value)
{
	return value ? json_integer((json_int_t)value) : json_null();
}

static json_t *json_options(const struct run_facts *facts)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b}",
			 "source", json_text(facts->source), "vpipe", json_text(facts->vpipe),
			 "frames", json_asked(facts->frames), "transport",
			 json_text(facts->transport), "algo", json_text(facts->algo), "threshold",
			 facts->algo ? json_integer(facts->threshold) : json_null(), "width",
			 json_asked(facts->size[0]), "height", json_asked(facts->size[1]), "fps",
			 json_asked(facts->fps), "cache", json_text(facts->cache), "duration_ns",
			 json_asked(facts->duration_ns), "ring_bytes",
			 (json_int_t)facts->config.ring_bytes, "timeline", facts->config.timeline);
}

static json_t *json_driver(void)
{
	return json_pack("{s:o, s:o, s:o}", "version", json_file("/sys/module/vpipe/version"),
			 "srcversion", json_file("/sys/module/vpipe/srcversion"), "exec",
			 json_file("/sys/module/vpipe/parameters/exec"));
}

static json_t *json_counters(const struct run_facts *facts)
{
	json_t *names = json_array();

	for (unsigned int i = 0; i < facts->n_counters; i++)
		json_array_append_new(names, json_string(facts->counters[i]));
	return names;
}

/* null: not known */
static json_t *json_time(uint64_t ns)
{
	return ns ? json_integer((json_int_t)ns) : json_null();
}

static json_t *json_run(const struct run *run)
{
	const struct run_facts *facts = &run->facts;

	return json_pack(
		"{s:i, s:s, s:b, s:o, s:o*, s:o, s:o,"
		" s:o, s:o*, s:o*, s:o*, s:o, s:o, s:o,"
		" s:s, s:I, s:o, s:I, s:I,"
		" s:o, s:o, s:o, s:{s:b, s:o}}",
		"format", RUN_FORMAT, "vpipe_trace", VPIPE_VERSION, "complete", run->complete,
		"path", path_to_json(run->path), "devices", devices_to_json(run), "command",
		json_command(facts), "options", json_options(facts), /* what came of it: */
		"frames", json_frames(run), "warmup", warmup_to_json(run), "deadline",
		deadline_to_json(run), "flight", flight_to_json(run), loss_object(LOSS),
		json_counts(run, LOSS), loss_object(FATE), json_counts(run, FATE),
		loss_object(NOTE), json_counts(run, NOTE), "clock", "CLOCK_MONOTONIC",
		"start_realtime_ns", (json_int_t)facts->start_realtime_ns, "start_boottime_ns",
		json_time(facts->start_boottime_ns), "start_ns", (json_int_t)facts->start_ns,
		"end_ns", (json_int_t)facts->end_ns, "driver", json_driver(), "machine",
		json_machine(), "counters", json_counters(facts), "hardware_counters", "supported",
		!facts->no_counters, "why", json_text(facts->no_counters));
}

static int dump_json(const json_t *json, const char *path)
{
	FILE *file = fopen(path, "we");
	int err = 0;

	if (!file)
		return -errno;
	errno = EIO; /* for the failures that jansson does not explain */
	if (json_dumpf(json, file, JSON_INDENT(2)) || fputc('\n', file) == EOF)
		err = -errno;
	if (fclose(file) && !err)
		err = -errno;
	return err;
}

/* Those that were written. */
static int add_files(json_t *json, const struct staging *staging)
{
	const char *paths[RUN_N_FILES];

	for (enum run_file file = 0; file < RUN_N_FILES; file++)
		paths[file] = staging_path(staging, file);
	return identity_add_files(json, paths);
}

/* When all the others are there, since it says what they are. */
static int finish_json(void *state, const struct run *run, const struct sink_place *place)
{
	json_t *json = json_run(run);
	int err = json ? 0 : -ENOMEM;

	if (!err && place->said && json_object_update(json, place->said))
		err = -ENOMEM;
	if (!err)
		err = add_files(json, place->staging);
	(void)state;
	if (json && err) {
		json_decref(json);
		return err; /* it has said why */
	}
	if (!err)
		err = identity_seal(json);
	if (!err)
		err = dump_json(json, staging_path(place->staging, RUN_FILE_RUN));
	json_decref(json);
	if (err)
		msg_errno(err, NULL, "cannot write %s.%s", staging_prefix(place->staging),
			  run_file_suffix(RUN_FILE_RUN));
	return err;
}

const struct sink sink_run_json = {.finish = finish_json};
