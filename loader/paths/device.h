/* SPDX-License-Identifier: MIT */
/*
 * device.h - what the kinds of devices of any driver have in common
 */
#ifndef VPIPE_PATHS_DEVICE_H
#define VPIPE_PATHS_DEVICE_H

#include "loader/paths/kind.h"
#include "loader/paths/table.h"

/** The last rows of each table: from a buffer that is done to the thread that has it. */
#define READER_STAGES(X)                                                                           \
	X(wake, DONE, "buffer done (vb2)", transport, switches, OF_READER, UNCOUNTED, "reader",    \
	  "queueing, switches")                                                                    \
	X(react, BACK, "reader knows of it", application, application, PLAIN, UNCOUNTED, "reader", \
	  "application")                                                                           \
	X(lock, ENTER, "DQBUF enters", transport, queue_lock, PLAIN, UNCOUNTED, "reader",          \
	  "queue lock")                                                                            \
	X(pickup, LOCKED, "DQBUF has the queue's lock", transport, queue_lock, PLAIN, UNCOUNTED,   \
	  "reader", "transport")

/** The path that is called @its_name, of STAGES(X) and what table.h has made of it. */
#define DEVICE_PATH(its_name)                                                                     \
	{                                                                                         \
		.name = its_name, .n_stages = N_ROWS, .stages = stages, .points = points,         \
		.n_costs = N_COSTS, .costs = costs, .charges = CHARGES_OF_ALL STAGES(CHARGE_ROW), \
		.cycles = true,                                                                   \
	}

/** The programs that follow frames through queues of vb2. */
extern const struct trace_program device_programs[];

/** Those that follow frames where a driver does without it. */
extern const struct trace_program novb2_programs[];

/** The nodes that a @request names. Returns 0 or -errno, having said why. */
int device_find_nodes(const struct request *request, struct nodes *nodes);

#endif /* VPIPE_PATHS_DEVICE_H */
