/* SPDX-License-Identifier: MIT */
/*
 * csv-read.h - the one CSV reader of vpipe
 *
 * Reads a file row by row in constant memory. Columns are found by the names in
 * the first line, so more of them, or another order, do no harm. Whatever is
 * wrong is said once on stderr, with file, line and column; functions that fail
 * have said why.
 */
#ifndef VPIPE_LIB_CSV_READ_H
#define VPIPE_LIB_CSV_READ_H

#include <stdint.h>

struct csv_reader;

/** Open @path and read its first line. Returns 0 and sets *@out, or -errno. */
int csv_reader_open(struct csv_reader **out, const char *path);

/** Index of the column @name, or -EINVAL. */
int csv_reader_column(struct csv_reader *reader, const char *name);

/** The same of a column that files of older versions lack; *@column is -1 then. 0 or -EINVAL. */
int csv_reader_optional(struct csv_reader *reader, const char *name, int *column);

/** Read the next row. Returns 1, 0 at the end of the file, or -errno. */
int csv_reader_next(struct csv_reader *reader);

/** Text of a cell of the current row, unquoted; valid until the next row. */
const char *csv_reader_text(const struct csv_reader *reader, int column);

/**
 * A cell that holds a whole number. Returns 1, 0 if it is empty (unknown; *@value
 * is 0), or -EINVAL.
 */
int csv_reader_u64(struct csv_reader *reader, int column, uint64_t *value);

/** The same for a number with decimals. */
int csv_reader_double(struct csv_reader *reader, int column, double *value);

/** Complain about the current row, or one @column of it (-1: none). Returns -EINVAL. */
int csv_reader_fail(struct csv_reader *reader, int column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Close and free; NULL is allowed. */
void csv_reader_close(struct csv_reader *reader);

#endif /* VPIPE_LIB_CSV_READ_H */
