/* SPDX-License-Identifier: MIT */
/*
 * read.h - the files of a run, read back
 *
 * Nothing is taken on trust: a file that is cut off, has been edited, or belongs
 * to another run than its neighbours is an error, by its identity (identity.h) if
 * the run has one, by what it holds (check.h) in any case. Functions return 0 or -errno
 * and have said why on stderr. Memory does not grow with the length of the run.
 */
#ifndef VPIPE_RUNS_READ_H
#define VPIPE_RUNS_READ_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "bpf/abi.h"
#include "loader/model/costs.h"
#include "loader/model/latency.h"
#include "loader/sinks/table.h"

/** RUN.run.json. Strings live as long as the run; NULL: null there. */
struct run_files {
	char *prefix; /**< DIR/NAME */
	json_t *json; /**< the whole of it */
	struct table_head head;
	struct table_counts counts; /**< points to @counted */
	uint64_t counted[VPIPE_N_COUNTS];
	uint64_t format; /**< 0: older than that is counted; its files have no identity */
	bool complete; /**< nothing was lost */
	char missing[512]; /**< what was, in a line */
	bool no_frames; /**< histograms only: there is no frames.csv */
	uint64_t rows; /**< of frames.csv */
	uint64_t start_ns; /**< CLOCK_MONOTONIC of the traced time ... */
	uint64_t end_ns; /**< ... and of its end */
	const char *no_counters; /**< why hardware counters are missing; NULL: they are not */
};

/** A row of RUN.frames.csv. */
struct run_row {
	uint64_t frame, ctx, seq, src_seq, flags;
	uint64_t start_ns, e2e_ns;
	uint64_t stages[VPIPE_N_STAGES]; /**< 0 where unknown */
	uint64_t costs[N_COSTS];
	uint64_t source_sequence, source_minor; /**< of the source's own buffer; if has_sequence */
	unsigned int known; /**< a bit for each stage that is */
	bool has_sequence;
	bool has_account; /**< its carriers were traced in all stages */
	bool has_counters; /**< any hardware counter was read */
};

/** Read run.json of the run @name: "NAME" for bench/NAME, or a path "DIR/NAME". */
int run_files_open(struct run_files *run, const char *name);

/**
 * Read summary.csv, hist.csv and frames.csv, and hold them against each other: the stages,
 * e2e and runq go to @latencies; @each is called for every row, in order, if there are
 * rows. What was read is worth nothing if this fails.
 */
int run_files_read(const struct run_files *run, struct latency latencies[VPIPE_N_HISTS],
		   void (*each)(void *arg, const struct run_row *row), void *arg);

/** Free what run_files_open() got, also if that failed half-way. */
void run_files_close(struct run_files *run);

#endif /* VPIPE_RUNS_READ_H */
