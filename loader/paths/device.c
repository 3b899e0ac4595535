// SPDX-License-Identifier: MIT
/* device.c - see device.h */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "lib/msg.h"
#include "loader/host/cards.h"
#include "loader/host/video.h"
#include "loader/paths/device.h"

const struct trace_program device_programs[] = {
	/* probes/v4l2.bpf.c */
	{"vpipe_given", TRACE_FOR_QUEUES},
	{"vpipe_done", TRACE_FOR_QUEUES},
	{"vpipe_uvc", TRACE_FOR_UVC},
	{"vpipe_ioctl", TRACE_FOR_QUEUES},
	{"vpipe_read", TRACE_FOR_READ},
	{"vpipe_poll", TRACE_FOR_QUEUES},
	{"vpipe_epoll", TRACE_FOR_EPOLL},
	{"vpipe_locked", TRACE_FOR_QUEUES},
	{"vpipe_taken", TRACE_FOR_QUEUES},
	{"vpipe_reads", TRACE_FOR_READ},
	{"vpipe_stop", TRACE_FOR_QUEUES},
	{"vpipe_end", TRACE_FOR_QUEUES},
	/* probes/m2m.bpf.c */
	{"vpipe_files", TRACE_FOR_M2M},
	{"vpipe_m2mpoll", TRACE_FOR_M2M},
	{"vpipe_jobrun", TRACE_FOR_M2M},
	{"vpipe_jobend", TRACE_FOR_M2M},
	{"vpipe_jobdone", TRACE_FOR_M2M},
	/* probes/drm.bpf.c */
	{"vpipe_drmin", TRACE_FOR_DISPLAY},
	{"vpipe_drmout", TRACE_FOR_DISPLAY},
	{"vpipe_commit", TRACE_FOR_DISPLAY},
	{"vpipe_busy", TRACE_FOR_DISPLAY},
	{"vpipe_async", TRACE_FOR_DISPLAY},
	{"vpipe_shown", TRACE_FOR_DISPLAY},
	{NULL, TRACE_ALWAYS},
};

/* The node @name, and what is known of it. */
static int find_video(const char *name, char path[NODE_PATH], struct video_facts *facts)
{
	struct video video;
	int err = node_find(name, NULL, 0, 0, path) ?: video_look(path, &video);

	if (!err)
		*facts = video.facts;
	return err;
}

static int find_node(const char *name, char path[NODE_PATH], struct video_facts *facts)
{
	if (card_is(name))
		return card_find(name, path) ?: card_look(path, facts);
	return find_video(name, path, facts);
}

/* Its frames would be those of one of the two, and the other one had none. */
static int check_named_once(const struct request *request, const struct nodes *nodes,
			    unsigned int i)
{
	for (unsigned int j = 0; j < i; j++) {
		if (strcmp(nodes->videos[i].node, nodes->videos[j].node))
			continue;
		if (!strcmp(request->devices[i], request->devices[j]))
			msg_error("%s is named twice: name it once", request->devices[i]);
		else
			msg_error("%s and %s are the same node: name it once", request->devices[j],
				  request->devices[i]);
		return -EINVAL;
	}
	return 0;
}

int device_find_nodes(const struct request *request, struct nodes *nodes)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < request->n_devices; i++)
		err = find_node(request->devices[i], nodes->devices[i], &nodes->videos[i])
			      ?: check_named_once(request, nodes, i);
	if (err)
		return err;
	nodes->n_devices = request->n_devices;
	memcpy(nodes->vpipe, nodes->devices[0], sizeof(nodes->vpipe));
	return 0;
}
