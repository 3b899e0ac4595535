/* SPDX-License-Identifier: MIT */
/*
 * thread.h - a traced thread, and what the scheduler did with it
 */
#ifndef VPIPE_MODEL_THREAD_H
#define VPIPE_MODEL_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "loader/model/latency.h"

/** A traced thread. */
struct thread {
	unsigned int tid;
	unsigned int role; /**< enum vpipe_role */
	bool dead;
	char comm[VPIPE_COMM_LEN + 1];
	uint64_t began_ns; /**< the account is of the time from here ... */
	uint64_t ended_ns; /**< ... to here: its death, or the end of tracing */
	struct vpipe_account account;
	struct latency runq; /**< its waits for a CPU; read back: no more than sched.csv has */
	struct vpipe_peers wakers; /**< who woke it */
	struct vpipe_peers preemptors; /**< who took its CPU */
};

#endif /* VPIPE_MODEL_THREAD_H */
