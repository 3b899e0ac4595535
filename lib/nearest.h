/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - which of some names was meant by one that is none of them
 */
#ifndef VPIPE_LIB_NEAREST_H
#define VPIPE_LIB_NEAREST_H

#include <stddef.h>

/**
 * How many letters of @a are to be added, left out, changed or exchanged with their neighbour to
 * have @b; of longer names than NEAREST_LONGEST no more than these are looked at.
 */
unsigned int nearest_distance(const char *a, const char *b);

#define NEAREST_LONGEST 64

/** The nearest of @n @names to @name, the first of several; NULL: none is near. */
const char *nearest(const char *name, const char *const names[], size_t n);

#endif /* VPIPE_LIB_NEAREST_H */
