/* SPDX-License-Identifier: MIT */
/*
 * wire.h - protobuf's wire format, as far as it takes to write it
 *
 * A message is written as it comes: its length is put in front of it when it is closed. What has been
 * closed at the top is on its way to the file, so memory does not grow with that.
 */
#ifndef VPIPE_SINKS_WIRE_H
#define VPIPE_SINKS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define WIRE_DEPTH 8 /* messages in each other at most */

struct wire {
	FILE *out;
	unsigned char *bytes; /* of the message at the top */
	size_t used, room;
	unsigned int depth;
	size_t begins[WIRE_DEPTH]; /* where the length of each open message goes */
	bool no_memory; /* sticky: nothing more is written */
};

/** Open the message @field in the one that is open, or at the top. */
void wire_open(struct wire *wire, unsigned int field);
void wire_close(struct wire *wire);

/** A number (uint64, int32 from 0 on, bool, enum). */
void wire_number(struct wire *wire, unsigned int field, uint64_t value);

/** A number in 8 bytes (fixed64). */
void wire_fixed(struct wire *wire, unsigned int field, uint64_t value);

/** A string: @bytes, made text as text_char() does with @also (lib/text.h), which is UTF-8. */
void wire_text(struct wire *wire, unsigned int field, const char *bytes, const char *also);

/** Free what it holds. */
void wire_free(struct wire *wire);

#endif /* VPIPE_SINKS_WIRE_H */
