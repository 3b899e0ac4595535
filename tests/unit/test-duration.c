// SPDX-License-Identifier: MIT
/* Times as a person reads them: three digits, and never a thousand of a unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/duration.h"
#include "lib/text.h"

static void test_known(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} known[] = {
		{0, "0 ns"},
		{999, "999 ns"},
		{1000, "1.00 µs"},
		{1004, "1.00 µs"},
		{1005, "1.01 µs"},
		{9994, "9.99 µs"},
		{9995, "10.0 µs"},
		{16349, "16.3 µs"},
		{16350, "16.4 µs"},
		{99949, "99.9 µs"},
		{99950, "100 µs"},
		{999499, "999 µs"},
		{999500, "1.00 ms"},
		{41900000, "41.9 ms"},
		{999499999, "999 ms"},
		{999500000, "1.00 s"},
		{5200000000, "5.20 s"},
		{999499999999, "999 s"},
		{86400000000000, "86400 s"},
		{UINT64_MAX, "18446744074 s"},
	};
	char text[DURATION_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		assert_string_equal(duration_text(known[i].ns, text), known[i].text);
}

/* Whatever it is, it fits its column, and read again it is what it was but for half of its last digit. */
static void test_any(void **state)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}};

	(void)state;
	srand(7);
	for (int round = 0; round < 200 * 1000; round++) {
		uint64_t ns = ((uint64_t)rand() << 31 | (uint64_t)rand()) >> (23 + rand() % 39);
		char text[DURATION_TEXT], name[8] = "";
		double value, unit = 0;

		duration_text(ns, text);
		assert_true(text_columns(text) <= DURATION_COLUMNS);
		assert_int_equal(sscanf(text, "%lf %7s", &value, name), 2);
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			unit = strcmp(name, units[i].name) ? unit : units[i].ns;
		assert_true(value * unit >= (double)ns * 0.994999);
		assert_true(value * unit <= (double)ns * 1.005001);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
