// SPDX-License-Identifier: MIT
/* jobs.c - the jobs of mem2mem devices, each by its driver's own device_run */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#include "bpf/abi.h" /* the skeletons' own types */
#include "vpipe.skel.h"
#include "loader/trace/inside.h"
#include "loader/trace/load.h"

/*
 * A driver's functions are not known by name: many are called device_run. But an open file leads to
 * them; so each node is opened for a moment, which begins nothing.
 */
static void find_jobs(struct trace *trace)
{
	int fds[VPIPE_MAX_DEVICES];

	for (unsigned int i = 0; i < trace->options.config.n_devices; i++) {
		const struct trace_device *device = &trace->options.devices[i];

		fds[i] = device->kind == VPIPE_DEVICE_M2M
				 ? open(device->node, O_RDWR | O_NONBLOCK | O_CLOEXEC)
				 : -1;
	}
	adopt_read(trace->skel->progs.vpipe_files, getpid());
	for (unsigned int i = 0; i < trace->options.config.n_devices; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
	}
}

/* Devices of one driver have one device_run. */
static bool is_attached(const struct trace *trace, unsigned int device)
{
	const unsigned long long *run = trace->skel->data->vpipe_device_run;

	for (unsigned int i = 0; i < device; i++) {
		if (run[i] == run[device])
			return true;
	}
	return false;
}

void jobs_attach(struct trace *trace)
{
	char why[HOST_WHY];

	find_jobs(trace);
	for (unsigned int i = 0; i < trace->options.config.n_devices; i++) {
		unsigned long long run = trace->skel->data->vpipe_device_run[i];

		if (trace->options.devices[i].kind != VPIPE_DEVICE_M2M)
			continue;
		if (!run)
			load_lacks(&trace->options, TRACE_JOBS,
				   "its driver's device_run was not found");
		else if (!is_attached(trace, i) &&
			 attach_address(&trace->links, trace->skel->progs.vpipe_jobrun, run, why))
			load_lacks(&trace->options, TRACE_JOBS, why);
	}
}
