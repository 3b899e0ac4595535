/* SPDX-License-Identifier: MIT */
/*
 * cycle.h - a buffer's way round: given to the driver, done, dequeued
 *
 * What the programs send of each buffer of whatever device. Times are ns of
 * CLOCK_MONOTONIC; 0 is a moment that was not seen.
 */
#ifndef VPIPE_MODEL_CYCLE_H
#define VPIPE_MODEL_CYCLE_H

#include <stdbool.h>
#include <stdint.h>

/** The thread that gave a buffer back to a driver which had none. */
struct holder {
	uint32_t tid; /**< 0: not known */
	uint64_t since_ns; /**< its last DQBUF of this queue; 0: not known */
	bool accounted; /**< what it did since then, until it gave the buffer back, is known */
	uint64_t runq_ns, blocked_ns; /**< of that time: waiting for a CPU, and asleep */
};

/** What a cycle and those before it in the same stream say together. */
struct cycle_times {
	bool has_fill; /**< wait_ns and fill_ns are known */
	uint64_t wait_ns; /**< from given until the driver came to it: the queue's previous done */
	uint64_t fill_ns; /**< from then until done */
	bool has_held; /**< held_ns is known */
	uint64_t held_ns; /**< how long the application had the buffer before it gave it */
};

struct cycle {
	unsigned int device; /**< number in the run's list of devices */
	uint32_t queue; /**< its id: in a mem2mem device each open file has queues of its own */
	bool is_input; /**< of a mem2mem device's OUTPUT queue: it is no frame */
	uint32_t index, sequence; /**< as in struct v4l2_buffer */
	bool error; /**< V4L2_BUF_FLAG_ERROR */
	uint32_t owned; /**< buffers the driver had left when it was done; or VPIPE_OWNED_UNKNOWN */
	uint64_t given_ns; /**< the driver got it */
	uint64_t done_ns;
	uint64_t taken_ns; /**< DQBUF; 0: never, STREAMOFF handed it back */
	uint64_t timestamp_ns; /**< v4l2_buffer.timestamp; 0: none */
	struct holder holder; /**< who gave it, only if the driver had none until then */
	struct cycle_times times; /**< run_add_cycle() fills it in */
	bool unnumbered; /**< neither index nor sequence are known: they are 0 */
	bool warmup; /**< its frame is left out of all figures of time */
	bool begins; /**< the queue was stopped since the one before */
};

struct path;
struct vpipe_frame;
struct vpipe_buffer;

/** Make @cycle, but for its times, of a @record of a frame on @path, which has cycles. */
void cycle_from_record(struct cycle *cycle, const struct path *path,
		       const struct vpipe_frame *record);

/** The same of a @buffer that is no frame. */
void cycle_from_buffer(struct cycle *cycle, const struct vpipe_buffer *buffer);

#endif /* VPIPE_MODEL_CYCLE_H */
