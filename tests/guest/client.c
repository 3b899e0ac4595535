// SPDX-License-Identifier: MIT
/* client.c - what the tests' clients have in common, see client.h */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "lib/v4l2.h"
#include "tests/guest/client.h"
#include "user/lib/capture.h"
#include "user/lib/options.h"

#define MAX_MS	  60000
#define MAX_EVERY 1000000

uint64_t delay_parse_ms(const char *what, const char *text)
{
	return options_parse_number(what, text, 1, MAX_MS) * NS_PER_MS;
}

uint64_t delay_parse_every(const char *what, const char *text)
{
	return options_parse_number(what, text, 1, MAX_EVERY);
}

void delay_check(const struct delay *delay, const char *name)
{
	if (delay->every && !delay->ns)
		args_fail("--%s-every needs --%s", name, name);
}

bool delay_is_turn(const struct delay *delay, uint64_t number)
{
	return delay->ns && (number + 1) % (delay->every ? delay->every : 1) == 0;
}

void client_sleep(uint64_t ns)
{
	const struct timespec until = clock_local(ns);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR &&
	       !stop_signal())
		;
}

int client_tell(uint64_t frames, int err)
{
	const bool failed = err && err != -EINTR && err != -ENODEV;

	if (failed)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	printf("%" PRIu64 " frames%s\n", frames, err == -ENODEV ? ", unplugged" : "");
	fflush(stdout);
	return failed ? EXIT_FAILED : EXIT_GOOD;
}
