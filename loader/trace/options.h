/* SPDX-License-Identifier: MIT */
/*
 * options.h - what is to be traced, and what a machine may lack for it
 */
#ifndef VPIPE_TRACE_OPTIONS_H
#define VPIPE_TRACE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "loader/model/path.h"
#include "loader/model/video.h"
#include "loader/trace/counters.h"

/** What a machine may lack. */
enum trace_part {
	TRACE_LOADED, /**< the programs: nothing works without */
	TRACE_EVENTS, /**< the trace events of node and scheduler: likewise */
	TRACE_SOURCE, /**< the source's stages */
	TRACE_ASKED, /**< when the application asked its source */
	TRACE_COPIES, /**< when the application copies, by its own probes */
	TRACE_JOBS, /**< the jobs of a mem2mem node */
	TRACE_INTERRUPTS, /**< interrupts that wake, told from the tasks they interrupt */
	TRACE_N_PARTS,
};

/** What a program is loaded for. */
enum trace_need {
	TRACE_ALWAYS,
	TRACE_FOR_SOURCE, /**< config.want_source */
	TRACE_FOR_COPIES, /**< copy_probes */
	TRACE_FOR_COUNTERS, /**< any counters */
	TRACE_FOR_EPOLL, /**< the kernel's function for epoll_wait() can be traced */
	TRACE_FOR_UVC, /**< uvcvideo is loaded, and its types are known */
	TRACE_FOR_M2M, /**< any of the devices is a mem2mem one */
	TRACE_FOR_READ, /**< any of them can be read(), or it is not known */
	TRACE_FOR_QUEUES, /**< any has queues of vb2, or none is named */
	TRACE_FOR_DISPLAY, /**< any is a display */
};

/** A program of a path, by the name that bpftool shows. */
struct trace_program {
	const char *name;
	enum trace_need need;
};

struct trace_options {
	const struct path *path; /**< of the frames, if the devices have none of their own */
	struct trace_config config; /**< what the programs are to do */
	/**
	 * Those of the path that is traced, up to one without a name. Of what is in bpf/probes/ no
	 * others are loaded; NULL: none. Those in bpf/core/ always are.
	 */
	const struct trace_program *programs;
	const struct trace_device {
		const char *node; /**< path */
		const struct video_facts *video; /**< what is known of it */
		int minor;
		enum vpipe_device_kind kind;
		const struct path *path; /**< of its frames */
	} * devices; /**< config.n_devices of them: what is traced; not our own node */
	struct counters counters; /**< read at the stage boundaries */
	/**
	 * Program whose USDT probes vpipe:copy_begin and vpipe:copy_end tell when it
	 * copies a frame, or NULL. One that has none is no error.
	 */
	const char *copy_probes;
	bool verbose; /**< let libbpf talk */
	bool forget_dead; /**< what threads did is of no use when they have died: else memory grows with them */
	/** Called for each frame, mended, in the order in which they left; not with config.no_frames. */
	void (*frame)(void *arg, const struct vpipe_frame *frame);
	/** The same of each buffer that is no frame, with config.cycles; NULL: they are not wanted. */
	void (*buffer)(void *arg, const struct vpipe_buffer *buffer);
	/**
	 * With config.timeline: called for each span of a thread when it is over, those of one thread in
	 * their order; see trace_spans().
	 */
	void (*span)(void *arg, const struct vpipe_span *span);
	/** Called for each part that cannot be had, with the reason; NULL: it is said on stderr. */
	void (*lacks)(void *arg, enum trace_part part, const char *why);
	void *arg;
};

#endif /* VPIPE_TRACE_OPTIONS_H */
