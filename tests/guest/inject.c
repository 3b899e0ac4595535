// SPDX-License-Identifier: MIT
/* inject.c - make the kernel's allocations and copies fail, one at a time, see inject.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/guest/inject.h"
#include "tests/guest/m2m.h"

#define DEBUGFS	 "/sys/kernel/debug/"
#define FAIL_NTH "/proc/thread-self/fail-nth"

static const char *const kinds[] = {"failslab", "fail_page_alloc", "fail_usercopy"};

/* An attribute of every kind that has it. */
static void set_all(const char *name, const char *value)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		char path[128];
		int fd;

		snprintf(path, sizeof(path), DEBUGFS "%s/%s", kinds[i], name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		assert_int_equal(write(fd, value, strlen(value)), strlen(value));
		close(fd);
	}
}

bool inject_init(void)
{
	if (access(FAIL_NTH, W_OK) || access(DEBUGFS "failslab", X_OK) ||
	    access(DEBUGFS "fail_page_alloc", X_OK))
		return false;
	/* also what may wait, single pages and high memory; without a stack dump for each */
	set_all("ignore-gfp-wait", "N");
	set_all("ignore-gfp-highmem", "N");
	set_all("min-order", "0");
	set_all("verbose", "0");
	set_all("stacktrace-depth", "32");
	return true;
}

/* Where @function begins and the next one does. */
static void find_function(const char *function, unsigned long *start, unsigned long *end)
{
	FILE *file = fopen("/proc/kallsyms", "re");
	unsigned long address;
	char line[512], name[256];

	assert_non_null(file);
	*start = *end = 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx %*c %255s", &address, name) != 2)
			continue;
		if (!*start && !strcmp(name, function))
			*start = address;
	}
	rewind(file);
	while (*start && fgets(line, sizeof(line), file))
		if (sscanf(line, "%lx", &address) == 1 && address > *start &&
		    (!*end || address < *end))
			*end = address;
	fclose(file);
	assert_true(*start && *end);
}

void inject_under(const char *function)
{
	unsigned long start = 0, end = -1UL;
	char text[32];

	if (function)
		find_function(function, &start, &end);
	snprintf(text, sizeof(text), "0x%lx", start);
	set_all("require-start", text);
	snprintf(text, sizeof(text), "0x%lx", end);
	set_all("require-end", text);
}

/* One descriptor a program: opening it while armed might be what fails. */
static int nth_file(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

void inject_arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	assert_int_equal(pwrite(nth_file(), text, (size_t)length, 0), length);
}

/* Reading and writing are copies and so count, or fail, themselves: then it was not used up. */
bool inject_disarm(void)
{
	char text[16] = "1";
	bool hit = pread(nth_file(), text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;

	while (pwrite(nth_file(), "0", 1, 0) != 1)
		assert_int_equal(errno, EFAULT);
	return hit;
}
