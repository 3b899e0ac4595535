/* SPDX-License-Identifier: MIT */
/*
 * schema.h - which columns a CSV file of a run has, for who writes it and who reads it
 *
 * A column says where in a struct its value is, how that stands in a cell, and what tells whether it
 * is known: what is not is an empty cell. Columns are added at the end only; files of older versions
 * have less of them.
 */
#ifndef VPIPE_RUNS_SCHEMA_H
#define VPIPE_RUNS_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/csv-read.h"
#include "lib/csv.h"
#include "loader/model/run.h"
#include "loader/runs/peers.h"

/** What a value is, and how it stands in a cell. */
enum cell {
	CELL_NUMBER, /**< a uint64_t */
	CELL_SMALL, /**< an unsigned int */
	CELL_YES, /**< a bool: 1 or 0 */
	CELL_PEER, /**< an unsigned int: a thread's id, or the name of what is none */
	CELL_DEVICE, /**< an unsigned int, the number of one of the run's devices: its node */
	CELL_NAME, /**< an unsigned int, the place of a name in names[]; one that is "" is empty */
	CELL_BYTES, /**< a char[room], which ends with a NUL */
	CELL_PEERS, /**< a struct vpipe_peers: who, and how often */
	CELL_DERIVED, /**< what derive() has of the rest of the row */
};

/** When a value is known. */
enum known {
	KNOWN_ALWAYS,
	KNOWN_BITS, /**< if one of `bits` is in the unsigned int at known_at; read: all of them are */
	KNOWN_YES, /**< if the bool at known_at is true ... */
	KNOWN_UNLESS, /**< ... or is false */
	KNOWN_SOME, /**< if the uint64_t at known_at is not 0; read: it is 1 */
	KNOWN_NOT_ZERO, /**< if it is not 0 itself */
	KNOWN_IF, /**< if known_if() says so of the rest of the row */
};

struct column {
	const char *name;
	const char *what; /**< what it is, for who reads the file */
	const char *of; /**< the name of the stage or the cost that it is of; NULL: of the row */
	const char *suffix; /**< of a stage's: its name is that of the stage, and this */
	enum cell cell;
	size_t at; /**< of the value, in the struct */
	size_t room; /**< CELL_BYTES */
	const char *const *names; /**< CELL_NAME: n_names of them, those that are NULL are none */
	unsigned int n_names;
	bool (*derive)(const void *row, uint64_t *value); /**< CELL_DERIVED; false: not known */
	enum known known;
	size_t known_at; /**< where that stands in the struct */
	unsigned int bits;
	bool (*known_if)(const void *row);
	bool optional; /**< files of older versions lack it */
};

/** The columns of a file, and the struct that a row is. */
struct schema {
	const struct column *columns;
	unsigned int n;
	size_t size; /**< of the struct */
	const void *blank; /**< one of which nothing is known; NULL: all of it is 0 */
};

/** More columns than any file has. */
#define SCHEMA_COLUMNS 384

/** Their names, separated by commas, to be freed; NULL: no memory. */
char *schema_header(const struct schema *schema);

/** What a cell says. */
enum said {
	SAID_NOTHING, /**< it is not known */
	SAID_NUMBER,
	SAID_BYTES,
	SAID_TEXT, /**< bytes as text (lib/text.h) */
};

struct said_value {
	uint64_t number;
	const char *bytes; /**< bytes, or text */
	char room[PEERS_ROOM]; /**< for text */
};

/** What @row, whose devices are @run's, says of @column. */
enum said schema_say(const struct column *column, const struct run *run, const void *row,
		     struct said_value *said);

/** Write a row of @csv, whose devices are @run's. */
void schema_write(const struct schema *schema, const struct run *run, struct csv *csv,
		  const void *row);

/** A file that is read. */
struct schema_reader {
	const struct schema *schema;
	const struct run *run;
	struct csv_reader *csv;
	int places[SCHEMA_COLUMNS]; /* of the columns, in the file; -1: nowhere */
};

/**
 * Open the file at @path, and find the columns. Returns 0 or -errno, having said why: -EINVAL if one
 * is missing that each file has. schema_close() in any case.
 */
int schema_open(struct schema_reader *reader, const struct schema *schema, const struct run *run,
		const char *path);

/** Read the next row. Returns 1, 0 at the end of the file, or -errno, having said why. */
int schema_next(struct schema_reader *reader, void *row);

void schema_close(struct schema_reader *reader);

/** Complain about the cell of column @name in the row that was read. Returns -EINVAL. */
#define schema_fail(reader, name, ...) \
	csv_reader_fail((reader)->csv, schema_place(reader, name), __VA_ARGS__)

/** Where column @name is in the file; -1: nowhere. */
int schema_place(const struct schema_reader *reader, const char *name);

/**
 * A whole number, or an empty cell. What is calculated of them has signs, and JSON numbers
 * have; a larger one than these is none that was measured: 292 years. As csv_reader_u64().
 */
int schema_number(struct csv_reader *csv, int place, uint64_t *value);

#endif /* VPIPE_RUNS_SCHEMA_H */
