// SPDX-License-Identifier: MIT
/* gaps.c - see gaps.h */
#include "bpf/hist.h"
#include "loader/model/gaps.h"

/* How long a driver may have a buffer before it is said not to give it back. */
#define STUCK_NS      1000000000ULL
#define STUCK_PERIODS 10

const char *const drop_causes[DROP_CAUSE_COUNT] = {
#define X(name, text) [DROP_##name] = text,
	DROP_CAUSES(X)
#undef X
};

const char *drop_cause_name(enum drop_cause cause)
{
	return drop_causes[cause];
}

const char *drop_cause_text(const struct device_sums *device, enum drop_cause cause)
{
	static const char *const texts[DROP_CAUSE_COUNT] = {
		[DROP_HELD] = "the application held the buffers",
		[DROP_NOT_DEQUEUED] = "buffers were done, and nobody had dequeued them",
		[DROP_DRIVER] = "the driver had a buffer, and did not fill it",
		[DROP_ERROR] = "they came with the error flag",
		[DROP_NOT_HANDED_ON] =
			"the application dequeued them, and gave them to no other device",
		[DROP_UNKNOWN] = "why is not known",
	};

	if (cause == DROP_DRIVER && device->leaves_out)
		return "uvcvideo had a buffer, and left out what came damaged (nodrop is 0)";
	return texts[cause];
}

bool drop_came(enum drop_cause cause)
{
	return cause == DROP_ERROR || cause == DROP_NOT_HANDED_ON;
}

bool drop_is_starved(const struct drop *drop)
{
	return drop->cause == DROP_HELD || drop->cause == DROP_NOT_DEQUEUED;
}

bool drop_oncpu(const struct drop *drop, uint64_t *ns)
{
	const struct holder *holder = &drop->holder;
	uint64_t off = holder->runq_ns + holder->blocked_ns;

	if (!holder->accounted || !holder->since_ns || drop->refilled_ns < holder->since_ns + off)
		return false;
	*ns = drop->refilled_ns - holder->since_ns - off;
	return true;
}

/* Who ended the time in which the driver had no buffer; those that find no place are not told apart. */
static void blame(struct device_sums *device, uint32_t tid)
{
	for (unsigned int i = 0; tid && i < DEVICE_HOLDERS; i++) {
		if (device->holders[i].drops && device->holders[i].tid != tid)
			continue;
		device->holders[i].tid = tid;
		device->holders[i].drops++;
		return;
	}
}

void gaps_tell(struct gaps *gaps, const struct drop *drop)
{
	gaps->devices[drop->device].drops[drop->cause]++;
	blame(&gaps->devices[drop->device], drop->holder.tid);
	gaps->drop(gaps->arg, drop);
}

/* A drop of which @cycle tells. */
static struct drop drop_at(const struct stream *stream, const struct cycle *cycle)
{
	return (struct drop){.device = cycle->device,
			     .queue = cycle->queue,
			     .buffers = stream_buffers(stream, cycle)};
}

static void tell_error(struct gaps *gaps, const struct stream *stream, const struct cycle *cycle)
{
	struct drop drop = drop_at(stream, cycle);

	drop.sequence = cycle->sequence;
	drop.due_ns = cycle->done_ns;
	drop.cause = DROP_ERROR;
	gaps_tell(gaps, &drop);
}

/*
 * The period in the gap before @cycle, of @steps; 0: not known. The gap itself says best, also when
 * the stream has just begun, unless the frame behind it is late, or the one before was: by that alone
 * one would be longer, or shorter.
 */
static uint64_t period_in_gap(const struct stream *stream, const struct cycle *cycle,
			      uint32_t steps)
{
	uint64_t usual = stream_period(stream), own = stream_interval(stream, cycle) / steps;

	bool early = !stream_had_time(stream, cycle) ||
		     (stream_is_sure(stream) && own < usual - usual / 4);

	return own && !early && (!usual || own <= usual + usual / 4) ? own : usual;
}

/* When frame @sequence would have been done; 0: not known. */
static uint64_t due_of(const struct cycle *behind, uint32_t sequence, uint64_t period)
{
	uint64_t ahead_ns = (behind->sequence - sequence) * period;

	return period && behind->done_ns > ahead_ns ? behind->done_ns - ahead_ns : 0;
}

/* The driver had none from the done before the gap on until it was given the buffer behind it. */
static void judge_starved(struct drop *drop, const struct stream *stream,
			  const struct cycle *behind)
{
	uint64_t last_ns = behind->given_ns - 1;

	drop->starved_ns = stream->last.done_ns;
	drop->refilled_ns = behind->given_ns;
	drop->waiting = stream_waiting(stream, drop->due_ns < last_ns ? drop->due_ns : last_ns);
	drop->held = drop->buffers - drop->waiting;
	drop->holder = behind->holder;
	drop->cause = drop->held > drop->waiting ? DROP_HELD : DROP_NOT_DEQUEUED;
}

/* Did the driver have the buffer of @cycle all the time from a period before @ns on? */
static bool had(const struct cycle *cycle, uint64_t ns, uint64_t period)
{
	return cycle->given_ns && cycle->given_ns + period <= ns && ns <= cycle->done_ns;
}

/* Why did it not come, whose due time is known or not? */
static void judge(struct drop *drop, const struct stream *stream, const struct cycle *behind,
		  uint64_t period)
{
	const struct cycle *before = &stream->last;
	/* what it had from the done before on */
	bool known = before->owned != VPIPE_OWNED_UNKNOWN && drop->due_ns > before->done_ns;

	drop->cause = DROP_UNKNOWN;
	if (stream->hole || !drop->due_ns || !before->done_ns)
		return;
	if ((known && before->owned) || had(before, drop->due_ns, period) ||
	    had(behind, drop->due_ns, period))
		drop->cause = DROP_DRIVER;
	else if (known && behind->given_ns > before->done_ns && stream->fresh == stream->seen)
		judge_starved(drop, stream, behind);
}

static void tell_gap(struct gaps *gaps, const struct stream *stream, const struct cycle *behind)
{
	uint32_t from = stream->last.sequence + 1;
	uint64_t period = period_in_gap(stream, behind, behind->sequence - from + 1);

	for (uint32_t sequence = from; sequence != behind->sequence; sequence++) {
		struct drop drop = drop_at(stream, behind);

		drop.sequence = sequence;
		drop.due_ns = due_of(behind, sequence, period);
		judge(&drop, stream, behind, period);
		gaps_tell(gaps, &drop);
	}
}

/* @cycle is the next one, and came @ns behind the frame before; 0: that is not known. */
static void count_interval(struct device_sums *sums, const struct stream *stream,
			   const struct cycle *cycle, uint64_t ns)
{
	if (cycle->warmup)
		return;
	if (ns)
		hist_count(&sums->done_hist, ns);
	if (cycle->taken_ns > stream->last.taken_ns)
		hist_count(&sums->taken_hist, cycle->taken_ns - stream->last.taken_ns);
}

static void count_if_late(struct device_sums *sums, const struct interval *interval,
			  uint64_t period)
{
	if (interval->ns <= period + period / 2)
		return;
	sums->late++;
	sums->late_starved += interval->starved;
}

/*
 * A frame came @interval behind the one before. By the median of two or three intervals, of which one
 * was short, any other would be late: the first ones are judged when the period is sure.
 */
static void count_late(struct device_sums *sums, struct stream *stream, struct interval interval,
		       uint64_t period)
{
	if (!stream_is_sure(stream)) { /* each has added a slope, so there is room */
		stream->early[stream->n_early++] = interval;
		return;
	}
	for (unsigned int i = 0; i < stream->n_early; i++)
		count_if_late(sums, &stream->early[i], period);
	stream->n_early = 0;
	count_if_late(sums, &interval, period);
}

/* A frame that came, and what it shows of those that did not. */
static void add_frame(struct gaps *gaps, struct stream *stream, const struct cycle *cycle)
{
	struct device_sums *sums = &gaps->devices[cycle->device];
	enum stream_step step = stream_step(stream, cycle);
	bool follows = step == STREAM_NEXT || (step == STREAM_STANDS && !stream->hole);
	struct interval interval = {stream_interval(stream, cycle), !stream->last.owned};
	uint64_t period;

	sums->frames++;
	sums->restarts += step == STREAM_BEGINS && stream->last.taken_ns;
	sums->unnumbered += step == STREAM_STANDS;
	if (step == STREAM_GAP)
		tell_gap(gaps, stream, cycle);
	if (follows)
		count_interval(sums, stream, cycle, interval.ns);
	stream_add(stream, cycle);
	if (cycle->error)
		tell_error(gaps, stream, cycle);
	period = stream_period(stream);
	if (period)
		sums->period_ns = period;
	if (follows && interval.ns)
		count_late(sums, stream, interval, period);
}

/* The gap before the frame that waits is one: nobody else has what is missing. */
static void settle(struct gaps *gaps, struct stream *stream)
{
	if (!stream->waits)
		return;
	stream->waits = false;
	add_frame(gaps, stream, &stream->behind);
}

/* Was @cycle done before the frame that waits, though its reader is told of behind it? */
static bool is_overtaken(const struct stream *stream, const struct cycle *cycle)
{
	return stream->waits && cycle->done_ns && cycle->done_ns < stream->behind.done_ns;
}

/* Vb2 is a FIFO, but of two threads that dequeue the second one may be told of first. */
static void take_frame(struct gaps *gaps, struct stream *stream, const struct cycle *cycle)
{
	if (!stream->waits && stream_step(stream, cycle) == STREAM_GAP) {
		stream->behind = *cycle;
		stream->waits = true;
		return;
	}
	add_frame(gaps, stream, cycle);
	if (stream->waits && stream_step(stream, &stream->behind) != STREAM_GAP)
		settle(gaps, stream);
}

void gaps_add(struct gaps *gaps, struct cycle *cycle)
{
	struct stream *stream = streams_find(&gaps->streams, cycle->queue);

	cycle->times = (struct cycle_times){0};
	if (!stream || cycle->index >= STREAM_BUFFERS) {
		gaps->devices[cycle->device].not_followed++;
		if (stream) {
			settle(gaps, stream);
			stream_lost(stream);
		}
		return;
	}
	if (!is_overtaken(stream, cycle))
		settle(gaps, stream);
	cycle->times = stream_times(stream, cycle);
	if (cycle->taken_ns && !cycle->is_input)
		take_frame(gaps, stream, cycle);
	else
		stream_add(stream, cycle);
}

void gaps_settle(struct gaps *gaps)
{
	for (unsigned int i = 0; i < STREAMS && gaps->streams.all[i].used; i++)
		settle(gaps, &gaps->streams.all[i]);
}

void gaps_lost(struct gaps *gaps)
{
	gaps_settle(gaps);
	for (unsigned int i = 0; i < STREAMS && gaps->streams.all[i].used; i++)
		stream_lost(&gaps->streams.all[i]);
}

void gaps_left(struct device_sums *device, uint64_t given_ns, uint64_t end_ns)
{
	uint64_t ns = end_ns - given_ns;

	if (given_ns > end_ns || ns < STUCK_NS || ns < STUCK_PERIODS * device->period_ns)
		return;
	device->stuck++;
	if (ns > device->stuck_ns)
		device->stuck_ns = ns;
}

uint64_t device_missing(const struct device_sums *device)
{
	uint64_t missing = 0;

	for (unsigned int cause = 0; cause < DROP_CAUSE_COUNT; cause++)
		missing += drop_came(cause) ? 0 : device->drops[cause];
	return missing;
}
