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

#include "loader/sinks/sink.h"

/** The table at the end of a run, and where its files are: terminal.c. */
extern const struct sink sink_table;

/** Were caches flushed before each job? Then the stage queue has the time of that in it. */
bool table_is_flushed(const struct run_facts *facts);

/** The answer in a sentence or two: the largest cost; of devices, what never came, and whose fault. */
void table_print_verdict(const struct run *run);

/** What came of each device, and what did not; nothing for runs of our own node. */
void table_print_devices(const struct run *run);

/** What has to be known before the numbers are read, each behind a newline: a warm-up left out. */
void table_print_notes(const struct run *run);

/** The lines above the tables. */
void table_print_head(const struct run *run);

/** The costs, with their shares as bars. */
void table_print_costs(const struct run *run);

/** The stages, e2e and runq. */
void table_print_stages(const struct run *run);

/** The frames that were recorded, those that were not, and every loss. */
void table_print_counts(const struct counts *counts);

/** At most @width columns of what a run was: text of its files; of one that has just ended, bytes. */
void table_print_fact(const struct run_facts *facts, const char *fact, unsigned int width);

/** Nanoseconds as microseconds in ten columns. */
void table_print_us(uint64_t ns);

/** At most @width columns of text (text.h), such as a file of a run has. */
void table_print_text(const char *text, unsigned int width);

/** The same, and spaces up to there. */
void table_print_column(const char *text, unsigned int width);

/** As table_print_text(), of a name or an argument, which may be any bytes. */
void table_print_name(const char *bytes, unsigned int width);

/** Text in lines of 72 bytes at most behind an indent of 8, broken at spaces. */
void table_print_wrapped(const char *text);

#endif /* VPIPE_SINKS_TABLE_H */
