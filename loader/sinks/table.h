/* SPDX-License-Identifier: MIT */
/*
 * table.h - where the time went, as a person reads it
 *
 * The same on stdout whether the run has just ended or comes from its files.
 */
#ifndef VPIPE_SINKS_TABLE_H
#define VPIPE_SINKS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "loader/model/costs.h"
#include "loader/model/latency.h"

/** What was run; NULL: not known, or decided by the command. */
struct table_head {
	uint64_t frames; /**< rows */
	uint64_t ns; /**< how long it took */
	const char *source, *vpipe, *transport, *algo;
	const char *cache; /**< of cache_names[] */
	const char *command; /**< argv[0] */
	const char *kernel; /**< its release */
	bool is_text; /**< they are text (text.h); false: bytes */
};

/** What became of the frames, and what was lost. */
struct table_counts {
	const uint64_t *counts; /**< by enum vpipe_loss, VPIPE_N_COUNTS of them */
	uint64_t missed_events;
	uint64_t row_mismatch; /**< rows sent but not received */
	bool balanced;
};

/** Were caches flushed before each job? Then the stage queue has the time of that in it. */
bool table_is_flushed(const struct table_head *head);

/** The lines above the tables. */
void table_print_head(const struct table_head *head);

/** The costs, with their shares as bars. */
void table_print_costs(const struct latency costs[N_COSTS]);

/** The stages, e2e and runq. */
void table_print_stages(const struct latency latencies[VPIPE_N_HISTS]);

/** The frames that were recorded, those that were not, and every loss. */
void table_print_counts(const struct table_counts *counts);

/** What is missing, in a line: "3 frame rows lost: ring buffer full; ..."; "": nothing. */
void table_describe_losses(const struct table_counts *counts, char *text, size_t size);

/** Nanoseconds as microseconds in ten columns. */
void table_print_us(uint64_t ns);

/** At most @width columns of text (text.h), such as a file of a run has. */
void table_print_text(const char *text, unsigned int width);

/** The same of a name or an argument, which may be any bytes. */
void table_print_name(const char *bytes, unsigned int width);

/** Text in lines of 72 bytes at most behind an indent of 8, broken at spaces. */
void table_print_wrapped(const char *text);

#endif /* VPIPE_SINKS_TABLE_H */
