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
#include "loader/host/media.h"
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

/* Those there are, and what each of them is to an ISP. */
struct there_are {
	struct video *all;
	struct isp_node *nodes;
	size_t n;
};

static int look(struct there_are *there)
{
	int err = videos_find(&there->all, &there->n);

	there->nodes = err ? NULL : calloc(there->n + 1, sizeof(there->nodes[0]));
	if (!err && !there->nodes)
		err = -ENOMEM;
	if (err)
		msg_errno(err, NULL, "cannot look for video nodes");
	else
		media_find_isps(there->all, (unsigned int)there->n, there->nodes);
	return err;
}

/* Every node of @kind that is such a one to an ISP and not there yet; for what there is no room is said. */
static void add_nodes(struct route *route, struct request *request, const struct there_are *there,
		      enum video_kind kind, enum isp_role role)
{
	for (size_t i = 0; i < there->n; i++) {
		const struct video_facts *facts = &there->all[i].facts;

		if (there->nodes[i].role != role || !is_wanted(facts, kind) ||
		    is_named(request, facts->path))
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
}

/* Has the media device of node @i an ISP? */
static bool is_beside_isp(const struct there_are *there, size_t i)
{
	for (size_t j = 0; j < there->n; j++) {
		if (there->nodes[j].role == ISP_INPUT &&
		    !strcmp(there->all[j].media, there->all[i].media))
			return true;
	}
	return false;
}

/* ISPs: what goes in, what comes out, and what is beside that. */
static void add_isps(struct route *route, struct request *request, struct there_are *there)
{
	for (size_t i = 0; i < there->n; i++) {
		if (there->nodes[i].role == ISP_BESIDE && !is_beside_isp(there, i))
			there->nodes[i].role = ISP_NONE;
	}
	add_nodes(route, request, there, VIDEO_OUTPUT, ISP_INPUT);
	add_nodes(route, request, there, VIDEO_CAPTURE, ISP_OUTPUT);
	add_nodes(route, request, there, VIDEO_METADATA, ISP_BESIDE);
}

/* What is meant by @any and by follow: cameras come first, whatever numbers they have. */
static int add_found(struct route *route, struct request *request, bool any)
{
	struct there_are there = {0};
	int err = look(&there);

	if (!err && any)
		add_nodes(route, request, &there, VIDEO_CAPTURE, ISP_NONE);
	if (!err)
		add_isps(route, request, &there);
	if (!err && request->follow)
		add_nodes(route, request, &there, VIDEO_MEM2MEM, ISP_NONE);
	free(there.all);
	free(there.nodes);
	return err;
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
	bool all = any || (anything && !request->n_devices && !request->display &&
			   device_find(VPIPE_NAME, 0, path, sizeof(path)) == -ENODEV);
	int err = 0;

	if (all || request->follow)
		err = add_found(route, request, all);
	if (!err && any && !request->n_devices) {
		msg_error("there is no camera whose frames could be followed; vpipe-trace doctor "
			  "says what there is");
		return -ENODEV;
	}
	if (!err && request->display)
		err = add_display(route, request);
	request->vpipe = request->n_devices ? request->devices[0] : request->vpipe;
	return err;
}

/* What each device is to an ISP among them. */
static int find_isps(const struct request *request, struct isp_node nodes[VPIPE_MAX_DEVICES])
{
	struct video *videos = calloc(VPIPE_MAX_DEVICES, sizeof(*videos));
	char path[NODE_PATH];
	int err = videos ? 0 : -ENOMEM;

	if (err)
		msg_errno(err, NULL, "cannot look at the nodes");
	for (unsigned int i = 0; !err && i < request->n_devices; i++) {
		if (!card_is(request->devices[i]))
			err = node_find(request->devices[i], NULL, 0, 0, path)
				      ?: video_look(path, &videos[i]);
	}
	if (!err)
		media_find_isps(videos, request->n_devices, nodes);
	free(videos);
	return err;
}

/* Can frames go from one of them to the other, or is it an ISP by itself? */
static bool is_way(const struct chain_path *chain)
{
	bool alone = path_is_chain(&chain->path);

	for (unsigned int i = 0; i < chain->n_devices; i++) {
		if (chain->devices[i].takes)
			return true;
		alone &= chain->nodes[i].role != ISP_NONE;
	}
	return alone;
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
	struct isp_node nodes[VPIPE_MAX_DEVICES];
	int err = check_linkable(route, request) ?: find_isps(request, nodes);

	if (!err)
		err = chain_path_init(&route->chain, route->kinds, nodes, route->n_kinds);
	if (err || is_way(&route->chain))
		return err;
	msg_error(
		"frames go from a camera to a mem2mem node, and to an output node or a display at "
		"the end: name the devices in the order in which frames come through them");
	return -EINVAL;
}

static int find_kind(const char *name, const struct kind **kind)
{
	char node[VIDEO_NODE];

	/* before anything is loaded for it; a name may be that of a node to come */
	if (name && strchr(name, '/') && !card_is(name) && video_name(name, node))
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
