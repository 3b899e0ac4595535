// SPDX-License-Identifier: MIT
/* doctor-say.c - see doctor-say.h */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/screen.h"
#include "loader/doctor-say.h"
#include "loader/sinks/table.h"

#define INDENT 32 /* of why */

void doctor_say_kernel(json_t *to, const char *release, const char *machine)
{
	if (to)
		json_object_set_new(
			to, "kernel",
			json_pack("{s:s, s:s}", "release", release, "machine", machine));
	else
		printf("Linux %s, %s\n\n", release, machine);
}

/* One more in the array @key of @to. */
static void append(json_t *to, const char *key, json_t *value)
{
	json_t *all = json_object_get(to, key);

	if (!all) {
		all = json_array();
		json_object_set_new(to, key, all);
	}
	json_array_append_new(all, value);
}

void doctor_say_check(json_t *to, const char *name, const char *without, enum severity severity,
		      const struct finding *finding)
{
	const char *word = finding->outcome == THERE	? "ok"
			   : finding->outcome == UNSEEN ? "unknown"
			   : severity == NEEDED		? "MISSING"
							: "without";
	enum screen_style style = finding->outcome == THERE    ? SCREEN_GOOD
				  : finding->outcome == UNSEEN ? SCREEN_FAINT
				  : severity == NEEDED	       ? SCREEN_BAD
							       : SCREEN_WARN;
	bool says = finding->outcome == LACKING && without;
	char why[2 * HOST_WHY];

	if (to) {
		append(to, "checks",
		       json_pack("{s:s, s:s, s:s?, s:s?}", "check", name, "is",
				 severity == NEEDED && finding->outcome == LACKING ? "missing"
										   : word,
				 "lost", says ? without : NULL, "why",
				 *finding->why ? finding->why : NULL));
		return;
	}
	screen_begin(style);
	printf("%-8s ", word);
	screen_end();
	snprintf(why, sizeof(why), "%s%s%s", says ? without : "", says && *finding->why ? ": " : "",
		 finding->why);
	if (!*why)
		puts(name);
	else
		printf("%-*s ", INDENT - 10, name);
	if (*why && screen_lines())
		table_print_hanging(why, INDENT);
	else if (*why) /* for programs that look for a line, one line */
		puts(why);
}

void doctor_say_verdict(json_t *to, const char *verb, const char *node, const struct finding *work)
{
	static const char *const words[] = {
		[THERE] = "yes", [UNSEEN] = "unknown", [LACKING] = "no"};
	static const char *const what[] = {
		[THERE] = "can work", [UNSEEN] = "may work", [LACKING] = "cannot work"};
	char line[2 * HOST_WHY];

	if (to) {
		append(to, "verdicts",
		       json_pack("{s:s, s:s?, s:s, s:s?}", "verb", verb, "node",
				 node && strcmp(node, "NODE") ? node : NULL, "can",
				 words[work->outcome], "why",
				 *work->why ? work->why + strspn(work->why, ": ") : NULL));
		return;
	}
	snprintf(line, sizeof(line), "vpipe-trace %s%s%s %s here%s%s", verb, node ? " -d " : "",
		 node ?: "", what[work->outcome], work->outcome == LACKING && node ? work->why : "",
		 work->outcome == UNSEEN ? ": not all that it needs could be looked at." : ".");
	if (screen_lines())
		table_print_hanging(line, 0);
	else
		puts(line);
}
