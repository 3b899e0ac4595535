/* SPDX-License-Identifier: MIT */
/*
 * feed.h - one image through vpipe, again and again
 *
 * The image lies in heap buffers that are queued to OUTPUT as DMABUFs; results
 * come in vpipe's own buffers. Failures are described by v4l2_error().
 */
#ifndef VPIPE_FEED_H
#define VPIPE_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/heap.h"
#include "lib/node.h"
#include "user/lib/pgm.h"
#include "user/lib/pipeline.h"

struct feed_config {
	const char *vpipe; /**< path of the node */
	const char *heap; /**< path of the heap */
	unsigned int buffers; /**< of the CAPTURE queue */
	unsigned int depth; /**< OUTPUT buffers, each with its heap buffer */
	struct node_cv cv;
	bool dated; /**< frames carry the time of their QBUF; false: 0 */
	uint64_t timeout_ns; /**< for one frame; 0: no limit */
};

struct feed {
	struct feed_config config;
	struct vdev dev;
	struct vqueue output;
	struct vqueue capture;
	struct heap heap;
	struct heap_buf bufs[VIDEO_MAX_FRAME];
	bool heap_failed; /**< it was the heap that made feed_open() fail */
	struct vstamps qbufs[VIDEO_MAX_FRAME]; /**< of the OUTPUT buffers */
	uint32_t sequences[VIDEO_MAX_FRAME];
	struct node_sequence sequence;
	uint64_t submitted; /**< frames queued so far; they go round the OUTPUT buffers */
	unsigned int in_flight; /**< of these, not received yet */
	bool holds; /**< the CAPTURE buffer @held is not queued: it has the last result */
	unsigned int held;
};

/**
 * Open node and heap, set format and controls, put the image into the heap
 * buffers and start streaming. Returns 0 or -errno; feed_close() must be called
 * in any case.
 */
int feed_open(struct feed *feed, const struct feed_config *config, const struct pgm *image);

/** Queue the image once more; at most config.depth may be in flight. Returns 0 or -errno. */
int feed_submit(struct feed *feed);

/**
 * Wait for the oldest one in flight. Of @frame->source, only the sequence is
 * set: that of the submission, from 0. Returns 0, -ETIMEDOUT or another -errno.
 */
int feed_receive(struct feed *feed, struct pipeline_frame *frame);

/**
 * Copy the result received last, which is lost with the next call of
 * feed_submit() or feed_receive(), to an image of the same size.
 */
void feed_result(const struct feed *feed, struct pgm *image);

/** The result received last where it lies, and its length in bytes. */
const void *feed_payload(const struct feed *feed, size_t *size);

/** Stop and free everything that is there. */
void feed_close(struct feed *feed);

#endif /* VPIPE_FEED_H */
