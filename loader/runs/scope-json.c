// SPDX-License-Identifier: MIT
/* scope-json.c - see scope-json.h */
#include "loader/model/deadline.h"
#include "loader/runs/scope-json.h"

json_t *warmup_to_json(const struct run *run)
{
	if (!run->facts.config.warmup)
		return NULL;
	return json_pack("{s:I, s:I, s:o}", "asked", (json_int_t)run->facts.config.warmup, "frames",
			 (json_int_t)run->counts.of[VPIPE_COUNT_WARMUP], "rows",
			 run->facts.config.no_frames ? json_null()
						     : json_integer((json_int_t)run->warmup_rows));
}

json_t *deadline_to_json(const struct run *run)
{
	if (!run->facts.deadline_ns)
		return NULL;
	return json_pack("{s:I, s:b, s:I, s:I}", "ns", (json_int_t)run->facts.deadline_ns, "asked",
			 run->facts.deadline_asked, "frames", (json_int_t)deadline_frames(run),
			 "over", (json_int_t)run->over);
}

json_t *flight_to_json(const struct run *run)
{
	const struct run_flight *flight = &run->facts.flight;

	if (!flight->above_ns)
		return NULL;
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "above_ns", (json_int_t)flight->above_ns,
			 "keep_ns", (json_int_t)flight->keep_ns, "since_ns",
			 (json_int_t)flight->since_ns, "let_go", (json_int_t)run->records.let_go,
			 "cut", (json_int_t)flight->cut);
}
