/* SPDX-License-Identifier: MIT */
/*
 * tool-fixture.h - the program behind vpipe-bench-fixture and vpipe-fixture-feed
 */
#ifndef VPIPE_TOOL_FIXTURE_H
#define VPIPE_TOOL_FIXTURE_H

/** Which of them. */
enum tool_fixture {
	TOOL_FIXTURE_BENCH, /**< a fixture many times, timed */
	TOOL_FIXTURE_FEED, /**< a fixture once, for its result */
};

/** Run it. Returns the exit status. */
int tool_fixture(enum tool_fixture which, int argc, char **argv);

#endif /* VPIPE_TOOL_FIXTURE_H */
