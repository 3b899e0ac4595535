// SPDX-License-Identifier: MIT
/* deadline.c - see deadline.h */
#include <math.h>

#include "lib/clock.h"
#include "loader/model/deadline.h"

uint64_t deadline_period(const struct run_facts *facts)
{
	double fps = 0;

	if (facts->fps)
		return (NS_PER_SEC + facts->fps / 2) / facts->fps;
	/* a command may yet set what its node has not now */
	for (unsigned int i = 0; facts->config.adopt_users && i < facts->n_videos; i++) {
		double its = facts->videos[i].fps;

		if (fps > 0 && its > 0 && fabs(its - fps) > fps / 1e6)
			return 0;
		fps = its > 0 ? its : fps;
	}
	return fps > 0 ? (uint64_t)llround((double)NS_PER_SEC / fps) : 0;
}

uint64_t run_period(const struct run *run)
{
	uint64_t period_ns = deadline_period(&run->facts);

	for (unsigned int i = 0; !period_ns && i < run->n_devices; i++)
		period_ns = run->devices[i].period_ns;
	return period_ns;
}

void deadline_set(struct run_facts *facts, uint64_t asked_ns)
{
	facts->deadline_asked = asked_ns;
	facts->deadline_ns = asked_ns ?: deadline_period(facts);
	if (facts->config.no_frames)
		facts->deadline_ns = 0; /* which frames are over it only rows tell */
}

uint64_t deadline_frames(const struct run *run)
{
	return run->rows - run->warmup_rows;
}
