// SPDX-License-Identifier: MIT
/* latency-json.c - see latency-json.h */
#include <stddef.h>
#include <stdint.h>

#include "loader/runs/latency-json.h"

json_t *latency_to_json(const char *kind, const char *name, const struct latency *latency)
{
	const struct {
		const char *key;
		uint64_t ns;
	} numbers[] = {
		{"min_ns", latency->min_ns},   {"p50_ns", latency->p50_ns},
		{"p95_ns", latency->p95_ns},   {"p99_ns", latency->p99_ns},
		{"p999_ns", latency->p999_ns}, {"max_ns", latency->max_ns},
		{"mean_ns", latency->mean_ns}, {"total_ns", latency->total_ns},
	};
	json_t *json = json_pack("{s:s, s:I}", kind, name, "count", (json_int_t)latency->count);

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		json_object_set_new(json, numbers[i].key,
				    latency->count ? json_integer((json_int_t)numbers[i].ns)
						   : json_null());
	json_object_set_new(json, "share",
			    latency->count && latency->share >= 0 ? json_real(latency->share)
								  : json_null());
	return json;
}
