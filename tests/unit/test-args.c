// SPDX-License-Identifier: MIT
/* What command lines are made of: numbers, seconds, lists, names. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/args.h"

static char why[ARGS_WHY];

static void expect_number(const char *text, uint64_t min, uint64_t max, uint64_t expected)
{
	uint64_t value = 0;

	assert_int_equal(args_parse_u64("frames", text, min, max, &value, why), 0);
	assert_int_equal(value, expected);
}

static void expect_no_number(const char *text, uint64_t min, uint64_t max)
{
	uint64_t value = 4711;

	why[0] = '\0';
	assert_int_equal(args_parse_u64("frames", text, min, max, &value, why), -EINVAL);
	assert_int_equal(value, 4711);
	assert_non_null(strstr(why, "frames"));
}

static void test_numbers(void **state)
{
	(void)state;
	expect_number("1", 1, 10, 1);
	expect_number("10", 1, 10, 10);
	expect_number("0", 0, 0, 0);
	expect_number("007", 0, 10, 7);
	expect_number("18446744073709551615", 0, UINT64_MAX, UINT64_MAX);
}

static void test_no_numbers(void **state)
{
	static const char *const texts[] = {
		"",
		"-1",
		"-18446744073709551615",
		"+1",
		"1 ",
		" 1",
		"1x",
		"0x10",
		"1e3",
		"1.0",
		"18446744073709551616",
		"ten",
		"1,2",
		"\n1",
		"--",
		"\xff",
		"99999999999999999999999999999999999999999999999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		expect_no_number(texts[i], 0, UINT64_MAX);
	expect_no_number("0", 1, 10);
	expect_no_number("11", 1, 10);
}

static void test_the_sentence(void **state)
{
	uint64_t value;

	(void)state;
	args_parse_u64("threshold", "300", 0, 255, &value, why);
	assert_string_equal(why, "threshold must be a whole number from 0 to 255, not '300'");
}

static void expect_seconds(const char *text, uint64_t expected_ns)
{
	uint64_t ns = 4711;

	assert_int_equal(args_parse_seconds("--timeout", text, 0, 100, &ns, why), 0);
	assert_int_equal(ns, expected_ns);
}

static void test_seconds(void **state)
{
	static const char *const bad[] = {"",	  ".5",	   "1.",	 "-1",
					  "1.5s", "100.1", "101",	 "0.0000000001",
					  "inf",  "nan",   "1.2.3",	 "99999999999999999999",
					  "1e1",  "0x1",   "18446744074"};
	uint64_t ns = 4711;

	(void)state;
	expect_seconds("0", 0);
	expect_seconds("5", 5000000000);
	expect_seconds("0.5", 500000000);
	expect_seconds("0.000000001", 1);
	expect_seconds("100", 100000000000);
	expect_seconds("12.34", 12340000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(args_parse_seconds("--timeout", bad[i], 0, 100, &ns, why),
				 -EINVAL);
	assert_int_equal(args_parse_seconds("--timeout", "0.9", 1, 100, &ns, why), -EINVAL);
	assert_int_equal(ns, 4711);
	assert_string_equal(why, "--timeout must be from 1 to 100 seconds, not '0.9'");
}

static void expect_time(const char *text, uint64_t expected)
{
	uint64_t ns = 4711;

	assert_int_equal(args_parse_time("--keep", text, 100, &ns, why), 0);
	assert_int_equal(ns, expected);
}

/* Nothing is rounded. */
static void test_times(void **state)
{
	static const char *const bad[] = {
		"",
		"5",
		"0s",
		"0ms",
		".5s",
		"1.s",
		"-1s",
		"5 ms",
		"5m",
		"5MS",
		"100.1s",
		"101s",
		"0.5ns",
		"1e3s",
		"5msx",
		"1.0000001us",
		"100001ms",
		"inf",
		"18446744073709551617ns",
	};
	uint64_t ns = 4711;

	(void)state;
	expect_time("1ns", 1);
	expect_time("5ms", 5000000);
	expect_time("0.25us", 250);
	expect_time("33.333333ms", 33333333);
	expect_time("1.000000001s", 1000000001);
	expect_time("100s", 100000000000);
	expect_time("100000ms", 100000000000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(args_parse_time("--keep", bad[i], 100, &ns, why), -EINVAL);
	assert_int_equal(ns, 4711);
	assert_non_null(strstr(why, "--keep must be a time of 1 ns to 100 s with its unit"));
}

static void test_lists(void **state)
{
	static const char *const bad[] = {"",
					  "640",
					  "640x",
					  "x480",
					  "640x480x1",
					  "640X480",
					  "640 x480",
					  "-640x480",
					  "640x480 ",
					  "0x480",
					  "4097x1",
					  "640,480",
					  "99999999999999999999x1"};
	unsigned int size[2], roi[4];

	(void)state;
	assert_int_equal(args_parse_list("--size", "640x480", "WxH", 'x', 2, 1, 4096, size, why),
			 0);
	assert_int_equal(size[0], 640);
	assert_int_equal(size[1], 480);
	assert_int_equal(
		args_parse_list("--roi", "1,2,3,4096", "L,T,W,H", ',', 4, 0, 4096, roi, why), 0);
	assert_int_equal(roi[0], 1);
	assert_int_equal(roi[3], 4096);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			args_parse_list("--size", bad[i], "WxH", 'x', 2, 1, 4096, size, why),
			-EINVAL);
	assert_non_null(strstr(why, "--size must be WxH, each from 1 to 4096, not '9999"));
}

static void test_choices(void **state)
{
	static const char *const names[] = {"none", "threshold", NULL};
	unsigned int choice = 99;

	(void)state;
	assert_int_equal(args_parse_choice("algo", "threshold", names, &choice, why), 0);
	assert_int_equal(choice, 1);
	assert_int_equal(args_parse_choice("algo", "thresh", names, &choice, why), -EINVAL);
	assert_string_equal(
		why, "algo must be none or threshold, not 'thresh' (did you mean threshold?)");
	assert_int_equal(args_parse_choice("algo", "", names, &choice, why), -EINVAL);
	assert_int_equal(choice, 1);
}

/* A user's text of any length is cut, not copied past the end. */
static void test_long_text(void **state)
{
	static const char *const names[] = {"none", NULL};
	char text[10000];
	unsigned int choice;

	(void)state;
	memset(text, '7', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	expect_no_number(text, 0, UINT64_MAX);
	assert_true(strlen(why) < 150);
	assert_int_equal(args_parse_choice("algo", text, names, &choice, why), -EINVAL);
	assert_true(strlen(why) < 150);
}

static void test_nearest(void **state)
{
	static const char *const verbs[] = {"run",  "record", "doctor", "report", "diff",
					    "list", "export", "stages", "check",  NULL};
	static const struct {
		const char *text, *meant;
	} pairs[] = {
		{"reprot", "report"},  {"reort", "report"}, {"recrod", "record"}, {"dif", "diff"},
		{"rnu", "run"},	       {"ru", "run"},	    {"lsit", "list"},	  {"doc", "doctor"},
		{"exports", "export"}, {"chekc", "check"},  {"stage", "stages"},  {"", NULL},
		{"x", NULL},	       {"tally", NULL},	    {"help", NULL},	  {"r", NULL},
	};
	char longest[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *nearest = args_nearest(pairs[i].text, verbs);

		if (pairs[i].meant)
			assert_string_equal(nearest ?: "nothing", pairs[i].meant);
		else
			assert_null(nearest);
	}
	memset(longest, 'r', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_null(args_nearest(longest, verbs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),	   cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_no_numbers), cmocka_unit_test(test_the_sentence),
		cmocka_unit_test(test_seconds),	   cmocka_unit_test(test_lists),
		cmocka_unit_test(test_choices),	   cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
