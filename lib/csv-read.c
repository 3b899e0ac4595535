// SPDX-License-Identifier: MIT
/* csv-read.c - the one CSV reader, see csv-read.h */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/csv-read.h"
#include "lib/msg.h"
#include "lib/regular.h"

#define BUFFER	    (64 * 1024) /* a row must fit */
#define MAX_COLUMNS 512
#define SHOWN	    40 /* longest cell or name that is quoted back */

struct csv_reader {
	int fd;
	unsigned int columns; /* of the header; 0: not read yet */
	unsigned int cells; /* of the current row */
	uint64_t row_line; /* the first line of the current row */
	uint64_t line; /* line at `from` */
	size_t from, to; /* what is in the buffer and not parsed yet */
	char *path;
	char *names; /* the header's cells, each with its NUL */
	char *name[MAX_COLUMNS];
	char *cell[MAX_COLUMNS]; /* in the buffer, each with its NUL */
	char buf[BUFFER];
};

int csv_reader_fail(struct csv_reader *reader, int column, const char *fmt, ...)
{
	char text[256];
	int used = 0;
	va_list ap;

	if (column >= 0)
		used = snprintf(text, sizeof(text), "%.*s: ", SHOWN, reader->name[column]);
	va_start(ap, fmt);
	vsnprintf(text + used, sizeof(text) - (size_t)used, fmt, ap);
	va_end(ap);
	msg_error("%s:%" PRIu64 ": %s", reader->path, reader->row_line, text);
	return -EINVAL;
}

/* Move what is left to the front and read on. Returns bytes read, 0 at the end, or -errno. */
static ssize_t fill(struct csv_reader *reader)
{
	ssize_t n;

	memmove(reader->buf, reader->buf + reader->from, reader->to - reader->from);
	reader->to -= reader->from;
	reader->from = 0;
	if (reader->to == BUFFER)
		return csv_reader_fail(reader, -1, "more than %d bytes in one row: is it a CSV?",
				       BUFFER);
	do
		n = read(reader->fd, reader->buf + reader->to, BUFFER - reader->to);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		n = -errno;
		msg_errno(errno, NULL, "cannot read %s", reader->path);
		return n;
	}
	reader->to += (size_t)n;
	return n;
}

/* Position behind the row at `from`: past its line end. 0: it is not all there. */
static size_t find_end(const struct csv_reader *reader, size_t *scanned, bool *quoted)
{
	for (size_t at = *scanned; at < reader->to; at++) {
		if (reader->buf[at] == '"')
			*quoted = !*quoted; /* a doubled quote toggles twice */
		else if (reader->buf[at] == '\n' && !*quoted)
			return at + 1;
	}
	*scanned = reader->to;
	return 0;
}

/* Get a whole row into the buffer, up to *@end. Returns 1, 0 at the end of the file, -errno. */
static int load_row(struct csv_reader *reader, size_t *end)
{
	size_t scanned = reader->from;
	bool quoted = false;

	while (!(*end = find_end(reader, &scanned, &quoted))) {
		ssize_t n;

		scanned -= reader->from;
		n = fill(reader);
		if (n < 0)
			return (int)n;
		if (!n && reader->to == reader->from)
			return 0;
		if (!n)
			return csv_reader_fail(
				reader, -1, "the file ends in the middle of a row: it is cut off");
	}
	return 1;
}

/* A quoted cell at @from, unquoted in place. Returns where it ends, or NULL. */
static char *unquote(char *from)
{
	char *to = from;

	for (char *p = from + 1;; p++) {
		if (*p == '"' && *++p != '"') {
			*to = '\0';
			return p; /* behind the closing quote */
		}
		if (!*p)
			return NULL;
		*to++ = *p;
	}
}

/* Cut the row from @text, which ends with a NUL, into cells. Returns 0 or -EINVAL. */
static int split(struct csv_reader *reader, char *text)
{
	for (reader->cells = 0; reader->cells < MAX_COLUMNS;) {
		char separator, *end = *text == '"' ? unquote(text) : strchrnul(text, ',');

		if (!end || (*end && *end != ','))
			return csv_reader_fail(reader, -1, "cell %u is not quoted as a CSV's is",
					       reader->cells + 1);
		separator = *end;
		*end = '\0';
		reader->cell[reader->cells++] = text;
		if (!separator)
			return 0;
		text = end + 1;
	}
	return csv_reader_fail(reader, -1, "more than %d columns", MAX_COLUMNS);
}

static int read_row(struct csv_reader *reader)
{
	size_t from, end;
	int got;

	reader->row_line = reader->line;
	got = load_row(reader, &end);
	if (got <= 0)
		return got;
	from = reader->from;
	reader->from = end;
	for (size_t at = from; at < end; at++)
		reader->line += reader->buf[at] == '\n';
	if (memchr(reader->buf + from, '\0', end - from))
		return csv_reader_fail(reader, -1, "a byte of 0: it is no CSV");
	end--;
	if (end > from && reader->buf[end - 1] == '\r')
		end--;
	reader->buf[end] = '\0';
	got = split(reader, reader->buf + from);
	return got ? got : 1;
}

/* Keep the first line as the names of the columns. */
static int read_header(struct csv_reader *reader)
{
	size_t size = 0;
	char *to;
	int got = read_row(reader);

	if (!got)
		return csv_reader_fail(reader, -1, "the file is empty");
	if (got < 0)
		return got;
	for (unsigned int i = 0; i < reader->cells; i++)
		size += strlen(reader->cell[i]) + 1;
	reader->names = to = malloc(size);
	if (!to) {
		msg_errno(ENOMEM, NULL, "cannot read %s", reader->path);
		return -ENOMEM;
	}
	for (unsigned int i = 0; i < reader->cells; i++) {
		reader->name[i] = to;
		to = stpcpy(to, reader->cell[i]) + 1;
	}
	reader->columns = reader->cells;
	return 0;
}

int csv_reader_open(struct csv_reader **out, const char *path)
{
	struct csv_reader *reader = malloc(sizeof(*reader));
	char why[REGULAR_WHY];
	int err = 0;

	*out = NULL;
	snprintf(why, sizeof(why), "%s", strerror(ENOMEM));
	if (reader) {
		memset(reader, 0, offsetof(struct csv_reader, buf));
		reader->line = 1;
		reader->path = strdup(path);
		reader->fd = reader->path ? regular_open(path, why) : -ENOMEM;
	}
	err = !reader ? -ENOMEM : reader->fd < 0 ? reader->fd : 0;
	if (err)
		msg_error("cannot read %s: %s", path, why);
	else
		err = read_header(reader);
	if (err)
		csv_reader_close(reader);
	else
		*out = reader;
	return err;
}

int csv_reader_optional(struct csv_reader *reader, const char *name, int *column)
{
	*column = -1;
	for (unsigned int i = 0; i < reader->columns; i++) {
		if (strcmp(reader->name[i], name))
			continue;
		if (*column >= 0)
			return csv_reader_fail(reader, -1, "two columns are called '%s'", name);
		*column = (int)i;
	}
	return 0;
}

int csv_reader_column(struct csv_reader *reader, const char *name)
{
	int column, err = csv_reader_optional(reader, name, &column);

	if (err)
		return err;
	if (column < 0)
		return csv_reader_fail(
			reader, -1, "no column '%s': not such a file, or of another version", name);
	return column;
}

int csv_reader_next(struct csv_reader *reader)
{
	int got = read_row(reader);

	if (got == 1 && reader->cells != reader->columns)
		return csv_reader_fail(reader, -1, "%u cells, but the first line has %u columns",
				       reader->cells, reader->columns);
	return got;
}

const char *csv_reader_text(const struct csv_reader *reader, int column)
{
	return reader->cell[column];
}

static int not_a_number(struct csv_reader *reader, int column, const char *kind)
{
	return csv_reader_fail(reader, column, "'%.*s' is not %s", SHOWN, reader->cell[column],
			       kind);
}

int csv_reader_u64(struct csv_reader *reader, int column, uint64_t *value)
{
	const char *text = reader->cell[column];

	*value = 0;
	if (!*text)
		return 0;
	for (; *text; text++) {
		unsigned int digit = (unsigned char)*text - '0';

		if (digit > 9 || __builtin_mul_overflow(*value, 10, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return not_a_number(reader, column, "a whole number");
	}
	return 1;
}

int csv_reader_double(struct csv_reader *reader, int column, double *value)
{
	const char *text = reader->cell[column];
	char *end;

	*value = 0;
	if (!*text)
		return 0;
	if (text[strspn(text, "+-.0123456789eE")])
		return not_a_number(reader, column, "a number");
	*value = strtod(text, &end);
	if (*end || !isfinite(*value))
		return not_a_number(reader, column, "a number");
	return 1;
}

void csv_reader_close(struct csv_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->names);
	free(reader->path);
	free(reader);
}
