/* SPDX-License-Identifier: MIT */
/*
 * inside.h - what the files behind trace.h share
 *
 * The skeletons are included by those that need a map, a program or a variable of theirs.
 */
#ifndef VPIPE_TRACE_INSIDE_H
#define VPIPE_TRACE_INSIDE_H

#include <pthread.h>
#include <sys/types.h>

#include "loader/trace/attach.h"
#include "loader/model/thread.h"
#include "loader/trace/options.h"

struct bpf_program;
struct ring_buffer;
struct vpipe;
struct vpipe_interrupts;

struct trace {
	struct trace_options options; /* config: as it was loaded */
	struct vpipe *skel;
	struct vpipe_interrupts *interrupts; /* NULL: they are not told from tasks */
	struct ring_buffer *ring;
	struct links links;
	struct vpipe_thread *threads; /* the map, from entry 1 on, shared with the programs */
	struct thread *dead; /* taken out of it */
	unsigned int n_dead;
	struct vpipe_hist dead_runq; /* their waits */
	uint64_t torn; /* times of frames that contradicted each other */
	uint64_t ended_ns; /* CLOCK_MONOTONIC of the detach; 0: still attached */
	uint64_t missed; /* events, up to then */
	pthread_t detacher; /* who takes the links away ... */
	bool detaching; /* ... since then, if this is set */
};

/* objects.c */

/** Is any of the devices a mem2mem one? */
bool trace_has_m2m(const struct trace_options *options);

/** Load the programs, with all that can be known; what cannot be had is said. 0 or -errno. */
int objects_load(struct trace *trace);

/** Unload them. */
void objects_unload(struct trace *trace);

/** The program behind @program, of all that there are, loaded or not; NULL: the first, or no more. */
struct bpf_program *objects_next(const struct trace *trace, struct bpf_program *program);

/** What @program is loaded for; those that are no path's: TRACE_ALWAYS. */
enum trace_need objects_need(const struct trace *trace, const struct bpf_program *program);

/** The second program for the event that @program is for; NULL: there is none, or it is one. */
struct bpf_program *objects_twin(const struct trace *trace, const struct bpf_program *program);

/** Is @program the second one for its event? */
bool objects_is_twin(const struct bpf_program *program);

/* read.c */

/** Events that the kernel did not hand to any program that was to see them, so far. */
uint64_t trace_missed(const struct trace *trace);

/* threads.c */

/** Map the table of threads. 0 or -errno. */
int threads_map(struct trace *trace);

/** Give it back, and what was taken out of it. */
void threads_unmap(struct trace *trace);

/** Take the dead out of the table: their slots are for those that come. 0 or -ENOMEM. */
int threads_bury(struct trace *trace);

/** The run-queue waits of all, living and dead. */
void threads_waits(const struct trace *trace, struct vpipe_hist *sum);

/* adopt.c */

/**
 * Have the threads that live named, where this process may see them: not by /proc, whose
 * ids are those of its PID namespace. One that can't be named has an empty cell.
 */
void adopt_names(struct trace *trace);

/**
 * Read @program, an iterator, of the tasks that this process may see: of @tid only, if that is not 0.
 * 0 or -errno.
 */
int adopt_read(const struct bpf_program *program, pid_t tid);

/* jobs.c */

/** Attach to the jobs of all mem2mem devices. Those of which it cannot be are said to lack them. */
void jobs_attach(struct trace *trace);

#endif /* VPIPE_TRACE_INSIDE_H */
