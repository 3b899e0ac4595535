// SPDX-License-Identifier: MIT
/* test-live.c - the figures of a run that goes on: its last minute, and all since a reset */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "loader/model/costs.h"
#include "loader/model/live.h"
#include "loader/paths/vpipe.h"

#define MS    1000000ULL
#define SEC   (1000 * MS)
#define START (5000 * SEC + 123456789)

static struct run run;
static struct live live;

static int begin(void **state)
{
	(void)state;
	run_init(&run, &vpipe_path);
	run.facts.start_ns = START;
	return live_init(&live, &run);
}

static int end(void **state)
{
	(void)state;
	live_free(&live);
	run_free(&run);
	return 0;
}

/* It ended @end_ns behind the start; all of it was waiting in the queue, but 1 ms of the copy. */
static void add(uint64_t end_ns, uint64_t e2e_ns)
{
	struct frame frame = {.e2e_ns = e2e_ns, .start_ns = START + end_ns - e2e_ns};

	frame.known = 1U << VPIPE_STAGE_queue | 1U << VPIPE_STAGE_copy;
	frame.stages[VPIPE_STAGE_queue].ns = e2e_ns - MS;
	frame.stages[VPIPE_STAGE_copy].ns = MS;
	frame.costs[COST_queueing] = e2e_ns - MS;
	frame.costs[COST_copies] = MS;
	run_add_frame(&run, &frame);
	live_frame(&live, &frame);
}

/* The sums of @n seconds that are over @now_ns behind the start; all must be known. */
static struct live_sums sums(uint64_t now_ns, unsigned int ago, unsigned int n)
{
	struct live_sums all;

	assert_true(live_sum(&live, START + now_ns, ago, n, &all));
	return all;
}

static void a_second_is_shown_when_it_is_over(void **state)
{
	struct live_sums none, last;

	(void)state;
	add(SEC - 1, 11 * MS);
	add(SEC, 21 * MS); /* that is in the second one */
	assert_false(live_sum(&live, START + SEC - 1, 0, 1, &none));
	assert_int_equal(none.frames, 0);
	last = sums(SEC, 0, 1);
	assert_int_equal(last.frames, 1);
	assert_int_equal(last.e2e_ns, 11 * MS);
	assert_int_equal(last.max_ns, 11 * MS);
	assert_int_equal(last.cost_ns[COST_queueing], 10 * MS);
	assert_int_equal(last.cost_ns[COST_copies], MS);
	assert_int_equal(last.stages[VPIPE_STAGE_queue].ns, 10 * MS);
	assert_int_equal(last.stages[VPIPE_STAGE_queue].frames, 1);
	assert_int_equal(last.stages[VPIPE_STAGE_source].frames, 0);
	assert_int_equal(sums(2 * SEC, 0, 1).max_ns, 21 * MS);
	assert_int_equal(sums(2 * SEC, 0, 2).frames, 2);
	assert_int_equal(sums(2 * SEC, 1, 1).max_ns, 11 * MS);
	assert_int_equal(sums(3 * SEC, 0, 1).frames, 0); /* nothing came in the third */
	assert_int_equal(live.frames, 2);
}

/* Thirty in each of 200 seconds, the Nth N ms longer than the first. */
static void a_minute_is_kept_and_no_more(void **state)
{
	struct live_sums all;

	(void)state;
	for (unsigned int s = 0; s < 200; s++) {
		for (unsigned int i = 0; i < 30; i++)
			add(s * SEC + i * 33 * MS, (2 + s) * MS);
	}
	all = sums(200 * SEC, 0, LIVE_MINUTE);
	assert_int_equal(all.frames, 30 * LIVE_MINUTE);
	assert_int_equal(all.max_ns, 201 * MS);
	for (unsigned int ago = 0; ago < LIVE_MINUTE; ago++)
		assert_int_equal(sums(200 * SEC, ago, 1).max_ns, (201 - ago) * MS);
	assert_false(live_sum(&live, START + 200 * SEC, LIVE_MINUTE, 1, &all));
	assert_false(live_sum(&live, START + 200 * SEC, 1, LIVE_MINUTE, &all));
	assert_int_equal(live.frames, 6000);
	/* a quiet minute later none of it is shown */
	assert_int_equal(sums(260 * SEC, 0, LIVE_MINUTE).frames, 0);
}

static void who_comes_late_is_in_its_own_second(void **state)
{
	(void)state;
	add(70 * SEC, 5 * MS);
	add(69 * SEC, 7 * MS);
	add(SEC, 900 * MS); /* its second is forgotten; it is counted all the same */
	assert_int_equal(sums(71 * SEC, 0, 1).max_ns, 5 * MS);
	assert_int_equal(sums(71 * SEC, 1, 1).max_ns, 7 * MS);
	assert_int_equal(sums(71 * SEC, 0, LIVE_MINUTE).frames, 2);
	assert_int_equal(live.frames, 3);
	assert_int_equal(worst_get(&live.slowest, 0)->e2e_ns, 900 * MS);
}

static void figures_are_of_all_since_the_reset(void **state)
{
	struct latency e2e, queue;

	(void)state;
	for (unsigned int i = 1; i <= 100; i++)
		add(i * 10 * MS, (1 + i) * MS);
	e2e = latency_of(live_e2e(&live));
	queue = latency_of(live_cost(&live, COST_queueing));
	assert_int_equal(e2e.count, 100);
	assert_int_equal(e2e.max_ns, 101 * MS);
	assert_in_range(e2e.p50_ns, 51 * MS * 99 / 100, 51 * MS * 101 / 100);
	assert_in_range(e2e.p99_ns, 100 * MS * 99 / 100, 100 * MS * 101 / 100);
	assert_int_equal(queue.total_ns, 5050 * MS);
	assert_int_equal(latency_of(live_cost(&live, COST_copies)).total_ns, 100 * MS);
	assert_int_equal(latency_of(live_stage(&live, VPIPE_STAGE_queue)).total_ns, 5050 * MS);
	assert_int_equal(latency_of(live_stage(&live, VPIPE_STAGE_pickup)).count, 0);

	live_lost(&live, 3);
	live_reset(&live, START + 2 * SEC);
	assert_int_equal(latency_of(live_e2e(&live)).count, 0);
	assert_int_equal(latency_of(live_cost(&live, COST_queueing)).count, 0);
	assert_int_equal(live.frames, 0);
	assert_int_equal(live.slowest.n, 0);
	assert_int_equal(live.since_ns, START + 2 * SEC);
	assert_int_equal(live.lost - live.lost_before, 0);
	live_lost(&live, 7);
	assert_int_equal(live.lost - live.lost_before, 4);
	/* the minute goes on */
	assert_int_equal(sums(2 * SEC, 1, 1).frames, 99);
	add(2 * SEC, 3 * MS);
	assert_int_equal(latency_of(live_e2e(&live)).max_ns, 3 * MS);
}

static void the_slowest_come_first(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++)
		add(i * MS + SEC, (2 + i * 37 % 100) * MS); /* each from 2 to 101 once */
	assert_int_equal(live.slowest.n, LIVE_SLOWEST);
	for (unsigned int i = 0; i < LIVE_SLOWEST; i++)
		assert_int_equal(worst_get(&live.slowest, i)->e2e_ns, (101 - i) * MS);
	add(2 * SEC, 101 * MS); /* as slow as the first: it comes behind it */
	assert_true(worst_get(&live.slowest, 0)->number < 100);
	assert_int_equal(worst_get(&live.slowest, 1)->number, 100);
	assert_int_equal(worst_get(&live.slowest, LIVE_SLOWEST - 1)->e2e_ns,
			 (103 - LIVE_SLOWEST) * MS);
}

static void drops_and_buffers(void **state)
{
	struct cycle cycle = {.done_ns = START + SEC / 2, .owned = 3};
	struct live_sums last;

	(void)state;
	live_drop(&live, &(struct drop){.cause = DROP_HELD, .due_ns = START + SEC / 2});
	live_drop(&live, &(struct drop){.cause = DROP_HELD}); /* when, is not known */
	live_drop(&live, &(struct drop){.cause = DROP_DRIVER, .due_ns = START + 3 * SEC / 2});
	assert_int_equal(live.drops[DROP_HELD], 2);
	assert_int_equal(live.drops[DROP_DRIVER], 1);
	assert_int_equal(sums(SEC, 0, 1).drops, 1);
	assert_int_equal(sums(SEC, 0, 1).cycles, 0);
	live_cycle(&live, &cycle);
	cycle.owned = 1;
	live_cycle(&live, &cycle);
	cycle.owned = 2;
	live_cycle(&live, &cycle);
	cycle.owned = VPIPE_OWNED_UNKNOWN;
	live_cycle(&live, &cycle);
	cycle = (struct cycle){.done_ns = START + SEC / 2, .owned = 0, .is_input = true};
	live_cycle(&live, &cycle);
	last = sums(SEC, 0, 1);
	assert_int_equal(last.cycles, 3);
	assert_int_equal(last.left, 6);
	assert_int_equal(last.least, 1);
	cycle = (struct cycle){.done_ns = START + 3 * SEC / 2, .owned = 5};
	live_cycle(&live, &cycle);
	assert_int_equal(sums(2 * SEC, 0, 2).least, 1);
	assert_int_equal(sums(2 * SEC, 0, 1).least, 5);
}

/* Thread 10 as it was @ns behind the start, a tenth of it on a CPU, a fifth waiting. */
static struct thread thread_at(uint64_t ns)
{
	return (struct thread){
		.tid = 10,
		.comm = "reader",
		.began_ns = START,
		.ended_ns = START + ns,
		.account = {.oncpu_ns = ns / 10,
			    .runq_ns = ns / 5,
			    .blocked_ns = ns - ns / 10 - ns / 5},
	};
}

static void threads_since_the_last_time(void **state)
{
	struct thread threads[2] = {thread_at(SEC)};

	(void)state;
	live_threads(&live, threads, 1);
	assert_int_equal(live.threads[0].ns, SEC);
	assert_int_equal(live.threads[0].oncpu_ns, 100 * MS);
	/* another one, and this one slept */
	threads[1] = thread_at(2 * SEC);
	threads[1].account = threads[0].account;
	threads[1].account.blocked_ns += SEC;
	threads[0] =
		(struct thread){.tid = 9, .began_ns = START + SEC, .ended_ns = START + 2 * SEC};
	threads[0].account.runq_ns = SEC;
	live_threads(&live, threads, 2);
	assert_int_equal(live.n_threads, 2);
	assert_int_equal(live.threads[0].runq_ns, SEC);
	assert_int_equal(live.threads[1].ns, SEC);
	assert_int_equal(live.threads[1].oncpu_ns, 0);
	assert_int_equal(live.threads[1].blocked_ns, SEC);
	/* read while it was changed: not known, until the next time */
	threads[0] = threads[1];
	threads[0].ended_ns += SEC;
	threads[0].account.oncpu_ns += SEC - 1;
	live_threads(&live, threads, 1);
	assert_int_equal(live.threads[0].ns, 0);
	/* the id is another thread's by now */
	threads[0] = thread_at(4 * SEC);
	threads[0].began_ns = START + 3 * SEC;
	threads[0].account = (struct vpipe_account){.oncpu_ns = SEC};
	live_threads(&live, threads, 1);
	assert_int_equal(live.threads[0].ns, SEC);
	assert_int_equal(live.threads[0].oncpu_ns, SEC);
}

static void who_wakes(void **state)
{
	struct thread thread = thread_at(SEC);
	char name[VPIPE_COMM_LEN + 1];
	double share = 0;

	(void)state;
	assert_null(live_waker(&thread, &share));
	thread.wakers.top[0] =
		(struct vpipe_peer){.tid = 77, .count = 1, .comm = "sixteen bytes it"};
	thread.wakers.top[1] = (struct vpipe_peer){.tid = VPIPE_PEER_IDLE, .count = 6};
	thread.wakers.others = 1;
	assert_ptr_equal(live_waker(&thread, &share), &thread.wakers.top[1]);
	assert_true(share == 0.75);
	live_threads(&live, &thread, 1);
	live_name(&live, 10, name);
	assert_string_equal(name, "reader");
	live_name(&live, 77, name);
	assert_string_equal(name, "sixteen bytes it");
	live_name(&live, 78, name);
	assert_string_equal(name, "");
}

static void late_is_that_of_the_devices(void **state)
{
	struct device_sums devices[2] = {{.late = 2}, {.late = 5}};

	(void)state;
	run.devices = devices;
	run.n_devices = 2;
	live_lost(&live, 0);
	assert_int_equal(live.late, 7);
	live_reset(&live, START + SEC);
	run.devices[1].late = 6;
	live_lost(&live, 0);
	assert_int_equal(live.late - live.late_before, 1);
	run.devices = NULL;
	run.n_devices = 0;
}

static void a_copy_stays_as_it_is(void **state)
{
	struct live *copy = malloc(sizeof(*copy));

	(void)state;
	assert_non_null(copy);
	assert_int_equal(live_init(copy, &run), 0);
	add(SEC / 2, 5 * MS);
	live_copy(copy, &live);
	add(SEC / 2, 9 * MS);
	live_reset(&live, START + SEC);
	assert_int_equal(copy->frames, 1);
	assert_int_equal(latency_of(live_e2e(copy)).max_ns, 5 * MS);
	assert_int_equal(worst_get(&copy->slowest, 0)->e2e_ns, 5 * MS);
	live_free(copy);
	free(copy);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_second_is_shown_when_it_is_over),
		TEST(a_minute_is_kept_and_no_more),
		TEST(who_comes_late_is_in_its_own_second),
		TEST(figures_are_of_all_since_the_reset),
		TEST(the_slowest_come_first),
		TEST(drops_and_buffers),
		TEST(threads_since_the_last_time),
		TEST(who_wakes),
		TEST(late_is_that_of_the_devices),
		TEST(a_copy_stays_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
