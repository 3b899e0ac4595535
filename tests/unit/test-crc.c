// SPDX-License-Identifier: MIT
/* The checksum of metadata rows: known values, and one bit at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "user/lib/crc.h"

/* The definition: reflected polynomial, seed ~0, nothing at the end. */
static uint32_t bit_by_bit(const uint8_t *bytes, size_t size)
{
	uint32_t crc = ~0U;

	for (size_t i = 0; i < size; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0xEDB88320U : crc >> 1;
	}
	return crc;
}

static void test_known_values(void **state)
{
	(void)state;
	/* CRC-32 "check" value 0xCBF43926, and the one without its final inversion (JAMCRC) */
	assert_int_equal(crc_payload("123456789", 9), 0x340BC6D9U);
	assert_int_equal(crc_payload("", 0), 0xFFFFFFFFU);
	assert_int_equal(crc_payload(NULL, 0), 0xFFFFFFFFU);
	assert_int_equal(crc_payload("\0\0\0\0", 4), 0xDEBB20E3U);
	assert_int_equal(crc_payload("\xff\xff\xff\xff", 4), 0x00000000U);
}

static void test_every_length(void **state)
{
	static uint8_t bytes[5000];
	uint32_t noise = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		noise = noise * 1664525U + 1013904223U;
		bytes[i] = (uint8_t)(noise >> 24);
	}
	for (size_t size = 0; size < 200; size++)
		for (size_t at = 0; at < 9; at++)
			assert_int_equal(crc_payload(bytes + at, size),
					 bit_by_bit(bytes + at, size));
	assert_int_equal(crc_payload(bytes, sizeof(bytes)), bit_by_bit(bytes, sizeof(bytes)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_every_length),
	};

	return cmocka_run_group_tests_name("crc", tests, NULL, NULL);
}
