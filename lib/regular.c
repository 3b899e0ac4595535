// SPDX-License-Identifier: MIT
/* regular.c - see regular.h */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/regular.h"

static int failed(int err, char why[REGULAR_WHY])
{
	snprintf(why, REGULAR_WHY, "%s", strerror(err));
	return -err;
}

/* Returns 0, or -errno if @st is no file. */
static int check(const struct stat *st, char why[REGULAR_WHY])
{
	const char *kind = S_ISFIFO(st->st_mode)   ? "a FIFO"
			   : S_ISSOCK(st->st_mode) ? "a socket"
						   : "a device";

	if (S_ISREG(st->st_mode))
		return 0;
	if (S_ISDIR(st->st_mode))
		return failed(EISDIR, why);
	snprintf(why, REGULAR_WHY, "it is %s, not a file", kind);
	return -EINVAL;
}

int regular_open(const char *path, char why[REGULAR_WHY])
{
	struct stat st;
	int fd, err;

	if (stat(path, &st))
		return failed(errno, why);
	err = check(&st, why);
	if (err)
		return err;
	/* another one may have its name by now */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return failed(errno, why);
	err = fstat(fd, &st) ? failed(errno, why) : check(&st, why);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}
