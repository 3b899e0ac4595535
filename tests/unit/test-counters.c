// SPDX-License-Identifier: MIT
/* Lists of counters, as --counters has them; of the software ones, which all machines count. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/counters.h"

static void test_lists(void **state)
{
	struct counters counters;
	const char *wrong;

	(void)state;
	assert_int_equal(counters_parse(&counters, "none", &wrong), 0);
	assert_int_equal(counters.n, 0);
	if (geteuid()) { /* perf_event_paranoid may be in the way */
		print_message("# it needs root\n");
		skip();
	}
	assert_int_equal(counters_parse(&counters, "page_faults,migrations", &wrong), 0);
	assert_int_equal(counters.n, 2);
	assert_int_equal(counters.which[0], VPIPE_COUNTER_page_faults);
	assert_int_equal(counters.which[1], VPIPE_COUNTER_migrations);
}

/* Said twice it is there once. */
static void test_twice(void **state)
{
	struct counters counters;
	const char *wrong;

	(void)state;
	if (geteuid()) {
		print_message("# it needs root\n");
		skip();
	}
	assert_int_equal(
		counters_parse(&counters, "migrations,hardware,migrations,hardware", &wrong), 0);
	for (unsigned int i = 0; i < counters.n; i++) {
		for (unsigned int j = 0; j < i; j++)
			assert_int_not_equal(counters.which[i], counters.which[j]);
	}
}

/* One that is too long is not cut to one that is good. */
static void test_long(void **state)
{
	struct counters counters;
	const char *wrong;
	char list[300] = "";

	(void)state;
	for (int i = 0; i < 51; i++)
		strcat(list, "none,");
	strcat(list, "nonsense");
	assert_int_equal(counters_parse(&counters, list, &wrong), -EINVAL);
	assert_string_equal(wrong, "nonsense");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("counters", tests, NULL, NULL);
}
