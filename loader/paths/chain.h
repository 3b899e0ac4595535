/* SPDX-License-Identifier: MIT */
/*
 * chain.h - the path of a frame through several devices, made of theirs
 */
#ifndef VPIPE_PATHS_CHAIN_H
#define VPIPE_PATHS_CHAIN_H

#include "loader/model/chain.h"
#include "loader/model/isp.h"
#include "loader/paths/kind.h"

#define CHAIN_NAME 32 /* of a stage or a point */
#define CHAIN_TEXT 96 /* what happens at one */

struct chain_path {
	struct path path;
	struct chain_device devices[VPIPE_MAX_DEVICES];
	struct isp_node nodes[VPIPE_MAX_DEVICES]; /**< what each of them is to an ISP */
	unsigned int n_devices;
	struct stage stages[MAX_STAGES];
	struct point points[MAX_STAGES + 1];
	char stage_names[MAX_STAGES][CHAIN_NAME];
	char point_names[MAX_STAGES + 1][CHAIN_NAME];
	char point_texts[MAX_STAGES + 1][CHAIN_TEXT];
};

/**
 * The path through devices of these @n kinds @of, in this order: their stages, each behind the name of
 * the kind, and a number where there are several ("m2m2_job"); and before those that take frames of
 * others the hand-off ("m2m2_handoff"). @nodes: which of them are of an ISP, whose stages are there
 * once ("isp_job"), and which are of metadata, and have none; NULL: none. Returns 0 or -E2BIG, having
 * said so.
 */
int chain_path_init(struct chain_path *chain, const struct kind *const of[],
		    const struct isp_node nodes[], unsigned int n);

#endif /* VPIPE_PATHS_CHAIN_H */
