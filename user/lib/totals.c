// SPDX-License-Identifier: MIT
/* totals.c - what the frames of a run add up to, see totals.h */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/clock.h"
#include "user/lib/totals.h"

static int keep_time(struct totals *totals, uint64_t ns)
{
	if (totals->rows == totals->room) {
		size_t room = totals->room ? 2 * totals->room : 1024;
		uint64_t *larger = reallocarray(totals->took_ns, room, sizeof(*larger));

		if (!larger)
			return -ENOMEM;
		totals->took_ns = larger;
		totals->room = room;
	}
	totals->took_ns[totals->rows++] = ns;
	return 0;
}

static void count_sequence(struct totals *totals, const struct sample *sample)
{
	int32_t step = (int32_t)(sample->sequence - totals->last_sequence);

	if (totals->has_sequence && step > 0)
		totals->gaps += (uint32_t)step - 1;
	else if (totals->has_sequence)
		totals->repeats++;
	totals->has_sequence = true;
	totals->last_sequence = sample->sequence;
}

int totals_add(struct totals *totals, const struct sample *sample,
	       const struct rusage_counts *usage)
{
	if (!totals->rows)
		totals->first_ns = sample->done_ns;
	totals->last_ns = sample->done_ns;
	if (sample->has_sequence)
		count_sequence(totals, sample);
	totals->damaged += sample->damaged;
	totals->early += sample->early;
	totals->usage.nvcsw += usage->nvcsw;
	totals->usage.nivcsw += usage->nivcsw;
	totals->usage.minflt += usage->minflt;
	return keep_time(totals, sample->took_ns);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The shortest time, in ms, that @percent of the frames don't exceed; they are sorted. */
static double percentile(const struct totals *totals, unsigned int percent)
{
	size_t rank = (totals->rows * percent + 99) / 100;

	return (double)totals->took_ns[rank - 1] / 1e6;
}

void totals_print(struct totals *totals, const char *what)
{
	double seconds = (double)(totals->last_ns - totals->first_ns) / NS_PER_SEC;
	double rows = (double)totals->rows;

	qsort(totals->took_ns, totals->rows, sizeof(uint64_t), compare);
	printf("%" PRIu64 " frame%s", totals->rows, totals->rows == 1 ? "" : "s");
	if (seconds > 0)
		printf(", %.2f fps", (rows - 1) / seconds);
	if (totals->has_sequence)
		printf(", gaps %" PRIu64 ", repeats %" PRIu64, totals->gaps, totals->repeats);
	printf(", %s p50 %.3f ms p99 %.3f ms\n", what, percentile(totals, 50),
	       percentile(totals, 99));
	printf("per frame: context switches %.2f voluntary %.2f involuntary, "
	       "page faults %.2f\n",
	       (double)totals->usage.nvcsw / rows, (double)totals->usage.nivcsw / rows,
	       (double)totals->usage.minflt / rows);
}

void totals_free(struct totals *totals)
{
	free(totals->took_ns);
	totals->took_ns = NULL;
	totals->room = 0;
}
