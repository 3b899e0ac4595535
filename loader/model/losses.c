// SPDX-License-Identifier: MIT
/* losses.c - see losses.h */
#include <inttypes.h>
#include <stdio.h>

#include "loader/model/losses.h"

#define LOSSES(X)                                                                          \
	X(ring_full, LOSS, "frame rows lost: ring buffer full (--ring-size)")              \
	X(incomplete, LOSS, "frames dropped: one of their events was missed")              \
	X(no_context, LOSS, "frames not traced: too many files are open (record --files)") \
	X(no_thread, LOSS, "threads not traced: thread table full (record --threads)")     \
	X(no_source, LOSS, "frames that no rule links to a source buffer")                 \
	X(torn, LOSS, "times that contradict each other: left out")                        \
	X(no_start, FATE, "frames queued before tracing began")                            \
	X(cancelled, FATE, "frames cancelled by STREAMOFF")                                \
	X(not_dequeued, FATE, "frames done but never dequeued")                            \
	X(closed, FATE, "frames in flight when their file was closed")                     \
	X(in_flight, FATE, "frames in flight when tracing ended")                          \
	X(others, NOTE, "frames passed that no traced thread queued")                      \
	X(repeated, NOTE, "source frames with a timestamp seen before")                    \
	X(refused, NOTE, "frames refused: the one before was not shown")                   \
	X(unsynced, NOTE, "frames shown without a vblank event")                           \
	X(overtaken, NOTE, "source buffers dequeued before they were told done")           \
	X(buffers, LOSS, "rows of OUTPUT buffers lost: ring buffer full (--ring-size)")    \
	X(spans, LOSS, "pieces of the timeline lost: ring buffer full (--ring-size)")

const struct loss losses[N_LOSSES] = {
#define X(cause, its_kind, its_text) \
	[VPIPE_LOSS_##cause] = {.name = #cause, .kind = its_kind, .text = its_text},
	LOSSES(X)
#undef X
		[LOSS_missed_events] = {"missed_events", LOSS, "events missed by the BPF programs"},
	[LOSS_rows_not_received] = {"rows_not_received", LOSS, "rows sent but not received"},
};

#define X(...) +1
_Static_assert(0 LOSSES(X) == VPIPE_N_LOSSES, "each number of enum vpipe_loss has its row");
#undef X

bool counts_balanced(const uint64_t of[VPIPE_N_COUNTS], uint64_t in_hist)
{
	static const enum vpipe_loss ends[] = {
		VPIPE_COUNT_RECORDED, VPIPE_LOSS_ring_full,    VPIPE_LOSS_incomplete,
		VPIPE_LOSS_cancelled, VPIPE_LOSS_not_dequeued, VPIPE_LOSS_closed,
		VPIPE_LOSS_in_flight,
	};
	uint64_t ended = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		ended += of[ends[i]];
	return of[VPIPE_COUNT_STARTED] == ended &&
	       of[VPIPE_COUNT_RECORDED] + of[VPIPE_LOSS_ring_full] ==
		       in_hist + of[VPIPE_COUNT_WARMUP];
}

const char *loss_object(enum loss_kind kind)
{
	return kind == LOSS ? "losses" : kind == FATE ? "not_recorded" : "beside";
}

uint64_t counts_at(const struct counts *counts, unsigned int loss)
{
	if (loss == LOSS_missed_events)
		return counts->missed_events;
	return loss == LOSS_rows_not_received ? counts->row_mismatch : counts->of[loss];
}

uint64_t counts_lost(const struct counts *counts)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < N_LOSSES; i++)
		lost += losses[i].kind == LOSS ? counts_at(counts, i) : 0;
	return lost;
}

bool counts_lost_frames(const struct counts *counts)
{
	static const unsigned int of_frames[] = {
		VPIPE_LOSS_ring_full, VPIPE_LOSS_incomplete,  VPIPE_LOSS_no_context,
		LOSS_missed_events,   LOSS_rows_not_received,
	};
	bool lost = false;

	for (size_t i = 0; i < sizeof(of_frames) / sizeof(of_frames[0]); i++)
		lost |= counts_at(counts, of_frames[i]) != 0;
	return lost;
}

bool counts_complete(const struct counts *counts)
{
	return counts->balanced && !counts_lost(counts);
}

void counts_describe(const struct counts *counts, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (unsigned int i = 0; used < size && i < N_LOSSES; i++) {
		uint64_t count = counts_at(counts, i);

		if (losses[i].kind == LOSS && count)
			used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64 " %s",
						 used ? "; " : "", count, losses[i].text);
	}
	if (!counts->balanced && used < size)
		snprintf(text + used, size - used, "%s1 sum that does not add up: frames started",
			 used ? "; " : "");
}
