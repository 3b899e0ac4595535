/* SPDX-License-Identifier: MIT */
/*
 * text.h - the bytes of names, paths and arguments as text
 *
 * A name may hold any bytes, and the kernel cuts it where it likes. As text it is UTF-8,
 * in one line, and does a terminal no harm: a byte that belongs to no character, or to
 * one that steers a terminal, ends a line or turns the direction of writing, stands as
 * \xNN. So does a backslash in front of "xNN", so that nothing is lost: who puts the byte
 * NN (two hexadecimal digits) for each \xNN has the name again. The same name is the same
 * text in a CSV, in JSON and on the terminal.
 */
#ifndef VPIPE_LIB_TEXT_H
#define VPIPE_LIB_TEXT_H

#include <stddef.h>
#include <stdio.h>

/** Room for the text of one character. */
#define TEXT_CHAR 5

/** Room for the text of @size bytes. */
#define TEXT_ROOM(size) (4 * (size) + 1)

/** Bytes of the character at @bytes that can stand as it is; 0: there is no such one. */
unsigned int text_plain(const char *bytes);

/**
 * The text of what @bytes begins with: a character, or one byte. Returns how many bytes
 * that was. ASCII characters in @also are written as \xNN, too; NULL: @bytes are such
 * text already, whose backslashes are left alone.
 */
unsigned int text_char(char to[TEXT_CHAR], const char *bytes, const char *also);

/** The text of all of @bytes, or as much as there is @room for. Returns its length. */
size_t text_of(char *to, size_t room, const char *bytes, const char *also);

/**
 * Write the text of @bytes between quotes, as JSON and OpenMetrics want it: with a backslash before each
 * quote and backslash. @also as of text_char().
 */
void text_write_quoted(FILE *out, const char *bytes, const char *also);

/** The text of all of @bytes, to be freed; NULL: no memory. */
char *text_new(const char *bytes);

/**
 * The bytes that @text is the text of, and a NUL. Returns 0; -EINVAL: there is a NUL among them; or
 * -ENAMETOOLONG: there is not @room for them.
 */
int text_bytes(char *to, size_t room, const char *text);

/** Columns that @text takes on a terminal: two for a wide character, none for one that is put on another. */
unsigned int text_columns(const char *text);

#endif /* VPIPE_LIB_TEXT_H */
