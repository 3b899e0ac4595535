/* SPDX-License-Identifier: MIT */
/*
 * path.h - the way of a frame: points in time, the stages between them, what those cost
 *
 * A path is data: a table in loader/paths/ for each kind of device, or what a run.json says of the
 * run that it describes. Nothing that works on frames knows how many stages there are.
 */
#ifndef VPIPE_MODEL_PATH_H
#define VPIPE_MODEL_PATH_H

#include <stdbool.h>

#include "bpf/abi.h"

#define MAX_STAGES 31 /* a bit each in an unsigned int */
#define MAX_COSTS  31

/** What time is charged to. */
struct cost {
	const char *name; /**< as a person reads it: "buffer queueing" */
	const char *column; /**< of frames.csv: "queueing_ns" */
};

/** What more than its begin and end the record of a frame has of a stage. */
enum stage_extra {
	STAGE_PLAIN,
	STAGE_OF_SOURCE, /**< it waits for the reader of the source: struct vpipe_frame_source */
	STAGE_OF_READER, /**< it waits for the reader of the result */
	STAGE_WITH_COPY, /**< the application's own copy is a part of it */
	STAGE_OF_DEVICE, /**< the driver's own copy is, at its end: struct vpipe_cycle */
	STAGE_OF_QUEUE, /**< why it waited there is known: waits.h */
	STAGE_HANDOFF, /**< no record has it: from one device to the next, by a rule (chain.h) */
	STAGE_OF_JOB, /**< which OUTPUT buffer is its job's is known by a rule (isp.h) */
};

/** A stage: the time from a point to the next one. Costs are indexes in the path's. */
struct stage {
	const char *name;
	const char *charged_to; /**< in a few words, as tables have it */
	const char *carrier; /**< which thread has the frame in this time */
	unsigned char running; /**< cost of the time in which its carrier is on a CPU */
	unsigned char asleep; /**< and in which it sleeps; when it waits for a CPU: jitter */
	bool in_queue; /**< that of the device: waiting there is buffer queueing */
	bool may_dwell; /**< the frame may be done and not asked for, which is buffer queueing */
	bool counted; /**< counters are read at its begin and end */
	enum stage_extra extra;
};

struct path {
	const char *name;
	unsigned int n_stages; /**< at most MAX_STAGES */
	const struct stage *stages;
	/** n_stages + 1 of them; stage N is from point N to point N + 1. */
	const struct point {
		const char *name;
		const char *text; /**< what happens there: "device_run starts" */
	} * points;
	unsigned int n_costs; /**< at most MAX_COSTS */
	const struct cost *costs;
	unsigned int charges; /**< a bit for each cost that a frame can have */
	/**
	 * It is through queues of any driver that uses videobuf2, or onto a display: each frame has the
	 * cycle of its buffer. Where it begins and where it ends may differ from frame to frame.
	 */
	bool cycles;
};

/** Are frames on both divided into the same stages and costs? */
bool path_is_same(const struct path *a, const struct path *b);

/** May a frame have that @cost? */
bool path_charges(const struct path *path, unsigned int cost);

/** Beside the stages, a run has histograms of the whole frame, and of waits for a CPU. */
#define EXTRA_HISTS 2

/** How many histograms there are: first those of the stages. */
unsigned int path_n_hists(const struct path *path);

/** Which of them is that of the end-to-end time, and which that of the run-queue waits. */
unsigned int path_e2e(const struct path *path);
unsigned int path_runq(const struct path *path);

/** Name of histogram @which: that of a stage, "e2e" or "runq". */
const char *path_hist_name(const struct path *path, unsigned int which);

/** The one with @name; path_n_hists(): none has it. */
unsigned int path_find_hist(const struct path *path, const char *name);

/** What the name of a cost's histogram begins with, which merged runs have: "cost.copies". */
#define PATH_COST_HIST "cost."

/** What it is charged to, in a few words; "" for e2e. */
const char *path_hist_charged_to(const struct path *path, unsigned int which);

/** The stage in which a frame is in the device's queue; n_stages: there is none. */
unsigned int path_queue(const struct path *path);

/**
 * Is it a way through several devices, with hand-offs, or several nodes? Then rows have several records;
 * a frame may skip some of the devices.
 */
bool path_is_chain(const struct path *path);

/** Is it known by a rule what @stage begins with? */
bool stage_has_rule(const struct stage *stage);

/** The first stage that has @extra; n_stages: there is none. */
unsigned int path_find(const struct path *path, enum stage_extra extra);

/** A bit for each stage in which counters are read. */
unsigned int path_counted(const struct path *path);

#endif /* VPIPE_MODEL_PATH_H */
