// SPDX-License-Identifier: MIT
/* output.c - the CSV file of a program, see output.h */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "user/lib/msg.h"
#include "user/lib/output.h"

static const char *way_out(int err)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
		return "make its folder first (mkdir -p), or name another file with --csv";
	case EACCES:
	case EPERM:
	case EROFS:
	case EISDIR:
		return "name a file in a folder you may write to with --csv";
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return "make room, or name a file elsewhere with --csv";
	case EBUSY:
		return "another program is writing it; name another file with --csv";
	}
	return NULL;
}

int output_open(struct csv **out, const char *path, bool given, const char *header)
{
	int err;

	if (!given && mkdir(OUTPUT_FOLDER, 0777) && errno != EEXIST) {
		err = -errno;
		msg_errno(err, way_out(err), "cannot make the folder %s", OUTPUT_FOLDER);
		return err;
	}
	err = csv_create(out, path, header);
	if (err)
		msg_errno(err, way_out(err), "cannot write %s", path);
	return err;
}

int output_commit(struct csv *csv, const char *path)
{
	int err = csv_commit(csv);

	if (err)
		msg_errno(err, way_out(err), "cannot write %s", path);
	return err;
}
