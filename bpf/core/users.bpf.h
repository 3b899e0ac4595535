/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * users.bpf.h - threads that use the traced devices: what each asked for, and when
 *
 * All of it is written by programs that run in the thread itself.
 */
#ifndef VPIPE_USERS_BPF_H
#define VPIPE_USERS_BPF_H

#include "core/threads.bpf.h"

/* By minor number of a video node: the number of its device, plus 1; 0: it is not traced. */
__weak __u8 vpipe_devices[VPIPE_MAX_MINORS] SEC(".data") = {};

/* The same of the cards of DRM, whose minor numbers are others. */
__weak __u8 vpipe_cards[VPIPE_MAX_MINORS] SEC(".data") = {};

/* What @devices has of @minor. */
static __always_inline __u32 device_in(const __u8 devices[VPIPE_MAX_MINORS], __u32 minor)
{
	__u64 place = minor;

	if (minor >= VPIPE_MAX_MINORS)
		return 0;
	/* changes nothing, and the verifier must see it */
	asm volatile("%0 &= %1" : "+r"(place) : "i"(VPIPE_MAX_MINORS - 1));
	return devices[place];
}

/* The device of the node @minor, plus 1; 0: it is not traced. */
static __always_inline __u32 device_of_minor(__u32 minor)
{
	return device_in(vpipe_devices, minor);
}

/* The same of a card's. */
static __always_inline __u32 device_of_card(__u32 minor)
{
	return device_in(vpipe_cards, minor);
}

/*
 * The current thread touches @device, one plus a number: it is traced, or is from now on. NULL:
 * nobody wants it. Where this runs the thread can be preempted: so one that is traced is left as the
 * scheduler's programs have it.
 */
static __always_inline struct vpipe_thread *user_touches(__u32 device)
{
	__u32 tid = current_tid();
	struct vpipe_thread *thread = thread_find(tid);

	if (!device) {
		if (thread)
			thread->user.device = 0;
		return NULL;
	}
	if (!thread_is_wanted(tid))
		return NULL;
	if (!thread && vpipe_config.adopt_users)
		thread = thread_add_current(VPIPE_ROLE_CLIENT, now_ns());
	if (thread)
		thread->user.device = device;
	return thread;
}

/* The current thread, if it touched a traced device last. */
static __always_inline struct vpipe_thread *user_here(void)
{
	struct vpipe_thread *thread = thread_find(current_tid());

	return thread && thread->user.device ? thread : NULL;
}

/* What @user did to get a buffer of @queue. NULL: nothing that is known; not with @make. */
static __always_inline struct vpipe_ask *ask_of(struct vpipe_user *user, __u64 queue, bool make)
{
	struct vpipe_ask *ask;

#pragma unroll
	for (__u32 i = 0; i < VPIPE_MAX_ASKS; i++) {
		if (user->asks[i].queue == queue)
			return &user->asks[i];
	}
	if (!make)
		return NULL;
	ask = &user->asks[user->next_ask++ % VPIPE_MAX_ASKS];
	ask->queue = queue;
	ask->asked_ns = ask->looked_ns = 0;
	return ask;
}

/*
 * When @thread ran again for the first time after @ns, at which it was not on a CPU; @ns: it was on
 * one all the time, or that is too long ago to tell. Global: as mark_before().
 */
__weak __noinline __u64 ran_again(struct vpipe_thread *thread, __u64 ns)
{
	__u64 again;

	if (!thread)
		return ns;
	again = thread->now.state == VPIPE_THREAD_ONCPU ? thread->now.ns : ns;
	for (__u32 back = 1; back <= VPIPE_MARKS; back++) {
		const struct vpipe_mark *mark =
			&thread->marks[(thread->n_marks - back) % VPIPE_MARKS];

		if (mark->ns <= ns)
			break;
		if (mark->state == VPIPE_THREAD_ONCPU)
			again = mark->ns;
	}
	return again > ns ? again : ns;
}

/*
 * When @thread, which runs, was woken last; 0: not after @ns, or that is too long ago to tell. Global:
 * as mark_before().
 */
__weak __noinline __u64 woken_after(struct vpipe_thread *thread, __u64 ns)
{
	if (!thread)
		return 0;
	for (__u32 back = 1; back < VPIPE_MARKS; back++) {
		const struct vpipe_mark *mark =
			&thread->marks[(thread->n_marks - back) % VPIPE_MARKS];
		const struct vpipe_mark *before =
			&thread->marks[(thread->n_marks - back - 1) % VPIPE_MARKS];

		if (mark->ns <= ns)
			break;
		if (mark->state == VPIPE_THREAD_RUNQ && before->state == VPIPE_THREAD_BLOCKED)
			return mark->ns;
	}
	return 0;
}

#endif /* VPIPE_USERS_BPF_H */
