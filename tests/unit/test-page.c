// SPDX-License-Identifier: MIT
/* test-page.c - what the live view shows of figures that are known, on screens of several sizes */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "lib/clock.h"
#include "loader/model/costs.h"
#include "loader/paths/kind.h"
#include "loader/paths/vpipe.h"
#include "loader/top/page.h"
#include "loader/top/page-tables.h"

#define MS    1000000ULL
#define START (5000 * NS_PER_SEC)

static struct run run;
static struct live live;
static struct view view;
static struct canvas canvas;

static void begin_on(const struct path *path)
{
	run_init(&run, path);
	run.facts.start_ns = START;
	run.facts.vpipe = "/dev/video7";
	live_init(&live, &run);
	live_reset(&live, START);
	view = (struct view){.live = &live, .now = START, .seconds = 1, .has_keys = true};
}

static int begin(void **state)
{
	(void)state;
	begin_on(&vpipe_path);
	return 0;
}

static int end(void **state)
{
	(void)state;
	canvas_free(&canvas);
	live_free(&live);
	run_free(&run);
	return 0;
}

/* Thirty frames in each of @seconds, of 10 ms: 6 in the queue, 4 of the copy. */
static void stream(unsigned int seconds)
{
	for (unsigned int i = 0; i < 30 * seconds; i++) {
		struct frame frame = {.e2e_ns = 10 * MS, .start_ns = START + 33 * MS * i};

		frame.start_ns += i / 30 * 10 * MS; /* so that each second has its thirty */
		frame.known = 1U << VPIPE_STAGE_queue | 1U << VPIPE_STAGE_copy;
		frame.accounted = frame.known;
		frame.stages[VPIPE_STAGE_queue].ns = 6 * MS;
		frame.stages[VPIPE_STAGE_copy].ns = 4 * MS;
		frame.costs[COST_queueing] = 6 * MS;
		frame.costs[COST_copies] = 4 * MS;
		run_add_frame(&run, &frame);
		live_frame(&live, &frame);
	}
	view.now = START + seconds * NS_PER_SEC;
}

static void draw(unsigned int rows, unsigned int columns, bool utf8)
{
	canvas_free(&canvas);
	assert_int_equal(canvas_init(&canvas, rows, columns, utf8), 0);
	page_draw(&canvas, &view);
}

/* A row as it is read, without the spaces at its end. */
static const char *row(unsigned int number)
{
	static char text[4096];

	*text = '\0';
	for (unsigned int column = 0; column < canvas_width(&canvas, number); column++) {
		const char *cell = canvas_cell(&canvas, number, column)->text;

		strcat(text, *cell ? cell : " ");
	}
	return text;
}

/* The first row from @first on that begins with @text; behind the last: there is none. */
static unsigned int find_from(unsigned int first, const char *text)
{
	while (first < canvas.rows && strncmp(row(first), text, strlen(text)))
		first++;
	return first;
}

static unsigned int find(const char *text)
{
	return find_from(0, text);
}

static void has(const char *text)
{
	for (unsigned int i = 0; i < canvas.rows; i++) {
		if (strstr(row(i), text))
			return;
	}
	for (unsigned int i = 0; i < canvas.rows; i++)
		print_message("%s\n", row(i));
	fail_msg("no row has: %s", text);
}

static void the_figures(void **state)
{
	(void)state;
	stream(3);
	draw(24, 80, true);
	assert_string_equal(row(0), " vpipe-trace top  /dev/video7  0:00:03"
				    "                           h help  q quit");
	assert_string_equal(row(1), " 30.0 frames/s   90 in 0:00:03   lost 0   "
				    "depth 0.30 frames, in the queue 0.18");
	assert_string_equal(row(2), "");
	assert_string_equal(row(3), " end to end p50 10.0 ms  p99 10.0 ms  max 10.0 ms"
				    "                             ██");
	assert_string_equal(row(4), " COST                 LAST SEC      P50      P99   SHARE");
	assert_string_equal(row(5), " buffer queueing       6.00 ms  6.00 ms  6.00 ms   60.0%  "
				    "████████████▋");
	assert_string_equal(row(6), " copies                4.00 ms  4.00 ms  4.00 ms   40.0%  "
				    "████████▍");
	assert_string_equal(row(7), " STAGE                LAST SEC      P50      P99   SHARE  "
				    "CHARGED TO");
	assert_string_equal(row(8), " queue                 6.00 ms  6.00 ms  6.00 ms   60.0%  "
				    "buffer queueing");
	has(">0          10.0 ms     2 s  buffer queueing 60%, queue, running");
	assert_string_equal(row(23), " s sort: share        p pause  r reset  Up Down choose  "
				     "w save frame");
	/* whole seconds: half of the next one, in which nothing came yet, is not in it */
	view.now += NS_PER_SEC / 2;
	draw(24, 80, true);
	has(" 30.0 frames/s   90 in 0:00:03   lost 0   depth 0.30");
	view.now += NS_PER_SEC;
	draw(24, 80, true);
	has(" 0.0 frames/s   90 in 0:00:04   lost 0   depth 0.00");
	has(" buffer queueing             -  6.00 ms");
}

static void what_is_not_known_is_no_zero(void **state)
{
	(void)state;
	draw(24, 80, true);
	assert_string_equal(row(1), " - frames/s   0 in 0:00:00   lost 0   depth -");
	assert_string_equal(row(3), " end to end p50       -  p99       -  max       -");
	has("No frame has come yet");
}

static void a_wide_screen(void **state)
{
	(void)state;
	stream(61);
	draw(40, 120, true);
	/* a minute, a column each second */
	assert_int_equal(canvas_width(&canvas, 3), 120);
	assert_string_equal(canvas_cell(&canvas, 3, 60)->text, "█");
	assert_string_equal(canvas_cell(&canvas, 3, 59)->text, "");
	assert_int_equal(find(" COST"), 5);
	assert_string_equal(row(4), "");
	assert_string_equal(row(10), " queue                 6.00 ms  6.00 ms  6.00 ms   60.0%  "
				     "buffer queueing     ████████████████████████");
	assert_int_not_equal(find(" SLOWEST  "), 40); /* all of them */
	assert_int_equal(find(" s sort"), 39);
}

/* With more than there is room for, each table has some, and says of how many. */
static void a_small_screen_has_some_of_each(void **state)
{
	struct frame frame = {.e2e_ns = 100 * MS, .start_ns = START};
	static struct thread threads[30];

	(void)state;
	for (unsigned int stage = 0; stage < vpipe_path.n_stages; stage++) {
		frame.known |= 1U << stage;
		frame.stages[stage].ns = (1 + stage) * MS;
	}
	for (unsigned int cost = 0; cost < vpipe_path.n_costs; cost++)
		frame.costs[cost] = (1 + cost) * MS;
	for (unsigned int i = 0; i < 30; i++) {
		run_add_frame(&run, &frame);
		live_frame(&live, &frame);
		threads[i] = (struct thread){
			.tid = 100 + i, .began_ns = START, .ended_ns = START + NS_PER_SEC};
		threads[i].account.oncpu_ns = i * MS;
		threads[i].account.blocked_ns = NS_PER_SEC - i * MS;
	}
	live_threads(&live, threads, 30);
	view.now = START + NS_PER_SEC;
	draw(24, 80, true);
	assert_int_equal(find(" COST (5 of 9)"), 4);
	assert_int_equal(find(" STAGE (5 of 10)"), 10);
	assert_int_equal(find(" THREAD (2 of 30)"), 16);
	assert_int_equal(find(" SLOWEST (3 of 16)"), 19);
	/* the largest, and who ran most */
	assert_int_equal(find(" unattributed"), 5);
	assert_int_equal(find(" pickup"), 11);
	assert_int_equal(find("                       129    2.9%    0.0%   97.1%"), 17);
	assert_int_equal(find(" s sort"), 23);
	/* as they are passed */
	view.order = PAGE_BY_PATH;
	draw(24, 80, true);
	assert_int_equal(find(" copies"), 5);
	assert_int_equal(find(" source"), 11);
	/* the chosen one is seen, and stays chosen when another one comes before it */
	view.has_chosen = true;
	view.chosen = worst_get(&live.slowest, 9)->number;
	draw(24, 80, true);
	assert_int_equal(find(">9 "), 22);
	frame.e2e_ns++;
	run_add_frame(&run, &frame);
	live_frame(&live, &frame);
	assert_int_equal(page_chosen(&view), 10);
	draw(24, 80, true);
	assert_int_equal(find(">9 "), 22);
	/* until it is no longer among them */
	for (unsigned int i = 0; i < LIVE_SLOWEST; i++) {
		run_add_frame(&run, &frame);
		live_frame(&live, &frame);
	}
	assert_int_equal(page_chosen(&view), 0);
}

static void on_drop(void *arg, const struct drop *drop)
{
	(void)arg;
	(void)drop;
}

static void devices(void **state)
{
	static const char *const nodes[] = {"video0", "video2"};
	struct cycle cycle = {.done_ns = START + NS_PER_SEC / 2, .owned = 2};

	(void)state;
	assert_int_equal(run_add_devices(&run, nodes, 2, on_drop, NULL), 0);
	run.devices[0].late = 3;
	stream(1);
	live_lost(&live, 5);
	live_drop(&live, &(struct drop){.cause = DROP_HELD, .due_ns = START + NS_PER_SEC / 2});
	live_drop(&live, &(struct drop){.cause = DROP_DRIVER});
	live_drop(&live, &(struct drop){.cause = DROP_DRIVER});
	live_cycle(&live, &cycle);
	cycle.owned = 0;
	live_cycle(&live, &cycle);
	draw(24, 80, true);
	assert_string_equal(row(0), " vpipe-trace top  video0, video2  0:00:01"
				    "                        h help  q quit");
	assert_string_equal(row(1), " 30.0 frames/s   30 in 0:00:01   lost 5   "
				    "depth 0.30 frames, in the queue 0.18");
	assert_string_equal(row(2), " late 3   dropped 3: held 1, driver 2   buffers left 1.0, "
				    "least 0");
	assert_int_equal(canvas_cell(&canvas, 2, canvas_width(&canvas, 2) - 1)->style, STYLE_BAD);
	/* in its second the minute is red */
	assert_int_equal(canvas_cell(&canvas, 3, 79)->style, STYLE_BAD);
}

static void names_do_no_harm(void **state)
{
	struct thread thread = {.tid = 7,
				.comm = "\033[2J\n\xff\xe2\x80",
				.began_ns = START,
				.ended_ns = START + NS_PER_SEC,
				.account.oncpu_ns = NS_PER_SEC};

	(void)state;
	run.facts.vpipe = "/dev/\033]0;x\a<\xe4\xbd\xa0\xc3\xa4>";
	stream(1);
	thread.wakers.top[0] = (struct vpipe_peer){.tid = 8, .count = 1, .comm = "\x1b[31m\r"};
	live_threads(&live, &thread, 1);
	draw(24, 80, true);
	has(" \\x1b[2J\\x0a\\xff         7  100.0%    0.0%    0.0%  \\x1b[31m\\x0d 100%");
	has("/dev/\\x1b]0;x\\x07<?ä>"); /* one that is two columns wide would move the rest */
	draw(24, 80, false);
	has("/dev/\\x1b]0;x\\x07<?\?>");
	for (unsigned int i = 0; i < canvas.rows; i++) {
		for (const char *at = row(i); *at; at++)
			assert_in_range(*at, ' ', '~');
	}
}

static void in_ascii(void **state)
{
	(void)state;
	stream(3);
	draw(24, 80, false);
	assert_string_equal(row(3), " end to end p50 10.0 ms  p99 10.0 ms  max 10.0 ms"
				    "                             ##");
	assert_string_equal(row(5), " buffer queueing       6.00 ms  6.00 ms  6.00 ms   60.0%  "
				    "#############");
	canvas_clear(&canvas);
	canvas_put(&canvas, STYLE_PLAIN, "17.5 µs");
	assert_string_equal(row(0), "17.5 us");
}

static void too_small(void **state)
{
	(void)state;
	stream(1);
	draw(23, 80, true);
	assert_string_equal(row(0), "vpipe-trace top needs 80x24,");
	assert_string_equal(row(1), "this terminal has 80x23.");
	draw(24, 79, true);
	assert_string_equal(row(1), "this terminal has 79x24.");
	for (unsigned int rows = 1; rows < 4; rows++)
		draw(rows, rows, true); /* and does not draw beside it */
	assert_string_equal(row(0), "vpi");
}

/* Whatever its size is: no row is without its place, no text is cut. */
static void help_fits(void **state)
{
	(void)state;
	view.help = true;
	draw(24, 300, true);
	for (unsigned int i = 1; i < canvas.rows; i++)
		assert_in_range(canvas_width(&canvas, i), 0, 80);
	assert_in_range(canvas_used(&canvas), 15, 23);
}

static void a_longer_interval(void **state)
{
	(void)state;
	stream(20);
	view.seconds = 10;
	draw(24, 80, true);
	assert_int_equal(find(" COST                LAST 10 S"), 4);
	has(" 30.0 frames/s   600 in 0:00:20   lost 0   depth 0.30");
	view.paused = true;
	draw(24, 80, true);
	has("/dev/video7  0:00:20  PAUSED");
}

static void bars(void **state)
{
	(void)state;
	assert_int_equal(canvas_init(&canvas, 1, 10, true), 0);
	canvas_bar(&canvas, STYLE_PLAIN, 0, 8);
	assert_int_equal(canvas_width(&canvas, 0), 0);
	canvas_bar(&canvas, STYLE_PLAIN, 0.5, 0);
	assert_int_equal(canvas_width(&canvas, 0), 0);
	canvas_bar(&canvas, STYLE_PLAIN, 0.0001, 8); /* as little as it is, it is seen */
	assert_string_equal(row(0), "▏");
	canvas_clear(&canvas);
	canvas_bar(&canvas, STYLE_PLAIN, 1, 8);
	assert_string_equal(row(0), "████████");
	canvas_clear(&canvas);
	canvas_bar(&canvas, STYLE_PLAIN, 7, 8); /* more than all is all */
	assert_string_equal(row(0), "████████");
	canvas_clear(&canvas);
	for (uint64_t value = 0; value <= 8; value++)
		canvas_spark(&canvas, STYLE_PLAIN, value, 8);
	assert_string_equal(row(0), "▁▂▃▄▅▆▇██");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_figures),   TEST(what_is_not_known_is_no_zero),
		TEST(a_wide_screen), TEST(a_small_screen_has_some_of_each),
		TEST(devices),	     TEST(names_do_no_harm),
		TEST(in_ascii),	     TEST(too_small),
		TEST(help_fits),     TEST(a_longer_interval),
		TEST(bars),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
