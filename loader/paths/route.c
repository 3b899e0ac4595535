// SPDX-License-Identifier: MIT
/* route.c - see route.h */
#include <errno.h>

#include "lib/msg.h"
#include "loader/paths/route.h"

/* A path through all of them, if frames can go from one to the other. */
static int find_chain(struct route *route)
{
	int err = chain_path_init(&route->chain, route->kinds, route->n_kinds);

	if (err || path_is_chain(&route->chain.path))
		return err;
	msg_error("frames go from a camera to a mem2mem node: name the devices in the order in "
		  "which frames come through them");
	return -EINVAL;
}

/* Is device @i followed by the programs of the first, through its queues? */
static bool goes_with_first(const struct route *route, unsigned int i)
{
	return route->kinds[i]->programs == route->kinds[0]->programs &&
	       route->kinds[i]->path->cycles;
}

static int find_kind(const char *name, const struct kind **kind)
{
	*kind = kind_of(name);
	if (*kind)
		return 0;
	msg_error("%s is neither a capture nor an output nor a mem2mem node: it has no frames that "
		  "can be followed",
		  name);
	return -EOPNOTSUPP;
}

int route_find(struct route *route, const struct request *request)
{
	bool together = true;
	int err = find_kind(request->vpipe, &route->kinds[0]);

	if (err)
		return err;
	route->path = route->kinds[0]->path;
	route->n_kinds = request->n_devices ?: 1;
	route->is_chain = false;
	for (unsigned int i = 1; i < route->n_kinds; i++) {
		err = find_kind(request->devices[i], &route->kinds[i]);
		if (err)
			return err;
		route->is_chain |= route->kinds[i] != route->kinds[0];
		together &= goes_with_first(route, i);
	}
	route->is_chain &= together; /* else route_check() says it, of nodes that are there */
	if (!route->is_chain)
		return 0;
	route->path = &route->chain.path;
	return find_chain(route);
}

int route_check(const struct route *route, const struct request *request,
		const struct trace_config *config)
{
	char path[NODE_PATH];

	for (unsigned int i = 1; i < route->n_kinds; i++) {
		int err = node_find(request->devices[i], NULL, 0, 0, path);

		if (err)
			return err;
		if (goes_with_first(route, i))
			continue;
		msg_error("%s and %s cannot be traced together: the vpipe node has programs of its "
			  "own",
			  request->devices[0], request->devices[i]);
		return -EINVAL;
	}
	if (!route->is_chain || !config->no_frames)
		return 0;
	msg_error(
		"--no-frames: only their rows tell which frames of one device are made from those "
		"of another: trace each device by itself");
	return -EINVAL;
}
