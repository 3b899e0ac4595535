/* SPDX-License-Identifier: MIT */
/*
 * gaps.h - frames of a device that never came, and why
 *
 * A device numbers its frames: what a gap in the sequence leaves out did not come. When it would
 * have been done is known by the frames around it, and whether the driver had a buffer then by
 * what is known of buffers. Memory does not grow with the length of the run.
 */
#ifndef VPIPE_MODEL_GAPS_H
#define VPIPE_MODEL_GAPS_H

#include "loader/model/latency.h"
#include "loader/model/linking.h"
#include "loader/model/stream.h"

/**
 * X(cause, its name): why a frame did not come. In the period before it was due the driver had no
 * buffer at some moment, and most of the buffers were held by the application, or were done and
 * nobody had dequeued them (as many count here); or the driver had one all the time. A frame that
 * came with the error flag is no gap, but came in vain, and so did one that the application did
 * not hand on to the next device of a chain. Unknown: a record is missing, and with it perhaps the
 * frame, or an event was not seen.
 */
#define DROP_CAUSES(X)                    \
	X(HELD, "held")                   \
	X(NOT_DEQUEUED, "not dequeued")   \
	X(DRIVER, "driver")               \
	X(ERROR, "error")                 \
	X(NOT_HANDED_ON, "not handed on") \
	X(UNKNOWN, "unknown")

enum drop_cause {
#define X(cause, name) DROP_##cause,
	DROP_CAUSES(X)
#undef X
		DROP_CAUSE_COUNT,
};

/** A frame that never came, or in vain. */
struct drop {
	unsigned int device;
	uint32_t queue, sequence;
	uint64_t due_ns; /**< when it would have been done, or was, in vain; 0: not known */
	enum drop_cause cause;
	unsigned int buffers; /**< that the stream is known to have; 0: not known */
	/** If drop_is_starved(), else all 0: */
	uint64_t starved_ns, refilled_ns; /**< the driver had no buffer from the one to the other */
	unsigned int waiting; /**< done, but not dequeued when it was due, or before the refill */
	unsigned int held; /**< by the application then */
	struct holder holder; /**< who ended it */
};

#define DEVICE_HOLDERS 4 /* threads that are told apart */

/** What came of a device, and what did not. */
struct device_sums {
	const struct path *path; /**< of its own frames; NULL: not known, its run is read back */
	/** If there is one: of its stages and, behind these, of e2e, as the kernel counted them. */
	struct vpipe_hist *hists;
	const char *node; /**< its path, as text (lib/text.h) */
	bool leaves_out; /**< uvcvideo with nodrop=0: what came damaged is not delivered */
	uint64_t frames; /**< that were dequeued */
	uint64_t drops[DROP_CAUSE_COUNT]; /**< of ERROR and NOT_HANDED_ON: among the frames */
	/** Who ended the times in which the driver had no buffer: the first that did. */
	struct {
		uint32_t tid;
		uint64_t drops; /**< of these times; 0: there was no such thread */
	} holders[DEVICE_HOLDERS];
	uint64_t late; /**< frames more than 1.5 periods behind the one before, nothing missing */
	uint64_t late_starved; /**< of these: the driver had no buffer in between */
	uint64_t restarts; /**< streams behind the first one of each queue */
	uint64_t unnumbered; /**< frames with the sequence of the one before: drops are not known */
	uint64_t not_followed; /**< cycles of more queues or buffers than there is room for */
	/** Buffers that the driver still had when tracing ended, for 1 s and 10 periods or more. */
	uint64_t stuck;
	uint64_t stuck_ns; /**< since when the oldest of them, before that */
	struct link_sums links; /**< in a chain */
	uint64_t period_ns; /**< from frame to frame, as it was last; 0: not known */
	/** From frame to frame where none is missing; latencies of them by run_finish(). */
	struct vpipe_hist done_hist, taken_hist;
	struct latency done, taken;
	bool no_intervals; /**< these two are not known: more frames are left out than were then */
};

struct gaps {
	struct device_sums *devices; /**< by cycle.device */
	void (*drop)(void *arg, const struct drop *drop); /**< called for each */
	void *arg;
	struct streams streams;
};

/**
 * A cycle came: of each queue in the order in which they were dequeued, but that of several threads
 * which dequeue, two may change places. So a gap is judged when the next cycle comes, or
 * gaps_settle(). Its times are filled in; one that is no frame shows nothing else.
 */
void gaps_add(struct gaps *gaps, struct cycle *cycle);

/** What waits to be judged is: no cycle will come that belongs before it. */
void gaps_settle(struct gaps *gaps);

/** When tracing ended, at @end_ns, the driver had a buffer of @device since @given_ns. */
void gaps_left(struct device_sums *device, uint64_t given_ns, uint64_t end_ns);

/** Records were lost here, of whichever queue: what they leave is a gap of unknown cause. */
void gaps_lost(struct gaps *gaps);

/** A drop that is known from elsewhere: it is counted, and told as all others. */
void gaps_tell(struct gaps *gaps, const struct drop *drop);

/** The causes in words, as files have them. */
extern const char *const drop_causes[DROP_CAUSE_COUNT];

/** One of these. */
const char *drop_cause_name(enum drop_cause cause);

/** How many frames of @device never came. */
uint64_t device_missing(const struct device_sums *device);

/** The same in a sentence for people, of frames of @device. */
const char *drop_cause_text(const struct device_sums *device, enum drop_cause cause);

/** Did the frame come, but in vain? Else it never did. */
bool drop_came(enum drop_cause cause);

/** Is it known that the driver had no buffer? */
bool drop_is_starved(const struct drop *drop);

/** How long the holder ran until it gave the buffer back, ns. Returns false if it is not known. */
bool drop_oncpu(const struct drop *drop, uint64_t *ns);

#endif /* VPIPE_MODEL_GAPS_H */
