/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * slots.bpf.h - the frames on their way, by the buffer that each is in
 *
 * A context is what has the buffers: an open file of a mem2mem node with its two queues, or a
 * single queue. Probes know it by a key of 64 bits, which is never 0. Keys are spread by their
 * lowest bits: of an address, those that are always 0 are left out.
 */
#ifndef VPIPE_SLOTS_BPF_H
#define VPIPE_SLOTS_BPF_H

#include "core/counts.bpf.h"
#include "core/threads.bpf.h"
#include "core/v4l2.h"

/*
 * At their key modulo the size or behind it. One that is VPIPE_CONTEXT_PROBES behind it or more
 * is looked for only where there is such a one.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VPIPE_MAX_CONTEXTS);
	__type(key, __u32);
	__type(value, struct vpipe_context);
} contexts __weak SEC(".maps");

/* How many contexts are that far behind. */
__weak __u32 vpipe_displaced SEC(".data") = 0;

static __always_inline struct vpipe_context *context_at(__u64 key, __u32 probe)
{
	__u64 place = key + probe;
	__u32 index;

	asm volatile("%0 &= %1" : "+r"(place) : "i"(VPIPE_CONTEXT_MASK));
	index = place;
	return bpf_map_lookup_elem(&contexts, &index);
}

/* Whether @context is that of @key; with @claim, or is made so, being free. */
static __always_inline bool context_is(struct vpipe_context *context, __u64 key, bool claim)
{
	__u64 is_of;

	if (!context)
		return false;
	if (!claim)
		return context->key == key;
	is_of = __sync_val_compare_and_swap(&context->key, 0, key);
	return !is_of || is_of == key; /* another CPU, with another event of it, was first */
}

struct context_search {
	__u64 key;
	__u32 claim;
	__u32 found; /* how far behind its home, plus 1; 0: nowhere */
};

static long context_try(__u32 probe, struct context_search *search)
{
	if (!context_is(context_at(search->key, probe), search->key, search->claim))
		return 0;
	search->found = probe + 1;
	return 1;
}

/* All places are looked at: for what is not near its home, which is rare. */
static __noinline __u32 context_search(__u64 key, bool claim)
{
	struct context_search search = {.key = key, .claim = claim};

	bpf_loop(vpipe_config.max_contexts, context_try, &search, 0);
	return search.found;
}

static __always_inline struct vpipe_context *context_far(__u64 key, bool claim)
{
	__u32 found = context_search(key, claim);
	struct vpipe_context *context = found ? context_at(key, found - 1) : NULL;

	if (context && claim && !__sync_lock_test_and_set(&context->displaced, 1))
		__sync_fetch_and_add(&vpipe_displaced, 1);
	return context;
}

/* No context has the key 0, which stands for a place that is free. */
static __always_inline struct vpipe_context *context_find(__u64 key)
{
	if (!key)
		return NULL;
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		struct vpipe_context *context = context_at(key, probe);

		if (context_is(context, key, false))
			return context;
	}
	return vpipe_displaced ? context_far(key, false) : NULL;
}

static __always_inline struct vpipe_context *context_claim(__u64 key)
{
	if (!key)
		return NULL;
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		struct vpipe_context *context = context_at(key, probe);

		if (context_is(context, key, true))
			return context;
	}
	return context_far(key, true);
}

/* The place of buffer @index of @queue, OUTPUT or CAPTURE. A kind with one queue uses either. */
static __always_inline __u64 place_of(__u32 queue, __u64 index)
{
	return queue == OUTPUT ? index : VPIPE_MAX_BUFFERS + index;
}

/*
 * @place, which is in bounds: that has been tested, by its index, but the verifier has lost sight
 * of it by now. It sees the mask, which changes nothing, where the compiler would leave out an `&`
 * that changes nothing.
 */
static __always_inline __u64 bounded(__u64 place)
{
	asm volatile("%0 &= %1" : "+r"(place) : "i"(2 * VPIPE_MAX_BUFFERS - 1));
	return place;
}

/* Which slot @place has. */
static __always_inline __u64 slot_number(const struct vpipe_context *context, __u64 place)
{
	return bounded(context->moved[place] ^ place);
}

/* The slot of a buffer; NULL: no buffer has such an index. */
static __always_inline struct vpipe_slot *slot_at(struct vpipe_context *context, __u32 queue,
						  __u64 index)
{
	if (index >= VPIPE_MAX_BUFFERS)
		return NULL;
	return &context->slots[slot_number(context, place_of(queue, index))];
}

/* A frame that was counted as started ends without a record. */
static __always_inline void slot_drop(struct vpipe_slot *slot, __u32 why)
{
	if (!slot || slot->state < VPIPE_SLOT_QUEUED)
		return;
	count(why);
	slot->state = VPIPE_SLOT_FREE;
}

/*
 * The slot of a buffer that @tid queues, free for a frame. NULL: it is not to be traced, or cannot
 * be, which is counted.
 */
static __always_inline struct vpipe_slot *slot_claim(__u64 key, __u32 queue, __u64 index, __u32 tid)
{
	struct vpipe_context *context = context_find(key);
	struct vpipe_slot *slot;

	/* not when it is opened: most files are closed without a frame, some are handed over */
	if (!context) {
		if (!thread_is_wanted(tid))
			return NULL;
		context = context_claim(key);
	}
	slot = context ? slot_at(context, queue, index) : NULL;
	if (!slot) {
		count(VPIPE_LOSS_no_context);
		return NULL;
	}
	slot_drop(slot, VPIPE_LOSS_incomplete); /* it can't be in use: missed events */
	return slot;
}

/*
 * The job of the frame in OUTPUT buffer @out is done, it goes on to CAPTURE buffer @cap. NULL:
 * there is none in that buffer, which is counted.
 */
static __always_inline struct vpipe_slot *slot_move(struct vpipe_context *context, __u64 out,
						    __u64 cap)
{
	__u64 from = bounded(place_of(OUTPUT, out)), to = bounded(place_of(CAPTURE, cap));
	__u64 number, free;
	struct vpipe_slot *slot;

	if (out >= VPIPE_MAX_BUFFERS || cap >= VPIPE_MAX_BUFFERS)
		return NULL;
	number = slot_number(context, from);
	free = slot_number(context, to);
	slot = &context->slots[number];
	/* the CAPTURE buffer can't be in use: missed events */
	slot_drop(&context->slots[free], VPIPE_LOSS_incomplete);
	if (slot->state != VPIPE_SLOT_QUEUED) {
		count(VPIPE_LOSS_no_start);
		return NULL;
	}
	context->moved[to] = number ^ to;
	context->moved[from] = free ^ from; /* the free slot is left behind */
	slot->state = VPIPE_SLOT_DONE;
	slot->frame.cap_index = cap;
	return slot;
}

/* What is in @queue does not go on. */
static __always_inline void context_drop(struct vpipe_context *context, __u32 queue, __u32 why)
{
	for (__u32 index = 0; index < VPIPE_MAX_BUFFERS; index++)
		slot_drop(slot_at(context, queue, index), why);
}

/* @context is no more: what it left is counted, its place is free for another. */
static __always_inline void context_end(struct vpipe_context *context, __u32 why)
{
	for (__u32 number = 0; number < 2 * VPIPE_MAX_BUFFERS; number++)
		slot_drop(&context->slots[number], why);
	if (context->displaced) {
		context->displaced = 0;
		__sync_fetch_and_sub(&vpipe_displaced, 1);
	}
	context->key = 0;
}

/*
 * Of a context that is a single queue: the slot of buffer @index, which never moves. NULL: there is
 * no room for one with such an index.
 */
static __always_inline struct vpipe_slot *slot_of_buffer(struct vpipe_context *context, __u64 index)
{
	return index < 2 * VPIPE_MAX_BUFFERS ? &context->slots[bounded(index)] : NULL;
}

#endif /* VPIPE_SLOTS_BPF_H */
