// SPDX-License-Identifier: MIT
/* test-warmup.c - the first frames are in no histogram, and marked; all others are */
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
#include "loader/model/losses.h"
#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "tests/bpf/feed.h"

#define WARMUP 3
#define FRAMES 13

struct fixture {
	struct trace *trace;
	unsigned int flags[FRAMES];
	unsigned int n_frames;
	struct feed feed;
};

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct fixture *fx = arg;

	assert_true(fx->n_frames < FRAMES);
	fx->flags[fx->n_frames++] = frame->flags;
}

static int setup_for(void **state, unsigned int warmup, bool no_frames)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = 16384,
		.config.by_hand = true,
		.config.warmup = warmup,
		.config.no_frames = no_frames,
		.frame = on_frame,
		.arg = fx,
	};

	*state = fx;
	if (!fx || trace_open(&fx->trace, &options))
		return -1;
	fx->feed = (struct feed){.trace = fx->trace, .ns = 1000000};
	return 0;
}

static int setup(void **state)
{
	return setup_for(state, WARMUP, false);
}

static int setup_histograms_only(void **state)
{
	return setup_for(state, WARMUP, true);
}

static int setup_without(void **state)
{
	return setup_for(state, 0, false);
}

static int teardown(void **state)
{
	struct fixture *fx = *state;

	trace_close(fx->trace);
	free(fx);
	return 0;
}

/* Frames of two contexts, which are of one device; each takes longer than the one before. */
static void feed_frames(struct fixture *fx)
{
	for (unsigned int i = 0; i < FRAMES; i++) {
		unsigned int ctx = 1 + i % 2;

		fx->feed.step = 1000 * (i + 1);
		feed_queue(&fx->feed, ctx, 0, i);
		feed_process(&fx->feed, ctx, 0, 1, i);
		feed_dequeue(&fx->feed, ctx, 1);
	}
	assert_int_equal(fx->feed.error, 0);
	assert_true(trace_drain(fx->trace) >= 0);
}

/* Those from frame number @first on, and no others, are in the histograms; the sums agree. */
static void assert_counted_from(struct fixture *fx, unsigned int first)
{
	static struct vpipe_hist hist;
	uint64_t counts[VPIPE_N_COUNTS], missed;

	assert_int_equal(trace_hist(fx->trace, VPIPE_STAGE_cv, &hist), 0);
	assert_int_equal(hist_total(&hist), FRAMES - first);
	assert_int_equal(hist_min(&hist), 1000 * (first + 1));
	assert_int_equal(hist_max(&hist), 1000 * FRAMES);
	assert_int_equal(trace_hist(fx->trace, VPIPE_HIST_E2E, &hist), 0);
	assert_int_equal(hist_total(&hist), FRAMES - first);
	assert_int_equal(trace_counts(fx->trace, counts, &missed), 0);
	assert_int_equal(counts[VPIPE_COUNT_RECORDED], FRAMES);
	assert_int_equal(counts[VPIPE_COUNT_WARMUP], first);
	assert_true(counts_balanced(counts, hist_total(&hist)));
	assert_false(counts_balanced(counts, FRAMES + (first == 0)));
}

static void test_rows(void **state)
{
	struct fixture *fx = *state;

	feed_frames(fx);
	assert_int_equal(fx->n_frames, FRAMES);
	for (unsigned int i = 0; i < FRAMES; i++)
		assert_int_equal(fx->flags[i], i < WARMUP ? VPIPE_FRAME_WARMUP : 0);
	assert_counted_from(fx, WARMUP);
}

static void test_histograms_only(void **state)
{
	struct fixture *fx = *state;

	feed_frames(fx);
	assert_int_equal(fx->n_frames, 0);
	assert_counted_from(fx, WARMUP);
}

static void test_without(void **state)
{
	struct fixture *fx = *state;

	feed_frames(fx);
	for (unsigned int i = 0; i < FRAMES; i++)
		assert_int_equal(fx->flags[i], 0);
	assert_counted_from(fx, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_histograms_only, setup_histograms_only,
						teardown),
		cmocka_unit_test_setup_teardown(test_without, setup_without, teardown),
	};

	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
