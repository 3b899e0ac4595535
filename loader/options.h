/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command lines of vpipe-trace run, record and top
 */
#ifndef VPIPE_LOADER_OPTIONS_H
#define VPIPE_LOADER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/paths/kind.h"
#include "loader/trace/counters.h"

struct run_options {
	const char *output; /**< NAME or DIR/NAME of the run */
	struct request request; /**< which nodes, and what the default command does */
	uint64_t stop_above_ns; /**< record: until a frame takes longer; 0: until it is ended */
	uint64_t keep_ns; /**< record: and what before that is kept */
	uint64_t duration_ns; /**< 0: until the command ends */
	struct trace_config config; /**< what the programs are to do, as far as it was said */
	struct counters counters;
	bool counters_given; /**< somebody has said which */
	bool pipeline_given; /**< an option of the pipeline, which is not for a COMMAND */
	bool no_load;
	bool as_root; /**< run: so does the command, whoever called sudo */
	bool quiet;
	bool verbose;
	uint64_t pid; /**< record, top: only this process; 0: all */
	const char *metrics; /**< record: the file that is written again and again; NULL: none */
	uint64_t interval_s; /**< record: each so many seconds; 0: it is not */
	uint64_t interval; /**< top: seconds from one look to the next */
	uint64_t
		screens; /**< top: that are printed, plain; 0: it draws on the terminal until it is ended */
	char **command; /**< NULL: the default one of the kind of device */
};

/** Read the command line of run; ends the program on a usage error. */
void run_options_parse(struct run_options *options, int argc, char **argv);

/** That of record. */
void record_options_parse(struct run_options *options, int argc, char **argv);

/** That of top. */
void top_options_parse(struct run_options *options, int argc, char **argv);

#endif /* VPIPE_LOADER_OPTIONS_H */
