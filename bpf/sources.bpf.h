/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * sources.bpf.h - source frames on their way to an OUTPUT QBUF
 *
 * They are known by their timestamp: the driver of the source sets it, vb2
 * hands it to the application, which queues it on with the OUTPUT buffer, as
 * V4L2 demands of a mem2mem client that wants timestamps copied. The unit is
 * the microsecond of struct v4l2_buffer.
 */
#ifndef VPIPE_SOURCES_BPF_H
#define VPIPE_SOURCES_BPF_H

#include "maps.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, VPIPE_MAX_SOURCES);
	__type(key, __u64); /* timestamp, us */
	__type(value, struct vpipe_source);
} sources __weak SEC(".maps");

/* The source frame with @timestamp_ns that somebody dequeued. NULL: not seen. */
static __always_inline struct vpipe_source *source_take(__u64 timestamp_ns)
{
	__u64 timestamp_us = timestamp_ns / 1000;
	struct vpipe_source *source;

	if (!timestamp_us)
		return NULL;
	source = bpf_map_lookup_elem(&sources, &timestamp_us);
	return source && source->dqbuf_ns ? source : NULL;
}

#endif /* VPIPE_SOURCES_BPF_H */
