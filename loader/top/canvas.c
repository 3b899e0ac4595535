// SPDX-License-Identifier: MIT
/* canvas.c - see canvas.h */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "loader/top/canvas.h"

#define LINE 512 /* of text of ours, at most */

int canvas_init(struct canvas *canvas, unsigned int rows, unsigned int columns, bool utf8)
{
	*canvas = (struct canvas){.rows = rows, .columns = columns, .utf8 = utf8};
	canvas->cells = calloc((size_t)rows * columns, sizeof(canvas->cells[0]));
	return canvas->cells ? 0 : -ENOMEM;
}

void canvas_free(struct canvas *canvas)
{
	free(canvas->cells);
	canvas->cells = NULL;
}

void canvas_clear(struct canvas *canvas)
{
	memset(canvas->cells, 0, (size_t)canvas->rows * canvas->columns * sizeof(canvas->cells[0]));
	canvas_at(canvas, 0, 0);
}

void canvas_at(struct canvas *canvas, unsigned int row, unsigned int column)
{
	canvas->row = row;
	canvas->column = column;
}

static struct cell *cell_at(const struct canvas *canvas, unsigned int row, unsigned int column)
{
	return &canvas->cells[(size_t)row * canvas->columns + column];
}

const struct cell *canvas_cell(const struct canvas *canvas, unsigned int row, unsigned int column)
{
	return cell_at(canvas, row, column);
}

/* The character @text, or what stands for it where it is not one column wide. */
static const char *narrow(const struct canvas *canvas, const char *text)
{
	mbstate_t state = {0};
	wchar_t wide;

	if (!(*text & 0x80))
		return text;
	if (!canvas->utf8)
		return !strcmp(text, "µ") ? "u" : "?";
	return mbrtowc(&wide, text, strlen(text), &state) == strlen(text) && wcwidth(wide) == 1
		       ? text
		       : "?";
}

/* The next cell is the character @text. */
static void put_char(struct canvas *canvas, enum style style, const char *text)
{
	struct cell *cell;

	if (canvas->row < canvas->rows && canvas->column < canvas->columns) {
		cell = cell_at(canvas, canvas->row, canvas->column);
		strcpy(cell->text, narrow(canvas, text)); /* one character: TEXT_CHAR */
		cell->style = (unsigned char)style;
	}
	canvas->column++;
}

/* At most @columns of @bytes; @also: see text_char(). "\x1b" has four cells, or is left out. */
static void put_text(struct canvas *canvas, enum style style, const char *bytes,
		     unsigned int columns, const char *also)
{
	unsigned int end = canvas->column + columns;
	char text[TEXT_CHAR];

	while (*bytes && canvas->column < end) {
		bytes += text_char(text, bytes, also);
		if (text_plain(text) == strlen(text)) {
			put_char(canvas, style, text);
			continue;
		}
		if (canvas->column + strlen(text) > end)
			break;
		for (const char *at = text; *at; at++)
			put_char(canvas, style, (char[]){*at, '\0'});
	}
}

void canvas_put(struct canvas *canvas, enum style style, const char *fmt, ...)
{
	char line[LINE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	put_text(canvas, style, line, LINE, NULL);
}

void canvas_name(struct canvas *canvas, enum style style, const char *bytes, unsigned int columns)
{
	put_text(canvas, style, bytes, columns, "");
}

void canvas_bar(struct canvas *canvas, enum style style, double share, unsigned int columns)
{
	static const char *const parts[] = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
	unsigned int steps = canvas->utf8 ? 8 : 1;
	unsigned int left;

	if (!(share > 0) || !columns)
		return;
	left = (unsigned int)((share > 1 ? 1 : share) * columns * steps + 0.5);
	for (left = left ?: 1; left >= steps; left -= steps)
		put_char(canvas, style, canvas->utf8 ? parts[7] : "#");
	if (left)
		put_char(canvas, style, parts[left - 1]);
}

void canvas_spark(struct canvas *canvas, enum style style, uint64_t value, uint64_t top)
{
	static const char *const wide[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const plain[] = {".", ".", ":", ":", "-", "=", "+", "#"};
	double part = top ? (double)value / (double)top : 0;
	unsigned int step = part >= 1 ? 7 : (unsigned int)(part * 8);

	put_char(canvas, style, canvas->utf8 ? wide[step] : plain[step]);
}

void canvas_row_style(struct canvas *canvas, unsigned int row, enum style style)
{
	if (row >= canvas->rows)
		return;
	for (unsigned int column = 0; column < canvas->columns; column++) {
		struct cell *cell = cell_at(canvas, row, column);

		if (cell->style == STYLE_PLAIN)
			cell->style = (unsigned char)style;
	}
}

unsigned int canvas_width(const struct canvas *canvas, unsigned int row)
{
	unsigned int width = canvas->columns;

	while (width && (!*cell_at(canvas, row, width - 1)->text ||
			 *cell_at(canvas, row, width - 1)->text == ' '))
		width--;
	return width;
}

unsigned int canvas_used(const struct canvas *canvas)
{
	unsigned int rows = canvas->rows;

	while (rows && !canvas_width(canvas, rows - 1))
		rows--;
	return rows;
}
