// SPDX-License-Identifier: MIT
/* test-claim.c - claims about a run: how they are read, and which of them hold; names that are near */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/nearest.h"
#include "loader/model/claim.h"
#include "loader/paths/vpipe.h"

static void assert_read(const char *text, const char *figure, const char *sign,
			enum claim_unit unit, uint64_t whole, uint32_t nano)
{
	struct claim claim;
	char why[CLAIM_WHY];

	assert_int_equal(claim_parse(&claim, text, why), 0);
	assert_string_equal(claim.figure, figure);
	assert_string_equal(claim_sign(claim.op), sign);
	assert_int_equal(claim.unit, unit);
	assert_int_equal(claim.whole, whole);
	assert_int_equal(claim.nano, nano);
}

static void test_read(void **state)
{
	(void)state;
	assert_read("e2e.p99<5ms", "e2e.p99", "<", CLAIM_TIME, 5000000, 0);
	assert_read("e2e.max<=40ms", "e2e.max", "<=", CLAIM_TIME, 40000000, 0);
	assert_read(" e2e.max\t>= 0.25 us ", "e2e.max", ">=", CLAIM_TIME, 250, 0);
	assert_read("e2e.min>1.5ns", "e2e.min", ">", CLAIM_TIME, 1, 500000000);
	assert_read("e2e.total<3.000000001s", "e2e.total", "<", CLAIM_TIME, 3000000001, 0);
	assert_read("e2e.p50<7\xc2\xb5s", "e2e.p50", "<", CLAIM_TIME, 7000, 0);
	assert_read("jitter.share<10%", "jitter.share", "<", CLAIM_PERCENT, 10, 0);
	assert_read("drops==0", "drops", "==", CLAIM_NUMBER, 0, 0);
	assert_read("fps!=29.97", "fps", "!=", CLAIM_NUMBER, 29, 970000000);
	assert_read("stage.a<b>c.p50<1ms", "stage.a<b>c.p50", "<", CLAIM_TIME, 1000000, 0);
	assert_read("buffer queueing.p50 < 1ms", "buffer queueing.p50", "<", CLAIM_TIME, 1000000,
		    0);
}

static void test_unreadable(void **state)
{
	static const char *const bad[] = {
		"",
		"e2e.p99",
		"<5ms",
		"   <5ms",
		"e2e.p99<",
		"e2e=5ms",
		"e2e.p99=>5",
		"e2e.p99<5 m",
		"e2e<-5ms",
		"e2e<5ms x",
		"e2e<5.ms",
		"e2e<.5ms",
		"e2e<1e3us",
		"e2e<5m s",
		"e2e<1.0000000001s",
		"e2e<0x5",
		"e2e<5MS",
		"e2e=<5ms",
		"e2e<<>",
		"e2e.p50<=5ms<6ms",
		"e2e.p50 < 5 ms < 6ms",
		"e2e<99999999999s",
		"e2e!5ms",
		"e2e<5%%",
		"e2e<99999999999999999999ns",
	};
	struct claim claim;
	char why[CLAIM_WHY], name[CLAIM_NAME + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_not_equal(claim_parse(&claim, bad[i], why), 0);
		assert_non_null(strstr(why, "a claim is a figure"));
	}
	memset(name, 'x', sizeof(name));
	memcpy(name + sizeof(name) - 3, "<5", 3);
	assert_int_not_equal(claim_parse(&claim, name, why), 0);
}

static enum claim_verdict judge(const char *text, const struct figure *figure)
{
	struct claim claim;
	char why[CLAIM_WHY];

	assert_int_equal(claim_parse(&claim, text, why), 0);
	assert_int_equal(claim_fits(&claim, figure, why), 0);
	return claim_judge(&claim, figure);
}

#define HOLDS(text, figure) assert_int_equal(judge(text, figure), CLAIM_HOLDS)
#define FAILS(text, figure) assert_int_equal(judge(text, figure), CLAIM_FAILS)

/* To the nanosecond, on both sides of each sign. */
static void test_times(void **state)
{
	struct figure time = {.kind = FIGURE_TIME, .known = true, .whole = 5000000};
	struct figure long_time = {.kind = FIGURE_TIME, .known = true, .whole = (1ULL << 60) + 1};

	(void)state;
	FAILS("x<5ms", &time);
	HOLDS("x<5.000001ms", &time);
	HOLDS("x<=5ms", &time);
	FAILS("x<=4.999999ms", &time);
	FAILS("x>5ms", &time);
	HOLDS("x>4999999ns", &time);
	HOLDS("x>=5ms", &time);
	FAILS("x>=5000001ns", &time);
	HOLDS("x==5000us", &time);
	FAILS("x==5000000.5ns", &time);
	HOLDS("x<5000000.5ns", &time);
	FAILS("x!=0.005s", &time);
	HOLDS("x>0", &time);
	FAILS("x<=1152921504606846976ns", &long_time);
	HOLDS("x==1152921504606846977ns", &long_time);
}

static void test_others(void **state)
{
	struct figure count = {.kind = FIGURE_COUNT, .known = true, .whole = 3};
	struct figure share = {.kind = FIGURE_SHARE, .known = true, .real = 0.1};
	struct figure rate = {.kind = FIGURE_RATE, .known = true, .real = 29.97};

	(void)state;
	HOLDS("x==3", &count);
	HOLDS("x<3.5", &count);
	FAILS("x==0", &count);
	FAILS("x<10%", &share);
	HOLDS("x<=10%", &share);
	HOLDS("x>9.999%", &share);
	HOLDS("x>0", &share);
	HOLDS("x>=29.9", &rate);
	FAILS("x>=30", &rate);
}

/* Of @figure, which is exactly @value and @unit: equal to that, and to nothing beside it. */
static void assert_exactly(const struct figure *figure, unsigned int milli, const char *unit)
{
	unsigned int whole = milli / 1000, thousandths = milli % 1000;
	char text[40];

	snprintf(text, sizeof(text), "x==%u.%03u%s", whole, thousandths, unit);
	HOLDS(text, figure);
	snprintf(text, sizeof(text), "x<%u.%03u%s", whole, thousandths, unit);
	FAILS(text, figure);
	snprintf(text, sizeof(text), "x>%u.%03u%s", whole, thousandths, unit);
	FAILS(text, figure);
	snprintf(text, sizeof(text), "x<%u.%03u000001%s", whole, thousandths, unit);
	HOLDS(text, figure);
}

/* Neither k of 1000 nor the decimal that it is can be told exactly in a double. */
static void test_decimals_are_exact(void **state)
{
	struct figure share = {.kind = FIGURE_SHARE, .known = true};
	struct figure rate = {.kind = FIGURE_RATE, .known = true};

	(void)state;
	for (unsigned int k = 0; k <= 1000; k++) {
		share.real = (double)k / 1000;
		rate.real = (double)k * 1e9 / 1e12;
		assert_exactly(&share, k * 100, "%");
		assert_exactly(&rate, k, "");
	}
}

static void test_two_operators(void **state)
{
	struct claim claim;
	char why[CLAIM_WHY];

	(void)state;
	assert_int_not_equal(claim_parse(&claim, "e2e.p50<=5ms<6ms", why), 0);
	assert_non_null(strstr(why, "has two operators"));
	assert_int_not_equal(claim_parse(&claim, "frames=>5", why), 0);
	assert_non_null(strstr(why, "has two operators"));
}

/* What was not measured is neither true nor false, whatever is claimed of it. */
static void test_unknown(void **state)
{
	static const char *const signs[] = {"<", "<=", ">", ">=", "==", "!="};
	struct figure figure = {.kind = FIGURE_COUNT, .why = "nobody looked"};
	char text[16];

	(void)state;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		snprintf(text, sizeof(text), "x%s0", signs[i]);
		assert_int_equal(judge(text, &figure), CLAIM_UNKNOWN);
	}
}

static void assert_no_fit(const char *text, enum figure_kind kind, const char *says)
{
	struct figure figure = {.kind = kind, .name = (char *)"x"};
	struct claim claim;
	char why[CLAIM_WHY];

	assert_int_equal(claim_parse(&claim, text, why), 0);
	assert_int_not_equal(claim_fits(&claim, &figure, why), 0);
	assert_non_null(strstr(why, says));
}

static void test_units(void **state)
{
	(void)state;
	assert_no_fit("x<5", FIGURE_TIME, "give it a unit");
	assert_no_fit("x<5%", FIGURE_TIME, "give it a unit");
	assert_no_fit("x<5ms", FIGURE_COUNT, "without a unit");
	assert_no_fit("x<0.1", FIGURE_SHARE, "in percent");
	assert_no_fit("x>30%", FIGURE_RATE, "without a unit");
}

static const struct figure *find(const struct figures *figures, const char *name)
{
	bool ambiguous;
	const struct figure *figure = figures_find(figures, name, &ambiguous);

	assert_false(ambiguous);
	return figure;
}

/* A run whose source's frames 0 to 9 came, but for 4 and 5. */
static void add_rows(struct figure_rows *rows)
{
	for (uint64_t i = 0; i < 10; i++) {
		struct frame frame = {.known = 1,
				      .has = FRAME_HAS_SOURCE,
				      .source_sequence = i,
				      .start_ns = 1000000 * (i + 1),
				      .e2e_ns = 5000,
				      .flags = i == 9 ? VPIPE_FRAME_ERROR : 0};

		if (i != 4 && i != 5)
			figure_rows_add(rows, &frame);
	}
	figure_rows_finish(rows);
}

static void test_figures(void **state)
{
	struct figure_rows *rows = calloc(1, sizeof(*rows));
	struct figures figures;
	struct run run;
	char text[FIGURE_TEXT];

	(void)state;
	assert_non_null(rows);
	add_rows(rows);
	assert_int_equal(run_init(&run, &vpipe_path), 0);
	run.rows = 8;
	run.latencies[path_e2e(run.path)] = (struct latency){
		.count = 8, .p99_ns = 5041234, .max_ns = 9000000000, .total_ns = 1, .share = 1};
	run.counts.of[VPIPE_LOSS_torn] = 2;
	run.counts.of[VPIPE_LOSS_no_thread] = 1;
	assert_int_equal(figures_init(&figures, &run, rows), 0);

	assert_int_equal(find(&figures, "drops")->whole, 2);
	assert_true(find(&figures, "drops.share")->real == 0.2);
	assert_int_equal(find(&figures, "errors")->whole, 1);
	assert_int_equal(find(&figures, "frames")->whole, 8);
	assert_int_equal(find(&figures, "lost")->whole, 3);
	assert_int_equal(find(&figures, "lost.torn")->whole, 2);
	assert_float_equal(find(&figures, "fps")->real, 7 / 0.009, 0.001);
	assert_false(find(&figures, "late")->known);
	assert_false(find(&figures, "stage.queue.p50")->known); /* no frame has it */
	figure_text(find(&figures, "e2e.p99"), text);
	assert_string_equal(text, "5.041234 ms");
	figure_text(find(&figures, "e2e.max"), text);
	assert_string_equal(text, "9 s");
	figure_text(find(&figures, "late"), text);
	assert_string_equal(text, "-");

	assert_ptr_equal(find(&figures, "jitter.share"), find(&figures, "cost.jitter.share"));
	assert_ptr_equal(find(&figures, "scheduler jitter.share"),
			 find(&figures, "cost.jitter.share"));
	assert_ptr_equal(find(&figures, "queue.p50"), find(&figures, "stage.queue.p50"));
	assert_null(find(&figures, "e2e"));
	assert_null(find(&figures, "stage.jitter.share"));
	assert_string_equal(figures_nearest(&figures, "jiter.share"), "jitter.share");
	assert_string_equal(figures_nearest(&figures, "dorps"), "drops");
	assert_null(figures_nearest(&figures, "weather"));
	figures_free(&figures);
	run_free(&run);
	free(rows);
}

/* Where both a stage and a cost are called so, the short name is neither. */
static void test_ambiguous(void **state)
{
	static const struct stage stages[] = {{.name = "queueing"}};
	static const struct cost costs_of[] = {
		{.name = "buffer queueing", .column = "queueing_ns"}};
	static const struct point points[2];
	const struct path path = {.name = "test",
				  .n_stages = 1,
				  .stages = stages,
				  .points = points,
				  .n_costs = 1,
				  .costs = costs_of};
	struct figures figures;
	struct run run;
	bool ambiguous;

	(void)state;
	assert_int_equal(run_init(&run, &path), 0);
	assert_int_equal(figures_init(&figures, &run, NULL), 0);
	assert_null(figures_find(&figures, "queueing.p50", &ambiguous));
	assert_true(ambiguous);
	assert_string_equal(find(&figures, "cost.queueing.p50")->name, "cost.queueing.p50");
	assert_string_equal(find(&figures, "stage.queueing.p50")->name, "stage.queueing.p50");
	assert_string_equal(find(&figures, "buffer queueing.p50")->name, "cost.queueing.p50");
	figures_free(&figures);
	run_free(&run);
}

static void test_nearest(void **state)
{
	static const char *const verbs[] = {"run", "record", "report"};

	(void)state;
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("", "abc"), 3);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("repotr", "report"), 1);
	assert_int_equal(nearest_distance("rn", "run"), 1);
	assert_string_equal(nearest("reprot", verbs, 3), "report");
	assert_string_equal(nearest("recrod", verbs, 3), "record");
	assert_null(nearest("weather", verbs, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),	      cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_times),	      cmocka_unit_test(test_others),
		cmocka_unit_test(test_unknown),	      cmocka_unit_test(test_units),
		cmocka_unit_test(test_figures),	      cmocka_unit_test(test_ambiguous),
		cmocka_unit_test(test_nearest),	      cmocka_unit_test(test_decimals_are_exact),
		cmocka_unit_test(test_two_operators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
