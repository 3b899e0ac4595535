// SPDX-License-Identifier: MIT
/* csv.c - the one CSV writer, see csv.h */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/csv.h"
#include "lib/newfile.h"
#include "lib/text.h"

#define CSV_BUFFER     (256 * 1024)
#define CSV_MAX_NUMBER 400 /* longest cell written in one go: -DBL_MAX with decimals */

struct csv {
	struct newfile file;
	int error; /* first one, negative; sticky */
	unsigned int columns;
	unsigned int cells; /* in the current row */
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
	if (!csv->error)
		csv->error = newfile_write(&csv->file, csv->buf, csv->used);
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

/* A cell of @bytes, which are made text as text_char() does with @also. */
static void put_text(struct csv *csv, const char *bytes, const char *also)
{
	char text[TEXT_CHAR];
	bool quoted;

	if (!begin_cell(csv) || !bytes)
		return;
	quoted = strpbrk(bytes, ",\"");
	if (quoted)
		put(csv, "\"", 1);
	while (*bytes) {
		bytes += text_char(text, bytes, also);
		put(csv, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : strlen(text));
	}
	if (quoted)
		put(csv, "\"", 1);
}

void csv_str(struct csv *csv, const char *bytes)
{
	put_text(csv, bytes, "");
}

void csv_text(struct csv *csv, const char *text)
{
	put_text(csv, text, NULL);
}

void csv_empty(struct csv *csv)
{
	begin_cell(csv);
}

void csv_time(struct csv *csv, uint64_t ns)
{
	if (ns)
		csv_u64(csv, ns);
	else
		csv_empty(csv);
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

int csv_create(struct csv **out, const char *path, const char *header)
{
	struct csv *csv;
	int err;

	*out = NULL;
	if (!*header)
		return -EINVAL;
	csv = malloc(sizeof(*csv));
	if (!csv)
		return -ENOMEM;
	memset(csv, 0, offsetof(struct csv, buf));
	err = newfile_open(&csv->file, path);
	if (err) {
		free(csv);
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
	err = csv->error;
	if (!err) {
		err = newfile_commit(&csv->file);
		free(csv);
	} else {
		csv_abort(csv);
	}
	return err;
}

void csv_abort(struct csv *csv)
{
	if (!csv)
		return;
	newfile_abort(&csv->file);
	free(csv);
}
