// SPDX-License-Identifier: MIT
/* screen.c - see screen.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/screen.h"

#define MOST_COLUMNS 1000 /* that COLUMNS is believed */

const char *const screen_color_names[] = {"auto", "always", "never", NULL};

static enum screen_colors wanted = SCREEN_AUTO;

void screen_set_colors(enum screen_colors colors)
{
	wanted = colors;
}

/* False: stdout is no terminal, or one that does not say. */
static bool size_of_terminal(struct winsize *size)
{
	return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, size) && size->ws_col;
}

unsigned int screen_columns(void)
{
	const char *told = getenv("COLUMNS");
	unsigned long columns = SCREEN_COLUMNS;
	struct winsize size;

	if (size_of_terminal(&size))
		columns = size.ws_col;
	else if (told && strspn(told, "0123456789") == strlen(told))
		columns = strtoul(told, NULL, 10);
	if (columns > MOST_COLUMNS)
		columns = MOST_COLUMNS;
	return columns < SCREEN_COLUMNS ? SCREEN_COLUMNS : (unsigned int)columns;
}

unsigned int screen_lines(void)
{
	struct winsize size;

	return size_of_terminal(&size) ? size.ws_row : 0;
}

static bool is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || !*term || !strcmp(term, "dumb");
}

bool screen_has_colors(void)
{
	const char *no_color = getenv("NO_COLOR");

	if (wanted != SCREEN_AUTO)
		return wanted == SCREEN_ALWAYS;
	return !(no_color && *no_color) && !is_dumb() && isatty(STDOUT_FILENO);
}

bool screen_erases_stderr(void)
{
	return isatty(STDERR_FILENO) && !is_dumb();
}

static struct held {
	FILE *out; /* stdout as it was; NULL: nothing is held back */
	char *text;
	size_t size;
} held;

void screen_hold(void)
{
	FILE *memory = open_memstream(&held.text, &held.size);

	if (!memory)
		return;
	held.out = stdout;
	stdout = memory;
}

unsigned int screen_release(void)
{
	unsigned int lines = 0;

	if (!held.out)
		return 0;
	fclose(stdout);
	stdout = held.out;
	held.out = NULL;
	for (const char *at = held.text; (at = strchr(at, '\n')); at++)
		lines++;
	fwrite(held.text, 1, held.size, stdout);
	free(held.text);
	return lines;
}

void screen_begin(enum screen_style style)
{
	/* of the 16 colours that every terminal has, in the shades that its user chose */
	static const char *const codes[SCREEN_HUES + SCREEN_N_HUES] = {
		[SCREEN_TITLE] = "1",	  [SCREEN_HEAD] = "1",	     [SCREEN_FAINT] = "2",
		[SCREEN_GOOD] = "32",	  [SCREEN_WARN] = "33",	     [SCREEN_BAD] = "1;31",
		[SCREEN_HUES] = "34",	  [SCREEN_HUES + 1] = "36",  [SCREEN_HUES + 2] = "32",
		[SCREEN_HUES + 3] = "33", [SCREEN_HUES + 4] = "35",  [SCREEN_HUES + 5] = "31",
		[SCREEN_HUES + 6] = "94", [SCREEN_HUES + 7] = "96",  [SCREEN_HUES + 8] = "90",
		[SCREEN_HUES + 9] = "92", [SCREEN_HUES + 10] = "95", [SCREEN_HUES + 11] = "91",
	};

	if (screen_has_colors())
		printf("\033[%sm", codes[style]);
}

void screen_end(void)
{
	if (screen_has_colors())
		fputs("\033[0m", stdout);
}

void screen_puts(enum screen_style style, const char *text)
{
	screen_begin(style);
	fputs(text, stdout);
	screen_end();
}
