// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * vpipe.bpf.c - follow each frame through the node, one record when it leaves
 *
 * A frame begins at the QBUF of its OUTPUT buffer (or earlier, at its source),
 * is known by that buffer until its job is done, and by its CAPTURE buffer from
 * then on. Three events move it, vpipe_submit, vpipe_job and vpipe_pickup, which
 * bring the times of all the steps with them: a program that runs costs more than
 * a time that is noted down. One that is out of order never invents a time: the
 * frame is dropped and counted.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/threads.bpf.h"
#include "core/counters.bpf.h"
#include "core/sources.bpf.h"
#include "record.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define CAPTURE 1 /* V4L2_BUF_TYPE_VIDEO_CAPTURE */
#define OUTPUT	2 /* V4L2_BUF_TYPE_VIDEO_OUTPUT */

#define ASK_EVERY 8 /* records: how much is in the ring? */

static __always_inline struct vpipe_context *context_at(__u32 ctx, __u32 probe)
{
	__u32 index = (ctx + probe) % VPIPE_MAX_CONTEXTS;

	return bpf_map_lookup_elem(&contexts, &index);
}

/* Whether @context is that of @ctx; with @claim, or is made so, being free. */
static __always_inline bool context_is(struct vpipe_context *context, __u32 ctx, bool claim)
{
	__u32 is_of;

	if (!context)
		return false;
	if (!claim)
		return context->ctx == ctx;
	is_of = __sync_val_compare_and_swap(&context->ctx, 0, ctx);
	return !is_of || is_of == ctx; /* another CPU, with another event of it, was first */
}

struct context_search {
	__u32 ctx;
	__u32 claim;
	__u32 found; /* how far behind its home, plus 1; 0: nowhere */
};

static long context_try(__u32 probe, struct context_search *search)
{
	if (!context_is(context_at(search->ctx, probe), search->ctx, search->claim))
		return 0;
	search->found = probe + 1;
	return 1;
}

/* All places are looked at: for what is not near its home, which is rare. */
static __noinline __u32 context_search(__u32 ctx, bool claim)
{
	struct context_search search = {.ctx = ctx, .claim = claim};

	bpf_loop(VPIPE_MAX_CONTEXTS, context_try, &search, 0);
	return search.found;
}

static __always_inline struct vpipe_context *context_far(__u32 ctx, bool claim)
{
	__u32 found = context_search(ctx, claim);
	struct vpipe_context *context = found ? context_at(ctx, found - 1) : NULL;

	if (context && claim && !__sync_lock_test_and_set(&context->displaced, 1))
		__sync_fetch_and_add(&vpipe_displaced, 1);
	return context;
}

/* No file has the id 0, which stands for a place that is free. */
static __always_inline struct vpipe_context *context_find(__u32 ctx)
{
	if (!ctx)
		return NULL;
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		struct vpipe_context *context = context_at(ctx, probe);

		if (context_is(context, ctx, false))
			return context;
	}
	return vpipe_displaced ? context_far(ctx, false) : NULL;
}

static __always_inline struct vpipe_context *context_claim(__u32 ctx)
{
	if (!ctx)
		return NULL;
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		struct vpipe_context *context = context_at(ctx, probe);

		if (context_is(context, ctx, true))
			return context;
	}
	return context_far(ctx, true);
}

static __always_inline void context_free(struct vpipe_context *context)
{
	if (context->displaced) {
		context->displaced = 0;
		__sync_fetch_and_sub(&vpipe_displaced, 1);
	}
	context->ctx = 0;
}

/* Are the frames that the thread @tid, or the current one, queues to be traced? */
static __always_inline bool is_wanted(__u32 tid)
{
	return !vpipe_config.only_clients || tid_test(vpipe_shared.clients, tid) ||
	       tid_test(vpipe_shared.clients, current_tid());
}

/* The place of buffer @index of a queue. */
static __always_inline __u64 place_of(__u32 queue, __u64 index)
{
	return queue == OUTPUT ? index : VPIPE_MAX_BUFFERS + index;
}

/* @place as it is: that it is one has been tested, and the verifier must see it. */
static __always_inline __u64 masked(__u64 place)
{
	asm volatile("%0 &= %1" : "+r"(place) : "i"(2 * VPIPE_MAX_BUFFERS - 1));
	return place;
}

/* Which slot @place has. */
static __always_inline __u64 slot_number(const struct vpipe_context *context, __u64 place)
{
	return masked(context->moved[place] ^ place);
}

/* The slot of a buffer; NULL: no buffer has such an index. */
static __always_inline struct vpipe_slot *slot_at(struct vpipe_context *context, __u32 queue,
						  __u64 index)
{
	if (index >= VPIPE_MAX_BUFFERS)
		return NULL;
	return &context->slots[slot_number(context, place_of(queue, index))];
}

/* A frame that was counted as started ends without a record. */
static __always_inline void slot_drop(struct vpipe_slot *slot, __u32 why)
{
	if (!slot || slot->state == VPIPE_SLOT_FREE)
		return;
	count(why);
	slot->state = VPIPE_SLOT_FREE;
}

/*
 * The current thread, which touches the node: one that is traced, or is from now on.
 * Only records of frames say what it did; without them it is not looked at.
 */
static __always_inline struct vpipe_thread *thread_user(__u64 ns)
{
	struct vpipe_thread *thread;

	if (vpipe_config.no_frames && !vpipe_config.adopt_users)
		return NULL;
	thread = thread_current(ns);
	if (vpipe_config.adopt_users && is_wanted(current_tid())) {
		if (!thread)
			thread = thread_add_current(VPIPE_ROLE_CLIENT, ns);
		else
			thread->role = VPIPE_ROLE_CLIENT; /* another's job may have come first */
	}
	return vpipe_config.no_frames ? NULL : thread;
}

/* Where to note what happened in @stage while the frame's carrier was not on a CPU. */
static __always_inline struct vpipe_split *split_of(struct vpipe_frame *frame, __u32 stage)
{
	struct vpipe_split *split = &frame->splits[stage];

	if (!frame->split) {
		__builtin_memset(&frame->switches, 0, sizeof(frame->switches));
		frame->dwell_runq_ns = 0;
		frame->wake.seen = 0;
	}
	if (!(frame->split & 1U << stage)) {
		frame->split |= 1U << stage;
		split->runq_ns = split->blocked_ns = 0;
	}
	return split;
}

/* Did @thread change its state after @ns? If not it ran on, and there is nothing to charge. */
static __always_inline bool ran_since(struct vpipe_thread *thread, __u64 ns)
{
	return thread->now.ns <= ns && thread->now.state == VPIPE_THREAD_ONCPU;
}

/* From @ns on, @thread carries the frame. */
static __always_inline bool carry_from(struct vpipe_slot *slot, struct vpipe_thread *thread,
				       __u64 ns)
{
	slot->carrier = 0;
	if (!account_at(thread, ns, &slot->base))
		return false;
	slot->carrier = thread->tid;
	return true;
}

/* What the carrier did up to @ns is charged to @stage, or it is unknown. */
static __always_inline void carry_to(struct vpipe_slot *slot, struct vpipe_thread *thread,
				     __u32 stage, __u64 ns)
{
	struct vpipe_frame *frame = &slot->frame;
	struct vpipe_account account;

	if (!slot->carrier || !account_at(thread, ns, &account) ||
	    !account_charge(split_of(frame, stage), &frame->switches, &slot->base, &account)) {
		slot->carrier = 0;
		frame->unknown |= 1 << stage;
		return;
	}
	slot->base = account;
}

/*
 * Begin at the source if its buffer was seen. Handed over within one thread, the
 * frame is carried on from the source's DQBUF; between two, nobody carries it; from
 * or to one that is not traced, it is unknown.
 */
static __always_inline bool begin_at_source(struct vpipe_slot *slot, struct vpipe_thread *thread,
					    __u32 tid, __u64 timestamp_ns, __u64 qbuf_ns)
{
	struct vpipe_frame *frame = &slot->frame;
	struct vpipe_source *source;
	__u32 rule;

	source = source_take(tid, timestamp_ns, qbuf_ns, &rule);
	if (!source)
		return false;
	frame->ns[VPIPE_POINT_SRC_DONE] = source->done_ns;
	frame->ns[VPIPE_POINT_SRC_DQBUF] = source->dqbuf_ns;
	frame->source.sequence = source->sequence;
	frame->source.minor = source->minor;
	frame->source.rule = rule;
	frame->source.asked_ns = source->asked_ns;
	frame->source.dwell_runq_ns = source->dwell_runq_ns;
	frame->source.copy_ns = VPIPE_COPY_UNKNOWN;
	frame->source.wake = source->wake;
	*split_of(frame, VPIPE_STAGE_source) = source->split;
	frame->switches = source->switches;
	if (!source->tid)
		frame->unknown |= 1 << VPIPE_STAGE_source | 1 << VPIPE_STAGE_handoff;
	if (!thread)
		frame->unknown |= 1 << VPIPE_STAGE_handoff;
	/* ids are used again: one that began since is another thread */
	if (!thread || thread->tid != source->tid || thread->began_ns > source->dqbuf_ns)
		return false;
	if (vpipe_copy_probes && thread->copy_of_ns == source->dqbuf_ns)
		frame->source.copy_ns = thread->copy_ns;
	thread->copy_of_ns = 0;
	slot->base = source->base;
	slot->carrier = thread->tid;
	carry_to(slot, thread, VPIPE_STAGE_handoff, qbuf_ns);
	return slot->carrier;
}

/* The frame is in the hands of who is in QBUF, up to the queue. */
static __always_inline void carry_submit(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u32 tid, __u64 timestamp_ns, __u64 qbuf_ns,
					 __u64 queued_ns)
{
	struct vpipe_frame *frame = &slot->frame;
	bool carried = false;

	slot->carrier = 0;
	if (thread && thread->tid != tid)
		thread = NULL; /* STREAMON came from another thread than QBUF */
	if (vpipe_config.want_source)
		carried = begin_at_source(slot, thread, tid, timestamp_ns, qbuf_ns);
	if (vpipe_config.no_frames)
		return;
	if (!thread) {
		frame->unknown |= 1 << VPIPE_STAGE_submit;
		return;
	}
	slot->n_marks = thread->n_marks;
	if (ran_since(thread, qbuf_ns)) {
		/* since its last mark only oncpu_ns has moved, which no frame is charged with */
		slot->base = thread->now.account;
		slot->carrier = tid;
		return;
	}
	if (!ran_since(thread, queued_ns))
		slot->n_marks--; /* it has left its CPU between that time and this event */
	if (!carried)
		carry_from(slot, thread, qbuf_ns);
	carry_to(slot, thread, VPIPE_STAGE_submit, queued_ns);
}

/* A frame of which nothing is known. What is not set here comes before it is needed. */
static __always_inline void frame_begin(struct vpipe_frame *frame)
{
	frame->ns[VPIPE_POINT_SRC_DONE] = 0;
	frame->ns[VPIPE_POINT_SRC_DQBUF] = 0;
	frame->flags = 0;
	frame->unknown = 0;
	frame->split = 0;
	frame->counted = 0;
}

SEC("?raw_tp/vpipe_submit")
int BPF_PROG(vpipe_submit, __u32 id, __u64 index, __u32 src_seq, __u32 algo_id, __u32 tid,
	     __u64 timestamp_ns, __u64 qbuf_ns, __u64 queued_ns)
{
	struct vpipe_context *context;
	struct vpipe_slot *slot;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	/* not when it is opened: most files are closed without a frame, some are handed over */
	if (!context) {
		if (!is_wanted(tid))
			return 0; /* vpipe_job counts it */
		context = context_claim(id);
	}
	slot = context ? slot_at(context, OUTPUT, index) : NULL;
	if (!slot) {
		count(VPIPE_LOSS_no_context);
		return 0;
	}
	slot_drop(slot, VPIPE_LOSS_incomplete); /* it can't be in use: missed events */
	if (!qbuf_ns)
		return 0; /* QBUF was before tracing began: vpipe_job counts it */
	frame_begin(&slot->frame);
	slot->state = VPIPE_SLOT_QUEUED;
	slot->frame.ctx = id;
	slot->frame.out_index = index;
	slot->frame.src_seq = src_seq;
	slot->frame.algo_id = algo_id;
	slot->frame.ns[VPIPE_POINT_QBUF] = qbuf_ns;
	slot->frame.ns[VPIPE_POINT_QUEUED] = queued_ns;
	carry_submit(slot, thread_user(queued_ns), tid, timestamp_ns, qbuf_ns, queued_ns);
	counters_lap(VPIPE_STAGE_submit);
	counters_take(slot, qbuf_ns);
	count(VPIPE_COUNT_STARTED);
	if (source_is_expected() && !slot->frame.ns[VPIPE_POINT_SRC_DONE])
		count(VPIPE_LOSS_no_source);
	return 0;
}

/* A job is run by a thread that has no part in the frame otherwise: trace it from here on. */
SEC("?raw_tp/vpipe_runner")
int BPF_PROG(vpipe_runner, __u32 id, __u32 out_index, __u32 tid, __u64 run_ns)
{
	if (!vpipe_shared.on)
		return 0;
	if (context_find(id) && !thread_is_traced(current_tid()))
		thread_add_current(VPIPE_ROLE_RUNNER, run_ns);
	return 0;
}

/*
 * The job and the wait for it. In the queue a frame waits for its runner: that
 * this one in turn waited for a CPU is known if it has been traced since.
 */
static __always_inline void carry_job(struct vpipe_slot *slot, struct vpipe_thread *thread)
{
	struct vpipe_frame *frame = &slot->frame;
	__u32 stage = VPIPE_STAGE_queue;

	if (!thread) {
		for (; stage <= VPIPE_STAGE_complete; stage++)
			frame->unknown |= 1 << stage;
		return;
	}
	if (slot->carrier == thread->tid) {
		if (thread->n_marks == slot->n_marks)
			return; /* it has not left its CPU since it was in QBUF */
	} else if (!carry_from(slot, thread, frame->ns[VPIPE_POINT_QUEUED])) {
		/* not traced then: all of it is queueing; traced, but too long ago: unknown */
		if (thread->began_ns <= frame->ns[VPIPE_POINT_QUEUED])
			frame->unknown |= 1 << VPIPE_STAGE_queue;
		carry_from(slot, thread, frame->ns[VPIPE_POINT_RUN]);
		stage++;
	}
	for (__u32 point = VPIPE_POINT_RUN; point <= VPIPE_POINT_CAP_DONE; point++) {
		if (point > stage)
			carry_to(slot, thread, point - 1, frame->ns[point]);
	}
}

_Static_assert(VPIPE_POINT_CAP_DONE == VPIPE_POINT_RUN + 5, "vpipe_job has the time of each point");

SEC("?raw_tp/vpipe_job")
int BPF_PROG(vpipe_job, __u32 id, __u64 out_index, __u64 cap_index, __u32 bytesused, __u64 seq,
	     __u64 run_ns, __u64 copy_ns, __u64 cv_ns, __u64 crc_ns, __u64 meta_ns, __u64 done_ns)
{
	struct vpipe_context *context;
	__u64 from, to;
	__u64 number, free;
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	from = masked(place_of(OUTPUT, out_index));
	to = masked(place_of(CAPTURE, cap_index));
	if (!context) {
		/* a job may run in another process's QBUF: whose frame it is that doesn't tell */
		if (vpipe_config.only_clients)
			count(VPIPE_LOSS_others);
		else
			context = context_claim(id);
	}
	if (!context)
		return 0;
	if (out_index >= VPIPE_MAX_BUFFERS || cap_index >= VPIPE_MAX_BUFFERS)
		return 0;
	number = slot_number(context, from);
	free = slot_number(context, to);
	slot = &context->slots[number];
	/* the CAPTURE buffer can't be in use: missed events */
	slot_drop(&context->slots[free], VPIPE_LOSS_incomplete);
	if (slot->state != VPIPE_SLOT_QUEUED) {
		count(VPIPE_LOSS_no_start);
		return 0;
	}
	/* the frame goes on to that buffer, and leaves the free slot behind */
	context->moved[to] = number ^ to;
	context->moved[from] = free ^ from;
	slot->state = VPIPE_SLOT_DONE;
	frame = &slot->frame;
	frame->cap_index = cap_index;
	frame->bytesused = bytesused;
	if (!bytesused)
		frame->flags |= VPIPE_FRAME_ERROR;
	frame->seq = seq;
	frame->ns[VPIPE_POINT_RUN] = run_ns;
	frame->ns[VPIPE_POINT_COPY_DONE] = copy_ns;
	frame->ns[VPIPE_POINT_CV_DONE] = cv_ns;
	frame->ns[VPIPE_POINT_CRC_DONE] = crc_ns;
	frame->ns[VPIPE_POINT_META] = meta_ns;
	frame->ns[VPIPE_POINT_CAP_DONE] = done_ns;
	if (!vpipe_config.no_frames)
		carry_job(slot, thread_current(done_ns));
	counters_lap(VPIPE_STAGE_complete);
	counters_take(slot, run_ns);
	return 0;
}

/*
 * Every point from the first known one on must be there, in order; and nobody gets
 * what was asked for before asking. One time or difference with the highest bit set
 * (that of a time is not for 292 years) shows in all of them together.
 */
static __always_inline bool frame_is_whole(const struct vpipe_frame *frame)
{
	__u64 done = frame->ns[VPIPE_POINT_SRC_DONE], dqbuf = frame->ns[VPIPE_POINT_SRC_DQBUF];
	__u64 qbuf = frame->ns[VPIPE_POINT_QBUF], asked = frame->asked_ns, last = qbuf;
	__u64 signs = qbuf | asked | (frame->ns[VPIPE_POINT_CAP_DQBUF] - asked);

	if (done)
		signs |= done | dqbuf | (dqbuf - done) | (qbuf - dqbuf);
#pragma unroll
	for (int point = VPIPE_POINT_QUEUED; point < VPIPE_N_POINTS; point++) {
		signs |= frame->ns[point] | (frame->ns[point] - last);
		last = frame->ns[point];
	}
	return qbuf && !(signs >> 63);
}

static __always_inline void stage_count(struct vpipe_hists *mine, __u32 which, __u64 ns)
{
	hist_add(&mine->ranges[which], mine->buckets[which], ns);
}

/* Each time is read once: for all the compiler knows, counting may change them. */
static __always_inline void frame_count(const struct vpipe_frame *frame)
{
	__u64 done = frame->ns[VPIPE_POINT_SRC_DONE], qbuf = frame->ns[VPIPE_POINT_QBUF];
	struct vpipe_hists *mine = hists_here();
	__u64 begin = qbuf, from = qbuf, to = 0;

	if (!mine)
		return;
	asm volatile("" : "+r"(frame)); /* or each time's address is worked out apart */
	if (done) {
		__u64 dqbuf = frame->ns[VPIPE_POINT_SRC_DQBUF];

		stage_count(mine, VPIPE_STAGE_source, dqbuf - done);
		stage_count(mine, VPIPE_STAGE_handoff, qbuf - dqbuf);
		begin = done;
	}
#pragma unroll
	for (int stage = VPIPE_STAGE_submit; stage < VPIPE_N_STAGES; stage++, from = to) {
		to = frame->ns[stage + 1];
		stage_count(mine, stage, to - from);
	}
	stage_count(mine, VPIPE_HIST_E2E, to - begin);
}

static __always_inline void frame_send(struct vpipe_frame *frame)
{
	__u64 *recorded = counter_of(VPIPE_COUNT_RECORDED);
	struct vpipe_frame *record;
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (!recorded)
		return;
	/*
	 * One wakeup for many records: waking the reader for each is what costs. To ask
	 * whether it is time costs as well, so that is done once for several of them.
	 */
	if (!(*recorded % ASK_EVERY) &&
	    bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= vpipe_config.ring_bytes / 2)
		flags = BPF_RB_FORCE_WAKEUP;
	record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);
	if (!record) {
		count(VPIPE_LOSS_ring_full);
		return;
	}
	frame_copy(record, frame, vpipe_config.want_source, vpipe_config.n_counters);
	bpf_ringbuf_submit(record, flags);
	__sync_fetch_and_add(recorded, 1);
}

/*
 * The reader carries the frame from when it was done, or asked for if that was
 * later. What it waited for a CPU before it could ask is the frame's as well.
 */
static __always_inline void carry_pickup(struct vpipe_slot *slot, struct vpipe_thread *thread)
{
	struct vpipe_frame *frame = &slot->frame;
	__u64 done_ns = frame->ns[VPIPE_POINT_CAP_DONE], asked_ns = frame->asked_ns;
	struct vpipe_split *split;
	__s64 waited;

	if (!thread || !asked_ns) {
		frame->unknown |= 1 << VPIPE_STAGE_pickup;
		return;
	}
	if (ran_since(thread, done_ns))
		return;
	split = split_of(frame, VPIPE_STAGE_pickup);
	if (asked_ns > done_ns) {
		waited = runq_between(thread, done_ns, asked_ns);
		if (waited < 0) {
			frame->unknown |= 1 << VPIPE_STAGE_pickup;
			return;
		}
		split->runq_ns = frame->dwell_runq_ns = waited;
		if (ran_since(thread, asked_ns))
			return;
		done_ns = asked_ns;
	}
	carry_from(slot, thread, done_ns);
	carry_to(slot, thread, VPIPE_STAGE_pickup, frame->ns[VPIPE_POINT_CAP_DQBUF]);
	if (split->blocked_ns)
		frame->wake = thread->wake;
}

SEC("?raw_tp/vpipe_pickup")
int BPF_PROG(vpipe_pickup, __u32 id, __u64 index, __u64 asked_ns, __u64 picked_ns)
{
	struct vpipe_context *context;
	struct vpipe_thread *thread;
	struct vpipe_slot *slot;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	slot = context ? slot_at(context, CAPTURE, index) : NULL;
	if (!slot)
		return 0;
	if (slot->state != VPIPE_SLOT_DONE)
		return 0; /* its job was before tracing began, or is counted as one without a start */
	slot->frame.asked_ns = asked_ns;
	slot->frame.ns[VPIPE_POINT_CAP_DQBUF] = picked_ns;
	thread = thread_user(picked_ns);
	if (!vpipe_config.no_frames)
		carry_pickup(slot, thread);
	if (!frame_is_whole(&slot->frame)) {
		slot_drop(slot, VPIPE_LOSS_incomplete);
		return 0;
	}
	slot->state = VPIPE_SLOT_FREE;
	frame_count(&slot->frame);
	counters_count(slot);
	if (!vpipe_config.no_frames)
		frame_send(&slot->frame);
	else
		count(VPIPE_COUNT_RECORDED);
	return 0;
}

/* Of a queue that stops, no frame goes on: one in a job ends before. */
SEC("?raw_tp/vpipe_streamoff")
int BPF_PROG(vpipe_streamoff, __u32 id, __u32 queue)
{
	struct vpipe_context *context;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	if (!context)
		return 0;
	for (__u32 index = 0; index < VPIPE_MAX_BUFFERS; index++) {
		slot_drop(slot_at(context, queue, index),
			  queue == OUTPUT ? VPIPE_LOSS_cancelled : VPIPE_LOSS_not_dequeued);
	}
	return 0;
}

/* The file is closed: what it left is counted, its slot is free for another. */
SEC("?raw_tp/vpipe_close")
int BPF_PROG(vpipe_close, __u32 id)
{
	struct vpipe_context *context;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	if (!context)
		return 0;
	for (__u32 index = 0; index < VPIPE_MAX_BUFFERS; index++) {
		slot_drop(slot_at(context, OUTPUT, index), VPIPE_LOSS_closed);
		slot_drop(slot_at(context, CAPTURE, index), VPIPE_LOSS_closed);
	}
	context_free(context);
	return 0;
}

/*
 * Where the counters are read, if any are: these events are at the boundaries
 * themselves. The submit stage ends with vpipe_submit, the last one with vpipe_job.
 */
SEC("?raw_tp/vpipe_qbuf")
int BPF_PROG(vpipe_cqbuf, __u32 id, __u32 queue, __u32 index)
{
	if (!vpipe_shared.on)
		return 0;
	if (queue == OUTPUT)
		counters_begin(id, index);
	return 0;
}

SEC("?raw_tp/vpipe_run")
int BPF_PROG(vpipe_crun, __u32 id, __u32 out_index)
{
	if (!vpipe_shared.on)
		return 0;
	counters_begin(id, out_index);
	return 0;
}

SEC("?raw_tp/vpipe_copy_done")
int BPF_PROG(vpipe_ccopy, __u32 id)
{
	if (!vpipe_shared.on)
		return 0;
	counters_lap(VPIPE_STAGE_copy);
	return 0;
}

SEC("?raw_tp/vpipe_cv_done")
int BPF_PROG(vpipe_ccv, __u32 id)
{
	if (!vpipe_shared.on)
		return 0;
	counters_lap(VPIPE_STAGE_cv);
	return 0;
}

SEC("?raw_tp/vpipe_crc_done")
int BPF_PROG(vpipe_ccrc, __u32 id)
{
	if (!vpipe_shared.on)
		return 0;
	counters_lap(VPIPE_STAGE_crc);
	return 0;
}

SEC("?raw_tp/vpipe_meta_write")
int BPF_PROG(vpipe_cmeta, __u32 id)
{
	if (!vpipe_shared.on)
		return 0;
	counters_lap(VPIPE_STAGE_publish);
	return 0;
}
