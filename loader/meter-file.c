// SPDX-License-Identifier: MIT
/* meter-file.c - see meter-file.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/newfile.h"
#include "loader/host/privileges.h"
#include "loader/meter-file.h"
#include "loader/sinks/openmetrics.h"

#define SUFFIX ".prom"

/* Who may read it is not for the umask to say: node_exporter is somebody else. */
static int open_file(struct newfile *new, const char *path)
{
	int err = newfile_open(new, path);

	if (err)
		return err;
	if (!new->tmp) /* written to directly: a reader might get half of it, and a FIFO may block */
		err = -EINVAL;
	else if (fchmod(new->fd, 0644))
		err = -errno;
	if (err)
		newfile_abort(new);
	return err;
}

/* What is there and is no file is said before it is opened, which might wait. */
static int check_type(const char *path)
{
	struct stat st;

	if (stat(path, &st) || S_ISREG(st.st_mode))
		return 0;
	msg_error("cannot write %s: it is no file, which another one could take the place of",
		  path);
	return -EINVAL;
}

/* Where locks are unknown there is none. */
static int lock_folder(struct meter_file *file, const char *path)
{
	char *copy = strdup(path), *folder = copy ? dirname(copy) : NULL;
	int err = copy ? 0 : -ENOMEM;

	file->folder = copy ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (file->folder >= 0 && flock(file->folder, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
		err = -EBUSY;
		msg_error("another vpipe-trace writes to %s: who reads both files finds each "
			  "series twice; one can record all devices",
			  folder);
	}
	free(copy);
	return err;
}

static void note_name(const char *path)
{
	size_t length = strlen(path);

	if (length <= strlen(SUFFIX) || strcmp(path + length - strlen(SUFFIX), SUFFIX) != 0)
		msg_note("node_exporter reads files whose names end with " SUFFIX ", and %s does "
			 "not",
			 path);
}

int meter_file_open(struct meter_file *file, const char *path)
{
	struct newfile new = {.fd = -1};
	int err = check_type(path);

	file->folder = -1;
	if (err)
		return err;
	file->path = path;
	privileges_files(true);
	err = open_file(&new, path);
	if (err)
		msg_errno(err, "its folder must be there, and be this user's to write to",
			  "cannot write %s", path);
	else
		newfile_abort(&new);
	if (!err)
		err = lock_folder(file, path);
	privileges_files(false);
	if (!err)
		note_name(path);
	return err;
}

void meter_file_close(struct meter_file *file)
{
	if (file->folder >= 0)
		close(file->folder);
	file->folder = -1;
}

static uint64_t cpu_ns(void)
{
	struct rusage usage = {0};

	getrusage(RUSAGE_SELF, &usage);
	return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS_PER_SEC +
	       (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

/* NULL: no memory. */
static char *make_text(const struct meter_file *file, const struct tally *tally, size_t *size)
{
	const struct openmetrics_self self = {.cpu_ns = cpu_ns(), .writes_failed = file->failed};
	char *text = NULL;
	FILE *out = open_memstream(&text, size);
	bool failed;

	if (!out)
		return NULL;
	openmetrics_print(out, tally, &self);
	failed = ferror(out);
	if (!fclose(out) && !failed)
		return text;
	free(text);
	return NULL;
}

/* By rename; it need not outlive a crash of the machine, so no disk is waited for meanwhile. */
static int put_in_place(const char *path, const char *text, size_t size)
{
	struct newfile new = {.fd = -1};
	int err = open_file(&new, path);

	if (err)
		return err;
	err = newfile_write(&new, text, size);
	if (!err)
		return newfile_place(&new);
	newfile_abort(&new);
	return err;
}

/* Once when it begins, once when it ends. */
static void say(struct meter_file *file, int err)
{
	if (err && err != file->err)
		msg_warning("cannot write %s: %s; what is there is old, and counting goes on",
			    file->path, strerror(-err));
	else if (!err && file->err)
		msg_note("%s is written again; it has failed %" PRIu64 " times so far", file->path,
			 file->failed);
	file->err = err;
}

void meter_file_write(struct meter_file *file, const struct tally *tally)
{
	size_t size = 0;
	char *text = make_text(file, tally, &size);
	int err;

	privileges_files(true);
	err = text ? put_in_place(file->path, text, size) : -ENOMEM;
	privileges_files(false);
	free(text);
	file->failed += err != 0;
	file->there |= !err;
	say(file, err);
}

void meter_file_remove(struct meter_file *file)
{
	char *target;
	int err = 0;

	if (!file->there)
		return;
	privileges_files(true);
	target = realpath(file->path, NULL); /* a link to it stays */
	if (target && unlink(target) && errno != ENOENT)
		err = errno;
	privileges_files(false);
	free(target);
	if (err)
		msg_errno(err, "what it says is old from now on: remove it", "cannot remove %s",
			  file->path);
}
