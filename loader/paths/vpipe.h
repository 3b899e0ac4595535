/* SPDX-License-Identifier: MIT */
/*
 * vpipe.h - the path through our own node
 */
#ifndef VPIPE_PATHS_VPIPE_H
#define VPIPE_PATHS_VPIPE_H

#include "loader/model/path.h"
#include "loader/trace/options.h"

extern const struct path vpipe_path;

/** The programs that follow a frame on it. */
extern const struct trace_program vpipe_programs[];

#endif /* VPIPE_PATHS_VPIPE_H */
