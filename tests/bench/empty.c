// SPDX-License-Identifier: MIT
/* empty.c - see empty.h */
#include <errno.h>

#include <bpf/bpf.h>

#include "tests/bench/empty.h"

int empty_load(void)
{
	const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd =
		bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "vpipe_empty", "GPL", program, 2, NULL);

	return fd < 0 ? -errno : fd;
}

int empty_attach(int fd, const char *event)
{
	int link = bpf_raw_tracepoint_open(event, fd);

	return link < 0 ? -errno : link;
}

int empty_fire(int fd)
{
	const uint64_t args[6] = {1};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));

	return bpf_prog_test_run_opts(fd, &opts);
}

int empty_run_time(int fd, uint64_t *ns, uint64_t *runs)
{
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size))
		return -errno;
	*ns = info.run_time_ns;
	*runs = info.run_cnt;
	return 0;
}
