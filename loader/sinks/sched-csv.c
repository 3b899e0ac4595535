// SPDX-License-Identifier: MIT
/* sched-csv.c - RUN.sched.csv: a row a thread, and who woke and preempted it */
#include "loader/runs/rows.h"
#include "loader/sinks/run-csv.h"

static int finish_sched(void *state, const struct run *run, const struct sink_place *place)
{
	struct csv *csv;
	int err = run_csv_open(&csv, place, RUN_FILE_SCHED, &thread_schema);

	(void)state;
	if (err)
		return err;
	for (unsigned int i = 0; i < run->n_threads; i++)
		schema_write(&thread_schema, run, csv, &run->threads[i]);
	return run_csv_commit(csv, place, RUN_FILE_SCHED);
}

const struct sink sink_sched_csv = {.finish = finish_sched};
