/* SPDX-License-Identifier: MIT */
/*
 * joining.h - attach to what already runs: what `record` and `top` have in common
 *
 * At once, by join(); or, by who does so again and again, in two steps: to find what there is changes
 * nothing, and privileges are kept.
 */
#ifndef VPIPE_JOINING_H
#define VPIPE_JOINING_H

#include "loader/options.h"
#include "loader/paths/route.h"
#include "loader/session.h"

/** What is traced then. */
struct joined {
	struct route route;
	struct nodes nodes;
	struct trace_device devices[VPIPE_MAX_DEVICES];
};

/**
 * Find what @options ask for, open and start @session on it, and begin. session_close() must be called
 * in any case. Returns 0 or -errno, having said why.
 */
int join(struct joined *joined, struct session *session, struct run_options *options);

/** Find what @options ask for, which are expanded by that; @joined is all zero. Returns 0 or -errno, having said why. */
int join_find(struct joined *joined, struct run_options *options);

/**
 * Open and start @session on what was found, and begin. @joined and @options are kept;
 * session_close() must be called in any case. Returns 0 or -errno, having said why.
 */
int join_found(struct joined *joined, struct session *session, const struct run_options *options);

#endif /* VPIPE_JOINING_H */
