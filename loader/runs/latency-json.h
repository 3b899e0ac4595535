/* SPDX-License-Identifier: MIT */
/*
 * latency-json.h - the figures of a cost or a stage, as reports have them in JSON
 */
#ifndef VPIPE_RUNS_LATENCY_JSON_H
#define VPIPE_RUNS_LATENCY_JSON_H

#include <jansson.h>

#include "loader/model/latency.h"

/** Those of the cost or stage @name, what it is being its @kind; of one that never was they are null. */
json_t *latency_to_json(const char *kind, const char *name, const struct latency *latency);

#endif /* VPIPE_RUNS_LATENCY_JSON_H */
