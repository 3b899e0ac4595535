/* SPDX-License-Identifier: MIT */
/*
 * route.h - the path of the frames of a run, by the devices that it is asked for
 */
#ifndef VPIPE_PATHS_ROUTE_H
#define VPIPE_PATHS_ROUTE_H

#include "loader/paths/chain.h"

struct route {
	const struct kind
		*kinds[VPIPE_MAX_DEVICES]; /**< of each device; if none is named, the first */
	unsigned int n_kinds;
	const struct path *path;
	bool is_chain; /**< frames go from one device to the other, in the order in which these are named */
	struct chain_path chain; /**< then */
};

/** That of @request: devices of different kinds are a chain. Returns 0 or -errno, having said why. */
int route_find(struct route *route, const struct request *request);

/**
 * Can all devices of @request be traced at once, and as @config asks for? Returns 0 or -errno, having
 * said why.
 */
int route_check(const struct route *route, const struct request *request,
		const struct trace_config *config);

#endif /* VPIPE_PATHS_ROUTE_H */
