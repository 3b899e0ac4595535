// SPDX-License-Identifier: MIT
/*
 * fuzz-csv.c - the CSV reader on any bytes
 *
 * What it takes is written down again with every cell quoted, and must then be
 * read as the same rows. What it refuses it must say in one line.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

/* The file comes in pieces, as from a pipe: a row may be cut anywhere. */
static size_t piece;

static ssize_t read_piece(int fd, void *to, size_t size)
{
	return read(fd, to, piece && piece < size ? piece : size);
}

#define read read_piece
#include "lib/csv-read.c" /* NOLINT(bugprone-suspicious-include) */
#undef read

#define ROW_FITS (BUFFER / 2 - 2 * MAX_COLUMNS) /* bytes that fit a row also when they are quoted */

static unsigned int complaints; /* calls that failed, each of which says so */

static void put_cell(FILE *to, const char *text, bool last)
{
	putc('"', to);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', to);
		putc(*text, to);
	}
	fputs(last ? "\"\n" : "\",", to);
}

/* A cell as a number: the digits, or refused. */
static void check_u64(struct csv_reader *csv, int column)
{
	const char *text = csv_reader_text(csv, column);
	char again[32];
	uint64_t value;
	int got = csv_reader_u64(csv, column, &value);

	FUZZ_CHECK((got == 0) == !*text, "%d for '%s'", got, text);
	complaints += got < 0;
	if (got != 1)
		return;
	text += strspn(text, "0");
	snprintf(again, sizeof(again), "%" PRIu64, value);
	FUZZ_CHECK(!strcmp(again, *text ? text : "0"), "%s for '%s'", again, text);
}

static void check_cell(struct csv_reader *csv, int column)
{
	double value;
	int got;

	check_u64(csv, column);
	got = csv_reader_double(csv, column, &value);
	complaints += got < 0;
	FUZZ_CHECK(got != 1 || isfinite(value));
}

/* Read @path to its end; what is taken goes to @again. Returns what the last call did. */
static int read_all(const char *path, FILE *again, bool check)
{
	struct csv_reader *csv;
	int got = csv_reader_open(&csv, path);

	if (got)
		return got;
	for (unsigned int i = 0; i < csv->columns; i++)
		put_cell(again, csv->name[i], i + 1 == csv->columns);
	while ((got = csv_reader_next(csv)) == 1) {
		for (unsigned int i = 0; i < csv->columns; i++) {
			put_cell(again, csv_reader_text(csv, (int)i), i + 1 == csv->columns);
			if (check)
				check_cell(csv, (int)i);
		}
	}
	csv_reader_close(csv);
	return got;
}

/* Most inputs are a file; some are a piece of one that is many times as long. */
static const char *make_file(const uint8_t *data, size_t size, size_t times)
{
	static struct fuzz_file file;
	uint8_t *bytes = malloc(times * size + 1);
	const char *path;

	FUZZ_CHECK(bytes != NULL);
	for (size_t i = 0; i < times; i++)
		memcpy(bytes + i * size, data, size);
	path = fuzz_file(&file, bytes, times * size);
	free(bytes);
	return path;
}

/* Rows are the same when they come whole, with each cell in quotes. */
static void check_again(const char *rows, size_t size)
{
	static struct fuzz_file file;
	char *again = NULL;
	size_t again_size = 0;
	FILE *to = open_memstream(&again, &again_size);

	piece = 0;
	FUZZ_CHECK(read_all(fuzz_file(&file, rows, size), to, false) == 0, "%s", rows);
	fclose(to);
	FUZZ_CHECK(size == again_size && !memcmp(rows, again, size), "%s became %s", rows, again);
	free(again);
}

/* read_all() of @path; its rows and what is said go to memory. */
static int read_rows(const char *path, char **rows, size_t *size, bool check,
		     struct fuzz_said *said)
{
	FILE *to = open_memstream(rows, size);
	int got;

	fuzz_listen();
	got = read_all(path, to, check);
	*said = fuzz_heard();
	fclose(to);
	return got;
}

/* In one piece the file is the same, and what is wrong with it. */
static void check_whole(const char *path, int got, const char *rows, size_t size)
{
	size_t whole_size = 0;
	char *whole = NULL;
	struct fuzz_said said;

	piece = 0;
	FUZZ_CHECK(read_rows(path, &whole, &whole_size, false, &said) == got, "%s", said.err);
	FUZZ_CHECK(size == whole_size && !memcmp(rows, whole, size), "%s became %s", whole, rows);
	free(whole);
	fuzz_said_free(&said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	size_t times, rows_size = 0;
	struct fuzz_said said;
	char *rows = NULL;
	const char *path;
	int got;

	piece = fuzz_u8(&in);
	times = fuzz_u8(&in) >= 0xf8 && in.left >= 64 ? 2 + BUFFER / in.left : 1;
	if (times > 1)
		piece *= 128;
	complaints = 0;
	path = make_file(in.at, in.left, times);
	got = read_rows(path, &rows, &rows_size, times == 1, &said);
	complaints += got < 0;
	FUZZ_CHECK(fuzz_count_lines(said.err, "") == complaints, "%u: %s", complaints, said.err);
	FUZZ_CHECK(fuzz_count_lines(said.err, "error: ") == complaints);
	fuzz_check_text(said.err, said.err_size);
	if (piece)
		check_whole(path, got, rows, rows_size);
	if (got == 0 && times == 1 && in.left < ROW_FITS)
		check_again(rows, rows_size);
	free(rows);
	fuzz_said_free(&said);
	return 0;
}
