// SPDX-License-Identifier: MIT
/* rusage.c - context switches and page faults of this thread, see rusage.h */
#include <sys/resource.h>

#include "user/lib/rusage.h"

struct rusage_counts rusage_now(void)
{
	struct rusage now = {0};

	getrusage(RUSAGE_THREAD, &now);
	return (struct rusage_counts){
		.nvcsw = (uint64_t)now.ru_nvcsw,
		.nivcsw = (uint64_t)now.ru_nivcsw,
		.minflt = (uint64_t)now.ru_minflt,
	};
}

struct rusage_counts rusage_lap(struct rusage_counts *last)
{
	struct rusage_counts now = rusage_now();
	struct rusage_counts lap = {
		.nvcsw = now.nvcsw - last->nvcsw,
		.nivcsw = now.nivcsw - last->nivcsw,
		.minflt = now.minflt - last->minflt,
	};

	*last = now;
	return lap;
}

void rusage_cells(struct csv *csv, const struct rusage_counts *usage)
{
	csv_u64(csv, usage->nvcsw);
	csv_u64(csv, usage->nivcsw);
	csv_u64(csv, usage->minflt);
}
