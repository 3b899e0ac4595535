/* SPDX-License-Identifier: MIT */
/*
 * device.h - what the kinds of devices of any driver have in common
 */
#ifndef VPIPE_PATHS_DEVICE_H
#define VPIPE_PATHS_DEVICE_H

#include "loader/paths/kind.h"

/** The programs that follow frames through queues of vb2. */
extern const struct trace_program device_programs[];

/** The nodes that a @request names. Returns 0 or -errno, having said why. */
int device_find_nodes(const struct request *request, struct nodes *nodes);

#endif /* VPIPE_PATHS_DEVICE_H */
