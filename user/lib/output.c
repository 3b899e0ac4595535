// SPDX-License-Identifier: MIT
/* output.c - the files of a program, see output.h */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "lib/msg.h"
#include "user/lib/output.h"

static const char *way_out(int err)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
		return "make its folder first (mkdir -p), or name another file";
	case EACCES:
	case EPERM:
	case EROFS:
	case EISDIR:
		return "name a file in a folder you may write to";
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return "make room, or name a file elsewhere";
	case EBUSY:
		return "another program is writing it; name another file";
	}
	return NULL;
}

/* @err, with its message printed. */
static int told(int err, const char *path)
{
	if (err)
		msg_errno(err, way_out(err), "cannot write %s", path);
	return err;
}

int output_open(struct csv **out, const char *path, bool given, const char *header)
{
	int err;

	if (!given && mkdir(OUTPUT_FOLDER, 0777) && errno != EEXIST) {
		err = -errno;
		msg_errno(err, way_out(err), "cannot make the folder %s", OUTPUT_FOLDER);
		return err;
	}
	return told(csv_create(out, path, header), path);
}

int output_commit(struct csv *csv, const char *path)
{
	return told(csv_commit(csv), path);
}

int output_open_file(struct newfile *file, const char *path)
{
	return told(newfile_open(file, path), path);
}

int output_alloc_pgm(struct pgm *image, unsigned int width, unsigned int height)
{
	int err = pgm_alloc(image, width, height);

	if (err)
		msg_errno(err, NULL, "cannot make an image of %ux%u pixels", width, height);
	return err;
}

int output_commit_pgm(struct newfile *file, const char *path, const struct pgm *image)
{
	int err = pgm_write(image, file);

	if (err)
		newfile_abort(file);
	else
		err = newfile_commit(file);
	return told(err, path);
}
