/* SPDX-License-Identifier: MIT */
/*
 * values-json.h - single values as reports have them in JSON: what is not known is null
 */
#ifndef VPIPE_RUNS_VALUES_JSON_H
#define VPIPE_RUNS_VALUES_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

/** A number; null: it is not known. */
json_t *number_to_json(uint64_t value, bool known);

/** Member @key of @json, which must be a number that is not negative. Returns 0 or -EINVAL. */
int number_from_json(const json_t *json, const char *key, uint64_t *value);

/** A thread, by its id, or what else woke one: "idle", "interrupt". */
json_t *peer_to_json(uint32_t tid);

/** A name, which may be any bytes. */
json_t *name_to_json(const char *bytes);

#endif /* VPIPE_RUNS_VALUES_JSON_H */
