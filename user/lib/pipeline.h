/* SPDX-License-Identifier: MIT */
/*
 * pipeline.h - frames from a source through vpipe, one at a time
 *
 * Failures are described by v4l2_error().
 */
#ifndef VPIPE_PIPELINE_H
#define VPIPE_PIPELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/node.h"
#include "lib/v4l2.h"

/** How a frame gets from the source's buffer into vpipe's OUTPUT queue. */
enum transport {
	TRANSPORT_DMABUF, /**< the source's buffer itself, exported */
	TRANSPORT_MMAP, /**< copied by the program */
};

struct pipeline_config {
	const char *source; /**< paths of the nodes */
	const char *vpipe;
	struct vsetup setup;
	enum transport transport;
	struct node_cv cv;
	uint64_t timeout_ns; /**< for one frame on its way; 0: no limit */
};

struct pipeline {
	struct pipeline_config config;
	struct vdev source_dev;
	struct vdev vpipe_dev;
	struct vqueue source;
	struct vqueue output;
	struct vqueue capture;
	double actual_fps; /**< what the source made of config.setup.fps; 0: it has no frame rate */
	struct node_sequence sequence;
	uint64_t corrupt; /**< frames the source itself marked as damaged: not submitted */
};

/** One frame on its way; times are CLOCK_MONOTONIC in ns. */
struct pipeline_frame {
	struct v4l2_buffer source; /**< as dequeued */
	struct v4l2_buffer output;
	struct v4l2_buffer capture;
	struct vstamps source_dqbuf;
	struct vstamps output_qbuf;
	struct vstamps capture_dqbuf;
	uint64_t copy_ns; /**< time of the program's own copy, 0 in DMABUF transport */
};

/**
 * Open both nodes, set formats, frame rate and controls, get buffers and start
 * streaming. Returns 0 or -errno; pipeline_close() must be called in any case.
 */
int pipeline_open(struct pipeline *pipe, const struct pipeline_config *config);

/**
 * Take one frame all the way. Returns 0, -EINTR if a stop signal came before
 * the source had a frame (one that is on its way is finished), -ETIMEDOUT, or
 * another -errno.
 */
int pipeline_step(struct pipeline *pipe, struct pipeline_frame *frame);

/** Stop and free everything that is there. */
void pipeline_close(struct pipeline *pipe);

#endif /* VPIPE_PIPELINE_H */
