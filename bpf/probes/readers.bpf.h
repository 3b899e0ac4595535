/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * readers.bpf.h - from a buffer that is done to the thread that has it: the last points of every path
 *
 * Its reader asks for a frame by poll(), DQBUF or read(). Since when it asks is noted for each thread
 * and queue: a new poll() overwrites it, a re-check and DQBUF set it if it is not, a buffer that is
 * taken uses it up.
 */
#ifndef VPIPE_READERS_BPF_H
#define VPIPE_READERS_BPF_H

#include "core/frames.bpf.h"
#include "core/users.bpf.h"
#include "probes/v4l2.h"

/* What comes behind the point at which the buffer is done. */
enum reader_point {
	READER_BACK = 1, /* it knows that there is one */
	READER_ENTER, /* it is in DQBUF */
	READER_LOCKED, /* it has the lock of the queue */
	READER_TAKEN, /* it has the buffer */
};

/*
 * @thread looks whether there is a buffer of the queue @key. A new poll() has a function that puts it
 * on the queue's list; when it looks again it has none.
 */
static __always_inline void reader_polls(struct vpipe_thread *thread, __u64 key,
					 const struct poll_table_struct___any *wait)
{
	struct vpipe_ask *ask;
	__u64 ns;

	if (!thread)
		return;
	ask = ask_of(&thread->user, key, true);
	ns = now_ns();
	if (wait && wait->_qproc)
		ask->asked_ns = ns;
	else if (thread->user.epoll_ns > thread->user.taken_ns &&
		 thread->user.epoll_ns > ask->asked_ns)
		ask->asked_ns = thread->user.epoll_ns;
	else if (!ask->asked_ns)
		ask->asked_ns = ns;
	ask->looked_ns = ns;
}

/* The points behind @done: @ask and its user tell what @thread did. */
static __always_inline void reader_points(__u64 *ns, struct vpipe_thread *thread,
					  const struct vpipe_ask *ask)
{
	__u64 done = ns[0], enter = thread->user.entered_ns, locked = thread->user.locked_ns;
	__u64 back = done;

	if (locked <= done) { /* it was in DQBUF already, and slept */
		back = ran_again(thread, done);
		if (back > ns[READER_TAKEN])
			back = done; /* that was since then: it ran until it had the buffer */
		enter = locked = back;
	} else {
		if (ask->looked_ns > back)
			back = ask->looked_ns;
		if (ask->asked_ns > back)
			back = ask->asked_ns;
		if (enter < done)
			enter = done; /* it waited for the lock */
		if (back > enter)
			back = enter;
	}
	ns[READER_BACK] = back;
	ns[READER_ENTER] = enter;
	ns[READER_LOCKED] = locked;
}

/* @thread has taken a buffer of the queue @key that no frame is known of: it has asked for the next one. */
static __always_inline void reader_skips(struct vpipe_thread *thread, __u64 key)
{
	struct vpipe_ask *ask = ask_of(&thread->user, key, false);

	if (ask)
		ask->asked_ns = ask->looked_ns = 0;
}

/* @thread has the frame of the queue @key in @slot at @ns, for which it had asked. */
static __always_inline void reader_has(struct vpipe_slot *slot, struct vpipe_thread *thread,
				       __u64 key, __u64 ns, struct vpipe_ask *ask)
{
	slot->frame.asked_ns = ask->asked_ns;
	ask->asked_ns = ask->looked_ns = 0;
	slot->frame.cycle.reader = thread->tid;
	thread->user.taken_of = key;
	thread->user.taken_ns = ns;
	thread->user.taken_split.runq_ns = thread->now.account.runq_ns;
	thread->user.taken_split.blocked_ns = thread->now.account.blocked_ns;
}

/*
 * The current thread, @thread, has the frame of the queue @key at @ns, which was there at its point
 * @done. False: it had not asked, as far as was seen.
 */
static __always_inline bool reader_takes(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u64 key, __u64 ns, __u32 done)
{
	struct vpipe_ask *ask = ask_of(&thread->user, key, false);
	struct vpipe_frame *frame = &slot->frame;

	if (!ask || !ask->asked_ns)
		return false;
	frame->ns[done + READER_TAKEN] = ns;
	reader_points(&frame->ns[done], thread, ask);
	reader_has(slot, thread, key, ns, ask);
	carry_read(slot, thread, done, done + READER_TAKEN);
	return true;
}

/* What a buffer says of its frame. */
static __always_inline void take_flags(struct vpipe_frame *frame, __u32 flags)
{
	frame->cycle.flags = flags;
	if (flags & BUFFER_ERROR)
		frame->flags |= VPIPE_FRAME_ERROR;
}

static __always_inline __u64 timestamp_of(const struct v4l2_buffer___any *buf)
{
	return buf->timestamp.tv_sec * 1000000000 + buf->timestamp.tv_usec * 1000;
}

/*
 * Who dequeues is not wanted; or it has been in DQBUF since before tracing began. By the first of two
 * programs alone: what is counted so, no state keeps from being counted twice.
 */
static __always_inline int count_stranger(void)
{
	count(vpipe_config.only_clients ? VPIPE_LOSS_others : VPIPE_LOSS_no_start);
	return 0;
}

#endif /* VPIPE_READERS_BPF_H */
