/* SPDX-License-Identifier: MIT */
/*
 * columns.h - what frames.csv has of a frame, for who writes it and who reads it
 *
 * Columns are added at the end only; files of older versions have less of them.
 */
#ifndef VPIPE_RUNS_COLUMNS_H
#define VPIPE_RUNS_COLUMNS_H

#include "lib/csv-read.h"
#include "lib/csv.h"
#include "loader/model/run.h"

/** The columns of a path. */
struct columns;

/** Those of @path, which must live as long. NULL: no memory. */
struct columns *columns_new(const struct run *run);

/** NULL is allowed. */
void columns_free(struct columns *columns);

/** Their names, separated by commas, to be freed; NULL: no memory. */
char *columns_header(const struct columns *columns);

/** Write a row of @csv. */
void columns_write(const struct columns *columns, struct csv *csv, const struct frame *frame);

/** Find them in a file. Returns 0 or -EINVAL if one is missing that each run has, having said so. */
int columns_find(struct columns *columns, struct csv_reader *reader);

/** Read the row that @reader has. Returns 0 or -errno, having said why. */
int columns_read(const struct columns *columns, struct csv_reader *reader, struct frame *frame);

/**
 * A whole number, or an empty cell. What is calculated of them has signs, and JSON numbers
 * have; a larger one than these is none that was measured: 292 years. As csv_reader_u64().
 */
int columns_number(struct csv_reader *reader, int place, uint64_t *value);

/** Complain about the cell of column @name in that row. Returns -EINVAL. */
#define columns_fail(columns, reader, name, ...) \
	csv_reader_fail(reader, columns_place(columns, name), __VA_ARGS__)

/** Where column @name is in the file; -1: nowhere. */
int columns_place(const struct columns *columns, const char *name);

#endif /* VPIPE_RUNS_COLUMNS_H */
