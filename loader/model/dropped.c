// SPDX-License-Identifier: MIT
/* dropped.c - see dropped.h */
#include "loader/model/dropped.h"

void dropped_add(void *arg, const struct frame *frame)
{
	struct dropped *dropped = arg;

	if (frame->has & FRAME_HAS_SOURCE)
		drops_add(&dropped->drops, frame->source_minor, (uint32_t)frame->source_sequence,
			  frame->start_ns);
	else
		dropped->sourceless++;
}

void dropped_finish(struct dropped *dropped)
{
	drops_finish(&dropped->drops);
}

/* A sum has the number, if all of its runs had it; else it takes rows. */
static const char *why_no_number(const struct run *run)
{
	if (run->merged.runs)
		return run->merged.has_missing ? NULL : RUN_NOT_ALL;
	return run_why_no_rows(run);
}

/* Why the numbers of the source's frames say nothing. */
static const char *why_no_sequence(const struct drops *drops)
{
	if (!drops->frames)
		return "no frame is linked to one of a source";
	if (drops->late || drops->not_followed)
		return "not all frames could be looked at";
	return NULL;
}

/* Why some of those that their numbers leave out may have come. */
static const char *why_fewer(const struct dropped *dropped, const struct counts *counts)
{
	if (dropped->drops.missing && dropped->sourceless)
		return "some frames have no known source frame, and may be made from what is "
		       "missing";
	if (dropped->drops.missing && counts_lost_frames(counts))
		return "the tracer lost frames, which may be made from what is missing";
	return NULL;
}

const char *dropped_device_why(const struct run *run, const struct device_sums *device)
{
	const char *why = why_no_number(run);

	if (!why && device->not_followed)
		why = "more queues or buffers were used than there is room for";
	if (!why && device->unnumbered)
		why = "the driver does not number its frames";
	if (!why && device->drops[DROP_UNKNOWN] && counts_lost_frames(&run->counts))
		why = "the tracer lost frames, which may be those that are missing";
	return why;
}

const char *dropped_why(const struct dropped *dropped, const struct run *run)
{
	const char *why = why_no_number(run);

	for (unsigned int i = 0; !why && i < run->n_devices; i++)
		why = dropped_device_why(run, &run->devices[i]);
	if (why || run->merged.runs || run->path->cycles)
		return why;
	return why_no_sequence(&dropped->drops) ?: why_fewer(dropped, &run->counts);
}

uint64_t dropped_missing(const struct dropped *dropped, const struct run *run)
{
	uint64_t missing = 0;

	if (run->merged.runs)
		return run->merged.missing;
	if (!run->path->cycles)
		return dropped->drops.missing;
	for (unsigned int i = 0; i < run->n_devices; i++)
		missing += device_missing(&run->devices[i]);
	return missing;
}

bool dropped_at_most(const struct dropped *dropped, const struct run *run)
{
	return !run->path->cycles && !why_no_number(run) && !why_no_sequence(&dropped->drops) &&
	       why_fewer(dropped, &run->counts);
}
