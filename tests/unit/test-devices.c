// SPDX-License-Identifier: MIT
/* Finding nodes, in a sysfs tree of our own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "lib/devices.h"

#define CAP_CAPTURE 0x1
#define CAP_M2M	    0x2

static char folder[64];
static unsigned int asked; /* times capabilities were read */

/* video5 is refused; the rest are what their numbers say. */
static int fake_caps(const char *path, unsigned int *caps)
{
	asked++;
	if (!strcmp(path, "/nodes/video5"))
		return -EACCES;
	if (!strcmp(path, "/nodes/video3") || !strcmp(path, "/nodes/video12"))
		*caps = CAP_CAPTURE;
	else if (!strcmp(path, "/nodes/video7"))
		*caps = CAP_CAPTURE | CAP_M2M;
	else
		*caps = 0;
	return 0;
}

static struct device_roots roots = {.sysfs = folder, .dev = "/nodes", .caps = fake_caps};

static void add_node(const char *node, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, node);
	assert_int_equal(mkdir(path, 0777), 0);
	if (!name)
		return;
	strcat(path, "/name");
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(name, file);
	fclose(file);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-devices-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	add_node("video12", "vivid-000-vid-cap\n");
	add_node("video3", "vivid-001-vid-cap\n");
	add_node("video2", "vivid-000-vid-out\n");
	add_node("video7", "vpipe\n");
	add_node("video5", "locked\n");
	add_node("video0", NULL);
	add_node("v4l-subdev0", "vivid sensor\n");
	add_node("video1x", "vivid-trap\n");
	add_node("vbi0", "vivid-000-vbi-cap\n");
	asked = 0;
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void expect_node(const char *prefix, unsigned int caps, const char *expected)
{
	char path[64];

	assert_int_equal(device_find_in(&roots, prefix, caps, path, sizeof(path)), 0);
	assert_string_equal(path, expected);
}

static void test_lowest_number(void **state)
{
	(void)state;
	expect_node("vivid", 0, "/nodes/video2");
	assert_int_equal(asked, 0);
	expect_node("vivid-000-vid-cap", 0, "/nodes/video12");
	expect_node("vpipe", 0, "/nodes/video7");
}

static void test_capabilities(void **state)
{
	(void)state;
	expect_node("vivid", CAP_CAPTURE, "/nodes/video3");
	expect_node("v", CAP_CAPTURE | CAP_M2M, "/nodes/video7");
}

static void test_none(void **state)
{
	char path[64];

	(void)state;
	assert_int_equal(device_find_in(&roots, "uvc", 0, path, sizeof(path)), -ENODEV);
	assert_int_equal(device_find_in(&roots, "vivid", CAP_M2M, path, sizeof(path)), -ENODEV);
	/* the prefix must not be longer than the name */
	assert_int_equal(device_find_in(&roots, "vpipe2", 0, path, sizeof(path)), -ENODEV);
}

static void test_no_driver_loaded(void **state)
{
	const struct device_roots empty = {.sysfs = "/nonexistent", .dev = "/nodes", .caps = NULL};
	char path[64];

	(void)state;
	assert_int_equal(device_find_in(&empty, "vivid", 0, path, sizeof(path)), -ENODEV);
}

static void test_refused(void **state)
{
	char path[64];

	(void)state;
	assert_int_equal(device_find_in(&roots, "locked", CAP_CAPTURE, path, sizeof(path)),
			 -EACCES);
	/* one that may be opened is taken all the same */
	expect_node("", CAP_CAPTURE, "/nodes/video3");
}

static void test_short_path(void **state)
{
	char path[13]; /* strlen("/nodes/video7") */

	(void)state;
	assert_int_equal(device_find_in(&roots, "vpipe", 0, path, sizeof(path)), -ENAMETOOLONG);
}

static void test_resolve_path(void **state)
{
	char path[12];

	(void)state;
	assert_int_equal(device_resolve("/dev/video9", 0, path, sizeof(path)), 0);
	assert_string_equal(path, "/dev/video9");
	assert_int_equal(device_resolve("/dev/video10", 0, path, sizeof(path)), -ENAMETOOLONG);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lowest_number),    TEST(test_capabilities), TEST(test_none),
		TEST(test_no_driver_loaded), TEST(test_refused),      TEST(test_short_path),
		TEST(test_resolve_path),
	};

	return cmocka_run_group_tests_name("devices", tests, NULL, NULL);
}
