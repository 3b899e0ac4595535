// SPDX-License-Identifier: MIT
/* print-json.c - see print-json.h */
#include <stdio.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "loader/print-json.h"

int print_json(json_t *json, const char *what)
{
	int err = !json || json_dumpf(json, stdout, JSON_INDENT(2));

	if (err && !ferror(stdout))
		msg_error("cannot print %s as JSON", what);
	else if (!err)
		putchar('\n');
	json_decref(json);
	return err ? EXIT_FAILED : EXIT_GOOD;
}
