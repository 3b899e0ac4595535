// SPDX-License-Identifier: MIT
/* pgm.c - 8-bit grey images as binary PGM files, see pgm.h */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/msg.h"
#include "lib/regular.h"
#include "user/lib/pgm.h"

#define MAXVAL	   255
#define MAX_NUMBER 1000000 /* numbers from here on are all the same: too large */

/* A reader with what it finds wrong. */
struct reader {
	FILE *from;
	char *why;
};

__attribute__((format(printf, 2, 3))) static int wrong(const struct reader *reader, const char *fmt,
						       ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reader->why, PGM_WHY, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int pgm_alloc(struct pgm *image, unsigned int width, unsigned int height)
{
	*image = (struct pgm){.width = width, .height = height};
	image->pixels = calloc(width, height);
	return image->pixels ? 0 : -ENOMEM;
}

void pgm_free(struct pgm *image)
{
	free(image->pixels);
	*image = (struct pgm){0};
}

size_t pgm_pixels(const struct pgm *image)
{
	return (size_t)image->width * image->height;
}

/* The header's next character. A comment is the end of its line, as in Netpbm. */
static int next_char(const struct reader *reader)
{
	int c = getc(reader->from);

	if (c == '#')
		do
			c = getc(reader->from);
		while (c != EOF && c != '\n' && c != '\r');
	return c;
}

/* White space, digits, and the one white space character behind them, which is taken too. */
static int take_number(const struct reader *reader, const char *what, unsigned int *out)
{
	unsigned int value = 0;
	int c;

	do
		c = next_char(reader);
	while (c != EOF && isspace(c));
	if (c == EOF)
		return wrong(reader, "is cut off before its %s", what);
	if (!isdigit(c))
		return wrong(reader, "has no number where its %s should be", what);
	for (; c != EOF && isdigit(c); c = next_char(reader))
		if (value < MAX_NUMBER)
			value = 10 * value + (unsigned int)(c - '0');
	if (c == EOF)
		return wrong(reader, "is cut off behind its %s", what);
	if (!isspace(c))
		return wrong(reader, "has no white space behind its %s", what);
	*out = value;
	return 0;
}

static int check_magic(const struct reader *reader)
{
	int p = getc(reader->from), kind = getc(reader->from), c;

	if (p == EOF)
		return wrong(reader, "is empty");
	if (p == 'P' && kind == '2')
		return wrong(reader, "is a PGM as text (P2); only binary ones (P5) are read");
	if (p == 'P' && strchr("13467", kind) && kind)
		return wrong(reader, "is no grey image (P%c); only binary PGM (P5) is read", kind);
	if (p != 'P' || kind != '5')
		return wrong(reader, "is no binary PGM: it does not begin with P5");
	c = next_char(reader);
	if (c == EOF || !isspace(c))
		return wrong(reader, "has no white space behind P5");
	return 0;
}

static int check_size(const struct reader *reader, const char *what, unsigned int value)
{
	if (value >= 1 && value <= PGM_MAX_SIZE)
		return 0;
	if (value >= MAX_NUMBER)
		return wrong(reader, "has a %s of a million or more; 1 to %d is allowed", what,
			     PGM_MAX_SIZE);
	return wrong(reader, "has a %s of %u; 1 to %d is allowed", what, value, PGM_MAX_SIZE);
}

static int check_maxval(const struct reader *reader, unsigned int maxval)
{
	if (maxval == MAXVAL)
		return 0;
	if (maxval > MAXVAL && maxval < 65536)
		return wrong(reader,
			     "has 16-bit pixels (maxval %u); only 8-bit ones (maxval 255) are read",
			     maxval);
	if (!maxval || maxval > MAXVAL)
		return wrong(reader, "has a maxval that no PGM can have; it must be 255");
	return wrong(reader, "has maxval %u; only 255 is read: scale it first (pamdepth 255)",
		     maxval);
}

static int read_header(const struct reader *reader, unsigned int *width, unsigned int *height)
{
	unsigned int maxval = 0;
	int err = check_magic(reader);

	if (!err)
		err = take_number(reader, "width", width);
	if (!err)
		err = check_size(reader, "width", *width);
	if (!err)
		err = take_number(reader, "height", height);
	if (!err)
		err = check_size(reader, "height", *height);
	if (!err)
		err = take_number(reader, "maxval", &maxval);
	return err ? err : check_maxval(reader, maxval);
}

static int read_pixels(const struct reader *reader, struct pgm *image)
{
	size_t size = pgm_pixels(image);
	size_t got = fread(image->pixels, 1, size, reader->from);

	if (got < size)
		return wrong(reader, "is cut off: it has %zu of its %zu pixels", got, size);
	/* another image, or what other programs keep there: no harm to this one */
	if (getc(reader->from) != EOF)
		wrong(reader, "has something behind its %zu pixels: only those are taken", size);
	return 0;
}

int pgm_read(struct pgm *image, FILE *from, char why[PGM_WHY])
{
	const struct reader reader = {from, why};
	unsigned int width = 0, height = 0;
	int err;

	*image = (struct pgm){0};
	why[0] = '\0';
	errno = 0;
	err = read_header(&reader, &width, &height);
	if (!err)
		err = pgm_alloc(image, width, height);
	if (!err)
		err = read_pixels(&reader, image);
	if (err && ferror(from)) /* not the file's fault */
		err = errno ? -errno : -EIO;
	if (err)
		pgm_free(image);
	return err;
}

int pgm_load(struct pgm *image, const char *path)
{
	char not_open[REGULAR_WHY], why[PGM_WHY];
	int fd = regular_open(path, not_open);
	FILE *from = fd < 0 ? NULL : fdopen(fd, "r");
	int err;

	*image = (struct pgm){0};
	if (!from) {
		err = fd < 0 ? fd : -errno;
		msg_error("cannot open %s: %s", path, fd < 0 ? not_open : strerror(errno));
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = pgm_read(image, from, why);
	fclose(from);
	if (err == -EINVAL)
		msg_error("%s %s", path, why);
	else if (err)
		msg_errno(err, NULL, "cannot read %s", path);
	else if (*why)
		msg_warning("%s %s", path, why);
	return err;
}

int pgm_write(const struct pgm *image, const struct newfile *file)
{
	char header[32];
	int size = snprintf(header, sizeof(header), "P5\n%u %u\n%d\n", image->width, image->height,
			    MAXVAL);
	int err = newfile_write(file, header, (size_t)size);

	return err ? err : newfile_write(file, image->pixels, pgm_pixels(image));
}
