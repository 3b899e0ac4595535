// SPDX-License-Identifier: MIT
/* values-json.c - see values-json.h */
#include <stdlib.h>

#include "lib/text.h"
#include "loader/model/frame.h"
#include "loader/runs/values-json.h"

json_t *number_to_json(uint64_t value, bool known)
{
	return known ? json_integer((json_int_t)value) : json_null();
}

json_t *peer_to_json(uint32_t tid)
{
	const char *kind = frame_peer_kind(tid);

	return kind ? json_string(kind) : json_integer(tid);
}

json_t *name_to_json(const char *bytes)
{
	char *text = text_new(bytes);
	json_t *json = text ? json_string(text) : NULL;

	free(text);
	return json ?: json_null();
}
