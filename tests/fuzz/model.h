/* SPDX-License-Identifier: MIT */
/*
 * model.h - what bpf/probes/vpipe.bpf.c should do with events, said a second time
 *
 * Frames are copied about in plain arrays; nothing is shared with the programs
 * but the names of what is counted.
 */
#ifndef VPIPE_TESTS_FUZZ_MODEL_H
#define VPIPE_TESTS_FUZZ_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

enum model_kind {
	MODEL_SUBMIT,
	MODEL_RUNNER,
	MODEL_JOB,
	MODEL_PICKUP,
	MODEL_STREAMOFF,
	MODEL_CLOSE,
	MODEL_KINDS,
};

#define MODEL_ARGS 11 /* of the event that has most */

/** A frame is what its events said. */
struct model_frame {
	bool used;
	unsigned int submitted, ran, picked; /**< the numbers of its events, from 0 */
	uint64_t submit[MODEL_ARGS], job[MODEL_ARGS], pickup[MODEL_ARGS];
};

struct model_context {
	uint32_t id; /**< 0: not used */
	struct model_frame out[VPIPE_MAX_BUFFERS], cap[VPIPE_MAX_BUFFERS];
};

#define MODEL_ENDED 256

struct model {
	bool only_clients;
	struct model_context contexts[VPIPE_MAX_CONTEXTS];
	/** By enum vpipe_loss; what the ring had no room for is among the recorded. */
	uint64_t counts[VPIPE_N_COUNTS];
	struct model_frame ended[MODEL_ENDED]; /**< those that are to be recorded, in order */
	unsigned int n_ended;
	unsigned int n_events;
	unsigned int last; /**< what the last event counted last, plus 1; 0: nothing */
};

/** An event happens. */
void model_event(struct model *model, enum model_kind kind, const uint64_t *args);

/** Frames that are on their way. */
uint64_t model_in_flight(const struct model *model);

#endif /* VPIPE_TESTS_FUZZ_MODEL_H */
