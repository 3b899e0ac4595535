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

struct kept_record {
	uint64_t ns; /* when it ended */
	bool is_buffer;
	union {
		struct vpipe_frame frame;
		struct vpipe_buffer buffer;
	};
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
	flight->most = FLIGHT_BYTES / sizeof(struct kept_record);
	return err ?: intake_open(&flight->intake, options) ?: open_no_sinks(flight);
}

void flight_free(struct flight *flight)
{
	sinks_abort(flight->intake.files);
	intake_close(&flight->intake);
	run_free(&flight->run);
	free(flight->kept);
}

static struct kept_record *kept_at(const struct flight *flight, size_t i)
{
	return &flight->kept[(flight->first + i) % flight->room];
}

static void let_first_go(struct flight *flight)
{
	flight->let_go += !kept_at(flight, 0)->is_buffer;
	flight->first = (flight->first + 1) % flight->room;
	flight->n--;
}

/* Twice the places, as far as there may be more. */
static bool grow(struct flight *flight)
{
	size_t room = flight->room ? 2 * flight->room : FIRST_ROOM;
	struct kept_record *kept;

	room = room < flight->most ? room : flight->most;
	kept = room > flight->room ? calloc(room, sizeof(kept[0])) : NULL;
	if (!kept)
		return false;
	for (size_t i = 0; i < flight->n; i++)
		kept[i] = *kept_at(flight, i);
	free(flight->kept);
	flight->kept = kept;
	flight->room = room;
	flight->first = 0;
	return true;
}

static uint64_t horizon(const struct flight *flight)
{
	return flight->keep_ns + (flight->intake.chain ? CHAIN_NS : 0);
}

/* A place for what ended at @ns; what is too old makes room for it. NULL: there is no memory at all. */
static struct kept_record *new_place(struct flight *flight, uint64_t ns)
{
	struct kept_record *place;

	while (!flight->slow_ns && flight->n && kept_at(flight, 0)->ns + horizon(flight) < ns)
		let_first_go(flight);
	if (flight->n == flight->room && !grow(flight)) {
		if (!flight->room)
			return NULL;
		flight->cut++;
		let_first_go(flight);
	}
	flight->n++;
	place = kept_at(flight, flight->n - 1);
	place->ns = ns;
	return place;
}

static const struct path *path_of(const struct flight *flight, const struct vpipe_frame *record)
{
	const struct intake *intake = &flight->intake;

	return intake->devices ? intake->devices[record->device].path : flight->run.path;
}

void flight_take(struct flight *flight, const struct vpipe_frame *record)
{
	uint64_t ns = record_end(path_of(flight, record), record);
	struct kept_record *place = new_place(flight, ns);

	if (place) {
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
	struct kept_record *place = new_place(flight, ns);

	if (place) {
		place->is_buffer = true;
		place->buffer = *buffer;
	}
	intake_take_buffer(&flight->intake, buffer);
}

/* As much as a quarter of what was kept before it. */
bool flight_is_over(const struct flight *flight, uint64_t now_ns)
{
	return flight->slow_ns && now_ns >= flight->slow_ns + flight->keep_ns / 4;
}

/* The run is of the time from the first record on; when it really began is kept. */
static void begin_later(const struct flight *flight, struct run_facts *facts)
{
	uint64_t first_ns = UINT64_MAX;

	for (size_t i = 0; i < flight->n; i++) {
		uint64_t ns = kept_at(flight, i)->ns;

		first_ns = ns && ns < first_ns ? ns : first_ns;
	}
	facts->flight.since_ns = facts->start_ns;
	if (first_ns == UINT64_MAX || first_ns <= facts->start_ns)
		return;
	facts->start_realtime_ns += first_ns - facts->start_ns;
	facts->start_ns = first_ns;
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
	for (size_t i = 0; !err && i < flight->n; i++) {
		const struct kept_record *kept = kept_at(flight, i);

		if (kept->is_buffer)
			intake_take_buffer(intake, &kept->buffer);
		else
			intake_take(intake, &kept->frame);
	}
	return err;
}
