// SPDX-License-Identifier: MIT
/*
 * fuzz-frames.c - the frame programs on events in any order, with any arguments
 *
 * The real programs run in the real kernel, as in tests/bpf, and after each
 * input what they counted and recorded must be what model.c says; and whatever
 * it says, started frames are recorded, counted as lost, or on their way.
 *
 * It is a libFuzzer program although libFuzzer does not see into the kernel: what
 * the model finds in each event (`seen`) takes the place of coverage. So inputs
 * are kept for leading to states that were not seen, and one that breaks the
 * programs is minimised and kept like any other. A seeded random driver would
 * have needed all of that written again.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/probes/vpipe.h"
#include "bpf/hist.h"
#include "loader/model/costs.h"
#include "loader/model/record.h"
#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "tests/bpf/feed.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hands.h"
#include "tests/fuzz/model.h"
#include "tests/fuzz/splits.h"

#define RING	   4096 /* bytes: 5 records */
#define MAX_EVENTS 100
#define START_NS   1000000
#define STEP_NS	   1000

/* SCHEDULED: several threads fire the events, and the scheduler's programs follow them. */
enum { ALL_FILES, NO_FRAMES, ONLY_CLIENTS, SCHEDULED, N_MODES };

static const struct {
	const char *event;
	unsigned int n_args;
	unsigned int wide; /* a bit for each argument of 64 bits */
} kinds[MODEL_KINDS] = {
	[MODEL_SUBMIT] = {"vpipe_submit", 8, 0xe0},    [MODEL_RUNNER] = {"vpipe_runner", 4, 0x08},
	[MODEL_JOB] = {"vpipe_job", 11, 0x7f0},	       [MODEL_PICKUP] = {"vpipe_pickup", 4, 0x0c},
	[MODEL_STREAMOFF] = {"vpipe_streamoff", 2, 0}, [MODEL_CLOSE] = {"vpipe_close", 1, 0},
};

/* Files: some share their place in the table, more of them than it has room for there. */
static const uint32_t ids[] = {1, 2, 257, 513, 769, 1025, 0x7fffffff, 0xffffffff};
#define N_IDS (sizeof(ids) / sizeof(ids[0]))

/* What libFuzzer takes for coverage. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t
	seen[N_MODES][MODEL_KINDS][VPIPE_N_COUNTS + 1][MODEL_ARGS + 1];

/* A trace in one of the modes; it lives as long as the program. */
struct side {
	struct feed feed;
	struct model model;
	uint64_t counts[VPIPE_N_COUNTS]; /* when they were looked at last */
	uint64_t base[VPIPE_N_COUNTS]; /* before this input */
	uint64_t recorded; /* ever, lost in the ring or not */
	unsigned int checked; /* of model.ended */
	unsigned int numbers; /* of the frames of this input, from 1 */
	bool odd_times; /* some of this input's are any number, or may come before others */
	/* SCHEDULED: */
	unsigned int hand; /* who fires the next event ... */
	unsigned int nudged; /* ... and makes these wait, a bit each ... */
	uint64_t back_ns; /* ... that tells of times so long ago */
	uint64_t begin_ns; /* of this input */
	char wrong[200]; /* what is wrong with a frame, unless the kernel kept an event back */
};

static struct side sides[N_MODES];

static bool is_scheduled(const struct side *side)
{
	return side == &sides[SCHEDULED];
}

static void check_costs(const struct vpipe_frame *frame)
{
	uint64_t charged[N_COSTS], sum = 0, stages = 0;
	uint64_t e2e = frame->ns[VPIPE_POINT_CAP_DQBUF] - record_start(&vpipe_path, frame);

	record_costs(&vpipe_path, frame, charged);
	for (int i = 0; i < VPIPE_N_STAGES; i++) {
		FUZZ_CHECK(record_stage(frame, i) <= e2e, "stage %d", i);
		stages += record_stage(frame, i);
	}
	for (int i = 0; i < N_COSTS; i++) {
		FUZZ_CHECK(charged[i] <= e2e, "%s: %lu of %lu", costs[i].name, charged[i], e2e);
		sum += charged[i];
	}
	FUZZ_CHECK(sum == e2e && stages == e2e);
}

static void check_record(const struct vpipe_frame *frame, const struct model_frame *wanted)
{
	const uint64_t times[VPIPE_N_POINTS] = {
		0,
		0,
		wanted->submit[6],
		wanted->submit[7],
		wanted->job[5],
		wanted->job[6],
		wanted->job[7],
		wanted->job[8],
		wanted->job[9],
		wanted->job[10],
		wanted->pickup[3],
	};

	FUZZ_CHECK(!memcmp(frame->ns, times, sizeof(times)));
	FUZZ_CHECK(frame->ctx == wanted->submit[0] && frame->out_index == wanted->submit[1] &&
		   frame->src_seq == wanted->submit[2] && frame->algo_id == wanted->submit[3]);
	FUZZ_CHECK(frame->cap_index == wanted->job[2] && frame->bytesused == wanted->job[3] &&
		   frame->seq == wanted->job[4]);
	FUZZ_CHECK(!(frame->flags & VPIPE_FRAME_ERROR) == !!frame->bytesused);
	FUZZ_CHECK(frame->asked_ns == wanted->pickup[2]);
	check_costs(frame);
}

/* Records come in order, each once; those that the ring had no room for are left out. */
static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct side *side = arg;
	struct model *model = &side->model;

	while (side->checked < model->n_ended &&
	       model->ended[side->checked].submit[2] != frame->src_seq)
		side->checked++;
	FUZZ_CHECK(side->checked < model->n_ended, "frame %u should not be recorded",
		   frame->src_seq);
	check_record(frame, &model->ended[side->checked]);
	if (is_scheduled(side))
		splits_check(frame, &model->ended[side->checked], side->wrong, sizeof(side->wrong));
	side->checked++;
}

static void drain(struct side *side)
{
	FUZZ_CHECK(trace_drain(side->feed.trace) >= 0);
}

static void check_counts(struct side *side)
{
	uint64_t *counts = side->counts, missed, ended = 0;
	const uint64_t *wanted = side->model.counts;
	static const unsigned int same[] = {VPIPE_LOSS_incomplete, VPIPE_LOSS_no_context,
					    VPIPE_LOSS_no_thread,  VPIPE_LOSS_no_source,
					    VPIPE_LOSS_no_start,   VPIPE_LOSS_cancelled,
					    VPIPE_LOSS_closed,	   VPIPE_LOSS_not_dequeued,
					    VPIPE_LOSS_others,	   VPIPE_COUNT_STARTED};
	static const unsigned int ends[] = {VPIPE_COUNT_RECORDED,    VPIPE_LOSS_ring_full,
					    VPIPE_LOSS_incomplete,   VPIPE_LOSS_cancelled,
					    VPIPE_LOSS_not_dequeued, VPIPE_LOSS_closed,
					    VPIPE_LOSS_in_flight};

	FUZZ_CHECK(!trace_counts(side->feed.trace, counts, &missed));
	FUZZ_CHECK(!missed || (is_scheduled(side) && missed == counts[VPIPE_COUNT_GAPS]));
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		ended += counts[ends[i]];
	FUZZ_CHECK(counts[VPIPE_COUNT_STARTED] == ended, "%lu started, %lu ended",
		   counts[VPIPE_COUNT_STARTED], ended);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		FUZZ_CHECK(counts[same[i]] - side->base[same[i]] == wanted[same[i]],
			   "count %u: %lu, wanted %lu", same[i],
			   counts[same[i]] - side->base[same[i]], wanted[same[i]]);
	/* an account contradicts itself where the events' times do, which nobody meant them to */
	FUZZ_CHECK(side->odd_times || counts[VPIPE_LOSS_torn] == side->base[VPIPE_LOSS_torn]);
	FUZZ_CHECK(counts[VPIPE_COUNT_RECORDED] + counts[VPIPE_LOSS_ring_full] ==
		   side->recorded + wanted[VPIPE_COUNT_RECORDED]);
	FUZZ_CHECK(counts[VPIPE_LOSS_in_flight] == model_in_flight(&side->model));
}

/* Whatever became of the records, the histogram has every frame. */
static void check_hist(struct side *side)
{
	static struct vpipe_hist hist;

	FUZZ_CHECK(!trace_hist(side->feed.trace, VPIPE_HIST_E2E, &hist));
	FUZZ_CHECK(hist_total(&hist) == side->recorded);
}

/* Where each thread was, unless the kernel kept events back, as it does here now and then. */
static void check_threads(struct side *side)
{
	static struct thread thread;
	const struct vpipe_account *account = &thread.account;
	unsigned int gaps = VPIPE_COUNT_GAPS;

	FUZZ_CHECK(!side->wrong[0] || side->counts[gaps] != side->base[gaps], "%s", side->wrong);
	for (unsigned int i = 0; !trace_thread(side->feed.trace, i, &thread); i++)
		FUZZ_CHECK(account->oncpu_ns + account->runq_ns + account->blocked_ns ==
				   thread.ended_ns - thread.began_ns,
			   "thread %u", thread.tid);
}

/* @twisted: the argument that is not what it should be, plus 1; 0: none is. */
static void fire(struct side *side, enum model_kind kind, const uint64_t *args,
		 unsigned int twisted)
{
	if (is_scheduled(side))
		hand_fire(side->hand, side->nudged, &side->feed, kinds[kind].event, args,
			  kinds[kind].n_args);
	else
		feed_fire(&side->feed, kinds[kind].event, args, kinds[kind].n_args);
	FUZZ_CHECK(!side->feed.error, "%s: %d", kinds[kind].event, side->feed.error);
	model_event(&side->model, kind, args);
	seen[side - sides][kind][side->model.last][twisted] = 1;
}

/* @n times from now on, or from as long ago as is wanted. */
static void take_times(struct side *side, uint64_t *to, unsigned int n)
{
	struct feed *feed = &side->feed;
	uint64_t from = feed->ns - side->back_ns, end = feed->ns + n * feed->step;

	side->odd_times |= side->back_ns;
	if (from < side->begin_ns)
		from = side->begin_ns;
	for (unsigned int i = 0; i < n; i++)
		to[i] = from + (end - from) / n * i;
	feed->ns = end;
}

static uint64_t caller(const struct side *side)
{
	return is_scheduled(side) ? hand_tid(side->hand) : (uint64_t)getpid();
}

/* The arguments of an event as it should be. */
static void make_args(struct side *side, enum model_kind kind, uint8_t who, uint64_t *args)
{
	args[0] = ids[who % N_IDS];
	args[1] = who / N_IDS % 4; /* the buffer */
	switch (kind) {
	case MODEL_SUBMIT:
		args[2] = ++side->numbers;
		args[3] = 1;
		args[4] = who & 0x80 ? caller(side) : 0;
		take_times(side, args + 6, 2);
		break;
	case MODEL_RUNNER:
		args[2] = caller(side);
		args[3] = side->feed.ns;
		break;
	case MODEL_JOB:
		args[2] = who / 64;
		args[3] = who & 0x80 ? 307200 : 0;
		args[4] = ++side->numbers;
		take_times(side, args + 5, 6);
		break;
	case MODEL_PICKUP:
		args[1] = who / 64;
		take_times(side, args + 2, 2);
		break;
	case MODEL_STREAMOFF:
		args[1] = who & 0x80 ? FEED_OUTPUT : FEED_CAPTURE;
		break;
	default:
		break;
	}
}

/*
 * Any number instead of one of them, but for the two by which frames are told apart; and where it
 * is known what was when, no time.
 */
static unsigned int twist(struct side *side, struct fuzz_input *in, enum model_kind kind,
			  uint64_t *args)
{
	unsigned int which = fuzz_below(in, kinds[kind].n_args);
	uint64_t number = fuzz_number(in);

	if ((kind == MODEL_SUBMIT && which == 2) || (kind == MODEL_JOB && which == 4))
		return 0;
	if (is_scheduled(side) && kinds[kind].wide >> which & 1)
		return 0;
	args[which] = kinds[kind].wide >> which & 1 ? number : (uint32_t)number;
	side->odd_times |= kinds[kind].wide >> which & 1;
	return which + 1;
}

/* The last hand runs no jobs: who does is traced from then on. */
static void choose_hand(struct side *side, enum model_kind kind, struct fuzz_input *in)
{
	uint8_t how = fuzz_u8(in);

	side->hand = how % HANDS;
	if (kind == MODEL_RUNNER && !hand_is_traced(side->hand))
		side->hand = 0;
	side->nudged = how & 0x40 ? how / HANDS : 0;
	side->back_ns = how & 0x20 ? fuzz_u8(in) * STEP_NS / 4 : 0;
	if (how >= 0xf0)
		hands_move();
}

static void do_event(struct side *side, struct fuzz_input *in)
{
	static const uint8_t often[16] = {MODEL_SUBMIT, MODEL_SUBMIT, MODEL_SUBMIT,    MODEL_SUBMIT,
					  MODEL_JOB,	MODEL_JOB,    MODEL_JOB,       MODEL_JOB,
					  MODEL_PICKUP, MODEL_PICKUP, MODEL_PICKUP,    MODEL_SUBMIT,
					  MODEL_RUNNER, MODEL_CLOSE,  MODEL_STREAMOFF, MODEL_KINDS};
	uint8_t what = fuzz_u8(in), who = fuzz_u8(in);
	enum model_kind kind = often[what & 15];
	uint64_t args[MODEL_ARGS] = {0};
	unsigned int twisted = 0;

	if (kind == MODEL_KINDS) {
		if (what & 0x70)
			drain(side);
		else
			check_counts(side);
		return;
	}
	if (is_scheduled(side))
		choose_hand(side, kind, in);
	make_args(side, kind, who, args);
	if (what >= 0xc0)
		twisted = twist(side, in, kind, args);
	fire(side, kind, args, twisted);
}

/* Every file is closed, as often as it may have been opened, also those with a twisted id. */
static void close_all(struct side *side)
{
	for (unsigned int i = 0; i < VPIPE_MAX_CONTEXTS; i++) {
		while (side->model.contexts[i].id)
			fire(side, MODEL_CLOSE, (uint64_t[]){side->model.contexts[i].id}, 0);
	}
}

static void open_side(struct side *side, unsigned int mode)
{
	const struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = RING,
		.config.by_hand = true,
		.config.no_frames = mode == NO_FRAMES,
		.config.only_clients = mode == ONLY_CLIENTS,
		.config.adopt_users = mode == ONLY_CLIENTS,
		.frame = on_frame,
		.arg = side,
	};
	struct feed *feed = &side->feed;
	uint64_t missed;

	FUZZ_CHECK(!trace_open(&feed->trace, &options));
	side->model.only_clients = mode == ONLY_CLIENTS;
	feed->ns = feed->step = 1;
	if (mode == SCHEDULED) {
		FUZZ_CHECK(!trace_attach_sched(feed->trace));
		hands_start(feed->trace);
		feed->ns = START_NS;
	} else {
		/* we have run on our CPU from the beginning, for all that the programs know */
		FUZZ_CHECK(!trace_adopt(feed->trace, getpid()));
	}
	feed_queue(feed, 1, 0, 0);
	feed_close(feed, 1);
	side->model.contexts[1].id = 0;
	FUZZ_CHECK(!trace_counts(feed->trace, side->counts, &missed) && !missed);
}

/* Begin where nothing is on its way. */
static struct side *begin(unsigned int mode)
{
	struct side *side = &sides[mode];

	if (!side->feed.trace)
		open_side(side, mode);
	memcpy(side->base, side->counts, sizeof(side->base));
	if (mode == SCHEDULED) {
		side->begin_ns = side->feed.ns; /* no thread goes back */
		side->wrong[0] = 0;
		hands_forget();
	} else {
		side->feed.ns = START_NS;
	}
	side->feed.step = STEP_NS;
	side->odd_times = false;
	side->checked = side->model.n_ended = side->numbers = side->model.n_events = 0;
	memset(side->model.counts, 0, sizeof(side->model.counts));
	return side;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	struct side *side = begin(fuzz_u8(&in) % N_MODES);

	for (unsigned int i = 0; in.left && i < MAX_EVENTS; i++)
		do_event(side, &in);
	check_counts(side);
	close_all(side);
	check_counts(side);
	drain(side);
	check_threads(side);
	side->recorded += side->model.counts[VPIPE_COUNT_RECORDED];
	check_hist(side);
	return 0;
}
