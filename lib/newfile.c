// SPDX-License-Identifier: MIT
/* newfile.c - a file that appears whole or not at all, see newfile.h */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/links.h"
#include "lib/newfile.h"

/* What a signal removes. A program writes a few at once; of more, those that came later stay behind. */
static char *volatile unplaced[32];

#define N_UNPLACED (sizeof(unplaced) / sizeof(unplaced[0]))

/* Write @now into the first place that has @was. */
static void exchange_unplaced(const char *was, char *now)
{
	for (size_t i = 0; was != now && i < N_UNPLACED; i++) {
		if (unplaced[i] != was)
			continue;
		unplaced[i] = now;
		return;
	}
}

/* Its action is the default again by now. */
static void on_signal(int number)
{
	for (size_t i = 0; i < N_UNPLACED; i++) {
		char *tmp = unplaced[i];

		if (tmp)
			unlink(tmp);
	}
	raise(number);
}

void newfile_guard(void)
{
	static const int numbers[] = {SIGHUP, SIGINT, SIGTERM};
	const struct sigaction guard = {.sa_handler = on_signal,
					.sa_flags = SA_RESETHAND | SA_NODEFER};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sigaction now;

		if (!sigaction(numbers[i], NULL, &now) && now.sa_handler == SIG_DFL)
			sigaction(numbers[i], &guard, NULL);
	}
}

static int resolve(struct newfile *file, const char *path)
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
	file->path = there && regular ? realpath(path, NULL) : strdup(path);
	if (!file->path)
		return -errno;
	if (!regular)
		return 0;
	return asprintf(&file->tmp, "%s" NEWFILE_TMP, file->path) < 0 ? -ENOMEM : 0;
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

static int open_output(struct newfile *file)
{
	int err;

	if (!file->tmp) {
		file->fd = open(file->path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
		return file->fd < 0 ? -errno : 0;
	}
	err = remove_stale(file->tmp);
	if (err)
		return err;
	file->fd = open(file->tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (file->fd < 0)
		return -errno;
	exchange_unplaced(NULL, file->tmp);
	/* Only tells others that this file is in use; without locks it goes untold. */
	flock(file->fd, LOCK_EX | LOCK_NB);
	return 0;
}

static void forget(struct newfile *file)
{
	exchange_unplaced(file->tmp, NULL);
	free(file->tmp);
	free(file->path);
	*file = (struct newfile){.fd = -1};
}

int newfile_open(struct newfile *file, const char *path)
{
	int err = *path ? links_check(path) : -EINVAL;

	*file = (struct newfile){.fd = -1};
	if (!err)
		err = resolve(file, path);
	if (!err)
		err = open_output(file);
	if (err)
		forget(file);
	return err;
}

int newfile_write(const struct newfile *file, const void *bytes, size_t size)
{
	const char *rest = bytes;

	while (size) {
		ssize_t n = write(file->fd, rest, size);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			rest += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

static int put_in_place(struct newfile *file, int err)
{
	if (close(file->fd) && errno != EINTR && !err)
		err = -errno;
	file->fd = -1;
	if (!err && file->tmp && rename(file->tmp, file->path))
		err = -errno;
	if (err)
		newfile_abort(file);
	else
		forget(file);
	return err;
}

int newfile_commit(struct newfile *file)
{
	return put_in_place(file, file->tmp && fsync(file->fd) ? -errno : 0);
}

int newfile_place(struct newfile *file)
{
	return put_in_place(file, 0);
}

void newfile_abort(struct newfile *file)
{
	if (file->tmp)
		unlink(file->tmp);
	if (file->fd >= 0)
		close(file->fd);
	forget(file);
}
