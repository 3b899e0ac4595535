/* SPDX-License-Identifier: MIT */
/*
 * args.h - what the command lines of the programs have in common
 *
 * The args_parse_*() functions return 0, or -EINVAL with a sentence for the
 * user in @why: what was meant to be given, what was, and what is allowed.
 */
#ifndef VPIPE_LIB_ARGS_H
#define VPIPE_LIB_ARGS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef VPIPE_VERSION
#define VPIPE_VERSION "0.1.0"
#endif

/** Exit statuses of all programs; 128 + N after signal N. */
enum exit_status {
	EXIT_GOOD = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_INCOMPLETE = 3, /**< finished, but data were lost */
	EXIT_NOT_HELD = 4, /**< what was claimed does not hold: a limit was passed */
};

/** Room for any sentence in @why. */
#define ARGS_WHY 256

/** A whole number from @min to @max, in decimal digits and nothing else. */
int args_parse_u64(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out,
		   char why[ARGS_WHY]);

/** Seconds, @min_s to @max_s, with up to nine decimals ("0.5"), to nanoseconds. */
int args_parse_seconds(const char *what, const char *text, unsigned int min_s, unsigned int max_s,
		       uint64_t *out_ns, char why[ARGS_WHY]);

/**
 * A decimal number at *@text, with up to nine digits behind a point, which are @nano, in 1e-9; moves
 * *@text behind it. False: there is none.
 */
bool args_take_decimal(const char **text, uint64_t *whole, uint64_t *nano);

/** How many ns the unit of @length bytes is that @unit begins with (ns, us, ms, s); 0: it is none. */
uint64_t args_unit_ns(const char *unit, size_t length);

/** A time with its unit (ns, us, ms, s), as in "5ms", from 1 ns to @max_s seconds, to nanoseconds. */
int args_parse_time(const char *what, const char *text, unsigned int max_s, uint64_t *out_ns,
		    char why[ARGS_WHY]);

/**
 * @count whole numbers from @min to @max with @separator between them, as in
 * "640x480" and "0,0,320,240". @form is how that is written: "WxH".
 */
int args_parse_list(const char *what, const char *text, const char *form, char separator,
		    unsigned int count, uint64_t min, uint64_t max, unsigned int *out,
		    char why[ARGS_WHY]);

/** Of @names, which ends with NULL, the one that @text was meant to be; NULL: it is like none of them. */
const char *args_nearest(const char *text, const char *const names[]);

/** One of @names, which ends with NULL; *@out is its position. */
int args_parse_choice(const char *what, const char *text, const char *const names[],
		      unsigned int *out, char why[ARGS_WHY]);

/** Fail if @arg of @option is "-": that is stdout, and @what cannot go there. */
void args_no_stdout(const char *option, const char *arg, const char *what);

/** Say what is wrong with the command line and exit with EXIT_USAGE. */
void args_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/** Most frames in one run: 92 hours at 30 frames a second. */
#define ARGS_MAX_FRAMES 10000000

/**
 * First thing in main(): a program started without stdin, stdout or stderr gets
 * /dev/null there, or its first file would take their place and their text. It
 * can't be written to: what would be lost is said, as by args_exit(), also of
 * what ends by exit().
 */
void args_stdio(void);

/**
 * Last thing in main(): @status, or EXIT_FAILED with a message if what was
 * printed on stdout did not get out (full disk, closed).
 */
int args_exit(int status);

/**
 * From now on every command line takes the options of @table, too, whose values @take gets with their
 * keys; of a key that it does not know it returns false.
 */
void args_for_all(const struct argp_option *table, bool (*take)(int key, const char *text));

/**
 * argp_parse() with our version, exit statuses and error format, and with -h for --help, as there is
 * -V for --version; ends the program on errors.
 */
void args_run(const struct argp *argp, int argc, char **argv, void *input);

/** The command line of what takes nothing but --help and --version; @doc is what it does. */
void args_none(const char *doc, int argc, char **argv);

#endif /* VPIPE_LIB_ARGS_H */
