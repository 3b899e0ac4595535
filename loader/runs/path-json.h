/* SPDX-License-Identifier: MIT */
/*
 * path-json.h - the path of a run in its run.json, as member "path"
 */
#ifndef VPIPE_RUNS_PATH_JSON_H
#define VPIPE_RUNS_PATH_JSON_H

#include <jansson.h>

#include "loader/model/path.h"

/** @path as JSON; NULL: no memory. */
json_t *path_to_json(const struct path *path);

/**
 * The path that @json describes, to be freed by path_free(); its names are those in @json and live
 * as long. Returns 0, -ENOMEM, or -EINVAL with the member that is not as it should be in *@what.
 */
int path_from_json(struct path **out, const json_t *json, const char **what);

/** Free a path that path_from_json() has made; NULL is allowed. */
void path_free(struct path *path);

#endif /* VPIPE_RUNS_PATH_JSON_H */
