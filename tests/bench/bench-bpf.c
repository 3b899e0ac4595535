// SPDX-License-Identifier: MIT
/*
 * What the BPF programs cost a frame and a scheduler event, as the kernel
 * counts it, above an empty program at the same place.
 *
 * Frames are made up and fed to the programs; what the scheduler does is real:
 * two processes on one CPU that wake each other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "loader/paths/vpipe.h"
#include "loader/trace/load.h"
#include "loader/trace/trace.h"
#include "tests/bench/bench.h"
#include "tests/bench/empty.h"
#include "tests/bpf/feed.h"
#include "lib/msg.h"

#define CONTEXTS    64
#define FRAMES	    (CONTEXTS * 12) /* a round */
#define ROUND_TRIPS 8000
#define RING_BYTES  (1 << 20)

/* One stretch of events, and what they cost. */
struct price {
	uint64_t ns;
	uint64_t runs;
};

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	uint64_t *frames = arg;

	(void)frame;
	++*frames;
}

static int open_trace(struct trace **trace, bool by_hand, uint64_t *frames)
{
	const struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = RING_BYTES,
		.config.by_hand = by_hand,
		.frame = on_frame,
		.arg = frames,
	};

	return trace_open(trace, &options);
}

/* One frame on each of @contexts contexts, all of them under way at the same time. */
static void feed_frames(struct feed *feed, unsigned int first, unsigned int contexts,
			unsigned int seq)
{
	for (unsigned int ctx = first; ctx < first + contexts; ctx++)
		feed_queue(feed, ctx, seq % 4, seq);
	for (unsigned int ctx = first; ctx < first + contexts; ctx++)
		feed_process(feed, ctx, seq % 4, seq % 2, seq);
	for (unsigned int ctx = first; ctx < first + contexts; ctx++)
		feed_dequeue(feed, ctx, seq % 2);
}

/* FRAMES frames on the contexts from @first on; ns a frame. */
static double frames_cost(struct feed *feed, unsigned int first, unsigned int contexts)
{
	struct price before, after;

	trace_run_time(feed->trace, NULL, &before.ns, &before.runs);
	for (unsigned int i = 0; i < FRAMES / contexts; i++) {
		feed_frames(feed, first, contexts, i);
		if ((i + 1) * contexts % CONTEXTS == 0)
			trace_drain(feed->trace);
	}
	trace_run_time(feed->trace, NULL, &after.ns, &after.runs);
	return (double)(after.ns - before.ns) / FRAMES;
}

/* As many events to an empty program; ns for those of a frame. */
static double floor_cost(int empty, uint64_t events)
{
	struct price before, after;

	empty_run_time(empty, &before.ns, &before.runs);
	for (uint64_t i = 0; i < events; i++)
		empty_fire(empty);
	empty_run_time(empty, &after.ns, &after.runs);
	return (double)(after.ns - before.ns) / FRAMES;
}

/*
 * Contexts of their own for each comparison, far enough apart not to meet in the
 * table. On one of them every buffer but those that go round is queued for good.
 */
enum { ALONE = 1, MANY = 10, STUFFED = 100 };

static void stuff(struct feed *feed)
{
	for (unsigned int index = 4; index < VPIPE_MAX_BUFFERS; index++)
		feed_queue(feed, STUFFED, index, index);
}

static void frame_rows(const struct feed *feed, uint64_t frames, uint64_t events,
		       const struct bench_series *series)
{
	uint64_t counts[VPIPE_N_COUNTS], missed, expected = 3ULL * BENCH_ROUNDS * FRAMES;

	trace_counts(feed->trace, counts, &missed);
	bench_value("bpf: events of a frame", (double)events / FRAMES, "-");
	bench_compare("bpf: a frame or an empty program at its events, ns", &series[0], &series[3],
		      "-");
	bench_compare("bpf: a frame of 64 contexts or of one, ns", &series[1], &series[0], "<=1.2");
	bench_compare("bpf: a frame beside 28 that never end or alone, ns", &series[2], &series[0],
		      "<=1.1");
	bench_row("bpf: frames recorded or fed", (double)frames, (double)expected, "=1");
	bench_value("bpf: frames lost",
		    (double)(counts[VPIPE_LOSS_ring_full] + counts[VPIPE_LOSS_incomplete] +
			     counts[VPIPE_LOSS_no_context] + missed),
		    "=0");
}

static int bench_frames(int empty)
{
	struct bench_series series[4] = {0};
	struct feed feed = {.ns = 1000000, .step = 1000};
	uint64_t frames = 0, events = 0;
	int err = open_trace(&feed.trace, true, &frames);

	if (err)
		return err;
	stuff(&feed);
	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		events = feed.events;
		bench_add(&series[0], frames_cost(&feed, ALONE, 1));
		events = feed.events - events;
		bench_add(&series[1], frames_cost(&feed, MANY, CONTEXTS));
		bench_add(&series[2], frames_cost(&feed, STUFFED, 1));
		bench_add(&series[3], floor_cost(empty, events));
	}
	if (!feed.error)
		frame_rows(&feed, frames, events, series);
	trace_close(feed.trace);
	return feed.error;
}

/* Wake each other @times times, both on the CPU that we are on. */
static void ping_pong(unsigned int times)
{
	int ping[2], pong[2];
	char byte = 0;

	if (pipe(ping) || pipe(pong))
		_exit(EXIT_FAILURE);
	if (!fork()) {
		close(ping[1]);
		while (read(ping[0], &byte, 1) == 1 && write(pong[1], &byte, 1) == 1)
			;
		_exit(EXIT_SUCCESS);
	}
	for (unsigned int i = 0; i < times; i++) {
		if (write(ping[1], &byte, 1) != 1 || read(pong[0], &byte, 1) != 1)
			_exit(EXIT_FAILURE);
	}
	_exit(EXIT_SUCCESS);
}

/* Two processes that are @traced or not. Returns 0 or -errno. */
static int switch_often(struct trace *trace, bool traced)
{
	int status, err = traced ? trace_adopt_forks(trace, true) : 0;
	pid_t pid = err ? 0 : fork();

	if (err)
		return err;
	if (!pid)
		ping_pong(ROUND_TRIPS);
	if (traced)
		err = trace_adopt_forks(trace, false);
	if (waitpid(pid, &status, 0) != pid || status)
		err = -ECHILD;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	trace_drain(trace); /* makes room for new threads */
	return err;
}

static const char *const events[] = {"sched_switch", "sched_waking", "sched_wakeup"};

#define EVENTS (sizeof(events) / sizeof(events[0]))

struct sched {
	struct trace *trace;
	int empty; /* attached to sched_switch */
	struct bench_series traced[EVENTS], untraced[EVENTS], floor;
};

/* ns a run since @before */
static double per_run(const struct price *before, const struct price *after)
{
	uint64_t runs = after->runs - before->runs;

	return runs ? (double)(after->ns - before->ns) / (double)runs : 0;
}

static int sched_round(struct sched *sched, bool traced)
{
	struct bench_series *series = traced ? sched->traced : sched->untraced;
	struct price before[EVENTS + 1], after[EVENTS + 1];
	int err;

	for (unsigned int i = 0; i < EVENTS; i++)
		trace_run_time(sched->trace, events[i], &before[i].ns, &before[i].runs);
	empty_run_time(sched->empty, &before[EVENTS].ns, &before[EVENTS].runs);
	err = switch_often(sched->trace, traced);
	for (unsigned int i = 0; i < EVENTS; i++) {
		trace_run_time(sched->trace, events[i], &after[i].ns, &after[i].runs);
		bench_add(&series[i], per_run(&before[i], &after[i]));
	}
	empty_run_time(sched->empty, &after[EVENTS].ns, &after[EVENTS].runs);
	if (!traced)
		bench_add(&sched->floor, per_run(&before[EVENTS], &after[EVENTS]));
	return err;
}

static void sched_rows(const struct sched *sched)
{
	char name[80];

	for (unsigned int i = 0; i < EVENTS; i++) {
		snprintf(name, sizeof(name), "bpf: %s of a traced thread or empty, ns", events[i]);
		bench_compare(name, &sched->traced[i], &sched->floor, "-");
	}
	for (unsigned int i = 0; i < EVENTS; i++) {
		snprintf(name, sizeof(name), "bpf: %s of another thread or empty, ns", events[i]);
		bench_compare(name, &sched->untraced[i], &sched->floor, "-");
	}
}

static int bench_sched(int empty)
{
	struct sched sched = {.empty = empty};
	uint64_t frames;
	int link = -1, err = open_trace(&sched.trace, false, &frames);

	if (!err)
		err = trace_attach_sched(sched.trace);
	if (!err) {
		link = empty_attach(empty, "sched_switch");
		err = link < 0 ? link : 0;
	}
	for (unsigned int round = 0; !err && round < BENCH_ROUNDS; round++) {
		err = sched_round(&sched, true);
		if (!err)
			err = sched_round(&sched, false);
	}
	if (!err)
		sched_rows(&sched);
	if (link >= 0)
		close(link);
	trace_close(sched.trace);
	return err;
}

static int bench_all(void)
{
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	int empty = empty_load(), err;

	if (stats < 0 || empty < 0) {
		msg_errno(stats < 0 ? stats : empty, NULL, "cannot count the run time of programs");
		return -1;
	}
	err = bench_frames(empty);
	if (!err)
		err = bench_sched(empty);
	if (err)
		msg_errno(err, NULL, "bench-bpf");
	close(empty);
	close(stats);
	return err;
}

int main(void)
{
	if (!trace_can_load()) {
		bench_unmeasured("bpf: cost of frames and scheduler events", "-",
				 "BPF programs can't be loaded (root?)");
		return EXIT_SUCCESS;
	}
	bench_pin(0);
	return bench_all() ? EXIT_FAILURE : EXIT_SUCCESS;
}
