/* SPDX-License-Identifier: MIT */
/*
 * frame.h - one frame of a run, as its row in frames.csv has it
 *
 * Made of the record that the programs sent, or read back from the row: the same numbers. What is
 * not known is told by a bit or a flag; the number itself is 0 then.
 */
#ifndef VPIPE_MODEL_FRAME_H
#define VPIPE_MODEL_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/path.h"
#include "loader/model/waits.h"

/** Counters that have a column, of those that can be counted. */
#define COUNTER_COLUMNS 4

/** What happened in a stage. */
struct frame_stage {
	uint64_t ns;
	uint64_t runq_ns, blocked_ns; /**< of it, if accounted */
	uint64_t dwell_ns; /**< of it, if dwells */
	struct vpipe_wake wake; /**< of who it waited for; seen: 0 is not known */
	unsigned int tid; /**< of its carrier, if carried ... */
	unsigned int cpu; /**< ... and that it was on at the end, if placed */
	unsigned int
		rule; /**< enum vpipe_rule, if stage_has_rule(): by which it is known; none: it is not */
};

/** What is known of the whole frame. */
#define FRAME_HAS_ACCOUNT     (1U << 0) /**< how its carriers waited, who were traced in all stages */
#define FRAME_HAS_COPY	      (1U << 1) /**< how long the application copied */
#define FRAME_HAS_SOURCE      (1U << 2) /**< which source buffer it is made from */
#define FRAME_HAS_WAITS	      (1U << 4) /**< what it waited for in the device's queue */
#define FRAME_HAS_DEVICE_COPY (1U << 3) /**< how long the driver copied */
#define FRAME_HAS_NUMBERS     (1U << 6) /**< its sequence and its buffer */
#define FRAME_HAS_SWITCHES    (1U << 5) /**< how often its carriers left their CPU */

struct frame {
	uint64_t number; /**< of its row, from 0 on */
	unsigned int device; /**< its number in the run */
	uint64_t ctx, seq, src_seq, out_index, cap_index, algo_id, bytesused, flags;
	uint64_t start_ns, e2e_ns;
	unsigned int known; /**< a bit for each stage that was seen */
	unsigned int accounted; /**< for each whose carrier was traced */
	unsigned int carried; /**< for each whose carrier is known, which takes a timeline ... */
	unsigned int placed; /**< ... and on which CPU it was */
	unsigned int dwells; /**< for each of which it is known when the frame was asked for */
	unsigned int counted; /**< a bit for each counter column that was read in all its stages */
	unsigned int has; /**< FRAME_HAS_* */
	uint64_t runq_ns, blocked_ns; /**< ACCOUNT */
	uint64_t nvcsw, nivcsw, wakeups, migrations; /**< SWITCHES */
	uint64_t copy_ns; /**< COPY */
	uint64_t device_copy_ns; /**< DEVICE_COPY */
	uint64_t waits[N_WAITS]; /**< WAITS: parts of its stages in_queue */
	uint64_t source_sequence; /**< SOURCE: of a chain, the frame that it began with ... */
	unsigned int source_device; /**< ... and whose that is, by its number */
	uint64_t source_minor; /**< else of its video node */
	unsigned int source_rule; /**< enum vpipe_rule */
	uint64_t counters[COUNTER_COLUMNS];
	uint64_t costs[MAX_COSTS];
	struct frame_stage stages[MAX_STAGES];
};

/** The names of those counters. */
extern const char *const frame_counters[COUNTER_COLUMNS];

/** What the programs know of a link to a source, as files have it: "dmabuf". */
extern const char *const frame_rules[VPIPE_N_RULES];

/** Name of a waker that is no task ("idle", "interrupt"), or NULL. */
const char *frame_peer_kind(unsigned int tid);

/**
 * Make @frame, but for its number, of a @record that is mended. @columns: which of the record's
 * counters is in each column, -1: none.
 */
void frame_from_record(struct frame *frame, const struct path *path,
		       const struct vpipe_frame *record, const int columns[COUNTER_COLUMNS]);

/** Is it of the warm-up, which is left out of all figures of time? */
bool frame_is_warmup(const struct frame *frame);

/** Count the stages of @frame that are known, and its end-to-end time, in @hists: path_n_hists() of them. */
void frame_count(const struct frame *frame, const struct path *path, struct vpipe_hist *hists);

#endif /* VPIPE_MODEL_FRAME_H */
