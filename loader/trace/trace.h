/* SPDX-License-Identifier: MIT */
/*
 * trace.h - the BPF side as a handful of verbs
 *
 * Commands know frames, histograms and threads; maps, programs and the
 * skeleton stay behind this header. Functions return 0 or -errno and have
 * said why on stderr where they failed.
 */
#ifndef VPIPE_TRACE_TRACE_H
#define VPIPE_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "loader/model/thread.h"
#include "loader/trace/options.h"

struct trace;

/** Load the programs. */
int trace_open(struct trace **out, const struct trace_options *options);

/** Attach them; they see nothing yet. */
int trace_attach(struct trace *trace);

/** Switch all of them on at once: from now on every frame is seen. */
void trace_begin(struct trace *trace);

/** Attach those of the scheduler only: for what has no vpipe node to trace. */
int trace_attach_sched(struct trace *trace);

/**
 * From now on (@on) or no longer, what this process forks is traced from its
 * first moment, with all that it starts. Works in any PID namespace.
 */
int trace_adopt_forks(struct trace *trace, bool on);

/** Trace @tid and all the threads and processes it starts from now on. */
int trace_adopt(struct trace *trace, pid_t tid);

/**
 * From now on the threads of process @pid and of its descendants are clients, with all that they
 * start. @pid is an id of this process's PID namespace; that of a thread stands for its process.
 */
int trace_adopt_family(struct trace *trace, pid_t pid);

/** Now, by the clock of the programs, ns: CLOCK_MONOTONIC of the kernel. */
uint64_t trace_now(struct trace *trace);

/** File descriptor that polls readable when a drain is due before its time. */
int trace_fd(const struct trace *trace);

/**
 * Hand out the frames and spans that wait in the rings, and make room for new threads.
 * Returns their number or -errno.
 */
int trace_drain(struct trace *trace);

/**
 * Switch everything off at once, then detach it; what was counted can still be read. Returns when it
 * was off, ns: that detaching takes its time is no part of it.
 */
uint64_t trace_detach(struct trace *trace);

/** One histogram over all CPUs; @which is an enum vpipe_stage. */
int trace_hist(struct trace *trace, unsigned int which, struct vpipe_hist *sum);

/** The same of device number @device alone, by its own path; @which is a stage or VPIPE_HIST_E2E. */
int trace_device_hist(struct trace *trace, unsigned int device, unsigned int which,
		      struct vpipe_hist *sum);

/** What @stage counted, frame by frame, of options.counters.which[@counter]. */
int trace_counter(struct trace *trace, unsigned int stage, unsigned int counter,
		  struct vpipe_hist *sum);

/**
 * What was counted, by enum vpipe_loss, and the signs of events that the programs did not get: the
 * kernel counted them (recursion), or what came behind shows it (a thread runs that was not woken).
 * One that is missing may leave both.
 */
int trace_counts(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed);

/** The same while it is traced, without the frames in flight, which take their time to count. */
int trace_losses(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed);

/**
 * Call @buffer for each buffer that a driver had when tracing ended: the number of its device, and
 * when it was given, ns. 0 or -errno.
 */
int trace_buffers(struct trace *trace,
		  void (*buffer)(void *arg, unsigned int device, uint64_t given_ns), void *arg);

/** Thread number @index, the dead first. -ENOENT after the last. */
int trace_thread(struct trace *trace, unsigned int index, struct thread *thread);

/** After the last drain: hand out the spans of the threads that live, which end with tracing. */
void trace_spans(struct trace *trace);

/**
 * The threads that live, named, with their accounts up to @ns, while they are traced: the programs may
 * be at work on one, whose parts do not add up then. Returns how many.
 */
unsigned int trace_living(struct trace *trace, uint64_t ns,
			  struct thread threads[VPIPE_MAX_THREADS]);

/**
 * Tests and benches: run the program of trace event @event once, as if it had
 * come at @ns (with config.by_hand) with the arguments @args.
 */
int trace_fire(struct trace *trace, const char *event, uint64_t ns, const uint64_t *args,
	       unsigned int n_args);

/**
 * Benches: how long the program of trace event @event ran so far and how often;
 * NULL: those of all events. Counted while run-time statistics are on (bpf_enable_stats()).
 */
int trace_run_time(struct trace *trace, const char *event, uint64_t *ns, uint64_t *runs);

/** Unload everything; NULL is allowed. */
void trace_close(struct trace *trace);

#endif /* VPIPE_TRACE_TRACE_H */
