// SPDX-License-Identifier: MIT
/* device.c - see device.h */
#include <stddef.h>
#include <string.h>

#include "loader/paths/device.h"

const struct trace_program device_programs[] = {
	/* probes/v4l2.bpf.c */
	{"vpipe_given", TRACE_ALWAYS},
	{"vpipe_done", TRACE_ALWAYS},
	{"vpipe_uvc", TRACE_FOR_UVC},
	{"vpipe_ioctl", TRACE_ALWAYS},
	{"vpipe_read", TRACE_ALWAYS},
	{"vpipe_poll", TRACE_ALWAYS},
	{"vpipe_locked", TRACE_ALWAYS},
	{"vpipe_taken", TRACE_ALWAYS},
	{"vpipe_reads", TRACE_ALWAYS},
	{"vpipe_stop", TRACE_ALWAYS},
	{"vpipe_end", TRACE_ALWAYS},
	/* probes/m2m.bpf.c */
	{"vpipe_files", TRACE_FOR_M2M},
	{"vpipe_jobrun", TRACE_FOR_M2M},
	{"vpipe_jobend", TRACE_FOR_M2M},
	{"vpipe_jobdone", TRACE_FOR_M2M},
	{NULL, TRACE_ALWAYS},
};

int device_find_nodes(const struct request *request, struct nodes *nodes)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < request->n_devices; i++)
		err = node_find(request->devices[i], NULL, 0, 0, nodes->devices[i]);
	if (err)
		return err;
	nodes->n_devices = request->n_devices;
	memcpy(nodes->vpipe, nodes->devices[0], sizeof(nodes->vpipe));
	return 0;
}
