// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vb2.bpf.c - the source's side: its buffer done, its DQBUF returns
 *
 * These are vb2's and V4L2's own trace events, so any source will do. Which source frame a
 * frame of a node is made from: core/links.bpf.h.
 */
#include "kernel-types.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "core/links.bpf.h"
#include "core/v4l2.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* What is read of vb2's buffers; they live in a module's BTF, not in vmlinux.h. */
struct vb2_queue___vpipe {
	__u32 timestamp_flags;
} __attribute__((preserve_access_index));

struct dma_buf___vpipe {
	void *priv;
	const char *exp_name;
} __attribute__((preserve_access_index));

struct vb2_plane___vpipe {
	void *mem_priv;
	struct dma_buf___vpipe *dbuf;
} __attribute__((preserve_access_index));

struct vb2_buffer___vpipe {
	__u32 type;
	__u32 memory;
	enum vb2_buffer_state___any state;
	struct vb2_plane___vpipe planes[1];
} __attribute__((preserve_access_index));

/* A queue whose timestamps are copied is a mem2mem node's: not where frames begin. */
static __always_inline bool is_source(struct vb2_queue___vpipe *queue)
{
	return !(BPF_CORE_READ(queue, timestamp_flags) & TIMESTAMP_COPY);
}

#define GIVEN 1 /* instead of a time: the source has the buffer */

/* When each vb2 buffer of a source was done; GIVEN, or 0: it was dequeued. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* struct vb2_buffer * */
	__type(value, __u64); /* ns */
} done SEC(".maps");

/* Is @vb known to be done? Then the other program of the event was first. */
static __always_inline bool is_noted(__u64 vb)
{
	__u64 *done_ns = bpf_map_lookup_elem(&done, &vb);

	return done_ns && *done_ns > GIVEN;
}

/* If the driver has it again by now, whoever called it done was overtaken by its reader. */
static __always_inline int buffer_done(struct vb2_queue___vpipe *queue,
				       struct vb2_buffer___vpipe *vb)
{
	if (is_source(queue) && !(vpipe_config.preemptible && is_noted((__u64)vb)) &&
	    BPF_CORE_READ(vb, state) != STATE_ACTIVE)
		note(&done, (__u64)vb, now_ns());
	return 0;
}

SEC("?raw_tp/vb2_buf_done")
int BPF_PROG(vpipe_srcdone, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	return vpipe_shared.on ? buffer_done(queue, vb) : 0;
}

SEC("?raw_tp/vb2_buf_done")
int BPF_PROG(vpipe_srcdone2, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	return vpipe_shared.on ? buffer_done(queue, vb) : 0;
}

/* The memory of @vb, as an importer of it is told from others. */
static __always_inline __u64 memory_of(struct vb2_buffer___vpipe *vb)
{
	if (BPF_CORE_READ(vb, memory) == MEMORY_DMABUF)
		return (__u64)BPF_CORE_READ(vb, planes[0].dbuf);
	return (__u64)BPF_CORE_READ(vb, planes[0].mem_priv);
}

/*
 * Still inside DQBUF: the only place that knows the buffer. What it holds is known when DQBUF
 * returns: vivid sets the timestamp after it has called the buffer done.
 */
static __always_inline int buffer_taken(struct vb2_queue___vpipe *queue,
					struct vb2_buffer___vpipe *vb)
{
	bool ours = is_source(queue);
	struct hand *hand = hand_here(ours);
	__u64 key = (__u64)vb, *done_ns;

	if (!hand)
		return 0;
	hand->buffer = ours ? (__u64)vb : 0; /* what read() took before, this DQBUF does not get */
	if (!ours)
		return 0;
	hand->memory = memory_of(vb);
	memory_forget(hand->memory);
	done_ns = bpf_map_lookup_elem(&done, &key);
	if (done_ns && *done_ns == GIVEN && !vpipe_config.preemptible) {
		/*
		 * It is on the list just before it is told done: another CPU was faster. Or that
		 * event was missed, if it can be: then it may have been long ago.
		 */
		*done_ns = now_ns();
		count(VPIPE_LOSS_overtaken);
	}
	return 0;
}

SEC("?raw_tp/vb2_dqbuf")
int BPF_PROG(vpipe_srcbuf, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	return vpipe_shared.on ? buffer_taken(queue, vb) : 0;
}

SEC("?raw_tp/vb2_dqbuf")
int BPF_PROG(vpipe_srcbuf2, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	return vpipe_shared.on ? buffer_taken(queue, vb) : 0;
}

/* Is @dmabuf one of vb2's? The private pointer of another exporter may have been one of vb2's. */
static __always_inline bool is_of_vb2(struct dma_buf___vpipe *dmabuf)
{
	static const char vb2[] = "videobuf2";
	char name[sizeof(vb2)] = "";

	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dmabuf, exp_name));
	for (unsigned int i = 0; i < sizeof(vb2) - 1; i++) {
		if (name[i] != vb2[i])
			return false;
	}
	return true;
}

/*
 * A buffer is on its way to its driver. If it is an OUTPUT buffer, what comes next may be
 * vpipe_submit.
 */
static __always_inline int buffer_offered(struct vb2_queue___vpipe *queue,
					  struct vb2_buffer___vpipe *vb)
{
	__u32 type = BPF_CORE_READ(vb, type);
	struct dma_buf___vpipe *dmabuf = NULL;
	struct hand *hand;

	if (type != OUTPUT && type != OUTPUT_MPLANE) {
		if (is_source(queue)) {
			note(&done, (__u64)vb, GIVEN);
			memory_forget(memory_of(vb));
		}
		return 0;
	}
	if (BPF_CORE_READ(vb, memory) == MEMORY_DMABUF)
		dmabuf = BPF_CORE_READ(vb, planes[0].dbuf);
	hand = hand_here(dmabuf);
	if (!hand)
		return 0;
	hand->dmabuf = (__u64)dmabuf;
	hand->exported = 0;
	if (dmabuf && is_of_vb2(dmabuf))
		hand->exported = (__u64)BPF_CORE_READ(dmabuf, priv);
	return 0;
}

SEC("?raw_tp/vb2_buf_queue")
int BPF_PROG(vpipe_offer, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	return vpipe_shared.on ? buffer_offered(queue, vb) : 0;
}

SEC("?raw_tp/vb2_buf_queue")
int BPF_PROG(vpipe_offer2, struct vb2_queue___vpipe *queue, struct vb2_buffer___vpipe *vb)
{
	return vpipe_shared.on ? buffer_offered(queue, vb) : 0;
}

/* A DQBUF is entered, of whatever device: v4l2_dqbuf below says whose it was. */
SEC("?kprobe/vb2_core_dqbuf")
int BPF_KPROBE(vpipe_srcask)
{
	__u64 ns = now_ns();
	struct vpipe_thread *thread = thread_current(ns);
	struct hand *hand = hand_here(false);

	if (thread)
		thread->src_asked_ns = ns;
	if (hand)
		hand->buffer = 0; /* should the rest of the last one have been missed */
	return 0;
}

static __always_inline int source_dequeued(int minor, struct uapi_v4l2_buffer *buf)
{
	__u64 ns = now_ns(), *done_ns = NULL;
	struct hand *hand = hand_here(false);
	struct vpipe_source *source;
	struct vpipe_thread *thread;

	if (hand && hand->buffer)
		done_ns = bpf_map_lookup_elem(&done, &hand->buffer);
	if (!done_ns || *done_ns <= GIVEN)
		return 0;
	source = source_begin(minor, buf, *done_ns, ns);
	hand->buffer = 0;
	*done_ns = 0;
	if (!source)
		return 0;
	if (hand->memory)
		note(&memories, hand->memory, source->serial);
	stamp_note(source->timestamp_ns, source->serial);
	relay_takes(source);
	/* not thread_current(): here it may be preempted, and must not change what that changes */
	thread = thread_find(current_tid());
	if (thread && source_is_wanted(source))
		source_read_by(source, thread);
	return 0;
}

SEC("?raw_tp/v4l2_dqbuf")
int BPF_PROG(vpipe_srcdq, int minor, struct uapi_v4l2_buffer *buf)
{
	return vpipe_shared.on ? source_dequeued(minor, buf) : 0;
}

SEC("?raw_tp/v4l2_dqbuf")
int BPF_PROG(vpipe_srcdq2, int minor, struct uapi_v4l2_buffer *buf)
{
	return vpipe_shared.on ? source_dequeued(minor, buf) : 0;
}
