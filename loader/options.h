/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command lines of vpipe-trace run and record
 */
#ifndef VPIPE_LOADER_OPTIONS_H
#define VPIPE_LOADER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/trace/counters.h"

struct run_options {
	const char *output; /**< NAME or DIR/NAME of the run */
	const char *source; /**< node or sysfs name; NULL: vivid */
	bool no_source; /**< frames have none that is to be traced */
	const char *vpipe; /**< node or sysfs name; NULL: vpipe */
	uint64_t frames;
	const char *transport; /**< "dmabuf" or "mmap" */
	const char *algo; /**< "none" or "threshold" */
	uint64_t threshold;
	unsigned int size[2]; /**< width, height */
	uint64_t fps;
	unsigned int cache; /**< enum vpipe_cache */
	uint64_t duration_ns; /**< 0: until the command ends */
	uint64_t ring_bytes;
	struct counters counters;
	bool pipeline_given; /**< an option of the pipeline, which is not for a COMMAND */
	bool no_load;
	bool as_root; /**< run: so does the command, whoever called sudo */
	bool no_frames; /**< histograms only */
	bool quiet;
	bool verbose;
	uint64_t pid; /**< record: only this process; 0: all */
	char **command; /**< NULL: vpipe-capture-m2m */
};

/** Read the command line of run; ends the program on a usage error. */
void run_options_parse(struct run_options *options, int argc, char **argv);

/** That of record. */
void record_options_parse(struct run_options *options, int argc, char **argv);

#endif /* VPIPE_LOADER_OPTIONS_H */
