/* SPDX-License-Identifier: MIT */
/*
 * table.h - where the time went, as a person reads it
 *
 * The same on stdout whether the run has just ended or comes from its files. No line is wider than
 * the screen (lib/screen.h).
 */
#ifndef VPIPE_SINKS_TABLE_H
#define VPIPE_SINKS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/screen.h"
#include "loader/model/part.h"
#include "loader/sinks/sink.h"

/** The table at the end of a run, and where its files are: terminal.c. */
extern const struct sink sink_table;

/** Were caches flushed before each job? Then the stage queue has the time of that in it. */
bool table_is_flushed(const struct run_facts *facts);

/**
 * All that @print prints; and if it is more than the terminal has lines, so that its beginning is gone,
 * what @again prints of it.
 */
void table_show(void (*print)(const void *arg), void (*again)(const void *arg), const void *arg);

/** The answer in a sentence or two: the largest cost; of devices, what never came, and whose fault. */
void table_print_verdict(const struct run *run);

/** What never came of each device, and whose fault that is, a sentence each: a part of the verdict. */
void table_print_missing(const struct run *run);

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

/** Which files a run has written. */
void table_print_files(const struct staging *staging);

/** The longest frames: their costs, and where in them the largest was. */
void table_print_worst(const struct run *run);

/** What becomes of @frame in that @part of a stage, in a few words. */
const char *table_part_text(const struct frame *frame, const struct path *path,
			    const struct part *part);

/** The thread @tid, with its name if the run has it. */
void table_print_thread(const struct run *run, uint32_t tid);

/**
 * At most @width columns of what a run was: text of its files; of one that has just ended, bytes.
 * Returns how many they were.
 */
unsigned int table_print_fact(const struct run_facts *facts, const char *fact, unsigned int width);

/** How long it took, in a unit that fits, right in @width columns; 0: in as many as it takes. */
void table_print_ns(uint64_t ns, unsigned int width);

/** The style of @cost of @path, the same everywhere. */
enum screen_style table_hue(const struct path *path, unsigned int cost);

/** At most @width columns of text (text.h), such as a file of a run has. */
void table_print_text(const char *text, unsigned int width);

/** The same, and spaces up to there. */
void table_print_column(const char *text, unsigned int width);

/** As table_print_text(), of a name or an argument, which may be any bytes. */
void table_print_name(const char *bytes, unsigned int width);

/** Text in lines as wide as the screen, behind an @indent, broken at spaces. */
void table_print_wrapped(const char *text, unsigned int indent);

/** The same, where the cursor is at the @indent already. */
void table_print_hanging(const char *text, unsigned int indent);

#endif /* VPIPE_SINKS_TABLE_H */
