// SPDX-License-Identifier: MIT
/*
 * test-counted.c - what is counted between the points of a frame, and of which frames
 *
 * The counters are the kernel's, which are there on each machine; what the processor's are read by
 * is the same.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "bpf/hist.h"
#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "tests/bpf/feed.h"

#define CTX   7
#define CLOCK 1 /* task_clock, the second of the counters */

struct fixture {
	struct trace *trace;
	struct vpipe_frame frame;
	unsigned int n_frames;
	struct feed feed;
};

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct fixture *fx = arg;

	fx->frame = *frame;
	fx->n_frames++;
}

/* They count for a CPU: we stay on ours. */
static int stay_here(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	return sched_setaffinity(0, sizeof(cpus), &cpus);
}

static int teardown(void **state)
{
	struct fixture *fx = *state;

	trace_close(fx->trace);
	free(fx);
	return 0;
}

static void submit(struct fixture *fx, unsigned int index, uint64_t qbuf_ns)
{
	FIRE(fx, "vpipe_submit", CTX, index, 0, 1, 0, 0, qbuf_ns, fx->feed.ns);
}

static void queue(struct fixture *fx, unsigned int index)
{
	uint64_t qbuf_ns = fx->feed.ns;

	FIRE(fx, "vpipe_qbuf", CTX, FEED_OUTPUT, index);
	submit(fx, index, qbuf_ns);
}

static int setup(void **state)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct trace_options options = {.path = &vpipe_path,
					.programs = vpipe_programs,
					.config.source_minor = -1,
					.config.ring_bytes = 4096,
					.config.by_hand = true,
					.frame = on_frame,
					.arg = fx};
	char why[COUNTERS_WHY];

	*state = fx;
	if (stay_here() || counters_parse(&options.counters, "page_faults,task_clock", why) ||
	    trace_open(&fx->trace, &options))
		return -1;
	fx->feed = (struct feed){.trace = fx->trace, .ns = 1000000, .step = 1000};
	if (trace_adopt(fx->trace, getpid()))
		return -1;
	queue(fx, 0); /* from its first event on it is known that we are on our CPU */
	FIRE(fx, "vpipe_streamoff", CTX, FEED_OUTPUT);
	return 0;
}

static void run(struct fixture *fx, unsigned int index)
{
	fx->feed.run_ns = fx->feed.ns;
	FIRE(fx, "vpipe_run", CTX, index);
	FIRE(fx, "vpipe_copy_done", CTX);
	FIRE(fx, "vpipe_cv_done", CTX);
	FIRE(fx, "vpipe_crc_done", CTX);
	FIRE(fx, "vpipe_meta_write", CTX);
}

static void finish(struct fixture *fx, unsigned int index)
{
	feed_job(&fx->feed, CTX, index, index, index + 1, 16);
	assert_int_equal(fx->feed.error, 0);
}

static void dequeue(struct fixture *fx, unsigned int index)
{
	feed_dequeue(&fx->feed, CTX, index);
	assert_int_equal(fx->feed.error, 0);
	assert_true(trace_drain(fx->trace) >= 0);
}

static const struct vpipe_hist *counted(struct fixture *fx, unsigned int stage)
{
	static struct vpipe_hist hist;

	assert_int_equal(trace_counter(fx->trace, stage, CLOCK, &hist), 0);
	return &hist;
}

/* The counted stages have counted @frames frames, `submit` @submitted of them, and others none. */
static void assert_counted(struct fixture *fx, unsigned int frames, unsigned int submitted)
{
	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		unsigned int wanted = stage == VPIPE_STAGE_submit ? submitted : frames;

		if (!(VPIPE_COUNTED_STAGES & 1U << stage))
			wanted = 0;
		assert_int_equal(hist_total(counted(fx, stage)), wanted);
	}
}

static void test_each_stage(void **state)
{
	struct fixture *fx = *state;
	uint64_t before = 0;

	for (unsigned int i = 0; i < 5; i++) {
		uint64_t sum = 0;

		queue(fx, i % 4);
		run(fx, i % 4);
		finish(fx, i % 4);
		dequeue(fx, i % 4);
		assert_int_equal(fx->n_frames, i + 1);
		assert_int_equal(fx->frame.counted, VPIPE_COUNTED_STAGES);
		for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++)
			sum += counted(fx, stage)->range.total_ns;
		/* a clock goes on in each of them; what the stages have more is this frame's */
		assert_true(fx->frame.counters[CLOCK] > 0);
		assert_int_equal(fx->frame.counters[CLOCK], sum - before);
		before = sum;
	}
	assert_counted(fx, 5, 5);
}

/* `frames` are those that hist.csv has, too: what was never dequeued is in neither. */
static void test_not_dequeued(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 0);
	run(fx, 0);
	finish(fx, 0);
	assert_counted(fx, 0, 0);
	FIRE(fx, "vpipe_streamoff", CTX, FEED_CAPTURE);
	queue(fx, 0);
	FIRE(fx, "vpipe_streamoff", CTX, FEED_OUTPUT);
	assert_counted(fx, 0, 0);
	queue(fx, 0);
	run(fx, 0);
	finish(fx, 0);
	dequeue(fx, 0);
	assert_counted(fx, 1, 1);
}

/* Several on their way: each has its own. */
static void test_backlog(void **state)
{
	struct fixture *fx = *state;

	for (unsigned int i = 0; i < 3; i++)
		queue(fx, i);
	for (unsigned int i = 0; i < 3; i++) {
		run(fx, i);
		finish(fx, i);
	}
	for (unsigned int i = 0; i < 3; i++)
		dequeue(fx, i);
	assert_int_equal(fx->n_frames, 3);
	assert_counted(fx, 3, 3);
}

#define SUBMIT (1U << VPIPE_STAGE_submit)

/* A job that began on another CPU left nothing here; what another frame left is not its. */
static void test_left_by_another(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 0);
	queue(fx, 1);
	run(fx, 0);
	fx->feed.run_ns = fx->feed.ns;
	finish(fx, 1);
	dequeue(fx, 1);
	assert_int_equal(fx->frame.counted, SUBMIT);
	/* nor is what the same buffer left the last time */
	queue(fx, 2);
	run(fx, 2);
	fx->feed.run_ns = fx->feed.ns;
	finish(fx, 2);
	dequeue(fx, 2);
	assert_int_equal(fx->frame.counted, SUBMIT);
	assert_counted(fx, 0, 2);
}

/* STREAMON queues it, which QBUF did not: from then on it is counted. */
static void test_streamon(void **state)
{
	struct fixture *fx = *state;
	uint64_t qbuf_ns = fx->feed.ns;

	FIRE(fx, "vpipe_qbuf", CTX, FEED_OUTPUT, 0);
	FIRE(fx, "vpipe_qbuf", CTX, FEED_OUTPUT, 1);
	submit(fx, 0, qbuf_ns);
	run(fx, 0);
	finish(fx, 0);
	dequeue(fx, 0);
	assert_int_equal(fx->frame.counted, VPIPE_COUNTED_STAGES & ~SUBMIT);
	assert_counted(fx, 1, 0);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each_stage),	    TEST(test_not_dequeued), TEST(test_backlog),
		TEST(test_left_by_another), TEST(test_streamon),
	};

	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
