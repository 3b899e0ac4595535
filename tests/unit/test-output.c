// SPDX-License-Identifier: MIT
/* Which folder is made for a program's file, and which is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/lib/output.h"

static char folder[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-output-XXXXXX");
	return mkdtemp(folder) ? chdir(folder) : -1;
}

static int teardown(void **state)
{
	(void)state;
	unlink(OUTPUT_FOLDER "/x.csv");
	rmdir(OUTPUT_FOLDER);
	return chdir("/") || rmdir(folder);
}

static void test_default(void **state)
{
	struct csv *csv;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(output_open(&csv, OUTPUT_FOLDER "/x.csv", false, "a"), 0);
		assert_int_equal(output_commit(csv, OUTPUT_FOLDER "/x.csv"), 0);
	}
	assert_int_equal(access(OUTPUT_FOLDER "/x.csv", R_OK), 0);
}

static void test_given(void **state)
{
	struct csv *csv;

	(void)state;
	assert_int_equal(output_open(&csv, OUTPUT_FOLDER "/x.csv", true, "a"), -ENOENT);
	assert_null(csv);
	assert_int_equal(access(OUTPUT_FOLDER, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_default, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given, setup, teardown),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
