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

#include "bpf/abi.h"
#include "loader/trace/counters.h"
#include "loader/model/latency.h"

struct trace;

/** What a machine may lack. */
enum trace_part {
	TRACE_LOADED, /**< the programs: nothing works without */
	TRACE_EVENTS, /**< the trace events of node and scheduler: likewise */
	TRACE_SOURCE, /**< the source's stages */
	TRACE_ASKED, /**< when the application asked its source */
	TRACE_COPIES, /**< when the application copies, by its own probes */
	TRACE_INTERRUPTS, /**< interrupts that wake, told from the tasks they interrupt */
	TRACE_N_PARTS,
};

/** What a program is loaded for. */
enum trace_need {
	TRACE_ALWAYS,
	TRACE_FOR_SOURCE, /**< config.want_source */
	TRACE_FOR_COPIES, /**< copy_probes */
	TRACE_FOR_COUNTERS, /**< any counters */
};

/** A program of a path, by the name that bpftool shows. */
struct trace_program {
	const char *name;
	enum trace_need need;
};

struct trace_options {
	struct trace_config config; /**< what the programs are to do */
	/**
	 * Those of the path that is traced, up to one without a name. Of what is in bpf/probes/ no
	 * others are loaded; NULL: none. Those in bpf/core/ always are.
	 */
	const struct trace_program *programs;
	struct counters counters; /**< read at the stage boundaries */
	/**
	 * Program whose USDT probes vpipe:copy_begin and vpipe:copy_end tell when it
	 * copies a frame, or NULL. One that has none is no error.
	 */
	const char *copy_probes;
	bool verbose; /**< let libbpf talk */
	/** Called for each frame, in the order in which they left; not with config.no_frames. */
	void (*frame)(void *arg, const struct vpipe_frame *frame);
	/** Called for each part that cannot be had, with the reason; NULL: it is said on stderr. */
	void (*lacks)(void *arg, enum trace_part part, const char *why);
	void *arg;
};

/** May this process load BPF programs? Says nothing. */
bool trace_can_load(void);

/** Can BPF programs be loaded here at all? Returns 0 or -errno, having said why. */
int trace_check(void);

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
 * Hand out the frames that wait in the ring, and make room for new threads.
 * Returns the number of frames or -errno.
 */
int trace_drain(struct trace *trace);

/** Switch everything off at once, then detach it; what was counted can still be read. */
void trace_detach(struct trace *trace);

/** One histogram over all CPUs; @which is an enum vpipe_stage. */
int trace_hist(struct trace *trace, unsigned int which, struct vpipe_hist *sum);

/** What @stage counted, frame by frame, of options.counters.which[@counter]. */
int trace_counter(struct trace *trace, unsigned int stage, unsigned int counter,
		  struct vpipe_hist *sum);

/**
 * What was counted, by enum vpipe_loss, and the signs of events that the programs did not get: the
 * kernel counted them (recursion), or what came behind shows it (a thread runs that was not woken).
 * One that is missing may leave both.
 */
int trace_counts(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed);

/** A traced thread. */
struct trace_thread {
	unsigned int tid;
	unsigned int role; /**< enum vpipe_role */
	bool dead;
	char comm[VPIPE_COMM_LEN + 1];
	uint64_t began_ns; /**< the account is of the time from here ... */
	uint64_t ended_ns; /**< ... to here: its death, or the end of tracing */
	struct vpipe_account account;
	struct latency runq; /**< its waits for a CPU */
	struct vpipe_peers wakers; /**< who woke it */
	struct vpipe_peers preemptors; /**< who took its CPU */
};

/** Thread number @index, the dead first. -ENOENT after the last. */
int trace_thread(struct trace *trace, unsigned int index, struct trace_thread *thread);

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
