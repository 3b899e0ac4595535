// SPDX-License-Identifier: MIT
/* hands.c - see hands.h */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stddef.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hands.h"

#define MAX_EVENTS 512

static struct hand {
	pthread_t thread;
	sem_t go;
	uint32_t tid;
} hands[HANDS];

/* What the hand that is woken has to fire; no event: nothing. */
static struct {
	struct feed *feed;
	const char *event;
	const uint64_t *args;
	unsigned int n_args;
	unsigned int nudged;
} task;

/* The events: each ends where the clock stood when it was fired. */
static struct {
	uint64_t begin_ns, end_ns;
	unsigned int hand, nudged;
} events[MAX_EVENTS];
static unsigned int n_events;
static uint64_t clock_ns;

static cpu_set_t allowed;
static unsigned int cpu_used; /* of those that are allowed */

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

static void *work(void *arg)
{
	struct hand *hand = arg;

	hand->tid = (uint32_t)gettid();
	for (;;) {
		wait_for(&hand->go);
		if (!task.event)
			continue;
		for (unsigned int other = 0; other < HANDS; other++) {
			if (task.nudged >> other & 1)
				sem_post(&hands[other].go);
		}
		feed_fire(task.feed, task.event, task.args, task.n_args);
		task.event = NULL;
	}
	return NULL;
}

/* All to the CPU that is used. The last one to go is us. */
static void place(void)
{
	unsigned int nth = cpu_used % (unsigned int)CPU_COUNT(&allowed);
	cpu_set_t set;
	int cpu = 0;

	for (; !CPU_ISSET(cpu, &allowed) || nth; cpu++)
		nth -= CPU_ISSET(cpu, &allowed) != 0;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	for (int i = 0; i < HANDS; i++)
		FUZZ_CHECK(!pthread_setaffinity_np(hands[i].thread, sizeof(set), &set));
	FUZZ_CHECK(!pthread_setaffinity_np(pthread_self(), sizeof(set), &set));
}

void hands_start(struct trace *trace)
{
	const struct sched_param first = {.sched_priority = 1};

	FUZZ_CHECK(!sched_getaffinity(0, sizeof(allowed), &allowed));
	for (int i = 0; i < HANDS; i++) {
		FUZZ_CHECK(!sem_init(&hands[i].go, 0, 0));
		FUZZ_CHECK(!pthread_create(&hands[i].thread, NULL, work, &hands[i]));
		FUZZ_CHECK(!pthread_setschedparam(hands[i].thread, SCHED_FIFO, &first));
	}
	place();
	for (unsigned int i = 0; i < HANDS; i++) {
		sem_post(&hands[i].go); /* it has run when that returns */
		FUZZ_CHECK(hands[i].tid);
		FUZZ_CHECK(!hand_is_traced(i) || !trace_adopt(trace, (pid_t)hands[i].tid));
		sem_post(&hands[i].go); /* from here on its state is known */
	}
}

uint32_t hand_tid(unsigned int hand)
{
	return hands[hand].tid;
}

bool hand_is_traced(unsigned int hand)
{
	return hand < HANDS - 1;
}

void hand_fire(unsigned int hand, unsigned int nudged, struct feed *feed, const char *event,
	       const uint64_t *args, unsigned int n_args)
{
	nudged &= ~(1U << hand);
	FUZZ_CHECK(n_events < MAX_EVENTS);
	events[n_events].begin_ns = clock_ns;
	events[n_events].end_ns = clock_ns = feed->ns;
	events[n_events].hand = hand;
	events[n_events++].nudged = nudged;
	task.feed = feed;
	task.args = args;
	task.n_args = n_args;
	task.nudged = nudged;
	task.event = event;
	sem_post(&hands[hand].go);
	FUZZ_CHECK(!task.event, "a hand did not run before us");
}

void hands_move(void)
{
	cpu_used++;
	place();
}

void hands_forget(void)
{
	n_events = 0;
}

unsigned int hands_next(void)
{
	return n_events;
}

unsigned int hand_of(unsigned int event)
{
	return events[event].hand;
}

static uint64_t overlap(uint64_t from, uint64_t to, uint64_t begin, uint64_t end)
{
	if (begin < from)
		begin = from;
	if (end > to)
		end = to;
	return begin < end ? end - begin : 0;
}

struct vpipe_account hand_account(unsigned int hand, uint64_t from, uint64_t to)
{
	struct vpipe_account account = {0};

	for (unsigned int i = 0; i < n_events; i++) {
		uint64_t begin = events[i].begin_ns, end = events[i].end_ns;
		bool nudged = events[i].nudged >> hand & 1;
		uint64_t ns = overlap(from, to, begin, end);

		if (events[i].hand == hand)
			account.oncpu_ns += ns;
		else if (nudged)
			account.runq_ns += ns;
		else
			account.blocked_ns += ns;
		if (events[i].hand != hand && !nudged)
			continue;
		account.switches.wakeups += begin > from && begin <= to;
		account.switches.nvcsw += end > from && end <= to;
	}
	return account;
}

unsigned int hand_woke(unsigned int hand, uint64_t from, unsigned int event)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i <= event; i++)
		n += events[i].end_ns > from &&
		     (events[i].hand == hand || events[i].nudged >> hand & 1);
	return n;
}
