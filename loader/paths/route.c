// SPDX-License-Identifier: MIT
/* route.c - see route.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kmod/vpipe.h"
#include "lib/devices.h"
#include "lib/msg.h"
#include "loader/host/cards.h"
#include "loader/host/video.h"
#include "loader/paths/route.h"

static bool is_named(const struct request *request, const char *path)
{
	char named[NODE_PATH];

	for (unsigned int i = 0; i < request->n_devices; i++) {
		if (!device_resolve(request->devices[i], 0, named, sizeof(named)) &&
		    node_minor(named) == node_minor(path))
			return true;
	}
	return false;
}

/* May its frames be followed, as far as is known, and is it of @kind? Our own has programs of its own. */
static bool is_wanted(const struct video_facts *facts, enum video_kind kind)
{
	return facts->kind == kind && facts->vb2 != VIDEO_NO && *facts->path &&
	       strcmp(facts->name, VPIPE_NAME) != 0;
}

/* Every node of @kind that is not there yet; what there is no room for is said. */
static int add_nodes(struct route *route, struct request *request, enum video_kind kind)
{
	struct video *all;
	size_t n;
	int err = videos_find(&all, &n);

	if (err) {
		msg_errno(err, NULL, "cannot look for video nodes");
		return err;
	}
	for (size_t i = 0; i < n; i++) {
		const struct video_facts *facts = &all[i].facts;

		if (!is_wanted(facts, kind) || is_named(request, facts->path))
			continue;
		if (request->n_devices == VPIPE_MAX_DEVICES) {
			msg_warning("%s is left out, and those behind it: no more than %d devices "
				    "can be recorded at once; name them with -d",
				    facts->path, VPIPE_MAX_DEVICES);
			break;
		}
		snprintf(route->found[route->n_found], NODE_PATH, "%s", facts->path);
		request->devices[request->n_devices++] = route->found[route->n_found++];
	}
	free(all);
	return 0;
}

/* Behind all others: it is where frames end. */
static int add_display(struct route *route, struct request *request)
{
	char *path = route->found[route->n_found];
	int err = card_find(request->display, path);

	if (err)
		return err;
	if (request->n_devices == VPIPE_MAX_DEVICES) {
		msg_error("--display: there are %d devices already", VPIPE_MAX_DEVICES);
		return -E2BIG;
	}
	request->devices[request->n_devices++] = path;
	route->n_found++;
	return 0;
}

/* Take each ROUTE_ANY out of the devices. False: it is not among them. */
static bool take_any(struct request *request)
{
	unsigned int n = request->n_devices;

	request->n_devices = 0;
	for (unsigned int i = 0; i < n; i++) {
		if (strcmp(request->devices[i], ROUTE_ANY) != 0)
			request->devices[request->n_devices++] = request->devices[i];
	}
	return request->n_devices < n;
}

int route_expand(struct route *route, struct request *request, bool anything)
{
	char path[NODE_PATH];
	bool any = take_any(request);
	int err = 0;

	if (any || (anything && !request->n_devices && !request->display &&
		    device_find(VPIPE_NAME, 0, path, sizeof(path)) == -ENODEV))
		err = add_nodes(route, request, VIDEO_CAPTURE);
	if (!err && any && !request->n_devices) {
		msg_error("there is no camera whose frames could be followed; vpipe-trace doctor "
			  "says what there is");
		return -ENODEV;
	}
	if (!err && request->follow)
		err = add_nodes(route, request, VIDEO_MEM2MEM);
	if (!err && request->display)
		err = add_display(route, request);
	request->vpipe = request->n_devices ? request->devices[0] : request->vpipe;
	return err;
}

/* What is made from whose frames is not seen in those without videobuf2. */
static int check_linkable(const struct route *route, const struct request *request)
{
	for (unsigned int i = 0; i < route->n_kinds; i++) {
		if (!route->kinds[i]->without_vb2)
			continue;
		msg_error("%s: its driver does without videobuf2, so which frames of other "
			  "devices become its own is not seen: record it by itself",
			  request->devices[i]);
		return -EOPNOTSUPP;
	}
	return 0;
}

/* A path through all of them, if frames can go from one to the other. */
static int find_chain(struct route *route, const struct request *request)
{
	int err = check_linkable(route, request);

	if (!err)
		err = chain_path_init(&route->chain, route->kinds, route->n_kinds);
	if (err || path_is_chain(&route->chain.path))
		return err;
	msg_error("frames go from a camera to a mem2mem node, and to an output node or a display at "
		  "the end: name the devices in the order in which frames come through them");
	return -EINVAL;
}

static int find_kind(const char *name, const struct kind **kind)
{
	char node[VIDEO_NODE];

	/* before anything is loaded for it; a name may be that of a node to come */
	if (name && strchr(name, '/') && video_name(name, node))
		return -ENODEV;
	*kind = kind_of(name);
	if (*kind)
		return 0;
	msg_error("%s is neither a capture nor an output nor a mem2mem node: it has no frames of "
		  "video; vpipe-trace doctor says what there is",
		  name);
	return -EOPNOTSUPP;
}

int route_find(struct route *route, const struct request *request)
{
	int err = find_kind(request->vpipe, &route->kinds[0]);

	route->n_kinds = request->n_devices ?: 1;
	route->is_chain = false;
	for (unsigned int i = 0; !err && route->n_kinds > 1 && i < route->n_kinds; i++) {
		err = find_kind(request->devices[i], &route->kinds[i]);
		if (!err)
			route->kinds[i] = kind_of_any(route->kinds[i]);
		route->is_chain |= route->kinds[i] != route->kinds[0];
	}
	if (err)
		return err;
	route->path = route->is_chain ? &route->chain.path : route->kinds[0]->path;
	return route->is_chain ? find_chain(route, request) : 0;
}

int route_check(const struct route *route, const struct trace_config *config)
{
	if (!route->is_chain || !config->no_frames)
		return 0;
	msg_error(
		"--no-frames: only their rows tell which frames of one device are made from those "
		"of another: trace each device by itself");
	return -EINVAL;
}
