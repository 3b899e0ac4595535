// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * source.bpf.c - the source's side: its buffer done, its DQBUF returns
 *
 * These are vb2's and V4L2's own trace events, so any source will do.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/usdt.bpf.h>
#include "threads.bpf.h"
#include "sources.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* Video device minor of the source; -1: any. */
const volatile int vpipe_source_minor = -1;

/* What is read of vb2's buffer; it lives in a module's BTF, not in vmlinux.h. */
struct vb2_queue___vpipe {
	__u32 timestamp_flags;
} __attribute__((preserve_access_index));

struct vb2_buffer___vpipe {
	__u64 timestamp;
} __attribute__((preserve_access_index));

/* struct v4l2_buffer of the UAPI on 64-bit machines, as far as it is read. */
struct uapi_v4l2_buffer {
	__u32 index;
	__u32 type;
	__u32 bytesused;
	__u32 flags;
	__u32 field;
	__u32 pad;
	__s64 tv_sec;
	__s64 tv_usec;
};

#define CAPTURE 1 /* V4L2_BUF_TYPE_VIDEO_CAPTURE */

#define TIMESTAMP_COPY 0x4000 /* V4L2_BUF_FLAG_TIMESTAMP_COPY */

/* A queue whose timestamps are copied is a mem2mem node's: not where frames begin. */
static __always_inline bool is_source(struct vb2_queue___vpipe *queue)
{
	return !(BPF_CORE_READ(queue, timestamp_flags) & TIMESTAMP_COPY);
}

/* When each vb2 buffer was done, until it is dequeued. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* struct vb2_buffer * */
	__type(value, __u64); /* ns */
} done SEC(".maps");

SEC("?raw_tp/vb2_buf_done")
int EVENT_PROG(vpipe_srcdone, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	__u64 key = (__u64)vb, ns;

	if (!is_source(queue))
		return 0;
	ns = now_ns();
	bpf_map_update_elem(&done, &key, &ns, BPF_ANY);
	return 0;
}

/*
 * Still inside DQBUF: the only place that knows the buffer and its timestamp
 * both (vivid sets the timestamp after it has called the buffer done).
 */
SEC("?raw_tp/vb2_dqbuf")
int EVENT_PROG(vpipe_srcbuf, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	struct vpipe_source source = {};
	__u64 key = (__u64)vb, timestamp_us;
	__u64 *done_ns;

	if (!is_source(queue))
		return 0;
	done_ns = bpf_map_lookup_elem(&done, &key);
	if (!done_ns)
		return 0;
	timestamp_us = BPF_CORE_READ(vb, timestamp) / 1000;
	source.done_ns = *done_ns;
	bpf_map_delete_elem(&done, &key);
	/* the first one with this timestamp is the source, should another node pass it on */
	if (timestamp_us)
		bpf_map_update_elem(&sources, &timestamp_us, &source, BPF_NOEXIST);
	return 0;
}

/* A DQBUF is entered, of whatever device: v4l2_dqbuf below says whose it was. */
SEC("?kprobe/vb2_core_dqbuf")
int BPF_KPROBE(vpipe_srcask)
{
	__u64 ns = now_ns();
	struct vpipe_thread *thread = thread_current(ns);

	if (thread)
		thread->src_asked_ns = ns;
	return 0;
}

/* The reader carries the frame from when it was done, or asked for if that was later. */
static __always_inline void source_charge(struct vpipe_source *source, struct vpipe_thread *thread)
{
	__u64 from = source->done_ns > source->asked_ns ? source->done_ns : source->asked_ns;
	struct vpipe_account begin;

	if (!account_at(thread, from, &begin) ||
	    !account_at(thread, source->dqbuf_ns, &source->base))
		return;
	source->dwell_runq_ns = 0;
	if (source->asked_ns > source->done_ns)
		source->dwell_runq_ns = runq_between(thread, source->done_ns, source->asked_ns);
	source->split.runq_ns = source->dwell_runq_ns;
	account_charge(&source->split, &source->switches, &begin, &source->base);
	source->tid = thread->tid;
	if (source->split.blocked_ns)
		source->wake = thread->wake;
}

SEC("?raw_tp/v4l2_dqbuf")
int EVENT_PROG(vpipe_srcdq, int minor, struct uapi_v4l2_buffer *buf)
{
	struct uapi_v4l2_buffer head;
	struct vpipe_source *source;
	struct vpipe_thread *thread;
	__u64 timestamp_us, ns = now_ns();

	if (vpipe_source_minor >= 0 && minor != vpipe_source_minor)
		return 0;
	if (bpf_probe_read_kernel(&head, sizeof(head), buf) || head.type != CAPTURE)
		return 0;
	timestamp_us = head.tv_sec * 1000000 + head.tv_usec;
	source = bpf_map_lookup_elem(&sources, &timestamp_us);
	if (!source || source->dqbuf_ns)
		return 0;
	source->dqbuf_ns = ns;
	thread = thread_current(ns);
	if (!thread)
		return 0;
	source->asked_ns = thread->src_asked_ns;
	thread->copy_ns = 0;
	thread->copy_of_ns = thread->copy_of_ns ? 0 : ns; /* else it has another frame in hand */
	source_charge(source, thread);
	return 0;
}

/*
 * How long @thread, the current one, had been on a CPU at @ns; 0: that is not known. A
 * program of a probe can be preempted: then there are new marks, and it reads again.
 */
static __always_inline __u64 oncpu_at(struct vpipe_thread *thread, __u64 ns)
{
	volatile __u32 *n_marks = &thread->n_marks;

	for (int attempt = 0; attempt < 2; attempt++) {
		__u32 before = *n_marks;
		struct vpipe_account account;
		bool known = account_at(thread, ns, &account);

		if (*n_marks == before)
			return known ? account.oncpu_ns : 0;
	}
	return 0;
}

/* The application says that it copies: between these two, what it runs is a copy. */
SEC("?usdt")
int BPF_USDT(vpipe_copybeg)
{
	__u64 ns = now_ns();
	struct vpipe_thread *thread = thread_current(ns);

	if (thread)
		thread->copy_oncpu_ns = oncpu_at(thread, ns);
	return 0;
}

SEC("?usdt")
int BPF_USDT(vpipe_copyend)
{
	__u64 ns = now_ns();
	struct vpipe_thread *thread = thread_current(ns);
	__u64 oncpu_ns;

	if (!thread)
		return 0;
	oncpu_ns = oncpu_at(thread, ns);
	if (oncpu_ns && thread->copy_oncpu_ns)
		thread->copy_ns += oncpu_ns - thread->copy_oncpu_ns;
	else
		thread->copy_of_ns = 0; /* not all of this frame's copies are known */
	thread->copy_oncpu_ns = 0;
	return 0;
}
