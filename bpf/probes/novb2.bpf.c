// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * novb2.bpf.c - devices whose driver does without videobuf2: each frame from the call that wrote it to the
 * one that took it
 *
 * There are no events of its queues. What is seen are the calls of both sides, by V4L2's core, and who
 * woke whom. v4l2loopback is such a driver: its writer's QBUF or write() wakes its reader, and both sides
 * see the same sequence.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "probes/novb2.h"
#include "probes/queues.bpf.h"
#include "probes/readers.bpf.h"

#define N_CALLS 32 /* of a device that are remembered; power of two */

/* A QBUF of an OUTPUT buffer, or a write(). */
struct call {
	__u64 enter_ns; /* 0: it failed */
	__u64 end_ns; /* 0: it is not over */
	__u32 tid;
	__u32 is_write;
	__u32 index; /* of QBUF */
	__u32 sequence; /* of one that is over */
};

struct calls {
	__u32 next; /* behind the newest, modulo N_CALLS */
	struct call all[N_CALLS];
};

/* By the number of the device. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VPIPE_MAX_DEVICES);
	__type(key, __u32);
	__type(value, struct calls);
} calls SEC(".maps");

struct place {
	__u32 device;
	__u32 number;
};

/* By thread id: the call that it is in. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_CONTEXTS);
	__type(key, __u32);
	__type(value, struct place);
} writers SEC(".maps");

static __always_inline struct call *call_at(__u32 device, __u32 place)
{
	struct calls *of = bpf_map_lookup_elem(&calls, &device);

	return of ? &of->all[place % N_CALLS] : NULL;
}

/* The call that the current thread is in is over: @end_ns, 0: it failed. */
static __always_inline void call_ends(__u64 end_ns, __u32 sequence)
{
	__u32 tid = current_tid();
	struct place *place = bpf_map_lookup_elem(&writers, &tid);
	struct call *call = place ? call_at(place->device, place->number) : NULL;

	if (!call)
		return;
	if (call->tid == tid) {
		call->sequence = sequence;
		call->end_ns = end_ns;
		if (!end_ns)
			call->enter_ns = 0;
	}
	bpf_map_delete_elem(&writers, &tid);
}

/* The current thread enters one, of @device. Of one that failed before, nothing was seen. */
static __always_inline void call_enters(__u32 device, bool is_write, __u32 index)
{
	struct place place = {.device = device};
	struct calls *of = bpf_map_lookup_elem(&calls, &device);
	__u32 tid = current_tid();
	struct call *call;

	if (!of)
		return;
	call_ends(0, 0);
	place.number = __sync_fetch_and_add(&of->next, 1) % N_CALLS;
	call = &of->all[place.number];
	call->tid = tid;
	call->is_write = is_write;
	call->index = index;
	call->end_ns = 0;
	call->enter_ns = now_ns();
	bpf_map_update_elem(&writers, &tid, &place, BPF_ANY);
}

/* By what the call that wrote a frame is found. */
struct call_search {
	__u32 device;
	__u32 newest;
	__u64 timestamp_ns; /* in a write(), rounded down to µs; 0: that is not known */
	__u32 index;
	__u32 sequence;
	__u32 found; /* place, plus 1; 0: none */
	__u32 open; /* one that queues this buffer again, or for the first time */
	/* Or, of a reader by read(), which is told nothing of its frame: */
	__u64 entered_ns; /* it slept behind that; 0: it has a buffer */
	__u64 woken_ns;
	__u32 waker;
};

/* The first call of the waker that may have been what the reader slept for. */
static __always_inline long call_try_waker(const struct call *call, __u32 place,
					   struct call_search *search)
{
	if (call->end_ns && call->end_ns < search->entered_ns)
		return 1;
	if (call->tid == search->waker && call->enter_ns < search->woken_ns)
		search->found = place + 1;
	return 0;
}

static long call_try(__u32 n, struct call_search *search)
{
	__u32 place = (search->newest - n) % N_CALLS;
	const struct call *call = call_at(search->device, place);
	__u64 stamp_ns = search->timestamp_ns;
	bool found;

	if (!call || !call->enter_ns)
		return 0;
	if (search->entered_ns)
		return call_try_waker(call, place, search);
	if (call->is_write)
		found = stamp_ns && stamp_ns + 1000 > call->enter_ns &&
			(!call->end_ns || stamp_ns <= call->end_ns);
	else
		found = call->end_ns && call->sequence == search->sequence &&
			call->index == search->index;
	if (found)
		search->found = place + 1;
	else if (!call->is_write && !call->end_ns && call->index == search->index)
		search->open = place + 1;
	return found;
}

/* The call that wrote the frame that is sought: a reader may be faster than its writer. */
static __noinline __u32 call_find(struct call_search *search)
{
	struct calls *of;

	if (!search)
		return 0;
	of = bpf_map_lookup_elem(&calls, &search->device);
	if (!of)
		return 0;
	search->newest = of->next - 1;
	bpf_loop(N_CALLS, call_try, search, 0);
	return search->found ?: search->open;
}

/*
 * When the frame of @call was there for @thread: it is woken in the call, or finds it. Where the one
 * that is woken was on another CPU, that carries it out, perhaps when the call is over.
 */
static __always_inline __u64 ready_at(const struct call *call, struct vpipe_thread *thread)
{
	__u64 woken = woken_after(thread, call->enter_ns), ready = woken;

	if (!ready)
		ready = thread->user.entered_ns > call->enter_ns ? thread->user.entered_ns
								 : call->enter_ns;
	return call->end_ns && call->end_ns < ready ? call->end_ns : ready;
}

/* What the writer did in its @call until the frame was there. It may still be in it, on another CPU. */
static __always_inline void carry_writer(struct vpipe_slot *slot, struct vpipe_thread *writer,
					 __u64 enter_ns, __u32 stage)
{
	volatile __u32 *n_marks = &writer->n_marks;
	struct vpipe_frame *frame = &slot->frame;
	const __u32 rows = vpipe_config.rows;
	__u32 before = *n_marks;

	if (rows == VPIPE_ROWS_CARRIED)
		carried(frame, writer, stage, stage + 1);
	if (rows == VPIPE_ROWS_NONE || ran_since(writer, enter_ns))
		return;
	if (carry_from(slot, writer, enter_ns))
		carry_to(slot, writer, stage, frame->ns[NOVB2_POINT_READY]);
	else
		frame->unknown |= 1 << stage;
	if (*n_marks != before) {
		frame->split &= ~(1 << stage);
		frame->unknown |= 1 << stage;
	}
}

/* The points of the writer, if it is traced, and when the frame was there, if that is known. */
static __always_inline void frame_written(struct vpipe_slot *slot, struct vpipe_thread *thread,
					  struct call_search *search, __u64 asked_ns)
{
	__u32 found = call_find(search);
	struct call *at = found ? call_at(search->device, found - 1) : NULL;
	struct vpipe_thread *writer;
	__u64 *ns = slot->frame.ns;
	struct call call;

	ns[NOVB2_POINT_WRITE] = ns[NOVB2_POINT_QBUF] = 0;
	if (!at) {
		ns[NOVB2_POINT_READY] = woken_after(thread, asked_ns);
		return;
	}
	call = *at;
	ns[NOVB2_POINT_READY] = ready_at(&call, thread);
	writer = thread_find(call.tid);
	if (!writer)
		return;
	if (call.is_write) {
		ns[NOVB2_POINT_WRITE] = call.enter_ns;
		ns[NOVB2_POINT_QBUF] = ns[NOVB2_POINT_READY];
		carry_writer(slot, writer, call.enter_ns, NOVB2_STAGE_write);
	} else {
		ns[NOVB2_POINT_QBUF] = call.enter_ns;
		carry_writer(slot, writer, call.enter_ns, NOVB2_STAGE_submit);
	}
}

/* The points of the reader, @thread, but for the last one. */
static __always_inline void frame_read(struct vpipe_frame *frame, struct vpipe_thread *thread,
				       const struct vpipe_ask *ask, __u64 taken_ns)
{
	__u64 points[READER_TAKEN + 1] = {
		[0] = frame->ns[NOVB2_POINT_READY], [READER_TAKEN] = taken_ns};

	frame->ns[NOVB2_POINT_BACK] = 0;
	frame->ns[NOVB2_POINT_ENTER] = thread->user.entered_ns;
	if (!points[0])
		return;
	thread->user.locked_ns = thread->user.entered_ns; /* no lock is known of */
	reader_points(points, thread, ask);
	frame->ns[NOVB2_POINT_BACK] = points[READER_BACK];
	frame->ns[NOVB2_POINT_ENTER] = points[READER_ENTER];
}

/* Of a frame in buffer @index of the open file @key, of which nothing is known yet. */
static __always_inline struct vpipe_slot *frame_there(__u64 key, __u32 device, __u32 index)
{
	struct vpipe_context *context = context_find(key);
	struct vpipe_slot *slot;

	if (!context) {
		context = context_claim(key);
		if (context) {
			context->id = __sync_fetch_and_add(&vpipe_queues, 1) + 1;
			context->device = device;
		}
	}
	slot = context ? slot_of_buffer(context, index) : NULL;
	if (!slot) {
		count(VPIPE_LOSS_no_context);
		return NULL;
	}
	frame_begin(slot, context->id, index);
	slot->frame.device = device;
	slot->frame.cap_index = index;
	slot->frame.algo_id = 0;
	slot->frame.cycle.given_ns = slot->frame.cycle.arrived_ns = 0;
	slot->frame.cycle.memory = 0;
	slot->frame.cycle.giver = 0;
	slot->frame.cycle.owned = VPIPE_OWNED_UNKNOWN;
	slot->frame.cycle.has_input = false;
	return slot;
}

/* The frame in @slot began at @first, and is at @last. */
static __always_inline void frame_over_from(struct vpipe_slot *slot, struct vpipe_thread *thread,
					    __u32 first, __u32 last)
{
	carry_read(slot, thread, first, last);
	frame_record(slot, first, first, last, 0);
}

/* The frame in @slot is at @last: it began with its writer, with a wakeup, or with the reader's call. */
static __always_inline void frame_over(struct vpipe_slot *slot, struct vpipe_thread *thread,
				       __u32 last)
{
	if (slot->frame.ns[NOVB2_POINT_READY])
		frame_over_from(slot, thread, NOVB2_POINT_READY, last);
	else
		frame_over_from(slot, thread, NOVB2_POINT_ENTER, last);
}

static __always_inline __u64 key_of_file(const struct file *file)
{
	return address_of(file) >> 6; /* it is larger than that */
}

/* @thread is in DQBUF or read() of @file. */
static __always_inline void reader_enters(struct vpipe_thread *thread, const struct file *file)
{
	struct vpipe_ask *ask;

	thread->user.entered_ns = now_ns();
	thread->user.queue = key_of_file(file);
	ask = ask_of(&thread->user, thread->user.queue, true);
	if (!ask->asked_ns)
		ask->asked_ns = thread->user.entered_ns;
}

/* The buffer of QBUF is read where the caller has it: the driver's events come when it is too late. */
static __always_inline int ioctl_called(const struct file *file, __u32 command, __u64 argument)
{
	__u32 device = device_of_file(file), buffer[2]; /* index, and type */
	struct vpipe_thread *thread = user_touches(device);

	if (!device)
		return 0;
	if (thread) {
		thread->user.queue = 0; /* should the rest of its last DQBUF have been missed */
		thread->user.reading = false;
	}
	if ((command & 0xff) == NUMBER_OF_QBUF &&
	    !bpf_probe_read_user(buffer, sizeof(buffer), (const void *)argument) &&
	    is_output(buffer[1]))
		call_enters(device - 1, false, buffer[0]);
	else if ((command & 0xff) == NUMBER_OF_DQBUF && thread)
		reader_enters(thread, file);
	return 0;
}

PAIR("fentry/v4l2_ioctl", vpipe_ncall, ioctl_called,
     ARGS(struct file *file, unsigned int command, unsigned long argument), file, command, argument)

static __always_inline int buffer_queued(__u32 minor, const struct v4l2_buffer___any *buf)
{
	if (device_of_minor(minor) && buf && is_output(buf->type))
		call_ends(now_ns(), buf->sequence);
	return 0;
}

PAIR("tp_btf/v4l2_qbuf", vpipe_nqueued, buffer_queued,
     ARGS(int minor, struct v4l2_buffer___any *buf), minor, buf)

static __always_inline int write_called(const struct file *file)
{
	__u32 device = device_of_file(file);

	user_touches(device);
	if (device)
		call_enters(device - 1, true, 0);
	return 0;
}

PAIR("fentry/v4l2_write", vpipe_nwrite, write_called, ARGS(struct file *file), file)

static __always_inline int write_over(const struct file *file, long result)
{
	if (device_of_file(file))
		call_ends(result > 0 ? now_ns() : 0, 0);
	return 0;
}

PAIR("fexit/v4l2_write", vpipe_nwrote, write_over,
     ARGS(struct file *file, const char *data, size_t size, loff_t *at, ssize_t result), file,
     result)

static __always_inline int read_called(const struct file *file)
{
	struct vpipe_thread *thread = user_touches(device_of_file(file));

	if (!thread)
		return 0;
	thread->user.reading = true;
	reader_enters(thread, file);
	return 0;
}

PAIR("fentry/v4l2_read", vpipe_nread, read_called, ARGS(struct file *file), file)

/* Which buffer it was, and its number, read() tells nobody. */
static __always_inline int read_over(long result)
{
	struct vpipe_thread *thread = user_here();
	struct call_search search = {};
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;
	struct vpipe_ask *ask;
	__u64 ns, key;

	if (!thread || !thread->user.reading)
		return 0;
	thread->user.reading = false;
	key = thread->user.queue;
	ask = ask_of(&thread->user, key, false);
	if (result <= 0 || !ask || !ask->asked_ns)
		return 0;
	ns = now_ns();
	search.device = thread->user.device - 1;
	slot = frame_there(key, search.device, 0);
	if (!slot)
		return 0;
	frame = &slot->frame;
	frame->flags |= VPIPE_FRAME_UNNUMBERED;
	frame->seq = frame->src_seq = 0;
	frame->bytesused = result;
	frame->cycle.flags = 0;
	frame->cycle.timestamp_ns = 0;
	search.entered_ns = thread->user.entered_ns;
	search.woken_ns = woken_after(thread, search.entered_ns);
	search.waker = thread->wake.waker;
	if (search.woken_ns) {
		frame_written(slot, thread, &search, ask->asked_ns);
	} else {
		frame->ns[NOVB2_POINT_WRITE] = frame->ns[NOVB2_POINT_QBUF] = 0;
		frame->ns[NOVB2_POINT_READY] = 0;
	}
	frame_read(frame, thread, ask, ns);
	frame->ns[NOVB2_POINT_TAKEN] = frame->ns[NOVB2_POINT_ENTER];
	frame->ns[NOVB2_POINT_COPIED] = ns;
	reader_has(slot, thread, key, ns, ask);
	frame_over(slot, thread, NOVB2_POINT_COPIED);
	return 0;
}

PAIR("fexit/v4l2_read", vpipe_nreadx, read_over,
     ARGS(struct file *file, char *data, size_t size, loff_t *at, ssize_t result), result)

/* @thread has dequeued the buffer, of @device plus 1, from the file that it was in DQBUF of. */
static __always_inline int dequeued(struct vpipe_thread *thread, __u32 device,
				    const struct v4l2_buffer___any *buf)
{
	__u64 ns = now_ns(), key = thread->user.queue;
	struct call_search search = {};
	struct vpipe_frame *frame;
	struct vpipe_slot *slot;
	struct vpipe_ask *ask;

	thread->user.queue = 0;
	ask = ask_of(&thread->user, key, false);
	if (!ask || !ask->asked_ns)
		return 0;
	search.device = device - 1;
	search.index = buf->index;
	search.sequence = buf->sequence;
	slot = frame_there(key, search.device, search.index);
	if (!slot)
		return 0;
	frame = &slot->frame;
	frame->seq = frame->src_seq = buf->sequence;
	frame->bytesused = buf->bytesused;
	frame->cycle.timestamp_ns = timestamp_of(buf);
	take_flags(frame, buf->flags);
	if ((buf->flags & TIMESTAMP_MASK) == TIMESTAMP_MONOTONIC)
		search.timestamp_ns = frame->cycle.timestamp_ns;
	frame_written(slot, thread, &search, ask->asked_ns);
	frame_read(frame, thread, ask, ns);
	frame->ns[NOVB2_POINT_TAKEN] = ns;
	frame->ns[NOVB2_POINT_COPIED] = 0;
	reader_has(slot, thread, key, ns, ask);
	frame_over(slot, thread, NOVB2_POINT_TAKEN);
	return 0;
}

/* The reader's device, plus 1; 0: it is not traced, or the writer has its buffer back. */
static __always_inline __u32 device_read(__u32 minor, const struct v4l2_buffer___any *buf)
{
	return vpipe_shared.on && buf && !is_output(buf->type) ? device_of_minor(minor) : 0;
}

SEC("?tp_btf/v4l2_dqbuf")
int BPF_PROG(vpipe_ntaken, int minor, struct v4l2_buffer___any *buf)
{
	__u32 device = device_read(minor, buf);
	struct vpipe_thread *thread;

	if (!device)
		return 0;
	thread = user_here();
	if (!thread)
		return count_stranger();
	return thread->user.queue ? dequeued(thread, device, buf) : 0;
}

SEC("?tp_btf/v4l2_dqbuf")
int BPF_PROG(vpipe_ntaken2, int minor, struct v4l2_buffer___any *buf)
{
	__u32 device = device_read(minor, buf);
	struct vpipe_thread *thread = device ? user_here() : NULL;

	return thread && thread->user.queue ? dequeued(thread, device, buf) : 0;
}

static __always_inline int polled(const struct file *file,
				  const struct poll_table_struct___any *wait)
{
	struct vpipe_thread *thread = user_touches(device_of_file(file));

	if (thread)
		reader_polls(thread, key_of_file(file), wait);
	return 0;
}

PAIR("fentry/v4l2_poll", vpipe_npoll, polled,
     ARGS(struct file *file, struct poll_table_struct___any *wait), file, wait)

static __always_inline int file_closed(const struct file *file)
{
	struct vpipe_context *context = context_find(key_of_file(file));

	if (context)
		context_end(context, VPIPE_LOSS_closed);
	return 0;
}

PAIR("fentry/v4l2_release", vpipe_nclose, file_closed, ARGS(struct inode *inode, struct file *file),
     file)
