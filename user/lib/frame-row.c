// SPDX-License-Identifier: MIT
/* frame-row.c - the CSV row of a frame that went through vpipe, see frame-row.h */
#include "lib/clock.h"
#include "user/lib/frame-row.h"

bool frame_is_monotonic(const struct v4l2_buffer *buf)
{
	return (buf->flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
}

static void source_cells(struct csv *csv, bool known, const struct pipeline_frame *frame)
{
	csv_u64(csv, frame->source.sequence);
	if (!known) {
		for (int i = 0; i < 4; i++)
			csv_empty(csv);
		return;
	}
	csv_u64(csv, frame->source.index);
	csv_u64(csv, timeval_ns(frame->source.timestamp));
	csv_u64(csv, frame->source_dqbuf.enter);
	csv_u64(csv, frame->source_dqbuf.leave);
}

void latency_cell(struct csv *csv, const struct v4l2_buffer *buf, uint64_t delivered_ns)
{
	int64_t ns;

	if (frame_is_monotonic(buf) && ns_between(timeval_ns(buf->timestamp), delivered_ns, &ns))
		csv_i64(csv, ns);
	else
		csv_empty(csv);
}

void frame_row(struct csv *csv, struct frame_row known, uint64_t number,
	       const struct pipeline_frame *frame, const struct rusage_counts *usage)
{
	csv_u64(csv, number);
	source_cells(csv, known.has_source, frame);
	csv_u64(csv, frame->output_qbuf.enter);
	csv_u64(csv, frame->output_qbuf.leave);
	csv_u64(csv, frame->output.index);
	csv_u64(csv, frame->capture.index);
	csv_u64(csv, frame->capture.sequence);
	csv_u64(csv, timeval_ns(frame->capture.timestamp));
	csv_u64(csv, frame->capture.bytesused);
	csv_u64(csv, frame->capture_dqbuf.enter);
	csv_u64(csv, frame->capture_dqbuf.leave);
	if (known.has_copy)
		csv_u64(csv, frame->copy_ns);
	else
		csv_empty(csv);
	if (known.has_source)
		latency_cell(csv, &frame->source, frame->capture_dqbuf.leave);
	else
		csv_empty(csv);
	csv_u64(csv, frame->capture.flags);
	rusage_cells(csv, usage);
}
