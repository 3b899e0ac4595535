// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vpipe.bpf.c - our node: each frame from QBUF, or its source, to the CAPTURE buffer's DQBUF
 *
 * It is known by its OUTPUT buffer until its job is done, and by its CAPTURE buffer from then on.
 * Three events move it, vpipe_submit, vpipe_job and vpipe_pickup, which bring the times of all the
 * steps with them.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/frames.bpf.h"
#include "probes/vpipe.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

_Static_assert(VPIPE_N_STAGES <= VPIPE_MAX_STAGES, "raise it in abi.h");
_Static_assert((int)VPIPE_POINT_QBUF == (int)VPIPE_SOURCE_POINTS, "the source's points come first");
_Static_assert(VPIPE_POINT_CAP_DONE == VPIPE_POINT_RUN + 5, "vpipe_job has the time of each point");

SEC("?raw_tp/vpipe_submit")
int BPF_PROG(vpipe_submit, __u64 id, __u64 index, __u32 src_seq, __u32 algo_id, __u32 tid,
	     __u64 timestamp_ns, __u64 qbuf_ns, __u64 queued_ns)
{
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;

	if (!vpipe_shared.on)
		return 0;
	slot = slot_claim(id, OUTPUT, index, tid);
	if (!slot || !qbuf_ns)
		return 0; /* not wanted, or QBUF was before tracing began: vpipe_job counts it */
	frame_begin(slot, id, index);
	frame = &slot->frame;
	frame->src_seq = src_seq;
	frame->algo_id = algo_id;
	frame->ns[VPIPE_POINT_QBUF] = qbuf_ns;
	frame->ns[VPIPE_POINT_QUEUED] = queued_ns;
	frame_submit(slot, tid, timestamp_ns, VPIPE_POINT_QBUF);
	counters_lap(VPIPE_STAGE_submit);
	counters_take(slot, qbuf_ns, VPIPE_COUNTED_STAGES);
	return 0;
}

/* A job is run by a thread that has no part in the frame otherwise: trace it from here on. */
SEC("?raw_tp/vpipe_runner")
int BPF_PROG(vpipe_runner, __u64 id, __u32 out_index, __u32 tid, __u64 run_ns)
{
	if (!vpipe_shared.on)
		return 0;
	if (context_find(id) && !thread_is_traced(current_tid()))
		thread_add_current(VPIPE_ROLE_RUNNER, run_ns);
	return 0;
}

/* The context of a job: one that may have begun before tracing did. NULL: it is not traced. */
static __always_inline struct vpipe_context *context_of_job(__u64 id)
{
	struct vpipe_context *context = context_find(id);

	if (context)
		return context;
	if (!vpipe_config.only_clients)
		return context_claim(id);
	/* a job may run in another process's QBUF: whose frame it is that doesn't tell */
	count(VPIPE_LOSS_others);
	return NULL;
}

SEC("?raw_tp/vpipe_job")
int BPF_PROG(vpipe_job, __u64 id, __u64 out_index, __u64 cap_index, __u32 bytesused, __u64 seq,
	     __u64 run_ns, __u64 copy_ns, __u64 cv_ns, __u64 crc_ns, __u64 meta_ns, __u64 done_ns)
{
	struct vpipe_context *context;
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;

	if (!vpipe_shared.on)
		return 0;
	context = context_of_job(id);
	slot = context ? slot_move(context, out_index, cap_index) : NULL;
	if (!slot)
		return 0;
	frame = &slot->frame;
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
	frame_run(slot, VPIPE_POINT_QUEUED, VPIPE_POINT_CAP_DONE);
	counters_lap(VPIPE_STAGE_complete);
	counters_take(slot, run_ns, VPIPE_COUNTED_STAGES);
	return 0;
}

SEC("?raw_tp/vpipe_pickup")
int BPF_PROG(vpipe_pickup, __u64 id, __u64 index, __u64 asked_ns, __u64 picked_ns)
{
	struct vpipe_context *context;
	struct vpipe_slot *slot;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	slot = context ? slot_at(context, CAPTURE, index) : NULL;
	if (!slot || slot->state != VPIPE_SLOT_DONE)
		return 0; /* its job was before tracing began, or is counted as one without a start */
	slot->frame.ns[VPIPE_POINT_CAP_DQBUF] = picked_ns;
	frame_end(slot, asked_ns, VPIPE_POINT_QBUF, VPIPE_POINT_CAP_DONE, VPIPE_POINT_CAP_DQBUF,
		  VPIPE_COUNTED_STAGES);
	return 0;
}

/* Of a queue that stops, no frame goes on: one in a job ends before. */
SEC("?raw_tp/vpipe_streamoff")
int BPF_PROG(vpipe_streamoff, __u64 id, __u32 queue)
{
	struct vpipe_context *context;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	if (context)
		context_drop(context, queue,
			     queue == OUTPUT ? VPIPE_LOSS_cancelled : VPIPE_LOSS_not_dequeued);
	return 0;
}

SEC("?raw_tp/vpipe_close")
int BPF_PROG(vpipe_close, __u64 id)
{
	struct vpipe_context *context;

	if (!vpipe_shared.on)
		return 0;
	context = context_find(id);
	if (context)
		context_end(context, VPIPE_LOSS_closed);
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
