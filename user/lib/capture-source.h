/* SPDX-License-Identifier: MIT */
/*
 * capture-source.h - programs that capture from a source alone: what a pipeline is compared with
 *
 * The env of their struct tool is a struct capture_source.
 */
#ifndef VPIPE_CAPTURE_SOURCE_H
#define VPIPE_CAPTURE_SOURCE_H

#include "user/lib/capture.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/source.h"

struct capture_source {
	struct options_rows rows;
	const char *video; /**< as the user names it */
	char path[CAPTURE_PATH];
	struct source_config config;
	struct source source;
	struct source_frame frame; /**< the last one */
};

/** One before the command line is read; frames come by @how, rows go to @file. */
#define CAPTURE_SOURCE_DEFAULTS(how, file)                                \
	{                                                                 \
		.rows = OPTIONS_ROWS_DEFAULTS(file), .video = VIVID_NAME, \
		.config = {.setup = OPTIONS_VIDEO_DEFAULTS, .io = (how)}, \
	}

/** Key of --device. */
#define CAPTURE_SOURCE_DEVICE 'd'

/** --device; a program has the tables of rows and video as well. */
extern const struct argp_option capture_source_table[];

/** For struct tool. */
bool capture_source_set(void *env, int key, const char *text);
int capture_source_run(void *env);

/** For --help: what is left out, to be ended by the name of the file; and what is in the rows. */
#define CAPTURE_SOURCE_DEFAULTS_DOC                                                           \
	"VIDEO is a path, or how the name of the node in sysfs begins (vivid). What is left " \
	"out is found, or has its default; the file is "
#define CAPTURE_SOURCE_ROWS_DOC                                                                  \
	"Columns: sequence and timestamp_ns are the driver's; enter_ns and leave_ns are taken "  \
	"around the call that got the frame; copies is how often it was copied on its way to "   \
	"the program; latency_ns counts from the timestamp; qbuf_* is about the QBUF that gave " \
	"the driver the frame's buffer; nvcsw, nivcsw and minflt are the context switches and "  \
	"page faults since the row before. What is not known is empty.\n\n" CAPTURE_EXIT_DOC

#endif /* VPIPE_CAPTURE_SOURCE_H */
