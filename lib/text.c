// SPDX-License-Identifier: MIT
/* text.c - see text.h */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

/* Bytes of the UTF-8 character at @bytes, which goes to *@code; 0: it is none. */
static unsigned int decode(const unsigned char *bytes, uint32_t *code)
{
	/* by length: what the first byte adds, and the smallest code that needs so many */
	static const struct {
		unsigned char from, to;
		uint32_t least;
	} leads[] = {
		{0x01, 0x7f, 0}, {0xc2, 0xdf, 0x80}, {0xe0, 0xef, 0x800}, {0xf0, 0xf4, 0x10000}};

	for (unsigned int more = 0; more < 4; more++) {
		if (*bytes < leads[more].from || *bytes > leads[more].to)
			continue;
		*code = more ? *bytes & (0x3f >> more) : *bytes;
		for (unsigned int i = 1; i <= more; i++) {
			if ((bytes[i] & 0xc0) != 0x80)
				return 0;
			*code = *code << 6 | (bytes[i] & 0x3f);
		}
		return *code < leads[more].least ? 0 : more + 1;
	}
	return 0;
}

/* What a terminal obeys, what readers take for the end of a line, what turns the writing round. */
static bool steers(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code <= 0x9f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

unsigned int text_plain(const char *bytes)
{
	uint32_t code = 0;
	unsigned int length = decode((const unsigned char *)bytes, &code);
	bool surrogate = code >= 0xd800 && code <= 0xdfff;

	return surrogate || code > 0x10ffff || steers(code) ? 0 : length;
}

/* Would it be taken for a byte that was written so? */
static bool looks_written(const char *bytes)
{
	return bytes[0] == '\\' && bytes[1] == 'x' && isxdigit((unsigned char)bytes[2]) &&
	       isxdigit((unsigned char)bytes[3]);
}

unsigned int text_char(char to[TEXT_CHAR], const char *bytes, const char *also)
{
	unsigned int length = text_plain(bytes);

	if (also && (looks_written(bytes) || (length == 1 && strchr(also, *bytes))))
		length = 0;
	if (length) {
		memcpy(to, bytes, length);
		to[length] = '\0';
		return length;
	}
	snprintf(to, TEXT_CHAR, "\\x%02x", (unsigned char)*bytes);
	return 1;
}

size_t text_of(char *to, size_t room, const char *bytes, const char *also)
{
	char text[TEXT_CHAR];
	size_t used = 0;

	while (*bytes) {
		bytes += text_char(text, bytes, also);
		if (used + strlen(text) >= room)
			break;
		used += (size_t)(stpcpy(to + used, text) - (to + used));
	}
	to[used] = '\0';
	return used;
}

char *text_new(const char *bytes)
{
	size_t room = TEXT_ROOM(strlen(bytes));
	char *text = malloc(room);

	if (text)
		text_of(text, room, bytes, "");
	return text;
}

int text_bytes(char *to, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text; used++) {
		bool written = looks_written(text);
		char digits[3] = {0};

		if (written)
			memcpy(digits, text + 2, 2);
		if (used + 1 >= room)
			return -ENAMETOOLONG;
		to[used] = (char)(written ? strtoul(digits, NULL, 16) : (unsigned char)*text);
		if (!to[used])
			return -EINVAL;
		text += written ? 4 : 1;
	}
	to[used] = '\0';
	return 0;
}

/* The blocks of Unicode whose characters are wide, and of those that take no column of their own. */
static unsigned int columns_of(uint32_t code)
{
	static const struct {
		uint32_t from, to;
		unsigned int columns;
	} blocks[] = {
		{0x0300, 0x036f, 0},   {0x1100, 0x115f, 2}, {0x200b, 0x200f, 0},
		{0x20d0, 0x20ff, 0},   {0x2e80, 0xa4cf, 2}, {0xac00, 0xd7a3, 2},
		{0xf900, 0xfaff, 2},   {0xfe00, 0xfe0f, 0}, {0xfe30, 0xfe6f, 2},
		{0xff00, 0xff60, 2},   {0xffe0, 0xffe6, 2}, {0x1f300, 0x1faff, 2},
		{0x20000, 0x3fffd, 2},
	};

	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		if (code >= blocks[i].from && code <= blocks[i].to)
			return blocks[i].columns;
	}
	return 1;
}

void text_write_quoted(FILE *out, const char *bytes, const char *also)
{
	char text[TEXT_CHAR];

	putc('"', out);
	while (*bytes) {
		bytes += text_char(text, bytes, also);
		/* only a character of its own can be one of these, or begin with it */
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		fputs(text, out);
	}
	putc('"', out);
}

unsigned int text_columns(const char *text)
{
	unsigned int columns = 0;

	while (*text) {
		uint32_t code = 0;
		unsigned int length = decode((const unsigned char *)text, &code);

		columns += length ? columns_of(code) : 1;
		text += length ?: 1;
	}
	return columns;
}
