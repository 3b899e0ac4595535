/* SPDX-License-Identifier: MIT */
/*
 * merged-json.h - what run.json says of a run that is the sum of others
 */
#ifndef VPIPE_RUNS_MERGED_JSON_H
#define VPIPE_RUNS_MERGED_JSON_H

#include <jansson.h>

#include "loader/model/run.h"

/**
 * The member "merged" of @run, which is the sum of the runs in @of, an array, to which the reference
 * goes over. NULL: no memory.
 */
json_t *merged_to_json(const struct run *run, json_t *of);

/**
 * Read it back, to @run, whose path is known: what it tells of a cost is in the latency of that, and
 * has yet to be held against the buckets. Returns 0; or -EINVAL: it is none of ours, *@what is why.
 */
int merged_from_json(struct run *run, const json_t *json, const char **what);

/** Which runs it is the sum of: the array; NULL: it is none. */
json_t *merged_of(const json_t *run);

#endif /* VPIPE_RUNS_MERGED_JSON_H */
