/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * frames.bpf.h - follow each frame from its first point to its last, one record when it is there
 *
 * What a probe calls, in this order, with what it has from its events:
 *
 *   slot_claim()    a buffer is queued: where its frame is kept
 *   frame_begin()   ... and it begins
 *   frame_submit()  a thread was in QBUF with it, from one point to the next
 *   slot_move()     it goes on from the OUTPUT buffer to the CAPTURE buffer
 *   frame_run()     a thread ran its job, from one point to another
 *   frame_end()     it is dequeued: counted and recorded
 *
 * A path may leave out what it does not have. The times are the probe's to set, in frame.ns[], by
 * the numbers of its points. From its @first to its @last point all must be there, in order; where
 * it has a source, the two points of that come before @first (enum vpipe_source_point). All these
 * numbers are constants, so that the loops over them are unrolled.
 *
 * A program that runs costs more than a time that is noted down: so few events, with the times of
 * many points each. One that is out of order never invents a time: the frame is dropped, and
 * counted.
 */
#ifndef VPIPE_FRAMES_BPF_H
#define VPIPE_FRAMES_BPF_H

#include "record.h"
#include "core/carriers.bpf.h"
#include "core/counters.bpf.h"
#include "core/links.bpf.h"
#include "core/slots.bpf.h"

/* One record a finished frame. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events __weak SEC(".maps");

/* Latency of each stage, and of the whole frame. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* CPUs, of each device: too large for a per-CPU map */
	__type(key, __u32);
	__type(value, struct vpipe_hists);
} hists __weak SEC(".maps");

/* How many records found no room. */
__weak __u32 vpipe_records_lost SEC(".data") = 0;

/* How many frames of each device have come to their end, as long as that is the warm-up. */
__weak __u32 vpipe_warm[VPIPE_MAX_DEVICES] SEC(".data") = {0};

#define ASK_EVERY 8 /* records: how much is in the ring? */

/* A frame of which nothing is known. What is not set here comes before it is needed. */
static __always_inline void frame_begin(struct vpipe_slot *slot, __u32 ctx, __u32 index)
{
	struct vpipe_frame *frame = &slot->frame;

	count(VPIPE_COUNT_STARTED);
	frame->ns[VPIPE_SOURCE_DONE] = 0;
	frame->ns[VPIPE_SOURCE_DQBUF] = 0;
	frame->flags = 0;
	frame->unknown = 0;
	frame->split = 0;
	frame->counted = 0;
	slot->state = VPIPE_SLOT_QUEUED;
	slot->carrier = 0;
	frame->device = 0;
	frame->ctx = ctx;
	frame->out_index = index;
}

/* Who dequeued @source had it until then, and until QBUF if it is @thread. */
static __always_inline void source_carried(struct vpipe_frame *frame,
					   const struct vpipe_source *source,
					   const struct vpipe_thread *thread)
{
	struct vpipe_thread *reader = source->tid ? thread_find(source->tid) : NULL;

	if (!reader || reader->began_ns > source->dqbuf_ns)
		return;
	carried(frame, reader, VPIPE_SOURCE_DONE,
		reader == thread ? VPIPE_SOURCE_POINTS : VPIPE_SOURCE_DQBUF);
}

/*
 * Begin at the source if its buffer was seen. Handed over within one thread, the
 * frame is carried on from the source's DQBUF; between two, nobody carries it; from
 * or to one that is not traced, it is unknown.
 */
static __always_inline bool begin_at_source(struct vpipe_slot *slot, struct vpipe_thread *thread,
					    __u32 tid, __u64 timestamp_ns, __u64 qbuf_ns,
					    __u32 rows)
{
	struct vpipe_frame *frame = &slot->frame;
	struct vpipe_source *source;
	__u32 rule;

	source = source_take(tid, timestamp_ns, qbuf_ns, &rule);
	if (!source)
		return false;
	frame->ns[VPIPE_SOURCE_DONE] = source->done_ns;
	frame->ns[VPIPE_SOURCE_DQBUF] = source->dqbuf_ns;
	frame->source.sequence = source->sequence;
	frame->source.minor = source->minor;
	frame->source.rule = rule;
	frame->source.asked_ns = source->asked_ns;
	frame->source.dwell_runq_ns = source->dwell_runq_ns;
	frame->source.copy_ns = VPIPE_COPY_UNKNOWN;
	frame->source.wake = source->wake;
	*split_of(frame, VPIPE_SOURCE_DONE) = source->split;
	frame->switches = source->switches;
	if (!source->tid)
		frame->unknown |= 1 << VPIPE_SOURCE_DONE | 1 << VPIPE_SOURCE_DQBUF;
	if (!thread)
		frame->unknown |= 1 << VPIPE_SOURCE_DQBUF;
	if (rows == VPIPE_ROWS_CARRIED)
		source_carried(frame, source, thread);
	/* ids are used again: one that began since is another thread */
	if (!thread || thread->tid != source->tid || thread->began_ns > source->dqbuf_ns)
		return false;
	if (vpipe_copy_probes && thread->copy_of_ns == source->dqbuf_ns)
		frame->source.copy_ns = thread->copy_ns;
	thread->copy_of_ns = 0;
	slot->base = source->base;
	slot->carrier = thread->tid;
	carry_to(slot, thread, VPIPE_SOURCE_DQBUF, qbuf_ns);
	return slot->carrier;
}

/* The frame is in the hands of who is in QBUF, from point @qbuf to the next one. */
static __always_inline void carry_submit(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u32 tid, __u64 timestamp_ns, __u32 qbuf, __u64 qbuf_ns,
					 __u64 queued_ns)
{
	struct vpipe_frame *frame = &slot->frame;
	const __u32 rows = vpipe_config.rows;
	bool is_carried = false;

	if (thread && thread->tid != tid)
		thread = NULL; /* STREAMON came from another thread than QBUF */
	if (qbuf == VPIPE_SOURCE_POINTS && vpipe_config.want_source)
		is_carried = begin_at_source(slot, thread, tid, timestamp_ns, qbuf_ns, rows);
	if (rows == VPIPE_ROWS_NONE)
		return;
	if (!thread) {
		frame->unknown |= 1 << qbuf;
		return;
	}
	if (rows == VPIPE_ROWS_CARRIED)
		carried(frame, thread, qbuf, qbuf + 1);
	slot->n_marks = thread->n_marks;
	if (ran_since(thread, qbuf_ns)) {
		/* since its last mark only oncpu_ns has moved, which no frame is charged with */
		slot->base = thread->now.account;
		slot->carrier = tid;
		return;
	}
	if (!ran_since(thread, queued_ns))
		slot->n_marks--; /* it has left its CPU between that time and this event */
	if (!is_carried)
		carry_from(slot, thread, qbuf_ns);
	carry_to(slot, thread, qbuf, queued_ns);
}

/*
 * @tid was in QBUF from point @qbuf to the next one, with a buffer of @timestamp_ns. If @qbuf is
 * VPIPE_SOURCE_POINTS, the path has a source: the frame is linked to what it is made from.
 */
static __always_inline void frame_submit(struct vpipe_slot *slot, __u32 tid, __u64 timestamp_ns,
					 __u32 qbuf)
{
	const __u64 *ns = slot->frame.ns;

	carry_submit(slot, thread_user(ns[qbuf + 1]), tid, timestamp_ns, qbuf, ns[qbuf],
		     ns[qbuf + 1]);
	if (qbuf == VPIPE_SOURCE_POINTS && source_is_expected() && !ns[VPIPE_SOURCE_DONE])
		count(VPIPE_LOSS_no_source);
}

/* The current thread ran the job, from the point after @queued to @done. */
static __always_inline void frame_run(struct vpipe_slot *slot, __u32 queued, __u32 done)
{
	const __u32 rows = vpipe_config.rows;
	struct vpipe_thread *thread;

	if (rows == VPIPE_ROWS_NONE)
		return;
	thread = thread_current(slot->frame.ns[done]);
	if (rows == VPIPE_ROWS_CARRIED)
		carried(&slot->frame, thread, queued, done);
	carry_job(slot, thread, queued, done);
}

/* Those of @device on this CPU. */
static __always_inline struct vpipe_hists *hists_here(__u32 device)
{
	__u32 index = bpf_get_smp_processor_id();

	if (vpipe_config.n_devices > 1)
		index += device * vpipe_config.n_cpus;
	return bpf_map_lookup_elem(&hists, &index);
}

/*
 * Where who counts in them is never preempted, nor interrupted by another that does, a histogram of
 * a CPU has one writer.
 */
static __always_inline void stage_count(struct vpipe_hists *mine, __u32 which, __u64 ns)
{
	if (vpipe_config.preemptible && vpipe_config.cycles)
		hist_add_shared(&mine->ranges[which], mine->buckets[which], ns);
	else
		hist_add(&mine->ranges[which], mine->buckets[which], ns);
}

/*
 * Every point from the first known one on must be there, in order; and nobody gets
 * what was asked for before asking. One time or difference with the highest bit set
 * (that of a time is not for 292 years) shows in all of them together.
 */
static __always_inline bool frame_is_whole(const struct vpipe_frame *frame, __u32 first, __u32 last)
{
	__u64 asked = frame->asked_ns, from = frame->ns[first];
	__u64 signs = from | asked | (frame->ns[last] - asked);

#pragma unroll
	for (__u32 point = 0; point < first; point++) {
		if (frame->ns[point])
			signs |= frame->ns[point] | (frame->ns[point + 1] - frame->ns[point]);
	}
#pragma unroll
	for (__u32 point = first + 1; point <= last; point++) {
		signs |= frame->ns[point] | (frame->ns[point] - from);
		from = frame->ns[point];
	}
	return frame->ns[first] && !(signs >> 63);
}

/* Each time is read once: for all the compiler knows, counting may change them. */
static __always_inline void frame_count(const struct vpipe_frame *frame, __u32 first, __u32 last)
{
	struct vpipe_hists *mine = hists_here(frame->device);
	__u64 begin = frame->ns[first], from = begin, to = 0;

	if (!mine)
		return;
	asm volatile("" : "+r"(frame)); /* or each time's address is worked out apart */
#pragma unroll
	for (__u32 stage = first - 1; stage < first; stage--) {
		if (frame->ns[stage]) {
			stage_count(mine, stage, begin - frame->ns[stage]);
			begin = frame->ns[stage];
		}
	}
#pragma unroll
	for (__u32 stage = first; stage < last; stage++, from = to) {
		to = frame->ns[stage + 1];
		stage_count(mine, stage, to - from);
	}
	stage_count(mine, VPIPE_HIST_E2E, to - begin);
}

/*
 * Is the frame one of the first of its device, which are to be left out? Then it is marked. It is
 * looked first, so that later ones cost no more than that.
 */
static __always_inline bool frame_is_warmup(struct vpipe_frame *frame)
{
	__u32 *warm = &vpipe_warm[frame->device & (VPIPE_MAX_DEVICES - 1)];

	if (!vpipe_config.warmup || *warm >= vpipe_config.warmup ||
	    __sync_fetch_and_add(warm, 1) >= vpipe_config.warmup)
		return false;
	frame->flags |= VPIPE_FRAME_WARMUP;
	count(VPIPE_COUNT_WARMUP);
	return true;
}

/* Those that are known of @frame, and its reader, the current thread, from @done on. */
static __always_inline void send_carriers(struct vpipe_frame *record,
					  const struct vpipe_frame *frame, __u32 done, __u32 last)
{
	__u32 tid = current_tid();

	frame_copy_carriers(record, frame);
	if (frame->asked_ns && (!vpipe_config.cycles || frame->cycle.reader == tid))
		carried(record, thread_find(tid), done, last);
}

static __always_inline void frame_send(struct vpipe_frame *frame, __u32 first, __u32 done,
				       __u32 last, bool with_carriers)
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
	if (vpipe_config.cycles)
		frame->lost = vpipe_records_lost;
	record = bpf_ringbuf_reserve(&events, record_size(vpipe_config.cycles, with_carriers), 0);
	if (!record) {
		count(VPIPE_LOSS_ring_full);
		__sync_fetch_and_add(&vpipe_records_lost, 1);
		return;
	}
	frame_copy(record, frame, last - 1, vpipe_config.cycles, first && vpipe_config.want_source,
		   vpipe_config.n_counters);
	if (with_carriers)
		send_carriers(record, frame, done, last);
	bpf_ringbuf_submit(record, flags);
	__sync_fetch_and_add(recorded, 1);
}

/*
 * The frame, in the hands of the current thread since point @done, is at its @last point, and whole:
 * in the histograms, but for the warm-up, and in a record. @stages: those that are counted, a bit for
 * each.
 */
static __always_inline void frame_record(struct vpipe_slot *slot, __u32 first, __u32 done,
					 __u32 last, __u32 stages)
{
	struct vpipe_frame *frame = &slot->frame;
	__u32 rows;

	if (!frame_is_whole(frame, first, last)) {
		slot_drop(slot, VPIPE_LOSS_incomplete);
		return;
	}
	slot->state = VPIPE_SLOT_FREE;
	if (!frame_is_warmup(frame))
		frame_count(frame, first, last);
	if (stages)
		counters_count(slot, stages);
	rows = vpipe_config.rows;
	if (rows == VPIPE_ROWS_NONE)
		count(VPIPE_COUNT_RECORDED);
	else
		frame_send(frame, first, done, last, rows == VPIPE_ROWS_CARRIED);
}

/*
 * The current thread asked for the frame, which was there at its point @done, at @asked_ns, 0: that
 * is not known, and has it at its @last point.
 */
static __always_inline void frame_end(struct vpipe_slot *slot, __u64 asked_ns, __u32 first,
				      __u32 done, __u32 last, __u32 stages)
{
	struct vpipe_thread *thread = thread_user(slot->frame.ns[last]);

	slot->frame.asked_ns = asked_ns;
	carry_read(slot, thread, done, last);
	frame_record(slot, first, done, last, stages);
}

#endif /* VPIPE_FRAMES_BPF_H */
