// SPDX-License-Identifier: MIT
/* msg.c - messages on stderr, see msg.h */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/msg.h"
#include "lib/text.h"

#define LONGEST 1024 /* of what is said, in bytes */

static bool muted;
static char *kept; /* NULL: what is said goes to stderr */
static size_t kept_room;

/*
 * One line and one write a message, so that those of several programs don't mix. Whatever
 * it names, and quotes from files, is text by then.
 */
__attribute__((format(printf, 4, 0))) static void
print(const char *kind, const char *why, const char *next, const char *fmt, va_list ap)
{
	char said[LONGEST], all[LONGEST + 256], text[TEXT_ROOM(sizeof(all))];

	vsnprintf(said, sizeof(said), fmt, ap);
	snprintf(all, sizeof(all), "%s%s%s%s%s", said, why ? ": " : "", why ? why : "",
		 next ? "; " : "", next ? next : "");
	text_of(text, sizeof(text), all, NULL);
	if (!kept || strcmp(kind, "error"))
		fprintf(stderr, "%s: %s\n", kind, text);
	else if (!*kept)
		snprintf(kept, kept_room, "%s", text);
}

void msg_error(const char *fmt, ...)
{
	va_list ap;

	if (muted)
		return;
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

void msg_keep(char *to, size_t room)
{
	kept = to;
	kept_room = room;
	if (to)
		*to = '\0';
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

	if (muted)
		return;
	va_start(ap, fmt);
	print("error", why, next, fmt, ap);
	va_end(ap);
}
