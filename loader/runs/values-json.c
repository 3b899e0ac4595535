// SPDX-License-Identifier: MIT
/* values-json.c - see values-json.h */
#include <errno.h>
#include <stdlib.h>

#include "lib/text.h"
#include "loader/model/frame.h"
#include "loader/runs/values-json.h"

json_t *number_to_json(uint64_t value, bool known)
{
	return known ? json_integer((json_int_t)value) : json_null();
}

int number_from_json(const json_t *json, const char *key, uint64_t *value)
{
	const json_t *member = json_object_get(json, key);

	if (!json_is_integer(member) || json_integer_value(member) < 0)
		return -EINVAL;
	*value = (uint64_t)json_integer_value(member);
	return 0;
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
