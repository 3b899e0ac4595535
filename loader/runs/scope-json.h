/* SPDX-License-Identifier: MIT */
/*
 * scope-json.h - which frames the figures of a run are of, as run.json and a report say it
 */
#ifndef VPIPE_RUNS_SCOPE_JSON_H
#define VPIPE_RUNS_SCOPE_JSON_H

#include <jansson.h>

#include "loader/model/run.h"

/** How many frames are left out of the figures; NULL: none were to be. */
json_t *warmup_to_json(const struct run *run);

/** How many frames are over the deadline; NULL: there is none. */
json_t *deadline_to_json(const struct run *run);

/** Which of the last records are its rows; NULL: all that came are. */
json_t *flight_to_json(const struct run *run);

#endif /* VPIPE_RUNS_SCOPE_JSON_H */
