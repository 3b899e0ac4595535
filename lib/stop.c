// SPDX-License-Identifier: MIT
/* stop.c - see stop.h */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/patience.h"
#include "lib/stop.h"

/* How often a call that blocks is interrupted once it has to end. */
#define TICK_NS (10 * 1000 * NS_PER_US)

/*
 * A time limit has so many ticks. Each interrupts the call, which makes a source wait
 * longer; frames that come in less than a tick never meet one.
 */
#define LIMIT_TICKS 4

static timer_t timer;
static volatile sig_atomic_t caught;
static volatile sig_atomic_t passed; /* the limit has */

/*
 * For the limit; step_ns is 0 without one. The handler takes from it: if a tick comes while
 * a limit is being set, up to a tick of it is lost.
 */
static struct patience patience;

/* Interrupt the call once, in @ns; 0: not at all. Async-signal-safe. */
static void start_timer(uint64_t ns)
{
	const struct itimerspec spec = {.it_value = ns_timespec(ns)};

	timer_settime(timer, 0, &spec, NULL);
}

static void on_stop(int sig)
{
	int saved = errno;

	caught = sig;
	start_timer(TICK_NS);
	errno = saved;
}

/* The next tick begins when this one was noticed: what lies between was time to run in. */
static void on_tick(int sig)
{
	int saved = errno;

	(void)sig;
	passed = patience.step_ns && patience_over(&patience);
	start_timer(caught || passed ? TICK_NS : patience.step_ns);
	errno = saved;
}

int stop_init(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
	struct sigaction stop = {.sa_handler = on_stop};
	struct sigaction tick = {.sa_handler = on_tick};

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) || sigaction(SIGALRM, &tick, NULL) ||
	    sigaction(SIGINT, &stop, NULL) || sigaction(SIGTERM, &stop, NULL))
		return -errno;
	/* the terminal is gone: end as well, unless nohup asked for the contrary */
	if (signal(SIGHUP, SIG_IGN) != SIG_IGN && sigaction(SIGHUP, &stop, NULL))
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	return 0;
}

int stop_signal(void)
{
	return caught;
}

void stop_limit(uint64_t ns)
{
	uint64_t step_ns = (ns + LIMIT_TICKS - 1) / LIMIT_TICKS;

	patience = patience_begin(ns, step_ns);
	passed = false;
	/* If a stop signal comes in between, its ticks are lost: callers look at
	 * stop_signal() after setting a limit and before blocking.
	 */
	start_timer(step_ns);
}

bool stop_again(bool *last)
{
	bool again = !*last;

	*last = passed;
	return again;
}
