// SPDX-License-Identifier: MIT
/* terminal.c - see terminal.h */
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>
#undef columns /* and more short words, each a macro; this one is a word of ours */

#include "lib/msg.h"
#include "loader/top/terminal.h"
#include "loader/top/terminfo.h"

/* Signals that end a program where it stands: the terminal is given back first. */
static const int fatal[] = {SIGQUIT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS};

#define N_FATAL (sizeof(fatal) / sizeof(fatal[0]))

static struct {
	SCREEN *screen; /* NULL: it is not taken */
	struct termios modes; /* as they were */
	char restore[128]; /* what makes it look as it did */
	int stderr_fd; /* where stderr goes else */
	int kept_fd; /* where it goes meanwhile */
	int attributes[N_STYLES];
	volatile sig_atomic_t continued; /* we were stopped, and whatever there is, is another's */
} terminal = {.stderr_fd = -1, .kept_fd = -1};

bool terminal_is_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

/* What makes the terminal do @name; NULL: it cannot. */
static const char *capability(const char *name)
{
	const char *text = tigetstr(name);

	return text == (char *)-1 ? NULL : text;
}

/* What is known of the terminal @term lets it be drawn on. */
static bool can_draw(const char *term)
{
	int found;

	return setupterm(term, STDOUT_FILENO, &found) == OK && capability("cup");
}

int terminal_check(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		msg_error("%s is no terminal to draw on: --batch 1 prints the figures once, "
			  "`vpipe-trace record' writes them to files",
			  isatty(STDOUT_FILENO) ? "stdin" : "stdout");
		return -ENOTTY;
	}
	if (term && *term && (can_draw(term) || (terminfo_bring(term) && can_draw(getenv("TERM")))))
		return 0;
	msg_error("nothing is known of a terminal `%s' that can be drawn on: set TERM to what it "
		  "is, or let --batch 1 print the figures once",
		  term ? term : "");
	return -ENOTTY;
}

static void add_restore(const char *name)
{
	const char *text = capability(name);
	size_t used = strlen(terminal.restore);

	if (text)
		snprintf(terminal.restore + used, sizeof(terminal.restore) - used, "%s", text);
}

/* Async-signal-safe, as handlers are to be: endwin() is not. */
static void on_fatal(int signal)
{
	ssize_t written = write(STDOUT_FILENO, terminal.restore, strlen(terminal.restore));

	(void)written;
	tcsetattr(STDIN_FILENO, TCSANOW, &terminal.modes);
	raise(signal); /* its handler is gone: SA_RESETHAND */
}

static void on_continue(int signal)
{
	(void)signal;
	terminal.continued = 1;
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND};

	for (size_t i = 0; i < N_FATAL; i++)
		sigaction(fatal[i], &action, NULL);
	action = (struct sigaction){.sa_handler = on_continue};
	sigaction(SIGCONT, &action, NULL);
}

static void release_signals(void)
{
	for (size_t i = 0; i < N_FATAL; i++)
		signal(fatal[i], SIG_DFL);
	signal(SIGCONT, SIG_DFL);
}

/* A message would be in the picture, and be gone with it. */
static void keep_stderr(void)
{
	fflush(stderr);
	terminal.kept_fd = memfd_create("stderr", MFD_CLOEXEC);
	if (terminal.kept_fd < 0)
		return;
	terminal.stderr_fd = dup(STDERR_FILENO);
	dup2(terminal.kept_fd, STDERR_FILENO);
}

static void release_stderr(void)
{
	char kept[4096];
	ssize_t size;

	if (terminal.kept_fd < 0)
		return;
	fflush(stderr);
	dup2(terminal.stderr_fd, STDERR_FILENO);
	close(terminal.stderr_fd);
	lseek(terminal.kept_fd, 0, SEEK_SET);
	while ((size = read(terminal.kept_fd, kept, sizeof(kept))) > 0)
		fwrite(kept, 1, (size_t)size, stderr);
	close(terminal.kept_fd);
	terminal.kept_fd = -1;
}

/* The colours are those of screen.c, as far as the terminal has so many. */
static void set_colours(void)
{
	static const short hues[SCREEN_N_HUES] = {4, 6, 2, 3, 5, 1, 12, 14, 8, 10, 13, 9};
	short back = -1;

	if (!screen_has_colors() || start_color() != OK || COLORS < 8)
		return;
	if (use_default_colors() != OK)
		back = COLOR_BLACK;
	for (short i = 0; i < SCREEN_N_HUES; i++) {
		init_pair((short)(i + 1), (short)(hues[i] < COLORS ? hues[i] : hues[i] % 8), back);
		terminal.attributes[STYLE_HUES + i] = COLOR_PAIR(i + 1);
	}
	init_pair(SCREEN_N_HUES + 1, COLOR_RED, back);
	terminal.attributes[STYLE_BAD] |= COLOR_PAIR(SCREEN_N_HUES + 1);
}

static void set_styles(void)
{
	memset(terminal.attributes, 0, sizeof(terminal.attributes));
	terminal.attributes[STYLE_TITLE] = A_REVERSE;
	terminal.attributes[STYLE_HEAD] = A_UNDERLINE;
	terminal.attributes[STYLE_STRONG] = A_BOLD;
	terminal.attributes[STYLE_FAINT] = A_DIM;
	terminal.attributes[STYLE_BAD] = A_BOLD;
	set_colours();
}

int terminal_open(void)
{
	*terminal.restore = '\0';
	tcgetattr(STDIN_FILENO, &terminal.modes);
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen) {
		msg_error("the terminal cannot be drawn on: --batch 1 prints the figures once");
		return -ENOTTY;
	}
	add_restore("sgr0");
	add_restore("rmcup");
	add_restore("rmkx");
	add_restore("cnorm");
	catch_signals();
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	keypad(stdscr, true);
	nodelay(stdscr, true);
	set_escdelay(25);
	set_styles();
	keep_stderr();
	return 0;
}

void terminal_size(unsigned int *rows, unsigned int *columns)
{
	*rows = (unsigned int)getmaxy(stdscr);
	*columns = (unsigned int)getmaxx(stdscr);
}

bool terminal_is_ours(void)
{
	pid_t group = tcgetpgrp(STDIN_FILENO);

	return group < 0 || group == getpgrp();
}

bool terminal_is_gone(void)
{
	struct pollfd input = {.fd = STDIN_FILENO};

	return poll(&input, 1, 0) > 0; /* POLLHUP and the like: nothing else was asked for */
}

static void enter(const char *name)
{
	const char *text = capability(name);

	if (text)
		putp(text);
}

/* What stopped us has had the terminal to itself, and may have left it in another state. */
static void take_again(void)
{
	terminal.continued = 0;
	reset_prog_mode();
	clearok(stdscr, true);
	enter("smcup");
	enter("smkx");
	fflush(stdout); /* what curses itself writes, does not go through it */
	curs_set(1); /* it is one of those that believe what they did last */
	curs_set(0);
}

/* Cells of one style go out together. */
static void show_row(const struct canvas *canvas, unsigned int row)
{
	unsigned int column = 0;

	move((int)row, 0);
	while (column < canvas->columns) {
		unsigned char style = canvas_cell(canvas, row, column)->style;
		char text[256 * TEXT_CHAR];
		size_t used = 0;

		for (; column < canvas->columns && used < sizeof(text) - TEXT_CHAR; column++) {
			const struct cell *cell = canvas_cell(canvas, row, column);

			if (cell->style != style)
				break;
			used += (size_t)sprintf(text + used, "%s", *cell->text ? cell->text : " ");
		}
		attrset(terminal.attributes[style]);
		addnstr(text, (int)used);
	}
}

void terminal_show(const struct canvas *canvas)
{
	if (terminal.continued)
		take_again();
	erase();
	for (unsigned int row = 0; row < canvas->rows; row++)
		show_row(canvas, row);
	attrset(A_NORMAL);
	refresh();
}

int terminal_key(void)
{
	int key = getch();

	switch (key) {
	case ERR:
		return KEY_OF_NONE;
	case KEY_UP:
		return KEY_OF_UP;
	case KEY_DOWN:
		return KEY_OF_DOWN;
	case KEY_RESIZE:
		return KEY_OF_SIZE;
	}
	return key > 0 && key < 0x80 ? key : KEY_OF_OTHER;
}

void terminal_close(void)
{
	if (!terminal.screen)
		return;
	endwin();
	delscreen(terminal.screen);
	terminal.screen = NULL;
	release_signals();
	release_stderr();
}
