/* SPDX-License-Identifier: MIT */
/*
 * stream.h - the cycles of a queue, one after the other
 *
 * A stream is what a queue does from STREAMON to STREAMOFF: its buffers are done in turn, and
 * dequeued in that order (vb2 is a FIFO), with rising sequences. A stream begins behind STREAMOFF,
 * where buffers were handed back before, or where the sequence does not go on. Memory does not grow
 * with its length.
 */
#ifndef VPIPE_MODEL_STREAM_H
#define VPIPE_MODEL_STREAM_H

#include "loader/model/cycle.h"

#define STREAMS	       64 /* queues */
#define STREAM_BUFFERS 64 /* indexes of a queue */
#define STREAM_SLOPES  31 /* of which a period is the median */

/**
 * So many slopes make a period by which lateness and jumps can be judged; before, one may be as many
 * times too long.
 */
#define STREAM_SURE 8

/** So many of the latest frames a jump is judged by. */
#define STREAM_RECENT 8

/** The latest times from one done to the next, per sequence number. */
struct slopes {
	uint64_t n; /**< that there were, of which the last STREAM_SLOPES are kept */
	uint64_t ns[STREAM_SLOPES];
};

struct stream {
	bool used; /**< it is the stream of a queue */
	bool runs; /**< false: none yet, or STREAMOFF has ended it */
	bool hole; /**< records may be missing behind the last cycle */
	uint32_t queue;
	struct cycle last; /**< the frame before; taken_ns 0: none */
	struct cycle behind; /**< one behind a gap, which is not judged yet: see gaps.h */
	bool waits; /**< there is one */
	uint64_t seen; /**< a bit for each index */
	uint64_t fresh; /**< the same, of which the latest cycle is known */
	unsigned int most; /**< buffers at once that the driver was seen to have */
	uint64_t taken_ns[STREAM_BUFFERS]; /**< the last time, by index */
	struct instant {
		uint32_t sequence;
		uint64_t done_ns;
	} recent[STREAM_RECENT]; /**< the latest frames; done_ns 0: none, or not known */
	unsigned int n_recent; /**< that there were */
	struct slopes fed, starved; /**< the driver had a buffer all the time, and it had not */
	struct interval {
		uint64_t ns; /* 0: not known */
		bool starved;
	} early[STREAM_SURE]; /**< between frames that followed each other, while the period was not sure */
	unsigned int n_early;
};

struct streams {
	struct stream all[STREAMS];
};

/** What a cycle is to the one before it. */
enum stream_step {
	STREAM_BEGINS, /**< the first one, or of a stream that began anew */
	STREAM_NEXT, /**< its sequence is the next one */
	STREAM_GAP, /**< sequences are missing in between */
	STREAM_STANDS, /**< it has the same sequence: the driver does not count */
	STREAM_ASIDE, /**< a failed buffer, whose sequence the driver has not set */
	STREAM_ENDS, /**< STREAMOFF handed it back: no frame */
};

/** The stream of @queue; NULL: there is no room for one more queue. */
struct stream *streams_find(struct streams *streams, uint32_t queue);

/** What @cycle, the next one, is to those of @stream that were added. */
enum stream_step stream_step(const struct stream *stream, const struct cycle *cycle);

/**
 * The times of @cycle, the next one, by those that were added. Of a buffer that was handed back there
 * are none: the driver calls it done, too, though it has not filled it.
 */
struct cycle_times stream_times(const struct stream *stream, const struct cycle *cycle);

/** It is the next one from now on. Its index is below STREAM_BUFFERS. */
void stream_add(struct stream *stream, const struct cycle *cycle);

/** Records were lost here, of this or another queue. */
void stream_lost(struct stream *stream);

/** Ns from frame to frame; 0: not known yet. */
uint64_t stream_period(const struct stream *stream);

/** Are there so many frames that stream_period() is no accident of the first ones? */
bool stream_is_sure(const struct stream *stream);

/** Ns from the frame before to @cycle, done to done; 0: not known. */
uint64_t stream_interval(const struct stream *stream, const struct cycle *cycle);

/**
 * Was there time for as many frames since the one before as the sequence of @cycle, the next one, says? If
 * there was not, and it goes on nevertheless, that one was done late.
 */
bool stream_had_time(const struct stream *stream, const struct cycle *cycle);

/** How many buffers the stream is known to have, that of @cycle, the next one, among them. */
unsigned int stream_buffers(const struct stream *stream, const struct cycle *cycle);

/** How many of the buffers that are done were not dequeued at @ns, behind the last done. */
unsigned int stream_waiting(const struct stream *stream, uint64_t ns);

#endif /* VPIPE_MODEL_STREAM_H */
