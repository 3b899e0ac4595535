/* SPDX-License-Identifier: MIT */
/*
 * packed.h - whole numbers, close together, as text that any document can hold
 *
 * A number has seven bits a byte, the lowest first, and the eighth says that more follow (LEB128); a
 * number with a sign is folded first: 0, -1, 1, -2 ... The bytes are written as base64. So what is
 * read is what was written, to the last digit, and small numbers need little room.
 */
#ifndef VPIPE_SINKS_PACKED_H
#define VPIPE_SINKS_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** All zero at first. */
struct packed {
	unsigned char *bytes;
	size_t used, room;
	bool failed; /**< there was no memory: it is not whole */
};

/** One number more. */
void packed_add(struct packed *packed, uint64_t value);

/** One that may be negative. */
void packed_add_signed(struct packed *packed, int64_t value);

/** All of it as base64. What goes wrong @out tells. */
void packed_write(const struct packed *packed, FILE *out);

/** Nothing is in it any more. */
void packed_free(struct packed *packed);

#endif /* VPIPE_SINKS_PACKED_H */
