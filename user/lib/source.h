/* SPDX-License-Identifier: MIT */
/*
 * source.h - frames from a source alone, one at a time
 *
 * Failures are described by v4l2_error().
 */
#ifndef VPIPE_SOURCE_H
#define VPIPE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/v4l2.h"

/** How frames get to the program. */
enum source_io {
	SOURCE_MMAP, /**< the driver's buffers, mapped */
	SOURCE_READ, /**< copied by read(2) */
	SOURCE_USERPTR_POOL, /**< the program's memory, the same for each turn of a buffer */
	SOURCE_USERPTR_FRESH, /**< the program's memory, mapped anew for each QBUF */
};

struct source_config {
	const char *path;
	struct vsetup setup;
	enum source_io io;
	uint64_t timeout_ns; /**< for one frame; 0: no limit */
};

/** A QBUF, and what it cost. */
struct source_qbuf {
	struct vstamps stamps;
	uint64_t minflt; /**< page faults in the call */
};

struct source {
	struct source_config config;
	struct vdev dev;
	struct vqueue queue; /**< has no buffers with SOURCE_READ */
	struct source_qbuf given[VIDEO_MAX_FRAME]; /**< the last QBUF of each buffer */
	void *image; /**< SOURCE_READ: where frames go */
	double actual_fps; /**< what the source made of setup.fps; 0: it has no frame rate */
};

/** One frame. */
struct source_frame {
	struct v4l2_buffer buf; /**< as dequeued; SOURCE_READ: only bytesused is known */
	struct vstamps taken; /**< DQBUF or read(2) */
	struct source_qbuf given; /**< the QBUF that gave the driver its buffer, not SOURCE_READ */
};

/**
 * Open the node, set format and frame rate, get buffers and start streaming.
 * Returns 0 or -errno; source_close() must be called in any case.
 */
int source_open(struct source *source, const struct source_config *config);

/**
 * Take a frame and give its buffer back. Returns 0, -EINTR after a stop signal,
 * -ETIMEDOUT, or another -errno.
 */
int source_step(struct source *source, struct source_frame *frame);

/** Stop and free everything that is there. */
void source_close(struct source *source);

#endif /* VPIPE_SOURCE_H */
