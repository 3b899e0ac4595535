// SPDX-License-Identifier: MIT
/* fire.c - for tests and benches: events that do not come by themselves */
#include <errno.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "loader/trace/inside.h"
#include "loader/trace/trace.h"

int trace_fire(struct trace *trace, const char *event, uint64_t ns, const uint64_t *args,
	       unsigned int n_args)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args,
		    .ctx_size_in = n_args * (unsigned int)sizeof(*args));
	struct bpf_program *program = NULL;

	trace->skel->bss->vpipe_shared.on = true;
	trace->skel->data->vpipe_test_ns = ns;
	while ((program = objects_next(trace, program))) {
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
	while ((program = objects_next(trace, program))) {
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
