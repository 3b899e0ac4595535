// SPDX-License-Identifier: MIT
/* sizes.c - see sizes.h */
#include <elf.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/host/host.h"
#include "loader/trace/sizes.h"

#define FIRST_PIDS \
	"pid:[4026531836]" /* PROC_PID_INIT_INO: the namespace whose ids the kernel knows */
#define PID_MAX "/proc/sys/kernel/pid_max"

static unsigned int power_of_two(unsigned int n, unsigned int most)
{
	unsigned int power = 1;

	while (power < n && power < most)
		power *= 2;
	return power;
}

/* How many ids of threads the kernel gives out; all that it ever could, if that can't be seen. */
static unsigned int count_tids(void)
{
	char names[32] = "", line[16];
	unsigned long most;

	if (readlink("/proc/self/ns/pid", names, sizeof(names) - 1) < 0 ||
	    strcmp(names, FIRST_PIDS) != 0 || host_read_line(PID_MAX, line, sizeof(line)))
		return VPIPE_MAX_TIDS;
	most = strtoul(line, NULL, 10);
	return most && most < VPIPE_MAX_TIDS ? (unsigned int)most : VPIPE_MAX_TIDS;
}

/* What @device has queues, planes or files for at once. A queue ends with the file that has it. */
static unsigned int contexts_of(const struct trace_device *device)
{
	switch (device->kind) {
	case VPIPE_DEVICE_M2M:
		return 64; /* two a file */
	case VPIPE_DEVICE_DISPLAY:
		return 32;
	case VPIPE_DEVICE_CAPTURE:
	case VPIPE_DEVICE_OUTPUT:
		break;
	}
	return device->video && device->video->vb2 == VIDEO_NO ? 64 : 8;
}

/* Of our node any number of files may be open, and any thread may have a part in its frames. */
static bool is_known(const struct trace_options *options)
{
	return options->config.cycles && options->config.n_devices;
}

static unsigned int choose_contexts(const struct trace_options *options)
{
	unsigned int n = options->config.max_contexts; /* files that were asked for */

	if (n)
		return 2 * n; /* of a mem2mem node two each */
	if (!is_known(options))
		return VPIPE_MAX_CONTEXTS;
	for (unsigned int i = 0; i < options->config.n_devices; i++)
		n += contexts_of(&options->devices[i]);
	return n;
}

/* With only_clients, all of the command's are traced, whatever they do. */
static unsigned int choose_threads(const struct trace_options *options)
{
	unsigned int n = 16 + 16 * options->config.n_devices;

	return is_known(options) && !options->config.only_clients && n < VPIPE_MAX_THREADS
		       ? n
		       : VPIPE_MAX_THREADS;
}

void sizes_choose(struct trace_options *options)
{
	struct trace_config *config = &options->config;

	config->max_contexts = power_of_two(choose_contexts(options), VPIPE_MAX_CONTEXTS);
	if (!config->max_threads)
		config->max_threads = choose_threads(options);
	config->n_tids = power_of_two(count_tids(), VPIPE_MAX_TIDS);
}

/* An `and` with one of the masks that stand for the size of a table. */
static void mask_one(struct bpf_insn *insn, const struct trace_config *config)
{
	if ((insn->code != (BPF_ALU64 | BPF_AND | BPF_K) &&
	     insn->code != (BPF_ALU | BPF_AND | BPF_K)))
		return;
	if (insn->imm == VPIPE_MAX_TIDS - 1)
		insn->imm = (int)config->n_tids - 1;
	else if (insn->imm == VPIPE_CONTEXT_MASK)
		insn->imm = (int)config->max_contexts - 1;
}

void sizes_mask(void *elf, size_t size, const struct trace_config *config)
{
	const Elf64_Ehdr *head = elf;
	const Elf64_Shdr *sections = (const void *)((const char *)elf + head->e_shoff);

	if (size < sizeof(*head) || head->e_shoff > size ||
	    head->e_shnum > (size - head->e_shoff) / sizeof(*sections))
		return;
	for (unsigned int i = 0; i < head->e_shnum; i++) {
		const Elf64_Shdr *one = &sections[i];
		struct bpf_insn *insns = (void *)((char *)elf + one->sh_offset);

		if (one->sh_type != SHT_PROGBITS || !(one->sh_flags & SHF_EXECINSTR) ||
		    one->sh_offset > size || one->sh_size > size - one->sh_offset)
			continue;
		for (size_t n = 0; n < one->sh_size / sizeof(*insns); n++)
			mask_one(&insns[n], config);
	}
}

size_t sizes_shared(const struct trace_config *config)
{
	return sizeof(vpipe_clients_bits) + offsetof(struct vpipe_shared, slots) + config->n_tids;
}

bool sizes_outgrown(const struct trace_config *config)
{
	return count_tids() > config->n_tids;
}
