// SPDX-License-Identifier: MIT
/* packets.c - see packets.h */
#include <errno.h>

#include "loader/sinks/packets.h"

/* Numbers of fields and values, as protos/perfetto/trace/ has them; tests/perfetto.proto, too. */
enum { TRACE_PACKET = 1 };
enum {
	PACKET_CLOCKS = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,
	PACKET_EVENT = 11,
	PACKET_INTERNED = 12,
	PACKET_FLAGS = 13,
	PACKET_DEFAULTS = 59,
	PACKET_TRACK = 60,
	PACKET_TASK_STATE = 117,
};
enum { FLAG_CLEARED = 1, FLAG_NEEDS_STATE = 2 };
enum { CLOCKS_CLOCK = 1, CLOCKS_PRIMARY = 2, CLOCK_ID = 1, CLOCK_NS = 2 };
enum { CLOCK_OF_REALTIME = 1, CLOCK_OF_MONOTONIC = 3, CLOCK_OF_BOOTTIME = 6 };
enum { DEFAULTS_CLOCK = 58 };
enum { NAME_NUMBER = 1, NAME_TEXT = 2 };
enum {
	TRACK_NUMBER = 1,
	TRACK_NAME = 2,
	TRACK_THREAD = 4,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8,
	TRACK_ORDER = 11,
	TRACK_RANK = 12,
	TRACK_DESCRIPTION = 14,
};
enum { ORDER_EXPLICIT = 3 };
enum { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum { COUNTER_UNIT = 6 };
enum {
	EVENT_CATEGORY = 3,
	EVENT_NOTE = 4,
	EVENT_TYPE = 9,
	EVENT_NUMBER = 10,
	EVENT_TRACK = 11,
	EVENT_NAME = 23,
	EVENT_VALUE = 30,
	EVENT_FLOW = 47,
	EVENT_LAST_FLOW = 48,
};
enum { TYPE_BEGIN = 1, TYPE_END = 2, TYPE_INSTANT = 3, TYPE_COUNTER = 4 };
enum { NOTE_NUMBER = 1, NOTE_UINT = 3, NOTE_TEXT = 6 };
enum { TASK_CPU = 1, TASK_COMM = 2, TASK_TID = 3, TASK_STATE = 4 };
enum { STATE_RUNNABLE = 2, STATE_RUNNING = 3, STATE_SLEEPING = 4 };

/* All of them are of one sequence. */
static void open_packet(struct packets *packets, unsigned int flag)
{
	wire_open(&packets->wire, TRACE_PACKET);
	wire_number(&packets->wire, PACKET_SEQUENCE, 1);
	wire_number(&packets->wire, PACKET_FLAGS, flag);
}

static void write_clock(struct wire *wire, unsigned int id, uint64_t ns)
{
	wire_open(wire, CLOCKS_CLOCK);
	wire_number(wire, CLOCK_ID, id);
	wire_number(wire, CLOCK_NS, ns);
	wire_close(wire);
}

/* One moment by all clocks that are known. A reader drops all events whose clock it can't place. */
static void write_clocks(struct packets *packets, const struct run_facts *facts)
{
	struct wire *wire = &packets->wire;

	open_packet(packets, FLAG_NEEDS_STATE);
	wire_open(wire, PACKET_CLOCKS);
	if (facts->start_boottime_ns)
		write_clock(wire, CLOCK_OF_BOOTTIME, facts->start_boottime_ns);
	if (facts->start_realtime_ns)
		write_clock(wire, CLOCK_OF_REALTIME, facts->start_realtime_ns);
	write_clock(wire, CLOCK_OF_MONOTONIC, facts->start_ns);
	wire_number(wire, CLOCKS_PRIMARY, CLOCK_OF_MONOTONIC);
	wire_close(wire);
	wire_close(wire);
}

/* What holds for all packets behind this one. */
static void write_defaults(struct packets *packets)
{
	open_packet(packets, FLAG_CLEARED);
	wire_open(&packets->wire, PACKET_DEFAULTS);
	wire_number(&packets->wire, DEFAULTS_CLOCK, CLOCK_OF_MONOTONIC);
	wire_close(&packets->wire);
	wire_close(&packets->wire);
}

void packets_begin(struct packets *packets, FILE *out, const struct run_facts *facts)
{
	*packets = (struct packets){.wire.out = out};
	write_defaults(packets);
	write_clocks(packets, facts);
}

void packets_open_names(struct packets *packets)
{
	open_packet(packets, FLAG_NEEDS_STATE);
	wire_open(&packets->wire, PACKET_INTERNED);
}

void packets_name(struct packets *packets, enum packets_names kind, unsigned int number,
		  const char *name)
{
	wire_open(&packets->wire, kind);
	wire_number(&packets->wire, NAME_NUMBER, number);
	wire_text(&packets->wire, NAME_TEXT, name, NULL);
	wire_close(&packets->wire);
}

void packets_close_names(struct packets *packets)
{
	wire_close(&packets->wire);
	wire_close(&packets->wire);
}

/* A new one, to be closed. */
static uint64_t open_track(struct packets *packets, uint64_t parent, unsigned int rank)
{
	struct wire *wire = &packets->wire;
	uint64_t number = ++packets->tracks;

	open_packet(packets, FLAG_NEEDS_STATE);
	wire_open(wire, PACKET_TRACK);
	wire_number(wire, TRACK_NUMBER, number);
	if (parent)
		wire_number(wire, TRACK_PARENT, parent);
	wire_number(wire, TRACK_RANK, rank);
	wire_number(wire, TRACK_ORDER, ORDER_EXPLICIT);
	return number;
}

static void close_track(struct packets *packets)
{
	wire_close(&packets->wire);
	wire_close(&packets->wire);
}

uint64_t packets_track(struct packets *packets, uint64_t parent, unsigned int rank,
		       const char *name, const char *description)
{
	uint64_t number = open_track(packets, parent, rank);

	wire_text(&packets->wire, TRACK_NAME, name, NULL);
	if (description)
		wire_text(&packets->wire, TRACK_DESCRIPTION, description, NULL);
	close_track(packets);
	return number;
}

uint64_t packets_counter(struct packets *packets, uint64_t parent, unsigned int rank,
			 const char *name, const char *unit)
{
	uint64_t number = open_track(packets, parent, rank);

	wire_text(&packets->wire, TRACK_NAME, name, NULL);
	wire_open(&packets->wire, TRACK_COUNTER);
	wire_text(&packets->wire, COUNTER_UNIT, unit, NULL);
	wire_close(&packets->wire);
	close_track(packets);
	return number;
}

uint64_t packets_thread(struct packets *packets, uint32_t tid, const char *comm)
{
	struct wire *wire = &packets->wire;
	uint64_t number = open_track(packets, 0, 0);

	wire_open(wire, TRACK_THREAD);
	wire_number(wire, THREAD_PID, tid); /* of which process it is, is not known */
	wire_number(wire, THREAD_TID, tid);
	wire_text(wire, THREAD_NAME, comm, "");
	wire_close(wire);
	close_track(packets);
	return number;
}

static void open_event(struct packets *packets, uint64_t track, uint64_t ns, unsigned int type)
{
	struct wire *wire = &packets->wire;

	open_packet(packets, FLAG_NEEDS_STATE);
	wire_number(wire, PACKET_TIMESTAMP, ns);
	wire_open(wire, PACKET_EVENT);
	wire_number(wire, EVENT_TYPE, type);
	wire_number(wire, EVENT_TRACK, track);
}

void packets_begin_slice(struct packets *packets, uint64_t track, uint64_t ns, unsigned int event,
			 const char *name, unsigned int category)
{
	open_event(packets, track, ns, TYPE_BEGIN);
	if (event)
		wire_number(&packets->wire, EVENT_NUMBER, event);
	else
		wire_text(&packets->wire, EVENT_NAME, name, NULL);
	if (category)
		wire_number(&packets->wire, EVENT_CATEGORY, category);
}

void packets_instant(struct packets *packets, uint64_t track, uint64_t ns, unsigned int event)
{
	open_event(packets, track, ns, TYPE_INSTANT);
	wire_number(&packets->wire, EVENT_NUMBER, event);
}

void packets_note(struct packets *packets, unsigned int note, uint64_t value)
{
	wire_open(&packets->wire, EVENT_NOTE);
	wire_number(&packets->wire, NOTE_NUMBER, note);
	wire_number(&packets->wire, NOTE_UINT, value);
	wire_close(&packets->wire);
}

/* As wire_text(). */
static void note_text(struct packets *packets, unsigned int note, const char *bytes,
		      const char *also)
{
	wire_open(&packets->wire, EVENT_NOTE);
	wire_number(&packets->wire, NOTE_NUMBER, note);
	wire_text(&packets->wire, NOTE_TEXT, bytes, also);
	wire_close(&packets->wire);
}

void packets_note_bytes(struct packets *packets, unsigned int note, const char *bytes)
{
	note_text(packets, note, bytes, "");
}

void packets_note_text(struct packets *packets, unsigned int note, const char *text)
{
	note_text(packets, note, text, NULL);
}

void packets_flow(struct packets *packets, uint64_t id, bool last)
{
	wire_fixed(&packets->wire, last ? EVENT_LAST_FLOW : EVENT_FLOW, id);
}

void packets_end_event(struct packets *packets)
{
	wire_close(&packets->wire);
	wire_close(&packets->wire);
}

void packets_end_slice(struct packets *packets, uint64_t track, uint64_t ns)
{
	open_event(packets, track, ns, TYPE_END);
	packets_end_event(packets);
}

void packets_count(struct packets *packets, uint64_t track, uint64_t ns, uint64_t value)
{
	open_event(packets, track, ns, TYPE_COUNTER);
	wire_number(&packets->wire, EVENT_VALUE, value);
	packets_end_event(packets);
}

void packets_state(struct packets *packets, const struct span *span, const char *comm)
{
	static const unsigned int states[] = {
		[VPIPE_THREAD_ONCPU] = STATE_RUNNING,
		[VPIPE_THREAD_RUNQ] = STATE_RUNNABLE,
		[VPIPE_THREAD_BLOCKED] = STATE_SLEEPING, /* whatever for */
	};
	struct wire *wire = &packets->wire;

	open_packet(packets, FLAG_NEEDS_STATE);
	wire_number(wire, PACKET_TIMESTAMP, span->start_ns);
	wire_open(wire, PACKET_TASK_STATE);
	if (span->has_cpu)
		wire_number(wire, TASK_CPU, span->cpu);
	wire_text(wire, TASK_COMM, comm, "");
	wire_number(wire, TASK_TID, span->tid);
	wire_number(wire, TASK_STATE, states[span->state]);
	wire_close(wire);
	wire_close(wire);
}

int packets_finish(struct packets *packets)
{
	wire_free(&packets->wire);
	return packets->wire.no_memory ? -ENOMEM : 0;
}
