/* SPDX-License-Identifier: MIT */
/*
 * screen.h - what stdout is to whoever reads it: how wide, how high, with colours or without
 *
 * A terminal has its own width, but 80 columns at least; whatever else is written to has 80, or
 * what COLUMNS says. Colours go to a terminal, unless NO_COLOR is set or TERM is dumb, or where
 * --color=always wants them.
 */
#ifndef VPIPE_LIB_SCREEN_H
#define VPIPE_LIB_SCREEN_H

#include <stdbool.h>

/** Columns that any text may rely on. */
#define SCREEN_COLUMNS 80

/** The values of --color, in the order of this: NULL-terminated, for args_parse_choice(). */
enum screen_colors {
	SCREEN_AUTO,
	SCREEN_ALWAYS,
	SCREEN_NEVER,
};
extern const char *const screen_color_names[];

/** What --color says; without a call it is SCREEN_AUTO. */
void screen_set_colors(enum screen_colors colors);

/** Columns of a line of stdout. */
unsigned int screen_columns(void);

/** Lines of the terminal that stdout is; 0: it is none. */
unsigned int screen_lines(void);

/** Does stdout take colours? */
bool screen_has_colors(void);

/** Does the terminal behind stderr obey escape sequences? What is shown there is erased again. */
bool screen_erases_stderr(void);

/**
 * What is printed from here on is held back until screen_release(), which prints it and returns how
 * many lines it was. Without memory nothing is held back, and 0 returned.
 */
void screen_hold(void);
unsigned int screen_release(void);

enum screen_style {
	SCREEN_TITLE, /**< what is read first */
	SCREEN_HEAD, /**< of a table */
	SCREEN_FAINT, /**< what is beside it */
	SCREEN_GOOD,
	SCREEN_WARN,
	SCREEN_BAD,
	SCREEN_HUES, /**< and those behind it: SCREEN_N_HUES colours to tell things apart */
};
#define SCREEN_N_HUES 12

/** From here to screen_end() text is in that style; nothing without colours. */
void screen_begin(enum screen_style style);
void screen_end(void);

/** Text in a style. */
void screen_puts(enum screen_style style, const char *text);

#endif /* VPIPE_LIB_SCREEN_H */
