/* SPDX-License-Identifier: MIT */
/*
 * capture-pipeline.h - programs that capture from a source through vpipe
 *
 * The env of their struct tool is a struct capture_pipeline.
 */
#ifndef VPIPE_CAPTURE_PIPELINE_H
#define VPIPE_CAPTURE_PIPELINE_H

#include "user/lib/capture.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/pipeline.h"

struct capture_pipeline {
	struct options_rows rows;
	const char *source; /**< as the user names them */
	const char *vpipe;
	char source_path[CAPTURE_PATH];
	char vpipe_path[CAPTURE_PATH];
	struct pipeline_config config;
	struct pipeline pipe;
	struct pipeline_frame frame; /**< the last one */
};

/** One before the command line is read; rows go to @file. */
#define CAPTURE_PIPELINE_DEFAULTS(file)                                                         \
	{                                                                                       \
		.rows = OPTIONS_ROWS_DEFAULTS(file), .source = VIVID_NAME, .vpipe = VPIPE_NAME, \
		.config = {.setup = OPTIONS_VIDEO_DEFAULTS,                                     \
			   .cv = OPTIONS_CV_DEFAULTS,                                           \
			   .transport = TRANSPORT_DMABUF},                                      \
	}

/** --source and --vpipe; a program has the tables of rows, video and cv as well. */
extern const struct argp_option capture_pipeline_table[];

/** For struct tool. */
bool capture_pipeline_set(void *env, int key, const char *text);
int capture_pipeline_run(void *env);

/** For --help: what is left out, to be ended by the name of the file; and what is in the rows. */
#define CAPTURE_PIPELINE_DEFAULTS_DOC                                               \
	"DEVICE is a path, or how the node's name in sysfs begins (vivid, vpipe). " \
	"What is left out is found, or has its default; the file is "
#define CAPTURE_PIPELINE_ROWS_DOC                                                             \
	"Turnaround, in the summary, is the time from the source's DQBUF to that of the "     \
	"result. latency_ns, in the file, counts from the source's timestamp; nvcsw, nivcsw " \
	"and minflt are the context switches and page faults since the row "                  \
	"before.\n\n" CAPTURE_EXIT_DOC

#endif /* VPIPE_CAPTURE_PIPELINE_H */
