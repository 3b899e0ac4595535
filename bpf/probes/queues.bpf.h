/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * queues.bpf.h - the queues of traced devices: a context each, by the address that the queue has
 *
 * Its buffers are the places in it. A mem2mem node has two for each open file, which find each other
 * by what the driver's jobs go by.
 */
#ifndef VPIPE_QUEUES_BPF_H
#define VPIPE_QUEUES_BPF_H

#include "core/frames.bpf.h"
#include "core/users.bpf.h"
#include "probes/m2m.h"
#include "probes/v4l2.h"

/*
 * The pair of programs @name and @name2 for the event of @section, both of which call @handler: see
 * trace_config.preemptible.
 */
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
__weak __u32 vpipe_queues SEC(".data") = 0;

/* By number of a device: enum vpipe_device_kind. */
__weak __u8 vpipe_kinds[VPIPE_MAX_DEVICES] SEC(".data") = {};

/* An open file of a mem2mem node, and its last job. */
struct job {
	__u64 key; /* what device_run is called with: v4l2_m2m_ctx.priv; 0: not used */
	__u64 output; /* keys of the contexts of its queues */
	__u64 capture;
	__u64 run_ns; /* when it began; 0: none has */
	__u64 end_ns; /* when the last one ended */
	__u64 qbuf_ns; /* of the OUTPUT buffer that it takes */
	__u64 given_ns;
	struct vpipe_input input;
	struct vpipe_split submit; /* of who was in QBUF with it */
	struct vpipe_switches switches;
	__u32 out_index;
	__u32 unknown; /* 1: that is not known */
	__u32 device;
	__u32 pad;
};

/* At their key modulo the size or a little behind it: one that finds no place there is not known. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, VPIPE_MAX_CONTEXTS);
	__type(key, __u32);
	__type(value, struct job);
} jobs __weak SEC(".maps");

static __always_inline struct job *job_at(__u64 key, __u32 probe)
{
	__u32 index = ((key >> 6) + probe) % VPIPE_MAX_CONTEXTS;

	return bpf_map_lookup_elem(&jobs, &index);
}

static __always_inline struct job *job_find(__u64 key)
{
	if (!key)
		return NULL;
#pragma unroll
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		struct job *job = job_at(key, probe);

		if (job && job->key == key)
			return job;
	}
	return NULL;
}

static __always_inline struct job *job_claim(__u64 key)
{
	struct job *job = job_find(key);

	if (!key || job)
		return job;
#pragma unroll
	for (__u32 probe = 0; probe < VPIPE_CONTEXT_PROBES; probe++) {
		job = job_at(key, probe);
		if (job && !__sync_val_compare_and_swap(&job->key, 0, key))
			return job;
	}
	return NULL;
}

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
	return queue->type == CAPTURE || queue->type == CAPTURE_MPLANE ||
	       queue->type == META_CAPTURE;
}

/* The kind of @device, a number plus 1. */
static __always_inline __u32 device_kind(__u32 device)
{
	__u64 place = device - 1;

	/* changes nothing, and the verifier must see it */
	asm volatile("%0 &= %1" : "+r"(place) : "i"(VPIPE_MAX_DEVICES - 1));
	return vpipe_kinds[place];
}

/* Are the buffers of @queue, of @device plus 1, frames once they are done? */
static __always_inline bool has_frames(const struct vb2_queue___any *queue, __u32 device)
{
	return is_capture(queue) == (device_kind(device) != VPIPE_DEVICE_OUTPUT);
}

/* The device of an open file, plus 1; 0: it is not traced. */
static __always_inline __u32 device_of_file(const struct file *file)
{
	return device_of_minor(file->f_inode->i_rdev & ((1 << 20) - 1));
}

/* The device whose queue it is, plus 1: by the file that has it; some drivers don't say which. */
static __always_inline __u32 device_of(const struct vb2_queue___any *queue,
				       const struct vpipe_thread *thread)
{
	struct v4l2_fh___any *owner = queue->owner;

	return owner ? device_of_minor(BPF_CORE_READ(owner, vdev, minor)) : thread->user.device;
}

/*
 * The queue of @context is one of two of a file: that of its owner, but by CREATE_BUFS alone a mem2mem
 * queue gets none. Then @thread is in a call of its file.
 */
static __always_inline void queue_joins(struct vpipe_context *context,
					const struct vb2_queue___any *queue,
					const struct vpipe_thread *thread)
{
	struct v4l2_fh___any *fh = queue->owner ?: (void *)thread->user.fh;
	struct job *job;

	context->job = fh ? (__u64)BPF_CORE_READ(fh, m2m_ctx, priv) : 0;
	job = job_claim(context->job);
	if (!job)
		return;
	job->device = context->device;
	if (is_capture(queue))
		job->capture = context->key;
	else
		job->output = context->key;
}

/* The queue of @context is gone; with the other one, too, its file is. */
static __always_inline void queue_leaves(const struct vpipe_context *context)
{
	struct job *job = job_find(context->job);

	if (!job)
		return;
	if (job->capture == context->key)
		job->capture = 0;
	else
		job->output = 0;
	if (!job->capture && !job->output)
		*job = (struct job){};
}

/* @queue is seen for the first time, in a call of @thread. NULL: it is not to be traced, or cannot be. */
static __always_inline struct vpipe_context *queue_begin(const struct vb2_queue___any *queue,
							 const struct vpipe_thread *thread)
{
	__u32 device = device_of(queue, thread) - 1;
	struct vpipe_context *context;

	if (device >= VPIPE_MAX_DEVICES)
		return NULL;
	if (vpipe_kinds[device] != VPIPE_DEVICE_M2M && !has_frames(queue, device + 1))
		return NULL;
	context = context_claim(key_of(queue));
	if (!context) {
		count(VPIPE_LOSS_no_context);
		return NULL;
	}
	for (__u32 i = 0; i < 2 * VPIPE_MAX_BUFFERS; i++) {
		context->slots[i].frame.cycle.given_ns = 0;
		context->slots[i].frame.ns[M2M_POINT_DONE] = 0;
	}
	context->device = device;
	context->kind = vpipe_kinds[device];
	context->frames = has_frames(queue, device + 1);
	context->done_ns = 0;
	context->stopping = context->stopped = false;
	context->dry_ns = 0;
	context->fifo_first = context->fifo_next = 0;
	context->ahead = queue->owned_by_drv_count.counter - 1; /* this one is among them */
	context->id = __sync_fetch_and_add(&vpipe_queues, 1) + 1;
	context->job = 0;
	if (context->kind == VPIPE_DEVICE_M2M)
		queue_joins(context, queue, thread);
	return context;
}

#endif /* VPIPE_QUEUES_BPF_H */
