// SPDX-License-Identifier: MIT
/* terminfo.c - see terminfo.h */
#include <stdlib.h>
#include <string.h>

#include "loader/top/terminfo.h"

/* "b64:...": an entry of terminfo as TERMINFO takes it, made when this is built (loader/build.mk). */
extern const char terminfo_linux[], terminfo_vt100[], terminfo_xterm[];

static const struct {
	const char *begins; /* of the names of the terminals that it does for */
	const char *name;
	const char *entry;
} KNOWN[] = {
	{"linux", "linux", terminfo_linux},  {"xterm", "xterm", terminfo_xterm},
	{"screen", "xterm", terminfo_xterm}, {"tmux", "xterm", terminfo_xterm},
	{"rxvt", "xterm", terminfo_xterm},   {"alacritty", "xterm", terminfo_xterm},
	{"foot", "xterm", terminfo_xterm},   {"vt1", "vt100", terminfo_vt100},
	{"vt2", "vt100", terminfo_vt100},
};

bool terminfo_bring(const char *term)
{
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
		if (!strncmp(term, KNOWN[i].begins, strlen(KNOWN[i].begins)))
			return !setenv("TERMINFO", KNOWN[i].entry, 1) &&
			       !setenv("TERM", KNOWN[i].name, 1);
	}
	return false;
}
