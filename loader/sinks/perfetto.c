// SPDX-License-Identifier: MIT
/*
 * perfetto.c - a run on a time axis, for Perfetto
 *
 * Each frame is a slice, with its stages in it, and the same stages stand with who carried them: a
 * thread, if that is known, or else the place that the path gives it. A flow goes through the stages
 * of a frame. What became of buffers, and of frames that never came, is with their device.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/msg.h"
#include "loader/model/depth.h"
#include "loader/model/drops.h"
#include "loader/sinks/packets.h"
#include "loader/sinks/perfetto-notes.h"
#include "loader/sinks/sink.h"

#define MAX_LANES   1024 /* slices at the same time; a run has a few */
#define MAX_THREADS VPIPE_MAX_THREADS

/* Numbers of events: the first are the stages. */
enum {
	EVENT_DROP = MAX_STAGES + 1,
	EVENT_BUFFER,
	EVENT_GIVEN,
	EVENT_DONE,
	EVENT_WOKEN,
	EVENT_PREEMPTED,
};

/* Slices that overlap stand side by side, on tracks of one name. */
struct lanes {
	uint64_t parent; /* track that they are in */
	unsigned int rank;
	const char *name, *description;
	unsigned int n;
	struct lane {
		uint64_t track, end_ns;
	} * all;
};

struct device_tracks {
	uint64_t track; /* 0: there is nothing of it yet */
	uint64_t drops, counter;
	struct lanes buffers;
	struct depth *depth; /* NULL: it can't be told */
	struct packets *packets;
};

struct thread_tracks {
	uint32_t tid;
	char name[VPIPE_COMM_LEN + 1];
	uint64_t track; /* its own, on which it is woken; 0: there is none */
	struct lanes lanes; /* of these the first is that one, too */
};

struct perfetto {
	const struct run *run;
	struct packets packets;
	struct notes notes;
	uint64_t top; /* track of the frames and their carriers */
	struct lanes frames;
	struct lanes carriers[MAX_STAGES]; /* by what the path says of them */
	unsigned int n_carriers, carrier_of[MAX_STAGES]; /* by stage */
	struct thread_tracks threads[MAX_THREADS];
	unsigned int n_threads;
	struct device_tracks devices[VPIPE_MAX_DEVICES];
	uint64_t crowded; /* slices that found no lane */
	uint64_t undated; /* drops whose time is not known */
	struct drops *drops; /* of the sources of our node; NULL: they can't be told */
	uint64_t drops_track; /* 0: there are none */
};

static void name_all(struct perfetto *perfetto)
{
	const struct path *path = perfetto->run->path;
	struct packets *packets = &perfetto->packets;

	packets_open_names(packets);
	for (unsigned int i = 0; i < path->n_stages; i++) {
		packets_name(packets, PACKETS_EVENTS, 1 + i, path->stages[i].name);
		packets_name(packets, PACKETS_CATEGORIES, 1 + i, path->stages[i].charged_to);
	}
	packets_name(packets, PACKETS_EVENTS, EVENT_DROP, "drop");
	packets_name(packets, PACKETS_EVENTS, EVENT_BUFFER, "buffer");
	packets_name(packets, PACKETS_EVENTS, EVENT_GIVEN, "the driver has it");
	packets_name(packets, PACKETS_EVENTS, EVENT_DONE, "done, not dequeued");
	packets_name(packets, PACKETS_EVENTS, EVENT_WOKEN, "woken");
	packets_name(packets, PACKETS_EVENTS, EVENT_PREEMPTED, "preempted");
	notes_name(&perfetto->notes);
	packets_close_names(packets);
}

/* Stages that the path gives the same carrier have tracks in common. */
static void place_stages(struct perfetto *perfetto)
{
	const struct path *path = perfetto->run->path;

	for (unsigned int i = 0; i < path->n_stages; i++) {
		unsigned int to = 0;

		while (to < perfetto->n_carriers &&
		       strcmp(perfetto->carriers[to].name, path->stages[i].carrier) != 0)
			to++;
		perfetto->carrier_of[i] = to;
		if (to < perfetto->n_carriers)
			continue;
		perfetto->carriers[perfetto->n_carriers++] =
			(struct lanes){.parent = perfetto->top,
				       .rank = 2 + i,
				       .name = path->stages[i].carrier,
				       .description = "stages of frames, with who has them then"};
	}
}

static void on_depth(void *arg, uint64_t ns, uint64_t now)
{
	struct device_tracks *device = arg;

	packets_count(device->packets, device->counter, ns, now);
}

/* The first that is known of a device. */
static void begin_device(struct perfetto *perfetto, unsigned int i, const char *name,
			 const char *counter)
{
	struct device_tracks *device = &perfetto->devices[i];
	const struct run_facts *facts = &perfetto->run->facts;
	struct packets *packets = &perfetto->packets;

	device->packets = packets;
	device->track = packets_track(packets, 0, 2 + i, name, NULL);
	device->buffers = (struct lanes){.parent = device->track,
					 .rank = 3,
					 .name = "buffers",
					 .description = "given to the driver, done, dequeued"};
	device->counter = packets_counter(packets, device->track, 1, counter, "buffers");
	device->depth = depth_new(facts->start_ns, facts->end_ns);
	if (device->depth)
		depth_listen(device->depth, on_depth, device);
	else
		packets->wire.no_memory = true;
}

/* Source frames that no frame was made from, when the next one was done. */
static void on_gap(void *arg, uint64_t minor, uint32_t first, uint32_t n, uint64_t behind_ns)
{
	struct perfetto *perfetto = arg;
	struct packets *packets = &perfetto->packets;

	if (!perfetto->drops_track)
		perfetto->drops_track =
			packets_track(packets, perfetto->top, 2 + MAX_STAGES, "drops",
				      "source frames that no frame was made from");
	packets_instant(packets, perfetto->drops_track, behind_ns, EVENT_DROP);
	note_gap(&perfetto->notes, minor, first, n);
	packets_end_event(packets);
}

/* Of our node, if all of its frames come: what it has, and which of its sources it lacks. */
static void begin_node(struct perfetto *perfetto)
{
	const struct run *run = perfetto->run;

	if (path_queue(run->path) < run->path->n_stages - 1)
		begin_device(perfetto, 0, run->facts.vpipe ?: run->path->name,
			     "frames in its queue or its job");
	perfetto->drops = calloc(1, sizeof(*perfetto->drops));
	if (perfetto->drops) {
		perfetto->drops->gap = on_gap;
		perfetto->drops->arg = perfetto;
	} else {
		perfetto->packets.wire.no_memory = true;
	}
}

static int open_perfetto(void *state, const struct run *run, const struct sink_place *place)
{
	struct perfetto *perfetto = state;

	perfetto->run = run;
	packets_begin(&perfetto->packets, place->out, &run->facts);
	if (notes_open(&perfetto->notes, run, &perfetto->packets)) {
		msg_errno(ENOMEM, NULL, "cannot export the run");
		return -ENOMEM;
	}
	name_all(perfetto);
	perfetto->top = packets_track(&perfetto->packets, 0, 1, "frames",
				      "each frame from its first known point to its last");
	perfetto->frames = (struct lanes){.parent = perfetto->top,
					  .rank = 1,
					  .name = "frame",
					  .description = "its stages are below it"};
	place_stages(perfetto);
	for (unsigned int i = 0; i < run->n_devices; i++)
		begin_device(perfetto, i, run->devices[i].node,
			     "buffers that the driver has, of those that came back");
	if (!run->n_devices && !place->some)
		begin_node(perfetto);
	if (!run->facts.start_boottime_ns)
		msg_note("the run does not say when it began by CLOCK_BOOTTIME: beside traces "
			 "that go by that clock it can't be placed");
	return 0;
}

/* One more, which is @track. Returns false if there is no memory. */
static bool add_lane(struct perfetto *perfetto, struct lanes *lanes, uint64_t track)
{
	struct lane *all = reallocarray(lanes->all, lanes->n + 1, sizeof(all[0]));

	if (!all) {
		perfetto->packets.wire.no_memory = true;
		return false;
	}
	lanes->all = all;
	all[lanes->n++] = (struct lane){.track = track};
	return true;
}

/* A track on which nothing is from @from_ns on, and something until @to_ns then; 0: there is none. */
static uint64_t take_lane(struct perfetto *perfetto, struct lanes *lanes, uint64_t from_ns,
			  uint64_t to_ns)
{
	unsigned int i = 0;

	while (i < lanes->n && lanes->all[i].end_ns > from_ns)
		i++;
	if (i == MAX_LANES) {
		perfetto->crowded++;
		return 0;
	}
	if (i == lanes->n && !add_lane(perfetto, lanes,
				       packets_track(&perfetto->packets, lanes->parent, lanes->rank,
						     lanes->name, lanes->description)))
		return 0;
	lanes->all[i].end_ns = to_ns;
	return lanes->all[i].track;
}

/* The stages of a frame as a whole. */
static void add_whole(struct perfetto *perfetto, const struct frame *frame)
{
	uint64_t ns = frame->start_ns, end_ns = ns + frame->e2e_ns;
	uint64_t track = take_lane(perfetto, &perfetto->frames, ns, end_ns);
	struct packets *packets = &perfetto->packets;
	char name[32];

	if (!track)
		return;
	snprintf(name, sizeof(name), "frame %" PRIu64, frame->number);
	packets_begin_slice(packets, track, ns, 0, name, 0);
	note_frame(&perfetto->notes, frame);
	packets_end_event(packets);
	for (unsigned int i = 0; i < perfetto->run->path->n_stages; i++) {
		if (!(frame->known & 1U << i))
			continue;
		packets_begin_slice(packets, track, ns, 1 + i, NULL, 1 + i);
		packets_end_event(packets);
		ns += frame->stages[i].ns;
		packets_end_slice(packets, track, ns);
	}
	packets_end_slice(packets, track, end_ns);
}

/* The name of a traced thread; "": it is not known. */
static const char *comm_of(const struct run *run, uint32_t tid)
{
	for (unsigned int i = 0; i < run->n_threads; i++) {
		if (run->threads[i].tid == tid)
			return run->threads[i].comm;
	}
	return "";
}

/* NULL: there are too many of them. */
static struct thread_tracks *thread_of(struct perfetto *perfetto, uint32_t tid)
{
	struct thread_tracks *thread = perfetto->threads;
	struct thread_tracks *end = thread + perfetto->n_threads;

	while (thread < end && thread->tid != tid)
		thread++;
	if (thread < end || perfetto->n_threads == MAX_THREADS)
		return thread < end ? thread : NULL;
	perfetto->n_threads++;
	*thread = (struct thread_tracks){.tid = tid};
	snprintf(thread->name, sizeof(thread->name), "%s", comm_of(perfetto->run, tid));
	thread->track = packets_thread(&perfetto->packets, tid, thread->name);
	thread->lanes = (struct lanes){.parent = thread->track, .name = thread->name};
	add_lane(perfetto, &thread->lanes, thread->track);
	return thread;
}

/* Where stage @i of @frame stands: with the thread that carried it, or as the path says. */
static struct lanes *carrier_of(struct perfetto *perfetto, const struct frame *frame,
				unsigned int i)
{
	struct thread_tracks *thread = NULL;

	if (frame->carried & 1U << i)
		thread = thread_of(perfetto, frame->stages[i].tid);
	return thread ? &thread->lanes : &perfetto->carriers[perfetto->carrier_of[i]];
}

/* Each stage with its carrier, and a flow through them. */
static void add_carried(struct perfetto *perfetto, const struct frame *frame)
{
	struct packets *packets = &perfetto->packets;
	uint64_t ns = frame->start_ns, track;
	unsigned int left = frame->known;

	for (unsigned int i = 0; i < perfetto->run->path->n_stages; i++) {
		uint64_t end_ns = ns + frame->stages[i].ns;

		if (!(frame->known & 1U << i))
			continue;
		left &= ~(1U << i);
		track = take_lane(perfetto, carrier_of(perfetto, frame, i), ns, end_ns);
		if (track) {
			packets_begin_slice(packets, track, ns, 1 + i, NULL, 1 + i);
			packets_flow(packets, frame->number + 1, !left);
			note_stage(&perfetto->notes, frame, i);
			packets_end_event(packets);
			packets_end_slice(packets, track, end_ns);
		}
		ns = end_ns;
	}
}

static void add_frame(void *state, const struct frame *frame)
{
	struct perfetto *perfetto = state;
	const struct run *run = perfetto->run;
	uint64_t from_ns, to_ns;

	add_whole(perfetto, frame);
	add_carried(perfetto, frame);
	if (!run->n_devices && perfetto->devices[0].depth &&
	    depth_of_frame(run->path, frame, &from_ns, &to_ns))
		depth_add(perfetto->devices[0].depth, from_ns, to_ns);
	if (perfetto->drops && frame->has & FRAME_HAS_SOURCE)
		drops_add(perfetto->drops, frame->source_minor, (uint32_t)frame->source_sequence,
			  frame->start_ns);
}

static void add_drop(void *state, const struct drop *drop)
{
	struct perfetto *perfetto = state;
	struct device_tracks *device = &perfetto->devices[drop->device];
	struct packets *packets = &perfetto->packets;

	if (!drop->due_ns) {
		perfetto->undated++;
		return;
	}
	if (!device->drops)
		device->drops = packets_track(packets, device->track, 2, "drops",
					      "frames that never came, or in vain: when they "
					      "were due");
	packets_instant(packets, device->drops, drop->due_ns, EVENT_DROP);
	note_row(&perfetto->notes, NOTED_DROP, drop);
	packets_end_event(packets);
}

static void add_part(struct packets *packets, uint64_t track, unsigned int event, uint64_t from_ns,
		     uint64_t to_ns)
{
	if (!from_ns || to_ns < from_ns)
		return;
	packets_begin_slice(packets, track, from_ns, event, NULL, 0);
	packets_end_event(packets);
	packets_end_slice(packets, track, to_ns);
}

static void add_cycle(void *state, const struct cycle *cycle)
{
	struct perfetto *perfetto = state;
	struct device_tracks *device = &perfetto->devices[cycle->device];
	struct packets *packets = &perfetto->packets;
	uint64_t from_ns = cycle->given_ns ?: cycle->done_ns;
	uint64_t to_ns = cycle->taken_ns ?: cycle->done_ns, track;

	if (!from_ns || to_ns < from_ns || to_ns < cycle->done_ns)
		return;
	if (cycle->given_ns && cycle->done_ns > cycle->given_ns && !cycle->is_input &&
	    device->depth)
		depth_add(device->depth, cycle->given_ns, cycle->done_ns);
	track = take_lane(perfetto, &device->buffers, from_ns, to_ns);
	if (!track)
		return;
	packets_begin_slice(packets, track, from_ns, EVENT_BUFFER, NULL, 0);
	note_row(&perfetto->notes, NOTED_CYCLE, cycle);
	packets_end_event(packets);
	add_part(packets, track, EVENT_GIVEN, cycle->given_ns, cycle->done_ns);
	add_part(packets, track, EVENT_DONE, cycle->done_ns, cycle->taken_ns);
	packets_end_slice(packets, track, to_ns);
}

static void add_span(void *state, const struct span *span)
{
	struct perfetto *perfetto = state;
	struct thread_tracks *thread = thread_of(perfetto, span->tid);
	struct packets *packets = &perfetto->packets;

	packets_state(packets, span, comm_of(perfetto->run, span->tid));
	if (!span->has_peer || !thread)
		return;
	packets_instant(packets, thread->track, span->start_ns,
			span->preempted ? EVENT_PREEMPTED : EVENT_WOKEN);
	note_row(&perfetto->notes, NOTED_SPAN, span);
	packets_end_event(packets);
}

static void free_lanes(struct lanes *lanes)
{
	free(lanes->all);
}

/* Whatever there is. Returns 0 or -ENOMEM. */
static int close_all(struct perfetto *perfetto)
{
	free_lanes(&perfetto->frames);
	for (unsigned int i = 0; i < perfetto->n_carriers; i++)
		free_lanes(&perfetto->carriers[i]);
	for (unsigned int i = 0; i < perfetto->n_threads; i++)
		free_lanes(&perfetto->threads[i].lanes);
	for (unsigned int i = 0; i < VPIPE_MAX_DEVICES; i++) {
		free_lanes(&perfetto->devices[i].buffers);
		depth_free(perfetto->devices[i].depth);
	}
	free(perfetto->drops);
	notes_close(&perfetto->notes);
	return packets_finish(&perfetto->packets);
}

/* The rest of the counters, and what could not be shown. */
static int finish_perfetto(void *state, const struct run *run, const struct sink_place *place)
{
	struct depth_slice slices[DEPTH_SLICES];
	struct perfetto *perfetto = state;
	uint64_t late = 0;
	int err;

	(void)run;
	(void)place;
	for (unsigned int i = 0; i < VPIPE_MAX_DEVICES; i++) {
		if (perfetto->devices[i].depth)
			late += depth_finish(perfetto->devices[i].depth, slices);
	}
	if (perfetto->drops)
		drops_finish(perfetto->drops);
	if (late)
		msg_note("%" PRIu64 " buffers came back too late to count in a queue", late);
	if (perfetto->undated)
		msg_note("%" PRIu64 " drops are not shown: when they were due is not known",
			 perfetto->undated);
	if (perfetto->crowded)
		msg_warning("%" PRIu64 " slices are not shown: more than %d are at the same time",
			    perfetto->crowded, MAX_LANES);
	err = close_all(perfetto);
	if (err)
		msg_errno(ENOMEM, NULL, "cannot export the run");
	return err;
}

static void abort_perfetto(void *state)
{
	close_all(state);
}

const struct sink sink_perfetto = {
	.size = sizeof(struct perfetto),
	.open = open_perfetto,
	.frame = add_frame,
	.cycle = add_cycle,
	.drop = add_drop,
	.span = add_span,
	.finish = finish_perfetto,
	.abort = abort_perfetto,
};
