// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * frame.bpf.c - follow each frame through the node, one record when it leaves
 *
 * A frame begins at the QBUF of its OUTPUT buffer (or earlier, at its source),
 * is known by that buffer until device_run takes it, and by its CAPTURE buffer
 * from then on. Only the driver's events move it; one that is out of order
 * never invents a time: the frame is dropped and counted.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "threads.bpf.h"
#include "counters.bpf.h"
#include "sources.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define CAPTURE 1 /* V4L2_BUF_TYPE_VIDEO_CAPTURE */
#define OUTPUT	2 /* V4L2_BUF_TYPE_VIDEO_OUTPUT */

#define BUF_STATE_ERROR 6 /* VB2_BUF_STATE_ERROR; checked against the driver in the tests */

static __always_inline struct vpipe_context *context_at(__u32 ctx, __u32 probe)
{
	__u32 index = (ctx + probe) % VPIPE_MAX_CONTEXTS;

	return bpf_map_lookup_elem(&contexts, &index);
}

static __always_inline struct vpipe_context *context_find(__u32 ctx)
{
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		struct vpipe_context *context = context_at(ctx, probe);

		if (context && context->ctx == ctx)
			return context;
	}
	return NULL;
}

static __always_inline struct vpipe_context *context_claim(__u32 ctx)
{
	struct vpipe_context *context;

	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		context = context_at(ctx, probe);
		if (context && !__sync_val_compare_and_swap(&context->ctx, 0, ctx))
			return context;
	}
	return NULL;
}

/* The context of an event: an open file becomes one when it is opened, or first seen here. */
static __always_inline struct vpipe_context *context_of(__u32 ctx)
{
	struct vpipe_context *context = context_find(ctx);

	if (context || vpipe_only_clients)
		return context;
	if (vpipe_only_tgid && bpf_get_current_pid_tgid() >> 32 != vpipe_only_tgid)
		return NULL;
	return context_claim(ctx);
}

/* The current thread, which touches the node: one that is traced, or is from now on. */
static __always_inline struct vpipe_thread *thread_user(__u64 ns)
{
	__u32 tid = bpf_get_current_pid_tgid();

	if (vpipe_adopt_users && !thread_is_traced(tid) &&
	    (!vpipe_only_tgid || bpf_get_current_pid_tgid() >> 32 == vpipe_only_tgid))
		thread_add(tid, VPIPE_ROLE_CLIENT, VPIPE_THREAD_ONCPU, ns);
	return thread_current(ns);
}

/* The slot of buffer @index. The mask says to the verifier what the test said to the compiler. */
static __always_inline struct vpipe_slot *slot_at(struct vpipe_slot *slots, __u32 index)
{
	if (index >= VPIPE_MAX_BUFFERS)
		return NULL;
	asm volatile("%0 &= %1" : "+r"(index) : "i"(VPIPE_MAX_BUFFERS - 1));
	return &slots[index];
}

/* The CAPTURE slot of the job that runs on @ctx. */
static __always_inline struct vpipe_slot *running_slot(__u32 ctx)
{
	struct vpipe_context *context = context_find(ctx);
	struct vpipe_slot *slot;

	if (!context)
		return NULL;
	slot = slot_at(context->cap, context->running);
	return slot && slot->state == VPIPE_SLOT_RUNNING ? slot : NULL;
}

/* @thread, the current one, takes the frame up: what it does from @ns on is the frame's. */
static __always_inline void carry_from(struct vpipe_slot *slot, struct vpipe_thread *thread,
				       __u64 ns)
{
	slot->carrier = 0;
	if (!thread || !account_at(thread, ns, &slot->base))
		return;
	slot->carrier = thread->tid;
	slot->carrier_slot = thread->slot;
	/* of a time in its past the marks say nothing: compare the accounts */
	slot->base_marks = ns >= thread->now.ns ? thread->n_marks : thread->n_marks - 1;
	counters_from(slot, thread);
}

/* A stage ends at @ns, now, in the thread that carries the frame; else its split is unknown. */
static __always_inline void carry_to(struct vpipe_slot *slot, __u32 stage, __u64 ns)
{
	struct vpipe_frame *frame = &slot->frame;
	struct vpipe_account account = {};
	struct vpipe_thread *thread;

	thread = bpf_map_lookup_elem(&threads, &slot->carrier_slot);
	if (!thread || !slot->carrier || thread->tid != slot->carrier ||
	    slot->carrier != (__u32)bpf_get_current_pid_tgid())
		goto unknown;
	counters_lap(slot, thread, stage);
	if (thread->n_marks == slot->base_marks)
		return;
	if (!account_at(thread, ns, &account))
		goto unknown;
	account_charge(&frame->splits[stage], &frame->switches, &slot->base, &account);
	slot->base = account;
	slot->base_marks = thread->n_marks;
	return;
unknown:
	slot->carrier = 0;
	frame->unknown |= 1 << stage;
}

/* A frame that was counted as started ends without a record. */
static __always_inline void slot_drop(struct vpipe_slot *slot, __u32 why)
{
	if (!slot)
		return;
	if (slot->state >= VPIPE_SLOT_QUEUED)
		count(why);
	slot->state = VPIPE_SLOT_FREE;
}

/*
 * Begin at the source if its buffer was seen. Handed over within one thread, the
 * frame is carried on from the source's DQBUF; between two, nobody carries it.
 */
static __always_inline void begin_at_source(struct vpipe_slot *slot, struct vpipe_thread *thread,
					    __u64 timestamp_ns, __u64 ns)
{
	struct vpipe_frame *frame = &slot->frame;
	struct vpipe_source *source = source_take(timestamp_ns);

	if (!source || source->dqbuf_ns > ns)
		return;
	frame->ns[VPIPE_POINT_SRC_DONE] = source->done_ns;
	frame->ns[VPIPE_POINT_SRC_DQBUF] = source->dqbuf_ns;
	frame->src_asked_ns = source->asked_ns;
	frame->src_dwell_runq_ns = source->dwell_runq_ns;
	frame->splits[VPIPE_STAGE_source] = source->split;
	frame->switches = source->switches;
	frame->src_wake = source->wake;
	if (!source->tid)
		frame->unknown |= 1 << VPIPE_STAGE_source;
	if (!thread || thread->tid != source->tid)
		return;
	frame->copy_ns = thread->copy_ns;
	slot->base = source->base;
	slot->base_marks = thread->n_marks - 1; /* of its past: compare the accounts */
	carry_to(slot, VPIPE_STAGE_handoff, ns);
}

SEC("raw_tp/vpipe_open")
int EVENT_PROG(vpipe_open, __u32 id)
{
	if (!vpipe_only_clients)
		return 0; /* most are closed again without a frame */
	if (tid_test(vpipe_clients, (__u32)bpf_get_current_pid_tgid()) && !context_claim(id))
		count(VPIPE_LOSS_no_context);
	return 0;
}

SEC("raw_tp/vpipe_qbuf")
int EVENT_PROG(vpipe_qbuf, __u32 id, __u32 queue, __u32 index, __u32 memory, __u64 timestamp_ns)
{
	struct vpipe_context *context;
	struct vpipe_thread *thread;
	struct vpipe_slot *slot;
	__u64 ns = now_ns();

	context = context_of(id);
	if (!context)
		return 0; /* counted when it is queued, or was at its open */
	slot = slot_at(queue == CAPTURE ? context->cap : context->out, index);
	if (!slot)
		return 0;
	/* CAPTURE: given back by STREAMOFF, and nobody dequeued what was in it */
	slot_drop(slot, queue == CAPTURE ? VPIPE_LOSS_not_dequeued : VPIPE_LOSS_cancelled);
	if (queue == CAPTURE)
		return 0;
	__builtin_memset(&slot->frame, 0, sizeof(slot->frame));
	slot->state = VPIPE_SLOT_ENTERED;
	slot->frame.ctx = id;
	slot->frame.out_index = index;
	slot->frame.ns[VPIPE_POINT_QBUF] = ns;
	thread = thread_user(ns);
	carry_from(slot, thread, ns);
	if (vpipe_want_source)
		begin_at_source(slot, thread, timestamp_ns, ns);
	return 0;
}

SEC("raw_tp/vpipe_queued")
int EVENT_PROG(vpipe_queued, __u32 id, __u32 queue, __u32 index, __u32 src_seq, __u32 depth)
{
	struct vpipe_context *context;
	struct vpipe_slot *slot;
	__u64 ns = now_ns();

	if (queue != OUTPUT)
		return 0;
	context = context_of(id);
	slot = context ? slot_at(context->out, index) : NULL;
	if (!slot) {
		if (!vpipe_only_clients && !vpipe_only_tgid)
			count(VPIPE_LOSS_no_context);
		return 0;
	}
	if (slot->state != VPIPE_SLOT_ENTERED)
		return 0; /* QBUF was before tracing began: vpipe_run counts it */
	slot->state = VPIPE_SLOT_QUEUED;
	slot->frame.src_seq = src_seq;
	slot->frame.ns[VPIPE_POINT_QUEUED] = ns;
	carry_to(slot, VPIPE_STAGE_submit, ns);
	count(VPIPE_COUNT_STARTED);
	if (vpipe_expect_source && !slot->frame.ns[VPIPE_POINT_SRC_DONE])
		count(VPIPE_LOSS_no_source);
	return 0;
}

/*
 * In the queue a frame waits for its runner: that this one in turn waited for a
 * CPU is known if it has been traced since, as it is from its first frame on.
 */
static __always_inline void carry_by_runner(struct vpipe_slot *slot, __u64 ns)
{
	__u64 queued_ns = slot->frame.ns[VPIPE_POINT_QUEUED];
	__u32 tid = bpf_get_current_pid_tgid();
	struct vpipe_thread *thread;

	if (slot->carrier == tid) {
		carry_to(slot, VPIPE_STAGE_queue, ns);
		return;
	}
	thread_add(tid, VPIPE_ROLE_RUNNER, VPIPE_THREAD_ONCPU, ns);
	thread = thread_current(ns);
	carry_from(slot, thread, queued_ns);
	if (slot->carrier)
		carry_to(slot, VPIPE_STAGE_queue, ns);
	else
		carry_from(slot, thread, ns);
}

SEC("raw_tp/vpipe_run")
int EVENT_PROG(vpipe_run, __u32 id, __u32 out_index, __u32 cap_index, __u32 src_seq, __u32 algo_id,
	       __u32 bytesused)
{
	/* a job may run in another process's QBUF: that doesn't make its context one of ours */
	struct vpipe_context *context = vpipe_only_tgid ? context_find(id) : context_of(id);
	struct vpipe_slot *out, *cap;
	__u64 ns = now_ns();

	if (!context)
		return 0; /* counted when it was queued */
	out = slot_at(context->out, out_index);
	cap = slot_at(context->cap, cap_index);
	if (!out || !cap)
		return 0;
	slot_drop(cap,
		  VPIPE_LOSS_incomplete); /* its CAPTURE buffer can't be in use: missed events */
	if (out->state != VPIPE_SLOT_QUEUED) {
		count(VPIPE_LOSS_no_start);
		return 0;
	}
	carry_by_runner(out, ns);
	*cap = *out;
	cap->frame.cap_index = cap_index;
	cap->frame.algo_id = algo_id;
	cap->frame.bytesused = bytesused;
	cap->frame.ns[VPIPE_POINT_RUN] = ns;
	cap->state = VPIPE_SLOT_RUNNING;
	out->state = VPIPE_SLOT_FREE;
	context->running = cap_index;
	return 0;
}

/* A step inside device_run is done: @stage ends. */
static __always_inline struct vpipe_slot *step(__u32 ctx, __u32 stage)
{
	struct vpipe_slot *slot = running_slot(ctx);
	__u64 ns;

	if (!slot)
		return NULL;
	ns = now_ns();
	slot->frame.ns[stage + 1] = ns;
	carry_to(slot, stage, ns);
	return slot;
}

SEC("raw_tp/vpipe_copy_done")
int EVENT_PROG(vpipe_copy, __u32 id)
{
	step(id, VPIPE_STAGE_copy);
	return 0;
}

SEC("raw_tp/vpipe_cv_done")
int EVENT_PROG(vpipe_cv, __u32 id)
{
	step(id, VPIPE_STAGE_cv);
	return 0;
}

SEC("raw_tp/vpipe_crc_done")
int EVENT_PROG(vpipe_crc, __u32 id)
{
	step(id, VPIPE_STAGE_crc);
	return 0;
}

SEC("raw_tp/vpipe_meta_write")
int EVENT_PROG(vpipe_meta, __u32 id, __u64 seq)
{
	struct vpipe_slot *slot = step(id, VPIPE_STAGE_publish);

	if (slot)
		slot->frame.seq = seq;
	return 0;
}

SEC("raw_tp/vpipe_buf_done")
int EVENT_PROG(vpipe_done, __u32 id, __u32 queue, __u32 index, __u32 sequence, __u32 state,
	       __u32 bytesused)
{
	struct vpipe_context *context = context_find(id);
	struct vpipe_slot *slot;
	__u64 ns;

	if (!context)
		return 0;
	slot = slot_at(queue == OUTPUT ? context->out : context->cap, index);
	if (!slot)
		return 0;
	if (queue == OUTPUT) {
		/* device_run takes its frame out of the slot first: this one never ran */
		slot_drop(slot, VPIPE_LOSS_cancelled);
		return 0;
	}
	if (slot->state != VPIPE_SLOT_RUNNING)
		return 0;
	ns = now_ns();
	slot->state = VPIPE_SLOT_DONE;
	slot->frame.ns[VPIPE_POINT_CAP_DONE] = ns;
	slot->frame.bytesused = bytesused;
	if (state == BUF_STATE_ERROR)
		slot->frame.flags |= VPIPE_FRAME_ERROR;
	carry_to(slot, VPIPE_STAGE_complete, ns);
	return 0;
}

SEC("raw_tp/vpipe_dqbuf")
int EVENT_PROG(vpipe_dqbuf, __u32 id, __u32 queue)
{
	struct vpipe_thread *thread;
	__u64 ns;

	if (queue != CAPTURE)
		return 0;
	ns = now_ns();
	thread = thread_user(ns);
	if (thread) {
		thread->asked_ctx = id;
		thread->asked_ns = ns;
	}
	return 0;
}

/* Every point from the first known one on must be there, in order. */
static __always_inline bool frame_is_whole(const struct vpipe_frame *frame)
{
	__u64 last = frame->ns[VPIPE_POINT_SRC_DONE];

	if (last > frame->ns[VPIPE_POINT_SRC_DQBUF] ||
	    frame->ns[VPIPE_POINT_SRC_DQBUF] > frame->ns[VPIPE_POINT_QBUF])
		return false;
	for (int point = VPIPE_POINT_QBUF; point < VPIPE_N_POINTS; point++) {
		if (!frame->ns[point] || frame->ns[point] < last)
			return false;
		last = frame->ns[point];
	}
	return true;
}

static __always_inline void frame_count(const struct vpipe_frame *frame)
{
	__u64 start = frame->ns[VPIPE_POINT_SRC_DONE] ?: frame->ns[VPIPE_POINT_QBUF];

	for (int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		if (frame->ns[stage])
			hist_add(stage, frame->ns[stage + 1] - frame->ns[stage]);
	}
	hist_add(VPIPE_HIST_E2E, frame->ns[VPIPE_POINT_CAP_DQBUF] - start);
}

static __always_inline void frame_send(struct vpipe_frame *frame)
{
	__u64 flags = BPF_RB_NO_WAKEUP;

	/* one wakeup for many records: waking the reader for each is what costs */
	if (bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) >= vpipe_wakeup_bytes)
		flags = BPF_RB_FORCE_WAKEUP;
	if (bpf_ringbuf_output(&events, frame, sizeof(*frame), flags))
		count(VPIPE_LOSS_ring_full);
	else
		count(VPIPE_COUNT_RECORDED);
}

/*
 * The reader carries the frame from when it was done, or asked for if that was
 * later. What it waited for a CPU before it could ask is the frame's as well.
 */
static __always_inline void carry_pickup(struct vpipe_slot *slot, __u32 ctx, __u64 ns)
{
	struct vpipe_thread *thread = thread_current(ns);
	__u64 from = slot->frame.ns[VPIPE_POINT_CAP_DONE];

	slot->carrier = 0;
	if (thread && thread->asked_ctx == ctx && thread->asked_ns) {
		slot->frame.asked_ns = thread->asked_ns;
		slot->frame.dwell_runq_ns = runq_between(thread, from, thread->asked_ns);
		slot->frame.splits[VPIPE_STAGE_pickup].runq_ns = slot->frame.dwell_runq_ns;
		if (thread->asked_ns > from)
			from = thread->asked_ns;
		thread->asked_ns = 0;
		carry_from(slot, thread, from);
	}
	carry_to(slot, VPIPE_STAGE_pickup, ns);
	if (thread && slot->frame.splits[VPIPE_STAGE_pickup].blocked_ns)
		slot->frame.wake = thread->wake;
}

SEC("raw_tp/vpipe_dqbuf_ret")
int EVENT_PROG(vpipe_dqret, __u32 id, __u32 queue, __u32 index, __s32 ret)
{
	struct vpipe_context *context;
	struct vpipe_slot *slot;
	__u64 ns = now_ns();

	if (queue != CAPTURE || ret)
		return 0;
	context = context_find(id);
	slot = context ? slot_at(context->cap, index) : NULL;
	if (!slot)
		return 0;
	if (slot->state != VPIPE_SLOT_DONE) {
		slot_drop(slot, VPIPE_LOSS_incomplete);
		return 0;
	}
	slot->frame.ns[VPIPE_POINT_CAP_DQBUF] = ns;
	carry_pickup(slot, id, ns);
	if (!frame_is_whole(&slot->frame)) {
		slot_drop(slot, VPIPE_LOSS_incomplete);
		return 0;
	}
	slot->state = VPIPE_SLOT_FREE;
	frame_count(&slot->frame);
	if (vpipe_want_frames)
		frame_send(&slot->frame);
	else
		count(VPIPE_COUNT_RECORDED);
	return 0;
}

/* The file is closed: what it left is counted, its slot is free for another. */
SEC("raw_tp/vpipe_close")
int EVENT_PROG(vpipe_close, __u32 id)
{
	struct vpipe_context *context = context_find(id);

	if (!context)
		return 0;
	for (__u32 index = 0; index < VPIPE_MAX_BUFFERS; index++) {
		slot_drop(slot_at(context->out, index), VPIPE_LOSS_closed);
		slot_drop(slot_at(context->cap, index), VPIPE_LOSS_closed);
	}
	context->ctx = 0;
	return 0;
}
