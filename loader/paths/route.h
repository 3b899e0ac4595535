/* SPDX-License-Identifier: MIT */
/*
 * route.h - the path of the frames of a run, by the devices that it is asked for
 */
#ifndef VPIPE_PATHS_ROUTE_H
#define VPIPE_PATHS_ROUTE_H

#include "loader/paths/chain.h"

/** Instead of a node's name: every camera that there is. */
#define ROUTE_ANY "any"

struct route {
	char found[VPIPE_MAX_DEVICES + 1][NODE_PATH]; /**< nodes that nobody has named so */
	unsigned int n_found;
	const struct kind
		*kinds[VPIPE_MAX_DEVICES]; /**< of each device; if none is named, the first */
	unsigned int n_kinds;
	const struct path *path;
	bool is_chain; /**< frames go from one device to the other, in the order in which these are named */
	struct chain_path chain; /**< then */
};

/**
 * Add to the devices of @request what it means by ROUTE_ANY, by follow and by display, and, with
 * @anything, every camera where it names none and there is no node of ours. Names live in @route. Returns 0 or -errno,
 * having said why.
 */
int route_expand(struct route *route, struct request *request, bool anything);

/** That of @request: devices of different kinds are a chain. Returns 0 or -errno, having said why. */
int route_find(struct route *route, const struct request *request);

/** Can it be traced as @config asks for? Returns 0 or -errno, having said why. */
int route_check(const struct route *route, const struct trace_config *config);

#endif /* VPIPE_PATHS_ROUTE_H */
