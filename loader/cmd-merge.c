// SPDX-License-Identifier: MIT
/*
 * cmd-merge.c - vpipe-trace merge: the runs of several machines as one
 *
 * What can be added up is added up exactly, and the sum is a run, too: report, check and export take it.
 * A run that cannot be read, or is there twice, would make the sum wrong, so there is none then.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "loader/commands.h"
#include "loader/merged.h"
#include "loader/model/dropped.h"
#include "loader/model/merge.h"
#include "loader/print-json.h"
#include "loader/run-args.h"
#include "loader/runs/identity.h"
#include "loader/runs/merged-json.h"
#include "loader/runs/read.h"
#include "loader/runs/values-json.h"
#include "loader/sinks/sink.h"
#include "loader/sinks/table.h"

/* Of run.json, what is kept where all agree: a member that they do not agree in is null. */
static const char *const agreed[] = {"options", "machine", "driver"};

#define N_AGREED  (sizeof(agreed) / sizeof(agreed[0]))
#define ID_ROOM	  64
#define ROOM	  (1 << 20) /* bytes that a merged run takes, at a guess */
#define NO_VALUES "not in a merged run"

struct cmd_merge {
	struct run_args runs;
	bool json;
	const char *output; /* NULL: only to be shown */
	struct run_files first; /* its path is that of the sum */
	json_t *ids; /* of the runs that are in the sum: who has brought it */
	json_t *of; /* the same as a list, for run.json */
	json_t *said; /* what the runs agree in */
	struct merged merged;
};

static int no_memory(void)
{
	msg_errno(ENOMEM, NULL, "cannot merge the runs");
	return -ENOMEM;
}

/* A run is known by what it says, and by when it was; one that is a copy of another is the same. */
static void id_of(const json_t *run, char id[ID_ROOM])
{
	const json_t *began = json_object_get(run, "start_realtime_ns");
	char crc[9];

	identity_sum(run, crc);
	snprintf(id, ID_ROOM, "%s-%" JSON_INTEGER_FORMAT, crc, json_integer_value(began));
}

static int add_id(struct cmd_merge *cmd, const char *prefix, const char *id, json_t *name)
{
	const json_t *brought = json_object_get(cmd->ids, id);
	int err = 0;

	if (brought) {
		msg_error("%s and %s have the same run (%s): it would be counted twice",
			  json_string_value(brought), prefix, json_string_value(name) ?: prefix);
		return -EEXIST;
	}
	err |= json_object_set_new(cmd->ids, id, name_to_json(prefix));
	err |= json_array_append_new(cmd->of, json_pack("{s:O, s:s}", "run", name, "id", id));
	return err ? no_memory() : 0;
}

/* Those that it is made of, if it is the sum of others itself. */
static int add_ids(struct cmd_merge *cmd, const struct run_files *files)
{
	const json_t *of = merged_of(files->json), *item;
	json_t *name = name_to_json(files->prefix);
	char id[ID_ROOM];
	int err = 0;
	size_t i;

	id_of(files->json, id);
	if (!of)
		err = add_id(cmd, files->prefix, id, name);
	json_array_foreach(of, i, item)
	{
		const char *its = json_string_value(json_object_get(item, "id"));

		if (!err)
			err = add_id(cmd, files->prefix, its ?: id, json_object_get(item, "run"));
	}
	json_decref(name);
	return err;
}

static void agree(json_t *said, const json_t *run)
{
	for (size_t i = 0; i < N_AGREED; i++) {
		json_t *of = json_object_get(said, agreed[i]), *value;
		const json_t *its = json_object_get(run, agreed[i]);
		const char *key;

		json_object_foreach(of, key, value)
		{
			if (!json_equal(value, json_object_get(its, key)))
				json_object_set_new(of, key, json_null());
		}
	}
}

static int begin(struct cmd_merge *cmd)
{
	cmd->ids = json_object();
	cmd->of = json_array();
	cmd->said = json_object();
	for (size_t i = 0; i < N_AGREED; i++)
		json_object_set_new(cmd->said, agreed[i],
				    json_deep_copy(json_object_get(cmd->first.json, agreed[i])));
	cmd->merged.rows = calloc(cmd->runs.n, sizeof(cmd->merged.rows[0]));
	if (run_init(&cmd->merged.sum, cmd->first.run.path) || !cmd->ids || !cmd->of ||
	    !cmd->said || !cmd->merged.rows)
		return no_memory();
	return 0;
}

static int add_run(struct cmd_merge *cmd, const struct run_files *files, struct dropped *dropped)
{
	struct merged_row row = merged_row_of(files->prefix, &files->run);
	int err;

	dropped_finish(dropped);
	row.has_missing = !dropped_why(dropped, &files->run);
	row.missing = dropped_missing(dropped, &files->run);
	row.incomplete = files->run.complete ? NULL : strdup(files->missing);
	row.name = strdup(files->prefix);
	cmd->merged.rows[cmd->merged.n++] = row;
	if (!row.name || (!files->run.complete && !row.incomplete))
		return no_memory();
	err = add_ids(cmd, files);
	if (err)
		return err;
	agree(cmd->said, files->json);
	err = merge_run(&cmd->merged.sum, &files->run, row.has_missing, row.missing);
	if (err == -E2BIG)
		msg_error("with %s there are devices of more than %d names: merge runs of the same "
			  "devices",
			  files->prefix, VPIPE_MAX_DEVICES);
	else if (err)
		no_memory();
	return err;
}

static int check_run(const struct cmd_merge *cmd, const struct run_files *files)
{
	const char *why = merge_refuses(cmd->first.run.path, &files->run);

	if (!why)
		return run_files_have_hists(files, "sum of it");
	msg_error("%s (%s) can't be merged with %s (%s): %s", files->prefix, files->run.path->name,
		  cmd->first.prefix, cmd->first.run.path->name, why);
	return -EINVAL;
}

static int read_run(struct cmd_merge *cmd, struct run_files *files)
{
	struct dropped *dropped = calloc(1, sizeof(*dropped));
	int err = dropped ? 0 : no_memory();

	if (!err)
		err = run_files_read(files,
				     &(struct run_listener){.frame = dropped_add, .arg = dropped});
	if (!err && !cmd->ids)
		err = begin(cmd);
	if (!err)
		err = check_run(cmd, files);
	if (!err)
		err = add_run(cmd, files, dropped);
	free(dropped);
	return err;
}

/* All of them are read, so that all that is wrong is said. */
static int read_all(struct cmd_merge *cmd)
{
	int err =
		run_files_open(&cmd->first, cmd->runs.all[0].prefix) ?: read_run(cmd, &cmd->first);

	for (size_t i = 1; i < cmd->runs.n && (!err || cmd->ids); i++) {
		struct run_files files;
		int its = run_files_open(&files, cmd->runs.all[i].prefix);

		if (!its)
			its = read_run(cmd, &files);
		run_files_close(&files);
		err = err ?: its;
	}
	if (!err)
		merge_finish(&cmd->merged.sum);
	return err;
}

/* What this machine, and this moment, has nothing to do with. */
static int complete_said(struct cmd_merge *cmd)
{
	static const char *const times[] = {"start_ns", "end_ns", "start_boottime_ns"};
	json_t *options = json_object_get(cmd->said, "options");
	int err = 0;

	if (json_object_get(options, "timeline"))
		err |= json_object_set_new(options, "timeline", json_false());
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		err |= json_object_set_new(cmd->said, times[i], json_null());
	err |= json_object_set_new(cmd->said, "merged",
				   merged_to_json(&cmd->merged.sum, json_incref(cmd->of)));
	return err ? no_memory() : 0;
}

static int write_run(struct cmd_merge *cmd)
{
	static const struct sink *const list[] = {&sink_hist_csv, &sink_summary_csv,
						  &sink_causes_csv, &sink_run_json, NULL};
	struct sink_place place = {.said = cmd->said};
	struct sinks *sinks;
	int err = complete_said(cmd);

	cmd->merged.sum.facts.no_counters = NO_VALUES;
	if (!err)
		err = staging_open(&place.staging, cmd->output, ROOM);
	if (!err)
		err = sinks_open(&sinks, list, &cmd->merged.sum, &place)
			      ?: sinks_finish(sinks, &cmd->merged.sum)
			      ?: staging_commit(place.staging);
	if (!err && !cmd->json)
		table_print_files(place.staging);
	staging_close(place.staging);
	return err;
}

enum {
	OPT_JSON = 256,
};

static const struct argp_option argp_options[] = {
	{"output", 'o', "NAME", 0, "write the sum as a run: bench/NAME.*, or DIR/NAME", 0},
	{"json", OPT_JSON, NULL, 0, "the same for programs; times in ns", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cmd_merge *cmd = state->input;

	switch (key) {
	case OPT_JSON:
		cmd->json = true;
		return 0;
	case 'o':
		if (!*arg)
			args_fail("the run needs a name");
		args_no_stdout("--output", arg, "the files of a run");
		cmd->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		run_args_add(&cmd->runs, arg);
		return 0;
	case ARGP_KEY_END:
		run_args_check_any(&cmd->runs);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.args_doc = "RUN...",
	.doc = "The runs of several machines as one: their histograms added up bucket by bucket, "
	       "their costs, frames, drops and losses, each run in a row and all together. Reads "
	       "the files of runs on the same path, each NAME for bench/NAME.*, or DIR/NAME; a sum "
	       "can be merged with others."
	       "\vEXAMPLES\n"
	       "  vpipe-trace merge boards/a/run boards/b/run\n"
	       "  vpipe-trace merge boards/*/run.run.json -o fleet\n"
	       "  vpipe-trace report fleet               where the time of all of them went\n"
	       "  vpipe-trace check fleet 'e2e.p99<50ms' 'lost==0'\n"
	       "  vpipe-trace export fleet --metrics -o fleet.prom\n"
	       "  vpipe-trace merge --json boards/*/run.run.json | jq '.all.e2e.p99_ns'\n"
	       "\n"
	       "FIELDS\n"
	       "  frames   that the times are of\n"
	       "  missing  frames that never came; -: it is not known how many\n"
	       "  lost     data that are missing: then a run is incomplete, and so is the sum\n"
	       "\n"
	       "Percentiles of all are those of the added histograms, as exact as those of a\n"
	       "run: a bucket is 1/64 wide at most. Totals are exact to the nanosecond.\n"
	       "-o writes run.json, hist.csv, summary.csv and causes.csv. What is of one run\n"
	       "alone is not in it: rows, threads, buffers, when a frame was. So diff does not\n"
	       "take it. docs/fleet.md says more.\n"
	       "\n"
	       "Exit status: 0 good, 1 a file is missing, damaged or changed, a run is there\n"
	       "twice, or the runs are of different paths, 2 usage, 3 a run is incomplete:\n"
	       "what was lost is said.",
};

static void close_all(struct cmd_merge *cmd)
{
	for (size_t i = 0; i < cmd->merged.n; i++) {
		free((char *)(uintptr_t)cmd->merged.rows[i].name);
		free(cmd->merged.rows[i].incomplete);
	}
	free(cmd->merged.rows);
	merge_free(&cmd->merged.sum);
	json_decref(cmd->ids);
	json_decref(cmd->of);
	json_decref(cmd->said);
	run_files_close(&cmd->first);
	run_args_free(&cmd->runs);
}

int cmd_merge(int argc, char **argv)
{
	static struct cmd_merge cmd;
	int status = EXIT_FAILED;

	args_run(&argp, argc, argv, &cmd);
	if (!read_all(&cmd)) {
		status = EXIT_GOOD;
		if (cmd.json)
			status = print_json(merged_print_json(&cmd.merged), "the sum");
		else
			merged_print(&cmd.merged);
		if (cmd.output && write_run(&cmd))
			status = EXIT_FAILED;
	}
	if (status == EXIT_GOOD && !cmd.merged.sum.complete) {
		status = EXIT_INCOMPLETE;
		msg_warning("the sum is incomplete: so are runs in it");
	}
	close_all(&cmd);
	return status;
}
