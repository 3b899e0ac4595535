// SPDX-License-Identifier: MIT
/* run.c - see run.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/hist.h"
#include "loader/model/costs.h"
#include "loader/model/run.h"

int run_init(struct run *run, const struct path *path)
{
	memset(run, 0, sizeof(*run));
	run->path = path;
	run->hists = calloc(path_n_hists(path), sizeof(run->hists[0]));
	run->cost_hists = calloc(path->n_costs, sizeof(run->cost_hists[0]));
	return run->hists && run->cost_hists ? worst_init(&run->worst, DEFAULT_WORST) : -ENOMEM;
}

int run_keep_worst(struct run *run, unsigned int n)
{
	worst_free(&run->worst);
	return worst_init(&run->worst, n);
}

bool run_is_of_rows(const struct run *run)
{
	return path_is_chain(run->path) || run->facts.flight.above_ns;
}

void run_free(struct run *run)
{
	free(run->hists);
	free(run->cost_hists);
	worst_free(&run->worst);
	free(run->threads);
	for (unsigned int i = 0; i < run->n_devices; i++)
		free(run->devices[i].hists);
	free(run->devices);
	free(run->gaps);
}

void run_add_frame(struct run *run, struct frame *frame)
{
	frame->number = run->rows++;
	if (frame_is_warmup(frame)) {
		run->warmup_rows++;
		return;
	}
	run->over += run->facts.deadline_ns && frame->e2e_ns > run->facts.deadline_ns;
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++)
		hist_count(&run->cost_hists[cost], frame->costs[cost]);
	for (unsigned int wait = 0; wait < N_WAITS; wait++)
		run->waits[wait] += frame->waits[wait];
	worst_add(&run->worst, frame);
}

int run_add_devices(struct run *run, const char *const nodes[], unsigned int n,
		    void (*drop)(void *arg, const struct drop *drop), void *arg)
{
	run->devices = calloc(n, sizeof(run->devices[0]));
	run->gaps = calloc(1, sizeof(*run->gaps));
	if (!run->devices || !run->gaps)
		return -ENOMEM;
	for (unsigned int i = 0; i < n; i++)
		run->devices[i].node = nodes[i];
	run->n_devices = n;
	run->gaps->devices = run->devices;
	run->gaps->drop = drop;
	run->gaps->arg = arg;
	run->facts.cycles = true;
	return 0;
}

void run_add_cycle(struct run *run, struct cycle *cycle)
{
	gaps_add(run->gaps, cycle);
}

void run_settle_cycles(struct run *run)
{
	if (run->gaps)
		gaps_settle(run->gaps);
}

void run_add_drop(struct run *run, const struct drop *drop)
{
	gaps_tell(run->gaps, drop);
}

void run_lose_cycles(struct run *run)
{
	gaps_lost(run->gaps);
}

struct thread *run_add_thread(struct run *run)
{
	struct thread *threads = reallocarray(run->threads, run->n_threads + 1, sizeof(threads[0]));

	if (!threads)
		return NULL;
	run->threads = threads;
	threads += run->n_threads++;
	memset(threads, 0, sizeof(*threads));
	return threads;
}

void run_sum_costs(struct run *run)
{
	uint64_t total = 0;

	for (unsigned int cost = 0; cost < run->path->n_costs; cost++) {
		run->costs[cost] = latency_of(&run->cost_hists[cost]);
		total += run->costs[cost].total_ns;
	}
	for (unsigned int cost = 0; cost < run->path->n_costs; cost++)
		run->costs[cost].share =
			total ? (double)run->costs[cost].total_ns / (double)total : 0;
}

/* In most runs each row is a record, and the histograms are those of the programs. */
static struct run_records run_records(const struct run *run)
{
	if (run_is_of_rows(run))
		return run->records;
	return (struct run_records){
		.came = run->rows,
		.counted = run->latencies[path_e2e(run->path)].count,
	};
}

void run_share_stages(struct run *run)
{
	unsigned int e2e = path_e2e(run->path);

	for (unsigned int which = 0; which <= e2e && run->latencies[e2e].total_ns; which++)
		run->latencies[which].share = (double)run->latencies[which].total_ns /
					      (double)run->latencies[e2e].total_ns;
}

void run_sum(struct run *run)
{
	for (unsigned int which = 0; which < path_n_hists(run->path); which++)
		run->latencies[which] = latency_of(&run->hists[which]);
	run_share_stages(run);
	run_sum_costs(run);
	for (unsigned int i = 0; i < run->n_devices; i++) {
		run->devices[i].done = latency_of(&run->devices[i].done_hist);
		run->devices[i].taken = latency_of(&run->devices[i].taken_hist);
	}
}

void run_finish(struct run *run)
{
	struct counts *counts = &run->counts;
	struct run_records records;

	run_sum(run);
	records = run_records(run);
	if (!run->facts.config.no_frames)
		counts->row_mismatch =
			counts->of[VPIPE_COUNT_RECORDED] - records.came - records.let_go;
	counts->balanced = counts_balanced(counts->of, records.counted);
	run->complete = counts_complete(counts);
}

bool run_adds_up(const struct run *run)
{
	return run->counts.balanced && !run->counts.row_mismatch;
}

bool run_has_costs(const struct run *run)
{
	return run->merged.runs ? run->merged.has_costs : !run->facts.config.no_frames;
}

const char *run_why_no_rows(const struct run *run)
{
	if (run->merged.runs)
		return "the run is the sum of others, which has no rows";
	return run->facts.config.no_frames ? "the run has histograms only (--no-frames)" : NULL;
}

uint64_t run_frames(const struct run *run)
{
	if (run->merged.runs)
		return run->latencies[path_e2e(run->path)].count;
	return run->facts.config.no_frames ? run->counts.of[VPIPE_COUNT_RECORDED] : run->rows;
}

bool run_knows_cost(const struct run *run, unsigned int cost)
{
	const struct path *path = run->path;
	bool charged = false;

	if (run->costs[cost].total_ns || cost_is(path, cost, COST_copies))
		return true;
	for (unsigned int i = 0; i < path->n_stages; i++) {
		const struct stage *stage = &path->stages[i];

		if (stage->running != cost && stage->asleep != cost)
			continue;
		if (run->latencies[i].count)
			return true;
		charged = true;
	}
	return !charged;
}

/* May time of @stage be @cost? All of it is end-to-end time, and its carrier may wait for a CPU in any. */
static bool is_part(const struct path *path, const struct stage *stage, unsigned int cost)
{
	if (cost == path->n_costs || cost_is(path, cost, COST_jitter) ||
	    cost_is(path, cost, COST_unattributed))
		return true;
	return stage->running == cost || stage->asleep == cost ||
	       (stage->may_dwell && cost_is(path, cost, COST_queueing));
}

bool run_has_stages_of(const struct run *run, const struct run *other, unsigned int cost)
{
	const struct path *path = run->path;

	for (unsigned int i = 0; i < path->n_stages; i++) {
		const struct stage *stage = &path->stages[i];

		if (!run->latencies[i].count != !other->latencies[i].count &&
		    !cost_is(path, stage->running, COST_copies) && is_part(path, stage, cost))
			return false;
	}
	return true;
}
