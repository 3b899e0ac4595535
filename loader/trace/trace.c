// SPDX-License-Identifier: MIT
/* trace.c - from loading to unloading, see trace.h */
#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "vpipe-interrupts.skel.h"
#include "bpf/record.h"
#include "loader/model/record.h"
#include "loader/trace/inside.h"
#include "loader/trace/trace.h"
#include "loader/trace/load.h"
#include "lib/msg.h"

/* What is not valid in a record is 0 from here on. */
static void read_record(const struct vpipe_frame *record, struct vpipe_frame *frame,
			const struct trace_config *config)
{
	memset(frame, 0, sizeof(*frame));
	frame_copy(frame, record, VPIPE_MAX_STAGES - 1, config->cycles, config->want_source, true);
	if (config->rows == VPIPE_ROWS_CARRIED)
		frame_copy_carriers(frame, record);
	if (!frame->wake.seen)
		memset(&frame->wake, 0, sizeof(frame->wake));
}

/* That of the device whose @frame it is. */
static const struct path *path_of(const struct trace *trace, const struct vpipe_frame *frame)
{
	const struct trace_options *options = &trace->options;

	return frame->device < options->config.n_devices ? options->devices[frame->device].path
							 : options->path;
}

static int on_record(void *arg, void *data, size_t size)
{
	struct trace *trace = arg;
	const struct trace_config *config = &trace->options.config;
	struct vpipe_frame frame;

	if (size == sizeof(struct vpipe_buffer) && trace->options.buffer) {
		trace->options.buffer(trace->options.arg, data);
		return 0;
	}
	if (size >= record_size(config->cycles, config->rows == VPIPE_ROWS_CARRIED)) {
		read_record(data, &frame, config);
		trace->torn += record_mend(path_of(trace, &frame), &frame);
		trace->options.frame(trace->options.arg, &frame);
	}
	return 0;
}

static int on_span(void *arg, void *data, size_t size)
{
	struct trace *trace = arg;

	if (size >= sizeof(struct vpipe_span))
		trace->options.span(trace->options.arg, data);
	return 0;
}

static int open_ring(struct trace *trace)
{
	trace->ring =
		ring_buffer__new(bpf_map__fd(trace->skel->maps.events), on_record, trace, NULL);
	if (!trace->ring)
		return -errno;
	if (!trace->options.config.timeline)
		return 0;
	return ring_buffer__add(trace->ring, bpf_map__fd(trace->skel->maps.spans), on_span, trace);
}

/* What the loaded programs work with. */
static int open_around(struct trace *trace)
{
	char why[HOST_WHY];
	int err = threads_map(trace) ?: open_ring(trace);

	if (!err)
		err = counters_open(&trace->options.counters,
				    bpf_map__fd(trace->skel->maps.counters),
				    trace->options.config.n_cpus);
	if (err) {
		load_why_error(err, why);
		load_lacks(&trace->options, TRACE_LOADED, why);
	}
	return err;
}

int trace_open(struct trace **out, const struct trace_options *options)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err;

	if (!trace) {
		msg_errno(ENOMEM, NULL, "cannot load the BPF programs");
		return -ENOMEM;
	}
	trace->options = *options;
	load_listen(options->verbose);
	err = objects_load(trace);
	if (!err)
		err = open_around(trace);
	if (err) {
		trace_close(trace);
		return err;
	}
	*out = trace;
	return 0;
}

/* The program that copies tells when, by its probes. */
static void attach_copies(struct trace *trace)
{
	const struct vpipe *skel = trace->skel;
	const char *file = trace->options.copy_probes;
	char why[HOST_WHY];
	int has = attach_usdt(&trace->links, skel->progs.vpipe_copybeg, file, "copy_begin", why);

	if (has > 0)
		has = attach_usdt(&trace->links, skel->progs.vpipe_copyend, file, "copy_end", why);
	skel->data->vpipe_copy_probes = has > 0;
	if (has < 0)
		load_lacks(&trace->options, TRACE_COPIES, why);
	else if (!has && trace->options.lacks)
		load_lacks(&trace->options, TRACE_COPIES, "it has no such probes");
}

/* Without these a run is good, too, but less of it is known. */
static void attach_optional(struct trace *trace)
{
	char why[HOST_WHY];

	if (attach_kprobes(&trace->links, trace->skel->obj, why))
		load_lacks(&trace->options, TRACE_ASKED, why);
	if (bpf_program__autoload(trace->skel->progs.vpipe_copybeg))
		attach_copies(trace);
	if (bpf_program__autoload(trace->skel->progs.vpipe_jobrun))
		jobs_attach(trace);
}

static int attach(struct trace *trace, const char *prefix)
{
	char why[HOST_WHY];
	int err = attach_events(&trace->links, trace->skel->obj, prefix, why);

	if (!err && trace->interrupts)
		err = attach_events(&trace->links, trace->interrupts->obj, prefix, why);
	if (err)
		load_lacks(&trace->options, TRACE_EVENTS, why);
	return err;
}

int trace_attach(struct trace *trace)
{
	int err;

	/*
	 * The first store there faults, and where it was a SETcc, QEMU (7.2 at least) has lost the
	 * flags when it comes back: "setg; js" told of probes that they could not be attached.
	 */
	trace->skel->data->vpipe_copy_probes = false;
	err = attach(trace, "");
	if (!err || trace->options.lacks) /* who asks wants to know all */
		attach_optional(trace);
	return err;
}

void trace_begin(struct trace *trace)
{
	trace->skel->bss->vpipe_shared.on = true;
}

int trace_attach_sched(struct trace *trace)
{
	int err = attach(trace, "sched_");

	trace->skel->bss->vpipe_shared.on = !err;
	return err;
}

int trace_fd(const struct trace *trace)
{
	return ring_buffer__epoll_fd(trace->ring);
}

int trace_drain(struct trace *trace)
{
	int err = threads_bury(trace);

	return err ? err : ring_buffer__consume(trace->ring);
}

static void *take_links(void *links)
{
	links_detach(links);
	return NULL;
}

/*
 * The kernel takes its time for each link, to see that nobody runs the program any more. Who has seen
 * that all are off, and that those which ran when they were switched off have come to their end (a
 * grace period of RCU), need not wait for that.
 */
static void begin_to_detach(struct trace *trace)
{
	if (!syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		trace->detaching =
			!pthread_create(&trace->detacher, NULL, take_links, &trace->links);
	if (!trace->detaching)
		links_detach(&trace->links);
}

uint64_t trace_detach(struct trace *trace)
{
	uint64_t ended_ns;

	if (trace->ended_ns)
		return trace->ended_ns;
	trace->skel->bss->vpipe_shared.on = false;
	ended_ns = trace_now(trace);
	adopt_names(trace);
	trace->missed = trace_missed(trace);
	trace->ended_ns = ended_ns;
	begin_to_detach(trace);
	return ended_ns;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	if (trace->detaching)
		pthread_join(trace->detacher, NULL);
	links_free(&trace->links);
	threads_unmap(trace);
	ring_buffer__free(trace->ring);
	objects_unload(trace);
	free(trace);
}
