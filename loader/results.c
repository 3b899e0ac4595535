// SPDX-License-Identifier: MIT
/* results.c - the numbers of a run, see results.h */
#include <errno.h>
#include <stdlib.h>

#include "bpf/hist.h"
#include "loader/results.h"
#include "lib/msg.h"

static const struct {
	const char *name;
	const char *cause;
} hist_names[VPIPE_N_HISTS] = {
#define X(stage, point, cause, from, to) [VPIPE_STAGE_##stage] = {#stage, cause},
	VPIPE_STAGES(X)
#undef X
		[VPIPE_HIST_E2E] = {"e2e", ""},
	[VPIPE_HIST_RUNQ] = {"runq", "scheduler"},
};

const char *results_hist_name(unsigned int which)
{
	return hist_names[which].name;
}

const char *results_hist_cause(unsigned int which)
{
	return hist_names[which].cause;
}

void results_add_frame(struct results *results, struct csv *frames, const struct vpipe_frame *frame)
{
	uint64_t costs[N_COSTS];

	frame_costs(frame, costs);
	frames_csv_row(frames, results->rows++, frame, costs, &results->facts.counters);
	for (unsigned int cost = 0; cost < N_COSTS; cost++)
		hist_count(&results->cost_hists[cost], costs[cost]);
}

/* Shares of the rows' end-to-end time, which the costs add up to. */
static void summarize_costs(struct results *results)
{
	uint64_t total = 0;

	for (unsigned int cost = 0; cost < N_COSTS; cost++) {
		results->costs[cost] = latency_of(&results->cost_hists[cost]);
		total += results->costs[cost].total_ns;
	}
	for (unsigned int cost = 0; cost < N_COSTS; cost++)
		results->costs[cost].share =
			total ? (double)results->costs[cost].total_ns / (double)total : 0;
}

bool counts_balanced(const uint64_t counts[VPIPE_N_COUNTS], uint64_t in_hist)
{
	static const enum vpipe_loss ends[] = {
		VPIPE_COUNT_RECORDED, VPIPE_LOSS_ring_full,    VPIPE_LOSS_incomplete,
		VPIPE_LOSS_cancelled, VPIPE_LOSS_not_dequeued, VPIPE_LOSS_closed,
		VPIPE_LOSS_in_flight,
	};
	uint64_t ended = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		ended += counts[ends[i]];
	return counts[VPIPE_COUNT_STARTED] == ended &&
	       counts[VPIPE_COUNT_RECORDED] + counts[VPIPE_LOSS_ring_full] == in_hist;
}

static bool is_complete(const struct results *results)
{
#define X(cause, kind, text)                                                   \
	if (VPIPE_##kind == VPIPE_LOSS && results->counts[VPIPE_LOSS_##cause]) \
		return false;
	VPIPE_LOSSES(X)
#undef X
	return results->balanced && !results->missed_events && !results->row_mismatch;
}

struct table_counts results_counts(const struct results *results)
{
	return (struct table_counts){
		.counts = results->counts,
		.missed_events = results->missed_events,
		.row_mismatch = results->row_mismatch,
		.balanced = results->balanced,
	};
}

bool results_add_up(const struct results *results)
{
	return results->balanced && !results->row_mismatch;
}

int results_read(struct results *results, struct trace *trace)
{
	uint64_t e2e_ns;
	int err = trace_counts(trace, results->counts, &results->missed_events);

	for (unsigned int which = 0; !err && which < VPIPE_N_HISTS; which++) {
		err = trace_hist(trace, which, &results->hists[which]);
		results->latencies[which] = latency_of(&results->hists[which]);
	}
	if (err) {
		msg_errno(err, NULL, "cannot read the histograms");
		return err;
	}
	e2e_ns = results->latencies[VPIPE_HIST_E2E].total_ns;
	for (unsigned int which = 0; which <= VPIPE_HIST_E2E && e2e_ns; which++)
		results->latencies[which].share =
			(double)results->latencies[which].total_ns / (double)e2e_ns;
	summarize_costs(results);
	if (!results->facts.no_frames)
		results->row_mismatch = results->counts[VPIPE_COUNT_RECORDED] - results->rows;
	results->balanced =
		counts_balanced(results->counts, results->latencies[VPIPE_HIST_E2E].count);
	results->complete = is_complete(results);
	return 0;
}
