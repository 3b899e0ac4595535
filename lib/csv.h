/* SPDX-License-Identifier: MIT */
/*
 * csv.h - the one CSV writer of vpipe
 *
 * Rows go to a temporary file beside the target, which takes the target's
 * place only at csv_commit(): a file of a run is whole or it is the old one.
 * Errors are sticky: write freely, look at csv_commit().
 */
#ifndef VPIPE_LIB_CSV_H
#define VPIPE_LIB_CSV_H

#include <stdint.h>

struct csv;

/**
 * Start a file. @header is its first line, column names separated by commas;
 * every row must have as many cells.
 * Returns 0 and sets *@out, or -errno.
 */
int csv_create(struct csv **out, const char *path, const char *header);

/**
 * Append one cell to the current row. Bytes become text (text.h), which is quoted where
 * needed (RFC 4180); csv_text(): they are such text already.
 */
void csv_u64(struct csv *csv, uint64_t value);
void csv_i64(struct csv *csv, int64_t value);
void csv_str(struct csv *csv, const char *bytes);
void csv_text(struct csv *csv, const char *text);
/** A cell with @decimals digits after the point. */
void csv_double(struct csv *csv, double value, int decimals);
/** A cell whose value is unknown: empty, never 0. */
void csv_empty(struct csv *csv);
/** A cell with a time in ns; 0: what it is of was not done, so empty. */
void csv_time(struct csv *csv, uint64_t ns);

/** End the row. Returns 0 or the sticky -errno (-EINVAL: wrong number of cells). */
int csv_end_row(struct csv *csv);

/** Write what is buffered to the temporary file, so that a kill loses nothing of it. */
int csv_flush(struct csv *csv);

/**
 * Flush, sync and put the file in place, then free @csv. On an error the
 * temporary file is removed and the target is left as it was.
 * Returns 0 or -errno of the first error of any call on @csv.
 */
int csv_commit(struct csv *csv);

/** Remove the temporary file and free @csv; NULL is allowed. */
void csv_abort(struct csv *csv);

#endif /* VPIPE_LIB_CSV_H */
