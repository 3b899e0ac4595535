// SPDX-License-Identifier: MIT
/* live.c - a run for who looks on: what comes goes into the figures of its last minute */
#include <errno.h>

#include "lib/msg.h"
#include "loader/model/live.h"
#include "loader/sinks/sink.h"

struct onlooker {
	struct live *live; /* the caller's */
};

static int open_live(void *state, const struct run *run, const struct sink_place *place)
{
	struct onlooker *onlooker = state;

	onlooker->live = place->live;
	if (!live_init(place->live, run))
		return 0;
	msg_errno(ENOMEM, NULL, "cannot show the run");
	return -ENOMEM;
}

static void add_frame(void *state, const struct frame *frame)
{
	const struct onlooker *onlooker = state;

	live_frame(onlooker->live, frame);
}

static void add_cycle(void *state, const struct cycle *cycle)
{
	const struct onlooker *onlooker = state;

	live_cycle(onlooker->live, cycle);
}

static void add_drop(void *state, const struct drop *drop)
{
	const struct onlooker *onlooker = state;

	live_drop(onlooker->live, drop);
}

const struct sink sink_live = {
	.size = sizeof(struct onlooker),
	.open = open_live,
	.frame = add_frame,
	.cycle = add_cycle,
	.drop = add_drop,
};
