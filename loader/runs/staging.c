// SPDX-License-Identifier: MIT
/* staging.c - see staging.h */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "loader/runs/identity.h"
#include "loader/runs/names.h"
#include "loader/runs/staging.h"
#include "lib/links.h"
#include "lib/msg.h"
#include "lib/newfile.h"

struct staging {
	char *prefix; /* DIR/NAME */
	char *folder; /* DIR/.NAME.partial */
	char *paths[RUN_N_FILES]; /* in the folder */
	char *targets[RUN_N_FILES];
	char *olds[RUN_N_FILES]; /* where those of the run before go */
	struct stat found[RUN_N_FILES]; /* the targets as the run began; st_ino 0: not there */
	bool written[RUN_N_FILES]; /* by this run: they are in place */
	int fd; /* of the folder, locked */
	bool made_default; /* bench/ was not there */
	bool keep; /* the folder: what is in it belongs to files that are in place */
};

static int name_all(struct staging *staging, const char *prefix)
{
	const char *base = strrchr(prefix, '/');
	const char *dir = base ? "" : RUNS_FOLDER "/";
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
		const char *suffix = run_file_suffix(i);

		if (asprintf(&staging->paths[i], "%s/%s.%s", staging->folder, base, suffix) < 0 ||
		    asprintf(&staging->targets[i], "%s.%s", staging->prefix, suffix) < 0 ||
		    asprintf(&staging->olds[i], "%s" RUNS_OLD ".%s", staging->prefix, suffix) < 0)
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

/* What a run that was killed has left. Whatever else is in the folder is not ours. */
static void empty_folder(const struct staging *staging)
{
	static const char *const ends[] = {"", NEWFILE_TMP, ".tmp" /* of older versions */};

	for (int i = 0; i < RUN_N_FILES; i++) {
		for (size_t end = 0; end < sizeof(ends) / sizeof(ends[0]); end++) {
			char name[NAME_MAX + 1];

			snprintf(name, sizeof(name), "%s%s", strrchr(staging->paths[i], '/') + 1,
				 ends[end]);
			/* by its descriptor: the name may mean another folder by now */
			unlinkat(staging->fd, name, 0);
		}
	}
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

static int check_target(const char *target)
{
	struct stat st;

	if (lstat(target, &st) || !S_ISDIR(st.st_mode))
		return 0;
	msg_errno(EISDIR, "remove it, or name another run with -o", "%s", target);
	return -EISDIR;
}

/* Once files are moved there is no way back: see first that each can be. */
static int check_targets(const struct staging *staging)
{
	int err = 0;

	for (int i = 0; !err && i < RUN_N_FILES; i++)
		err = check_target(staging->targets[i]) ?: check_target(staging->olds[i]);
	return err;
}

/* A name that nothing has yet, for what is at @path and nobody may lose. */
static int free_name(char to[PATH_MAX], const char *path)
{
	struct stat st;

	for (unsigned int n = 1; n < 10000; n++) {
		if (snprintf(to, PATH_MAX, n > 1 ? "%s.kept%u" : "%s.kept", path, n) >= PATH_MAX)
			return -ENAMETOOLONG;
		if (lstat(to, &st))
			return errno == ENOENT ? 0 : -errno;
	}
	return -EEXIST;
}

/* Somebody's file is where one of ours goes. */
static int set_aside(const char *path)
{
	char to[PATH_MAX];
	int err = free_name(to, path);

	if (!err && renameat2(AT_FDCWD, path, AT_FDCWD, to, RENAME_NOREPLACE))
		err = -errno;
	/* not every file system can promise that nobody takes the name just now */
	if (err == -EINVAL || err == -ENOSYS)
		err = rename(path, to) ? -errno : 0;
	if (err)
		msg_errno(err, "move it, or name another run with -o",
			  "cannot keep %s, which is not as a run wrote it", path);
	else
		msg_warning("%s was not as a run wrote it: it is kept as %s", path, to);
	return err;
}

/* Has an earlier run written target @i, and nobody touched it since, nor in our time? */
static bool is_stale(const struct staging *staging, int i, const json_t *earlier)
{
	const struct stat *found = &staging->found[i];
	struct stat st;

	return !lstat(staging->targets[i], &st) && st.st_ino == found->st_ino &&
	       st.st_size == found->st_size && st.st_mtim.tv_sec == found->st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == found->st_mtim.tv_nsec &&
	       identity_owns(earlier, staging->targets[RUN_FILE_RUN], i, staging->targets[i]);
}

/*
 * Is what the run @earlier lists all there, where it was, or moved on already by a run that was killed?
 * Half of a run is not kept. Nor is one with a name as long as names can be.
 */
static bool is_whole(const struct staging *staging, const json_t *earlier)
{
	const char *longest = strrchr(staging->olds[RUN_FILE_DEVICE_HIST], '/') + 1;

	if (!is_stale(staging, RUN_FILE_RUN, earlier) || strlen(longest) > NAME_MAX)
		return false;
	for (int i = 0; i < RUN_FILE_RUN; i++) {
		if (identity_lists(earlier, i) && !is_stale(staging, i, earlier) &&
		    identity_check(earlier, i, staging->olds[i]))
			return false;
	}
	return true;
}

/* What is at @target gives way to @path: it is a run's own, or @mine is false, and it is kept. */
static int replace(const char *path, const char *target, bool mine)
{
	struct stat st;
	int err = 0;

	if (!mine && !lstat(target, &st))
		err = set_aside(target);
	if (!err && rename(path, target)) {
		err = -errno;
		msg_errno(err, NULL, "cannot write %s", target);
	}
	return err;
}

/* The runs that files are moved of. */
struct runs {
	json_t *run, *earlier; /* that is staged, and that is in its place */
	json_t *old; /* and the one before that; NULL: there is none, or none is kept */
	bool keeps; /* the earlier one becomes the old one */
};

/* File @i of the earlier run becomes that of the old one. From here on the way is forwards only. */
static int keep_old(struct staging *staging, int i, const struct runs *runs)
{
	int err =
		replace(staging->targets[i], staging->olds[i],
			identity_owns(runs->old, staging->olds[RUN_FILE_RUN], i, staging->olds[i]));

	staging->keep |= !err;
	return err;
}

static int put_in_place(struct staging *staging, int i, const struct runs *runs)
{
	bool stale = is_stale(staging, i, runs->earlier);
	int err = stale && runs->keeps ? keep_old(staging, i, runs) : 0;

	if (!err)
		err = replace(staging->paths[i], staging->targets[i], stale);
	staging->written[i] = !err;
	return err;
}

static int remove_file(const char *path)
{
	int err = unlink(path) ? -errno : 0;

	if (!err || err == -ENOENT)
		return 0;
	msg_errno(err, NULL, "cannot remove %s", path);
	return err;
}

/* What an earlier run wrote, and this one has not, could be taken for one of this; so with the old one. */
static int remove_stale(struct staging *staging, const struct runs *runs)
{
	int err = 0;

	for (int i = 0; !err && i < RUN_FILE_RUN; i++) {
		if (!identity_lists(runs->run, i) && is_stale(staging, i, runs->earlier))
			err = runs->keeps ? keep_old(staging, i, runs)
					  : remove_file(staging->targets[i]);
		if (!err && runs->keeps && !identity_lists(runs->earlier, i) &&
		    identity_owns(runs->old, staging->olds[RUN_FILE_RUN], i, staging->olds[i]))
			err = remove_file(staging->olds[i]);
	}
	return err;
}

static void load_runs(const struct staging *staging, struct runs *runs)
{
	runs->earlier = identity_load(staging->targets[RUN_FILE_RUN]);
	runs->run = identity_load(staging->paths[RUN_FILE_RUN]);
	runs->old = identity_load(staging->olds[RUN_FILE_RUN]);
	runs->keeps = is_whole(staging, runs->earlier);
}

/* In an order in which it can be told, and mended, if we are killed: see was_interrupted(). */
static int move_files(struct staging *staging)
{
	struct runs runs;
	int err = 0;

	load_runs(staging, &runs);
	for (int i = 0; !err && i < RUN_FILE_RUN; i++) {
		if (!access(staging->paths[i], F_OK))
			err = put_in_place(staging, i, &runs);
		staging->keep |= staging->written[i];
	}
	if (!err)
		err = remove_stale(staging, &runs);
	if (!err)
		err = put_in_place(staging, RUN_FILE_RUN, &runs);
	staging->keep &= err != 0; /* the next run can go on from here */
	json_decref(runs.earlier);
	json_decref(runs.run);
	json_decref(runs.old);
	return err;
}

static void look_at_targets(struct staging *staging)
{
	for (int i = 0; i < RUN_N_FILES; i++) {
		if (lstat(staging->targets[i], &staging->found[i]))
			staging->found[i] = (struct stat){0};
	}
}

/* Has file @i of the earlier run been moved on, and nothing come in its place yet? */
static bool is_kept_only(const struct staging *staging, int i)
{
	json_t *earlier = identity_load(staging->targets[RUN_FILE_RUN]);
	bool moved = earlier && identity_lists(earlier, i) && access(staging->targets[i], F_OK) &&
		     !identity_check(earlier, i, staging->olds[i]);

	json_decref(earlier);
	return moved;
}

/*
 * Was a run killed while its files were moved? Then some of them are in place, or that of
 * the earlier run is not any more; its run.json is not, and each of those that it lists is
 * at one of the two places.
 */
static bool was_interrupted(const struct staging *staging)
{
	json_t *run = identity_load(staging->paths[RUN_FILE_RUN]);
	bool whole = run && identity_is_sealed(run);
	unsigned int moved = 0;

	for (int i = 0; whole && i < RUN_FILE_RUN; i++) {
		if (identity_lists(run, i) && identity_check(run, i, staging->paths[i])) {
			whole = !identity_check(run, i, staging->targets[i]);
			moved++;
		} else {
			moved += is_kept_only(staging, i);
		}
	}
	json_decref(run);
	return whole && moved;
}

/* What a killed run has left: its files are moved to the end, or none is kept. */
static int clear_up(struct staging *staging)
{
	int err = 0;

	look_at_targets(staging);
	if (was_interrupted(staging)) {
		msg_note("%s.*: another run was ended while it moved its files there; the rest of "
			 "them is moved now",
			 staging->prefix);
		err = move_files(staging);
		staging->keep = err != 0;
		look_at_targets(staging);
		memset(staging->written, 0, sizeof(staging->written));
	}
	if (!err)
		empty_folder(staging);
	return err;
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
		staging->made_default = !mkdir(RUNS_FOLDER, 0777);
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
	if (!err)
		err = clear_up(staging);
	if (!err)
		err = check_space(staging, bytes);
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

const char *staging_path(const struct staging *staging, enum run_file file)
{
	return staging->paths[file];
}

bool staging_wrote(const struct staging *staging, enum run_file file)
{
	return staging->written[file];
}

int staging_commit(struct staging *staging)
{
	int blocked = check_targets(staging);

	return blocked ? blocked : move_files(staging);
}

void staging_close(struct staging *staging)
{
	if (!staging)
		return;
	if (staging->fd >= 0 && !staging->keep) {
		empty_folder(staging);
		rmdir(staging->folder);
	}
	if (staging->fd >= 0)
		close(staging->fd);
	if (staging->made_default)
		rmdir(RUNS_FOLDER); /* stays if a run is in it */
	for (int i = 0; i < RUN_N_FILES; i++) {
		free(staging->paths[i]);
		free(staging->targets[i]);
		free(staging->olds[i]);
	}
	free(staging->folder);
	free(staging->prefix);
	free(staging);
}
