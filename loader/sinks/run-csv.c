// SPDX-License-Identifier: MIT
/* run-csv.c - see run-csv.h */
#include <errno.h>
#include <stdlib.h>

#include "bpf/hist.h"
#include "lib/msg.h"
#include "loader/runs/identity.h"
#include "loader/sinks/run-csv.h"

static int say_unwritten(int err, const struct sink_place *place, enum run_file file)
{
	if (err)
		msg_errno(err, NULL, "cannot write %s.%s", staging_prefix(place->staging),
			  run_file_suffix(file));
	return err;
}

static int create(struct csv **csv, const struct sink_place *place, enum run_file file,
		  const char *header)
{
	return say_unwritten(csv_create(csv, staging_path(place->staging, file), header), place,
			     file);
}

int run_csv_open(struct csv **csv, const struct sink_place *place, enum run_file file,
		 const struct schema *schema)
{
	char *header = schema_header(schema);
	int err = header ? create(csv, place, file, header) : say_unwritten(-ENOMEM, place, file);

	free(header);
	return err;
}

int run_csv_commit(struct csv *csv, const struct sink_place *place, enum run_file file)
{
	return say_unwritten(csv_commit(csv), place, file);
}

void run_csv_number(struct csv *csv, uint64_t number, bool known)
{
	if (known)
		csv_u64(csv, number);
	else
		csv_empty(csv);
}

void run_csv_numbers(struct csv *csv, const uint64_t *numbers, size_t n, bool known)
{
	for (size_t i = 0; i < n; i++)
		run_csv_number(csv, numbers[i], known);
}

void run_csv_share(struct csv *csv, const struct latency *latency)
{
	if (latency->count && latency->share >= 0)
		csv_double(csv, latency->share, 6);
	else
		csv_empty(csv);
}

void run_csv_hist(struct csv *csv, const char *device, const char *stage,
		  const struct vpipe_hist *hist)
{
	for (unsigned int bucket = 0; bucket < VPIPE_HIST_BUCKETS; bucket++) {
		if (!hist->buckets[bucket])
			continue;
		if (device)
			csv_str(csv, device);
		csv_str(csv, stage);
		csv_u64(csv, hist_lower(bucket));
		run_csv_number(csv, hist_upper(bucket), bucket != VPIPE_HIST_OVERFLOW);
		csv_u64(csv, hist->buckets[bucket]);
		csv_end_row(csv);
	}
}
