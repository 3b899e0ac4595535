/* SPDX-License-Identifier: MIT */
/*
 * msg.h - what the programs say on stderr, one line each
 *
 * A message says what failed, on which file or device, why, and what to do next. What it
 * holds of names and files may be any bytes: they are made text (text.h).
 */
#ifndef VPIPE_LIB_MSG_H
#define VPIPE_LIB_MSG_H

#include <stdbool.h>
#include <stddef.h>

/** "error: TEXT" on stderr. */
void msg_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** "warning: TEXT" on stderr: the run goes on, its result is not what was asked for. */
void msg_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** "note: TEXT" on stderr: nothing is wrong, the user should know. Silent after msg_quiet(). */
void msg_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** --quiet: no notes from now on. */
void msg_quiet(void);

/** No errors, if @mute: the one cause of what follows has been said. Warnings go on. */
void msg_mute(bool mute);

/** Errors from now on are not said: the text of the first goes to @to instead, which is "" until then. NULL: say them. */
void msg_keep(char *to, size_t room);

/**
 * "error: TEXT: WHY; NEXT" on stderr. @err is an errno value, negative or not;
 * @next, the way out, may be NULL.
 */
void msg_errno(int err, const char *next, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* VPIPE_LIB_MSG_H */
