/* SPDX-License-Identifier: MIT */
/*
 * isp.h - frames of an image signal processor (ISP) whose input and outputs are nodes of their own
 *
 * A raw frame goes into one of the nodes, an OUTPUT buffer, and comes out of the others, each of
 * which fills a CAPTURE buffer: that is a job, which no driver tells of. So each frame that comes out
 * gets the OUTPUT buffer of its job here, by the surest rule that holds:
 *
 *   timestamp  both have the same, and no other OUTPUT buffer has it
 *   job        they were done together: apart by less than an eighth of what the job took
 *   sequence   they have the same, and were done one after the other, with no third in between
 *   order      it is the OUTPUT buffer that was done last before
 *
 * Each job gives at most one frame at each node. A frame whose job is not known begins when its
 * buffer is done. An ISP that sits behind its sensor has no such input: its nodes are cameras. Nodes
 * of metadata, parameters and statistics, are beside the frames.
 *
 * Records wait until the next OUTPUT buffer is known, and leave in the order in which they came.
 * Memory does not grow with the length of the run.
 */
#ifndef VPIPE_MODEL_ISP_H
#define VPIPE_MODEL_ISP_H

#include <stdbool.h>

#include "loader/model/path.h"

#define ISP_WAITING 256 /* records */
#define ISP_JOBS    (2 * ISP_WAITING) /* latest OUTPUT buffers of an ISP: all that those can be of */

enum isp_role {
	ISP_NONE, /**< the node is of none */
	ISP_INPUT,
	ISP_OUTPUT,
	ISP_BESIDE, /**< its buffers are metadata, and no frames */
};

/** A traced node. */
struct isp_node {
	enum isp_role role;
	unsigned int isp; /**< number of the ISP that it is of, below VPIPE_MAX_DEVICES */
	const struct path *path; /**< of its records */
	/**
	 * Of the frames that come out of it: the stages that its input's path begins with, up to that
	 * which waits for the reader, and from there on its own.
	 */
	const struct path *joined;
};

struct isps_listener {
	/** The next @record; if it is of an ISP's output, on the joined path. @job: by which its job is known. */
	void (*record)(void *arg, const struct vpipe_frame *record, enum vpipe_rule job);
	/** The same of an ISP's input: whatever became of it there, it was given to that. */
	void (*input)(void *arg, const struct vpipe_frame *record);
	void *arg;
};

struct isps;

/** ISPs among @n @nodes, by the number of their device; they stay the caller's. NULL: no memory. */
struct isps *isps_new(const struct isp_node *nodes, unsigned int n,
		      const struct isps_listener *listener);

/** A @record came, mended: those of each node in the order in which its buffers were done. */
void isps_add(struct isps *isps, const struct vpipe_frame *record);

/** Records were lost here, or there are no more: those that wait leave. */
void isps_flush(struct isps *isps);

/** NULL is allowed. */
void isps_free(struct isps *isps);

#endif /* VPIPE_MODEL_ISP_H */
