// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * v4l2.bpf.c - the queues of any driver that uses videobuf2: each frame from its buffer's done to
 * who dequeued it
 *
 * A queue is a context of its own, by its address; its buffers are the places in it. Two have a part
 * in a frame: whoever calls its buffer done, mostly an interrupt, and its reader, which asks for a
 * frame by poll(), DQBUF or read(). Since when it asks is noted for each thread and queue: a new
 * poll() overwrites it, a re-check and DQBUF set it if it is not, a buffer that is taken uses it up.
 *
 * Programs of an event come in pairs, see trace_config.preemptible.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/frames.bpf.h"
#include "core/users.bpf.h"
#include "probes/capture.h"
#include "probes/v4l2.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

_Static_assert(CAPTURE_N_STAGES <= VPIPE_MAX_STAGES, "raise it in abi.h");

/* The pair of programs @name and @name2 for the event of @section, both of which call @handler. */
#define PAIR(section, name, handler, params, ...)                  \
	SEC("?" section)                                           \
	int BPF_PROG(name, params)                                 \
	{                                                          \
		return vpipe_shared.on ? handler(__VA_ARGS__) : 0; \
	}                                                          \
	SEC("?" section)                                           \
	int BPF_PROG(name##2, params)                              \
	{                                                          \
		return vpipe_shared.on ? handler(__VA_ARGS__) : 0; \
	}
#define ARGS(...) __VA_ARGS__

/* How many queues there were: the id of the last one. */
__u32 vpipe_queues SEC(".data") = 0;

/*
 * The address that a typed pointer has: the verifier allows no arithmetic with those, but what is
 * added to a number in memory is a number from then on.
 */
static __always_inline __u64 address_of(const void *pointer)
{
	__u64 address = 0;

	__sync_fetch_and_add(&address, (__u64)pointer);
	return address;
}

static __always_inline __u64 key_of(const struct vb2_queue___any *queue)
{
	return address_of(queue) >> 6; /* it is larger than that */
}

static __always_inline bool is_capture(const struct vb2_queue___any *queue)
{
	return queue->type == CAPTURE || queue->type == CAPTURE_MPLANE;
}

/* The device whose queue it is, plus 1: by the file that has it; some drivers don't say which. */
static __always_inline __u32 device_of(const struct vb2_queue___any *queue,
				       const struct vpipe_thread *thread)
{
	struct v4l2_fh___any *owner = queue->owner;

	return owner ? device_of_minor(BPF_CORE_READ(owner, vdev, minor)) : thread->user.device;
}

/* @queue is seen for the first time, in a call of @thread. NULL: it is not to be traced, or cannot be. */
static __always_inline struct vpipe_context *queue_begin(const struct vb2_queue___any *queue,
							 const struct vpipe_thread *thread)
{
	__u32 device = device_of(queue, thread);
	struct vpipe_context *context;

	if (!device)
		return NULL;
	context = context_claim(key_of(queue));
	if (!context) {
		count(VPIPE_LOSS_no_context);
		return NULL;
	}
	for (__u32 i = 0; i < 2 * VPIPE_MAX_BUFFERS; i++)
		context->slots[i].frame.cycle.given_ns = 0;
	context->device = device - 1;
	context->stopping = false;
	context->id = __sync_fetch_and_add(&vpipe_queues, 1) + 1;
	return context;
}

/* Of a driver that had no buffer: what @thread did since it took its last one of this queue. */
static __always_inline void cycle_held(struct vpipe_cycle *cycle, const struct vpipe_thread *thread,
				       __u64 key)
{
	const struct vpipe_user *user = &thread->user;

	cycle->giver = thread->tid;
	cycle->since_ns = user->taken_of == key ? user->taken_ns : 0;
	cycle->held_known = false;
	if (!cycle->since_ns || thread->now.state != VPIPE_THREAD_ONCPU)
		return;
	cycle->held.runq_ns = thread->now.account.runq_ns - user->taken_split.runq_ns;
	cycle->held.blocked_ns = thread->now.account.blocked_ns - user->taken_split.blocked_ns;
	cycle->held_known = true;
}

/* read() has copied the frame in @slot, and gives its buffer back. */
static __always_inline void frame_copied(struct vpipe_slot *slot, struct vpipe_thread *thread,
					 __u64 ns)
{
	slot->frame.ns[CAPTURE_POINT_COPIED] = ns;
	if (!vpipe_config.no_frames) {
		if (thread && slot->carrier == thread->tid)
			carry_to(slot, thread, CAPTURE_STAGE_copy, ns);
		else
			slot->frame.unknown |= 1 << CAPTURE_STAGE_copy;
	}
	frame_record(slot, CAPTURE_POINT_DONE, CAPTURE_POINT_COPIED, 0);
}

static __always_inline int buffer_given(const struct vb2_queue___any *queue,
					const struct vb2_buffer___any *vb)
{
	struct vpipe_context *context;
	struct vpipe_thread *thread;
	struct vpipe_slot *slot;
	__u64 ns;

	if (!queue || !vb || !is_capture(queue))
		return 0;
	thread = thread_find(current_tid());
	context = context_find(key_of(queue));
	if (!context && thread && thread->user.device)
		context = queue_begin(queue, thread);
	slot = context ? slot_of_buffer(context, vb->index) : NULL;
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
	if (thread && queue->owned_by_drv_count.counter == 1)
		cycle_held(&slot->frame.cycle, thread, key_of(queue));
	slot->state = VPIPE_SLOT_GIVEN;
	return 0;
}

PAIR("tp_btf/vb2_buf_queue", vpipe_given, buffer_given,
     ARGS(struct vb2_queue___any *queue, struct vb2_buffer___any *vb), queue, vb)

/* Is it a frame that is done? Buffers that were given before tracing began are seen here first. */
static __always_inline bool is_frame(const struct vpipe_context *context,
				     const struct vpipe_slot *slot)
{
	if (context->stopping)
		return false;
	return slot->state == VPIPE_SLOT_GIVEN ||
	       (slot->state == VPIPE_SLOT_FREE && !slot->frame.cycle.given_ns);
}

static __always_inline void capture_begin(const struct vpipe_context *context,
					  struct vpipe_slot *slot, __u32 index, __u64 done_ns)
{
	struct vpipe_frame *frame = &slot->frame;

	frame_begin(slot, context->id, index);
	frame->device = context->device;
	frame->cap_index = index;
	frame->algo_id = 0;
	frame->ns[CAPTURE_POINT_DONE] = done_ns;
}

static __always_inline int buffer_done(const struct vb2_queue___any *queue,
				       const struct vb2_buffer___any *vb)
{
	struct vpipe_context *context;
	struct vpipe_slot *slot;

	if (!queue || !vb)
		return 0;
	context = context_find(key_of(queue));
	slot = context ? slot_of_buffer(context, vb->index) : NULL;
	if (!slot || !is_frame(context, slot))
		return 0;
	if (vb->state == STATE_QUEUED) {
		slot->state = VPIPE_SLOT_FREE;
		return 0;
	}
	slot->frame.cycle.owned = queue->owned_by_drv_count.counter;
	capture_begin(context, slot, vb->index, now_ns());
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

static __always_inline __u32 device_of_file(const struct file *file)
{
	return device_of_minor(file->f_inode->i_rdev & ((1 << 20) - 1));
}

#define NUMBER_OF_DQBUF 17

static __always_inline int ioctl_entered(const struct file *file, __u32 command)
{
	struct vpipe_thread *thread = user_touches(device_of_file(file));

	if (!thread)
		return 0;
	thread->user.queue = 0; /* should the rest of its last DQBUF have been missed */
	thread->user.reading = false;
	if ((command & 0xff) == NUMBER_OF_DQBUF)
		thread->user.entered_ns = now_ns();
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

/* A new poll() has a function that puts it on the queue's list; when it looks again it has none. */
static __always_inline int polled(const struct vb2_queue___any *queue, const struct file *file,
				  const struct poll_table_struct___any *wait)
{
	struct vpipe_thread *thread;
	struct vpipe_ask *ask;
	__u64 ns;

	if (!is_capture(queue))
		return 0;
	thread = user_touches(device_of_file(file));
	if (!thread)
		return 0;
	ask = ask_of(&thread->user, key_of(queue), true);
	ns = now_ns();
	if (!ask->asked_ns || (wait && wait->_qproc))
		ask->asked_ns = ns;
	ask->looked_ns = ns;
	return 0;
}

PAIR("fentry/vb2_core_poll", vpipe_poll, polled,
     ARGS(struct vb2_queue___any *queue, struct file *file, struct poll_table_struct___any *wait),
     queue, file, wait)

static __always_inline int dequeue_entered(const struct vb2_queue___any *queue)
{
	struct vpipe_thread *thread = user_here();
	struct vpipe_ask *ask;

	if (!thread || !is_capture(queue))
		return 0;
	thread->user.queue = key_of(queue);
	thread->user.locked_ns = now_ns();
	ask = ask_of(&thread->user, thread->user.queue, true);
	if (!ask->asked_ns)
		ask->asked_ns = thread->user.entered_ns;
	return 0;
}

PAIR("fentry/vb2_core_dqbuf", vpipe_locked, dequeue_entered, ARGS(struct vb2_queue___any *queue),
     queue)

/* The points between done and taken: @ask and @user tell what the reader did. */
static __always_inline void reader_points(__u64 *ns, struct vpipe_thread *thread,
					  const struct vpipe_ask *ask)
{
	__u64 done = ns[CAPTURE_POINT_DONE], enter = thread->user.entered_ns;
	__u64 locked = thread->user.locked_ns, back = done;

	if (locked <= done) { /* it was in DQBUF already, and slept */
		back = enter = locked = ran_again(thread, done);
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
	ns[CAPTURE_POINT_BACK] = back;
	ns[CAPTURE_POINT_ENTER] = enter;
	ns[CAPTURE_POINT_LOCKED] = locked;
}

/* The current thread, @thread, has it, at @ns. False: it had not asked, as far as was seen. */
static __always_inline bool frame_taken(struct vpipe_slot *slot, struct vpipe_thread *thread,
					__u64 key, __u64 ns)
{
	struct vpipe_ask *ask = ask_of(&thread->user, key, false);
	struct vpipe_frame *frame = &slot->frame;
	volatile __u32 *n_marks = &thread->n_marks;
	__u32 before = *n_marks;

	if (!ask || !ask->asked_ns)
		return false;
	frame->ns[CAPTURE_POINT_TAKEN] = ns;
	frame->ns[CAPTURE_POINT_COPIED] = 0;
	reader_points(frame->ns, thread, ask);
	frame->asked_ns = ask->asked_ns;
	ask->asked_ns = ask->looked_ns = 0;
	frame->cycle.reader = thread->tid;
	thread->user.taken_of = key;
	thread->user.taken_ns = ns;
	thread->user.taken_split.runq_ns = thread->now.account.runq_ns;
	thread->user.taken_split.blocked_ns = thread->now.account.blocked_ns;
	if (vpipe_config.no_frames)
		return true;
	carry_reader(slot, thread, CAPTURE_POINT_DONE, CAPTURE_POINT_TAKEN);
	if (*n_marks !=
	    before) { /* it was preempted meanwhile: what was read may be of both times */
		frame->split = 0;
		frame->unknown = (1 << CAPTURE_STAGE_copy) - (1 << CAPTURE_STAGE_wake);
	}
	return true;
}

/* Where the slot of @index of the queue that the thread is dequeuing from has a frame that is done. */
static __always_inline struct vpipe_slot *slot_taken(struct vpipe_context *context, __u32 index,
						     __u64 ns)
{
	struct vpipe_slot *slot = slot_of_buffer(context, index);

	if (!slot)
		return NULL;
	if (slot->state == VPIPE_SLOT_GIVEN) {
		/* it is on the list just before it is told done: another CPU was faster */
		slot->frame.cycle.owned = ~0U;
		capture_begin(context, slot, index, ns);
		count(VPIPE_LOSS_overtaken);
	}
	if (slot->state == VPIPE_SLOT_QUEUED)
		return slot;
	count(VPIPE_LOSS_no_start);
	return NULL;
}

static __always_inline void take_flags(struct vpipe_frame *frame, __u32 flags)
{
	frame->cycle.flags = flags;
	if (flags & BUFFER_ERROR)
		frame->flags |= VPIPE_FRAME_ERROR;
}

/* Its timestamp, if that is of the start of exposure and can be: else the frame begins with done. */
static __always_inline void take_timestamp(struct vpipe_frame *frame, __u64 timestamp_ns)
{
	__u64 done_ns = frame->ns[CAPTURE_POINT_DONE];
	__u32 flags = frame->cycle.flags;

	frame->cycle.timestamp_ns = timestamp_ns;
	if ((flags & TIMESTAMP_MASK) == TIMESTAMP_MONOTONIC &&
	    (flags & STAMPED_MASK) == STAMPED_AT_START && timestamp_ns <= done_ns &&
	    done_ns - timestamp_ns < 1000000000)
		frame->ns[CAPTURE_POINT_STAMPED] = timestamp_ns;
}

static __always_inline int dequeued(__u32 minor, const struct v4l2_buffer___any *buf)
{
	__u64 ns = now_ns(), key;
	struct vpipe_context *context;
	struct vpipe_thread *thread;
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;

	if (!device_of_minor(minor) || !buf)
		return 0;
	thread = user_here();
	if (!thread) {
		count(VPIPE_LOSS_others);
		return 0;
	}
	key = thread->user.queue;
	thread->user.queue = 0;
	context = context_find(key);
	slot = context ? slot_taken(context, buf->index, ns) : NULL;
	if (!slot)
		return 0;
	frame = &slot->frame;
	frame->seq = frame->src_seq = buf->sequence;
	frame->bytesused = buf->bytesused;
	take_flags(frame, buf->flags);
	if (frame_taken(slot, thread, key, ns)) {
		take_timestamp(frame,
			       buf->timestamp.tv_sec * 1000000000 + buf->timestamp.tv_usec * 1000);
		frame_record(slot, CAPTURE_POINT_DONE, CAPTURE_POINT_TAKEN, 0);
	} else {
		slot_drop(slot, VPIPE_LOSS_incomplete);
	}
	return 0;
}

PAIR("tp_btf/v4l2_dqbuf", vpipe_taken, dequeued, ARGS(int minor, struct v4l2_buffer___any *buf),
     minor, buf)

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
	if (!slot)
		return 0;
	slot->frame.seq = slot->frame.src_seq = BPF_CORE_READ(all, sequence);
	slot->frame.bytesused = 0;
	if (!frame_taken(slot, thread, key, ns)) {
		slot_drop(slot, VPIPE_LOSS_incomplete);
		return 0;
	}
	take_flags(&slot->frame, BPF_CORE_READ(all, flags) | queue->timestamp_flags |
					 (vb->state == STATE_ERROR ? BUFFER_ERROR : 0));
	take_timestamp(&slot->frame, vb->timestamp);
	if (!vpipe_config.no_frames)
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
	context->stopping = true;
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
	context_end(context, VPIPE_LOSS_closed);
	return 0;
}

PAIR("fentry/vb2_core_queue_release", vpipe_end, queue_ends, ARGS(struct vb2_queue___any *queue),
     queue)
