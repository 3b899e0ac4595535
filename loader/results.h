/* SPDX-License-Identifier: MIT */
/*
 * results.h - what a run found: its numbers, its files, its table
 */
#ifndef VPIPE_RESULTS_H
#define VPIPE_RESULTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "bpf/abi.h"
#include "loader/model/costs.h"
#include "loader/model/latency.h"
#include "loader/runs/staging.h"
#include "loader/sinks/table.h"
#include "loader/trace/trace.h"
#include "lib/csv.h"

/** What was run and where: the head of RUN.run.json. */
struct run_facts {
	const char *source; /**< path of the source's node, NULL: none */
	const char *vpipe; /**< path of the mem2mem node */
	const char *transport; /**< NULL where a COMMAND decided */
	const char *algo;
	unsigned int threshold;
	const char *cache;
	uint64_t frames; /**< asked for; 0: a COMMAND decided */
	char *const *command; /**< what was traced, NULL-terminated */
	unsigned int size[2]; /**< width and height asked for; 0: a COMMAND decided */
	uint64_t fps; /**< asked for */
	uint64_t duration_ns; /**< limit; 0: none */
	struct counters counters; /**< read at the stage boundaries */
	uint64_t ring_bytes;
	bool no_frames; /**< histograms only: no rows, no costs */
	uint64_t start_realtime_ns; /**< CLOCK_REALTIME when tracing began */
	uint64_t start_ns; /**< CLOCK_MONOTONIC of the same moment */
	uint64_t end_ns;
	int status; /**< wait status of the command */
	struct rusage usage; /**< of the command and the children it waited for */
};

struct results {
	struct run_facts facts;
	struct vpipe_hist hists[VPIPE_N_HISTS];
	struct latency latencies[VPIPE_N_HISTS];
	struct vpipe_hist cost_hists[N_COSTS]; /**< of the rows */
	struct latency costs[N_COSTS];
	uint64_t counts[VPIPE_N_COUNTS];
	uint64_t missed_events;
	uint64_t rows; /**< written to frames.csv */
	uint64_t row_mismatch; /**< recorded by the programs, but not received */
	bool balanced; /**< started frames = recorded + each way of being lost; all are in the histograms */
	bool complete; /**< nothing was lost */
};

/** Names of the histograms: the stages, "e2e", "runq". */
const char *results_hist_name(unsigned int which);

/** What a stage is charged to; "" for e2e. */
const char *results_hist_cause(unsigned int which);

/**
 * Has every frame that started ended in one way, and do the histograms, with @in_hist
 * frames, have all that were seen whole?
 */
bool counts_balanced(const uint64_t counts[VPIPE_N_COUNTS], uint64_t in_hist);

/** What became of the frames, for a table. */
struct table_counts results_counts(const struct results *results);

/** Fill everything but the facts and the rows from the detached @trace. Returns 0 or -errno. */
int results_read(struct results *results, struct trace *trace);

/**
 * Is every frame that started accounted for: recorded, and then in a row, or counted
 * under what became of it?
 */
bool results_add_up(const struct results *results);

/** Start frames.csv at @path. Returns 0 or -errno. */
int frames_csv_create(struct csv **out, const char *path);

/** Append @frame as row number @row. */
void frames_csv_row(struct csv *csv, uint64_t row, const struct vpipe_frame *frame,
		    const uint64_t costs[N_COSTS], const struct counters *counters);

/** A frame came: its row in @frames, its costs in the sums. */
void results_add_frame(struct results *results, struct csv *frames,
		       const struct vpipe_frame *frame);

/** Write hist.csv, summary.csv, sched.csv, run.json. Returns 0 or -errno, having said why. */
int results_write(const struct results *results, struct trace *trace, struct staging *staging);

/** The table, on stdout, and what was lost. */
void results_print(const struct results *results, const struct staging *staging);

#endif /* VPIPE_RESULTS_H */
