// SPDX-License-Identifier: MIT
/* read.c - what the programs have counted */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "loader/trace/inside.h"
#include "loader/trace/trace.h"
#include "loader/model/merge.h"
#include "loader/trace/sizes.h"

/* Of those of all CPUs that are in the map from @first on, @n of them. */
static int sum_hists(struct trace *trace, unsigned int first, unsigned int n, unsigned int which,
		     struct vpipe_hist *sum)
{
	struct vpipe_hists *cpu_hists = malloc(sizeof(*cpu_hists));
	int err = cpu_hists ? 0 : -ENOMEM;

	memset(sum, 0, sizeof(*sum));
	for (__u32 key = first; !err && key < first + n; key++) {
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.hists), &key, cpu_hists);
		if (!err)
			merge_buckets(sum, &cpu_hists->ranges[which], cpu_hists->buckets[which]);
	}
	free(cpu_hists);
	return err;
}

int trace_hist(struct trace *trace, unsigned int which, struct vpipe_hist *sum)
{
	if (which != VPIPE_HIST_RUNQ)
		return sum_hists(trace, 0, bpf_map__max_entries(trace->skel->maps.hists), which,
				 sum);
	threads_waits(trace, sum);
	return 0;
}

int trace_device_hist(struct trace *trace, unsigned int device, unsigned int which,
		      struct vpipe_hist *sum)
{
	unsigned int n_cpus = trace->options.config.n_cpus;

	return sum_hists(trace, device * n_cpus, n_cpus, which, sum);
}

int trace_counter(struct trace *trace, unsigned int stage, unsigned int counter,
		  struct vpipe_hist *sum)
{
	struct vpipe_hist *parts = calloc(trace->options.config.n_cpus, sizeof(*parts));
	__u32 key = stage * VPIPE_MAX_COUNTERS + counter;
	int err = parts ? 0 : -ENOMEM;

	memset(sum, 0, sizeof(*sum));
	if (!err)
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.counter_hists), &key,
					  parts);
	for (unsigned int cpu = 0; !err && cpu < trace->options.config.n_cpus; cpu++)
		merge_hist(sum, &parts[cpu]);
	free(parts);
	return err;
}

/* Frames that tracing left on their way: in a slot, counted as started, not gone. */
static int count_in_flight(struct trace *trace, uint64_t *frames)
{
	struct vpipe_context *context = malloc(sizeof(*context));
	unsigned int n = trace->options.config.max_contexts;
	int err = context ? 0 : -ENOMEM;

	for (__u32 index = 0; !err && index < n; index++) {
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.contexts), &index, context);
		if (err || !context->key)
			continue;
		for (int i = 0; i < 2 * VPIPE_MAX_BUFFERS; i++)
			*frames += context->slots[i].state >= VPIPE_SLOT_QUEUED;
	}
	free(context);
	return err;
}

int trace_buffers(struct trace *trace,
		  void (*buffer)(void *arg, unsigned int device, uint64_t given_ns), void *arg)
{
	struct vpipe_context *context = malloc(sizeof(*context));
	unsigned int n = trace->options.config.max_contexts;
	int err = context ? 0 : -ENOMEM;

	for (__u32 index = 0; !err && index < n; index++) {
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.contexts), &index, context);
		for (int i = 0; !err && context->key && i < 2 * VPIPE_MAX_BUFFERS; i++) {
			if (context->slots[i].state == VPIPE_SLOT_GIVEN)
				buffer(arg, context->device,
				       context->slots[i].frame.cycle.given_ns);
		}
	}
	free(context);
	return err;
}

/* Events that the kernel did not hand to @program because it was running already. */
static uint64_t missed_by(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_program__fd(program) < 0 ||
	    bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

/* Of two programs for one event: it is lost where both missed it, so no more often than either. */
static uint64_t missed_by_both(const struct bpf_program *program, const struct bpf_program *twin)
{
	uint64_t first = missed_by(program), second;

	if (!twin || bpf_program__fd(twin) < 0)
		return first;
	second = missed_by(twin);
	return second < first ? second : first;
}

/* Without a source there was nothing to be seen of what is loaded for it. */
static bool is_to_see(const struct trace *trace, const struct bpf_program *program)
{
	return trace->skel->data->vpipe_serial || objects_need(trace, program) != TRACE_FOR_SOURCE;
}

uint64_t trace_missed(const struct trace *trace)
{
	struct bpf_program *program = NULL;
	uint64_t missed = 0;

	if (trace->ended_ns)
		return trace->missed;

	while ((program = objects_next(trace, program))) {
		if (!objects_is_twin(program) && is_to_see(trace, program))
			missed += missed_by_both(program, objects_twin(trace, program));
	}
	return missed;
}

int trace_losses(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed)
{
	uint64_t *parts = calloc(trace->options.config.n_cpus, sizeof(*parts));
	int err = parts ? 0 : -ENOMEM;

	for (__u32 what = 0; !err && what < VPIPE_N_COUNTS; what++) {
		counts[what] = 0;
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.counts), &what, parts);
		for (unsigned int cpu = 0; !err && cpu < trace->options.config.n_cpus; cpu++)
			counts[what] += parts[cpu];
	}
	free(parts);
	counts[VPIPE_LOSS_torn] += trace->torn;
	*missed = err ? 0 : trace_missed(trace) + counts[VPIPE_COUNT_GAPS];
	*missed += sizes_outgrown(&trace->options.config);
	return err;
}

int trace_counts(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed)
{
	int err = trace_losses(trace, counts, missed);

	return err ? err : count_in_flight(trace, &counts[VPIPE_LOSS_in_flight]);
}
