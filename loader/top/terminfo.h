/* SPDX-License-Identifier: MIT */
/*
 * terminfo.h - terminals that are known where no database of them is installed
 */
#ifndef VPIPE_TOP_TERMINFO_H
#define VPIPE_TOP_TERMINFO_H

#include <stdbool.h>

/**
 * Make curses know the terminal @term, if it is like one that this program brings: TERM and TERMINFO
 * are set to that. Returns false if it is like none, or there is no memory.
 */
bool terminfo_bring(const char *term);

#endif /* VPIPE_TOP_TERMINFO_H */
