/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * sources.bpf.h - source frames, from their DQBUF to the OUTPUT QBUF that takes them on
 *
 * Those of all sources are followed, also where frames are wanted of one only: what another
 * gave may be what a client hands on.
 */
#ifndef VPIPE_SOURCES_BPF_H
#define VPIPE_SOURCES_BPF_H

#include "core/threads.bpf.h"
#include "core/v4l2.h"

/* How many have been dequeued: the serial number of the last one. */
__weak __u64 vpipe_serial SEC(".data") = 0;

/* The application tells where it copies them, and its probes are attached. */
__weak bool vpipe_copy_probes SEC(".data") = false;

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

	return serial && source && source->serial == serial ? source : NULL;
}

/* Has every frame a source, so that one without is a loss? */
static __always_inline bool source_is_expected(void)
{
	return vpipe_config.want_source && vpipe_config.source_minor >= 0;
}

/* May frames be linked to @source? */
static __always_inline bool source_is_wanted(const struct vpipe_source *source)
{
	return vpipe_config.source_minor < 0 || source->minor == (__u32)vpipe_config.source_minor;
}

static __always_inline __u32 current_process(void)
{
	return bpf_get_current_task_btf()->tgid;
}

/* A new source frame, done at @done_ns, is what DQBUF returns in @buf. NULL: it is none. */
static __always_inline struct vpipe_source *source_begin(__u32 minor, struct uapi_v4l2_buffer *buf,
							 __u64 done_ns, __u64 dqbuf_ns)
{
	struct uapi_v4l2_buffer head;
	struct vpipe_source *source;
	__u64 serial;

	if (bpf_probe_read_kernel(&head, sizeof(head), buf) ||
	    (head.type != CAPTURE && head.type != CAPTURE_MPLANE))
		return NULL;
	serial = __sync_fetch_and_add(&vpipe_serial, 1) + 1;
	source = source_place(serial);
	if (!source)
		return NULL;
	__builtin_memset(source, 0, sizeof(*source));
	source->serial = serial;
	source->timestamp_ns = head.tv_sec * 1000000000 + head.tv_usec * 1000;
	source->done_ns = done_ns;
	source->dqbuf_ns = dqbuf_ns;
	source->minor = minor;
	source->sequence = head.sequence;
	source->reader = current_tid();
	source->process = current_process();
	return source;
}

/*
 * The reader carries the frame from when it was done, or asked for if that was later. Without
 * source.tid what it did is not known.
 */
static __always_inline void source_charge(struct vpipe_source *source, struct vpipe_thread *thread)
{
	__u64 from = source->done_ns > source->asked_ns ? source->done_ns : source->asked_ns;
	struct vpipe_account begin;
	__s64 waited = 0;

	source->tid = 0;
	__builtin_memset(&source->split, 0, sizeof(source->split));
	__builtin_memset(&source->switches, 0, sizeof(source->switches));
	if (!account_at(thread, from, &begin) ||
	    !account_at(thread, source->dqbuf_ns, &source->base))
		return;
	if (source->asked_ns > source->done_ns)
		waited = runq_between(thread, source->done_ns, source->asked_ns);
	if (waited < 0)
		return;
	source->split.runq_ns = waited;
	if (!account_charge(&source->split, &source->switches, &begin, &source->base))
		return;
	source->dwell_runq_ns = waited;
	source->tid = thread->tid;
	if (source->split.blocked_ns)
		source->wake = thread->wake;
}

/* @thread, the current one, dequeued @source: what it did meanwhile. */
static __always_inline void source_read_by(struct vpipe_source *source, struct vpipe_thread *thread)
{
	source->asked_ns = thread->src_asked_ns;
	thread->copy_ns = 0;
	/* or it has another frame in hand */
	thread->copy_of_ns = thread->copy_of_ns ? 0 : source->dqbuf_ns;
	source_charge(source, thread);
}

#endif /* VPIPE_SOURCES_BPF_H */
