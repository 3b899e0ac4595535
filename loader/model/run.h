/* SPDX-License-Identifier: MIT */
/*
 * run.h - a run: what was traced, and what was found
 *
 * Filled while it is traced, or from its files; whoever shows it sees no difference.
 */
#ifndef VPIPE_MODEL_RUN_H
#define VPIPE_MODEL_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "loader/model/frame.h"
#include "loader/model/gaps.h"
#include "loader/model/latency.h"
#include "loader/model/losses.h"
#include "loader/model/path.h"
#include "loader/model/thread.h"
#include "loader/model/video.h"
#include "loader/model/worst.h"

/** What was run and where. Strings are bytes; if is_text, they are text (lib/text.h). */
struct run_facts {
	const char *source; /**< path of the source's node, NULL: none */
	const char *vpipe; /**< path of the mem2mem node */
	const struct video_facts *videos; /**< the nodes that were recorded, of whatever driver */
	unsigned int n_videos; /**< 0: it was our own */
	const char *transport; /**< NULL where a COMMAND decided */
	const char *algo;
	unsigned int threshold;
	const char *cache; /**< of cache_names[] */
	uint64_t frames; /**< asked for; 0: a COMMAND decided */
	char *const *command; /**< what was traced, NULL-terminated; NULL: recorded, or read back */
	const char *program; /**< the first of it; NULL: recorded */
	const char *kernel; /**< its release */
	const char *version; /**< of the vpipe-trace that traced it; NULL: this one */
	bool is_text;
	unsigned int size[2]; /**< width and height asked for; 0: a COMMAND decided */
	uint64_t fps; /**< asked for */
	uint64_t duration_ns; /**< limit; 0: none */
	uint64_t
		deadline_ns; /**< frames that take longer are counted; 0: there is none (deadline.h) */
	bool deadline_asked; /**< somebody has said it: it is not the frame period */
	unsigned int n_counters; /**< that are read at the stage boundaries */
	const char *counters[VPIPE_MAX_COUNTERS]; /**< their names */
	const char *no_counters; /**< why hardware counters are missing; NULL: they are not */
	struct trace_config config; /**< what the programs were to do */
	bool cycles; /**< they send what becomes of the buffers of devices */
	/** Only the last records are its rows, those around a slow frame; above_ns 0: all are. */
	struct run_flight {
		uint64_t above_ns; /**< a frame that took longer ended it */
		uint64_t keep_ns; /**< what was to stay before that */
		uint64_t since_ns; /**< when tracing really began */
		uint64_t cut; /**< records that were to stay, but for the room */
	} flight;
	uint64_t start_realtime_ns; /**< CLOCK_REALTIME when tracing began */
	uint64_t start_boottime_ns; /**< CLOCK_BOOTTIME of the same moment; 0: not known */
	uint64_t start_ns; /**< and CLOCK_MONOTONIC */
	uint64_t end_ns;
	int status; /**< wait status of the command */
	struct rusage usage; /**< of the command and the children it waited for */
};

struct run {
	struct run_facts facts;
	const struct path *path;
	struct counts counts;
	uint64_t rows; /**< frames that were added */
	uint64_t over; /**< of these, beyond facts.deadline_ns; but for the warm-up */
	uint64_t warmup_rows; /**< of these, left out of all figures of time: facts.config.warmup */
	/** Of a run whose histograms are of the rows, see run_is_of_rows(). */
	struct run_records {
		uint64_t came; /**< of all devices: rows of a chain have several, or share them */
		uint64_t let_go; /**< that came, too, but were not kept: facts.flight */
		uint64_t counted; /**< frames in the programs' own histograms */
	} records;
	uint64_t spans; /**< of its timeline */
	/** Of one that is the sum of others (merge.h). It has no rows, and no time of its own. */
	struct run_merged {
		uint64_t runs; /**< so many; 0: it is none */
		bool has_costs; /**< the costs of all of them are known */
		bool has_missing; /**< it is known how many frames never came ... */
		uint64_t missing; /**< ... in all of them */
	} merged;
	bool complete; /**< nothing was lost */
	struct latency latencies[MAX_STAGES + EXTRA_HISTS];
	struct latency costs[MAX_COSTS]; /**< of the rows */
	uint64_t waits[N_WAITS]; /**< sums over the rows, ns */
	struct vpipe_hist *hists; /**< path_n_hists() of them */
	struct vpipe_hist *cost_hists; /**< one a cost */
	struct worst worst; /**< the longest of the rows */
	struct thread *threads;
	unsigned int n_threads;
	struct latency counters[MAX_STAGES][VPIPE_MAX_COUNTERS]; /**< by stage, in its unit */
	struct device_sums *devices; /**< whose cycles come, if facts.cycles */
	unsigned int n_devices;
	struct gaps *gaps; /**< what feeds them; NULL: the run is read back, or has none */
};

/** Begin a run on @path: nothing is known of it. Returns 0 or -ENOMEM; run_free() in any case. */
int run_init(struct run *run, const struct path *path);

/** Before any frame: keep the longest @n of them. Returns 0 or -ENOMEM. */
int run_keep_worst(struct run *run, unsigned int n);

/**
 * Are its histograms those of its rows, and not of all that the programs have counted? They are if it
 * is a chain, or has the last rows only.
 */
bool run_is_of_rows(const struct run *run);

/** Free what it holds. */
void run_free(struct run *run);

/** A frame came, which gets the next number: its costs go into the sums, but for the warm-up's. */
void run_add_frame(struct run *run, struct frame *frame);

/**
 * Cycles of @n devices will come, whose nodes have the paths @nodes, which stay the caller's. @drop is
 * called for each frame that is missing or failed. Returns 0 or -ENOMEM.
 */
int run_add_devices(struct run *run, const char *const nodes[], unsigned int n,
		    void (*drop)(void *arg, const struct drop *drop), void *arg);

/**
 * A cycle came of one of the devices, which gets its times: it goes into the sums, and each drop that
 * it shows is called back.
 */
void run_add_cycle(struct run *run, struct cycle *cycle);

/** No cycle will come that belongs before those that came, see gaps_add(). Of runs without devices, nothing. */
void run_settle_cycles(struct run *run);

/** A drop of one of the devices that no cycle shows, but a chain. */
void run_add_drop(struct run *run, const struct drop *drop);

/** Records of cycles were lost between those that were and will be added. */
void run_lose_cycles(struct run *run);

/** One more thread, all zero, to be filled; NULL: no memory. Valid until the next one. */
struct thread *run_add_thread(struct run *run);

/** The end-to-end time and the stages are there: shares of the one that the others have. */
void run_share_stages(struct run *run);

/** All frames are there: the figures of the costs, and their shares of the rows' time. */
void run_sum_costs(struct run *run);

/** Histograms and rows are there, as far as they came: the figures of stages, costs and devices. */
void run_sum(struct run *run);

/** Counts, histograms and rows are there: the figures of the stages, and what is missing. */
void run_finish(struct run *run);

/**
 * Is every frame that started accounted for: recorded, and then in a row, or counted
 * under what became of it?
 */
bool run_adds_up(const struct run *run);

/** Are its costs known? Of histograms alone they are not, but for those of merged runs. */
bool run_has_costs(const struct run *run);

/**
 * Is the time of @cost known in any frame? It is not where all stages that are charged to it are
 * unknown. What is copied is measured beside the stages: where nothing was, it is none.
 */
bool run_knows_cost(const struct run *run, unsigned int cost);

/** Why a sum of runs does not know what it would know if all of them did. */
#define RUN_NOT_ALL "not all of the runs that it is the sum of know it"

/** Why nothing is known of it that only rows tell; NULL: it has rows. */
const char *run_why_no_rows(const struct run *run);

/**
 * Is @cost of the same stages in both, which are on one path; or, for n_costs, the end-to-end time? What
 * was not copied is no stage less: see run_knows_cost().
 */
bool run_has_stages_of(const struct run *run, const struct run *other, unsigned int cost);

/** How many frames it shows: rows, or those in the histograms where there are none. */
uint64_t run_frames(const struct run *run);

#endif /* VPIPE_MODEL_RUN_H */
