// SPDX-License-Identifier: MIT
/* stream.c - see stream.h */
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "loader/model/stream.h"

/* No source of frames is faster: by which a jump is judged before the period is known. */
#define MIN_PERIOD_NS 100000

struct stream *streams_find(struct streams *streams, uint32_t queue)
{
	for (unsigned int i = 0; i < STREAMS; i++) {
		struct stream *stream = &streams->all[i];

		if (stream->used && stream->queue != queue)
			continue;
		stream->used = true;
		stream->queue = queue;
		return stream;
	}
	return NULL;
}

static void add_slope(struct slopes *slopes, uint64_t ns)
{
	slopes->ns[slopes->n++ % STREAM_SLOPES] = ns;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x > *y ? 1 : *x < *y ? -1 : 0;
}

/* 0: there are none. */
static uint64_t median(const struct slopes *slopes)
{
	size_t n = slopes->n < STREAM_SLOPES ? slopes->n : STREAM_SLOPES;
	uint64_t sorted[STREAM_SLOPES];

	if (!slopes->n)
		return 0;
	memcpy(sorted, slopes->ns, n * sizeof(sorted[0]));
	qsort(sorted, n, sizeof(sorted[0]), by_size);
	return sorted[n / 2];
}

/*
 * The median leaves late frames and frames behind them out of account, and follows a camera that
 * slows down in the dark. While the driver has no buffer, not every driver goes on counting.
 */
uint64_t stream_period(const struct stream *stream)
{
	return median(stream->fed.n ? &stream->fed : &stream->starved);
}

bool stream_is_sure(const struct stream *stream)
{
	return stream->fed.n + stream->starved.n >= STREAM_SURE;
}

uint64_t stream_interval(const struct stream *stream, const struct cycle *cycle)
{
	uint64_t from = stream->last.done_ns, to = cycle->done_ns;

	return from && to > from ? to - from : 0;
}

/*
 * The shortest that the period can be, as far as is known. A stream may begin with a long interval:
 * its source was held up, and the frames behind it come the faster.
 */
static uint64_t shortest_period(const struct stream *stream)
{
	uint64_t period = stream_period(stream);

	if (period && !stream_is_sure(stream))
		period = period / STREAM_SURE ?: 1;
	return period ? period : MIN_PERIOD_NS;
}

/*
 * Was there time for all frames since one of the latest? The frame before may have been done late,
 * because the driver's thread had no CPU for a while, and the one behind it at once.
 */
static bool is_on_time(const struct stream *stream, const struct cycle *cycle, uint32_t ahead)
{
	uint64_t period = stream_period(stream);

	for (unsigned int i = 0; i < STREAM_RECENT; i++) {
		const struct instant *at = &stream->recent[i];
		uint64_t ns = cycle->done_ns > at->done_ns ? cycle->done_ns - at->done_ns : 0;
		uint32_t since = cycle->sequence - at->sequence;

		if (period && at->done_ns && since >= ahead && since <= ns / period + 2)
			return true;
	}
	return false;
}

/* Twice as many as there was time for, and two, are too many. */
bool stream_had_time(const struct stream *stream, const struct cycle *cycle)
{
	uint32_t ahead = cycle->sequence - stream->last.sequence;
	uint64_t ns = stream_interval(stream, cycle);

	if (!ns && cycle->taken_ns > stream->last.taken_ns)
		ns = cycle->taken_ns - stream->last.taken_ns;
	return ahead <= 2 * (ns / shortest_period(stream)) + 2;
}

enum stream_step stream_step(const struct stream *stream, const struct cycle *cycle)
{
	uint32_t ahead = cycle->sequence - stream->last.sequence; /* beyond 2^32 - 1 comes 0 */

	if (!cycle->taken_ns)
		return STREAM_ENDS;
	if (!stream->runs || cycle->begins)
		return STREAM_BEGINS;
	if (ahead == 1)
		return STREAM_NEXT;
	if (ahead && (stream_had_time(stream, cycle) || is_on_time(stream, cycle, ahead)))
		return STREAM_GAP;
	if (cycle->error)
		return STREAM_ASIDE;
	return ahead ? STREAM_BEGINS : STREAM_STANDS;
}

/* Is one missing in between? Where the sequences go on, those that were lost are another queue's. */
static bool is_cut(const struct stream *stream, enum stream_step step)
{
	return stream->hole && step != STREAM_NEXT;
}

static uint64_t bit_of(const struct cycle *cycle)
{
	return 1ULL << cycle->index;
}

struct cycle_times stream_times(const struct stream *stream, const struct cycle *cycle)
{
	enum stream_step step = stream_step(stream, cycle);
	uint64_t given = cycle->given_ns, before = stream->last.done_ns;
	uint64_t taken = stream->taken_ns[cycle->index];
	uint64_t start = given > before ? given : before;
	struct cycle_times times = {0};

	if (!given || step == STREAM_BEGINS || step == STREAM_ENDS || is_cut(stream, step))
		return times;
	times.has_fill = before && cycle->done_ns >= start;
	if (times.has_fill) {
		times.wait_ns = start - given;
		times.fill_ns = cycle->done_ns - start;
	}
	times.has_held = stream->fresh & bit_of(cycle) && given >= taken;
	if (times.has_held)
		times.held_ns = given - taken;
	return times;
}

/* What is known of a stream before this one is no longer. */
static void begin(struct stream *stream)
{
	uint32_t queue = stream->queue;

	*stream = (struct stream){.used = true, .runs = true, .queue = queue};
}

void stream_add(struct stream *stream, const struct cycle *cycle)
{
	enum stream_step step = stream_step(stream, cycle);
	uint32_t before = stream->last.sequence, ahead = cycle->sequence - before;
	uint64_t interval = stream_interval(stream, cycle);
	bool cut = is_cut(stream, step);

	if (step == STREAM_ENDS) {
		stream->runs = false;
		return;
	}
	if (step == STREAM_BEGINS)
		begin(stream);
	else if (interval && !cut && step != STREAM_ASIDE)
		add_slope(stream->last.owned ? &stream->fed : &stream->starved,
			  interval / (ahead ? ahead : 1));
	if (cut)
		stream->fresh = 0;
	stream->hole = false;
	stream->seen |= bit_of(cycle);
	stream->fresh |= bit_of(cycle);
	stream->taken_ns[cycle->index] = cycle->taken_ns;
	if (cycle->done_ns && cycle->owned != VPIPE_OWNED_UNKNOWN && cycle->owned >= stream->most)
		stream->most = cycle->owned + 1;
	stream->last = *cycle;
	if (step == STREAM_ASIDE)
		stream->last.sequence = before;
	else
		stream->recent[stream->n_recent++ % STREAM_RECENT] =
			(struct instant){cycle->sequence, cycle->done_ns};
}

void stream_lost(struct stream *stream)
{
	stream->hole = true;
}

unsigned int stream_buffers(const struct stream *stream, const struct cycle *cycle)
{
	unsigned int seen = (unsigned int)__builtin_popcountll(stream->seen | bit_of(cycle));

	return seen > stream->most ? seen : stream->most;
}

unsigned int stream_waiting(const struct stream *stream, uint64_t ns)
{
	unsigned int waiting = 0;

	for (unsigned int i = 0; i < STREAM_BUFFERS; i++)
		waiting += stream->taken_ns[i] > ns;
	return waiting;
}
