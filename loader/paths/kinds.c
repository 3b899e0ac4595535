// SPDX-License-Identifier: MIT
/* kinds.c - see kind.h */
#include <stddef.h>

#include "lib/caches.h"
#include "lib/devices.h"
#include "loader/host/cards.h"
#include "loader/host/video.h"
#include "loader/model/deadline.h"
#include "loader/paths/kind.h"

#define KINDS(X) X(vpipe) X(m2m) X(capture) X(output) X(novb2) X(display)

#define X(name) extern const struct kind name##_kind;
KINDS(X)
#undef X

const struct kind *const kinds[] = {
#define X(name) &name##_kind,
	KINDS(X)
#undef X
		NULL,
};

const struct kind *kind_of(const char *name)
{
	char path[NODE_PATH], sysfs[NODE_PATH];
	bool without_vb2;
	unsigned int caps;

	if (name && card_is(name))
		return &display_kind;
	if (!name || device_resolve(name, 0, path, sizeof(path)) || node_name(path, sysfs) ||
	    device_caps(path, &caps))
		return kinds[0];
	without_vb2 = video_has_vb2(path) == VIDEO_NO;
	for (unsigned int i = 0; kinds[i]; i++) {
		if (kinds[i]->is && kinds[i]->without_vb2 == without_vb2 &&
		    kinds[i]->is(sysfs, caps))
			return kinds[i];
	}
	return NULL;
}

const struct kind *kind_of_any(const struct kind *kind)
{
	return kind->path->cycles ? kind : &m2m_kind;
}

void kinds_to_options(const struct kind *const of[], const struct nodes *nodes,
		      struct trace_device devices[VPIPE_MAX_DEVICES], struct trace_options *options)
{
	const struct kind *kind = of[0];

	options->programs = kind->programs;
	options->config.cycles = kind->path->cycles;
	if (!path_counted(kind->path))
		options->counters = (struct counters){.why = "no stage of this path is counted"};
	options->config.want_source = options->config.want_source && kind->has_source;
	options->config.n_devices = nodes->n_devices;
	options->devices = devices;
	for (unsigned int i = 0; i < nodes->n_devices; i++)
		devices[i] = (struct trace_device){.node = nodes->devices[i],
						   .video = &nodes->videos[i],
						   .minor = node_minor(nodes->devices[i]),
						   .kind = of[i]->device,
						   .path = of[i]->path};
	if (*nodes->source)
		options->config.source_minor = node_minor(nodes->source);
}

static void pipeline_to_facts(const struct request *request, struct run_facts *facts)
{
	facts->size[0] = request->size[0];
	facts->size[1] = request->size[1];
	facts->fps = request->fps;
	facts->transport = request->transport;
	facts->algo = request->algo;
	facts->threshold = (unsigned int)request->threshold;
	facts->cache = cache_names[request->cache];
	facts->frames = request->frames;
}

void request_to_facts(const struct request *request, const struct nodes *nodes,
		      struct run_facts *facts)
{
	facts->vpipe = nodes->vpipe;
	facts->source = *nodes->source ? nodes->source : NULL;
	if (!request->has_command) /* what that does is its own affair */
		pipeline_to_facts(request, facts);
	deadline_set(facts, request->deadline_ns);
}
