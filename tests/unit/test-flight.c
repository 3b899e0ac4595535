// SPDX-License-Identifier: MIT
/* test-flight.c - the flight recorder: what it keeps, when it stops, and the run that is made of it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "bpf/hist.h"
#include "bpf/probes/vpipe.h"
#include "lib/clock.h"
#include "loader/flight.h"
#include "loader/paths/vpipe.h"

#define MS     1000000ULL
#define BEGIN  (1000 * MS)
#define PERIOD (10 * MS)
#define ABOVE  (5 * MS)
#define KEEP   (1000 * MS)

struct fixture {
	struct flight flight;
	struct run run;
	struct intake intake;
	struct trace_options options;
	uint64_t came;
};

/* Of the timeline that is written. */
static unsigned int n_spans;
static uint64_t first_span_ns;

static void on_span(void *state, const struct span *span)
{
	(void)state;
	first_span_ns = n_spans++ ? first_span_ns : span->end_ns;
}

static int setup(void **state)
{
	static const struct sink counting = {.span = on_span};
	static const struct sink *const none[] = {&counting, NULL};
	struct fixture *fx = calloc(1, sizeof(*fx));

	*state = fx;
	n_spans = 0;
	if (!fx || run_init(&fx->run, &vpipe_path))
		return -1;
	fx->options.path = &vpipe_path;
	fx->run.facts.start_ns = BEGIN;
	fx->run.facts.start_realtime_ns = 77;
	fx->intake.run = &fx->run;
	fx->flight.above_ns = ABOVE;
	fx->flight.keep_ns = KEEP;
	return sinks_open(&fx->intake.files, none, &fx->run, &(struct sink_place){0}) ||
	       flight_init(&fx->flight, &fx->intake, &fx->options);
}

static int teardown(void **state)
{
	struct fixture *fx = *state;

	sinks_abort(fx->intake.files);
	flight_free(&fx->flight);
	run_free(&fx->run);
	free(fx);
	return 0;
}

/* The next frame, which takes @e2e_ns, a period behind the one before. */
static void feed(struct fixture *fx, uint64_t e2e_ns, unsigned int flags)
{
	struct vpipe_frame record = {.unknown = ~0U, .flags = flags, .seq = fx->came};
	uint64_t end_ns = BEGIN + ++fx->came * PERIOD;

	for (unsigned int point = VPIPE_POINT_QBUF; point < VPIPE_MAX_POINTS; point++)
		record.ns[point] = end_ns;
	record.ns[VPIPE_POINT_QBUF] = end_ns - e2e_ns;
	record.asked_ns = end_ns;
	flight_take(&fx->flight, &record);
}

static void feed_fast(struct fixture *fx, unsigned int frames)
{
	for (unsigned int i = 0; i < frames; i++)
		feed(fx, MS, 0);
}

static void land(struct fixture *fx)
{
	assert_int_equal(flight_land(&fx->flight, &fx->intake), 0);
	fx->run.counts.of[VPIPE_COUNT_STARTED] = fx->came;
	fx->run.counts.of[VPIPE_COUNT_RECORDED] = fx->came;
	fx->run.records.counted = fx->came; /* as the programs have counted */
	run_finish(&fx->run);
}

/* The last second before the slow frame, and all behind it; the sums agree. */
static void test_slow(void **state)
{
	struct fixture *fx = *state;
	uint64_t slow_ns;

	feed_fast(fx, 10000);
	assert_int_equal(fx->flight.slow_ns, 0);
	assert_false(flight_is_over(&fx->flight, UINT64_MAX));
	feed(fx, ABOVE, 0); /* just as long is not slow */
	assert_int_equal(fx->flight.slow_ns, 0);
	feed(fx, ABOVE + 1, 0);
	slow_ns = BEGIN + fx->came * PERIOD;
	assert_int_equal(fx->flight.slow_ns, slow_ns);
	assert_false(flight_is_over(&fx->flight, slow_ns + KEEP / 4 - 1));
	assert_true(flight_is_over(&fx->flight, slow_ns + KEEP / 4));
	feed_fast(fx, 500); /* more than a second: what is kept stays */
	land(fx);

	assert_int_equal(fx->run.rows, 101 + 500);
	assert_int_equal(fx->run.records.let_go, fx->came - fx->run.rows);
	assert_int_equal(fx->run.counts.row_mismatch, 0);
	assert_true(fx->run.complete);
	assert_int_equal(fx->run.latencies[path_e2e(fx->run.path)].count, fx->run.rows);
	assert_int_equal(fx->run.latencies[path_e2e(fx->run.path)].max_ns, ABOVE + 1);
	assert_int_equal(fx->run.facts.start_ns, slow_ns - KEEP);
	assert_int_equal(fx->run.facts.flight.since_ns, BEGIN);
	assert_int_equal(fx->run.facts.start_realtime_ns, 77 + slow_ns - KEEP - BEGIN);
	assert_int_equal(fx->run.facts.flight.cut, 0);
}

/* A timeline is kept as the records are; what it has from before the first of them is not written. */
static void test_timeline(void **state)
{
	struct fixture *fx = *state;

	for (unsigned int i = 0; i < 5000; i++) {
		struct vpipe_span span = {.start_ns = BEGIN + i * PERIOD,
					  .end_ns = BEGIN + (i + 1) * PERIOD - MS,
					  .state = VPIPE_THREAD_ONCPU,
					  .tid = 1};

		flight_take_span(&fx->flight, &span);
		feed(fx, i == 4999 ? ABOVE + 1 : MS, 0);
	}
	assert_in_range(fx->flight.spans.n, 100, 102);
	land(fx);
	assert_int_equal(n_spans, 100); /* each ends a millisecond before a frame */
	assert_int_equal(first_span_ns, fx->run.facts.start_ns + PERIOD - MS);
	assert_true(fx->flight.landed);
}

/* Nothing is let go of where all of it is younger. */
static void test_at_once(void **state)
{
	struct fixture *fx = *state;

	feed_fast(fx, 3);
	feed(fx, 2 * ABOVE, 0);
	land(fx);
	assert_int_equal(fx->run.rows, 4);
	assert_int_equal(fx->run.records.let_go, 0);
	assert_true(fx->run.complete);
}

/* The first frames are slow, and nobody wants to see them. */
static void test_warmup(void **state)
{
	struct fixture *fx = *state;

	feed(fx, 10 * ABOVE, VPIPE_FRAME_WARMUP);
	assert_int_equal(fx->flight.slow_ns, 0);
	feed(fx, 10 * ABOVE, 0);
	assert_int_not_equal(fx->flight.slow_ns, 0);
	fx->run.counts.of[VPIPE_COUNT_WARMUP] = 1;
	assert_int_equal(flight_land(&fx->flight, &fx->intake), 0);
	assert_int_equal(fx->run.rows, 2);
	assert_int_equal(fx->run.warmup_rows, 1);
	assert_int_equal(hist_total(&fx->run.hists[path_e2e(fx->run.path)]), 1);
}

/* However many come in the time that is kept, there is no more room than that; what is cut is counted. */
static void test_room(void **state)
{
	struct fixture *fx = *state;

	fx->flight.records.most = 70;
	fx->flight.keep_ns = 3600 * NS_PER_SEC;
	feed_fast(fx, 1000);
	assert_int_equal(fx->flight.records.room, 70);
	assert_int_equal(fx->flight.records.n, 70);
	assert_int_equal(fx->flight.cut, 930);
	feed(fx, 2 * ABOVE, 0);
	land(fx);
	assert_int_equal(fx->run.rows, 70);
	assert_int_equal(fx->run.records.let_go, 931);
	assert_true(fx->run.complete);
	assert_int_equal(fx->run.facts.flight.cut, 931);
}

/* What the programs sent, and never came, is missing here, too. */
static void test_not_received(void **state)
{
	struct fixture *fx = *state;

	feed_fast(fx, 1000);
	feed(fx, 2 * ABOVE, 0);
	fx->came += 3;
	land(fx);
	assert_int_equal(fx->run.counts.row_mismatch, 3);
	assert_false(fx->run.complete);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_slow),   TEST(test_timeline), TEST(test_at_once),
		TEST(test_warmup), TEST(test_room),	TEST(test_not_received),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
