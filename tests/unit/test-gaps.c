// SPDX-License-Identifier: MIT
/*
 * test-gaps.c - why frames did not come: of cameras and applications whose every step is known
 *
 * A world is a camera that makes a frame each period, a driver that needs a buffer for it, and an
 * application. It notes of each frame what became of it; what is found out by the cycles must be that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/hist.h"
#include "loader/model/gaps.h"

#define US     1000ULL
#define MS     (1000 * US)
#define START  (1000000 * MS)
#define PERIOD (100 * MS / 3)
#define FRAMES 4096
#define CAME   DROP_CAUSE_COUNT
#define HOLDER 4711

static struct device_sums sums[2];
static struct gaps gaps;
static struct drop drops[FRAMES];
static unsigned int n_drops;
static struct cycle cycles[FRAMES]; /* as they were added */
static unsigned int n_cycles;

static void on_drop(void *arg, const struct drop *drop)
{
	assert_ptr_equal(arg, &gaps);
	drops[n_drops++ % FRAMES] = *drop;
}

static int setup(void **state)
{
	(void)state;
	memset(sums, 0, sizeof(sums));
	memset(&gaps, 0, sizeof(gaps));
	gaps.devices = sums;
	gaps.drop = on_drop;
	gaps.arg = &gaps;
	n_drops = n_cycles = 0;
	return 0;
}

static void add_more(struct cycle cycle)
{
	gaps_add(&gaps, &cycle);
	cycles[n_cycles++ % FRAMES] = cycle;
}

/* The same, and what it shows is told at once. */
static void add(struct cycle cycle)
{
	add_more(cycle);
	gaps_settle(&gaps);
}

struct world {
	/* how it is */
	unsigned int buffers;
	bool parallel; /* the application dequeues while it holds others */
	uint64_t hold_ns,
		long_ns; /* how long it holds a buffer, and each that is the last of @every */
	unsigned int every;
	unsigned int lost_each, failed_each; /* the driver loses, or marks, the last of so many */
	unsigned int
		skipped_each; /* the camera makes no frame in each such period, nor counts it */
	uint64_t jitter_ns, period_ns;
	uint32_t first; /* sequence */
	unsigned int device;
	uint32_t queue;
	/* where it stands */
	unsigned int frame, tick, n_taken;
	uint64_t now, free_ns, dqbuf_ns;
	struct cycle given[8], done[8], held[8];
	uint64_t back_ns[8]; /* when a held one is given back */
	unsigned int n_given, n_done, n_held;
	/* what became of each frame, and when it was due */
	enum drop_cause fate[FRAMES];
	uint64_t due_ns[FRAMES];
};

static struct cycle take_out(struct cycle *list, unsigned int *n)
{
	struct cycle first = list[0];

	memmove(list, list + 1, --*n * sizeof(list[0]));
	return first;
}

static void give(struct world *world, unsigned int index, uint64_t ns)
{
	struct cycle cycle = {
		.device = world->device, .queue = world->queue, .index = index, .given_ns = ns};

	if (!world->n_given && world->dqbuf_ns)
		cycle.holder = (struct holder){HOLDER, world->dqbuf_ns, true, 100 * US, 200 * US};
	world->given[world->n_given++] = cycle;
}

static void begin(struct world *world)
{
	if (!world->period_ns)
		world->period_ns = PERIOD;
	world->now = world->now ? world->now + 10 * world->period_ns : START;
	for (unsigned int i = 0; i < world->buffers; i++)
		give(world, i, world->now - MS + i);
}

static void dequeue(struct world *world, uint64_t ns)
{
	struct cycle cycle = take_out(world->done, &world->n_done);
	bool is_long = world->every && ++world->n_taken % world->every == 0;
	unsigned int at = world->n_held++;

	cycle.taken_ns = world->dqbuf_ns = ns;
	add_more(cycle);
	world->held[at] = cycle;
	world->back_ns[at] = ns + (is_long ? world->long_ns : world->hold_ns);
	if (!world->parallel)
		world->free_ns = world->back_ns[at] + 20 * US;
}

/* The application goes on, up to @ns. */
static void go_on(struct world *world, uint64_t ns)
{
	for (;;) {
		uint64_t dequeue_ns = UINT64_MAX,
			 back_ns = world->n_held ? world->back_ns[0] : UINT64_MAX;

		if (world->n_done)
			dequeue_ns = world->done[0].done_ns + 50 * US;
		if (world->n_done && dequeue_ns < world->free_ns)
			dequeue_ns = world->free_ns;
		if (dequeue_ns > ns && back_ns > ns)
			return;
		if (dequeue_ns < back_ns) {
			dequeue(world, dequeue_ns);
			continue;
		}
		give(world, take_out(world->held, &world->n_held).index, back_ns);
		memmove(world->back_ns, world->back_ns + 1, sizeof(world->back_ns) - 8);
	}
}

static bool is_each(unsigned int frame, unsigned int each)
{
	return each && frame % each == each - 1;
}

/* A frame is there, at @ns. */
static enum drop_cause arrive(struct world *world, uint64_t ns)
{
	struct cycle cycle;

	if (is_each(world->frame, world->lost_each))
		return DROP_DRIVER;
	if (!world->n_given)
		return world->n_held > world->n_done ? DROP_HELD : DROP_NOT_DEQUEUED;
	cycle = take_out(world->given, &world->n_given);
	cycle.sequence = world->first + world->frame;
	cycle.done_ns = ns;
	cycle.owned = world->n_given;
	cycle.error = is_each(world->frame, world->failed_each);
	world->done[world->n_done++] = cycle;
	return cycle.error ? DROP_ERROR : CAME;
}

/* One period passes. */
static void tick(struct world *world)
{
	uint64_t jitter = world->jitter_ns ? (uint64_t)random() % world->jitter_ns : 0;

	world->now += world->period_ns;
	if (is_each(world->tick++, world->skipped_each))
		return;
	go_on(world, world->now + jitter);
	world->due_ns[world->frame] = world->now + jitter;
	world->fate[world->frame] = arrive(world, world->now + jitter);
	world->frame++;
}

static void run(struct world *world, unsigned int frames)
{
	begin(world);
	while (world->frame < frames)
		tick(world);
	go_on(world, world->now + 1000 * MS);
	gaps_settle(&gaps);
}

/* Frames of @fate up to the last one that came: what is behind it nobody can see. */
static unsigned int count(const struct world *world, enum drop_cause fate)
{
	unsigned int last = world->frame, n = 0;

	while (world->fate[last - 1] != CAME && world->fate[last - 1] != DROP_ERROR)
		last--;
	for (unsigned int i = 0; i < last; i++)
		n += world->fate[i] == fate;
	return n;
}

/* Each drop is what it was, when it was, and none is left out. */
static void assert_true_to(const struct world *world)
{
	unsigned int all = 0;

	for (unsigned int i = 0; i < n_drops; i++) {
		const struct drop *drop = &drops[i];
		unsigned int frame = drop->sequence - world->first;
		uint64_t due = world->due_ns[frame];

		assert_int_equal(drop->queue, world->queue);
		assert_int_equal(drop->cause, world->fate[frame]);
		assert_in_range(drop->due_ns, due - 10, due + 10);
		assert_true(!i || frame > drops[i - 1].sequence - world->first);
	}
	for (enum drop_cause cause = 0; cause < DROP_CAUSE_COUNT; cause++) {
		assert_int_equal(sums[world->device].drops[cause], count(world, cause));
		all += count(world, cause);
	}
	assert_int_equal(n_drops, all);
	assert_in_range(sums[world->device].period_ns, world->period_ns - 10,
			world->period_ns + 10);
}

/* The first frame is held 200 ms, the second one waits for that long: five are missing, and so on. */
static void test_two_buffers(void **state)
{
	static struct world world = {.buffers = 2, .hold_ns = 200 * MS};
	uint64_t oncpu;

	(void)state;
	run(&world, 300);
	assert_true_to(&world);
	assert_int_equal(n_drops, 49 * 5);
	assert_int_equal(sums[0].drops[DROP_NOT_DEQUEUED], n_drops);
	assert_int_equal(sums[0].frames, 51);
	assert_int_equal(drops[0].sequence, 2);
	assert_int_equal(drops[0].starved_ns, START + 2 * PERIOD);
	assert_int_equal(drops[0].refilled_ns, START + PERIOD + 50 * US + 200 * MS);
	assert_int_equal(drops[0].buffers, 2);
	assert_int_equal(drops[0].waiting, 1);
	assert_int_equal(drops[0].held, 1);
	assert_int_equal(drops[0].holder.tid, HOLDER);
	assert_int_equal(drops[0].holder.since_ns, START + PERIOD + 50 * US);
	assert_true(drop_oncpu(&drops[0], &oncpu));
	assert_int_equal(oncpu, 200 * MS - 300 * US);
	assert_int_equal(hist_total(&sums[0].done_hist), 1); /* the others are no neighbours */
	assert_int_equal(hist_total(&sums[0].taken_hist), 1);
	assert_int_equal(sums[0].late, 0);
}

static void test_held(void **state)
{
	static struct world world = {.buffers = 3, .parallel = true, .hold_ns = 150 * MS};

	(void)state;
	run(&world, 300);
	assert_true_to(&world);
	assert_true(n_drops > 100);
	assert_int_equal(sums[0].drops[DROP_HELD], n_drops);
	assert_int_equal(drops[0].held, 3);
	assert_int_equal(drops[0].waiting, 0);
}

/* 150 ms: two are done meanwhile, two are missing. 120 ms with two buffers: one and two. */
static void test_now_and_then(void **state)
{
	static struct world eighth = {
		.buffers = 3, .hold_ns = 5 * MS, .long_ns = 150 * MS, .every = 8};
	static struct world fifth = {
		.buffers = 2, .hold_ns = 5 * MS, .long_ns = 120 * MS, .every = 5};

	run(&eighth, 395);
	assert_true_to(&eighth);
	assert_int_equal(sums[0].drops[DROP_NOT_DEQUEUED], 2 * (sums[0].frames / 8));
	setup(state);
	run(&fifth, 395);
	assert_true_to(&fifth);
	assert_int_equal(sums[0].drops[DROP_NOT_DEQUEUED], 2 * (sums[0].frames / 5));
}

static void test_driver(void **state)
{
	static struct world world = {.buffers = 4, .hold_ns = 5 * MS, .lost_each = 5};

	(void)state;
	run(&world, 201);
	assert_true_to(&world);
	assert_int_equal(sums[0].drops[DROP_DRIVER], 40);
	assert_int_equal(drops[0].buffers, 4);
	assert_false(drop_is_starved(&drops[0]));
	assert_int_equal(drops[0].starved_ns + drops[0].refilled_ns + drops[0].held, 0);
}

static void test_errors(void **state)
{
	static struct world world = {.buffers = 4, .hold_ns = 5 * MS, .failed_each = 7};

	(void)state;
	run(&world, 70);
	assert_true_to(&world);
	assert_int_equal(sums[0].drops[DROP_ERROR], 10);
	assert_int_equal(sums[0].frames, 70);
	assert_int_equal(drops[0].sequence, 6);
}

/* A camera that leaves out a period without counting it is late. */
static void test_late(void **state)
{
	static struct world world = {.buffers = 4, .hold_ns = 5 * MS, .skipped_each = 6};

	(void)state;
	run(&world, 100);
	assert_true_to(&world);
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[0].late, 19);
	assert_int_equal(sums[0].late_starved, 0);
	assert_int_equal(hist_total(&sums[0].done_hist), 99);
	assert_in_range(hist_max(&sums[0].done_hist), 2 * PERIOD - 10, 2 * PERIOD + 10);
}

/* A stream may begin with intervals that are too short; its period is that of the others. */
static void test_late_early(void **state)
{
	uint64_t done = START;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		done += i < 3 ? PERIOD / 4 : i == 5 ? 2 * PERIOD : PERIOD;
		add((struct cycle){.index = i % 2,
				   .sequence = i,
				   .owned = 1,
				   .given_ns = done - PERIOD / 8,
				   .done_ns = done,
				   .taken_ns = done + MS});
		assert_int_equal(sums[0].late, i >= 8);
	}
	assert_int_equal(sums[0].late_starved, 0);
}

/* A driver that does not count while it has no buffer is late, and it is not its source's doing. */
static void test_late_starved(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		uint64_t done = START + (i + i / 10) * PERIOD;

		add((struct cycle){.index = i % 2,
				   .sequence = i,
				   .owned = i % 10 != 9,
				   .given_ns = done - (i % 10 ? PERIOD : MS),
				   .done_ns = done,
				   .taken_ns = done + MS});
	}
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[0].late, 1);
	assert_int_equal(sums[0].late_starved, 1);
	assert_int_equal(sums[0].period_ns, PERIOD);
}

/* Emulated, a camera is late by ms; the cause is that of the frame all the same. */
static void test_jitter(void **state)
{
	static struct world world = {.buffers = 2, .hold_ns = 200 * MS, .jitter_ns = 6 * MS};
	static struct world quick = {
		.buffers = 4, .hold_ns = 5 * MS, .jitter_ns = 6 * MS, .lost_each = 9};

	srandom(20);
	run(&world, 600);
	assert_int_equal(n_drops, count(&world, DROP_NOT_DEQUEUED));
	assert_int_equal(sums[0].drops[DROP_NOT_DEQUEUED], n_drops);
	setup(state);
	run(&quick, 600);
	assert_int_equal(sums[0].drops[DROP_DRIVER], count(&quick, DROP_DRIVER));
	assert_int_equal(n_drops, sums[0].drops[DROP_DRIVER]);
	assert_int_equal(sums[0].late, 0);
	assert_in_range(sums[0].period_ns, PERIOD - 2 * MS, PERIOD + 2 * MS);
}

/* A stream begins anew, whether or not STREAMOFF handed buffers back. */
static void test_restarts(void **state)
{
	static struct world world = {.buffers = 4, .hold_ns = 5 * MS, .lost_each = 5};

	for (int handed_back = 0; handed_back < 2; handed_back++) {
		setup(state);
		memset(&world.now, 0, sizeof(world) - offsetof(struct world, now));
		for (int stream = 0; stream < 3; stream++) {
			world.frame = world.n_given = 0;
			run(&world, 11);
			for (unsigned int i = 0; handed_back && i < 3; i++)
				add((struct cycle){
					.index = i, .error = true, .done_ns = world.now});
		}
		assert_int_equal(sums[0].drops[DROP_DRIVER], 6);
		assert_int_equal(n_drops, 6);
		assert_int_equal(sums[0].frames, 27);
		assert_int_equal(sums[0].restarts, 2);
		assert_int_equal(sums[0].late, 0);
		world.n_held = 0;
	}
}

static struct cycle plain(uint32_t sequence, unsigned int periods);

/* A snapshot each second, of a driver that begins with 0 each time, or goes on counting. */
static void test_snapshots(void **state)
{
	for (int counts = 0; counts < 2; counts++) {
		setup(state);
		for (unsigned int i = 0; i < 20; i++) {
			struct cycle cycle = plain(counts ? 2 * i : 0, 30 * i);

			cycle.begins = i;
			add(cycle);
		}
		assert_int_equal(n_drops, 0);
		assert_int_equal(sums[0].frames, 20);
		assert_int_equal(sums[0].restarts, 19);
		assert_int_equal(sums[0].unnumbered, 0);
		assert_int_equal(hist_total(&sums[0].done_hist), 0);
	}
}

/* A frame that came at once, with its buffer given back before the next one. */
static struct cycle plain(uint32_t sequence, unsigned int periods)
{
	uint64_t done = START + periods * PERIOD;

	return (struct cycle){.index = periods % 4,
			      .sequence = sequence,
			      .owned = 3,
			      .given_ns = done - 3 * PERIOD,
			      .done_ns = done,
			      .taken_ns = done + MS};
}

/* OUTPUT buffers of a mem2mem device have times, but are no frames, however they are numbered. */
static void test_input(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 20; i++) {
		struct cycle input = plain(3 * i, i);

		input.is_input = true;
		input.error = i == 7;
		input.queue = 1;
		add(input);
		add(plain(i, i));
	}
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[0].frames, 20);
	assert_int_equal(sums[0].restarts, 0);
	assert_true(cycles[8].times.has_fill && cycles[9].times.has_fill);
	assert_int_equal(cycles[8].times.fill_ns, cycles[9].times.fill_ns);
}

/* Of a driver that does not number its frames nothing can be said but that. */
static void test_unnumbered(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 50; i++)
		add(plain(0, i + i / 10));
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[0].frames, 50);
	assert_int_equal(sums[0].unnumbered, 49);
	assert_int_equal(sums[0].late, 4);
	assert_int_equal(sums[0].restarts, 0);
	/* its period is that of the last stream that had one */
	add(plain(UINT32_MAX, 60));
	assert_int_equal(sums[0].restarts, 1);
	assert_int_equal(sums[0].period_ns, PERIOD);
}

static void test_wrap(void **state)
{
	static struct world world = {.buffers = 2, .hold_ns = 200 * MS, .first = UINT32_MAX - 4};

	(void)state;
	run(&world, 30);
	assert_true_to(&world);
	assert_int_equal(drops[0].sequence, UINT32_MAX - 2);
	assert_int_equal(drops[4].sequence, 1);
}

/* Frames whose records were lost may have come; other queues have lost none. */
static void test_lost(void **state)
{
	struct cycle other = plain(0, 0);

	(void)state;
	other.queue = 1;
	add(plain(0, 0));
	add(other);
	gaps_lost(&gaps);
	add(plain(3, 3));
	other = plain(1, 1);
	other.queue = 1;
	add(other);
	assert_true(cycles[3].times.has_fill);
	assert_false(cycles[2].times.has_fill);
	assert_int_equal(n_drops, 2);
	assert_int_equal(sums[0].drops[DROP_UNKNOWN], 2);
	assert_int_equal(drops[0].due_ns, START + PERIOD);
	assert_int_equal(drops[1].due_ns, START + 2 * PERIOD);
	add(plain(5, 5));
	assert_int_equal(sums[0].drops[DROP_DRIVER], 1);
}

/* Where buffers were is known again when each has come once. */
static void test_stale(void **state)
{
	struct cycle cycle;

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		add(plain(i, i));
	gaps_lost(&gaps);
	for (unsigned int i = 5; i < 17; i += 3) {
		cycle = plain(i, i);
		cycle.owned = 0;
		cycle.given_ns = cycle.done_ns - MS;
		add(cycle);
		cycle = plain(i + 1, i + 1);
		cycle.owned = 0;
		cycle.given_ns = cycle.done_ns - MS;
		add(cycle);
	}
	/* 4 in the hole; 7 and 10 before buffer 3 came again, behind 10; 13 */
	assert_int_equal(n_drops, 4);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(drops[i].cause, DROP_UNKNOWN);
	assert_int_equal(drops[3].cause, DROP_HELD);
}

/* What was not seen is not guessed. */
static void test_unseen(void **state)
{
	struct cycle before = plain(0, 0), behind = plain(2, 2);

	before.owned = 0;
	behind.given_ns = 0;
	add(before);
	add(behind);
	assert_int_equal(drops[0].cause, DROP_UNKNOWN);
	assert_int_equal(drops[0].due_ns, START + PERIOD);
	setup(state);
	before.done_ns = 0;
	add(before);
	add(plain(2, 2));
	assert_int_equal(drops[0].cause, DROP_UNKNOWN);
	assert_int_equal(drops[0].due_ns, 0);
	setup(state);
	add(plain(0, 0));
	add(plain(1, 1));
	before = plain(2, 2);
	before.done_ns = 0;
	add(before);
	add(plain(4, 4));
	assert_false(cycles[3].times.has_fill);
	assert_int_equal(drops[0].cause, DROP_UNKNOWN);
	assert_int_equal(drops[0].due_ns, START + 3 * PERIOD);
	setup(state);
	behind = plain(5, 5);
	behind.done_ns = 0;
	add(plain(0, 0));
	add(behind);
	assert_int_equal(n_drops, 4);
	assert_int_equal(sums[0].drops[DROP_UNKNOWN], 4);
	assert_int_equal(drops[0].due_ns, 0);
	assert_int_equal(sums[0].restarts, 0);
}

/* Two cameras of other periods, one with a slow application. */
static void test_interleaved(void **state)
{
	static struct world slow = {.buffers = 2, .hold_ns = 200 * MS, .queue = 9};
	static struct world fast = {.buffers = 4,
				    .hold_ns = MS,
				    .lost_each = 10,
				    .period_ns = PERIOD / 4,
				    .device = 1,
				    .queue = 8};
	uint64_t driver = 0;

	(void)state;
	begin(&slow);
	begin(&fast);
	for (unsigned int i = 0; i < 800; i++) {
		tick(&fast);
		if (i % 4 == 3)
			tick(&slow);
	}
	go_on(&slow, slow.now + 1000 * MS);
	gaps_settle(&gaps);
	assert_int_equal(sums[0].drops[DROP_NOT_DEQUEUED], count(&slow, DROP_NOT_DEQUEUED));
	assert_int_equal(sums[1].drops[DROP_DRIVER], 79);
	for (unsigned int i = 0; i < n_drops; i++)
		driver += drops[i].device == 1 && drops[i].queue == 8 &&
			  drops[i].cause == DROP_DRIVER;
	assert_int_equal(driver, 79);
	assert_int_equal(n_drops, 79 + sums[0].drops[DROP_NOT_DEQUEUED]);
	assert_in_range(sums[0].period_ns, PERIOD - 10, PERIOD + 10);
	assert_in_range(sums[1].period_ns, PERIOD / 4 - 10, PERIOD / 4 + 10);
}

/* Two threads dequeue, and what the second one got is told first: no frame is missing. */
static void test_overtaken(void **state)
{
	static const uint32_t order[] = {0, 1, 2, 4, 3, 5, 7, 6, 8, 9, 12, 10, 11, 13};
	static const uint32_t gap[] = {14, 16, 17};

	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		struct cycle cycle = plain(order[i], order[i]);

		cycle.taken_ns = START + 14 * PERIOD + i * MS;
		add_more(cycle);
	}
	assert_int_equal(n_drops, 0);
	assert_int_equal(sums[0].frames, 14);
	assert_int_equal(sums[0].restarts, 0);
	for (size_t i = 0; i < sizeof(gap) / sizeof(gap[0]); i++)
		add(plain(gap[i], gap[i]));
	assert_int_equal(n_drops, 1);
	assert_int_equal(drops[0].sequence, 15);
}

/* No period is known but that of the gap itself. */
static void test_first_gap(void **state)
{
	struct cycle starved = plain(13, 13);

	add(plain(0, 0));
	add(plain(3, 3));
	assert_int_equal(n_drops, 2);
	assert_int_equal(drops[0].cause, DROP_DRIVER);
	assert_int_equal(drops[0].due_ns, START + PERIOD);
	assert_int_equal(drops[1].due_ns, START + 2 * PERIOD);
	assert_int_equal(drops[0].buffers, 4); /* of which two were not seen yet */
	/* met by a recording, in the middle of holds of 200 ms */
	setup(state);
	starved.owned = 0;
	starved.taken_ns += 200 * MS;
	add(starved);
	starved = plain(19, 19);
	starved.given_ns = starved.done_ns - 10 * MS;
	add(starved);
	assert_int_equal(n_drops, 5);
	assert_int_equal(sums[0].drops[DROP_NOT_DEQUEUED], 5);
	assert_int_equal(drops[0].due_ns, START + 14 * PERIOD);
	assert_int_equal(sums[0].period_ns, PERIOD);
}

/* The driver had none, got one, and lost a frame nevertheless. */
static void test_both(void **state)
{
	struct cycle cycle = plain(1, 1);

	(void)state;
	add(plain(0, 0));
	cycle.owned = 0;
	add(cycle);
	cycle = plain(4, 4);
	cycle.given_ns = START + PERIOD + 10 * MS;
	add(cycle);
	assert_int_equal(n_drops, 2);
	assert_int_equal(drops[0].cause, DROP_HELD);
	assert_int_equal(drops[1].cause, DROP_DRIVER);
}

/* Two wait while one is held; then they are dequeued and held as well. */
static void test_turn(void **state)
{
	struct cycle cycle;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		cycle = plain(i, i);
		cycle.owned = 2 - i;
		cycle.taken_ns = START + (i ? 4 * PERIOD - MS : MS);
		add(cycle);
	}
	cycle = plain(5, 5);
	cycle.index = 0;
	cycle.given_ns = START + 4 * PERIOD + MS;
	add(cycle);
	assert_int_equal(n_drops, 2);
	assert_int_equal(drops[0].cause, DROP_NOT_DEQUEUED);
	assert_int_equal(drops[0].waiting, 2);
	assert_int_equal(drops[1].cause, DROP_HELD);
	assert_int_equal(drops[1].waiting, 0);
	assert_int_equal(drops[1].held, 3);
}

/* The frame behind a gap is late: its neighbours are due by the period, not by that. */
static void test_late_behind(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		add(plain(i, i));
	add(plain(6, 8));
	assert_int_equal(n_drops, 1);
	assert_int_equal(drops[0].due_ns, START + 7 * PERIOD);
}

/*
 * The frame before a gap is late, as a thread without a CPU makes it, and the one behind comes at once:
 * those in between were due while the driver still had the buffer of the late one, its last or not.
 */
static void test_late_before(void **state)
{
	struct cycle late;

	for (uint32_t owned = 0; owned < 2; owned++) {
		late = plain(10, 22);
		late.given_ns = START + 8 * PERIOD;

		setup(state);
		for (unsigned int i = 0; i < 10; i++)
			add(plain(i, i));
		late.owned = owned;
		add(late);
		late = plain(23, 23);
		late.done_ns -= PERIOD - MS;
		late.given_ns = late.done_ns - MS / 2;
		add(late);
		assert_int_equal(sums[0].restarts, 0);
		assert_int_equal(n_drops, 12);
		assert_int_equal(sums[0].drops[DROP_DRIVER], 12);
		assert_int_equal(drops[11].sequence, 22);
		assert_in_range(drops[11].due_ns, START + 21 * PERIOD, START + 22 * PERIOD);
		assert_in_range(drops[0].due_ns, START + 10 * PERIOD, START + 11 * PERIOD);
	}
	/* before it had that one, nobody knows what it had */
	setup(state);
	for (unsigned int i = 0; i < 10; i++)
		add(plain(i, i));
	late = plain(10, 22);
	late.given_ns = START + 15 * PERIOD;
	add(late);
	late = plain(23, 23);
	late.done_ns -= PERIOD - MS;
	add(late);
	assert_int_equal(n_drops, 12);
	assert_int_equal(sums[0].drops[DROP_UNKNOWN], 6);
	assert_int_equal(sums[0].drops[DROP_DRIVER], 6);
	assert_int_equal(drops[5].cause, DROP_UNKNOWN);
	assert_int_equal(drops[6].cause, DROP_DRIVER);
	/* met by a recording that is not sure of the period yet */
	setup(state);
	for (unsigned int i = 0; i < 5; i++)
		add(plain(i, i));
	add(plain(5, 14));
	late = plain(15, 15);
	late.done_ns -= PERIOD - MS;
	add(late);
	assert_int_equal(sums[0].restarts, 0);
	assert_int_equal(n_drops, 9);
	assert_in_range(drops[0].due_ns, START + 5 * PERIOD, START + 6 * PERIOD);
	/* a sequence for which there was no time at all begins anew */
	add(plain(1000, 30));
	assert_int_equal(sums[0].restarts, 1);
	assert_int_equal(n_drops, 9);
}

static void test_oncpu(void **state)
{
	struct drop drop = {.refilled_ns = 1000, .holder = {HOLDER, 400, true, 100, 200}};
	uint64_t ns;

	(void)state;
	assert_true(drop_oncpu(&drop, &ns));
	assert_int_equal(ns, 300);
	drop.holder.blocked_ns = 501;
	assert_false(drop_oncpu(&drop, &ns));
	drop.holder = (struct holder){HOLDER, 400, false, 0, 0};
	assert_false(drop_oncpu(&drop, &ns));
	drop.holder = (struct holder){HOLDER, 0, true, 0, 0};
	assert_false(drop_oncpu(&drop, &ns));
}

/* A driver that does not give a buffer back: as long as that is no wonder, nothing is said. */
static void test_stuck(void **state)
{
	struct device_sums device = {.period_ns = 500000000};
	const uint64_t end = 100000000000;

	(void)state;
	gaps_left(&device, end - 4999999999, end);
	gaps_left(&device, end + 1, end);
	assert_int_equal(device.stuck, 0);
	gaps_left(&device, end - 7000000000, end);
	gaps_left(&device, end - 5000000000, end);
	assert_int_equal(device.stuck, 2);
	assert_int_equal(device.stuck_ns, 7000000000);
	device = (struct device_sums){.period_ns = 1000000};
	gaps_left(&device, end - 999999999, end);
	assert_int_equal(device.stuck, 0);
	gaps_left(&device, end - 1000000000, end);
	assert_int_equal(device.stuck, 1);
}

static void test_no_room(void **state)
{
	struct cycle cycle = plain(0, 0);

	(void)state;
	for (cycle.queue = 0; cycle.queue <= STREAMS; cycle.queue++)
		add(cycle);
	assert_int_equal(sums[0].not_followed, 1);
	assert_int_equal(sums[0].frames, STREAMS);
	/* a buffer that is not followed leaves a hole */
	cycle = plain(1, 1);
	cycle.index = STREAM_BUFFERS;
	add(cycle);
	assert_int_equal(sums[0].not_followed, 2);
	add(plain(2, 2));
	assert_int_equal(n_drops, 1);
	assert_int_equal(drops[0].cause, DROP_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_two_buffers, setup),
		cmocka_unit_test_setup(test_held, setup),
		cmocka_unit_test_setup(test_now_and_then, setup),
		cmocka_unit_test_setup(test_driver, setup),
		cmocka_unit_test_setup(test_errors, setup),
		cmocka_unit_test_setup(test_late, setup),
		cmocka_unit_test_setup(test_late_early, setup),
		cmocka_unit_test_setup(test_late_starved, setup),
		cmocka_unit_test_setup(test_jitter, setup),
		cmocka_unit_test_setup(test_restarts, setup),
		cmocka_unit_test_setup(test_snapshots, setup),
		cmocka_unit_test_setup(test_input, setup),
		cmocka_unit_test_setup(test_unnumbered, setup),
		cmocka_unit_test_setup(test_wrap, setup),
		cmocka_unit_test_setup(test_lost, setup),
		cmocka_unit_test_setup(test_stale, setup),
		cmocka_unit_test_setup(test_unseen, setup),
		cmocka_unit_test_setup(test_interleaved, setup),
		cmocka_unit_test_setup(test_overtaken, setup),
		cmocka_unit_test_setup(test_first_gap, setup),
		cmocka_unit_test_setup(test_both, setup),
		cmocka_unit_test_setup(test_turn, setup),
		cmocka_unit_test_setup(test_late_behind, setup),
		cmocka_unit_test_setup(test_late_before, setup),
		cmocka_unit_test_setup(test_oncpu, setup),
		cmocka_unit_test(test_stuck),
		cmocka_unit_test_setup(test_no_room, setup),
	};

	return cmocka_run_group_tests_name("gaps", tests, NULL, NULL);
}
