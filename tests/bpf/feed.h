/* SPDX-License-Identifier: MIT */
/*
 * feed.h - frames that are made up, for the programs of a trace opened by_hand
 *
 * The one place that knows which events a frame consists of and what their
 * arguments are, for the tests and the benches.
 */
#ifndef VPIPE_TESTS_FEED_H
#define VPIPE_TESTS_FEED_H

#include <stdint.h>

#include "loader/trace/trace.h"

/* enum v4l2_buf_type */
#define FEED_CAPTURE 1
#define FEED_OUTPUT  2

struct feed {
	struct trace *trace;
	uint64_t ns; /**< the clock; each event comes @step later */
	uint64_t step;
	uint32_t tid; /**< who is in QBUF; 0: nobody that is known */
	uint64_t run_ns; /**< when the last job began */
	uint64_t events; /**< fired so far */
	int error; /**< first failure, negative; sticky */
};

/** Fire @event now, with the arguments @args. */
void feed_fire(struct feed *feed, const char *event, const uint64_t *args, unsigned int n_args);

/** The same with the arguments in the call. */
#define FEED_FIRE(feed, event, ...)                                                          \
	do {                                                                                 \
		const uint64_t fire_args[] = {__VA_ARGS__};                                  \
		feed_fire(feed, event, fire_args, sizeof(fire_args) / sizeof(fire_args[0])); \
	} while (0)

/** The same, of a cmocka test whose fixture @fx has the feed. */
#define FIRE(fx, event, ...)                                \
	do {                                                \
		FEED_FIRE(&(fx)->feed, event, __VA_ARGS__); \
		assert_int_equal((fx)->feed.error, 0);      \
	} while (0)

/** OUTPUT buffer @index of @ctx is queued: QBUF is entered now, left a step later. */
void feed_queue(struct feed *feed, unsigned int ctx, unsigned int index, unsigned int src_seq);

/** The job of OUTPUT buffer @out begins, in another thread than the one of QBUF. */
void feed_run(struct feed *feed, unsigned int ctx, unsigned int out);

/** It ends, with CAPTURE buffer @cap done; @bytesused is 0 if it failed. */
void feed_job(struct feed *feed, unsigned int ctx, unsigned int out, unsigned int cap, uint64_t seq,
	      unsigned int bytesused);

/** Both, a step for each step. */
void feed_process(struct feed *feed, unsigned int ctx, unsigned int out, unsigned int cap,
		  uint64_t seq);

/** CAPTURE buffer @cap is dequeued: the frame's end. */
void feed_dequeue(struct feed *feed, unsigned int ctx, unsigned int cap);

/** The file is closed. */
void feed_close(struct feed *feed, unsigned int ctx);

#endif /* VPIPE_TESTS_FEED_H */
