// SPDX-License-Identifier: MIT
/* staging.c - see staging.h */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "loader/staging.h"
#include "user/lib/links.h"
#include "user/lib/msg.h"

#define DEFAULT_FOLDER "bench"

static const char *const suffixes[RUN_N_FILES] = {
#define X(name, suffix) [RUN_FILE_##name] = suffix,
	RUN_FILES(X)
#undef X
};

struct staging {
	char *prefix; /* DIR/NAME */
	char *folder; /* DIR/.NAME.partial */
	char *paths[RUN_N_FILES]; /* in the folder */
	char *targets[RUN_N_FILES];
	int fd; /* of the folder, locked */
	bool made_default; /* bench/ was not there */
};

static int name_all(struct staging *staging, const char *prefix)
{
	const char *base = strrchr(prefix, '/');
	const char *dir = base ? "" : DEFAULT_FOLDER "/";
	int dir_length = base ? (int)(base + 1 - prefix) : 0;

	base = base ? base + 1 : prefix;
	if (!*base || *base == '.') {
		msg_error("'%s' does not name a run: give NAME or DIR/NAME", prefix);
		return -EINVAL;
	}
	if (asprintf(&staging->prefix, "%s%s", dir, prefix) < 0 ||
	    asprintf(&staging->folder, "%s%.*s.%s.partial", dir, dir_length, prefix, base) < 0)
		return -ENOMEM;
	for (int i = 0; i < RUN_N_FILES; i++) {
		if (asprintf(&staging->paths[i], "%s/%s.%s", staging->folder, base, suffixes[i]) <
			    0 ||
		    asprintf(&staging->targets[i], "%s.%s", staging->prefix, suffixes[i]) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* Open the folder and lock it; -ENOENT if its last owner removed it meanwhile. */
static int open_locked(const char *folder)
{
	struct stat here, there;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB))
		err = -errno;
	else if (!fstat(fd, &here) && !stat(folder, &there) && here.st_ino == there.st_ino &&
		 here.st_dev == there.st_dev)
		return fd;
	else
		err = -ENOENT;
	close(fd);
	return err;
}

/* Make and lock the folder. One left by a killed run is taken over. */
static int lock_folder(struct staging *staging)
{
	int fd = -ENOENT;

	for (int tries = 0; fd == -ENOENT && tries < 8; tries++) {
		if (mkdir(staging->folder, 0777) && errno != EEXIST)
			return -errno;
		fd = open_locked(staging->folder);
	}
	if (fd < 0)
		return fd;
	staging->fd = fd;
	return 0;
}

static void empty_folder(const struct staging *staging)
{
	/* by its descriptor: the name may mean another folder by now */
	int fd = openat(staging->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static int check_space(const struct staging *staging, uint64_t bytes)
{
	struct statvfs fs;
	uint64_t available;

	if (statvfs(staging->folder, &fs))
		return 0; /* the writes will tell */
	available = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (available >= bytes)
		return 0;
	msg_error("not enough space for %s.*: %" PRIu64 " KiB free, about %" PRIu64
		  " KiB needed; make room or name another folder with -o",
		  staging->prefix, available / 1024, bytes / 1024 + 1);
	return -ENOSPC;
}

/* Once files are moved there is no way back: see first that each can be. */
static int check_targets(const struct staging *staging)
{
	for (int i = 0; i < RUN_N_FILES; i++) {
		struct stat st;

		if (!lstat(staging->targets[i], &st) && S_ISDIR(st.st_mode)) {
			msg_errno(EISDIR, "remove it, or name another run with -o", "%s",
				  staging->targets[i]);
			return -EISDIR;
		}
	}
	return 0;
}

int staging_open(struct staging **out, const char *prefix, uint64_t bytes)
{
	struct staging *staging = calloc(1, sizeof(*staging));
	int err;

	if (!staging)
		return -ENOMEM;
	staging->fd = -1;
	err = name_all(staging, prefix);
	if (!err)
		err = links_check(staging->folder);
	if (!err)
		err = check_targets(staging);
	if (!err && !strchr(prefix, '/')) {
		staging->made_default = !mkdir(DEFAULT_FOLDER, 0777);
		if (!staging->made_default && errno != EEXIST)
			err = -errno;
	}
	if (!err)
		err = lock_folder(staging);
	if (err == -EWOULDBLOCK)
		msg_error("another vpipe-trace is writing the run %s; name this one with -o",
			  staging->prefix);
	else if (err && err != -EINVAL && err != -EISDIR)
		msg_errno(err, "name a folder that can be written with -o DIR/NAME",
			  "cannot write %s.*", staging->prefix ? staging->prefix : prefix);
	if (!err) {
		empty_folder(staging);
		err = check_space(staging, bytes);
	}
	if (err) {
		staging_close(staging);
		return err;
	}
	*out = staging;
	return 0;
}

const char *staging_prefix(const struct staging *staging)
{
	return staging->prefix;
}

const char *staging_folder(const struct staging *staging)
{
	return staging->folder;
}

const char *staging_path(struct staging *staging, enum run_file file)
{
	return staging->paths[file];
}

int staging_commit(struct staging *staging)
{
	int blocked = check_targets(staging);

	if (blocked)
		return blocked;
	for (int i = 0; i < RUN_N_FILES; i++) {
		int err = 0;

		if (access(staging->paths[i], F_OK)) {
			if (unlink(staging->targets[i]) && errno != ENOENT)
				err = -errno;
		} else if (rename(staging->paths[i], staging->targets[i])) {
			err = -errno;
		}
		if (err) {
			msg_errno(err, NULL, "cannot write %s", staging->targets[i]);
			return err;
		}
	}
	return 0;
}

void staging_close(struct staging *staging)
{
	if (!staging)
		return;
	if (staging->fd >= 0) {
		empty_folder(staging);
		rmdir(staging->folder);
		close(staging->fd);
	}
	if (staging->made_default)
		rmdir(DEFAULT_FOLDER); /* stays if a run is in it */
	for (int i = 0; i < RUN_N_FILES; i++) {
		free(staging->paths[i]);
		free(staging->targets[i]);
	}
	free(staging->folder);
	free(staging->prefix);
	free(staging);
}
