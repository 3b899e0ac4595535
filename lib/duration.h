/* SPDX-License-Identifier: MIT */
/*
 * duration.h - a time as a person reads it: three digits, in a unit that fits
 *
 * "812 ns", "16.3 µs", "1.56 ms", "41.9 ms", "5.20 s". The exact one is in the files.
 */
#ifndef VPIPE_LIB_DURATION_H
#define VPIPE_LIB_DURATION_H

#include <stdint.h>

/** Room for any of them. */
#define DURATION_TEXT 24

/** Columns that any of less than 1000 seconds takes on a terminal. */
#define DURATION_COLUMNS 7

/** @ns as text, in @to, which is returned. */
const char *duration_text(uint64_t ns, char to[DURATION_TEXT]);

#endif /* VPIPE_LIB_DURATION_H */
