/* SPDX-License-Identifier: MIT */
/*
 * record.h - what the programs send of a frame, as numbers that can be relied on
 *
 * Stages that were not seen have no time, those whose carrier was not traced no account.
 */
#ifndef VPIPE_MODEL_RECORD_H
#define VPIPE_MODEL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/model/path.h"

/** First point of @frame that was seen: the beginning of its end-to-end time, ns. */
uint64_t record_start(const struct path *path, const struct vpipe_frame *frame);

/** Last point of @frame that was seen: the end of it, ns. */
uint64_t record_end(const struct path *path, const struct vpipe_frame *frame);

/** Was @frame seen at both ends of @stage? */
bool record_knows(const struct vpipe_frame *frame, unsigned int stage);

/** How long the driver copied @frame, a part of @stage, ns; 0: not known, or it is no such stage. */
uint64_t record_device_copy(const struct path *path, const struct vpipe_frame *frame,
			    unsigned int stage);

/** Time in @stage, ns; 0 if it was not seen. */
uint64_t record_stage(const struct vpipe_frame *frame, unsigned int stage);

/** When the application asked for the frame that waits for it in @stage, ns; 0: not known. */
uint64_t record_asked(const struct path *path, const struct vpipe_frame *frame, unsigned int stage);

/**
 * The part of @stage in which the buffer was done and the application had not asked for it, ns.
 * 0 where a frame cannot dwell.
 */
uint64_t record_dwell(const struct path *path, const struct vpipe_frame *frame, unsigned int stage);

/** How the reader that @stage waits for came back from its sleep; NULL: it is no such stage. */
const struct vpipe_wake *record_wake(const struct path *path, const struct vpipe_frame *frame,
				     unsigned int stage);

/**
 * Who carried @frame in @stage, and on which CPU at its end, which may be VPIPE_CPU_UNKNOWN. tid 0:
 * nobody that is known.
 */
struct vpipe_carrier record_carrier(const struct path *path, const struct vpipe_frame *frame,
				    unsigned int stage);

/** Is it known which source buffer @frame is made from? */
bool record_has_source(const struct path *path, const struct vpipe_frame *frame);

/** Is it known how long the application copied @frame, which is source.copy_ns? */
bool record_knows_copy(const struct path *path, const struct vpipe_frame *frame);

/**
 * Leave out what contradicts itself: a stage whose thread waited, slept or was not asked for
 * longer than the stage lasted becomes unknown, and so does a copy longer than the hand-off that
 * it is a part of. Returns how many there were; 0 is all that should be.
 */
unsigned int record_mend(const struct path *path, struct vpipe_frame *frame);

#endif /* VPIPE_MODEL_RECORD_H */
