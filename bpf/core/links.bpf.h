/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * links.bpf.h - which source frame a frame is made from
 *
 * A source frame gets a serial number when it is dequeued; three indexes lead to it, by the
 * three things that may show that a frame is made from it (enum vpipe_rule): the memory of its
 * buffer, its timestamp, the thread that dequeued it. Clients differ in what they carry over:
 * one that copies has other memory, GStreamer has timestamps of its own.
 */
#ifndef VPIPE_LINKS_BPF_H
#define VPIPE_LINKS_BPF_H

#include "core/sources.bpf.h"

/* What is in a buffer: the last source frame that was dequeued in it. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* the allocator's private pointer of its exporter, or its dma_buf */
	__type(value, __u64); /* serial */
} memories __weak SEC(".maps");

/* Who has a timestamp: the first two; with more it is nobody's. */
struct stamp {
	__u64 serials[2];
	__u32 count;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* timestamp, ns */
	__type(value, struct stamp);
} stamps __weak SEC(".maps");

/* What a thread has in hand while it is in an ioctl. */
struct hand {
	__u64 buffer; /* vb2 buffer of a source that it is about to get from DQBUF; 0: none */
	__u64 memory; /* of that buffer */
	__u64 exported; /* OUTPUT buffer in QBUF: private pointer of its exporter, which is vb2 ... */
	__u64 dmabuf; /* ... and its dma_buf; 0: it is no DMABUF */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u32); /* tid */
	__type(value, struct hand);
} hands __weak SEC(".maps");

/* How a process hands source frames on. */
struct relay {
	__u64 serial; /* the source frame that it dequeued last; 0: none */
	__u32 taken; /* source frames that it dequeued ... */
	__u32 queued; /* ... and frames that it queued */
	__u32 minor; /* of the source that it reads */
	__u32 uneven; /* it reads several sources, or has not queued one frame for each */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u32); /* tgid */
	__type(value, struct relay);
} relays __weak SEC(".maps");

/* What the current thread has in hand; NULL: nothing, or no room for it. */
static __always_inline struct hand *hand_here(bool make)
{
	__u32 tid = current_tid();
	struct hand *hand = bpf_map_lookup_elem(&hands, &tid), empty = {};

	if (hand || !make)
		return hand;
	bpf_map_update_elem(&hands, &tid, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(&hands, &tid);
}

/* The next thread or process that has these ids has nothing in hand. */
static __always_inline void hands_drop(struct task_struct *task)
{
	__u32 tid = task->pid, process = task->tgid;
	struct relay *relay = bpf_map_lookup_elem(&relays, &process);
	struct vpipe_source *last = relay ? source_find(relay->serial) : NULL;

	bpf_map_delete_elem(&hands, &tid);
	if (relay && last && last->reader == tid)
		relay->serial = 0;
	if (!BPF_CORE_READ(task, signal, live.counter))
		bpf_map_delete_elem(&relays, &process);
}

/* Write @value at @key, which most often is there: a new entry costs more. */
static __always_inline void note(void *map, __u64 key, __u64 value)
{
	__u64 *last = bpf_map_lookup_elem(map, &key);

	if (last)
		*last = value;
	else
		bpf_map_update_elem(map, &key, &value, BPF_ANY);
}

/* The buffer whose memory this is holds no frame that was dequeued: not any more, or not yet. */
static __always_inline void memory_forget(__u64 memory)
{
	__u64 *serial = bpf_map_lookup_elem(&memories, &memory);

	if (serial)
		*serial = 0;
}

/* Note who has the timestamp @ns. */
static __always_inline void stamp_note(__u64 ns, __u64 serial)
{
	struct stamp first = {.serials = {serial}, .count = 1};
	struct stamp *stamp;

	if (!ns || !bpf_map_update_elem(&stamps, &ns, &first, BPF_NOEXIST))
		return;
	stamp = bpf_map_lookup_elem(&stamps, &ns);
	if (!stamp)
		return;
	if (__sync_fetch_and_add(&stamp->count, 1) == 1)
		stamp->serials[1] = serial;
	count(VPIPE_LOSS_repeated);
}

/* The current process has dequeued @source. */
static __always_inline void relay_takes(const struct vpipe_source *source)
{
	struct relay *relay = bpf_map_lookup_elem(&relays, &source->process);
	struct relay first = {};

	if (!relay) {
		bpf_map_update_elem(&relays, &source->process, &first, BPF_NOEXIST);
		relay = bpf_map_lookup_elem(&relays, &source->process);
	}
	if (!relay)
		return;
	if (relay->taken && relay->minor != source->minor)
		relay->uneven = true;
	relay->serial = source->serial;
	relay->minor = source->minor;
	__sync_fetch_and_add(&relay->taken, 1);
}

/* What is in the OUTPUT buffer that the current thread is about to queue, if that is a DMABUF. */
static __always_inline struct vpipe_source *source_by_memory(void)
{
	__u32 tid = current_tid();
	struct hand *hand = bpf_map_lookup_elem(&hands, &tid);
	__u64 *serial = NULL;

	if (!hand || !hand->dmabuf)
		return NULL;
	if (hand->exported)
		serial = bpf_map_lookup_elem(&memories, &hand->exported);
	if (!serial) /* memory of neither of the two devices, which both import */
		serial = bpf_map_lookup_elem(&memories, &hand->dmabuf);
	hand->dmabuf = 0; /* not the next one's, should its event be missed */
	return serial ? source_find(*serial) : NULL;
}

/*
 * The one that has the timestamp. Of two, of two devices, it is that of the process that queues the
 * frame, if the other one is not; else that of the device that all frames are said to come from.
 */
static __always_inline struct vpipe_source *source_by_stamp(const struct stamp *stamp)
{
	struct vpipe_source *one = source_find(stamp->serials[0]), *other;
	__u32 process = current_process();

	if (stamp->count == 1)
		return one;
	other = source_find(stamp->serials[1]);
	if (stamp->count > 2 || !one || !other || one->minor == other->minor)
		return NULL;
	if ((one->process == process) != (other->process == process))
		return one->process == process ? one : other;
	if (source_is_wanted(one) != source_is_wanted(other))
		return source_is_wanted(one) ? one : other;
	return NULL;
}

/*
 * The one that the thread @tid has dequeued, if its process has queued a frame for each before,
 * from its beginning: then it holds no other, neither as a buffer nor as a copy. Where @stamp is
 * that of sources, it must be that of this one, too; of one alone, the timestamp has told already.
 */
static __always_inline struct vpipe_source *
source_by_thread(struct relay *relay, __u32 tid, const struct stamp *stamp, __u64 timestamp_ns)
{
	struct vpipe_source *source;

	if (vpipe_config.adopt_users || relay->uneven)
		return NULL;
	source = source_find(relay->serial);
	if (!source || source->reader != tid)
		return NULL;
	if (stamp && (stamp->count == 1 || source->timestamp_ns != timestamp_ns))
		return NULL;
	return source;
}

/* The process queues a frame: is it one for each still? */
static __always_inline void relay_queues(struct relay *relay)
{
	relay->queued++;
	if (relay->queued != relay->taken)
		relay->uneven = true;
}

/* What links the frame that @tid queues with @timestamp_ns, and the @rule. NULL: nothing. */
static __always_inline struct vpipe_source *source_of(__u32 tid, struct relay *relay,
						      __u64 timestamp_ns, __u32 *rule)
{
	struct vpipe_source *source = source_by_memory();
	struct stamp *stamp = NULL;

	*rule = VPIPE_RULE_dmabuf;
	if (source)
		return source;
	*rule = VPIPE_RULE_timestamp;
	if (timestamp_ns)
		stamp = bpf_map_lookup_elem(&stamps, &timestamp_ns);
	if (stamp)
		source = source_by_stamp(stamp);
	if (source && !source->used)
		return source;
	*rule = VPIPE_RULE_thread;
	source = relay ? source_by_thread(relay, tid, stamp, timestamp_ns) : NULL;
	return source && !source->used ? source : NULL;
}

/* The source of what @tid queues at @qbuf_ns with @timestamp_ns, and the @rule. NULL: not known. */
static __always_inline struct vpipe_source *source_take(__u32 tid, __u64 timestamp_ns,
							__u64 qbuf_ns, __u32 *rule)
{
	__u32 process = current_process();
	struct relay *relay = bpf_map_lookup_elem(&relays, &process);
	struct vpipe_source *source;

	if (relay)
		relay_queues(relay);
	source = source_of(tid, relay, timestamp_ns, rule);
	if (!source || source->dqbuf_ns > qbuf_ns || !source_is_wanted(source))
		return NULL;
	source->used = true;
	return source;
}

#endif /* VPIPE_LINKS_BPF_H */
