// SPDX-License-Identifier: MIT
/* outfile.c - see outfile.h */
#include <errno.h>
#include <string.h>
#include <sys/types.h>

#include "lib/msg.h"
#include "loader/outfile.h"

static int say_unwritten(int err, const struct outfile *outfile)
{
	if (err)
		msg_errno(err, NULL, "cannot write %s", outfile->name);
	return err;
}

/* stdio forgets why it could not write. */
static ssize_t write_file(void *cookie, const char *bytes, size_t size)
{
	struct outfile *outfile = cookie;
	int err = newfile_write(&outfile->file, bytes, size);

	if (err && !outfile->err)
		outfile->err = err;
	return err ? 0 : (ssize_t)size;
}

const char *outfile_named(const char *arg)
{
	return strcmp(arg, "-") ? arg : NULL;
}

int outfile_open(struct outfile *outfile, const char *name)
{
	static const cookie_io_functions_t functions = {.write = write_file};
	int err;

	*outfile = (struct outfile){.name = name, .out = stdout, .file = {.fd = -1}};
	if (!name)
		return 0;
	outfile->out = NULL;
	newfile_guard();
	err = newfile_open(&outfile->file, name);
	if (err)
		return say_unwritten(err, outfile);
	outfile->out = fopencookie(outfile, "w", functions);
	return say_unwritten(outfile->out ? 0 : -ENOMEM, outfile);
}

int outfile_commit(struct outfile *outfile)
{
	int err;

	if (!outfile->name)
		return 0;
	fflush(outfile->out);
	err = outfile->err ?: newfile_commit(&outfile->file);
	return say_unwritten(err, outfile);
}

void outfile_close(struct outfile *outfile)
{
	if (!outfile->name)
		return;
	if (outfile->out)
		fclose(outfile->out);
	newfile_abort(&outfile->file);
}
