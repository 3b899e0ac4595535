/* SPDX-License-Identifier: MIT */
/*
 * vpipe.h - the path through our own node
 */
#ifndef VPIPE_PATHS_VPIPE_H
#define VPIPE_PATHS_VPIPE_H

#include "loader/model/path.h"

extern const struct path vpipe_path;

#endif /* VPIPE_PATHS_VPIPE_H */
