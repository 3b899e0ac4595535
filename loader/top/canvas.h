/* SPDX-License-Identifier: MIT */
/*
 * canvas.h - a screen as rows of cells, wherever it will be shown
 *
 * Each cell has one character that is one column wide, or none: what is wider, or is none in this
 * locale, is a "?". What does not fit is cut.
 */
#ifndef VPIPE_TOP_CANVAS_H
#define VPIPE_TOP_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/screen.h"
#include "lib/text.h"

/** How it looks, where there is more than text. */
enum style {
	STYLE_PLAIN,
	STYLE_TITLE,
	STYLE_HEAD,
	STYLE_STRONG,
	STYLE_FAINT,
	STYLE_BAD,
	STYLE_HUES, /**< and those behind it: colours to tell things apart, as screen.h has them */
	N_STYLES = STYLE_HUES + SCREEN_N_HUES,
};

struct canvas {
	unsigned int rows, columns;
	bool utf8; /**< characters beyond ASCII can be shown */
	unsigned int row, column; /**< where the next character goes */
	struct cell {
		char text[TEXT_CHAR]; /**< "": nothing, which is a space */
		unsigned char style; /**< enum style */
	} * cells; /**< row by row */
};

/** Nothing is on it. Returns 0 or -ENOMEM; canvas_free() in any case. */
int canvas_init(struct canvas *canvas, unsigned int rows, unsigned int columns, bool utf8);

/** Give back what it holds. */
void canvas_free(struct canvas *canvas);

/** Rub it out. */
void canvas_clear(struct canvas *canvas);

/** Go on at that place. */
void canvas_at(struct canvas *canvas, unsigned int row, unsigned int column);

/** Put text of ours, as printf() makes it. */
void canvas_put(struct canvas *canvas, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** Put a name, which may be any bytes (lib/text.h), in @columns at most. */
void canvas_name(struct canvas *canvas, enum style style, const char *bytes, unsigned int columns);

/** A bar of up to @columns, as long as @share of them; where it is not 0, something is seen. */
void canvas_bar(struct canvas *canvas, enum style style, double share, unsigned int columns);

/** One column that is @value high, where @top is as high as it goes. */
void canvas_spark(struct canvas *canvas, enum style style, uint64_t value, uint64_t top);

/** The style of the whole row, where it is plain. */
void canvas_row_style(struct canvas *canvas, unsigned int row, enum style style);

/** A cell. */
const struct cell *canvas_cell(const struct canvas *canvas, unsigned int row, unsigned int column);

/** How many of its rows there are, up to the last that has anything. */
unsigned int canvas_used(const struct canvas *canvas);

/** How many columns of @row are used likewise. */
unsigned int canvas_width(const struct canvas *canvas, unsigned int row);

#endif /* VPIPE_TOP_CANVAS_H */
