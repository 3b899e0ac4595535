// SPDX-License-Identifier: MIT
/* objects.c - the BPF objects: what of them is loaded, with which settings */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "vpipe-interrupts.skel.h"
#include "loader/trace/inside.h"
#include "loader/trace/load.h"
#include "loader/trace/sizes.h"

/* How many devices are of that @kind. */
static unsigned int count_of(const struct trace_options *options, enum vpipe_device_kind kind)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < options->config.n_devices; i++)
		n += options->devices[i].kind == kind;
	return n;
}

bool trace_has_m2m(const struct trace_options *options)
{
	return count_of(options, VPIPE_DEVICE_M2M);
}

static bool has_read(const struct trace_options *options)
{
	for (unsigned int i = 0; i < options->config.n_devices; i++) {
		if (options->devices[i].video->reads != VIDEO_NO)
			return true;
	}
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
	case TRACE_FOR_EPOLL:
		return load_has_function("do_epoll_wait");
	case TRACE_FOR_UVC:
		return load_has_types("uvcvideo");
	case TRACE_FOR_M2M:
		return trace_has_m2m(options);
	case TRACE_FOR_READ:
		return has_read(options);
	case TRACE_FOR_DISPLAY:
		return count_of(options, VPIPE_DEVICE_DISPLAY);
	case TRACE_FOR_QUEUES:
		return !options->config.n_devices ||
		       count_of(options, VPIPE_DEVICE_DISPLAY) < options->config.n_devices;
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

/* The one called as @program is, with @suffix; NULL: there is none. */
static struct bpf_program *find_suffixed(const struct trace *trace,
					 const struct bpf_program *program, const char *suffix)
{
	char name[2 * BPF_OBJ_NAME_LEN];

	snprintf(name, sizeof(name), "%s%s", bpf_program__name(program), suffix);
	return bpf_object__find_program_by_name(trace->skel->obj, name);
}

struct bpf_program *objects_twin(const struct trace *trace, const struct bpf_program *program)
{
	return find_suffixed(trace, program, VPIPE_TWIN_SUFFIX);
}

bool objects_is_twin(const struct bpf_program *program)
{
	const char *name = bpf_program__name(program);

	return !strcmp(name + strlen(name) - strlen(VPIPE_TWIN_SUFFIX), VPIPE_TWIN_SUFFIX);
}

/* Those that tell of the threads' timelines instead of those that don't, and the ring for it. */
static int choose_timeline(const struct trace *trace)
{
	const struct vpipe *skel = trace->skel;
	bool timeline = trace->options.config.timeline;
	struct bpf_program *program, *instead;

	bpf_object__for_each_program(program, skel->obj) {
		instead = find_suffixed(trace, program, VPIPE_TIMELINE_SUFFIX);
		if (!instead)
			continue;
		bpf_program__set_autoload(program, !timeline);
		bpf_program__set_autoload(instead, timeline);
	}
	bpf_program__set_autoload(skel->progs.vpipe_wakername, timeline);
	return bpf_map__set_autocreate(skel->maps.spans, timeline);
}

/* Where programs may be preempted, a second one for each event that it concerns. */
static void choose_twins(const struct trace *trace)
{
	struct bpf_program *program, *twin;

	bpf_object__for_each_program(program, trace->skel->obj) {
		twin = objects_twin(trace, program);
		if (twin)
			bpf_program__set_autoload(twin, bpf_program__autoload(program));
	}
}

/* Of the maps that both objects have, and the first that is loaded makes. */
static int size_shared(struct bpf_map *bss, struct bpf_map *threads,
		       const struct trace_config *config)
{
	return bpf_map__set_value_size(bss, (__u32)sizes_shared(config))
		       ?: bpf_map__set_max_entries(threads, config->max_threads + 1);
}

/* What programs that are not loaded have to themselves is made as small as can be. */
static int size_unused(const struct trace *trace)
{
	const struct vpipe *skel = trace->skel;
	struct bpf_map *const of_sources[] = {skel->maps.sources, skel->maps.memories,
					      skel->maps.stamps,  skel->maps.hands,
					      skel->maps.relays,  skel->maps.done};
	int err = 0;

	for (size_t i = 0; !trace->options.config.want_source && !err &&
			   i < sizeof(of_sources) / sizeof(of_sources[0]);
	     i++)
		err = bpf_map__set_max_entries(of_sources[i], 1);
	if (!err && !trace->options.config.n_counters)
		err = bpf_map__set_max_entries(skel->maps.counter_hists, 1);
	if (!err && trace->options.config.n_devices && !trace_has_m2m(&trace->options))
		err = bpf_map__set_max_entries(skel->maps.jobs, 1);
	if (!err && !trace->options.copy_probes)
		err = bpf_map__set_max_entries(skel->maps.__bpf_usdt_specs, 1)
			      ?: bpf_map__set_max_entries(skel->maps.__bpf_usdt_ip_to_spec_id, 1);
	return err;
}

static int size_maps(const struct trace *trace)
{
	const struct trace_config *config = &trace->options.config;
	const struct vpipe *skel = trace->skel;
	unsigned int n_hists = config->n_cpus * (config->n_devices ?: 1);
	int err = size_shared(skel->maps.bss, skel->maps.threads, config)
			  ?: size_unused(trace)
			  ?: bpf_map__set_max_entries(skel->maps.contexts, config->max_contexts)
			  ?: bpf_map__set_max_entries(skel->maps.hists, n_hists)
			  ?: bpf_map__set_max_entries(skel->maps.events, (__u32)config->ring_bytes)
			  ?: bpf_map__set_max_entries(skel->maps.spans, (__u32)config->ring_bytes);

	if (err || !config->n_counters)
		return err;
	return bpf_map__set_max_entries(skel->maps.counters, config->n_counters * config->n_cpus)
		       ?: bpf_map__set_max_entries(skel->maps.counted_frames, VPIPE_MAX_COUNTED);
}

/* The nodes that are traced, and of which kind each is. */
static void choose_devices(const struct trace *trace)
{
	for (unsigned int i = 0; i < trace->options.config.n_devices; i++) {
		const struct trace_device *device = &trace->options.devices[i];

		unsigned char *by_minor = device->kind == VPIPE_DEVICE_DISPLAY
						  ? trace->skel->data->vpipe_cards
						  : trace->skel->data->vpipe_devices;

		trace->skel->data->vpipe_kinds[i] = (unsigned char)device->kind;
		if (device->minor >= 0 && device->minor < VPIPE_MAX_MINORS)
			by_minor[device->minor] = (unsigned char)(i + 1);
	}
}

static int configure(struct trace *trace)
{
	int err = choose_programs(trace) ?: choose_timeline(trace);

	if (err)
		return err;
	trace->skel->rodata->vpipe_config = trace->options.config;
	choose_devices(trace);
	if (trace->options.config.preemptible)
		choose_twins(trace);
	return size_maps(trace);
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

/* What @skeleton has is opened with the masks of the tables as they are. Returns 0 or -errno. */
static int open_masked(struct bpf_object_skeleton *skeleton, const struct trace_config *config)
{
	const void *data = skeleton->data;
	void *copy = malloc(skeleton->data_sz);
	int err;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, skeleton->data_sz);
	sizes_mask(copy, skeleton->data_sz, config);
	skeleton->data = copy;
	err = bpf_object__open_skeleton(skeleton, NULL);
	skeleton->data = data;
	free(copy);
	return err;
}

static struct vpipe_interrupts *make_interrupts(const struct trace_config *config)
{
	struct vpipe_interrupts *made = calloc(1, sizeof(*made));
	int err = made ? vpipe_interrupts__create_skeleton(made) : -ENOMEM;

	if (!err)
		err = open_masked(made->skeleton, config)
			      ?: size_shared(made->maps.bss, made->maps.threads, config)
			      ?: vpipe_interrupts__load(made);
	if (!err)
		return made;
	vpipe_interrupts__destroy(made);
	errno = -err;
	return NULL;
}

/* Not every kernel takes it, and it is not needed. */
static int load_interrupts(struct trace *trace)
{
	char why[HOST_WHY];
	int err;

	load_forget();
	trace->interrupts = make_interrupts(&trace->options.config);
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
	trace->skel = calloc(1, sizeof(*trace->skel));
	err = trace->skel ? vpipe__create_skeleton(trace->skel) : -ENOMEM;
	if (!err)
		err = open_masked(trace->skel->skeleton, &trace->options.config)
			      ?: configure(trace);
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

/* Without the types of vb2's buffers there is no source. */
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

/* Nothing is there from @from to @to, but their place is taken: libbpf gives all of it back in the end. */
static void hide(char *from, const char *to)
{
	if (to > from)
		(void)mmap(from, (size_t)(to - from), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

/*
 * Of what both objects share, which begins at @all, the loader looks at the page of vpipe_shared.on alone:
 * the rest would be counted as its memory, too.
 */
static void hide_tids(void *all, const bool *on, const struct trace_config *config)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), before = (size_t)((char *)on - (char *)all);
	char *its_page = (char *)all + before / page * page;

	hide(all, its_page);
	hide(its_page + page, (char *)all + sizes_shared(config));
}

/* The object in the @size bytes at @elf, which are part of the program's file, has been read. */
static void have_read(const void *elf, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t from = ((uintptr_t)elf + page - 1) / page * page;
	uintptr_t to = ((uintptr_t)elf + size) / page * page;

	if (to > from)
		madvise((void *)from, to - from, MADV_DONTNEED);
}

/* What only loading took, such as the kernel's types, would be ours until the end. */
static void give_back(const struct trace *trace)
{
	const struct bpf_object_skeleton *main = trace->skel->skeleton;

	have_read(main->data, main->data_sz);
	if (trace->interrupts)
		have_read(trace->interrupts->skeleton->data, trace->interrupts->skeleton->data_sz);
	malloc_trim(0);
}

int objects_load(struct trace *trace)
{
	struct trace_config *config = &trace->options.config;
	int err;

	host_take_small_pages();
	config->want_source = config->want_source && source_is_possible(trace);
	config->n_counters = trace->options.counters.n;
	config->n_cpus = (unsigned int)libbpf_num_possible_cpus();
	config->rows = config->no_frames  ? VPIPE_ROWS_NONE
		       : config->timeline ? VPIPE_ROWS_CARRIED
					  : VPIPE_ROWS;
	config->preemptible = host_kernel_major() >= 7;
	sizes_choose(&trace->options);
	err = open_checked(trace) ?: load_interrupts(trace) ?: load_best(trace);
	if (err)
		return err;
	hide_tids(trace->skel->bss, &trace->skel->bss->vpipe_shared.on, config);
	if (trace->interrupts)
		hide_tids(trace->interrupts->bss, &trace->interrupts->bss->vpipe_shared.on, config);
	give_back(trace);
	return 0;
}

void objects_unload(struct trace *trace)
{
	vpipe__destroy(trace->skel);
	vpipe_interrupts__destroy(trace->interrupts);
}

/* The one of the other object comes last. */
struct bpf_program *objects_next(const struct trace *trace, struct bpf_program *program)
{
	struct bpf_program *last =
		trace->interrupts ? trace->interrupts->progs.vpipe_wakingi : NULL;

	if (program && program == last)
		return NULL;
	return bpf_object__next_program(trace->skel->obj, program) ?: last;
}

enum trace_need objects_need(const struct trace *trace, const struct bpf_program *program)
{
	const struct trace_program *one = trace->options.programs;

	for (; one && one->name; one++) {
		if (!strcmp(one->name, bpf_program__name(program)))
			return one->need;
	}
	return TRACE_ALWAYS;
}
