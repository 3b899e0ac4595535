// SPDX-License-Identifier: MIT
/* duration.c - see duration.h */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/clock.h"
#include "lib/duration.h"

static const struct unit {
	const char *name;
	uint64_t ns;
} units[] = {
	{"ns", 1},
	{"µs", NS_PER_US},
	{"ms", 1000 * NS_PER_US},
	{"s", NS_PER_SEC},
};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

static uint64_t rounded(uint64_t ns, uint64_t unit)
{
	return ns / unit + (ns % unit >= unit - unit / 2);
}

/* With as many decimals as make three digits. False: rounded it is a thousand, which the next unit is for. */
static bool write_in(const struct unit *unit, uint64_t ns, char to[DURATION_TEXT])
{
	uint64_t hundredths = rounded(ns, unit->ns / 100), tenths = rounded(ns, unit->ns / 10);
	uint64_t whole = rounded(ns, unit->ns);

	if (hundredths < 1000)
		snprintf(to, DURATION_TEXT, "%" PRIu64 ".%02" PRIu64 " %s", hundredths / 100,
			 hundredths % 100, unit->name);
	else if (tenths < 1000)
		snprintf(to, DURATION_TEXT, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10,
			 unit->name);
	else
		snprintf(to, DURATION_TEXT, "%" PRIu64 " %s", whole, unit->name);
	return whole < 1000;
}

const char *duration_text(uint64_t ns, char to[DURATION_TEXT])
{
	if (ns < NS_PER_US) {
		snprintf(to, DURATION_TEXT, "%" PRIu64 " ns", ns);
		return to;
	}
	for (const struct unit *unit = units + 1; unit < units + N_UNITS; unit++) {
		if (write_in(unit, ns, to))
			break;
	}
	return to;
}
