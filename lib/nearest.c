// SPDX-License-Identifier: MIT
/* nearest.c - see nearest.h */
#include <string.h>

#include "lib/nearest.h"

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* The distance of optimal string alignment, row by row: two of them are looked back at. */
unsigned int nearest_distance(const char *a, const char *b)
{
	unsigned int rows[3][NEAREST_LONGEST + 1];
	unsigned int *before = rows[0], *last = rows[1], *row = rows[2];
	size_t a_length = strnlen(a, NEAREST_LONGEST), b_length = strnlen(b, NEAREST_LONGEST);

	for (unsigned int j = 0; j <= b_length; j++)
		last[j] = before[j] = j;
	for (unsigned int i = 1; i <= a_length; i++) {
		unsigned int *oldest = before;

		row[0] = i;
		for (unsigned int j = 1; j <= b_length; j++) {
			row[j] = least(least(last[j], row[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_length];
}

const char *nearest(const char *name, const char *const names[], size_t n)
{
	size_t length = strnlen(name, NEAREST_LONGEST);
	unsigned int best = (unsigned int)length / 3 + 1; /* else it is another name */
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned int distance = nearest_distance(name, names[i]);

		if (distance > best || (found && distance == best))
			continue;
		best = distance;
		found = names[i];
	}
	return found;
}
