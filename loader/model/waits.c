// SPDX-License-Identifier: MIT
/* waits.c - see waits.h */
#include <string.h>

#include "loader/model/waits.h"

const struct wait_name wait_names[N_WAITS] = {
#define X(wait, what) [WAIT_##wait] = {.column = "queue_" #wait "_ns", .text = what},
	WAITS(X)
#undef X
};

/* What is left of the time from *@from on until @ns, which it moves on to, but not beyond @end. */
static uint64_t part_until(uint64_t *from, uint64_t ns, uint64_t end)
{
	uint64_t begin = *from;

	if (ns > end)
		ns = end;
	if (ns <= begin)
		return 0;
	*from = ns;
	return ns - begin;
}

bool waits_of(const struct vpipe_frame *frame, unsigned int given, uint64_t waits[N_WAITS])
{
	const struct vpipe_input *input = &frame->cycle.input;
	uint64_t from = frame->ns[given], run = frame->ns[given + 1];
	bool own_first = input->own_end_ns < input->other_end_ns;

	memset(waits, 0, N_WAITS * sizeof(waits[0]));
	if (!frame->cycle.has_input || !from || !run)
		return false;
	waits[WAIT_no_buffer] = part_until(&from, frame->cycle.given_ns, run);
	if (own_first)
		waits[WAIT_own_jobs] = part_until(&from, input->own_end_ns, run);
	waits[WAIT_other_jobs] = part_until(&from, input->other_end_ns, run);
	if (!own_first)
		waits[WAIT_own_jobs] = part_until(&from, input->own_end_ns, run);
	waits[WAIT_start] = run - from;
	return true;
}
