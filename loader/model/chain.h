/* SPDX-License-Identifier: MIT */
/*
 * chain.h - a frame on its way through several devices: one row, however many records it has
 *
 * A mem2mem device makes a frame from one that another device gave, an output device shows it
 * (linking.h). The row of a frame
 * has the stages of each device that it came through, and between two of them the hand-off: from
 * when the one's buffer was dequeued until it enters the next one's QBUF. Stages and costs add up to
 * its end-to-end time, as those of a record do; those of a device that it did not come through, or of
 * which it is not known, are empty.
 *
 * A frame that is handed on to several devices is the beginning of a row in each. One that is not,
 * while later ones are, is a drop; if its device hands on none, its row ends there. Memory does not
 * grow with the length of the run.
 */
#ifndef VPIPE_MODEL_CHAIN_H
#define VPIPE_MODEL_CHAIN_H

#include "loader/model/frame.h"
#include "loader/model/gaps.h"

/** A device of a chain: frames go to it from those before it. */
struct chain_device {
	const struct path *path; /**< its own */
	/** Where its stages begin in the path of the chain: for all nodes of an ISP at the same one. */
	unsigned int first;
	bool takes; /**< frames of others, by the hand-off, which is the stage before */
	bool gives; /**< frames to others; else it is where they end */
};

/** Who wants to know. */
struct chain_listener {
	/** A row, without its number. Those that end at the same device come in the order of its frames. */
	void (*row)(void *arg, struct frame *frame);
	/** A frame that was not handed on. */
	void (*drop)(void *arg, const struct drop *drop);
	void *arg;
};

struct chain;

/**
 * Frames on @path through @n @devices, at most VPIPE_MAX_DEVICES, which stay the caller's; what comes
 * of linking those of each is counted in @sums. NULL: no memory.
 */
struct chain *chain_new(const struct path *path, const struct chain_device *devices, unsigned int n,
			struct device_sums *sums, const struct chain_listener *listener);

/**
 * A @record came, mended, in the order in which the frames of all devices were dequeued, so behind
 * those that it can be made from. @job: by which the OUTPUT buffer of its job is known, if it is of
 * an ISP (isp.h). @columns: see frame_from_record().
 */
void chain_add(struct chain *chain, const struct vpipe_frame *record, enum vpipe_rule job,
	       const int columns[COUNTER_COLUMNS]);

/**
 * An OUTPUT buffer came back from a node that frames go into, and has no row itself: the one that was
 * in it was handed on. @record: of that buffer, likewise.
 */
void chain_input(struct chain *chain, const struct vpipe_frame *record);

/** Records were lost here, of whichever device. */
void chain_lost(struct chain *chain);

/** There are no more: what was kept until it is handed on goes out. */
void chain_finish(struct chain *chain);

/** NULL is allowed. */
void chain_free(struct chain *chain);

#endif /* VPIPE_MODEL_CHAIN_H */
