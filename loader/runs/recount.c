// SPDX-License-Identifier: MIT
/* recount.c - see recount.h */
#include <errno.h>
#include <stdlib.h>

#include "loader/runs/recount.h"

int recount_init(struct recount *recount, const struct run *run, uint64_t leave_out)
{
	unsigned int n = path_n_hists(run->path);

	*recount = (struct recount){.leave_out = leave_out, .deadline_ns = run->facts.deadline_ns};
	recount->hists = calloc(2 * n, sizeof(recount->hists[0]));
	if (!recount->hists)
		return -ENOMEM;
	recount->kept = leave_out ? recount->hists + n : NULL;
	return 0;
}

void recount_free(struct recount *recount)
{
	free(recount->hists);
}

static bool leaves_out(struct recount *recount, const struct path *path, const struct frame *frame)
{
	unsigned int of = path_is_chain(path) ? 0 : frame->device % VPIPE_MAX_DEVICES;

	return recount->seen[of]++ < recount->leave_out;
}

void recount_row(struct recount *recount, struct run *run, struct frame *frame)
{
	if (frame_is_warmup(frame)) {
		recount->warmup++;
	} else {
		frame_count(frame, run->path, recount->hists);
		recount->over += recount->deadline_ns && frame->e2e_ns > recount->deadline_ns;
	}
	if (leaves_out(recount, run->path, frame))
		frame->flags |= VPIPE_FRAME_WARMUP;
	if (recount->kept && !frame_is_warmup(frame))
		frame_count(frame, run->path, recount->kept);
	run_add_frame(run, frame);
}

/* Those of the run are of frames that are left out now; cycles of buffers are not read once more. */
static void forget_intervals(struct run *run)
{
	for (unsigned int i = 0; i < run->n_devices; i++) {
		run->devices[i].done = run->devices[i].taken = (struct latency){0};
		run->devices[i].no_intervals = true;
	}
}

void recount_finish(struct recount *recount, struct run *run)
{
	unsigned int e2e = path_e2e(run->path);

	for (unsigned int which = 0; recount->kept && which <= e2e; which++) {
		run->hists[which] = recount->kept[which];
		run->latencies[which] = latency_of(&recount->kept[which]);
	}
	if (!recount->kept)
		return;
	run_share_stages(run);
	if (run->warmup_rows > recount->warmup)
		forget_intervals(run);
	run->counts.of[VPIPE_COUNT_WARMUP] = run->warmup_rows;
	if (recount->leave_out > run->facts.config.warmup)
		run->facts.config.warmup = (unsigned int)recount->leave_out;
}
