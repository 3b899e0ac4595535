// SPDX-License-Identifier: MIT
/* dropped.c - see dropped.h */
#include "loader/dropped.h"

void dropped_frame(void *arg, const struct frame *frame)
{
	struct dropped *dropped = arg;

	if (frame->has & FRAME_HAS_SOURCE)
		drops_add(&dropped->drops, frame->source_minor, (uint32_t)frame->source_sequence,
			  frame->start_ns);
	else
		dropped->unknown++;
}

static bool in_devices(const struct run *run, uint64_t *n)
{
	/* without rows nobody has seen the buffers of devices */
	bool numbered = !run->facts.config.no_frames;

	*n = 0;
	for (unsigned int i = 0; i < run->n_devices; i++) {
		numbered &= !run->devices[i].unnumbered;
		*n += device_missing(&run->devices[i]);
	}
	return numbered;
}

bool dropped_in(struct dropped *dropped, const struct run *run, uint64_t *n)
{
	drops_finish(&dropped->drops);
	if (run->merged.runs) {
		*n = run->merged.drops;
		return run->merged.has_drops;
	}
	if (run->path->cycles)
		return in_devices(run, n);
	*n = dropped->drops.missing;
	return dropped->drops.frames && !(dropped->drops.missing && dropped->unknown);
}
