/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * abi.h - types and constants that the BPF programs and the loader share
 *
 * Numbers only: what they are called, and what a person is told of them, is in
 * loader/paths/ and loader/model/, where a number without a row does not compile.
 */
#ifndef VPIPE_ABI_H
#define VPIPE_ABI_H

#include <stdbool.h>

/** What the programs are to do. Frozen before they are loaded: what is off costs nothing. */
struct trace_config {
	bool want_source; /* follow frames from their source on */
	bool only_clients; /* only frames of files that clients open, or queue to */
	/*
	 * Tracing joins what runs already. Each thread that touches the node is traced from then
	 * on; with only_clients, theirs. What clients hold of their source, they may have had before.
	 */
	bool adopt_users;
	bool no_frames; /* histograms only: no record is sent */
	bool timeline; /* what each traced thread does: a record whenever that changes */
	bool by_hand; /* tests: events and their times come from trace_fire() */
	bool cycles; /* frames of any device: each record has its buffer's cycle (vpipe_cycle) */
	int source_minor; /* of the video node that every frame comes from; -1: any node, or none */
	unsigned long long ring_bytes; /* ring buffer, a power of two of at least a page */
	unsigned int warmup; /* the first frames of each device, which are in no histogram */
	unsigned int n_devices; /* that have histograms of their own; 0: all are in the first */
	/* How large tables are, up to VPIPE_MAX_...; 0: by what is traced (loader/trace/sizes.h). */
	unsigned int max_contexts;
	unsigned int max_threads;
	/* What trace_open() fills in: */
	unsigned int n_tids; /* ids that threads can have here: a power of two */
	unsigned int n_counters; /* that are read at the stage boundaries */
	unsigned int n_cpus;
	unsigned int rows; /* enum vpipe_rows: what no_frames and timeline come to, in one look */
	/*
	 * Before 7.0 whoever listens to a trace event runs with preemption off; since then only
	 * where the event is called so: switches and wakeups are, and ours (vpipe_event() in kmod/).
	 * Programs of others may be preempted, so they change nothing half-way that another one
	 * reads; the same event of the next thread on that CPU is missed meanwhile, which the
	 * kernel counts.
	 *
	 * So such an event has two programs: where one is running already, preempted, and so misses
	 * it, the other one most often is not. Each event may come once or twice, and it must not
	 * matter. The second, whose name ends with VPIPE_TWIN_SUFFIX, is loaded where this is set.
	 */
	bool preemptible;
};

/* What is sent of a frame. */
enum vpipe_rows {
	VPIPE_ROWS, /* a record */
	VPIPE_ROWS_CARRIED, /* with its carriers */
	VPIPE_ROWS_NONE,
};

/*
 * A frame is an ordered list of points in time; stage N is the time from point N to point N + 1.
 * So the stages of a frame add up to its end-to-end time. Which points a kind of device has, its
 * probe says (probes/vpipe.h of our node); how many at most, is said here.
 */
#define VPIPE_MAX_STAGES 12
#define VPIPE_MAX_POINTS (VPIPE_MAX_STAGES + 1)

/* Histograms: one a stage, and these. */
enum {
	VPIPE_HIST_E2E = VPIPE_MAX_STAGES, /* first known point to the last one */
	VPIPE_HIST_RUNQ, /* each run-queue wait of a traced thread; counted by thread */
	VPIPE_N_HISTS,
};

/*
 * A path that has a source begins with these points, of the source's own queue. Its stages of the
 * same numbers begin with them.
 */
enum vpipe_source_point {
	VPIPE_SOURCE_DONE, /* its buffer is done; 0: the frame's source is not known */
	VPIPE_SOURCE_DQBUF, /* its DQBUF returns */
	VPIPE_SOURCE_POINTS,
};

/*
 * What can become of a frame that was queued, besides being recorded; and what
 * else the programs could not see. Each has its own counter: loader/model/losses.c.
 */
enum vpipe_loss {
	VPIPE_LOSS_ring_full,
	VPIPE_LOSS_incomplete,
	VPIPE_LOSS_no_context,
	VPIPE_LOSS_no_thread,
	VPIPE_LOSS_no_source,
	VPIPE_LOSS_torn,
	VPIPE_LOSS_no_start,
	VPIPE_LOSS_cancelled,
	VPIPE_LOSS_not_dequeued,
	VPIPE_LOSS_closed,
	VPIPE_LOSS_in_flight,
	VPIPE_LOSS_others,
	VPIPE_LOSS_repeated,
	VPIPE_LOSS_overtaken,
	VPIPE_LOSS_refused,
	VPIPE_LOSS_unsynced,
	VPIPE_LOSS_buffers,
	VPIPE_LOSS_spans,
	VPIPE_N_LOSSES,
	/* counted beside the losses; started = recorded + losses of frames */
	VPIPE_COUNT_STARTED = VPIPE_N_LOSSES, /* frames seen entering the m2m queue */
	VPIPE_COUNT_RECORDED, /* frames sent to the ring buffer; --no-frames: that were whole */
	VPIPE_COUNT_SPANS, /* pieces of the threads' timelines sent to their ring buffer */
	VPIPE_COUNT_WARMUP, /* frames that were whole, and are in no histogram */
	VPIPE_COUNT_GAPS, /* scheduler events that only make sense behind one that was not seen */
	VPIPE_N_COUNTS,
};

/*
 * Who woke a thread, or took its CPU: a task, or no task at all. Interrupts are
 * told from the task that they interrupt, which has nothing to do with it.
 */
#define VPIPE_PEER_IDLE	     0U /* the idle task: an interrupt woke the CPU */
#define VPIPE_PEER_INTERRUPT ~0U

#define VPIPE_MAX_PEERS 6
#define VPIPE_COMM_LEN	16

struct vpipe_peer {
	unsigned int tid; /* or VPIPE_PEER_* */
	unsigned int count; /* 0: not used */
	char comm[VPIPE_COMM_LEN];
};

/* The first that come are kept: mostly the frequent ones. The rest is only counted. */
struct vpipe_peers {
	struct vpipe_peer top[VPIPE_MAX_PEERS];
	unsigned int others;
	unsigned int pad;
};

/* Where in `wakers` the waker was counted: 1 more than the number in `top`, or this. */
#define VPIPE_WAKING_OTHERS (VPIPE_MAX_PEERS + 1)

/* How a thread came back from its last sleep. */
struct vpipe_wake {
	unsigned int waker; /* tid, or VPIPE_PEER_* */
	unsigned int cpu_before; /* where it went to sleep ... */
	unsigned int cpu_after; /* ... and where it ran again */
	unsigned int seen; /* 0: it did not sleep in this time; 1: it was woken; 2: it ran again */
};

/* What the scheduler did with a thread. */
struct vpipe_switches {
	unsigned int nvcsw; /* voluntary switches, as the kernel counts them */
	unsigned int nivcsw; /* involuntary switches */
	unsigned int wakeups;
	unsigned int migrations;
};

/* Scheduler account of a thread. */
struct vpipe_account {
	unsigned long long oncpu_ns;
	unsigned long long runq_ns; /* runnable, not running */
	unsigned long long blocked_ns; /* asleep, whatever for */
	struct vpipe_switches switches;
};

/*
 * Of a stage, the time in which the thread that carried the frame did not run:
 * it waited for a CPU, or slept. The rest of the stage it was on a CPU.
 */
struct vpipe_split {
	unsigned long long runq_ns;
	unsigned long long blocked_ns;
};

#define VPIPE_MAX_COUNTERS 4 /* that are read at the stage boundaries of a run */

/* vpipe_frame.flags */
#define VPIPE_FRAME_ERROR      (1U << 0) /* the CAPTURE buffer was returned with an error */
#define VPIPE_FRAME_UNNUMBERED (1U << 1) /* neither its buffer nor its sequence is known */
#define VPIPE_FRAME_WARMUP     (1U << 2) /* it is in no histogram */
#define VPIPE_FRAME_BEGINS     (1U << 3) /* the first of its queue behind STREAMOFF */
#define VPIPE_FRAME_CARRIED    16 /* from this bit on one a stage: its carrier is known */

/* vpipe_cycle.owned: not known */
#define VPIPE_OWNED_UNKNOWN (~0U)

/* vpipe_frame_source.copy_ns: there were no probes, or two threads handed the frame over */
#define VPIPE_COPY_UNKNOWN (~0ULL)

/* By what a frame was linked to its source buffer, the surest first. */
enum vpipe_rule {
	VPIPE_RULE_none,
	VPIPE_RULE_dmabuf, /* the OUTPUT buffer is the source buffer's memory */
	VPIPE_RULE_timestamp, /* it has the timestamp of one source buffer, and of no other */
	VPIPE_RULE_thread, /* its thread had dequeued that one, its process queued one for each */
	VPIPE_RULE_order, /* nothing but the order of things tells: of low confidence */
	/* Of which job of an ISP it is (loader/model/isp.h): by its timestamp, these, or the order. */
	VPIPE_RULE_job, /* its buffers were done together */
	VPIPE_RULE_sequence, /* they have the same number */
	VPIPE_N_RULES,
};

/* What a frame has of its source; of a frame without one nothing is written. */
struct vpipe_frame_source {
	unsigned int sequence; /* v4l2_buffer.sequence of the source buffer */
	unsigned int minor; /* of its video node */
	unsigned int rule; /* enum vpipe_rule */
	unsigned int pad;
	unsigned long long asked_ns; /* source DQBUF entered */
	/* before that, with the buffer done: who would enter it waited for a CPU */
	unsigned long long dwell_runq_ns;
	unsigned long long copy_ns; /* on-CPU time of the application's copy (USDT) */
	struct vpipe_wake wake; /* between these two points */
};

/* Devices that are traced at once, and the minor numbers that video nodes, and cards, can have. */
#define VPIPE_MAX_DEVICES 16
#define VPIPE_MAX_MINORS  256

/* The OUTPUT buffer that a mem2mem node has made a frame from, and why its job had to wait. */
struct vpipe_input {
	unsigned long long memory; /* as vpipe_cycle.memory */
	unsigned long long timestamp_ns; /* that the application gave it */
	unsigned long long since_ns; /* its giver had dequeued a buffer last; 0: it was not seen */
	struct vpipe_split since; /* the giver from then until QBUF */
	unsigned short since_known; /* 0: since is not */
	unsigned short
		cpu; /* config.rows CARRIED: where its giver was then, plus 1; 0: not known */
	unsigned int tid; /* who queued it, its giver; 0: not known */
	/* when the job began, the last one had ended ... */
	unsigned long long own_end_ns; /* ... of this file, 0: there was none; */
	unsigned long long other_end_ns; /* ... of another file, if that was the last one */
};

/*
 * A buffer on a queue: given to the driver, done, dequeued; a framebuffer: committed, shown. Times:
 * CLOCK_MONOTONIC, ns; 0: not seen.
 * Who gave it is known where the driver had no buffer until then, and waited for one.
 */
struct vpipe_cycle {
	unsigned long long given_ns; /* the driver has it */
	unsigned long long arrived_ns; /* uvcvideo: its last packet is there, and is copied */
	unsigned long long timestamp_ns; /* v4l2_buffer.timestamp, or of the vblank */
	unsigned long long since_ns; /* the driver had none, or the giver's DQBUF before that */
	struct vpipe_split held; /* the giver from then until given_ns */
	unsigned int held_known; /* 0: held is not */
	unsigned int giver; /* tid; 0: the driver had another buffer */
	unsigned int flags; /* v4l2_buffer.flags */
	unsigned int owned; /* how many buffers the driver had left when it was done */
	unsigned int reader; /* who dequeued it: tid */
	unsigned int has_input; /* 0: input is not valid */
	/*
	 * What tells an importer of its memory: the allocator's private pointer, or the dma_buf of
	 * another exporter; 0: not known.
	 */
	unsigned long long memory;
	struct vpipe_input input; /* has_input: of a mem2mem node whose job is known */
};

/*
 * A buffer that is no frame, of the OUTPUT queue of a mem2mem node: a record of its own, which its
 * size tells from those of frames. Times as there.
 */
struct vpipe_buffer {
	unsigned long long given_ns;
	unsigned long long done_ns;
	unsigned long long taken_ns; /* DQBUF has returned it */
	unsigned long long timestamp_ns; /* v4l2_buffer.timestamp */
	unsigned int ctx; /* the queue: as vpipe_frame.ctx */
	unsigned int device;
	unsigned int index;
	unsigned int sequence;
	unsigned int flags; /* v4l2_buffer.flags */
	unsigned int owned; /* as vpipe_cycle.owned */
	unsigned int lost; /* as vpipe_frame.lost */
	unsigned int pad;
};

/* What a device does with its queues. */
enum vpipe_device_kind {
	VPIPE_DEVICE_CAPTURE,
	VPIPE_DEVICE_M2M,
	VPIPE_DEVICE_OUTPUT,
	VPIPE_DEVICE_DISPLAY, /* a card, which has planes instead */
};

/* vpipe_carrier.cpu: not known */
#define VPIPE_CPU_UNKNOWN (~0U)

/* Who carried a frame in a stage, and where it was at the end of that. */
struct vpipe_carrier {
	unsigned int tid;
	unsigned int cpu;
};

/*
 * One finished frame: the ring buffer record. Times: CLOCK_MONOTONIC, ns; 0: not seen.
 *
 * Of the members behind `seq` only those are valid whose condition holds, the others are
 * whatever was there: most frames need few of them, and writing costs time.
 */
struct vpipe_frame {
	unsigned long long ns[VPIPE_MAX_POINTS];
	unsigned long long asked_ns; /* CAPTURE DQBUF entered */
	unsigned int ctx;
	unsigned int src_seq;
	unsigned int out_index;
	unsigned int cap_index;
	unsigned int algo_id;
	unsigned int bytesused;
	unsigned int flags;
	unsigned int unknown; /* a bit for each stage whose carrier was not traced: no split */
	unsigned int split; /* a bit for each stage in which its carrier left the CPU */
	unsigned int counted; /* a bit for each stage; its thread never left its CPU there */
	unsigned int device; /* its number among those that are traced */
	unsigned int lost; /* config.cycles: how many records found no room before */
	unsigned long long seq; /* metadata row; with config.cycles v4l2_buffer.sequence */
	struct vpipe_frame_source source; /* ns[VPIPE_SOURCE_DONE], on a path with a source */
	unsigned long long counters[VPIPE_MAX_COUNTERS]; /* counted: sums over these stages */
	/* split: */
	struct vpipe_switches switches; /* of the threads that carried it, while they did */
	unsigned long long dwell_runq_ns; /* as that of the source, before asked_ns */
	struct vpipe_wake wake; /* in the last stage */
	struct vpipe_split splits[VPIPE_MAX_STAGES]; /* of the stages in `split` */
	struct vpipe_cycle cycle; /* config.cycles; else it is not sent */
	/* config.rows CARRIED, of the stages in `flags`; else it is not sent */
	struct vpipe_carrier carriers[VPIPE_MAX_STAGES];
};

/*
 * Histograms: log-linear, 64 linear sub-buckets per power of two, exact below
 * 128 ns, up to 2^36 ns (68.7 s), the last bucket for what is longer. The
 * middle of a bucket is within 1/128 (0.8 %) of every value in it.
 */
#define VPIPE_HIST_SUB_BITS 6
#define VPIPE_HIST_MAX_BITS 36
#define VPIPE_HIST_OVERFLOW ((VPIPE_HIST_MAX_BITS - VPIPE_HIST_SUB_BITS + 1) << VPIPE_HIST_SUB_BITS)
#define VPIPE_HIST_BUCKETS  (VPIPE_HIST_OVERFLOW + 1)
#define VPIPE_HIST_MASK	    2047 /* the next power of two, less 1: what the verifier goes by */

/** What the buckets of a distribution don't tell. */
struct vpipe_range {
	unsigned long long total_ns;
	unsigned long long min_ns;
	unsigned long long span_ns; /* maximum - minimum: one comparison tells that neither moves */
};

/** Counts, by hist_bucket(); those from VPIPE_HIST_BUCKETS on stay 0. */
typedef unsigned long long vpipe_buckets[VPIPE_HIST_MASK + 1];

/** One latency distribution. How many it holds is the sum of the buckets: hist_total(). */
struct vpipe_hist {
	struct vpipe_range range;
	vpipe_buckets buckets;
};

/* Those of a CPU: the stages and e2e. The ranges side by side: a BPF offset has 16 bits. */
struct vpipe_hists {
	struct vpipe_range ranges[VPIPE_HIST_E2E + 1];
	vpipe_buckets buckets[VPIPE_HIST_E2E + 1];
};

enum vpipe_role {
	VPIPE_ROLE_CLIENT, /* the traced command, its threads and children */
	VPIPE_ROLE_RUNNER, /* ran device_run without being a client */
};

enum vpipe_thread_state {
	VPIPE_THREAD_UNKNOWN, /* not seen by the scheduler programs yet */
	VPIPE_THREAD_ONCPU,
	VPIPE_THREAD_RUNQ,
	VPIPE_THREAD_BLOCKED,
	VPIPE_THREAD_DEAD,
};

/* What made a thread runnable. */
enum vpipe_span_cause {
	VPIPE_SPAN_NONE, /* nothing did, or it is not known who */
	VPIPE_SPAN_WOKEN, /* by the peer */
	VPIPE_SPAN_PREEMPTED, /* the peer took its CPU */
};

/* A time in which a thread did one thing: a record of a ring buffer of its own, with config.timeline. */
struct vpipe_span {
	unsigned long long start_ns;
	unsigned long long end_ns;
	unsigned int tid;
	unsigned int cpu; /* that it ran on, waited for, or fell asleep on */
	unsigned char state; /* enum vpipe_thread_state: ONCPU, RUNQ or BLOCKED */
	unsigned char cause; /* of RUNQ: enum vpipe_span_cause */
	unsigned short pad;
	unsigned int peer; /* tid, or VPIPE_PEER_* */
	char comm[VPIPE_COMM_LEN]; /* its name */
};

/* The account of a thread as it stood at a change of its state. */
struct vpipe_mark {
	unsigned long long ns;
	unsigned int state; /* from ns on */
	unsigned int cpu; /* config.timeline: of the state, as vpipe_span.cpu */
	struct vpipe_account account;
};

/* What a thread did to get a buffer of a queue. */
struct vpipe_ask {
	unsigned long long queue; /* 0: not used */
	unsigned long long asked_ns; /* it would have taken one from then on; 0: it did not ask */
	unsigned long long looked_ns; /* it saw last whether there is one */
};

#define VPIPE_MAX_ASKS 8 /* queues that a thread reads at once; power of two */

/* What a thread does with the video nodes that are traced. */
struct vpipe_user {
	unsigned int device; /* number of the one that it touched last, plus 1; 0: none of them */
	unsigned int next_ask; /* where one is put that is not in asks[] yet */
	unsigned int reading; /* it is in read(), or was in no ioctl since */
	unsigned int pad;
	unsigned long long fh; /* of the file that its last ioctl was of: struct v4l2_fh */
	/* its last ioctl was QBUF, entered then, or it is in one that commits frames; 0: neither */
	unsigned long long qbuf_ns;
	unsigned long long entered_ns; /* its last DQBUF or read() entered */
	unsigned long long epoll_ns; /* its last epoll_wait() entered */
	unsigned long long queue; /* in DQBUF: of which it has the lock; else 0 */
	unsigned long long locked_ns; /* since then */
	unsigned long long taken_of; /* queue that it took its last buffer from ... */
	unsigned long long taken_ns; /* ... when ... */
	struct vpipe_split taken_split; /* ... and how long it had waited and slept by then */
	struct vpipe_ask asks[VPIPE_MAX_ASKS];
};

#define VPIPE_MARKS	  64 /* power of two */
#define VPIPE_MAX_THREADS 255 /* a byte, of which 0 means none */

/* A traced thread: its account, its recent past, its run-queue waits. */
struct vpipe_thread {
	unsigned int tid; /* 0: slot not used */
	unsigned int role; /* enum vpipe_role */
	unsigned int n_marks; /* ever pushed; the last VPIPE_MARKS are held */
	unsigned int slot; /* index in `threads` */
	unsigned long long src_asked_ns; /* last entered a DQBUF, of whatever device */
	unsigned long long copy_ns; /* on-CPU time of its copies since the last source DQBUF */
	unsigned long long copy_oncpu_ns; /* its account when the copy began */
	unsigned long long copy_of_ns; /* that DQBUF; 0: none, or copies of several frames mix */
	unsigned long long began_ns; /* its state is known, and its time accounted, since then */
	unsigned long long runq_ns; /* when it last became runnable without running */
	unsigned long long exec_ns; /* when it was on a CPU, which its state does not say; or 0 */
	char comm[VPIPE_COMM_LEN];
	struct vpipe_mark marks[VPIPE_MARKS];
	struct vpipe_mark now; /* state since now.ns, account up to it */
	struct vpipe_wake wake; /* the last one */
	unsigned int nivcsw; /* the kernel's count when it came onto its CPU, plus 1; 0: not seen */
	unsigned int waking; /* a wakeup is on its way, its waker counted: VPIPE_WAKING_* or 0 */
	struct vpipe_peers wakers;
	struct vpipe_peers preemptors;
	struct vpipe_user user;
	struct vpipe_hist runq;
	/* With config.timeline: what it does now, but for state and CPU, which are those of `now` ... */
	struct vpipe_span span;
	char waker[VPIPE_COMM_LEN]; /* ... and the name of who woke it last */
};

#define VPIPE_MAX_TIDS (4 * 1024 * 1024) /* PID_MAX_LIMIT of 64-bit kernels */

/* One bit a thread id: it is of the traced command, slot or no slot. */
typedef unsigned long long vpipe_clients_bits[VPIPE_MAX_TIDS / 64];

/* What all programs share. */
struct vpipe_shared {
	/*
	 * Programs are attached and detached one by one, which takes long. Until all are attached,
	 * and as soon as the run is over, none of them looks at anything but this: what one saw and
	 * the next did not would be taken for something that happened.
	 */
	bool on;
	/*
	 * By thread id: its index in `threads`; 0: it is not traced. One load finds it, and is the
	 * way out for all the others. The last member: there are but config.n_tids of them, and what
	 * masks an id is replaced accordingly.
	 */
	unsigned char slots[VPIPE_MAX_TIDS];
};

/* Contexts traced at once, and how far from its home slot one is looked for first. */
#define VPIPE_MAX_CONTEXTS   256 /* power of two */
#define VPIPE_CONTEXT_MASK   0x400000ff /* stands for config.max_contexts - 1, which replaces it */
#define VPIPE_CONTEXT_PROBES 4
#define VPIPE_MAX_BUFFERS    32 /* a queue; VIDEO_MAX_FRAME */
#define VPIPE_PLANE_FRAMES   2 /* of a plane, committed and not shown yet */
#define VPIPE_MAX_COUNTED    (1 + VPIPE_MAX_CONTEXTS * 2 * VPIPE_MAX_BUFFERS) /* see vpipe_slot */

enum vpipe_slot_state {
	VPIPE_SLOT_FREE,
	VPIPE_SLOT_GIVEN, /* a driver has the buffer; no frame has begun */
	VPIPE_SLOT_BEGINS, /* somebody is about to begin one */
	VPIPE_SLOT_QUEUED, /* on the m2m queue, or in its job */
	VPIPE_SLOT_DONE,
	VPIPE_SLOT_READ, /* done, and read() copies it */
};

/* A frame on its way. */
struct vpipe_slot {
	unsigned int state; /* enum vpipe_slot_state */
	unsigned int carrier; /* thread that carries the frame; 0: none that is traced */
	unsigned int n_marks; /* the submitter's when it was queued: has it left its CPU since? */
	unsigned int counted; /* its place in `counted_frames`, from 1 on; 0: it has had none yet */
	struct vpipe_account base; /* the carrier's account when the running stage began */
	struct vpipe_frame frame;
};

/*
 * What has the buffers: an open file of a mem2mem node, a queue, or a plane of a display. A place
 * is an OUTPUT buffer, or VPIPE_MAX_BUFFERS plus a CAPTURE buffer; each has a slot. When its job is
 * done a frame moves on from one place to the other: nothing is copied, the two exchange their slots.
 *
 * moved[] has the slot of a place, XOR the place: 0, as the map is made, is the slot with the
 * number of the place. So when a frame moves from OUTPUT buffer 3, which has slot 3, to CAPTURE
 * buffer 1, which is place 33 and has slot 33, moved[33] becomes 3 ^ 33, and moved[3] 33 ^ 3.
 */
struct vpipe_context {
	unsigned long long key; /* by which its probe knows it; 0: not used */
	unsigned int displaced; /* it is farther from its home than is looked at first */
	unsigned int id; /* of a queue or a plane: no other has it in this run */
	unsigned int device; /* whose queue it is */
	unsigned int stopping; /* what the driver hands back is no frame */
	unsigned int stopped; /* it was, since its last frame */
	unsigned int kind; /* enum vpipe_device_kind */
	unsigned int frames; /* its buffers are frames once they are done: not OUTPUT of mem2mem */
	unsigned int committed; /* of a plane: how many frames were */
	unsigned long long done_ns; /* of its last frame; 0: it was not seen */
	unsigned long long dry_ns; /* since when the driver has no buffer; 0: it has one */
	/* Of an OUTPUT queue: its buffers in the order in which they were given, as the driver has them. */
	unsigned int fifo_first; /* place of the oldest, modulo the size ... */
	unsigned int fifo_next; /* ... and behind the newest */
	unsigned int ahead; /* how many the driver has that were given before those */
	unsigned long long job; /* whose job takes them: the key in `jobs` */
	/* Of a plane: by which event the frames in its slots are shown, two at most. */
	unsigned long long events[VPIPE_PLANE_FRAMES];
	unsigned char fifo[2 * VPIPE_MAX_BUFFERS];
	unsigned char moved[2 * VPIPE_MAX_BUFFERS];
	struct vpipe_slot slots[2 * VPIPE_MAX_BUFFERS];
};

/* A source frame between its DQBUF and the OUTPUT QBUF that takes it on. */
struct vpipe_source {
	unsigned long long serial; /* 0: there is none in this place */
	unsigned long long timestamp_ns; /* of its buffer; 0: it has none */
	unsigned long long done_ns;
	unsigned long long dqbuf_ns;
	unsigned long long asked_ns; /* its DQBUF entered; 0: not known */
	unsigned long long dwell_runq_ns; /* before, and after it was done, tid waited for a CPU */
	unsigned int tid; /* who dequeued it; 0: a thread that is not traced */
	unsigned int minor; /* of the video node */
	unsigned int sequence; /* v4l2_buffer.sequence */
	unsigned int reader; /* who dequeued it, traced or not ... */
	unsigned int process; /* ... and its process */
	unsigned int used; /* a frame was linked to it */
	unsigned int pad;
	struct vpipe_split split; /* of tid from done_ns, or asked_ns if later, to dqbuf_ns */
	struct vpipe_switches switches; /* in the same time */
	struct vpipe_wake wake; /* in the same time */
	struct vpipe_account base; /* of tid at dqbuf_ns */
};

#define VPIPE_MAX_SOURCES 1024 /* power of two */

/* Of the name of a program that is the second one for its event, see trace_config.preemptible. */
#define VPIPE_TWIN_SUFFIX "2"

/* And of one that is loaded instead, with config.timeline. */
#define VPIPE_TIMELINE_SUFFIX "t"

#endif /* VPIPE_ABI_H */
