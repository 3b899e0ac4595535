// SPDX-License-Identifier: MIT
/* args.c - what the command lines have in common, see args.h */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/nearest.h"

/* Longest piece of the user's text that is quoted back. */
#define SHOWN 40

/* Decimal digits at *@text as a number; moves *@text behind them. False: none, or too many. */
static bool take_number(const char **text, uint64_t *out)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	*out = strtoull(*text, &end, 10);
	*text = end;
	return errno == 0;
}

int args_parse_u64(const char *what, const char *text, uint64_t min, uint64_t max, uint64_t *out,
		   char why[ARGS_WHY])
{
	const char *rest = text;
	uint64_t value;

	if (take_number(&rest, &value) && !*rest && value >= min && value <= max) {
		*out = value;
		return 0;
	}
	snprintf(why, ARGS_WHY,
		 "%s must be a whole number from %" PRIu64 " to %" PRIu64 ", not '%.*s'", what, min,
		 max, SHOWN, text);
	return -EINVAL;
}

/* ".5" is 500,000,000 ns. At most nine digits; none at all is an error. */
static bool take_fraction(const char **text, uint64_t *ns)
{
	uint64_t unit = NS_PER_SEC;

	*ns = 0;
	if (**text != '.')
		return true;
	for (++*text; isdigit((unsigned char)**text); ++*text) {
		unit /= 10;
		if (!unit)
			return false;
		*ns += unit * (uint64_t)(**text - '0');
	}
	return unit < NS_PER_SEC;
}

bool args_take_decimal(const char **text, uint64_t *whole, uint64_t *nano)
{
	return take_number(text, whole) && take_fraction(text, nano);
}

int args_parse_seconds(const char *what, const char *text, unsigned int min_s, unsigned int max_s,
		       uint64_t *out_ns, char why[ARGS_WHY])
{
	const char *rest = text;
	uint64_t whole, fraction;

	if (args_take_decimal(&rest, &whole, &fraction) && !*rest && whole <= max_s) {
		uint64_t ns = whole * NS_PER_SEC + fraction;

		if (ns >= min_s * NS_PER_SEC && ns <= max_s * NS_PER_SEC) {
			*out_ns = ns;
			return 0;
		}
	}
	snprintf(why, ARGS_WHY, "%s must be from %u to %u seconds, not '%.*s'", what, min_s, max_s,
		 SHOWN, text);
	return -EINVAL;
}

uint64_t args_unit_ns(const char *unit, size_t length)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{"ns", 1},
		{"us", NS_PER_US},
		{"\xc2\xb5s", NS_PER_US}, /* the micro sign ... */
		{"\xce\xbcs", NS_PER_US}, /* ... and the Greek letter */
		{"ms", 1000 * NS_PER_US},
		{"s", NS_PER_SEC},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strlen(units[i].name) == length && !strncmp(unit, units[i].name, length))
			return units[i].ns;
	}
	return 0;
}

int args_parse_time(const char *what, const char *text, unsigned int max_s, uint64_t *out_ns,
		    char why[ARGS_WHY])
{
	uint64_t whole, fraction, unit, most = max_s * NS_PER_SEC;
	const char *rest = text;

	if (args_take_decimal(&rest, &whole, &fraction) &&
	    (unit = args_unit_ns(rest, strlen(rest))) && whole <= most / unit) {
		/* @fraction is of 1e9, whatever the unit; what is less than a nanosecond is no time */
		uint64_t ns = whole * unit + fraction / (NS_PER_SEC / unit);

		if (ns && ns <= most && fraction % (NS_PER_SEC / unit) == 0) {
			*out_ns = ns;
			return 0;
		}
	}
	snprintf(
		why, ARGS_WHY,
		"%s must be a time of 1 ns to %u s with its unit (ns, us, ms, s), such as 5ms, not "
		"'%.*s'",
		what, max_s, SHOWN, text);
	return -EINVAL;
}

int args_parse_list(const char *what, const char *text, const char *form, char separator,
		    unsigned int count, uint64_t min, uint64_t max, unsigned int *out,
		    char why[ARGS_WHY])
{
	const char *rest = text;
	unsigned int i;

	for (i = 0; i < count; i++) {
		uint64_t value;

		if (!take_number(&rest, &value) || value < min || value > max ||
		    *rest != (i + 1 < count ? separator : '\0'))
			break;
		out[i] = (unsigned int)value;
		rest++;
	}
	if (i == count)
		return 0;
	snprintf(why, ARGS_WHY, "%s must be %s, each from %" PRIu64 " to %" PRIu64 ", not '%.*s'",
		 what, form, min, max, SHOWN, text);
	return -EINVAL;
}

const char *args_nearest(const char *text, const char *const names[])
{
	size_t n = 0;

	for (; names[n]; n++) {
		if (strlen(text) > 1 && !strncmp(names[n], text, strlen(text)))
			return names[n];
	}
	return nearest(text, names, n);
}

int args_parse_choice(const char *what, const char *text, const char *const names[],
		      unsigned int *out, char why[ARGS_WHY])
{
	size_t used;

	for (unsigned int i = 0; names[i]; i++) {
		if (!strcmp(text, names[i])) {
			*out = i;
			return 0;
		}
	}
	used = (size_t)snprintf(why, ARGS_WHY, "%s must be", what);
	for (unsigned int i = 0; names[i] && used < ARGS_WHY; i++)
		used += (size_t)snprintf(why + used, ARGS_WHY - used, "%s %s", i ? " or" : "",
					 names[i]);
	if (used < ARGS_WHY)
		used += (size_t)snprintf(why + used, ARGS_WHY - used, ", not '%.*s'", SHOWN, text);
	if (used < ARGS_WHY && args_nearest(text, names))
		snprintf(why + used, ARGS_WHY - used, " (did you mean %s?)",
			 args_nearest(text, names));
	return -EINVAL;
}

void args_fail(const char *fmt, ...)
{
	char text[960]; /* the names of the counters are a long list */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_error("%s; see %s --help", text, program_invocation_short_name);
	exit(EXIT_USAGE);
}

void args_no_stdout(const char *option, const char *arg, const char *what)
{
	if (!strcmp(arg, "-"))
		args_fail("%s: - is stdout, and %s cannot go there: give a name", option, what);
}

/* What was written to stdout is there, or it is said, once, that it is not. */
static bool stdout_holds(void)
{
	static bool said;

	if (!fflush(stdout) && !ferror(stdout))
		return true;
	if (!said)
		msg_errno(errno, NULL, "cannot write to stdout");
	said = true;
	return false;
}

/* What ends by exit(), as argp's --help does. */
static void check_stdout(void)
{
	if (!stdout_holds())
		_exit(EXIT_FAILED);
}

void args_stdio(void)
{
	static bool done;
	int fd;

	if (done)
		return;
	done = true;
	/* what is written to one that was closed is lost, and writing says so */
	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	atexit(check_stdout);
}

int args_exit(int status)
{
	return stdout_holds() ? status : EXIT_FAILED;
}

static const struct argp_option *options_for_all;
static bool (*take_for_all)(int key, const char *text);

void args_for_all(const struct argp_option *table, bool (*take)(int key, const char *text))
{
	options_for_all = table;
	take_for_all = take;
}

#define OPTIONS_ROOM 64

/* A command line, and what every one takes beside its own. */
static struct command_line {
	const struct argp *own;
	struct argp argp;
	struct argp_option options[OPTIONS_ROOM];
} command_line;

static error_t parse_whole(int key, char *arg, struct argp_state *state)
{
	if (key == 'h')
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
	if (take_for_all && take_for_all(key, arg))
		return 0;
	return command_line.own->parser ? command_line.own->parser(key, arg, state)
					: ARGP_ERR_UNKNOWN;
}

/* As argp sees it. */
static bool is_last(const struct argp_option *option)
{
	return !option->name && !option->key && !option->doc && !option->group;
}

static void add_options(unsigned int *n, const struct argp_option *table)
{
	for (; table && !is_last(table) && *n + 1 < OPTIONS_ROOM; table++)
		command_line.options[(*n)++] = *table;
}

static void make_whole(const struct argp *own)
{
	static const struct argp_option help[] = {
		{NULL, 'h', NULL, 0, "The same as --help", -1},
		{0},
	};
	unsigned int n = 0;

	command_line = (struct command_line){.own = own, .argp = *own};
	command_line.argp.options = command_line.options;
	command_line.argp.parser = parse_whole;
	add_options(&n, own->options);
	add_options(&n, options_for_all);
	add_options(&n, help);
}

void args_run(const struct argp *argp, int argc, char **argv, void *input)
{
	static char version[64];
	error_t err;

	args_stdio();
	snprintf(version, sizeof(version), "%s " VPIPE_VERSION, program_invocation_short_name);
	argp_program_version = version;
	argp_err_exit_status = EXIT_USAGE;
	make_whole(argp);
	err = argp_parse(&command_line.argp, argc, argv, 0, NULL, input);
	if (err)
		args_fail("cannot read the command line: %s", strerror(err));
}

static error_t parse_none(int key, char *arg, struct argp_state *state)
{
	(void)state;
	if (key == ARGP_KEY_ARG)
		args_fail("it takes no arguments, not '%.*s'", SHOWN, arg);
	return ARGP_ERR_UNKNOWN;
}

void args_none(const char *doc, int argc, char **argv)
{
	const struct argp argp = {.parser = parse_none, .doc = doc};

	args_run(&argp, argc, argv, NULL);
}
