// SPDX-License-Identifier: MIT
/*
 * test-verifier.c - all BPF programs load, as one compiler and one bpftool have made them
 *
 * The kernel's verifier sees the code that is left when the settings are known, so they are
 * loaded with all that can be asked for, and with the least. tests/native/compilers.t builds it
 * with others.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h"
#include "vpipe.skel.h"
#include "vpipe-interrupts.skel.h"

static const char *types; /* file that programs are fitted to; NULL: the kernel's own types */
static unsigned int tests;
static bool failed;

/* @programs of @object loaded with @asked for, or did not: libbpf has said why on stderr. */
static void tell(const char *object, unsigned int programs, const char *asked, bool loaded)
{
	failed |= !loaded;
	printf("%s %u - %s: %u programs with %s\n", loaded ? "ok" : "not ok", ++tests, object,
	       programs, asked);
}

static const char *const asked[] = {"the least that can be asked for", "all that can be asked for"};

static struct vpipe *open_programs(bool all)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = types);
	struct vpipe *skel = vpipe__open_opts(&opts);

	if (skel)
		skel->rodata->vpipe_config = (struct trace_config){
			.want_source = all,
			.only_clients = all,
			.adopt_users = all,
			.rows = all ? VPIPE_ROWS_CARRIED : VPIPE_ROWS_NONE,
			.timeline = all,
			.n_counters = all ? VPIPE_MAX_COUNTERS : 0,
			.max_contexts = VPIPE_MAX_CONTEXTS,
			.max_threads = VPIPE_MAX_THREADS,
		};
	return skel;
}

/*
 * Is it for functions and types of V4L2's modules? It loads where those are: in guests, where
 * tests/guest/camera.t has all of them.
 */
static bool is_of_modules(const struct bpf_program *program)
{
	return !bpf_program__autoload(program) &&
	       bpf_program__type(program) == BPF_PROG_TYPE_TRACING &&
	       !strstr(bpf_program__section_name(program), "/sched_");
}

static void load_programs(bool all)
{
	struct vpipe *skel = open_programs(all);
	struct bpf_program *program;
	unsigned int n = 0;

	if (skel) {
		bpf_object__for_each_program(program, skel->obj) {
			if (is_of_modules(program))
				continue;
			bpf_program__set_autoload(program, true);
			n++;
		}
	}
	tell("programs", n, asked[all], skel && !vpipe__load(skel));
	vpipe__destroy(skel);
}

static bool has_symbol(const char *name)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	char line[512], found[256];
	bool has = false;

	while (symbols && !has && fgets(line, sizeof(line), symbols))
		has = sscanf(line, "%*s %*s %255s", found) == 1 && !strcmp(found, name);
	if (symbols)
		fclose(symbols);
	return has;
}

/* A variable that the kernel has by its types, but does not find when a program is loaded. */
static const char *lost_variable(const struct btf *kernel)
{
	static const char *const variables[] = {"pcpu_hot", "__preempt_count"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		if (btf__find_by_name_kind(kernel, variables[i], BTF_KIND_VAR) > 0 &&
		    !has_symbol(variables[i]))
			return variables[i];
	}
	return NULL;
}

/* That one takes a variable of the kernel's on x86. */
static void load_interrupts(const struct btf *kernel)
{
	const char *lost = lost_variable(kernel);
	struct vpipe_interrupts *skel;

	if (lost) {
		/* as cmocka does it: see tests/tap */
		printf("# %s is in this kernel's types, but not among its symbols\n"
		       "ok %u # SKIP interrupts: 1 programs\n",
		       lost, ++tests);
		return;
	}
	skel = vpipe_interrupts__open_and_load();
	tell("interrupts", 1, "all that can be asked for", skel);
	vpipe_interrupts__destroy(skel);
}

static void add_vb2(struct btf *btf)
{
	int number = btf__add_int(btf, "unsigned int", 4, 0), pointer = btf__add_ptr(btf, 0);
	int plane, planes, state;

	if (btf__find_by_name_kind(btf, "dma_buf", BTF_KIND_STRUCT) < 0) {
		btf__add_struct(btf, "dma_buf", 16);
		btf__add_field(btf, "exp_name", pointer, 0, 0);
		btf__add_field(btf, "priv", pointer, 64, 0);
	}
	btf__add_struct(btf, "vb2_queue", 4);
	btf__add_field(btf, "timestamp_flags", number, 0, 0);
	plane = btf__add_struct(btf, "vb2_plane", 16);
	btf__add_field(btf, "mem_priv", pointer, 0, 0);
	btf__add_field(btf, "dbuf", pointer, 64, 0);
	planes = btf__add_array(btf, number, plane, 8);
	state = btf__add_enum(btf, "vb2_buffer_state", 4);
	btf__add_enum_value(btf, "VB2_BUF_STATE_ACTIVE", 4);
	btf__add_struct(btf, "vb2_buffer", 16 + 8 * 16);
	btf__add_field(btf, "type", number, 0, 0);
	btf__add_field(btf, "memory", number, 32, 0);
	btf__add_field(btf, "state", state, 64, 0);
	btf__add_field(btf, "planes", planes, 128, 0);
}

/* The kernel's types with those of videobuf2, as a file, where they are not to be had. */
static int make_types(struct btf *btf)
{
	static char path[32];
	const void *raw;
	__u32 size;
	int fd;

	if (btf__find_by_name_kind(btf, "vb2_buffer", BTF_KIND_STRUCT) > 0 ||
	    !access("/sys/kernel/btf/videobuf2_common", F_OK))
		return 0;
	add_vb2(btf);
	raw = btf__raw_data(btf, &size);
	fd = memfd_create("types", 0);
	if (!raw || fd < 0 || write(fd, raw, size) != (ssize_t)size)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	types = path;
	return 0;
}

int main(void)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return 0;
	}
	if (!btf || make_types(btf)) {
		perror("the kernel's types");
		return 1;
	}
	for (int all = 0; all < 2; all++)
		load_programs(all);
	load_interrupts(btf);
	printf("1..%u\n", tests);
	btf__free(btf);
	return failed;
}
