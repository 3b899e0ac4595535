// SPDX-License-Identifier: MIT
/* sink.c - see sink.h */
#include <errno.h>
#include <stdlib.h>

#include "lib/msg.h"
#include "loader/sinks/sink.h"

const struct sink sink_none; /* of a file that somebody else writes */

const struct sink *const sinks_of_run[] = {
#define X(file, suffix, name) &sink_##name,
	RUN_FILES(X)
#undef X
		NULL,
};

struct sinks {
	struct sink_place place;
	size_t n;
	struct open_sink {
		const struct sink *sink;
		void *state;
	} all[];
};

static size_t length_of(const struct sink *const list[])
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

static int open_one(struct sinks *sinks, const struct sink *sink, const struct run *run)
{
	struct open_sink *one = &sinks->all[sinks->n];

	one->sink = sink;
	one->state = sink->size ? calloc(1, sink->size) : NULL;
	if (sink->size && !one->state) {
		msg_errno(ENOMEM, NULL, "cannot show the run");
		return -ENOMEM;
	}
	sinks->n++;
	return sink->open ? sink->open(one->state, run, &sinks->place) : 0;
}

int sinks_open(struct sinks **out, const struct sink *const list[], const struct run *run,
	       const struct sink_place *place)
{
	size_t n = length_of(list);
	struct sinks *sinks = calloc(1, sizeof(*sinks) + n * sizeof(sinks->all[0]));
	int err = 0;

	if (!sinks) {
		msg_errno(ENOMEM, NULL, "cannot show the run");
		return -ENOMEM;
	}
	sinks->place = *place;
	for (size_t i = 0; !err && i < n; i++)
		err = open_one(sinks, list[i], run);
	if (err)
		sinks_abort(sinks);
	else
		*out = sinks;
	return err;
}

void sinks_frame(struct sinks *sinks, const struct frame *frame)
{
	for (size_t i = 0; i < sinks->n; i++) {
		const struct open_sink *one = &sinks->all[i];

		if (one->sink->frame)
			one->sink->frame(one->state, frame);
	}
}

void sinks_cycle(struct sinks *sinks, const struct cycle *cycle)
{
	for (size_t i = 0; i < sinks->n; i++) {
		const struct open_sink *one = &sinks->all[i];

		if (one->sink->cycle)
			one->sink->cycle(one->state, cycle);
	}
}

void sinks_drop(struct sinks *sinks, const struct drop *drop)
{
	for (size_t i = 0; i < sinks->n; i++) {
		const struct open_sink *one = &sinks->all[i];

		if (one->sink->drop)
			one->sink->drop(one->state, drop);
	}
}

void sinks_span(struct sinks *sinks, const struct span *span)
{
	for (size_t i = 0; i < sinks->n; i++) {
		const struct open_sink *one = &sinks->all[i];

		if (one->sink->span)
			one->sink->span(one->state, span);
	}
}

int sinks_finish(struct sinks *sinks, const struct run *run)
{
	int err = 0;

	for (size_t i = 0; i < sinks->n; i++) {
		struct open_sink *one = &sinks->all[i];

		if (err && one->sink->abort)
			one->sink->abort(one->state);
		else if (!err && one->sink->finish)
			err = one->sink->finish(one->state, run, &sinks->place);
		free(one->state);
	}
	free(sinks);
	return err;
}

void sinks_abort(struct sinks *sinks)
{
	if (!sinks)
		return;
	for (size_t i = 0; i < sinks->n; i++) {
		if (sinks->all[i].sink->abort)
			sinks->all[i].sink->abort(sinks->all[i].state);
		free(sinks->all[i].state);
	}
	free(sinks);
}
