/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - the terminal that a canvas is shown on, and its keys
 *
 * Whatever ends the program, or stops it, leaves the terminal as it was; but for SIGKILL and SIGSTOP,
 * which nobody hears of. While it is taken, what is said on stderr is kept, and said in the end.
 */
#ifndef VPIPE_TOP_TERMINAL_H
#define VPIPE_TOP_TERMINAL_H

#include <stdbool.h>

#include "loader/top/canvas.h"

enum {
	KEY_OF_NONE = -1,
	/* characters are themselves; these are none */
	KEY_OF_UP = 0x1000,
	KEY_OF_DOWN,
	KEY_OF_SIZE, /**< it has another size by now */
	KEY_OF_OTHER,
};

/** Is there one that can be drawn on? Returns 0 or -errno, having said why. */
int terminal_check(void);

/** Can it show characters beyond ASCII, by the locale? */
bool terminal_is_utf8(void);

/** Take it. Returns 0 or -errno, having said why. */
int terminal_open(void);

/** Its size now. */
void terminal_size(unsigned int *rows, unsigned int *columns);

/** Are we in the foreground? If not, it is another's: nothing is read or drawn. */
bool terminal_is_ours(void);

/** Is nobody at it any more? */
bool terminal_is_gone(void);

/** Show @canvas. */
void terminal_show(const struct canvas *canvas);

/** The next key that was pressed, which is not waited for: KEY_OF_NONE if there is none. */
int terminal_key(void);

/** Give it back as it was; it may be closed already. */
void terminal_close(void);

#endif /* VPIPE_TOP_TERMINAL_H */
