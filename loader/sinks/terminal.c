// SPDX-License-Identifier: MIT
/* terminal.c - what a person reads at the end of a run, and where its files are */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/text.h"
#include "loader/sinks/sink.h"
#include "loader/sinks/table.h"

void table_print_files(const struct staging *staging)
{
	char name[TEXT_ROOM(PATH_MAX)];
	const char *separator = "{";
	int column;

	text_of(name, sizeof(name), staging_prefix(staging), "");
	column = printf("files    %s.", name);
	for (enum run_file file = 0; file < RUN_N_FILES; file++) {
		const char *suffix = run_file_suffix(file);

		if (!staging_wrote(staging, file))
			continue; /* RUN.csv: a COMMAND writes none */
		if (column + strlen(suffix) + 2 > screen_columns())
			column = printf("%s\n         ", separator);
		else
			column += printf("%s", separator);
		column += printf("%s", suffix);
		separator = ",";
	}
	puts("}");
}

/* What the table is of. */
struct shown {
	const struct run *run;
	const struct staging *staging;
};

static void print_all(const void *arg)
{
	const struct shown *shown = arg;
	const struct run *run = shown->run;

	table_print_verdict(run);
	putchar('\n');
	table_print_head(run);
	if (!run->facts.config.no_frames)
		table_print_costs(run);
	table_print_stages(run);
	table_print_counts(&run->counts);
	table_print_devices(run);
	table_print_worst(run);
	putchar('\n');
	table_print_files(shown->staging);
}

static void print_answer(const void *arg)
{
	const struct shown *shown = arg;

	table_print_verdict(shown->run);
}

static int finish_table(void *state, const struct run *run, const struct sink_place *place)
{
	const struct shown shown = {run, place->staging};

	(void)state;
	table_show(print_all, print_answer, &shown);
	return 0;
}

const struct sink sink_table = {.finish = finish_table};
