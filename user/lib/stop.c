// SPDX-License-Identifier: MIT
/* stop.c - see stop.h */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "user/lib/clock.h"
#include "user/lib/stop.h"

/* How often a call that blocks is interrupted once it has to end. */
#define TICK_NS (10 * 1000 * NS_PER_US)

static timer_t timer;
static volatile sig_atomic_t caught;
static uint64_t deadline_ns; /* 0: none; never touched by the handlers */

/* Interrupt calls in @first_ns and from then on every tick; 0: never. Async-signal-safe. */
static void start_timer(uint64_t first_ns)
{
	const struct itimerspec spec = {.it_value = ns_timespec(first_ns),
					.it_interval = ns_timespec(first_ns ? TICK_NS : 0)};

	timer_settime(timer, 0, &spec, NULL);
}

static void on_stop(int sig)
{
	int saved = errno;

	caught = sig;
	start_timer(TICK_NS);
	errno = saved;
}

static void on_tick(int sig)
{
	(void)sig; /* being interrupted is all it is for */
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
	deadline_ns = ns ? clock_ns() + ns : 0;
	/* If a stop signal comes in between, its ticks are lost: callers look at
	 * stop_signal() after setting a limit and before blocking.
	 */
	start_timer(ns);
}

bool stop_expired(void)
{
	return deadline_ns && clock_ns() >= deadline_ns;
}
