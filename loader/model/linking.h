/* SPDX-License-Identifier: MIT */
/*
 * linking.h - which frame of another device a frame is made from
 *
 * The rules, the surest first: the memory of the OUTPUT buffer is that of the frame's buffer; its
 * timestamp is that of one frame, and of no other; its thread had dequeued that frame last, and has
 * handed on each one before, from its first on. If that one is not known, since the thread was met in
 * the middle of its work, it is the order of things that tells, no more; likewise if the frame is
 * about where the last one was that another rule had linked, or is the one of that device which has
 * its timestamp. A frame of which no rule holds is linked to nothing. Memory does not grow with the
 * length of the run.
 */
#ifndef VPIPE_MODEL_LINKING_H
#define VPIPE_MODEL_LINKING_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"

#define LINK_WINDOW 1024 /* latest frames of a device, of which others may still be made */

/** X(why, what is said of the frames): why they are linked to none. */
#define LINK_WHYS(X)                                             \
	X(not_seen, "whose OUTPUT buffer was not seen queued")   \
	X(no_job, "of whose job no OUTPUT buffer is known")      \
	X(ambiguous, "whose timestamp is not that of one alone") \
	X(no_match, "that share no memory, timestamp or thread with one before")

enum link_why {
#define X(why, text) LINK_##why,
	LINK_WHYS(X)
#undef X
		LINK_N_WHYS,
};

/** The frame that another one is made from. */
struct link {
	enum vpipe_rule rule; /**< by which it is known; none: it is not, ... */
	enum link_why why; /**< ... for this reason */
	unsigned int device; /**< whose frame it is */
	uint64_t number; /**< among those of its device, from 0 on */
};

/** By what a frame is known again that was dequeued. */
struct link_key {
	uint64_t memory; /**< vpipe_cycle.memory; 0: not known */
	uint64_t timestamp_ns; /**< 0: none */
	uint64_t given_ns; /**< its driver got the buffer; 0: not seen */
	uint64_t taken_ns; /**< the application has it */
	uint32_t queue; /**< its id */
	uint32_t reader; /**< who dequeued it: tid */
	uint32_t used; /**< a bit for each device in which a frame was made from it */
	bool repeated; /**< another frame of its device has the same timestamp */
	bool open; /**< if it is not used: a frame that is may not be known */
	bool whole; /**< its queue is known from its first frame on */
	struct link from; /**< the frame that it is made from itself */
};

/** The latest frames of a device. */
struct link_window {
	uint64_t n; /**< that there were */
	struct link_key keys[LINK_WINDOW]; /**< by number, modulo the size */
};

/** What comes of linking the frames of a device to those of others. */
struct link_sums {
	uint64_t linked[VPIPE_N_RULES];
	uint64_t unlinked[LINK_N_WHYS];
	uint64_t
		early; /**< likewise, but before the first that was: made from some of before the run */
	uint64_t handed_on; /**< of its own frames, to other devices */
	uint64_t jobs[VPIPE_N_RULES]; /**< of an ISP's frames: by which their jobs are known */
	uint64_t open; /**< of its own frames it is not known whether they were */
};

struct linking {
	/** By device, in the order of the chain; NULL: frames of that one are not handed on. */
	struct link_window *windows[VPIPE_MAX_DEVICES];
	/** Of frames that go from the one device to the other: */
	struct link_way {
		bool known; /**< there are some, and ... */
		uint64_t ns; /**< ... so long it took the last one from dequeued to queued */
		bool skipped; /**< a thread has not handed on one that it dequeued before another */
	} ways[VPIPE_MAX_DEVICES][VPIPE_MAX_DEVICES];
};

/** A frame of @device came, which has a window: how it will be known. */
void linking_add(struct linking *linking, unsigned int device, struct link_key key);

/**
 * Which frame of the devices before @device the one is made from whose OUTPUT buffer is @input, and
 * was queued at @qbuf_ns. That one is used from then on; if there is none, it may be any.
 */
struct link linking_find(struct linking *linking, unsigned int device,
			 const struct vpipe_input *input, uint64_t qbuf_ns);

/** The key of frame @number of @device, which is in its window. */
struct link_key *linking_key(const struct linking *linking, unsigned int device, uint64_t number);

/** How many frames are linked, by whatever rule. */
uint64_t links_linked(const struct link_sums *sums);

/** How many are not, for whatever reason. */
uint64_t links_unlinked(const struct link_sums *sums);

/**
 * Are these unlinked frames early ones if the next one is linked? What was in hand when tracing began had
 * been dequeued before.
 */
bool links_may_be_early(const struct link_sums *sums);

/** A reason as files have it: "not_seen". */
const char *link_why_name(enum link_why why);

/** A reason in words, behind "frames". */
const char *link_why_text(enum link_why why);

/** Records were lost here, of whichever device. */
void linking_lost(struct linking *linking);

#endif /* VPIPE_MODEL_LINKING_H */
