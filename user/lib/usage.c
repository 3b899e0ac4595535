// SPDX-License-Identifier: MIT
/* usage.c - context switches and page faults of this thread, see usage.h */
#include <sys/resource.h>

#include "user/lib/usage.h"

struct usage usage_now(void)
{
	struct rusage now = {0};

	getrusage(RUSAGE_THREAD, &now);
	return (struct usage){
		.nvcsw = (uint64_t)now.ru_nvcsw,
		.nivcsw = (uint64_t)now.ru_nivcsw,
		.minflt = (uint64_t)now.ru_minflt,
	};
}

struct usage usage_lap(struct usage *last)
{
	struct usage now = usage_now();
	struct usage lap = {
		.nvcsw = now.nvcsw - last->nvcsw,
		.nivcsw = now.nivcsw - last->nivcsw,
		.minflt = now.minflt - last->minflt,
	};

	*last = now;
	return lap;
}

void usage_cells(struct csv *csv, const struct usage *usage)
{
	csv_u64(csv, usage->nvcsw);
	csv_u64(csv, usage->nivcsw);
	csv_u64(csv, usage->minflt);
}
