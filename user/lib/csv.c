// SPDX-License-Identifier: MIT
/* csv.c - the one CSV writer, see csv.h */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/lib/csv.h"

#define CSV_BUFFER     (256 * 1024)
#define CSV_MAX_NUMBER 400 /* longest cell written in one go: -DBL_MAX with decimals */

struct csv {
	int fd;
	int error; /* first one, negative; sticky */
	unsigned int columns;
	unsigned int cells; /* in the current row */
	char *path;
	char *tmp; /* NULL: @path is a pipe or a device and is written to directly */
	size_t used;
	char buf[CSV_BUFFER];
};

static int fail(struct csv *csv, int err)
{
	if (!csv->error)
		csv->error = err;
	return csv->error;
}

int csv_flush(struct csv *csv)
{
	size_t done = 0;

	while (!csv->error && done < csv->used) {
		ssize_t n = write(csv->fd, csv->buf + done, csv->used - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR)
			fail(csv, -errno);
	}
	csv->used = 0;
	return csv->error;
}

static void put(struct csv *csv, const char *bytes, size_t size)
{
	while (size) {
		size_t room = CSV_BUFFER - csv->used;
		size_t part = size < room ? size : room;

		memcpy(csv->buf + csv->used, bytes, part);
		csv->used += part;
		bytes += part;
		size -= part;
		if (csv->used == CSV_BUFFER)
			csv_flush(csv);
	}
}

/* Begin a cell: the separator, and room for one number behind it. False: nothing to write. */
static bool begin_cell(struct csv *csv)
{
	if (csv->error)
		return false;
	if (CSV_BUFFER - csv->used < CSV_MAX_NUMBER + 1)
		csv_flush(csv);
	if (csv->cells++)
		csv->buf[csv->used++] = ',';
	return !csv->error;
}

static unsigned int digits(uint64_t value)
{
	unsigned int n = 1;

	for (; value >= 10000; value /= 10000)
		n += 4;
	return n + (value >= 10) + (value >= 100) + (value >= 1000);
}

/* There is room: begin_cell() saw to it. Two digits a step halve the divisions. */
static void put_u64(struct csv *csv, uint64_t value)
{
	static const char pairs[] = "00010203040506070809"
				    "10111213141516171819"
				    "20212223242526272829"
				    "30313233343536373839"
				    "40414243444546474849"
				    "50515253545556575859"
				    "60616263646566676869"
				    "70717273747576777879"
				    "80818283848586878889"
				    "90919293949596979899";
	unsigned int n = digits(value);
	char *p = csv->buf + csv->used + n;

	csv->used += n;
	for (; value >= 100; value /= 100) {
		p -= 2;
		memcpy(p, pairs + value % 100 * 2, 2);
	}
	if (value >= 10)
		memcpy(p - 2, pairs + value * 2, 2);
	else
		p[-1] = (char)('0' + value);
}

void csv_u64(struct csv *csv, uint64_t value)
{
	if (begin_cell(csv))
		put_u64(csv, value);
}

void csv_i64(struct csv *csv, int64_t value)
{
	if (!begin_cell(csv))
		return;
	if (value < 0)
		csv->buf[csv->used++] = '-';
	put_u64(csv, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void csv_double(struct csv *csv, double value, int decimals)
{
	int n;

	if (!begin_cell(csv) || !isfinite(value))
		return;
	n = snprintf(csv->buf + csv->used, CSV_MAX_NUMBER, "%.*f", decimals, value);
	if (n < 0 || n >= CSV_MAX_NUMBER)
		fail(csv, -EINVAL);
	else
		csv->used += (size_t)n;
}

void csv_str(struct csv *csv, const char *value)
{
	const char *quote;

	if (!begin_cell(csv) || !value)
		return;
	if (!strpbrk(value, ",\"\r\n")) {
		put(csv, value, strlen(value));
		return;
	}
	put(csv, "\"", 1);
	for (; (quote = strchr(value, '"')); value = quote + 1) {
		put(csv, value, (size_t)(quote - value));
		put(csv, "\"\"", 2);
	}
	put(csv, value, strlen(value));
	put(csv, "\"", 1);
}

void csv_empty(struct csv *csv)
{
	begin_cell(csv);
}

int csv_end_row(struct csv *csv)
{
	if (csv->error)
		return csv->error;
	if (csv->cells != csv->columns)
		return fail(csv, -EINVAL);
	csv->cells = 0;
	put(csv, "\n", 1);
	return csv->error;
}

/*
 * Where rows go. Links are followed, so that the file they name is replaced
 * and not the link; what is no regular file (/dev/stdout, a FIFO) must never
 * be replaced by one and is written to directly.
 */
static int resolve(struct csv *csv, const char *path)
{
	struct stat st;
	bool there = lstat(path, &st) == 0;
	bool regular;

	if (!there && errno != ENOENT)
		return -errno;
	if (there && stat(path, &st)) /* a link to nothing */
		return -errno;
	if (there && S_ISDIR(st.st_mode))
		return -EISDIR;
	regular = !there || S_ISREG(st.st_mode);
	csv->path = there && regular ? realpath(path, NULL) : strdup(path);
	if (!csv->path)
		return -errno;
	if (!regular)
		return 0;
	return asprintf(&csv->tmp, "%s.tmp", csv->path) < 0 ? -ENOMEM : 0;
}

/* Remove the temporary file of a killed program, but not that of one that runs. */
static int remove_stale(const char *tmp)
{
	int fd = open(tmp, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool busy = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;

	if (fd >= 0)
		close(fd);
	if (busy)
		return -EBUSY;
	return unlink(tmp) && errno != ENOENT ? -errno : 0;
}

static int open_output(struct csv *csv)
{
	int err;

	if (!csv->tmp) {
		csv->fd = open(csv->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		return csv->fd < 0 ? -errno : 0;
	}
	err = remove_stale(csv->tmp);
	if (err)
		return err;
	csv->fd = open(csv->tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (csv->fd < 0)
		return -errno;
	/* Only tells others that this file is in use; without locks it goes untold. */
	flock(csv->fd, LOCK_EX | LOCK_NB);
	return 0;
}

static void destroy(struct csv *csv)
{
	free(csv->tmp);
	free(csv->path);
	free(csv);
}

int csv_create(struct csv **out, const char *path, const char *header)
{
	struct csv *csv;
	int err;

	*out = NULL;
	if (!*path || !*header)
		return -EINVAL;
	csv = malloc(sizeof(*csv));
	if (!csv)
		return -ENOMEM;
	memset(csv, 0, offsetof(struct csv, buf));
	csv->fd = -1;
	err = resolve(csv, path);
	if (!err)
		err = open_output(csv);
	if (err) {
		destroy(csv);
		return err;
	}
	csv->columns = 1;
	for (const char *p = header; *p; p++)
		csv->columns += *p == ',';
	put(csv, header, strlen(header));
	put(csv, "\n", 1);
	*out = csv;
	return 0;
}

int csv_commit(struct csv *csv)
{
	int err;

	if (csv->cells)
		fail(csv, -EINVAL);
	csv_flush(csv);
	if (!csv->error && csv->tmp && fsync(csv->fd))
		fail(csv, -errno);
	if (close(csv->fd) && errno != EINTR)
		fail(csv, -errno);
	csv->fd = -1;
	if (!csv->error && csv->tmp && rename(csv->tmp, csv->path))
		fail(csv, -errno);
	err = csv->error;
	if (!err)
		destroy(csv);
	else
		csv_abort(csv);
	return err;
}

void csv_abort(struct csv *csv)
{
	if (!csv)
		return;
	if (csv->tmp)
		unlink(csv->tmp);
	if (csv->fd >= 0)
		close(csv->fd);
	destroy(csv);
}
