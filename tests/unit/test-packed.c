// SPDX-License-Identifier: MIT
/* Numbers as text: known ones, and all that are near a border of a byte, read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/sinks/packed.h"

static char *text_of(const struct packed *packed)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	packed_write(packed, out);
	fclose(out);
	return text;
}

/* By `python3 -c 'import base64; print(base64.b64encode(bytes(...)))'`. */
static void test_known(void **state)
{
	static const struct {
		uint64_t value;
		const char *text;
	} known[] = {
		{0, "AA=="},
		{1, "AQ=="},
		{127, "fw=="},
		{128, "gAE="},
		{300, "rAI="},
		{16384, "gIAB"},
		{UINT64_MAX, "////////////AQ=="},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct packed packed = {0};
		char *text;

		packed_add(&packed, known[i].value);
		text = text_of(&packed);
		assert_string_equal(text, known[i].text);
		free(text);
		packed_free(&packed);
	}
}

static uint64_t unpack(const unsigned char **bytes)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	do
		value |= (uint64_t)(**bytes & 0x7f) << shift;
	while (shift += 7, *(*bytes)++ & 0x80);
	return value;
}

static void test_back(void **state)
{
	struct packed packed = {0};
	const unsigned char *at;

	(void)state;
	for (int bit = 0; bit < 63; bit++) {
		for (int64_t by = -1; by <= 1; by++) {
			packed_add(&packed, (1ULL << bit) + (uint64_t)by);
			packed_add_signed(&packed, (1LL << bit) + by);
			packed_add_signed(&packed, -((1LL << bit) + by));
		}
	}
	packed_add_signed(&packed, INT64_MIN);
	assert_false(packed.failed);
	at = packed.bytes;
	for (int bit = 0; bit < 63; bit++) {
		for (int64_t by = -1; by <= 1; by++) {
			uint64_t value = (1ULL << bit) + (uint64_t)by, folded;

			assert_int_equal(unpack(&at), value);
			folded = unpack(&at);
			assert_int_equal((folded >> 1) ^ -(folded & 1), value);
			folded = unpack(&at);
			assert_int_equal((folded >> 1) ^ -(folded & 1), -value);
		}
	}
	assert_int_equal(unpack(&at), UINT64_MAX);
	assert_ptr_equal(at, packed.bytes + packed.used);
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_back),
	};

	return cmocka_run_group_tests_name("packed", tests, NULL, NULL);
}
