// SPDX-License-Identifier: MIT
/* cmd-export.c - vpipe-trace export: the frames of a run, for other programs */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "lib/newfile.h"
#include "loader/commands.h"
#include "loader/runs/read.h"
#include "loader/sinks/sink.h"

static const struct format {
	const char *name;
	const char *does;
	const struct sink *sink;
} formats[] = {
#define X(format, what) {.name = #format, .does = what, .sink = &sink_##format},
	SINK_FORMATS(X)
#undef X
};

#define N_FORMATS  (sizeof(formats) / sizeof(formats[0]))
#define OPT_FORMAT 256 /* and those behind it: formats[] */

struct export
{
	const char *name;
	const struct format *format;
	const char *output; /* NULL: stdout */
	struct run_files files;
	struct newfile file;
	FILE *out;
	struct sinks *sinks;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct export *export = state->input;

	if (key >= OPT_FORMAT && key < OPT_FORMAT + (int)N_FORMATS) {
		if (export->format && export->format != &formats[key - OPT_FORMAT])
			args_fail("one format, not --%s and --%s", export->format->name,
				  formats[key - OPT_FORMAT].name);
		export->format = &formats[key - OPT_FORMAT];
		return 0;
	}
	switch (key) {
	case 'o':
		if (!*arg)
			args_fail("the file needs a name");
		export->output = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (export->name)
			args_fail("one RUN, not also '%.40s'", arg);
		export->name = arg;
		return 0;
	case ARGP_KEY_END:
		if (!export->name)
			args_fail("a RUN is missing: NAME of bench/NAME.*, or DIR/NAME");
		if (!export->format)
			args_fail("a format is missing, such as --%s", formats[0].name);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static void parse_options(struct export *export, int argc, char **argv)
{
	static struct argp_option options[N_FORMATS + 2];
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "RUN",
		.doc = "Write the frames of a run, from its files, in a format that other programs "
		       "read: to stdout, or to a file. Needs no privilege, and not the machine of "
		       "the run."
		       "\vEXAMPLES\n"
		       "  vpipe-trace export run --jsonl | jq 'select(.e2e_ns > 5e6) | .frame'\n"
		       "  vpipe-trace export /tmp/mmap --jsonl -o mmap.jsonl\n"
		       "\n"
		       "FIELDS of --jsonl\n"
		       "  They are called as the columns of frames.csv; what that has of a stage "
		       "is\n"
		       "  in stages.NAME, what of a cost in costs_ns.\n"
		       "\n"
		       "Exit status: 0 good, 1 a file is missing, damaged or changed, 2 usage, 3 "
		       "the "
		       "run is\n"
		       "incomplete, as is what was written: what was lost is said.",
	};

	for (size_t i = 0; i < N_FORMATS; i++)
		options[i] = (struct argp_option){
			formats[i].name, OPT_FORMAT + (int)i, NULL, 0, formats[i].does, 0};
	options[N_FORMATS] = (struct argp_option){"output", 'o', "FILE", 0, "write to FILE", 0};
	args_run(&argp, argc, argv, export);
}

static int say_unwritten(int err, const struct export *export)
{
	if (err)
		msg_errno(err, NULL, "cannot write %s", export->output);
	return err;
}

static int open_output(struct export *export)
{
	int err = 0, fd;

	export->out = stdout;
	if (!export->output)
		return 0;
	err = newfile_open(&export->file, export->output);
	if (err)
		return say_unwritten(err, export);
	fd = dup(export->file.fd);
	export->out = fd < 0 ? NULL : fdopen(fd, "w");
	err = export->out ? 0 : -errno;
	if (err && fd >= 0)
		close(fd);
	return say_unwritten(err, export);
}

/* All is in it: put it in its place. On stdout, what went wrong is said in the end. */
static int commit_output(struct export *export)
{
	int err = 0;

	if (!export->output)
		return 0;
	errno = EIO; /* for an error before, which is not told any more */
	if (fflush(export->out) || ferror(export->out))
		err = -errno;
	if (!err)
		err = newfile_commit(&export->file);
	return say_unwritten(err, export);
}

static int open_run(struct export *export)
{
	int err = run_files_open(&export->files, export->name);

	if (!err && export->files.run.facts.config.no_frames) {
		msg_error("%s has histograms only (--no-frames): there are no frames to export",
			  export->files.prefix);
		err = -EINVAL;
	}
	return err;
}

static void on_frame(void *arg, const struct frame *frame)
{
	sinks_frame(arg, frame);
}

static int write_all(struct export *export)
{
	const struct sink *const list[] = {export->format->sink, NULL};
	struct sink_place place = {0};
	int err = open_output(export);

	place.out = export->out;
	if (!err)
		err = sinks_open(&export->sinks, list, &export->files.run, &place);
	if (err)
		return err;
	err = run_files_read(&export->files,
			     &(struct run_listener){.frame = on_frame, .arg = export->sinks});
	if (err)
		sinks_abort(export->sinks);
	else
		err = sinks_finish(export->sinks, &export->files.run);
	return err ? err : commit_output(export);
}

static void close_export(struct export *export)
{
	if (export->output) {
		if (export->out)
			fclose(export->out);
		newfile_abort(&export->file);
	}
	run_files_close(&export->files);
}

int cmd_export(int argc, char **argv)
{
	static struct export export = {.file = {.fd = -1}};
	int status = EXIT_FAILED;

	parse_options(&export, argc, argv);
	if (!open_run(&export) && !write_all(&export)) {
		status = export.files.run.complete ? EXIT_GOOD : EXIT_INCOMPLETE;
		if (status == EXIT_INCOMPLETE)
			msg_warning("%s is incomplete: %s", export.files.prefix,
				    export.files.missing);
	}
	close_export(&export);
	return status;
}
