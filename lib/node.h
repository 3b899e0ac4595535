/* SPDX-License-Identifier: MIT */
/*
 * node.h - the controls of vpipe's node
 *
 * Failures are described by v4l2_error().
 */
#ifndef VPIPE_LIB_NODE_H
#define VPIPE_LIB_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "kmod/vpipe.h"
#include "lib/v4l2.h"

/** What is done with the frames that are queued from now on. */
struct node_cv {
	unsigned int algo; /**< enum vpipe_algo */
	unsigned int threshold; /**< 0..255 */
	unsigned int roi[4]; /**< left, top, width, height; a size of 0: the full frame */
	bool no_crc; /**< leave the CRC out of the metadata row */
	unsigned int cache; /**< enum vpipe_cache */
};

/** Why a node cannot flush caches, and what to do about it. */
struct node_excuse {
	char why[64];
	const char *way_out; /**< behind it in a sentence: "; WHAT TO DO", or "" */
};

/** 1 if the node can flush caches as @cache (enum vpipe_cache) says, 0 if not, or -errno. */
int node_can_flush(const struct vdev *dev, unsigned int cache, struct node_excuse *excuse);

/**
 * Set all of it in one go. What is not in the fixed part of the UAPI a module may lack:
 * if it is asked for, that is said, and the rest is set. Returns 0 or -errno.
 */
int node_set_cv(const struct vdev *dev, const struct node_cv *cv);

/** What the controls of the source's sequence have; all 0 for a file that was just opened. */
struct node_sequence {
	bool set; /**< @value is one of ours */
	bool low_only; /**< the module has no control for bit 31, which has been said */
	uint32_t value;
};

/**
 * Set the sequence of the next frame, if it has to be: @now is kept up to date. Only
 * where its highest bit changes is that asked for; a module may lack it, see above.
 */
int node_set_sequence(const struct vdev *dev, struct node_sequence *now, uint32_t sequence);

#endif /* VPIPE_LIB_NODE_H */
