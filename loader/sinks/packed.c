// SPDX-License-Identifier: MIT
/* packed.c - see packed.h */
#include <stdlib.h>

#include "loader/sinks/packed.h"

#define MAX_BYTES  10 /* of a number: 64 bits, seven a byte */
#define FIRST_ROOM 4096

static bool make_room(struct packed *packed)
{
	size_t room = packed->room ? 2 * packed->room : FIRST_ROOM;
	unsigned char *bytes;

	if (packed->room - packed->used >= MAX_BYTES)
		return true;
	bytes = packed->failed ? NULL : realloc(packed->bytes, room);
	packed->failed = !bytes;
	if (!bytes)
		return false;
	packed->bytes = bytes;
	packed->room = room;
	return true;
}

void packed_add(struct packed *packed, uint64_t value)
{
	if (!make_room(packed))
		return;
	for (; value >= 0x80; value >>= 7)
		packed->bytes[packed->used++] = (unsigned char)(value | 0x80);
	packed->bytes[packed->used++] = (unsigned char)value;
}

void packed_add_signed(struct packed *packed, int64_t value)
{
	uint64_t folded = (uint64_t)value << 1;

	packed_add(packed, value < 0 ? ~folded : folded);
}

/* Three bytes are four characters; what the last ones lack is '='. */
void packed_write(const struct packed *packed, FILE *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = packed->bytes;

	for (size_t i = 0; i < packed->used; i += 3) {
		size_t n = packed->used - i;
		unsigned int bits = (unsigned int)bytes[i] << 16;
		char text[4];

		if (n > 1)
			bits |= (unsigned int)bytes[i + 1] << 8;
		if (n > 2)
			bits |= bytes[i + 2];
		text[0] = digits[bits >> 18];
		text[1] = digits[bits >> 12 & 63];
		text[2] = '=';
		text[3] = '=';
		if (n > 1)
			text[2] = digits[bits >> 6 & 63];
		if (n > 2)
			text[3] = digits[bits & 63];
		fwrite(text, 1, sizeof(text), out);
	}
}

void packed_free(struct packed *packed)
{
	free(packed->bytes);
	*packed = (struct packed){0};
}
