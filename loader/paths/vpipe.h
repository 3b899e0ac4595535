/* SPDX-License-Identifier: MIT */
/*
 * vpipe.h - the path through our own node
 */
#ifndef VPIPE_PATHS_VPIPE_H
#define VPIPE_PATHS_VPIPE_H

#include "loader/trace/trace.h"

/** The programs that follow a frame on it. */
extern const struct trace_program vpipe_programs[];

#endif /* VPIPE_PATHS_VPIPE_H */
