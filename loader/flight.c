// SPDX-License-Identifier: MIT
/* flight.c - see flight.h */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "loader/flight.h"
#include "loader/model/record.h"

#define FIRST_ROOM 256

/*
 * The first devices of a chain have done with a frame long before the last one has: so that a slow
 * row is whole, records of theirs are kept longer.
 */
#define CHAIN_NS (2 * NS_PER_SEC)

/* What a place begins with: when it ended. */
struct kept_record {
	uint64_t ns;
	bool is_buffer;
	union {
		struct vpipe_frame frame;
		struct vpipe_buffer buffer;
	};
};

struct kept_span {
	uint64_t ns;
	struct vpipe_span span;
};

/* It has no files. */
static int open_no_sinks(struct flight *flight)
{
	static const struct sink *const none[] = {NULL};

	return sinks_open(&flight->intake.files, none, &flight->run, &(struct sink_place){0});
}

int flight_init(struct flight *flight, const struct intake *intake,
		const struct trace_options *options)
{
	int err = run_init(&flight->run, intake->run->path);

	flight->run.facts.deadline_ns = flight->run.facts.flight.above_ns = flight->above_ns;
	flight->run.facts.config = options->config;
	flight->intake.run = &flight->run;
	flight->intake.chain_devices = intake->chain_devices;
	flight->intake.nodes = intake->nodes;
	memcpy(flight->intake.columns, intake->columns, sizeof(intake->columns));
	flight->records.size = sizeof(struct kept_record);
	flight->records.most = FLIGHT_BYTES / sizeof(struct kept_record);
	flight->spans.size = sizeof(struct kept_span);
	flight->spans.most = FLIGHT_SPAN_BYTES / sizeof(struct kept_span);
	return err ?: intake_open(&flight->intake, options) ?: open_no_sinks(flight);
}

void flight_free(struct flight *flight)
{
	sinks_abort(flight->intake.files);
	intake_close(&flight->intake);
	run_free(&flight->run);
	free(flight->records.places);
	free(flight->spans.places);
}

static void *kept_at(const struct kept *kept, size_t i)
{
	return kept->places + (kept->first + i) % kept->room * kept->size;
}

static uint64_t first_ns(const struct kept *kept)
{
	return *(const uint64_t *)kept_at(kept, 0);
}

static void let_first_go(struct flight *flight, struct kept *kept)
{
	const struct kept_record *record = kept_at(kept, 0);

	if (kept == &flight->records && !record->is_buffer)
		flight->let_go++;
	kept->first = (kept->first + 1) % kept->room;
	kept->n--;
}

/* Twice the places, as far as there may be more. */
static bool grow(struct kept *kept)
{
	size_t room = kept->room ? 2 * kept->room : FIRST_ROOM;
	char *places;

	room = room < kept->most ? room : kept->most;
	places = room > kept->room ? calloc(room, kept->size) : NULL;
	if (!places)
		return false;
	for (size_t i = 0; i < kept->n; i++)
		memcpy(places + i * kept->size, kept_at(kept, i), kept->size);
	free(kept->places);
	kept->places = places;
	kept->room = room;
	kept->first = 0;
	return true;
}

static uint64_t horizon(const struct flight *flight)
{
	return flight->keep_ns + (flight->intake.chain ? CHAIN_NS : 0);
}

/* A place for what ended at @ns; what is too old makes room for it. NULL: there is no memory at all. */
static void *new_place(struct flight *flight, struct kept *kept, uint64_t ns)
{
	while (!flight->slow_ns && kept->n && first_ns(kept) + horizon(flight) < ns)
		let_first_go(flight, kept);
	if (kept->n == kept->room && !grow(kept)) {
		if (!kept->room)
			return NULL;
		flight->cut++;
		let_first_go(flight, kept);
	}
	kept->n++;
	return kept_at(kept, kept->n - 1);
}

static const struct path *path_of(const struct flight *flight, const struct vpipe_frame *record)
{
	const struct intake *intake = &flight->intake;

	return intake->devices ? intake->devices[record->device].path : flight->run.path;
}

void flight_take(struct flight *flight, const struct vpipe_frame *record)
{
	uint64_t ns = record_end(path_of(flight, record), record);
	struct kept_record *place = new_place(flight, &flight->records, ns);

	if (place) {
		place->ns = ns;
		place->is_buffer = false;
		place->frame = *record;
	} else {
		flight->let_go++;
	}
	intake_take(&flight->intake, record);
	if (!flight->slow_ns && flight->run.over)
		flight->slow_ns = ns;
}

void flight_take_buffer(struct flight *flight, const struct vpipe_buffer *buffer)
{
	uint64_t ns = buffer->taken_ns ?: buffer->done_ns ?: buffer->given_ns;
	struct kept_record *place = new_place(flight, &flight->records, ns);

	if (place) {
		place->ns = ns;
		place->is_buffer = true;
		place->buffer = *buffer;
	}
	intake_take_buffer(&flight->intake, buffer);
}

void flight_take_span(struct flight *flight, const struct vpipe_span *span)
{
	struct kept_span *place = new_place(flight, &flight->spans, span->end_ns);

	if (!place)
		return;
	place->ns = span->end_ns;
	place->span = *span;
}

/* As much as a quarter of what was kept before it. */
bool flight_is_over(const struct flight *flight, uint64_t now_ns)
{
	return flight->slow_ns && now_ns >= flight->slow_ns + flight->keep_ns / 4;
}

/* The run is of the time from the first record on; when it really began is kept. */
static void begin_later(const struct flight *flight, struct run_facts *facts)
{
	uint64_t begin_ns = UINT64_MAX;

	for (size_t i = 0; i < flight->records.n; i++) {
		const struct kept_record *kept = kept_at(&flight->records, i);

		begin_ns = kept->ns && kept->ns < begin_ns ? kept->ns : begin_ns;
	}
	facts->flight.since_ns = facts->start_ns;
	if (begin_ns == UINT64_MAX || begin_ns <= facts->start_ns)
		return;
	if (facts->start_boottime_ns)
		facts->start_boottime_ns += begin_ns - facts->start_ns;
	facts->start_realtime_ns += begin_ns - facts->start_ns;
	facts->start_ns = begin_ns;
}

int flight_land(struct flight *flight, struct intake *intake)
{
	struct run_facts *facts = &intake->run->facts;
	int err = intake_by_rows(intake);

	facts->flight.above_ns = flight->above_ns;
	facts->flight.keep_ns = flight->keep_ns;
	facts->flight.cut = flight->cut;
	intake->run->records.let_go = flight->let_go;
	begin_later(flight, facts);
	flight->landed = true;
	for (size_t i = 0; !err && i < flight->records.n; i++) {
		const struct kept_record *kept = kept_at(&flight->records, i);

		if (kept->is_buffer)
			intake_take_buffer(intake, &kept->buffer);
		else
			intake_take(intake, &kept->frame);
	}
	for (size_t i = 0; !err && i < flight->spans.n; i++) {
		const struct kept_span *kept = kept_at(&flight->spans, i);

		if (kept->ns >= facts->start_ns)
			intake_take_span(intake, &kept->span);
	}
	return err;
}
