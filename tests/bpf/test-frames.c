// SPDX-License-Identifier: MIT
/*
 * test-frames.c - the frame programs, fed by hand
 *
 * The real programs run in the real kernel (BPF_PROG_TEST_RUN) on events that
 * are made up, so each order of them can be tried, and each time is known.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "bpf/hist.h"
#include "bpf/record.h"
#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "tests/bpf/feed.h"

#define CAPTURE FEED_CAPTURE
#define OUTPUT	FEED_OUTPUT
#define RING	4096

struct fixture {
	struct trace *trace;
	struct vpipe_frame frames[64];
	unsigned int n_frames;
	struct feed feed;
};

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct fixture *fx = arg;

	assert_true(fx->n_frames < 64);
	fx->frames[fx->n_frames++] = *frame;
}

static int setup_for(void **state, bool only_clients, bool adopt_users)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = RING,
		.config.only_clients = only_clients,
		.config.adopt_users = adopt_users,
		.config.by_hand = true,
		.frame = on_frame,
		.arg = fx,
	};

	*state = fx;
	if (trace_open(&fx->trace, &options))
		return -1;
	fx->feed = (struct feed){.trace = fx->trace, .ns = 1000000, .step = 1000};
	return 0;
}

static int setup(void **state)
{
	return setup_for(state, false, false);
}

static int setup_for_family_of(void **state, pid_t pid)
{
	struct fixture *fx;
	int err = setup_for(state, true, false);

	fx = *state;
	return err ? err : trace_adopt_family(fx->trace, pid);
}

/* Events that are fed are ours. */
static int setup_for_us(void **state)
{
	return setup_for_family_of(state, getpid());
}

/* Our parent's descendants are we. */
static int setup_for_parent(void **state)
{
	return setup_for_family_of(state, getppid());
}

static int setup_for_users(void **state)
{
	return setup_for(state, false, true);
}

static pid_t stranger;

/* Events are fed by somebody else than they are wanted of. */
static int setup_for_others(void **state)
{
	int err;

	stranger = fork();
	if (!stranger) {
		pause();
		_exit(0);
	}
	err = setup_for_family_of(state, stranger);
	kill(stranger, SIGKILL);
	waitpid(stranger, NULL, 0);
	return err;
}

static int teardown(void **state)
{
	struct fixture *fx = *state;

	trace_close(fx->trace);
	free(fx);
	return 0;
}

static void queue(struct fixture *fx, unsigned int ctx, unsigned int index, unsigned int src_seq)
{
	feed_queue(&fx->feed, ctx, index, src_seq);
	assert_int_equal(fx->feed.error, 0);
}

static void process(struct fixture *fx, unsigned int ctx, unsigned int out, unsigned int cap,
		    uint64_t seq)
{
	feed_process(&fx->feed, ctx, out, cap, seq);
	assert_int_equal(fx->feed.error, 0);
}

static void dequeue(struct fixture *fx, unsigned int ctx, unsigned int cap)
{
	feed_dequeue(&fx->feed, ctx, cap);
	assert_int_equal(fx->feed.error, 0);
}

static uint64_t counted(struct fixture *fx, unsigned int what)
{
	uint64_t counts[VPIPE_N_COUNTS], missed;

	assert_int_equal(trace_counts(fx->trace, counts, &missed), 0);
	assert_int_equal(missed, 0);
	return counts[what];
}

/* Every frame that started is accounted for, once. */
static void assert_balance(struct fixture *fx)
{
	uint64_t ended = counted(fx, VPIPE_COUNT_RECORDED) + counted(fx, VPIPE_LOSS_ring_full) +
			 counted(fx, VPIPE_LOSS_incomplete) + counted(fx, VPIPE_LOSS_cancelled) +
			 counted(fx, VPIPE_LOSS_not_dequeued) + counted(fx, VPIPE_LOSS_closed) +
			 counted(fx, VPIPE_LOSS_in_flight);

	assert_int_equal(counted(fx, VPIPE_COUNT_STARTED), ended);
}

static struct vpipe_hist *hist(struct fixture *fx, unsigned int which)
{
	static struct vpipe_hist sum;

	assert_int_equal(trace_hist(fx->trace, which, &sum), 0);
	return &sum;
}

static void test_normal_frame(void **state)
{
	struct fixture *fx = *state;
	struct vpipe_frame *frame = &fx->frames[0];
	uint64_t start = fx->feed.ns;

	queue(fx, 1, 3, 77);
	process(fx, 1, 3, 2, 4711);
	dequeue(fx, 1, 2);
	assert_int_equal(trace_drain(fx->trace), 1);
	assert_int_equal(fx->n_frames, 1);
	assert_int_equal(frame->ctx, 1);
	assert_int_equal(frame->seq, 4711);
	assert_int_equal(frame->src_seq, 77);
	assert_int_equal(frame->out_index, 3);
	assert_int_equal(frame->cap_index, 2);
	assert_int_equal(frame->algo_id, 1);
	assert_int_equal(frame->bytesused, 307200);
	assert_int_equal(frame->flags, 0);
	/* nobody was traced at QBUF: who submitted it is unknown; from device_run on it is us */
	assert_int_equal(frame->unknown, 1 << VPIPE_STAGE_submit);
	assert_int_equal(frame->ns[VPIPE_POINT_SRC_DONE], 0);
	assert_int_equal(frame->ns[VPIPE_POINT_SRC_DQBUF], 0);
	assert_int_equal(frame->ns[VPIPE_POINT_QBUF], start);
	for (int point = VPIPE_POINT_QUEUED; point <= VPIPE_POINT_META; point++)
		assert_int_equal(frame->ns[point], start + 1000 * (point - VPIPE_POINT_QBUF));
	assert_int_equal(frame->ns[VPIPE_POINT_CAP_DONE], start + 7000);
	assert_int_equal(frame->asked_ns, start + 8000);
	assert_int_equal(frame->ns[VPIPE_POINT_CAP_DQBUF], start + 9000);
	assert_balance(fx);
}

static void test_histograms_count_each_stage(void **state)
{
	struct fixture *fx = *state;

	for (unsigned int i = 0; i < 13; i++) {
		fx->feed.step = 1000 * (i + 1);
		queue(fx, 1, i % 4, i);
		process(fx, 1, i % 4, i % 2, i);
		dequeue(fx, 1, i % 2);
	}
	assert_int_equal(hist_total(hist(fx, VPIPE_STAGE_source)), 0);
	assert_int_equal(hist_total(hist(fx, VPIPE_STAGE_handoff)), 0);
	assert_int_equal(hist_total(hist(fx, VPIPE_STAGE_submit)), 13);
	assert_int_equal(hist(fx, VPIPE_STAGE_submit)->range.total_ns, 91000);
	assert_int_equal(hist_min(hist(fx, VPIPE_STAGE_submit)), 1000);
	assert_int_equal(hist_max(hist(fx, VPIPE_STAGE_submit)), 13000);
	for (unsigned int i = 0; i < 13; i++)
		assert_int_equal(hist(fx, VPIPE_STAGE_cv)->buckets[hist_bucket(1000 * (i + 1))], 1);
	assert_int_equal(hist_total(hist(fx, VPIPE_HIST_E2E)), 13);
	assert_int_equal(hist(fx, VPIPE_HIST_E2E)->range.total_ns, 819000);
	assert_balance(fx);
}

static void test_overflow_bucket(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 1, 0, 0);
	fx->feed.ns += 100ULL * 1000000000;
	process(fx, 1, 0, 0, 0);
	dequeue(fx, 1, 0);
	assert_int_equal(hist(fx, VPIPE_STAGE_queue)->buckets[VPIPE_HIST_OVERFLOW], 1);
	assert_int_equal(hist_max(hist(fx, VPIPE_STAGE_queue)), 100ULL * 1000000000 + 1000);
}

static void test_reordered_events_drop_the_frame(void **state)
{
	struct fixture *fx = *state;

	/* CRC before CV: the points are all there, but not in order */
	queue(fx, 1, 0, 0);
	FIRE(fx, "vpipe_job", 1, 0, 0, 16, 0, fx->feed.ns - 50, fx->feed.ns - 40, fx->feed.ns - 20,
	     fx->feed.ns - 30, fx->feed.ns - 10, fx->feed.ns);
	dequeue(fx, 1, 0);
	/* dequeued before it was done */
	queue(fx, 1, 1, 1);
	process(fx, 1, 1, 1, 1);
	FIRE(fx, "vpipe_pickup", 1, 1, fx->feed.ns, fx->feed.ns - 5000);
	/* dequeued before anybody asked for it */
	queue(fx, 1, 1, 1);
	process(fx, 1, 1, 1, 1);
	FIRE(fx, "vpipe_pickup", 1, 1, fx->feed.ns + 1, fx->feed.ns);
	/* a step is missing: nobody listened when it was */
	queue(fx, 1, 2, 2);
	FIRE(fx, "vpipe_job", 1, 2, 2, 16, 2, 0, fx->feed.ns - 40, fx->feed.ns - 30,
	     fx->feed.ns - 20, fx->feed.ns - 10, fx->feed.ns);
	dequeue(fx, 1, 2);
	/* its end is missing: the buffers come again */
	queue(fx, 1, 3, 3);
	queue(fx, 1, 3, 4);
	process(fx, 1, 3, 3, 4);
	queue(fx, 1, 3, 5);
	process(fx, 1, 3, 3, 5);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 0);
	assert_int_equal(hist_total(hist(fx, VPIPE_HIST_E2E)), 0);
	assert_int_equal(counted(fx, VPIPE_LOSS_incomplete), 6);
	assert_int_equal(counted(fx, VPIPE_LOSS_in_flight), 1);
	assert_balance(fx);
	/* and the next frame is none the worse */
	queue(fx, 1, 0, 3);
	process(fx, 1, 0, 0, 3);
	dequeue(fx, 1, 0);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 1);
	assert_balance(fx);
}

static void test_missing_start(void **state)
{
	struct fixture *fx = *state;

	/* tracing began when the frame was in the queue, in the job, or done */
	process(fx, 1, 0, 0, 0);
	dequeue(fx, 1, 0);
	dequeue(fx, 2, 0);
	/* or between QBUF and the queue */
	FIRE(fx, "vpipe_submit", 4, 0, 0, 1, 0, 0, 0, fx->feed.ns);
	process(fx, 4, 0, 0, 2);
	dequeue(fx, 4, 0);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 0);
	assert_int_equal(counted(fx, VPIPE_COUNT_STARTED), 0);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_start), 2);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_context), 0);
	assert_balance(fx);
}

static void test_buffers_are_reused(void **state)
{
	struct fixture *fx = *state;

	/* the OUTPUT buffer goes round while the CAPTURE buffer waits to be picked up */
	queue(fx, 1, 0, 10);
	process(fx, 1, 0, 0, 0);
	queue(fx, 1, 0, 11);
	process(fx, 1, 0, 1, 1);
	dequeue(fx, 1, 0);
	dequeue(fx, 1, 1);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 2);
	assert_int_equal(fx->frames[0].src_seq, 10);
	assert_int_equal(fx->frames[1].src_seq, 11);
	assert_balance(fx);
}

static void test_backlog(void **state)
{
	struct fixture *fx = *state;

	for (unsigned int i = 0; i < 7; i++)
		queue(fx, 1, i, i);
	assert_int_equal(counted(fx, VPIPE_LOSS_in_flight), 7);
	for (unsigned int i = 0; i < 7; i++)
		process(fx, 1, i, i, i);
	for (unsigned int i = 0; i < 7; i++)
		dequeue(fx, 1, i);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 7);
	/* a frame waits for those before it: 6 steps of a job for 2 of a QBUF */
	for (unsigned int i = 0; i < 7; i++)
		assert_int_equal(fx->frames[i].ns[VPIPE_POINT_RUN] -
					 fx->frames[i].ns[VPIPE_POINT_QUEUED],
				 13000 + i * 4000);
	assert_balance(fx);
}

static void test_two_contexts_interleaved(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 1, 0, 100);
	queue(fx, 2, 0, 200);
	process(fx, 2, 0, 0, 0);
	process(fx, 1, 0, 0, 1);
	dequeue(fx, 2, 0);
	dequeue(fx, 1, 0);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 2);
	assert_int_equal(fx->frames[0].ctx, 2);
	assert_int_equal(fx->frames[0].src_seq, 200);
	assert_int_equal(fx->frames[1].ctx, 1);
	assert_int_equal(fx->frames[1].src_seq, 100);
	assert_balance(fx);
}

static void test_ring_full(void **state)
{
	struct fixture *fx = *state;
	const unsigned int frames = 101;
	/* a record has a header of 8 bytes in the ring, which keeps one byte free */
	const unsigned int held = (RING - 1) / (record_size(false, false) + 8);

	for (unsigned int i = 0; i < frames; i++) {
		queue(fx, 1, 0, i);
		process(fx, 1, 0, 0, i);
		dequeue(fx, 1, 0);
	}
	assert_int_equal(counted(fx, VPIPE_COUNT_RECORDED), held);
	assert_int_equal(counted(fx, VPIPE_LOSS_ring_full), frames - held);
	/* the histograms have them all */
	assert_int_equal(hist_total(hist(fx, VPIPE_HIST_E2E)), frames);
	assert_int_equal(trace_drain(fx->trace), held);
	assert_int_equal(fx->frames[held - 1].src_seq, held - 1);
	assert_balance(fx);
}

static void test_streamoff_cancels(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 1, 0, 0);
	queue(fx, 1, 1, 1);
	process(fx, 1, 0, 0, 0);
	/* STREAMOFF: the queued one comes back with an error, the done one is forgotten */
	FIRE(fx, "vpipe_streamoff", 1, OUTPUT);
	assert_int_equal(counted(fx, VPIPE_LOSS_cancelled), 1);
	assert_int_equal(counted(fx, VPIPE_LOSS_not_dequeued), 0);
	FIRE(fx, "vpipe_streamoff", 1, CAPTURE);
	assert_int_equal(counted(fx, VPIPE_LOSS_not_dequeued), 1);
	assert_balance(fx);
}

static void test_error_frame_is_recorded(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 1, 0, 0);
	feed_run(&fx->feed, 1, 0);
	feed_job(&fx->feed, 1, 0, 0, 0, 0);
	dequeue(fx, 1, 0);
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 1);
	assert_true(fx->frames[0].flags & VPIPE_FRAME_ERROR);
}

static void test_close_counts_what_is_left(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 1, 0, 0);
	queue(fx, 1, 1, 1);
	process(fx, 1, 0, 0, 0);
	feed_close(&fx->feed, 1);
	assert_int_equal(counted(fx, VPIPE_LOSS_closed), 2);
	assert_int_equal(counted(fx, VPIPE_LOSS_in_flight), 0);
	assert_balance(fx);
}

/* A frame from its QBUF to its DQBUF. */
static void pass(struct fixture *fx, unsigned int ctx, uint64_t seq)
{
	queue(fx, ctx, 0, (unsigned int)seq);
	process(fx, ctx, 0, 0, seq);
	dequeue(fx, ctx, 0);
}

/* All places serve whatever ids there are; only where none is free is it said. */
static void test_contexts_collide(void **state)
{
	struct fixture *fx = *state;
	unsigned int got = 0;

	for (unsigned int i = 0; i < VPIPE_MAX_CONTEXTS; i++) {
		pass(fx, 1 + i * VPIPE_MAX_CONTEXTS, i);
		fx->n_frames = 0;
		got += (unsigned int)trace_drain(fx->trace);
	}
	assert_int_equal(got, VPIPE_MAX_CONTEXTS);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_context), 0);
	queue(fx, 77, 0, 9);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_context), 1);
	assert_balance(fx);
	/* a closed one leaves its place, near its home or far from it */
	feed_close(&fx->feed, 1 + 200 * VPIPE_MAX_CONTEXTS);
	pass(fx, 77, 10);
	feed_close(&fx->feed, 1);
	pass(fx, 78, 11);
	fx->n_frames = 0;
	assert_int_equal(trace_drain(fx->trace), 2);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_context), 1);
	assert_balance(fx);
}

/* Who has run another's job before it touches a frame of its own is a client all the same. */
static void test_runner_is_a_client(void **state)
{
	struct fixture *fx = *state;
	struct thread thread = {0};
	pid_t other = fork();

	if (!other) {
		feed_queue(&fx->feed, 7, 0, 0);
		_exit(fx->feed.error ? 1 : 0);
	}
	assert_int_equal(waitpid(other, NULL, 0), other);
	process(fx, 7, 0, 0, 0);
	queue(fx, 8, 0, 0);
	for (unsigned int i = 0; thread.tid != (unsigned int)getpid(); i++)
		assert_int_equal(trace_thread(fx->trace, i, &thread), 0);
	assert_int_equal(thread.role, VPIPE_ROLE_CLIENT);
}

/* What others do than is asked for is no loss, but said. */
static void test_contexts_of_others(void **state)
{
	struct fixture *fx = *state;

	pass(fx, 1, 0);
	pass(fx, 2, 1);
	assert_int_equal(counted(fx, VPIPE_LOSS_others), 2);
	assert_int_equal(trace_drain(fx->trace), 0);
	assert_int_equal(counted(fx, VPIPE_COUNT_STARTED), 0);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_context), 0);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_start), 0);
}

/* A file whose opening was not seen is ours from our first frame on. */
static void test_file_is_handed_over(void **state)
{
	struct fixture *fx = *state;

	pass(fx, 5, 0);
	assert_int_equal(trace_drain(fx->trace), 1);
	assert_int_equal(counted(fx, VPIPE_LOSS_others), 0);
	assert_balance(fx);
}

/* Frames that never end hold one slot a buffer, however often they begin again. */
static void test_endless_frames_are_bounded(void **state)
{
	struct fixture *fx = *state;
	const unsigned int rounds = 101;

	for (unsigned int round = 0; round < rounds; round++) {
		for (unsigned int index = 0; index < VPIPE_MAX_BUFFERS; index++)
			queue(fx, 1, index, round);
	}
	assert_int_equal(counted(fx, VPIPE_LOSS_in_flight), VPIPE_MAX_BUFFERS);
	assert_int_equal(counted(fx, VPIPE_LOSS_incomplete), VPIPE_MAX_BUFFERS * (rounds - 1));
	/* of the same file and of another, frames are none the worse */
	for (unsigned int ctx = 1; ctx <= 2; ctx++) {
		queue(fx, ctx, 7, 8);
		process(fx, ctx, 7, 3, ctx);
		dequeue(fx, ctx, 3);
	}
	assert_int_equal(trace_drain(fx->trace), 2);
	assert_balance(fx);
	feed_close(&fx->feed, 1);
	assert_int_equal(counted(fx, VPIPE_LOSS_in_flight), 0);
	assert_int_equal(counted(fx, VPIPE_LOSS_closed), VPIPE_MAX_BUFFERS - 1);
	assert_balance(fx);
}

static void test_absurd_arguments(void **state)
{
	struct fixture *fx = *state;
	const uint32_t absurd[] = {32, 33, 255, 0x7fffffff, 0xffffffff};

	for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
		queue(fx, 1, absurd[i], 0);
		process(fx, 1, absurd[i], absurd[i], 0);
		dequeue(fx, 1, absurd[i]);
		queue(fx, absurd[i], 0, 0);
		FIRE(fx, "vpipe_streamoff", 1, absurd[i]);
		FIRE(fx, "vpipe_close", absurd[i]);
	}
	trace_drain(fx->trace);
	assert_int_equal(fx->n_frames, 0);
	assert_balance(fx);
}

/* 0 is no file's id, and not that of a place where no file is. */
static void test_no_file_is_0(void **state)
{
	struct fixture *fx = *state;

	queue(fx, 0, 0, 0);
	assert_int_equal(counted(fx, VPIPE_LOSS_no_context), 1);
	assert_balance(fx);
	process(fx, 0, 0, 0, 0);
	dequeue(fx, 0, 0);
	feed_close(&fx->feed, 0);
	assert_int_equal(trace_drain(fx->trace), 0);
	assert_int_equal(counted(fx, VPIPE_COUNT_STARTED), 0);
	assert_balance(fx);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_normal_frame),
		TEST(test_histograms_count_each_stage),
		TEST(test_overflow_bucket),
		TEST(test_reordered_events_drop_the_frame),
		TEST(test_missing_start),
		TEST(test_buffers_are_reused),
		TEST(test_backlog),
		TEST(test_two_contexts_interleaved),
		TEST(test_ring_full),
		TEST(test_streamoff_cancels),
		TEST(test_error_frame_is_recorded),
		TEST(test_close_counts_what_is_left),
		TEST(test_contexts_collide),
		{"test_contexts_of_one_process_collide", test_contexts_collide, setup_for_us,
		 teardown, NULL},
		cmocka_unit_test_setup_teardown(test_runner_is_a_client, setup_for_users, teardown),
		cmocka_unit_test_setup_teardown(test_file_is_handed_over, setup_for_us, teardown),
		cmocka_unit_test_setup_teardown(test_file_is_handed_over, setup_for_parent,
						teardown),
		cmocka_unit_test_setup_teardown(test_contexts_of_others, setup_for_others,
						teardown),
		TEST(test_endless_frames_are_bounded),
		TEST(test_absurd_arguments),
		TEST(test_no_file_is_0),
	};

	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
