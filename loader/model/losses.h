/* SPDX-License-Identifier: MIT */
/*
 * losses.h - what became of the frames that are not in a run's rows, and what is missing
 */
#ifndef VPIPE_MODEL_LOSSES_H
#define VPIPE_MODEL_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

enum loss_kind {
	LOSS, /**< data are missing */
	FATE, /**< how a frame ended, seen whole */
	NOTE, /**< what passed beside the traced frames */
};

/** What is counted, by enum vpipe_loss. */
struct loss {
	const char *name; /**< in run.json: "ring_full" */
	enum loss_kind kind;
	const char *text; /**< behind a number: "frame rows lost: ring buffer full (--ring-size)" */
};

#define MISSED_EVENTS_TEXT "events missed by the BPF programs"
#define NOT_RECEIVED_TEXT  "rows sent but not received"

extern const struct loss losses[VPIPE_N_LOSSES];

/** What was counted in a run. */
struct counts {
	uint64_t of[VPIPE_N_COUNTS]; /**< by enum vpipe_loss and those behind it */
	uint64_t missed_events; /**< that the programs did not get */
	uint64_t row_mismatch; /**< rows that were sent but not received */
	bool balanced; /**< started frames = recorded + each way of ending otherwise */
};

/**
 * Has every frame that started ended in one way, and do the histograms, with @in_hist
 * frames, have all that were seen whole, but for the warm-up?
 */
bool counts_balanced(const uint64_t of[VPIPE_N_COUNTS], uint64_t in_hist);

/** How much was lost of what the programs count: the LOSSes. */
uint64_t counts_lost(const uint64_t of[VPIPE_N_COUNTS]);

/** Is nothing missing? */
bool counts_complete(const struct counts *counts);

/**
 * All that may be missing, one at a time from @i = 0 on: how much of it, and its @text. False:
 * there is no such one.
 */
bool counts_missing(const struct counts *counts, unsigned int i, uint64_t *count,
		    const char **text);

/** What is missing, in a line: "3 frame rows lost: ring buffer full; ..."; "": nothing. */
void counts_describe(const struct counts *counts, char *text, size_t size);

#endif /* VPIPE_MODEL_LOSSES_H */
