// SPDX-License-Identifier: MIT
/* test-links.c - which links are not followed */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/links.h"

#define SOMEBODY 65534

/* In a folder of its own: shared/ like /tmp, private/ like anyone's. */
static int setup(void **state)
{
	static char root[] = "/tmp/vpipe-links.XXXXXX";

	if (!mkdtemp(root) || chdir(root) || mkdir("shared", 0777) || mkdir("private", 0755) ||
	    mkdir("there", 0755) || chmod("shared", 01777))
		return -1;
	*state = root;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", (char *)*state);
	return chdir("/") || system(command);
}

/* What is said of @path, which is reached by the link @link to @target, of user @uid. */
static int check_with(const char *target, const char *link, uid_t uid, const char *path)
{
	int err;

	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(lchown(link, uid, (gid_t)-1), 0);
	err = links_check(path);
	assert_int_equal(unlink(link), 0);
	return err;
}

static void test_no_link(void **state)
{
	(void)state;
	assert_int_equal(links_check("there/is/none"), 0);
	assert_int_equal(links_check("/"), 0);
	assert_int_equal(links_check("shared/file"), 0);
}

static void test_links_of_others(void **state)
{
	(void)state;
	if (geteuid()) {
		print_message("# it needs root\n");
		skip(); /* nobody else can give links away */
	}
	assert_int_equal(check_with("../there", "shared/a", SOMEBODY, "shared/a/file"), -EACCES);
	assert_int_equal(check_with("../there/x", "shared/a", SOMEBODY, "shared/a"), -EACCES);
	assert_int_equal(check_with("../there", "private/a", SOMEBODY, "private/a/file"), 0);
	/* the folder's owner can do anything in any case */
	assert_int_equal(chown("shared", SOMEBODY, (gid_t)-1), 0);
	assert_int_equal(check_with("../there", "shared/a", SOMEBODY, "shared/a/file"), 0);
	assert_int_equal(chown("shared", 0, (gid_t)-1), 0);
}

static void test_own_links(void **state)
{
	(void)state;
	assert_int_equal(check_with("../there", "shared/a", geteuid(), "shared/a/file"), 0);
	assert_int_equal(check_with("/etc", "shared/a", geteuid(), "shared/a/file"), 0);
	assert_int_equal(check_with("nothing", "shared/a", geteuid(), "shared/a/file"), 0);
}

/* A link of ours to one of somebody else's. */
static void test_behind_another(void **state)
{
	(void)state;
	if (geteuid()) {
		print_message("# it needs root\n");
		skip();
	}
	assert_int_equal(symlink("../shared/b", "private/a"), 0);
	assert_int_equal(check_with("../there", "shared/b", SOMEBODY, "private/a/file"), -EACCES);
	assert_int_equal(unlink("private/a"), 0);
}

static void test_loops_end(void **state)
{
	(void)state;
	assert_int_equal(check_with("a", "private/a", geteuid(), "private/a/file"), -ELOOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_link),	  cmocka_unit_test(test_links_of_others),
		cmocka_unit_test(test_own_links), cmocka_unit_test(test_behind_another),
		cmocka_unit_test(test_loops_end),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
