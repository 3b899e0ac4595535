/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * sources.bpf.h - source frames on their way to an OUTPUT QBUF, and which one a frame is
 *
 * A source frame gets a serial number when it is dequeued; three indexes lead to it, by the
 * three things that may show that a frame is made from it (enum vpipe_rule): the memory of its
 * buffer, its timestamp, the thread that dequeued it. Clients differ in what they carry over:
 * one that copies has other memory, GStreamer has timestamps of its own.
 */
#ifndef VPIPE_SOURCES_BPF_H
#define VPIPE_SOURCES_BPF_H

#include "maps.bpf.h"

/* The last ones, at their serial modulo the size. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u32);
	__type(value, struct vpipe_source);
} sources __weak SEC(".maps");

/* The place of the source frame @serial, whoever has it. */
static __always_inline struct vpipe_source *source_place(__u64 serial)
{
	__u32 index = serial % VPIPE_MAX_SOURCES;

	return bpf_map_lookup_elem(&sources, &index);
}

static __always_inline struct vpipe_source *source_find(__u64 serial)
{
	struct vpipe_source *source = source_place(serial);

	return source && source->serial == serial ? source : NULL;
}

/* What is in a buffer: the last source frame that was dequeued in it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* the allocator's private pointer of its exporter, or its dma_buf */
	__type(value, __u64); /* serial */
} memories __weak SEC(".maps");

/* A source's vb2 buffer. */
struct source_buffer {
	__u64 done_ns; /* 0: it is not done, or was dequeued */
	__u64 serial; /* of what was dequeued in it last; 0: nothing, or it was given back */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* struct vb2_buffer * */
	__type(value, struct source_buffer);
} source_buffers __weak SEC(".maps");

/* Who has a timestamp. It is no identity once a second one has it, too. */
struct stamp {
	__u64 serial;
	__u32 minor; /* of the first that had it */
	__u8 repeated; /* by the same device */
	__u8 shared; /* by another one */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* timestamp, ns */
	__type(value, struct stamp);
} stamps __weak SEC(".maps");

/* What a thread has in hand. */
struct hand {
	__u64 buffer; /* vb2 buffer of a source that it is about to get from DQBUF; 0: none */
	__u64 memory; /* of that buffer */
	__u64 serial; /* the source frame that it dequeued last; 0: none */
	__u64 offered; /* OUTPUT buffer in QBUF: private pointer of the exporter ... */
	__u64 offered_dmabuf; /* ... and the dma_buf; 0: it is no DMABUF */
	__u32 minor; /* of the source that it reads */
	__u32 sequence; /* of that last source frame */
	__u32 held; /* source frames that it dequeued, and neither handed on nor gave back */
	__u32 taken; /* source frames that it dequeued ... */
	__u32 handed; /* ... and frames that it queued */
	__u32 reads_several; /* sources: the last one need not be the one it hands on */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u32); /* tid */
	__type(value, struct hand);
} hands __weak SEC(".maps");

static __always_inline struct vpipe_source *source_by_memory(const struct hand *hand)
{
	__u64 *serial = NULL, key = hand->offered;

	if (!hand->offered_dmabuf)
		return NULL;
	if (key)
		serial = bpf_map_lookup_elem(&memories, &key);
	if (!serial) {
		/* memory of neither of the two devices, which both import */
		key = hand->offered_dmabuf;
		serial = bpf_map_lookup_elem(&memories, &key);
	}
	return serial ? source_find(*serial) : NULL;
}

static __always_inline struct vpipe_source *source_by_stamp(const struct stamp *stamp)
{
	struct vpipe_source *source;

	if (stamp->repeated || stamp->shared)
		return NULL;
	source = source_find(stamp->serial);
	return source && !source->used ? source : NULL;
}

/* @source, which is neither used nor returned yet, is about to be: its reader holds it no longer. */
static __always_inline void source_goes(const struct vpipe_source *source)
{
	struct hand *hand;

	if (source->used || source->returned)
		return;
	hand = bpf_map_lookup_elem(&hands, &source->reader);
	if (hand && hand->held)
		hand->held--;
}

/*
 * Must what the thread hands on be @source, which it dequeued last? If it holds that one and no
 * other: where it is met in the middle of its work, none of before is left once it has dequeued
 * more than any source has buffers. If it copied it and gave it back: only as long as there was one
 * frame for each, of all that it has dequeued.
 */
static __always_inline bool hand_is_certain(const struct hand *hand,
					    const struct vpipe_source *source)
{
	if (!source->returned)
		return hand->held == 1 && (!vpipe_joins_late || hand->taken > VPIPE_MAX_BUFFERS);
	return !hand->held && !vpipe_joins_late && hand->taken - hand->handed == 1;
}

/*
 * Where @stamp is that of a source, it must be that of this one, too: then only which of those
 * that one device gave it to is in question.
 */
static __always_inline struct vpipe_source *
source_by_thread(const struct hand *hand, const struct stamp *stamp, __u64 timestamp_ns)
{
	struct vpipe_source *source;

	if (!hand->serial || hand->reads_several || (stamp && stamp->shared))
		return NULL;
	source = source_find(hand->serial);
	if (!source || source->used || (stamp && source->timestamp_ns != timestamp_ns))
		return NULL;
	return hand_is_certain(hand, source) ? source : NULL;
}

/* The source of what @tid queues at @qbuf_ns with @timestamp_ns, and the @rule. NULL: not known. */
static __always_inline struct vpipe_source *source_take(__u32 tid, __u64 timestamp_ns,
							__u64 qbuf_ns, __u32 *rule)
{
	struct hand *hand = bpf_map_lookup_elem(&hands, &tid);
	struct vpipe_source *source = NULL;
	struct stamp *stamp = NULL;

	*rule = VPIPE_RULE_dmabuf;
	if (hand)
		source = source_by_memory(hand);
	if (!source) {
		*rule = VPIPE_RULE_timestamp;
		if (timestamp_ns)
			stamp = bpf_map_lookup_elem(&stamps, &timestamp_ns);
		if (stamp)
			source = source_by_stamp(stamp);
	}
	if (!source && hand) {
		*rule = VPIPE_RULE_thread;
		source = source_by_thread(hand, stamp, timestamp_ns);
	}
	if (hand)
		hand->handed++;
	if (!source || source->dqbuf_ns > qbuf_ns)
		return NULL;
	source_goes(source);
	source->used = true;
	return source;
}

#endif /* VPIPE_SOURCES_BPF_H */
