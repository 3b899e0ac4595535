// SPDX-License-Identifier: MIT
/* clock.c - how far this process's clock is ahead of the kernel's, see clock.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/msg.h"

/* The first time namespace, whose clocks are the kernel's (PROC_TIME_INIT_INO). */
#define FIRST_TIME_NS 0xEFFFFFFAU

uint64_t clock_ahead_ns;

static bool is_first; /* this process is in that one */

/* A number of the file, and what stands between it and the next. Returns its end, or NULL. */
static const char *parse_number(const char *text, long long *number)
{
	char *end;

	errno = 0;
	*number = strtoll(text, &end, 10);
	return end == text || errno ? NULL : end;
}

int clock_parse_offsets(const char *text, uint64_t *ahead_ns)
{
	static const char name[] = "monotonic";
	long long seconds, ns;

	while (strncmp(text, name, sizeof(name) - 1) != 0 || text[sizeof(name) - 1] != ' ') {
		text = strchr(text, '\n');
		if (!text++)
			return -EINVAL;
	}
	text = parse_number(text + sizeof(name) - 1, &seconds);
	if (text)
		text = parse_number(text, &ns);
	if (!text || *text != '\n' || ns < 0 || ns >= (long long)NS_PER_SEC)
		return -EINVAL;
	/* what a clock is behind wraps, and so does taking it off again */
	*ahead_ns = (uint64_t)seconds * NS_PER_SEC + (uint64_t)ns;
	return 0;
}

static int read_offsets(uint64_t *ahead_ns)
{
	char text[256];
	int fd = open("/proc/self/timens_offsets", O_RDONLY | O_CLOEXEC);
	ssize_t size;

	if (fd < 0)
		return -errno;
	size = read(fd, text, sizeof(text) - 1);
	if (size < 0)
		size = -errno;
	close(fd);
	if (size < 0)
		return (int)size;
	text[size] = '\0';
	return clock_parse_offsets(text, ahead_ns);
}

/*
 * The file has the offsets of the namespace that children will be in. A process that
 * has just made one, and on kernels before 6.1 also the program that it becomes, is
 * in another itself.
 */
static int learn(uint64_t *ahead_ns)
{
	struct stat own, children;

	if (stat("/proc/self/ns/time", &own)) {
		int err = errno;

		/* a kernel without them, and not one whose /proc is missing */
		is_first = err == ENOENT && !access("/proc/self/ns", F_OK);
		return is_first ? 0 : -err;
	}
	is_first = own.st_ino == FIRST_TIME_NS;
	if (is_first)
		return 0;
	if (stat("/proc/self/ns/time_for_children", &children))
		return -errno;
	return own.st_ino == children.st_ino ? read_offsets(ahead_ns) : -EXDEV;
}

uint64_t clock_boottime_ns(void)
{
	struct timespec ts;

	if (!is_first || clock_gettime(CLOCK_BOOTTIME, &ts))
		return 0;
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* Before main(): no frame waits for it, and no privilege is given up yet. */
__attribute__((constructor)) static void clock_init(void)
{
	int err = learn(&clock_ahead_ns);

	if (err == -EXDEV)
		msg_warning(
			"this process has made a time namespace that it is not in, so the offset "
			"of its own clock is not known; times may not be the kernel's");
	else if (err)
		msg_warning(
			"cannot tell from /proc/self whether this is a time namespace (%s); if it "
			"is one, times are not the kernel's",
			strerror(-err));
}
