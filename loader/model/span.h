/* SPDX-License-Identifier: MIT */
/*
 * span.h - a time in which a traced thread did one thing: ran, waited for a CPU, or slept
 */
#ifndef VPIPE_MODEL_SPAN_H
#define VPIPE_MODEL_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

struct span {
	uint32_t tid;
	unsigned int state; /**< enum vpipe_thread_state: ONCPU, RUNQ or BLOCKED */
	uint64_t start_ns, end_ns; /**< CLOCK_MONOTONIC */
	bool has_cpu;
	uint32_t cpu; /**< has_cpu: that it ran on, waited for, or fell asleep on */
	bool has_peer;
	uint32_t peer; /**< has_peer, RUNQ only: who woke it or took its CPU; may be VPIPE_PEER_* */
	char peer_comm[VPIPE_COMM_LEN + 1]; /**< its name; "": not known */
	bool preempted; /**< RUNQ: the peer took its CPU; else it woke it */
};

#define SPAN_STATES (VPIPE_THREAD_BLOCKED + 1)

/** What files call its state: "oncpu", "runq", "blocked", as the columns of sched.csv; NULL: it is none. */
extern const char *const span_states[SPAN_STATES];

/** Make @span of the @record that the programs sent. */
void span_from_record(struct span *span, const struct vpipe_span *record);

#endif /* VPIPE_MODEL_SPAN_H */
