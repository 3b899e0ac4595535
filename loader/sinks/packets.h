/* SPDX-License-Identifier: MIT */
/*
 * packets.h - a trace of Perfetto's: tracks, and what happens on them
 *
 * Its native format: a file is TracePackets one after the other. Names that come again and again are
 * said once, with numbers that stand for them. Times are ns of CLOCK_MONOTONIC, the trace's own clock.
 */
#ifndef VPIPE_SINKS_PACKETS_H
#define VPIPE_SINKS_PACKETS_H

#include "loader/model/run.h"
#include "loader/model/span.h"
#include "loader/sinks/wire.h"

struct packets {
	struct wire wire;
	uint64_t tracks; /* how many there are: their numbers are those from 1 on */
};

/** What names are of; each kind has numbers of its own, from 1 on. */
enum packets_names {
	PACKETS_CATEGORIES = 1,
	PACKETS_EVENTS = 2,
	PACKETS_NOTES = 3,
};

/** First the clocks, as they were when the run began, ... */
void packets_begin(struct packets *packets, FILE *out, const struct run_facts *facts);

/** ... then the names: packets_name() between these two. */
void packets_open_names(struct packets *packets);
void packets_name(struct packets *packets, enum packets_names kind, unsigned int number,
		  const char *name);
void packets_close_names(struct packets *packets);

/** A new track in @parent (0: at the top), with the @rank-th place there. Returns its number. */
uint64_t packets_track(struct packets *packets, uint64_t parent, unsigned int rank,
		       const char *name, const char *description);

/** The same of one that shows a number, of @unit. */
uint64_t packets_counter(struct packets *packets, uint64_t parent, unsigned int rank,
			 const char *name, const char *unit);

/** The same of a thread, whose name is any bytes. */
uint64_t packets_thread(struct packets *packets, uint32_t tid, const char *comm);

/**
 * Something begins on a track: an event of that number, or, if that is 0, called @name, of @category
 * (0: none). packets_end_event() when all of its notes are there.
 */
void packets_begin_slice(struct packets *packets, uint64_t track, uint64_t ns, unsigned int event,
			 const char *name, unsigned int category);

/** It happens, and takes no time. */
void packets_instant(struct packets *packets, uint64_t track, uint64_t ns, unsigned int event);

/** What is known of it: of the note of that number. Bytes become text (lib/text.h). */
void packets_note(struct packets *packets, unsigned int note, uint64_t value);
void packets_note_bytes(struct packets *packets, unsigned int note, const char *bytes);
void packets_note_text(struct packets *packets, unsigned int note, const char *text);

/** It is a part of the flow @id, perhaps the @last one. */
void packets_flow(struct packets *packets, uint64_t id, bool last);

void packets_end_event(struct packets *packets);

/** What began last on @track is over. */
void packets_end_slice(struct packets *packets, uint64_t track, uint64_t ns);

/** The number on @track is @value from now on. */
void packets_count(struct packets *packets, uint64_t track, uint64_t ns, uint64_t value);

/** What a thread does from now on: @state of enum vpipe_thread_state. */
void packets_state(struct packets *packets, const struct span *span, const char *comm);

/** Free what it holds. Returns 0 or -ENOMEM: not all of it was written. */
int packets_finish(struct packets *packets);

#endif /* VPIPE_SINKS_PACKETS_H */
