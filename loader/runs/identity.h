/* SPDX-License-Identifier: MIT */
/*
 * identity.h - the files of a run are those that it wrote
 *
 * RUN.run.json names each other file of the run with its size and checksum, and has a
 * checksum of what it says itself: an edited file, or that of another run, is found out,
 * and a file that no run wrote is told from one that did. CRC32 tells mistakes, not
 * forgery.
 */
#ifndef VPIPE_RUNS_IDENTITY_H
#define VPIPE_RUNS_IDENTITY_H

#include <stdbool.h>

#include <jansson.h>

#include "loader/runs/files.h"

/**
 * "format" of run.json: which files there are, which columns they have, and what they
 * mean. Raised by one when any of that changes; runs without it are older than 1.
 */
#define RUN_FORMAT 2

/** Bytes of a run.json that are read: one has some 6,000, that of merged runs 100 for each. */
#define RUN_JSON_MAX (16 << 20)

/**
 * Put what was written of a run into @run as its "files": those that are at @paths. Returns 0 or
 * -errno, having said why.
 */
int identity_add_files(json_t *run, const char *const paths[RUN_N_FILES]);

/** Put the checksum of @run into it: the last thing that happens to it. Returns 0 or -ENOMEM. */
int identity_seal(json_t *run);

/** Is @run as it was sealed? */
bool identity_is_sealed(const json_t *run);

/** The checksum of what @run says, whether it is sealed or not; "" if there is no memory. */
void identity_sum(const json_t *run, char crc[9]);

/** Has @run written @file, as it says itself? */
bool identity_lists(const json_t *run, enum run_file file);

/**
 * Is @path the @file that @run lists? Returns 0; -ESTALE: it is not as the run wrote it;
 * or another -errno of reading it.
 */
int identity_check(const json_t *run, enum run_file file, const char *path);

/** The run.json at @path, quietly; NULL: there is none, or it is not one. */
json_t *identity_load(const char *path);

/**
 * Did the run that left @run (NULL: none did) beside it write @path, and nobody since? Of
 * one older than format 1 that is told by the kind of file, its columns and its time,
 * compared to @json_path, which such a run wrote last.
 */
bool identity_owns(const json_t *run, const char *json_path, enum run_file file, const char *path);

#endif /* VPIPE_RUNS_IDENTITY_H */
