/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * vpipe-events.h - the contract between the driver and those who trace it
 *
 * README.md beside this file says what each field means and when each event
 * fires. Arguments are scalars only, the context's id first, so that a raw
 * tracepoint program needs nothing but this list.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM vpipe

#if !defined(VPIPE_EVENTS_H) || defined(TRACE_HEADER_MULTI_READ)
#define VPIPE_EVENTS_H

#include <linux/tracepoint.h>
#include <linux/videodev2.h>
#include <media/videobuf2-core.h>

#include "vpipe.h"

// clang-format off

/* The names of enumerations, for the kernel and for those who parse the format files. */
TRACE_DEFINE_ENUM(V4L2_BUF_TYPE_VIDEO_CAPTURE);
TRACE_DEFINE_ENUM(V4L2_BUF_TYPE_VIDEO_OUTPUT);
TRACE_DEFINE_ENUM(V4L2_MEMORY_MMAP);
TRACE_DEFINE_ENUM(V4L2_MEMORY_USERPTR);
TRACE_DEFINE_ENUM(V4L2_MEMORY_DMABUF);
TRACE_DEFINE_ENUM(VB2_BUF_STATE_QUEUED);
TRACE_DEFINE_ENUM(VB2_BUF_STATE_DONE);
TRACE_DEFINE_ENUM(VB2_BUF_STATE_ERROR);
TRACE_DEFINE_ENUM(VPIPE_ALGO_NONE);
TRACE_DEFINE_ENUM(VPIPE_ALGO_THRESHOLD);
TRACE_DEFINE_ENUM(VPIPE_ALGO_OK);
TRACE_DEFINE_ENUM(VPIPE_ALGO_FAILED);

#define vpipe_show_queue(queue)					\
	__print_symbolic(queue,					\
		{ V4L2_BUF_TYPE_VIDEO_CAPTURE,	"CAPTURE" },	\
		{ V4L2_BUF_TYPE_VIDEO_OUTPUT,	"OUTPUT" })

#define vpipe_show_memory(memory)				\
	__print_symbolic(memory,				\
		{ V4L2_MEMORY_MMAP,		"MMAP" },	\
		{ V4L2_MEMORY_USERPTR,		"USERPTR" },	\
		{ V4L2_MEMORY_DMABUF,		"DMABUF" })

#define vpipe_show_state(state)					\
	__print_symbolic(state,					\
		{ VB2_BUF_STATE_QUEUED,		"QUEUED" },	\
		{ VB2_BUF_STATE_DONE,		"DONE" },	\
		{ VB2_BUF_STATE_ERROR,		"ERROR" })

#define vpipe_show_algo(algo)					\
	__print_symbolic(algo,					\
		{ VPIPE_ALGO_NONE,		"none" },	\
		{ VPIPE_ALGO_THRESHOLD,		"threshold" })

#define vpipe_show_status(status)				\
	__print_symbolic(status,				\
		{ VPIPE_ALGO_OK,		"ok" },		\
		{ VPIPE_ALGO_FAILED,		"failed" })

DECLARE_EVENT_CLASS(vpipe_file,

	TP_PROTO(u32 ctx),

	TP_ARGS(ctx),

	TP_STRUCT__entry(
		__field(u32, ctx)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
	),

	TP_printk("ctx=%u", __entry->ctx)
);

DEFINE_EVENT(vpipe_file, vpipe_open,
	TP_PROTO(u32 ctx),
	TP_ARGS(ctx)
);

DEFINE_EVENT(vpipe_file, vpipe_close,
	TP_PROTO(u32 ctx),
	TP_ARGS(ctx)
);

TRACE_EVENT(vpipe_qbuf,

	TP_PROTO(u32 ctx, u32 queue, u32 index, u32 memory, u64 timestamp_ns),

	TP_ARGS(ctx, queue, index, memory, timestamp_ns),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, queue)
		__field(u32, index)
		__field(u32, memory)
		__field(u64, timestamp_ns)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->queue = queue;
		__entry->index = index;
		__entry->memory = memory;
		__entry->timestamp_ns = timestamp_ns;
	),

	TP_printk("ctx=%u queue=%s index=%u memory=%s timestamp_ns=%llu",
		  __entry->ctx, vpipe_show_queue(__entry->queue), __entry->index,
		  vpipe_show_memory(__entry->memory), __entry->timestamp_ns)
);

TRACE_EVENT(vpipe_queued,

	TP_PROTO(u32 ctx, u32 queue, u32 index, u32 src_seq, u32 depth),

	TP_ARGS(ctx, queue, index, src_seq, depth),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, queue)
		__field(u32, index)
		__field(u32, src_seq)
		__field(u32, depth)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->queue = queue;
		__entry->index = index;
		__entry->src_seq = src_seq;
		__entry->depth = depth;
	),

	TP_printk("ctx=%u queue=%s index=%u src_seq=%u depth=%u",
		  __entry->ctx, vpipe_show_queue(__entry->queue), __entry->index,
		  __entry->src_seq, __entry->depth)
);

TRACE_EVENT(vpipe_flush,

	TP_PROTO(u32 ctx, u32 out_index, u32 cap_index, u32 bytes, u64 began_ns),

	TP_ARGS(ctx, out_index, cap_index, bytes, began_ns),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, out_index)
		__field(u32, cap_index)
		__field(u32, bytes)
		__field(u64, began_ns)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->out_index = out_index;
		__entry->cap_index = cap_index;
		__entry->bytes = bytes;
		__entry->began_ns = began_ns;
	),

	TP_printk("ctx=%u out_index=%u cap_index=%u bytes=%u began_ns=%llu", __entry->ctx,
		  __entry->out_index, __entry->cap_index, __entry->bytes, __entry->began_ns)
);

TRACE_EVENT(vpipe_run,

	TP_PROTO(u32 ctx, u32 out_index, u32 cap_index, u32 src_seq, u32 algo_id, u32 bytesused),

	TP_ARGS(ctx, out_index, cap_index, src_seq, algo_id, bytesused),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, out_index)
		__field(u32, cap_index)
		__field(u32, src_seq)
		__field(u32, algo_id)
		__field(u32, bytesused)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->out_index = out_index;
		__entry->cap_index = cap_index;
		__entry->src_seq = src_seq;
		__entry->algo_id = algo_id;
		__entry->bytesused = bytesused;
	),

	TP_printk("ctx=%u out_index=%u cap_index=%u src_seq=%u algo=%s bytesused=%u",
		  __entry->ctx, __entry->out_index, __entry->cap_index, __entry->src_seq,
		  vpipe_show_algo(__entry->algo_id), __entry->bytesused)
);

TRACE_EVENT(vpipe_copy_done,

	TP_PROTO(u32 ctx, u32 bytes),

	TP_ARGS(ctx, bytes),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, bytes)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->bytes = bytes;
	),

	TP_printk("ctx=%u bytes=%u", __entry->ctx, __entry->bytes)
);

TRACE_EVENT(vpipe_cv_done,

	TP_PROTO(u32 ctx, u32 algo_id, u32 algo_status, u64 value0, u64 value1),

	TP_ARGS(ctx, algo_id, algo_status, value0, value1),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, algo_id)
		__field(u32, algo_status)
		__field(u64, value0)
		__field(u64, value1)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->algo_id = algo_id;
		__entry->algo_status = algo_status;
		__entry->value0 = value0;
		__entry->value1 = value1;
	),

	TP_printk("ctx=%u algo=%s status=%s value0=%llu value1=%llu",
		  __entry->ctx, vpipe_show_algo(__entry->algo_id),
		  vpipe_show_status(__entry->algo_status), __entry->value0, __entry->value1)
);

TRACE_EVENT(vpipe_crc_done,

	TP_PROTO(u32 ctx, u32 bytes, u32 crc32),

	TP_ARGS(ctx, bytes, crc32),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, bytes)
		__field(u32, crc32)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->bytes = bytes;
		__entry->crc32 = crc32;
	),

	TP_printk("ctx=%u bytes=%u crc32=0x%08x", __entry->ctx, __entry->bytes, __entry->crc32)
);

TRACE_EVENT(vpipe_meta_write,

	TP_PROTO(u32 ctx, u64 seq, u64 ring_head, u32 src_seq, u32 cap_index),

	TP_ARGS(ctx, seq, ring_head, src_seq, cap_index),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u64, seq)
		__field(u64, head)
		__field(u32, src_seq)
		__field(u32, cap_index)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->seq = seq;
		__entry->head = ring_head;
		__entry->src_seq = src_seq;
		__entry->cap_index = cap_index;
	),

	TP_printk("ctx=%u seq=%llu head=%llu src_seq=%u cap_index=%u",
		  __entry->ctx, __entry->seq, __entry->head, __entry->src_seq,
		  __entry->cap_index)
);

TRACE_EVENT(vpipe_buf_done,

	TP_PROTO(u32 ctx, u32 queue, u32 index, u32 sequence, u32 state, u32 bytesused),

	TP_ARGS(ctx, queue, index, sequence, state, bytesused),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, queue)
		__field(u32, index)
		__field(u32, sequence)
		__field(u32, state)
		__field(u32, bytesused)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->queue = queue;
		__entry->index = index;
		__entry->sequence = sequence;
		__entry->state = state;
		__entry->bytesused = bytesused;
	),

	TP_printk("ctx=%u queue=%s index=%u sequence=%u state=%s bytesused=%u",
		  __entry->ctx, vpipe_show_queue(__entry->queue), __entry->index,
		  __entry->sequence, vpipe_show_state(__entry->state), __entry->bytesused)
);

DECLARE_EVENT_CLASS(vpipe_queue,

	TP_PROTO(u32 ctx, u32 queue),

	TP_ARGS(ctx, queue),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, queue)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->queue = queue;
	),

	TP_printk("ctx=%u queue=%s", __entry->ctx, vpipe_show_queue(__entry->queue))
);

DEFINE_EVENT(vpipe_queue, vpipe_dqbuf,
	TP_PROTO(u32 ctx, u32 queue),
	TP_ARGS(ctx, queue)
);

TRACE_EVENT(vpipe_dqbuf_ret,

	TP_PROTO(u32 ctx, u32 queue, u32 index, s32 ret),

	TP_ARGS(ctx, queue, index, ret),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, queue)
		__field(u32, index)
		__field(s32, ret)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->queue = queue;
		__entry->index = index;
		__entry->ret = ret;
	),

	TP_printk("ctx=%u queue=%s index=%d ret=%d", __entry->ctx,
		  vpipe_show_queue(__entry->queue), (int)__entry->index, __entry->ret)
);

TRACE_EVENT(vpipe_submit,

	TP_PROTO(u32 ctx, u32 out_index, u32 src_seq, u32 algo_id, u32 tid, u64 timestamp_ns,
		 u64 qbuf_ns, u64 queued_ns),

	TP_ARGS(ctx, out_index, src_seq, algo_id, tid, timestamp_ns, qbuf_ns, queued_ns),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, out_index)
		__field(u32, src_seq)
		__field(u32, algo_id)
		__field(u32, tid)
		__field(u64, timestamp_ns)
		__field(u64, qbuf_ns)
		__field(u64, queued_ns)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->out_index = out_index;
		__entry->src_seq = src_seq;
		__entry->algo_id = algo_id;
		__entry->tid = tid;
		__entry->timestamp_ns = timestamp_ns;
		__entry->qbuf_ns = qbuf_ns;
		__entry->queued_ns = queued_ns;
	),

	TP_printk("ctx=%u out_index=%u src_seq=%u algo=%s tid=%u timestamp_ns=%llu qbuf_ns=%llu queued_ns=%llu",
		  __entry->ctx, __entry->out_index, __entry->src_seq,
		  vpipe_show_algo(__entry->algo_id), __entry->tid, __entry->timestamp_ns,
		  __entry->qbuf_ns, __entry->queued_ns)
);

TRACE_EVENT(vpipe_runner,

	TP_PROTO(u32 ctx, u32 out_index, u32 tid, u64 run_ns),

	TP_ARGS(ctx, out_index, tid, run_ns),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, out_index)
		__field(u32, tid)
		__field(u64, run_ns)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->out_index = out_index;
		__entry->tid = tid;
		__entry->run_ns = run_ns;
	),

	TP_printk("ctx=%u out_index=%u tid=%u run_ns=%llu", __entry->ctx,
		  __entry->out_index, __entry->tid, __entry->run_ns)
);

TRACE_EVENT(vpipe_job,

	TP_PROTO(u32 ctx, u32 out_index, u32 cap_index, u32 bytesused, u64 seq, u64 run_ns,
		 u64 copy_ns, u64 cv_ns, u64 crc_ns, u64 meta_ns, u64 done_ns),

	TP_ARGS(ctx, out_index, cap_index, bytesused, seq, run_ns, copy_ns, cv_ns, crc_ns,
		meta_ns, done_ns),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, out_index)
		__field(u32, cap_index)
		__field(u32, bytesused)
		__field(u64, seq)
		__field(u64, run_ns)
		__field(u64, copy_ns)
		__field(u64, cv_ns)
		__field(u64, crc_ns)
		__field(u64, meta_ns)
		__field(u64, done_ns)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->out_index = out_index;
		__entry->cap_index = cap_index;
		__entry->bytesused = bytesused;
		__entry->seq = seq;
		__entry->run_ns = run_ns;
		__entry->copy_ns = copy_ns;
		__entry->cv_ns = cv_ns;
		__entry->crc_ns = crc_ns;
		__entry->meta_ns = meta_ns;
		__entry->done_ns = done_ns;
	),

	TP_printk("ctx=%u out_index=%u cap_index=%u bytesused=%u seq=%llu run_ns=%llu copy_ns=%llu cv_ns=%llu crc_ns=%llu meta_ns=%llu done_ns=%llu",
		  __entry->ctx, __entry->out_index, __entry->cap_index, __entry->bytesused,
		  __entry->seq, __entry->run_ns, __entry->copy_ns, __entry->cv_ns,
		  __entry->crc_ns, __entry->meta_ns, __entry->done_ns)
);

TRACE_EVENT(vpipe_pickup,

	TP_PROTO(u32 ctx, u32 cap_index, u64 asked_ns, u64 picked_ns),

	TP_ARGS(ctx, cap_index, asked_ns, picked_ns),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u32, cap_index)
		__field(u64, asked_ns)
		__field(u64, picked_ns)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->cap_index = cap_index;
		__entry->asked_ns = asked_ns;
		__entry->picked_ns = picked_ns;
	),

	TP_printk("ctx=%u cap_index=%u asked_ns=%llu picked_ns=%llu", __entry->ctx,
		  __entry->cap_index, __entry->asked_ns, __entry->picked_ns)
);

DEFINE_EVENT(vpipe_queue, vpipe_streamoff,
	TP_PROTO(u32 ctx, u32 queue),
	TP_ARGS(ctx, queue)
);

TRACE_EVENT(vpipe_meta_overrun,

	TP_PROTO(u32 ctx, u64 lost),

	TP_ARGS(ctx, lost),

	TP_STRUCT__entry(
		__field(u32, ctx)
		__field(u64, lost)
	),

	TP_fast_assign(
		__entry->ctx = ctx;
		__entry->lost = lost;
	),

	TP_printk("ctx=%u lost=%llu", __entry->ctx, __entry->lost)
);

#endif /* VPIPE_EVENTS_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE vpipe-events
#include <trace/define_trace.h>

// clang-format on
