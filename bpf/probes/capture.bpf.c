// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * capture.bpf.c - any capture device of vb2: each frame from its buffer's done to who dequeued it
 *
 * Two threads have a part in a frame: whoever calls its buffer done, mostly an interrupt, and its
 * reader, which asks for a frame by poll() or DQBUF. When it asked is noted for each thread and queue: a
 * new poll() overwrites it, a re-check and DQBUF set it if it is not, and a buffer that is taken uses
 * it up.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/frames.bpf.h"
#include "probes/capture.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

_Static_assert(CAPTURE_N_STAGES <= VPIPE_MAX_STAGES, "raise it in abi.h");

/* What is read of vb2's; it lives in a module's BTF, not in vmlinux.h. */
struct vb2_queue___capture {
	__u32 type;
	__u32 timestamp_flags;
} __attribute__((preserve_access_index));

struct poll_table_struct___capture {
	void *_qproc;
} __attribute__((preserve_access_index));

/* A capture queue, and not that of a mem2mem node, whose frames begin elsewhere. */
static __always_inline bool is_capture(const struct vb2_queue___capture *queue)
{
	__u32 type = BPF_CORE_READ(queue, type);

	return (type == CAPTURE || type == CAPTURE_MPLANE) &&
	       !(BPF_CORE_READ(queue, timestamp_flags) & TIMESTAMP_COPY);
}

#define GIVEN 1 /* instead of a time: the driver has the buffer */

/* When each buffer was done. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* struct vb2_buffer * */
	__type(value, __u64); /* ns, or GIVEN; 0: it was dequeued */
} capture_done SEC(".maps");

struct ask_key {
	__u64 queue; /* struct vb2_queue * */
	__u32 tid;
	__u32 pad;
};

/* What a thread did to get a frame of a queue. */
struct ask {
	__u64 asked_ns; /* it would have taken one from then on; 0: it did not ask */
	__u64 back_ns; /* it was told last that there is one */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, struct ask_key);
	__type(value, struct ask);
} capture_asks SEC(".maps");

/* A thread in DQBUF. */
struct taking {
	__u64 queue;
	__u64 buffer; /* 0: it has none yet */
	__u64 enter_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u32); /* tid */
	__type(value, struct taking);
} capture_takings SEC(".maps");

SEC("?raw_tp/vb2_buf_queue")
int BPF_PROG(vpipe_capgiven, struct vb2_queue___capture *queue, void *vb)
{
	if (vpipe_shared.on && is_capture(queue))
		note(&capture_done, (__u64)vb, GIVEN);
	return 0;
}

SEC("?raw_tp/vb2_buf_done")
int BPF_PROG(vpipe_capdone, struct vb2_queue___capture *queue, void *vb)
{
	if (vpipe_shared.on && is_capture(queue))
		note(&capture_done, (__u64)vb, now_ns());
	return 0;
}

static __always_inline struct ask *ask_of(__u64 queue, bool make)
{
	struct ask_key key = {.queue = queue, .tid = current_tid()};
	struct ask *ask = bpf_map_lookup_elem(&capture_asks, &key), none = {};

	if (ask || !make)
		return ask;
	bpf_map_update_elem(&capture_asks, &key, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&capture_asks, &key);
}

/* A new poll() has a function that puts it on the queue's list; when it looks again it has none. */
SEC("?kprobe/vb2_core_poll")
int BPF_KPROBE(vpipe_cappoll, struct vb2_queue___capture *queue, void *file,
	       struct poll_table_struct___capture *wait)
{
	__u64 ns = now_ns();
	struct ask *ask;

	if (!vpipe_shared.on || !is_capture(queue))
		return 0;
	ask = ask_of((__u64)queue, true);
	if (!ask)
		return 0;
	if (!ask->asked_ns || (wait && BPF_CORE_READ(wait, _qproc)))
		ask->asked_ns = ns;
	ask->back_ns = ns;
	return 0;
}

SEC("?kprobe/vb2_core_dqbuf")
int BPF_KPROBE(vpipe_capenter, struct vb2_queue___capture *queue)
{
	struct taking taking = {.queue = (__u64)queue, .enter_ns = now_ns()};
	__u32 tid = current_tid();
	struct ask *ask;

	if (!vpipe_shared.on || !is_capture(queue))
		return 0;
	bpf_map_update_elem(&capture_takings, &tid, &taking, BPF_ANY);
	ask = ask_of((__u64)queue, true);
	if (ask && !ask->asked_ns)
		ask->asked_ns = taking.enter_ns;
	return 0;
}

SEC("?raw_tp/vb2_dqbuf")
int BPF_PROG(vpipe_captake, struct vb2_queue___capture *queue, void *vb)
{
	__u64 key = (__u64)vb, *done_ns;
	__u32 tid = current_tid();
	struct taking *taking;

	if (!vpipe_shared.on)
		return 0;
	taking = bpf_map_lookup_elem(&capture_takings, &tid);
	if (!taking || taking->queue != (__u64)queue)
		return 0;
	taking->buffer = key;
	done_ns = bpf_map_lookup_elem(&capture_done, &key);
	if (done_ns && *done_ns == GIVEN) {
		/* it is on the list just before it is told done: another CPU was faster */
		*done_ns = now_ns();
		count(VPIPE_LOSS_overtaken);
	}
	return 0;
}

/* When the reader came back to take the frame: from poll(), or onto a CPU, if it slept in DQBUF. */
static __always_inline __u64 back_at(const struct ask *ask, __u64 done_ns, __u64 enter_ns)
{
	const struct vpipe_thread *thread = thread_find(current_tid());
	__u64 back = done_ns;

	if (enter_ns <= done_ns)
		return thread && thread->now.ns > done_ns ? thread->now.ns : done_ns;
	if (ask->back_ns > back)
		back = ask->back_ns;
	if (ask->asked_ns > back)
		back = ask->asked_ns;
	return back < enter_ns ? back : enter_ns;
}

/* The frame of @head, done at @done_ns, is its reader's at @taken_ns. */
static __always_inline void capture_frame(__u32 minor, const struct taking *taking,
					  const struct uapi_v4l2_buffer *head, __u64 done_ns,
					  __u64 taken_ns)
{
	struct ask *ask = ask_of(taking->queue, false);
	struct vpipe_slot *slot;
	struct vpipe_frame *frame;

	if (!ask)
		return;
	slot = slot_claim(taking->queue >> 6, CAPTURE, head->index, current_tid());
	if (!slot)
		return;
	frame_begin(slot, minor, head->index);
	frame = &slot->frame;
	frame->cap_index = head->index;
	frame->seq = head->sequence;
	frame->src_seq = head->sequence;
	frame->algo_id = 0;
	frame->bytesused = head->bytesused;
	frame->ns[CAPTURE_POINT_DONE] = done_ns;
	frame->ns[CAPTURE_POINT_BACK] = back_at(ask, done_ns, taking->enter_ns);
	frame->ns[CAPTURE_POINT_ENTER] = taking->enter_ns;
	if (taking->enter_ns < frame->ns[CAPTURE_POINT_BACK])
		frame->ns[CAPTURE_POINT_ENTER] = frame->ns[CAPTURE_POINT_BACK];
	frame->ns[CAPTURE_POINT_TAKEN] = taken_ns;
	frame_end(slot, ask->asked_ns, CAPTURE_POINT_DONE, CAPTURE_POINT_DONE, CAPTURE_POINT_TAKEN,
		  0);
	ask->asked_ns = ask->back_ns = 0;
}

SEC("?raw_tp/v4l2_dqbuf")
int BPF_PROG(vpipe_captaken, int minor, struct uapi_v4l2_buffer *buf)
{
	__u64 ns = now_ns(), *done_ns, done;
	struct uapi_v4l2_buffer head;
	__u32 tid = current_tid();
	struct taking *taking;

	if (!vpipe_shared.on || minor != vpipe_config.node_minor)
		return 0;
	taking = bpf_map_lookup_elem(&capture_takings, &tid);
	if (!taking || !taking->buffer)
		return 0;
	done_ns = bpf_map_lookup_elem(&capture_done, &taking->buffer);
	taking->buffer = 0;
	if (!done_ns || *done_ns <= GIVEN) {
		count(VPIPE_LOSS_no_start); /* it was done before tracing began */
		return 0;
	}
	done = *done_ns;
	*done_ns = 0;
	if (!bpf_probe_read_kernel(&head, sizeof(head), buf))
		capture_frame(minor, taking, &head, done, ns);
	return 0;
}
