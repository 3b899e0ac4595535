// SPDX-License-Identifier: MIT
/* splits.c - see splits.h */
#include <stdio.h>

#include "bpf/probes/vpipe.h"
#include "tests/fuzz/hands.h"
#include "tests/fuzz/splits.h"

/* What libFuzzer takes for coverage: what a stage is charged with, or that it is unknown. */
__attribute__((
	section("__libfuzzer_extra_counters"))) static uint8_t seen[VPIPE_N_STAGES][2][2][2][2];

/* A stage, and who carried the frame through it. */
struct part {
	unsigned int stage;
	unsigned int event; /* that told of it ... */
	unsigned int hand; /* ... fired by */
	uint64_t from, to;
	uint64_t since; /* from here on the hand must remember what it did */
	bool known; /* or it must not be known */
};

static struct part part_of(const struct vpipe_frame *frame, const struct model_frame *model,
			   unsigned int stage)
{
	struct part part = {.stage = stage, .from = frame->ns[stage], .to = frame->ns[stage + 1]};

	part.since = part.from;
	if (stage == VPIPE_STAGE_submit) {
		part.event = model->submitted;
		part.known = hand_tid(hand_of(part.event)) == (uint32_t)model->submit[4];
	} else if (stage == VPIPE_STAGE_pickup) {
		part.event = model->picked;
		part.known = frame->asked_ns;
	} else {
		part.event = model->ran;
		part.known = true;
		/* where that is lost in a job, it is for the rest of it */
		if (stage > VPIPE_STAGE_queue)
			part.since = frame->ns[VPIPE_POINT_RUN];
	}
	part.hand = hand_of(part.event);
	part.known &= hand_is_traced(part.hand);
	return part;
}

/* A thread has 64 marks, and leaves 3 of them whenever it wakes, 4 when it was moved. */
static bool is_forgotten(const struct part *part)
{
	return hand_woke(part->hand, part->since, part->event) >= VPIPE_MARKS / 4;
}

/* The thread that is to pick a frame up may have waited for a CPU before it could ask for it. */
static struct vpipe_account account_of(const struct vpipe_frame *frame, const struct part *part)
{
	uint64_t asked = part->stage == VPIPE_STAGE_pickup ? frame->asked_ns : 0;
	struct vpipe_account account;

	if (asked <= part->from)
		return hand_account(part->hand, part->from, part->to);
	account = hand_account(part->hand, asked, part->to);
	if (frame->dwell_runq_ns || !is_forgotten(part))
		account.runq_ns += hand_account(part->hand, part->from, asked).runq_ns;
	return account;
}

static bool is_charged(const struct vpipe_frame *frame, const struct part *part,
		       const struct vpipe_account *account)
{
	const struct vpipe_split *split = &frame->splits[part->stage];

	if (frame->unknown >> part->stage & 1)
		return !part->known || is_forgotten(part);
	return part->known && split->runq_ns == account->runq_ns &&
	       split->blocked_ns == account->blocked_ns;
}

static void check_part(const struct vpipe_frame *frame, const struct part *part,
		       const struct vpipe_account *account, char *wrong, size_t size)
{
	const struct vpipe_split *split = &frame->splits[part->stage];

	if (!wrong[0] && !is_charged(frame, part, account))
		snprintf(wrong, size,
			 "frame %u, stage %u, %lu to %lu: %s, runq %llu, blocked %llu; "
			 "unknown: %#x, runq %llu, blocked %llu",
			 frame->src_seq, part->stage, part->from, part->to,
			 part->known ? "known" : "unknown", account->runq_ns, account->blocked_ns,
			 frame->unknown, split->runq_ns, split->blocked_ns);
}

void splits_check(const struct vpipe_frame *frame, const struct model_frame *model, char *wrong,
		  size_t size)
{
	const struct vpipe_switches *is = &frame->switches;
	struct vpipe_switches switches = {0};
	bool all = true;

	for (unsigned int stage = VPIPE_STAGE_submit; stage < VPIPE_N_STAGES; stage++) {
		const struct part part = part_of(frame, model, stage);
		const struct vpipe_account account = account_of(frame, &part);
		bool is_queuer = hand_tid(part.hand) == (uint32_t)model->submit[4];

		check_part(frame, &part, &account, wrong, size);
		switches.nvcsw += account.switches.nvcsw;
		switches.wakeups += account.switches.wakeups;
		all &= part.known && !is_forgotten(&part);
		seen[stage][account.runq_ns > 0][account.blocked_ns > 0]
		    [frame->unknown >> stage & 1][is_queuer] = 1;
	}
	if (!wrong[0] && all && (is->nvcsw != switches.nvcsw || is->wakeups != switches.wakeups))
		snprintf(wrong, size, "frame %u: %u switches, %u wakeups; is: %u, %u",
			 frame->src_seq, switches.nvcsw, switches.wakeups, is->nvcsw, is->wakeups);
}
