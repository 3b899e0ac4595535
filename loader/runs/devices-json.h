/* SPDX-License-Identifier: MIT */
/*
 * devices-json.h - what came of the devices of a run, and what did not, in run.json
 */
#ifndef VPIPE_RUNS_DEVICES_JSON_H
#define VPIPE_RUNS_DEVICES_JSON_H

#include <jansson.h>

#include "loader/model/run.h"

/** An array of the devices of @run; NULL: it has none, or there is no memory. */
json_t *devices_to_json(const struct run *run);

/**
 * Their sums, read back from such an array, go into @run; names stay those of @json. Returns 0,
 * -EINVAL if it is no such array, or -ENOMEM.
 */
int devices_from_json(struct run *run, const json_t *json);

#endif /* VPIPE_RUNS_DEVICES_JSON_H */
