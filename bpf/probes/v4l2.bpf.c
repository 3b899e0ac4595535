// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * v4l2.bpf.c - the events of any driver that uses videobuf2: each frame from its buffer's done to who
 * dequeued it, behind what a mem2mem node did (m2m.bpf.c)
 *
 * Two have a part in that: whoever calls the buffer done, mostly an interrupt, and its reader.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "probes/capture.h"
#include "probes/inputs.bpf.h"
#include "probes/m2m.h"
#include "probes/output.h"
#include "probes/queues.bpf.h"
#include "probes/readers.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

_Static_assert((int)CAPTURE_POINT_TAKEN == CAPTURE_POINT_DONE + READER_TAKEN &&
		       (int)M2M_POINT_TAKEN == M2M_POINT_DONE + READER_TAKEN,
	       "every path has the points of a reader");
_Static_assert((int)OUTPUT_POINT_GIVEN == (int)M2M_POINT_GIVEN &&
		       (int)OUTPUT_POINT_DONE == (int)M2M_POINT_DONE &&
		       (int)OUTPUT_STAGE_submit == (int)M2M_STAGE_submit,
	       "an output device is told as a mem2mem one whose job is to show");
_Static_assert(CAPTURE_N_STAGES <= VPIPE_MAX_STAGES && M2M_N_STAGES <= VPIPE_MAX_STAGES,
	       "raise it in abi.h");

/*
 * The driver had no buffer since context->dry_ns: what @thread, who gives it one, did since then, or
 * since it took its last one of this queue if that was before.
 */
static __always_inline void cycle_held(struct vpipe_cycle *cycle,
				       const struct vpipe_context *context,
				       struct vpipe_thread *thread)
{
	const struct vpipe_user *user = &thread->user;
	struct vpipe_account account;

	cycle->giver = thread->tid;
	cycle->since_ns = context->dry_ns;
	cycle->held_known = false;
	if (thread->now.state != VPIPE_THREAD_ONCPU)
		return;
	cycle->held = user->taken_split;
	if (user->taken_of == context->key && user->taken_ns < context->dry_ns) {
		cycle->since_ns = user->taken_ns;
	} else {
		if (!account_at(thread, context->dry_ns, &account))
			return;
		cycle->held.runq_ns = account.runq_ns;
		cycle->held.blocked_ns = account.blocked_ns;
	}
	cycle->held.runq_ns = thread->now.account.runq_ns - cycle->held.runq_ns;
	cycle->held.blocked_ns = thread->now.account.blocked_ns - cycle->held.blocked_ns;
	cycle->held_known = true;
}

/* read() has copied the frame in @slot, and gives its buffer back. */
static __always_inline void frame_copied(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u64 ns)
{
	slot->frame.ns[CAPTURE_POINT_COPIED] = ns;
	if (vpipe_config.rows != VPIPE_ROWS_NONE) {
		if (thread && slot->carrier == thread->tid)
			carry_to(slot, thread, CAPTURE_STAGE_copy, ns);
		else
			slot->frame.unknown |= 1 << CAPTURE_STAGE_copy;
	}
	frame_record(slot, CAPTURE_POINT_DONE, CAPTURE_POINT_DONE, CAPTURE_POINT_COPIED, 0);
}

/* What tells that two buffers are the same memory: see vpipe_cycle. */
static __always_inline __u64 memory_of(const struct vb2_buffer___any *vb)
{
	const struct dma_buf___any *dmabuf = vb->planes[0].dbuf;

	if (vb->memory != MEMORY_DMABUF)
		return (__u64)vb->planes[0].mem_priv;
	if (!dmabuf)
		return 0;
	return memory_of_dmabuf(dmabuf->exp_name, (__u64)dmabuf->priv, address_of(dmabuf));
}

/* Who is in QBUF with an OUTPUT buffer: what it did there until @ns, when the driver has it. */
static __always_inline void output_given(struct vpipe_context *context, struct vpipe_slot *slot,
					 const struct vb2_buffer___any *vb,
					 struct vpipe_thread *thread, __u64 ns)
{
	struct vpipe_frame *frame = &slot->frame;
	__u64 qbuf_ns = thread ? thread->user.qbuf_ns : 0;
	const __u32 rows = vpipe_config.rows;

	frame->out_index = context->fifo_next; /* until a frame begins: its place there */
	context->fifo[context->fifo_next++ % sizeof(context->fifo)] = vb->index;
	frame->cycle.input.tid = 0;
	if (thread)
		input_given(&frame->cycle.input, memory_of(vb), vb->timestamp, thread,
			    qbuf_ns ?: ns);
	frame->ns[M2M_POINT_QBUF] = qbuf_ns;
	frame->ns[M2M_POINT_GIVEN] = ns;
	frame->ns[M2M_POINT_DONE] = 0;
	frame->split = frame->unknown = 0;
	if (rows == VPIPE_ROWS_CARRIED)
		frame->cycle.input.cpu = bpf_get_smp_processor_id() + 1;
	if (!qbuf_ns || rows == VPIPE_ROWS_NONE || ran_since(thread, qbuf_ns))
		return;
	if (carry_from(slot, thread, qbuf_ns))
		carry_to(slot, thread, M2M_STAGE_submit, ns);
	else
		frame->unknown = 1 << M2M_STAGE_submit;
}

/* The slot of a buffer that a driver gets, of a queue that is traced, or is from now on. */
static __always_inline struct vpipe_slot *slot_given(const struct vb2_queue___any *queue,
						     __u32 index, struct vpipe_thread *thread,
						     struct vpipe_context **context)
{
	*context = context_find(key_of(queue));
	if (!*context && thread && thread->user.device)
		*context = queue_begin(queue, thread);
	return *context ? slot_of_buffer(*context, index) : NULL;
}

static __always_inline int buffer_given(const struct vb2_queue___any *queue,
					const struct vb2_buffer___any *vb)
{
	struct vpipe_context *context;
	struct vpipe_thread *thread;
	struct vpipe_slot *slot;
	__u64 ns;

	if (!queue || !vb)
		return 0;
	thread = thread_find(current_tid());
	if (!thread && !vpipe_config.only_clients)
		return 0; /* it is in no traced device: who is, is a traced thread */
	slot = slot_given(queue, vb->index, thread, &context);
	if (!slot || slot->state == VPIPE_SLOT_GIVEN)
		return 0;
	ns = now_ns();
	if (slot->state == VPIPE_SLOT_READ)
		frame_copied(slot, thread, ns);
	slot_drop(slot, VPIPE_LOSS_incomplete); /* done, and it was not seen who took it */
	context->stopping = false;
	slot->frame.cycle.given_ns = ns;
	slot->frame.cycle.arrived_ns = 0;
	slot->frame.cycle.giver = 0;
	slot->frame.cycle.memory = memory_of(vb);
	slot->state = VPIPE_SLOT_GIVEN;
	if (!is_capture(queue))
		output_given(context, slot, vb, thread, ns);
	else if (thread && context->dry_ns)
		cycle_held(&slot->frame.cycle, context, thread);
	context->dry_ns = 0;
	return 0;
}

PAIR("tp_btf/vb2_buf_queue", vpipe_given, buffer_given,
     ARGS(struct vb2_queue___any *queue, struct vb2_buffer___any *vb), queue, vb)

/*
 * Is it a frame that is done? Buffers that were given before tracing began are seen here first. One
 * that the driver has again was called done before, by somebody whom its reader has overtaken.
 */
static __always_inline bool is_frame(const struct vpipe_context *context,
				     const struct vpipe_slot *slot, __u32 state,
				     const struct vb2_buffer___any *vb)
{
	if (context->stopping || vb->state == STATE_ACTIVE)
		return false;
	return state == VPIPE_SLOT_GIVEN ||
	       (state == VPIPE_SLOT_FREE && !slot->frame.cycle.given_ns);
}

/* Is it the empty buffer by which a codec says that there are no more frames? */
static __always_inline bool is_last(const struct vpipe_context *context,
				    const struct vb2_buffer___any *vb)
{
	const struct vb2_v4l2_buffer___any *all = (const void *)vb;

	return context->kind == VPIPE_DEVICE_M2M && !vb->planes[0].bytesused &&
	       BPF_CORE_READ(all, flags) & BUFFER_LAST;
}

/* Who has called the buffer done and its reader may both be there at once: one of them begins the frame. */
static __always_inline bool slot_claims_frame(struct vpipe_slot *slot, __u32 state)
{
	return __sync_val_compare_and_swap(&slot->state, state, VPIPE_SLOT_BEGINS) == state;
}

/* The job that the CAPTURE buffer of @frame is of: that of its file. */
static __always_inline void frame_of_job(struct vpipe_frame *frame, const struct job *job)
{
	frame->ns[M2M_POINT_QBUF] = frame->ns[M2M_POINT_GIVEN] = frame->ns[M2M_POINT_RUN] = 0;
	frame->cycle.has_input = false;
	if (!job || !job->run_ns)
		return;
	frame->ns[M2M_POINT_QBUF] = job->qbuf_ns;
	frame->ns[M2M_POINT_GIVEN] = job->given_ns;
	frame->ns[M2M_POINT_RUN] = job->run_ns;
	frame->out_index = job->out_index;
	frame->cycle.has_input = true;
	frame->cycle.input = job->input;
	frame->unknown = job->unknown << M2M_STAGE_submit;
	if (job->submit.runq_ns | job->submit.blocked_ns) {
		*split_of(frame, M2M_STAGE_submit) = job->submit;
		frame->switches = job->switches;
	}
}

/*
 * What an output device has shown: it came to the buffer when the one before was done. frame_begin()
 * leaves out what was noted when the buffer was given.
 */
static __always_inline void output_done(const struct vpipe_context *context,
					struct vpipe_slot *slot, __u32 index)
{
	struct vpipe_frame *frame = &slot->frame;
	bool seen = frame->cycle.given_ns; /* else what is there is of a queue before this one */
	__u64 qbuf_ns = seen ? frame->ns[OUTPUT_POINT_QBUF] : 0;
	__u64 given_ns = seen ? frame->ns[OUTPUT_POINT_GIVEN] : 0;
	__u32 split = seen ? frame->split : 0, unknown = seen ? frame->unknown : 0;

	frame_begin(slot, context->id, index);
	frame->ns[OUTPUT_POINT_QBUF] = qbuf_ns;
	frame->ns[OUTPUT_POINT_GIVEN] = given_ns;
	frame->ns[OUTPUT_POINT_SHOW] = context->done_ns > given_ns ? context->done_ns : given_ns;
	frame->split = split;
	frame->unknown = unknown;
	frame->cycle.has_input = seen;
}

/* A frame is done, at @done_ns, in buffer @index of the queue that @context is. */
static __always_inline void frame_done(struct vpipe_context *context, struct vpipe_slot *slot,
				       __u32 index, __u64 done_ns)
{
	struct vpipe_frame *frame = &slot->frame;

	switch (context->kind) {
	case VPIPE_DEVICE_M2M:
		frame_begin(slot, context->id, index);
		frame_of_job(frame, job_find(context->job));
		frame->ns[M2M_POINT_DONE] = done_ns;
		break;
	case VPIPE_DEVICE_OUTPUT:
		output_done(context, slot, index);
		frame->ns[OUTPUT_POINT_DONE] = done_ns;
		break;
	default:
		frame_begin(slot, context->id, index);
		frame->ns[CAPTURE_POINT_DONE] = done_ns;
		frame->ns[CAPTURE_POINT_COPIED] = 0;
		frame->cycle.has_input = false;
	}
	if (context->stopped) {
		frame->flags |= VPIPE_FRAME_BEGINS;
		context->stopped = false;
	}
	frame->device = context->device;
	frame->cap_index = index;
	frame->algo_id = 0;
}

/* An OUTPUT buffer of a mem2mem node has been used, which is no frame: when, is kept until DQBUF. */
static __always_inline void input_done(const struct vb2_queue___any *queue,
				       struct vpipe_context *context, struct vpipe_slot *slot)
{
	if (slot->state != VPIPE_SLOT_GIVEN) {
		if (slot->frame.ns[M2M_POINT_DONE])
			return; /* the other program of the event was here */
		if (context->ahead)
			context->ahead--;
	}
	slot->state = VPIPE_SLOT_FREE;
	slot->frame.cycle.owned = queue->owned_by_drv_count.counter;
	slot->frame.ns[M2M_POINT_DONE] = now_ns();
}

static __always_inline int buffer_done(const struct vb2_queue___any *queue,
				       const struct vb2_buffer___any *vb)
{
	struct vpipe_context *context;
	struct vpipe_slot *slot;
	__u32 state;
	__u64 ns;

	if (!queue || !vb)
		return 0;
	context = context_find(key_of(queue));
	slot = context ? slot_of_buffer(context, vb->index) : NULL;
	if (!slot)
		return 0;
	state = *(volatile __u32 *)&slot->state;
	if (!is_frame(context, slot, state, vb))
		return 0;
	if (!context->frames) {
		input_done(queue, context, slot);
		return 0;
	}
	if (vb->state == STATE_QUEUED || is_last(context, vb)) {
		slot->state = VPIPE_SLOT_FREE;
		return 0;
	}
	if (!slot_claims_frame(slot, state))
		return 0;
	ns = now_ns();
	slot->frame.cycle.owned = queue->owned_by_drv_count.counter;
	slot->frame.bytesused = vb->planes[0].bytesused;
	context->dry_ns = slot->frame.cycle.owned ? 0 : ns;
	frame_done(context, slot, vb->index, ns);
	context->done_ns = ns;
	return 0;
}

PAIR("tp_btf/vb2_buf_done", vpipe_done, buffer_done,
     ARGS(struct vb2_queue___any *queue, struct vb2_buffer___any *vb), queue, vb)

/* The last packet of a frame is there; what is left is to copy it, in a worker. */
static __always_inline int uvc_arrived(const struct uvc_video_queue___any *queue,
				       const struct uvc_buffer___any *buffer)
{
	struct vpipe_context *context = context_find(key_of(&queue->queue));
	struct vpipe_slot *slot =
		context ? slot_of_buffer(context, buffer->buf.vb2_buf.index) : NULL;

	if (slot && slot->state == VPIPE_SLOT_GIVEN)
		slot->frame.cycle.arrived_ns = now_ns();
	return 0;
}

PAIR("fentry/uvc_queue_next_buffer", vpipe_uvc, uvc_arrived,
     ARGS(struct uvc_video_queue___any *queue, struct uvc_buffer___any *buffer), queue, buffer)

static __always_inline int ioctl_entered(const struct file *file, __u32 command)
{
	__u32 device = device_of_file(file);
	struct vpipe_thread *thread = user_touches(device);

	if (!thread)
		return 0;
	thread->user.fh = (__u64)file->private_data;
	thread->user.queue = 0; /* should the rest of its last DQBUF have been missed */
	thread->user.reading = false;
	thread->user.qbuf_ns = 0;
	if ((command & 0xff) == NUMBER_OF_DQBUF)
		thread->user.entered_ns = now_ns();
	else if ((command & 0xff) == NUMBER_OF_QBUF && device_kind(device) != VPIPE_DEVICE_CAPTURE)
		thread->user.qbuf_ns = now_ns();
	return 0;
}

PAIR("fentry/v4l2_ioctl", vpipe_ioctl, ioctl_entered, ARGS(struct file *file, unsigned int command),
     file, command)

static __always_inline int read_entered(const struct file *file)
{
	struct vpipe_thread *thread = user_touches(device_of_file(file));

	if (!thread)
		return 0;
	thread->user.reading = true;
	thread->user.entered_ns = now_ns();
	return 0;
}

PAIR("fentry/v4l2_read", vpipe_read, read_entered, ARGS(struct file *file), file)

static __always_inline int polled(const struct vb2_queue___any *queue, const struct file *file,
				  const struct poll_table_struct___any *wait)
{
	__u32 device = device_of_file(file);
	struct vpipe_thread *thread = user_touches(device);

	if (thread && has_frames(queue, device))
		reader_polls(thread, key_of(queue), wait);
	return 0;
}

PAIR("fentry/vb2_core_poll", vpipe_poll, polled,
     ARGS(struct vb2_queue___any *queue, struct file *file, struct poll_table_struct___any *wait),
     queue, file, wait)

/*
 * epoll_wait() does not look at the queue before it sleeps, but when somebody has called it done. It
 * asks as a new poll() does.
 */
static __always_inline int epoll_entered(void)
{
	struct vpipe_thread *thread = thread_find(current_tid());

	if (thread)
		thread->user.epoll_ns = now_ns();
	return 0;
}

PAIR("fentry/do_epoll_wait", vpipe_epoll, epoll_entered, ARGS(int fd))

static __always_inline int dequeue_entered(const struct vb2_queue___any *queue)
{
	struct vpipe_thread *thread = user_here();
	struct vpipe_ask *ask;

	if (!thread)
		return 0;
	thread->user.queue = key_of(queue);
	if (!has_frames(queue, thread->user.device))
		return 0;
	thread->user.locked_ns = now_ns();
	ask = ask_of(&thread->user, thread->user.queue, true);
	if (!ask->asked_ns)
		ask->asked_ns = thread->user.entered_ns;
	return 0;
}

PAIR("fentry/vb2_core_dqbuf", vpipe_locked, dequeue_entered, ARGS(struct vb2_queue___any *queue),
     queue)

/* Where the slot of @index of the queue that the thread is dequeuing from has a frame that is done. */
static __always_inline struct vpipe_slot *slot_taken(struct vpipe_context *context, __u32 index,
						     __u64 ns)
{
	struct vpipe_slot *slot = slot_of_buffer(context, index);

	if (!slot)
		return NULL;
	if (slot_claims_frame(slot, VPIPE_SLOT_GIVEN)) {
		/* it is on the list just before it is told done: another CPU was faster */
		slot->frame.cycle.owned = VPIPE_OWNED_UNKNOWN;
		slot->frame.bytesused = 0;
		frame_done(context, slot, index, ns);
		count(VPIPE_LOSS_overtaken);
	}
	if (slot->state == VPIPE_SLOT_QUEUED)
		return slot;
	if (slot->state != VPIPE_SLOT_BEGINS) /* else it is incomplete: nobody will take it */
		count(VPIPE_LOSS_no_start);
	return NULL;
}

/* Its timestamp, if that is of the start of exposure and can be: else the frame begins with done. */
static __always_inline void take_timestamp(struct vpipe_frame *frame, __u32 kind,
					   __u64 timestamp_ns)
{
	__u64 done_ns = frame->ns[CAPTURE_POINT_DONE];
	__u32 flags = frame->cycle.flags;

	frame->cycle.timestamp_ns = timestamp_ns;
	if (kind == VPIPE_DEVICE_CAPTURE && (flags & TIMESTAMP_MASK) == TIMESTAMP_MONOTONIC &&
	    (flags & STAMPED_MASK) == STAMPED_AT_START && timestamp_ns <= done_ns &&
	    done_ns - timestamp_ns < 1000000000)
		frame->ns[CAPTURE_POINT_STAMPED] = timestamp_ns;
}

/*
 * A node that copies timestamps has made it from a buffer with the same one. Some call their buffers
 * done long behind their jobs, or in another order: then it is not the last job's, and not known whose.
 */
static __always_inline void check_job(struct vpipe_frame *frame)
{
	const struct vpipe_cycle *cycle = &frame->cycle;

	if (!cycle->has_input || !cycle->input.tid || !cycle->timestamp_ns ||
	    !cycle->input.timestamp_ns || cycle->timestamp_ns == cycle->input.timestamp_ns ||
	    (cycle->flags & TIMESTAMP_MASK) != TIMESTAMP_COPY)
		return;
	frame_of_job(frame, NULL);
	frame->split = frame->unknown = 0;
}

/* The current thread, @thread, has the frame, which was there at its point @done: it is whole. */
static __always_inline void taken(struct vpipe_slot *slot, struct vpipe_thread *thread, __u64 key,
				  __u64 ns, __u32 done)
{
	if (reader_takes(slot, thread, key, ns, done))
		frame_record(slot, done, done, done + READER_TAKEN, 0);
	else
		slot_drop(slot, VPIPE_LOSS_incomplete);
}

/* The OUTPUT buffer of a mem2mem node is back. */
static __always_inline void input_taken(struct vpipe_context *context,
					const struct v4l2_buffer___any *buf, __u64 ns)
{
	struct vpipe_slot *slot = slot_of_buffer(context, buf->index);
	struct vpipe_buffer *buffer;

	if (!slot || !slot->frame.ns[M2M_POINT_DONE] || vpipe_config.rows == VPIPE_ROWS_NONE)
		return;
	buffer = bpf_ringbuf_reserve(&events, sizeof(*buffer), 0);
	if (buffer) {
		buffer->given_ns = slot->frame.cycle.given_ns;
		buffer->done_ns = slot->frame.ns[M2M_POINT_DONE];
		buffer->taken_ns = ns;
		buffer->timestamp_ns = timestamp_of(buf);
		buffer->ctx = context->id;
		buffer->device = context->device;
		buffer->index = buf->index;
		buffer->sequence = buf->sequence;
		buffer->flags = buf->flags;
		buffer->owned = slot->frame.cycle.owned;
		buffer->lost = vpipe_records_lost;
		buffer->pad = 0;
		bpf_ringbuf_submit(buffer, BPF_RB_NO_WAKEUP);
	} else {
		count(VPIPE_LOSS_buffers);
		__sync_fetch_and_add(&vpipe_records_lost, 1);
	}
	slot->frame.ns[M2M_POINT_DONE] = 0;
}

/* Was it done without a frame? See is_last(). */
static __always_inline bool is_no_frame(struct vpipe_context *context,
					const struct v4l2_buffer___any *buf)
{
	const struct vpipe_slot *slot = slot_of_buffer(context, buf->index);

	return buf->flags & BUFFER_LAST && slot && slot->state == VPIPE_SLOT_FREE;
}

/* @thread has dequeued the buffer, from the queue that it was in DQBUF of. */
static __always_inline int dequeued(struct vpipe_thread *thread,
				    const struct v4l2_buffer___any *buf)
{
	struct vpipe_context *context;
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;
	__u64 ns = now_ns(), key = thread->user.queue;

	thread->user.queue = 0;
	context = context_find(key);
	if (context && !context->frames) {
		input_taken(context, buf, ns);
		return 0;
	}
	slot = context && !is_no_frame(context, buf) ? slot_taken(context, buf->index, ns) : NULL;
	if (!slot) {
		reader_skips(thread, key);
		return 0;
	}
	frame = &slot->frame;
	frame->seq = frame->src_seq = buf->sequence;
	take_flags(frame, buf->flags);
	take_timestamp(frame, context->kind, timestamp_of(buf));
	if (context->kind == VPIPE_DEVICE_CAPTURE) {
		taken(slot, thread, key, ns, CAPTURE_POINT_DONE);
		return 0;
	}
	if (context->kind == VPIPE_DEVICE_M2M)
		check_job(frame);
	taken(slot, thread, key, ns, M2M_POINT_DONE);
	return 0;
}

SEC("?tp_btf/v4l2_dqbuf")
int BPF_PROG(vpipe_taken, int minor, struct v4l2_buffer___any *buf)
{
	struct vpipe_thread *thread;

	if (!vpipe_shared.on || !device_of_minor(minor) || !buf)
		return 0;
	thread = user_here();
	if (!thread)
		return count_stranger();
	return thread->user.queue ? dequeued(thread, buf) : 0;
}

SEC("?tp_btf/v4l2_dqbuf")
int BPF_PROG(vpipe_taken2, int minor, struct v4l2_buffer___any *buf)
{
	struct vpipe_thread *thread;

	if (!vpipe_shared.on || !device_of_minor(minor) || !buf)
		return 0;
	thread = user_here();
	return thread && thread->user.queue ? dequeued(thread, buf) : 0;
}

/*
 * In read() there is no v4l2_dqbuf: the buffer is the kernel's own, and the frame is there when it is
 * copied. That may take several calls.
 */
static __always_inline int read_takes(const struct vb2_queue___any *queue,
				      const struct vb2_buffer___any *vb)
{
	struct vpipe_thread *thread = user_here();
	const struct vb2_v4l2_buffer___any *all = (const void *)vb;
	struct vpipe_context *context;
	struct vpipe_slot *slot;
	__u64 ns, key;

	if (!thread || !thread->user.reading || !queue || !vb)
		return 0;
	ns = now_ns();
	key = thread->user.queue;
	thread->user.queue = 0;
	context = context_find(key);
	slot = context ? slot_taken(context, vb->index, ns) : NULL;
	if (!slot) {
		reader_skips(thread, key);
		return 0;
	}
	slot->frame.seq = slot->frame.src_seq = BPF_CORE_READ(all, sequence);
	if (!reader_takes(slot, thread, key, ns, CAPTURE_POINT_DONE)) {
		slot_drop(slot, VPIPE_LOSS_incomplete);
		return 0;
	}
	take_flags(&slot->frame, BPF_CORE_READ(all, flags) | queue->timestamp_flags |
					 (vb->state == STATE_ERROR ? BUFFER_ERROR : 0));
	take_timestamp(&slot->frame, VPIPE_DEVICE_CAPTURE, vb->timestamp);
	if (vpipe_config.rows != VPIPE_ROWS_NONE)
		carry_from(slot, thread, ns);
	slot->state = VPIPE_SLOT_READ;
	return 0;
}

PAIR("tp_btf/vb2_dqbuf", vpipe_reads, read_takes,
     ARGS(struct vb2_queue___any *queue, struct vb2_buffer___any *vb), queue, vb)

/* Of a queue that stops, no frame goes on. */
static __always_inline int queue_stops(const struct vb2_queue___any *queue, __u32 type)
{
	struct vpipe_context *context;

	if (queue->type != type)
		return 0; /* it will be refused */
	context = context_find(key_of(queue));
	if (!context)
		return 0;
	context->stopping = context->stopped = true;
	context->dry_ns = context->done_ns = 0;
	context->fifo_first = context->fifo_next;
	context->ahead = 0;
	for (__u32 i = 0; i < 2 * VPIPE_MAX_BUFFERS; i++) {
		slot_drop(&context->slots[i], VPIPE_LOSS_not_dequeued);
		context->slots[i].state = VPIPE_SLOT_FREE;
	}
	return 0;
}

PAIR("fentry/vb2_core_streamoff", vpipe_stop, queue_stops,
     ARGS(struct vb2_queue___any *queue, unsigned int type), queue, type)

static __always_inline int queue_ends(const struct vb2_queue___any *queue)
{
	struct vpipe_context *context = context_find(key_of(queue));

	if (!context)
		return 0;
	context->stopping = true;
	queue_leaves(context);
	context_end(context, VPIPE_LOSS_closed);
	return 0;
}

PAIR("fentry/vb2_core_queue_release", vpipe_end, queue_ends, ARGS(struct vb2_queue___any *queue),
     queue)
