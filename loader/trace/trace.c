// SPDX-License-Identifier: MIT
/* trace.c - the skeleton and its maps, see trace.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h"
#include "vpipe.skel.h"
#include "vpipe-interrupts.skel.h"
#include "bpf/account.h"
#include "bpf/hist.h"
#include "bpf/record.h"
#include "loader/model/costs.h"
#include "loader/trace/trace.h"
#include "loader/trace/attach.h"
#include "loader/trace/load.h"
#include "lib/clock.h"
#include "lib/msg.h"

#define THREADS_SIZE ((VPIPE_MAX_THREADS + 1) * sizeof(struct vpipe_thread))

struct trace {
	struct trace_options options;
	struct vpipe *skel;
	struct vpipe_interrupts *interrupts; /* NULL: they are not told from tasks */
	struct ring_buffer *ring;
	struct links links;
	struct vpipe_thread *threads; /* the map, from entry 1 on, shared with the programs */
	struct trace_thread *dead; /* taken out of it */
	unsigned int n_dead;
	struct vpipe_hist dead_runq; /* their waits */
	uint64_t torn; /* times of frames that contradicted each other */
	uint64_t ended_ns; /* CLOCK_MONOTONIC of the detach; 0: still attached */
};

/* The types of vb2's buffers: without them no source. */
static bool source_is_possible(const struct trace *trace)
{
	switch (load_find_vb2()) {
	case TYPES_IN_KERNEL:
	case TYPES_IN_MODULE:
	case TYPES_UNREAD: /* loading will tell why */
		return true;
	case TYPES_NOT_LOADED:
		load_lacks(&trace->options, TRACE_SOURCE,
			   "videobuf2 is not loaded, nor are its types");
		return false;
	case TYPES_NOWHERE:
		break;
	}
	load_lacks(&trace->options, TRACE_SOURCE, "the kernel has no BTF of videobuf2");
	return false;
}

static bool is_needed(const struct trace_options *options, enum trace_need need)
{
	switch (need) {
	case TRACE_FOR_SOURCE:
		return options->config.want_source;
	case TRACE_FOR_COPIES:
		return options->copy_probes;
	case TRACE_FOR_COUNTERS:
		return options->counters.n;
	case TRACE_ALWAYS:
		break;
	}
	return true;
}

/* Of the path's programs, which no object loads by itself, those that are needed. */
static int choose_programs(struct trace *trace)
{
	const struct trace_program *one = trace->options.programs;

	for (; one && one->name; one++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(trace->skel->obj, one->name);

		if (!program)
			return -ENOENT;
		bpf_program__set_autoload(program, is_needed(&trace->options, one->need));
	}
	return 0;
}

/* The second program for the event that @program is for; NULL: there is none, or it is one. */
static struct bpf_program *twin_of(const struct vpipe *skel, const struct bpf_program *program)
{
	char name[BPF_OBJ_NAME_LEN + sizeof(VPIPE_TWIN_SUFFIX)];

	snprintf(name, sizeof(name), "%s" VPIPE_TWIN_SUFFIX, bpf_program__name(program));
	return bpf_object__find_program_by_name(skel->obj, name);
}

static bool is_twin(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);

	return !strcmp(name + strlen(name) - strlen(VPIPE_TWIN_SUFFIX), VPIPE_TWIN_SUFFIX);
}

/* Where programs may be preempted, a second one for each event that it concerns. */
static void choose_twins(const struct vpipe *skel)
{
	struct bpf_program *program, *twin;

	bpf_object__for_each_program(program, skel->obj) {
		twin = twin_of(skel, program);
		if (twin)
			bpf_program__set_autoload(twin, bpf_program__autoload(program));
	}
}

static int size_maps(const struct trace *trace)
{
	const struct trace_config *config = &trace->options.config;
	const struct vpipe *skel = trace->skel;
	int err = bpf_map__set_max_entries(skel->maps.hists, config->n_cpus)
			  ?: bpf_map__set_max_entries(skel->maps.events, (__u32)config->ring_bytes);

	if (err || !config->n_counters)
		return err;
	return bpf_map__set_max_entries(skel->maps.counters, config->n_counters * config->n_cpus)
		       ?: bpf_map__set_max_entries(skel->maps.counted_frames, VPIPE_MAX_COUNTED);
}

static int configure(struct trace *trace)
{
	int err = choose_programs(trace);

	if (err)
		return err;
	trace->skel->rodata->vpipe_config = trace->options.config;
	if (trace->options.config.preemptible)
		choose_twins(trace->skel);
	return size_maps(trace);
}

/* The map holds the events; a CPU that is offline has none, and counts nothing. */
static int open_counters(struct trace *trace)
{
	const struct counters *counters = &trace->options.counters;
	int map = bpf_map__fd(trace->skel->maps.counters);

	for (unsigned int i = 0; i < counters->n; i++) {
		for (unsigned int cpu = 0; cpu < trace->options.config.n_cpus; cpu++) {
			__u32 index = i * trace->options.config.n_cpus + cpu;
			int fd = counter_open(&counters->which[i], (int)cpu);
			int err;

			if (fd == -ENODEV)
				continue;
			if (fd < 0)
				return fd;
			err = bpf_map_update_elem(map, &index, &fd, BPF_ANY);
			close(fd); /* the map keeps the event */
			if (err)
				return err;
		}
	}
	return 0;
}

/* What is not valid in a record is 0 from here on. */
static void read_record(const struct vpipe_frame *record, struct vpipe_frame *frame, bool sources)
{
	memset(frame, 0, sizeof(*frame));
	frame_copy(frame, record, VPIPE_MAX_STAGES - 1, sources, true);
	if (!frame->wake.seen)
		memset(&frame->wake, 0, sizeof(frame->wake));
}

static int on_record(void *arg, void *data, size_t size)
{
	struct trace *trace = arg;
	struct vpipe_frame frame;

	if (size >= sizeof(frame)) {
		read_record(data, &frame, trace->options.config.want_source);
		trace->torn += frame_mend(&frame);
		trace->options.frame(trace->options.arg, &frame);
	}
	return 0;
}

static int map_threads(struct trace *trace)
{
	struct vpipe_thread *threads = mmap(NULL, THREADS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
					    bpf_map__fd(trace->skel->maps.threads), 0);

	if (threads == MAP_FAILED)
		return -errno;
	trace->threads = threads + 1; /* [0] is nobody's */
	return 0;
}

/* The variables that the two objects share are all that is in the map they share. */
_Static_assert(sizeof(struct vpipe__bss) == sizeof(struct vpipe_interrupts__bss),
	       "a variable that is not shared has no SEC(\".data\")");

/* The program that tells interrupts that wake from tasks is loaded, and brings its maps. */
static int share_maps(struct trace *trace)
{
	const struct vpipe_interrupts *interrupts = trace->interrupts;
	const struct vpipe *skel = trace->skel;

	if (!interrupts)
		return 0;
	bpf_program__set_autoload(skel->progs.vpipe_waking, false);
	return bpf_map__reuse_fd(skel->maps.bss, bpf_map__fd(interrupts->maps.bss))
		       ?: bpf_map__reuse_fd(skel->maps.threads,
					    bpf_map__fd(interrupts->maps.threads));
}

/* Not every kernel takes it, and it is not needed. */
static int load_interrupts(struct trace *trace)
{
	char why[HOST_WHY];
	int err;

	load_forget();
	trace->interrupts = vpipe_interrupts__open_and_load();
	if (trace->interrupts)
		return 0;
	err = -errno;
	load_why(err, why);
	if (load_may_be_less(err)) {
		load_lacks(&trace->options, TRACE_INTERRUPTS, why);
		return 0;
	}
	load_lacks(&trace->options, TRACE_LOADED, why);
	return err;
}

static int open_programs(struct trace *trace, char why[HOST_WHY])
{
	int err;

	vpipe__destroy(trace->skel);
	load_forget();
	trace->skel = vpipe__open();
	err = trace->skel ? configure(trace) : -errno;
	if (err)
		load_why(err, why);
	return err;
}

static int load_programs(struct trace *trace, char why[HOST_WHY])
{
	int err;

	load_forget();
	err = share_maps(trace) ?: vpipe__load(trace->skel);
	if (err)
		load_why(err, why);
	return err;
}

/* With all that can be known; if that can't be loaded, without a source, and it is said. */
static int load_best(struct trace *trace)
{
	char why[HOST_WHY], why_less[HOST_WHY];
	int err = load_programs(trace, why);

	if (!err || !trace->options.config.want_source || !load_may_be_less(err)) {
		if (err)
			load_lacks(&trace->options, TRACE_LOADED, why);
		return err;
	}
	trace->options.config.want_source = false;
	err = open_programs(trace, why_less) ?: load_programs(trace, why_less);
	if (err)
		load_lacks(&trace->options, TRACE_LOADED, why_less);
	else
		load_lacks(&trace->options, TRACE_SOURCE, why);
	return err;
}

/* Before anything is loaded: want of files looks like want of something else. */
static int open_checked(struct trace *trace)
{
	char why[HOST_WHY];
	int err = open_programs(trace, why) ?: load_check_files(trace->skel->obj, why);

	if (err)
		load_lacks(&trace->options, TRACE_LOADED, why);
	return err;
}

static int open_ring(struct trace *trace)
{
	trace->ring =
		ring_buffer__new(bpf_map__fd(trace->skel->maps.events), on_record, trace, NULL);
	return trace->ring ? 0 : -errno;
}

/* What the loaded programs work with. */
static int open_around(struct trace *trace)
{
	char why[HOST_WHY];
	int err = map_threads(trace) ?: open_ring(trace);

	if (!err)
		err = open_counters(trace);
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
	trace->options.config.want_source =
		options->config.want_source && source_is_possible(trace);
	trace->options.config.n_counters = options->counters.n;
	trace->options.config.n_cpus = (unsigned int)libbpf_num_possible_cpus();
	trace->options.config.preemptible = host_kernel_major() >= 7;
	err = open_checked(trace) ?: load_interrupts(trace) ?: load_best(trace);
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

	if (bpf_program__autoload(trace->skel->progs.vpipe_srcask) &&
	    attach_kprobe(&trace->links, trace->skel->progs.vpipe_srcask, why))
		load_lacks(&trace->options, TRACE_ASKED, why);
	if (bpf_program__autoload(trace->skel->progs.vpipe_copybeg))
		attach_copies(trace);
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

static int run_syscall_program(const struct bpf_program *program, void *args, unsigned int size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = size);
	int err = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);

	return err ? err : opts.retval ? -ENOSPC : 0;
}

int trace_adopt_forks(struct trace *trace, bool on)
{
	__u32 arg = on;
	int err = run_syscall_program(trace->skel->progs.vpipe_forks, &arg, sizeof(arg));

	if (err)
		msg_errno(err, NULL, "cannot trace what is started");
	return err;
}

int trace_adopt(struct trace *trace, pid_t tid)
{
	struct {
		__u32 tid;
		__u32 role;
	} args = {(__u32)tid, VPIPE_ROLE_CLIENT};
	int err = run_syscall_program(trace->skel->progs.vpipe_adopt, &args, sizeof(args));

	if (err)
		msg_errno(err, NULL, "cannot trace process %d", (int)tid);
	return err;
}

/* Read @program of the tasks that this process may see: of @tid only, if that is not 0. */
static int read_tasks(const struct bpf_program *program, pid_t tid)
{
	union bpf_iter_link_info which = {.task.tid = (__u32)tid};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &which,
		    .link_info_len = sizeof(which));
	struct bpf_link *link = bpf_program__attach_iter(program, &opts);
	int fd = link ? bpf_iter_create(bpf_link__fd(link)) : -1;
	int err = fd < 0 ? -errno : 0;
	char nothing;

	if (fd >= 0) {
		while (read(fd, &nothing, 1) > 0) {
		}
		close(fd);
	}
	bpf_link__destroy(link);
	return err;
}

int trace_adopt_family(struct trace *trace, pid_t pid)
{
	struct vpipe *skel = trace->skel;
	int err;

	skel->data->vpipe_root = 0;
	err = read_tasks(skel->progs.vpipe_find, pid);
	if (!err && !skel->data->vpipe_root)
		err = -ESRCH;
	/* twice: one may have been started behind the reader's back, by one not marked yet */
	for (int pass = 0; !err && pass < 2; pass++)
		err = read_tasks(skel->progs.vpipe_family, 0);
	if (err)
		msg_errno(err, NULL, "cannot trace process %d", (int)pid);
	return err;
}

uint64_t trace_now(struct trace *trace)
{
	uint64_t ns = 0;

	return run_syscall_program(trace->skel->progs.vpipe_clock, &ns, sizeof(ns)) ? clock_ns()
										    : ns;
}

int trace_fd(const struct trace *trace)
{
	return ring_buffer__epoll_fd(trace->ring);
}

/* A wakeup that was asked for and did not come before the end is not counted: nor is its waker. */
static void uncount_waking(struct vpipe_peers *wakers, unsigned int waking)
{
	if (waking == VPIPE_WAKING_OTHERS)
		wakers->others--;
	else if (waking)
		wakers->top[waking - 1].count--;
}

/* The account of a thread that lives reaches up to the end of tracing. */
static void take_thread(const struct trace *trace, const struct vpipe_thread *slot,
			struct trace_thread *thread)
{
	*thread = (struct trace_thread){
		.tid = slot->tid,
		.role = slot->role,
		.dead = slot->now.state == VPIPE_THREAD_DEAD,
		.began_ns = slot->began_ns,
		.ended_ns = slot->now.ns,
		.account = slot->now.account,
		.runq = latency_of(&slot->runq),
		.wakers = slot->wakers,
		.preemptors = slot->preemptors,
	};
	memcpy(thread->comm, slot->comm, VPIPE_COMM_LEN);
	uncount_waking(&thread->wakers, slot->waking);
	if (!thread->dead && trace->ended_ns > slot->now.ns) {
		account_from(&slot->now, trace->ended_ns, &thread->account);
		thread->ended_ns = trace->ended_ns;
	}
}

static void merge(struct vpipe_hist *sum, const struct vpipe_range *range,
		  const unsigned long long *buckets)
{
	if (range_is_empty(range, buckets))
		return;
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++)
		sum->buckets[bucket] += buckets[bucket];
	range_stretch(&sum->range, sum->buckets, range->min_ns);
	range_stretch(&sum->range, sum->buckets, range->min_ns + range->span_ns);
	sum->range.total_ns += range->total_ns;
}

static void hist_merge(struct vpipe_hist *sum, const struct vpipe_hist *part)
{
	merge(sum, &part->range, part->buckets);
}

/* Take the dead out of the table: their slots are for those that come. */
static int bury_dead(struct trace *trace)
{
	for (int i = 0; i < VPIPE_MAX_THREADS; i++) {
		struct vpipe_thread *slot = &trace->threads[i];
		struct trace_thread *dead;

		if (!slot->tid ||
		    __atomic_load_n(&slot->now.state, __ATOMIC_ACQUIRE) != VPIPE_THREAD_DEAD)
			continue;
		dead = reallocarray(trace->dead, trace->n_dead + 1, sizeof(*dead));
		if (!dead)
			return -ENOMEM;
		trace->dead = dead;
		take_thread(trace, slot, &dead[trace->n_dead++]);
		hist_merge(&trace->dead_runq, &slot->runq);
		memset(&slot->tid + 1, 0, sizeof(*slot) - sizeof(slot->tid));
		__atomic_store_n(&slot->tid, 0, __ATOMIC_RELEASE);
	}
	return 0;
}

int trace_drain(struct trace *trace)
{
	int err = bury_dead(trace);

	return err ? err : ring_buffer__consume(trace->ring);
}

/*
 * Have the threads that live named, where this process may see them: not by /proc, whose
 * ids are those of its PID namespace. One that can't be named has an empty cell.
 */
static void name_living(struct trace *trace)
{
	read_tasks(trace->skel->progs.vpipe_names, 0);
}

void trace_detach(struct trace *trace)
{
	if (trace->ended_ns)
		return;
	trace->skel->bss->vpipe_shared.on = false;
	trace->ended_ns = trace_now(trace);
	name_living(trace);
	links_detach(&trace->links);
}

/* Of the run-queue waits each thread has its own, the dead's are put together. */
static void sum_runq(const struct trace *trace, struct vpipe_hist *sum)
{
	*sum = trace->dead_runq;
	for (int i = 0; i < VPIPE_MAX_THREADS; i++) {
		if (trace->threads[i].tid)
			hist_merge(sum, &trace->threads[i].runq);
	}
}

int trace_hist(struct trace *trace, unsigned int which, struct vpipe_hist *sum)
{
	struct vpipe_hists *cpu_hists;
	int err;

	if (which == VPIPE_HIST_RUNQ) {
		sum_runq(trace, sum);
		return 0;
	}
	memset(sum, 0, sizeof(*sum));
	cpu_hists = malloc(sizeof(*cpu_hists));
	err = cpu_hists ? 0 : -ENOMEM;
	for (__u32 cpu = 0; !err && cpu < trace->options.config.n_cpus; cpu++) {
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.hists), &cpu, cpu_hists);
		if (!err)
			merge(sum, &cpu_hists->ranges[which], cpu_hists->buckets[which]);
	}
	free(cpu_hists);
	return err;
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
		hist_merge(sum, &parts[cpu]);
	free(parts);
	return err;
}

/* Frames that tracing left on their way: in a slot, counted as started, not gone. */
static int count_in_flight(struct trace *trace, uint64_t *frames)
{
	struct vpipe_context *context = malloc(sizeof(*context));
	int err = context ? 0 : -ENOMEM;

	for (__u32 index = 0; !err && index < VPIPE_MAX_CONTEXTS; index++) {
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.contexts), &index, context);
		if (err || !context->key)
			continue;
		for (int i = 0; i < 2 * VPIPE_MAX_BUFFERS; i++)
			*frames += context->slots[i].state != VPIPE_SLOT_FREE;
	}
	free(context);
	return err;
}

/* All programs, one after the other, the one of the other object last; NULL: the first. */
static struct bpf_program *next_program(const struct trace *trace, struct bpf_program *program)
{
	struct bpf_program *last =
		trace->interrupts ? trace->interrupts->progs.vpipe_wakingi : NULL;

	if (program && program == last)
		return NULL;
	return bpf_object__next_program(trace->skel->obj, program) ?: last;
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

/* Events of V4L2's, of whatever queue. */
static bool is_of_v4l2(const struct bpf_program *program)
{
	const char *event = event_of(program);

	return event && (!strncmp(event, "vb2_", 4) || !strncmp(event, "v4l2_", 5));
}

/* Without a source there was nothing to be seen of V4L2's. */
static uint64_t count_missed(struct trace *trace)
{
	const struct vpipe *skel = trace->skel;
	struct bpf_program *program = NULL;
	uint64_t missed = 0;

	while ((program = next_program(trace, program))) {
		if (!is_twin(program) && (skel->data->vpipe_serial || !is_of_v4l2(program)))
			missed += missed_by_both(program, twin_of(skel, program));
	}
	return missed;
}

int trace_counts(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed)
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
	if (!err)
		err = count_in_flight(trace, &counts[VPIPE_LOSS_in_flight]);
	*missed = err ? 0 : count_missed(trace) + counts[VPIPE_COUNT_GAPS];
	return err;
}

int trace_thread(struct trace *trace, unsigned int index, struct trace_thread *thread)
{
	int err = index ? 0 : bury_dead(trace);

	if (err)
		return err;
	if (index < trace->n_dead) {
		*thread = trace->dead[index];
		return 0;
	}
	index -= trace->n_dead;
	for (int i = 0; i < VPIPE_MAX_THREADS; i++) {
		if (trace->threads[i].tid && !index--) {
			take_thread(trace, &trace->threads[i], thread);
			return 0;
		}
	}
	return -ENOENT;
}

int trace_fire(struct trace *trace, const char *event, uint64_t ns, const uint64_t *args,
	       unsigned int n_args)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
		    .ctx_size_in = n_args * (unsigned int)sizeof(*args));
	struct bpf_program *program = NULL;

	trace->skel->bss->vpipe_shared.on = true;
	trace->skel->data->vpipe_test_ns = ns;
	while ((program = next_program(trace, program))) {
		const char *of = event_of(program);

		if (of && !strcmp(of, event))
			return bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
	}
	return -ENOENT;
}

int trace_run_time(struct trace *trace, const char *event, uint64_t *ns, uint64_t *runs)
{
	struct bpf_program *program = NULL;

	*ns = *runs = 0;
	while ((program = next_program(trace, program))) {
		const char *of = event_of(program);
		struct bpf_prog_info info = {0};
		__u32 size = sizeof(info);

		if (!of || (event && strcmp(of, event)))
			continue;
		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			return -errno;
		*ns += info.run_time_ns;
		*runs += info.run_cnt;
	}
	return 0;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	links_free(&trace->links);
	free(trace->dead);
	if (trace->threads)
		munmap(trace->threads - 1, THREADS_SIZE);
	ring_buffer__free(trace->ring);
	vpipe__destroy(trace->skel);
	vpipe_interrupts__destroy(trace->interrupts);
	free(trace);
}
