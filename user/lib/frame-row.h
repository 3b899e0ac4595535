/* SPDX-License-Identifier: MIT */
/*
 * frame-row.h - the CSV row of a frame that went through vpipe
 */
#ifndef VPIPE_FRAME_ROW_H
#define VPIPE_FRAME_ROW_H

#include <stdbool.h>

#include "user/lib/pipeline.h"
#include "user/lib/rusage.h"

/** The columns. */
#define FRAME_ROW_HEADER                                                                     \
	"frame,src_sequence,src_index,src_timestamp_ns,src_dqbuf_enter_ns,src_dqbuf_ns,"     \
	"qbuf_enter_ns,qbuf_ns,out_index,cap_index,cap_sequence,cap_timestamp_ns,bytesused," \
	"dqbuf_enter_ns,dqbuf_ns,copy_ns,latency_ns,flags," RUSAGE_COLUMNS

/** Which cells are known. */
struct frame_row {
	bool has_source; /**< false: a fixture; of the source only the sequence is there */
	bool has_copy; /**< the program copied it */
};

/** The cells of a row up to its last; the caller adds its own and ends it. */
void frame_row(struct csv *csv, struct frame_row known, uint64_t number,
	       const struct pipeline_frame *frame, const struct rusage_counts *usage);

/** The cell of the time from the buffer's timestamp to @delivered_ns; empty if that is unknown. */
void latency_cell(struct csv *csv, const struct v4l2_buffer *buf, uint64_t delivered_ns);

/** True if the buffer is dated by CLOCK_MONOTONIC. */
bool frame_is_monotonic(const struct v4l2_buffer *buf);

#endif /* VPIPE_FRAME_ROW_H */
