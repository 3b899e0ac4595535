// SPDX-License-Identifier: MIT
/* trace.c - the skeleton and its maps, see trace.h */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "vpipe.skel.h"
#include "vpipe-plain.skel.h"
#include "bpf/account.h"
#include "bpf/hist.h"
#include "bpf/record.h"
#include "loader/trace.h"
#include "user/lib/clock.h"
#include "user/lib/msg.h"

#define MAX_PROGRAMS 32
#define THREADS_SIZE ((VPIPE_MAX_THREADS + 1) * sizeof(struct vpipe_thread))

struct trace {
	struct trace_options options;
	struct vpipe *skel;
	struct ring_buffer *ring;
	struct bpf_link *links[MAX_PROGRAMS];
	int n_links;
	int cpus;
	struct vpipe_thread *threads; /* the map, from entry 1 on, shared with the programs */
	struct trace_thread *dead; /* taken out of it */
	unsigned int n_dead;
	struct vpipe_hist dead_runq; /* their waits */
	uint64_t ended_ns; /* CLOCK_MONOTONIC of the detach; 0: still attached */
};

static bool verbose;

__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
							      const char *fmt, va_list ap)
{
	return verbose && level <= LIBBPF_INFO ? vfprintf(stderr, fmt, ap) : 0;
}

/* Nothing but a load shows whether this process may: capabilities, lockdown, sysctls. */
static int try_load(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd =
		bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "vpipe_check", "GPL", program, 2, NULL);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

bool trace_can_load(void)
{
	libbpf_set_print(print_libbpf);
	return !try_load();
}

static int check_privilege(void)
{
	int err = try_load();

	if (err)
		msg_errno(err, geteuid() ? "run it as root (sudo)" : "is the kernel locked down?",
			  "cannot load BPF programs");
	return err;
}

int trace_check(void)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK)) {
		int err = errno;

		msg_errno(err, "vpipe-trace needs a kernel built with CONFIG_DEBUG_INFO_BTF",
			  "/sys/kernel/btf/vmlinux");
		return -err;
	}
	return check_privilege();
}

/* The types of vb2's buffers are in their module's BTF: without it no source. */
static bool source_is_possible(void)
{
	return !access("/sys/kernel/btf/videobuf2_common", R_OK) ||
	       !access("/sys/kernel/btf/vb2_common", R_OK);
}

/* The programs at the boundaries between stages are for the counters only. */
static int configure_counters(struct trace *trace)
{
	struct vpipe *skel = trace->skel;
	unsigned int n = trace->options.counters.n;
	struct bpf_program *const programs[] = {
		skel->progs.vpipe_cqbuf, skel->progs.vpipe_crun, skel->progs.vpipe_ccopy,
		skel->progs.vpipe_ccv,	 skel->progs.vpipe_ccrc, skel->progs.vpipe_cmeta,
	};

	skel->rodata->vpipe_n_counters = n;
	skel->rodata->vpipe_n_cpus = (unsigned int)trace->cpus;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		bpf_program__set_autoload(programs[i], n);
	return n ? bpf_map__set_max_entries(skel->maps.counters, n * (unsigned int)trace->cpus) : 0;
}

static int configure(struct trace *trace, bool interrupts)
{
	struct vpipe *skel = trace->skel;
	struct trace_options *options = &trace->options;

	if (options->want_source && !source_is_possible()) {
		msg_warning("no BTF of videobuf2_common: the source stages stay empty");
		options->want_source = false;
	}
	skel->rodata->vpipe_test_clock = options->by_hand;
	skel->rodata->vpipe_want_source = options->want_source;
	skel->rodata->vpipe_adopt_users = options->adopt_users;
	skel->rodata->vpipe_only_clients = options->only_clients;
	skel->rodata->vpipe_expect_source = options->want_source && options->source_minor >= 0;
	skel->rodata->vpipe_source_minor = options->source_minor;
	skel->rodata->vpipe_want_frames = !options->no_frames;
	skel->rodata->vpipe_wakeup_bytes = options->ring_bytes / 2;
	bpf_program__set_autoload(skel->progs.vpipe_waking, !interrupts);
	bpf_program__set_autoload(skel->progs.vpipe_wakingi, interrupts);
	bpf_program__set_autoload(skel->progs.vpipe_srcdone, options->want_source);
	bpf_program__set_autoload(skel->progs.vpipe_srcbuf, options->want_source);
	bpf_program__set_autoload(skel->progs.vpipe_offer, options->want_source);
	bpf_program__set_autoload(skel->progs.vpipe_srcdq, options->want_source);
	bpf_program__set_autoload(skel->progs.vpipe_srcask, options->want_source);
	bpf_program__set_autoload(skel->progs.vpipe_copybeg, options->copy_probes != NULL);
	bpf_program__set_autoload(skel->progs.vpipe_copyend, options->copy_probes != NULL);
	return configure_counters(trace) ?:
	       bpf_map__set_max_entries(skel->maps.hists, (unsigned int)trace->cpus) ?:
	       bpf_map__set_max_entries(skel->maps.events, options->ring_bytes);
}

/* The map holds the events; a CPU that is offline has none, and counts nothing. */
static int open_counters(struct trace *trace)
{
	const struct counters *counters = &trace->options.counters;
	int map = bpf_map__fd(trace->skel->maps.counters);

	for (unsigned int i = 0; i < counters->n; i++) {
		for (int cpu = 0; cpu < trace->cpus; cpu++) {
			__u32 index = i * (unsigned int)trace->cpus + (unsigned int)cpu;
			int fd = counter_open(counters->which[i], cpu);
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
static void read_record(const struct vpipe_frame *record, struct vpipe_frame *frame)
{
	memset(frame, 0, sizeof(*frame));
	frame_copy(frame, record, true, true);
	if (!frame->wake.seen)
		memset(&frame->wake, 0, sizeof(frame->wake));
}

static int on_record(void *arg, void *data, size_t size)
{
	struct trace *trace = arg;
	struct vpipe_frame frame;

	if (size >= sizeof(frame)) {
		read_record(data, &frame);
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

/* vpipe__open() for the object that refers to no variable of the kernel: all else is alike. */
static struct vpipe *open_plain(void)
{
	struct vpipe *skel = calloc(1, sizeof(*skel));
	int err = skel ? vpipe__create_skeleton(skel) : -ENOMEM;

	if (!err) {
		skel->skeleton->data = (void *)vpipe_plain__elf_bytes(&skel->skeleton->data_sz);
		err = bpf_object__open_skeleton(skel->skeleton, NULL);
	}
	if (!err)
		return skel;
	vpipe__destroy(skel);
	errno = -err;
	return NULL;
}

/* @interrupts: as wakers, be told from tasks; not every kernel takes that. */
static int load(struct trace *trace, bool interrupts)
{
	int err;

	vpipe__destroy(trace->skel);
	trace->skel = interrupts ? vpipe__open() : open_plain();
	err = trace->skel ? configure(trace, interrupts) : -errno;
	return err ? err : vpipe__load(trace->skel);
}

/* With all that can be known; if that can't be loaded, with less, and it is said. */
static int load_best(struct trace *trace)
{
	bool wanted_source = trace->options.want_source;
	int err = load(trace, true);

	if (err)
		err = load(trace, false); /* interrupts are taken for the tasks they interrupt */
	if (!err || !wanted_source)
		return err;
	trace->options.want_source = false;
	err = load(trace, false);
	if (!err)
		msg_warning("the types of videobuf2 cannot be read (that takes CAP_SYS_ADMIN): "
			    "the source stages stay empty");
	return err;
}

int trace_open(struct trace **out, const struct trace_options *options)
{
	struct trace *trace = calloc(1, sizeof(*trace));
	int err;

	if (!trace)
		return -ENOMEM;
	trace->options = *options;
	verbose = options->verbose;
	libbpf_set_print(print_libbpf);
	trace->cpus = libbpf_num_possible_cpus();
	err = load_best(trace);
	if (!err)
		err = map_threads(trace);
	if (!err)
		err = open_counters(trace);
	if (!err) {
		trace->ring = ring_buffer__new(bpf_map__fd(trace->skel->maps.events), on_record,
					       trace, NULL);
		err = trace->ring ? 0 : -errno;
	}
	if (err) {
		msg_errno(err, verbose ? NULL : "--verbose shows the kernel's reasons",
			  "cannot load the BPF programs");
		trace_close(trace);
		return err;
	}
	*out = trace;
	return 0;
}

/* The trace event of a program that has one, and is loaded; NULL: it is none. */
static const char *event_of(const struct bpf_program *program)
{
	static const char *const kinds[] = {"raw_tp/", "tp_btf/"};
	const char *section = bpf_program__section_name(program);

	section += *section == '?';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strncmp(section, kinds[i], strlen(kinds[i])) && bpf_program__fd(program) >= 0)
			return section + strlen(kinds[i]);
	}
	return NULL;
}

static struct bpf_link *attach_event(const struct bpf_program *program, const char *event)
{
	if (bpf_program__type(program) == BPF_PROG_TYPE_RAW_TRACEPOINT)
		return bpf_program__attach_raw_tracepoint(program, event);
	return bpf_program__attach_trace(program);
}

/* Attach the programs of the events whose name begins with @prefix. */
static int attach(struct trace *trace, const char *prefix)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, trace->skel->obj) {
		const char *event = event_of(program);
		int err;

		if (!event || strncmp(event, prefix, strlen(prefix)))
			continue;
		trace->links[trace->n_links] = attach_event(program, event);
		if (trace->links[trace->n_links]) {
			trace->n_links++;
			continue;
		}
		err = -errno;
		msg_errno(err, "is the vpipe module loaded, and of this version?",
			  "cannot attach to trace event %s", event);
		return err;
	}
	return 0;
}

static bool attached(struct trace *trace, struct bpf_link *link)
{
	if (link)
		trace->links[trace->n_links++] = link;
	return link;
}

/* The probe @name of the program that copies. */
static bool attach_copy(struct trace *trace, const struct bpf_program *program, const char *name)
{
	return attached(trace, bpf_program__attach_usdt(program, -1, trace->options.copy_probes,
							"vpipe", name, NULL));
}

/* Without these a run is good, too, but less of it is known. */
static void attach_optional(struct trace *trace)
{
	struct vpipe *skel = trace->skel;

	if (trace->options.want_source &&
	    !attached(trace, bpf_program__attach(skel->progs.vpipe_srcask)))
		msg_warning("no kprobe on vb2_core_dqbuf: when the application asked the source "
			    "is not known");
	if (trace->options.copy_probes)
		skel->bss->vpipe_copy_probes =
			attach_copy(trace, skel->progs.vpipe_copybeg, "copy_begin") &&
			attach_copy(trace, skel->progs.vpipe_copyend, "copy_end");
}

int trace_attach(struct trace *trace)
{
	int err = attach(trace, "");

	if (err)
		return err;
	attach_optional(trace);
	return 0;
}

void trace_begin(struct trace *trace)
{
	trace->skel->bss->vpipe_on = true;
}

int trace_attach_sched(struct trace *trace)
{
	int err = attach(trace, "sched_");

	trace->skel->bss->vpipe_on = !err;
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

	skel->bss->vpipe_root = 0;
	err = read_tasks(skel->progs.vpipe_find, pid);
	if (!err && !skel->bss->vpipe_root)
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

static void detach(struct trace *trace)
{
	while (trace->n_links)
		bpf_link__destroy(trace->links[--trace->n_links]);
}

void trace_detach(struct trace *trace)
{
	if (trace->ended_ns)
		return;
	trace->skel->bss->vpipe_on = false;
	trace->ended_ns = trace_now(trace);
	name_living(trace);
	detach(trace);
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
	for (__u32 cpu = 0; !err && cpu < (__u32)trace->cpus; cpu++) {
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
	struct vpipe_hist *parts = calloc((size_t)trace->cpus, sizeof(*parts));
	__u32 key = stage * VPIPE_MAX_COUNTERS + counter;
	int err = parts ? 0 : -ENOMEM;

	memset(sum, 0, sizeof(*sum));
	if (!err)
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.counter_hists), &key,
					  parts);
	for (int cpu = 0; !err && cpu < trace->cpus; cpu++)
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
		if (err || !context->ctx)
			continue;
		for (int i = 0; i < 2 * VPIPE_MAX_BUFFERS; i++)
			*frames += context->slots[i].state != VPIPE_SLOT_FREE;
	}
	free(context);
	return err;
}

/* Events that the kernel did not hand to a program because it was running already. */
static uint64_t count_missed(struct trace *trace)
{
	struct bpf_program *program;
	uint64_t missed = 0;

	bpf_object__for_each_program(program, trace->skel->obj) {
		struct bpf_prog_info info = {0};
		__u32 size = sizeof(info);

		if (bpf_program__fd(program) >= 0 &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
			missed += info.recursion_misses;
	}
	return missed;
}

int trace_counts(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed)
{
	uint64_t *parts = calloc((size_t)trace->cpus, sizeof(*parts));
	int err = parts ? 0 : -ENOMEM;

	for (__u32 what = 0; !err && what < VPIPE_N_COUNTS; what++) {
		counts[what] = 0;
		err = bpf_map_lookup_elem(bpf_map__fd(trace->skel->maps.counts), &what, parts);
		for (int cpu = 0; !err && cpu < trace->cpus; cpu++)
			counts[what] += parts[cpu];
	}
	free(parts);
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
	struct bpf_program *program;

	trace->skel->bss->vpipe_on = true;
	trace->skel->bss->vpipe_test_ns = ns;
	bpf_object__for_each_program(program, trace->skel->obj) {
		const char *of = event_of(program);

		if (of && !strcmp(of, event))
			return bpf_prog_test_run_opts(bpf_program__fd(program), &opts);
	}
	return -ENOENT;
}

int trace_run_time(struct trace *trace, const char *event, uint64_t *ns, uint64_t *runs)
{
	struct bpf_program *program;

	*ns = *runs = 0;
	bpf_object__for_each_program(program, trace->skel->obj) {
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
	detach(trace);
	free(trace->dead);
	if (trace->threads)
		munmap(trace->threads - 1, THREADS_SIZE);
	ring_buffer__free(trace->ring);
	vpipe__destroy(trace->skel);
	free(trace);
}
