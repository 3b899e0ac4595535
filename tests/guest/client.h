/* SPDX-License-Identifier: MIT */
/*
 * client.h - what the tests' clients with a clock of their own have in common
 */
#ifndef TEST_CLIENT_H
#define TEST_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/clock.h"

#define NS_PER_MS (1000 * NS_PER_US)

/** What is done to every Nth frame, and for how long. */
struct delay {
	uint64_t ns; /**< 0: it is not done */
	uint64_t every; /**< 0: nothing was said, so to each */
};

/** The values of a delay's two options; what can't be taken ends the program. */
uint64_t delay_parse_ms(const char *what, const char *text);
uint64_t delay_parse_every(const char *what, const char *text);

/** End the program if there is the second option without the first, "late". */
void delay_check(const struct delay *delay, const char *name);

/** Is it done to the frame with that number, the first being 0? */
bool delay_is_turn(const struct delay *delay, uint64_t number);

/** Sleep until clock_ns() is @ns, or a stop signal comes. */
void client_sleep(uint64_t ns);

/**
 * Say what came of it: @err describes the end, by v4l2_error(); a signal (-EINTR) and a device
 * that is gone (-ENODEV) are ends like any other. Returns the exit status.
 */
int client_tell(uint64_t frames, int err);

/** The ends of a client, for its --help. */
#define CLIENT_EXIT_DOC                                                                      \
	"It ends once it has its frames, at Ctrl-C, or when a device is gone, and says how " \
	"many there were. Exit status: 0 good, 1 failed, 2 usage."

#endif /* TEST_CLIENT_H */
