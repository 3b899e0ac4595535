// SPDX-License-Identifier: MIT
/* adopt.c - which threads are traced, and what else programs do that the loader runs itself */
#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "loader/trace/inside.h"
#include "loader/trace/trace.h"
#include "lib/clock.h"
#include "lib/msg.h"

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

int adopt_read(const struct bpf_program *program, pid_t tid)
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
	err = adopt_read(skel->progs.vpipe_find, pid);
	if (!err && !skel->data->vpipe_root)
		err = -ESRCH;
	/* twice: one may have been started behind the reader's back, by one not marked yet */
	for (int pass = 0; !err && pass < 2; pass++)
		err = adopt_read(skel->progs.vpipe_family, 0);
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

void adopt_names(struct trace *trace)
{
	adopt_read(trace->skel->progs.vpipe_names, 0);
}
