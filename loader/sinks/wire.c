// SPDX-License-Identifier: MIT
/* wire.c - see wire.h */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "loader/sinks/wire.h"

#define MAX_VARINT 10 /* bytes of a number of 64 bits, 7 in each */

/* How a value is laid out. */
enum { VARINT, FIXED64, BYTES };

/* Room for @more bytes. False: there is none, and nothing is to be written. */
static bool make_room(struct wire *wire, size_t more)
{
	size_t room = (wire->used + more) * 2;
	unsigned char *bytes;

	if (wire->no_memory || wire->used + more <= wire->room)
		return !wire->no_memory;
	bytes = realloc(wire->bytes, room);
	if (!bytes) {
		wire->no_memory = true;
		return false;
	}
	wire->bytes = bytes;
	wire->room = room;
	return true;
}

/* Returns its length. */
static size_t to_varint(unsigned char to[MAX_VARINT], uint64_t value)
{
	size_t n = 0;

	for (; value >= 0x80; value >>= 7)
		to[n++] = (unsigned char)(value | 0x80);
	to[n++] = (unsigned char)value;
	return n;
}

static void put(struct wire *wire, const void *bytes, size_t size)
{
	if (!make_room(wire, size))
		return;
	memcpy(wire->bytes + wire->used, bytes, size);
	wire->used += size;
}

static void put_varint(struct wire *wire, uint64_t value)
{
	unsigned char bytes[MAX_VARINT];
	size_t size = to_varint(bytes, value);

	put(wire, bytes, size);
}

static void put_key(struct wire *wire, unsigned int field, unsigned int type)
{
	put_varint(wire, (uint64_t)field << 3 | type);
}

/* Put the length of what has been written since @begin in front of it. */
static void put_length(struct wire *wire, size_t begin)
{
	unsigned char bytes[MAX_VARINT];
	size_t length = wire->used - begin, size = to_varint(bytes, length);

	if (!make_room(wire, size))
		return;
	memmove(wire->bytes + begin + size, wire->bytes + begin, length);
	memcpy(wire->bytes + begin, bytes, size);
	wire->used += size;
}

void wire_open(struct wire *wire, unsigned int field)
{
	put_key(wire, field, BYTES);
	wire->begins[wire->depth++] = wire->used;
}

void wire_close(struct wire *wire)
{
	if (!wire->no_memory)
		put_length(wire, wire->begins[wire->depth - 1]);
	if (--wire->depth)
		return;
	if (!wire->no_memory)
		fwrite(wire->bytes, 1, wire->used, wire->out); /* a sticky error of the file */
	wire->used = 0;
}

void wire_number(struct wire *wire, unsigned int field, uint64_t value)
{
	put_key(wire, field, VARINT);
	put_varint(wire, value);
}

void wire_fixed(struct wire *wire, unsigned int field, uint64_t value)
{
	unsigned char bytes[8];

	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(value >> (8 * i));
	put_key(wire, field, FIXED64);
	put(wire, bytes, sizeof(bytes));
}

void wire_text(struct wire *wire, unsigned int field, const char *bytes, const char *also)
{
	char text[TEXT_CHAR];
	size_t begin;

	put_key(wire, field, BYTES);
	begin = wire->used;
	while (*bytes) {
		bytes += text_char(text, bytes, also);
		put(wire, text, strlen(text));
	}
	if (!wire->no_memory)
		put_length(wire, begin);
}

void wire_free(struct wire *wire)
{
	free(wire->bytes);
	wire->bytes = NULL;
}
