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

/** What is counted, by enum vpipe_loss, and behind that, what the programs themselves cannot count. */
enum {
	LOSS_missed_events = VPIPE_N_LOSSES,
	LOSS_rows_not_received,
	N_LOSSES,
};

struct loss {
	const char *name; /**< in run.json: "ring_full" */
	enum loss_kind kind;
	const char *text; /**< behind a number: "frame rows lost: ring buffer full (--ring-size)" */
};

extern const struct loss losses[N_LOSSES];

/** The object of run.json that has the counts of @kind. */
const char *loss_object(enum loss_kind kind);

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

/** How much there is of a row of losses[]. */
uint64_t counts_at(const struct counts *counts, unsigned int loss);

/** How much is missing, of all the LOSSes. */
uint64_t counts_lost(const struct counts *counts);

/** Has the tracer lost frames, so that some that came are in no row? */
bool counts_lost_frames(const struct counts *counts);

/** Is nothing missing? */
bool counts_complete(const struct counts *counts);

/** What is missing, in a line: "3 frame rows lost: ring buffer full; ..."; "": nothing. */
void counts_describe(const struct counts *counts, char *text, size_t size);

#endif /* VPIPE_MODEL_LOSSES_H */
