// SPDX-License-Identifier: MIT
/* msg.c - messages on stderr, see msg.h */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/lib/msg.h"

unsigned int msg_control(const char *text)
{
	unsigned char first = (unsigned char)text[0];

	if (iscntrl(first))
		return 1;
	/* U+0080 to U+009F in UTF-8 */
	return first == 0xc2 && ((unsigned char)text[1] & 0xe0) == 0x80 ? 2 : 0;
}

void msg_clean(char *text)
{
	unsigned int control;

	for (; *text; text += control ?: 1) {
		control = msg_control(text);
		memset(text, '?', control);
	}
}

static bool muted;

/* One write a message, so that lines of several programs don't mix. */
__attribute__((format(printf, 4, 0))) static void
print(const char *kind, const char *why, const char *next, const char *fmt, va_list ap)
{
	char text[1024];

	if (muted)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	fprintf(stderr, "%s: %s%s%s%s%s\n", kind, text, why ? ": " : "", why ? why : "",
		next ? "; " : "", next ? next : "");
}

void msg_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("error", NULL, NULL, fmt, ap);
	va_end(ap);
}

void msg_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print("warning", NULL, NULL, fmt, ap);
	va_end(ap);
}

static bool quiet;

void msg_quiet(void)
{
	quiet = true;
}

void msg_mute(bool mute)
{
	muted = mute;
}

void msg_note(const char *fmt, ...)
{
	va_list ap;

	if (quiet)
		return;
	va_start(ap, fmt);
	print("note", NULL, NULL, fmt, ap);
	va_end(ap);
}

void msg_errno(int err, const char *next, const char *fmt, ...)
{
	/* strerror() calls it a connection, which there is none of here. */
	const char *why = abs(err) == ETIMEDOUT ? "time limit reached" : strerror(abs(err));
	va_list ap;

	va_start(ap, fmt);
	print("error", why, next, fmt, ap);
	va_end(ap);
}
