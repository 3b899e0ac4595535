// SPDX-License-Identifier: MIT
/* chain.c - see chain.h */
#include <stdlib.h>
#include <string.h>

#include "loader/model/chain.h"
#include "loader/model/costs.h"
#include "loader/model/record.h"

/* A frame that can still be handed on. */
struct held {
	struct frame frame; /* as its row would be */
	struct cycle cycle; /* of its buffer */
};

struct chain {
	const struct path *path;
	const struct chain_device *devices;
	unsigned int n;
	struct device_sums *sums;
	struct chain_listener listener;
	struct linking linking;
	struct held
		*held[VPIPE_MAX_DEVICES]; /* those in its window; NULL: nobody takes frames of it */
	uint64_t handed_on[VPIPE_MAX_DEVICES]; /* number of the last that was, plus 1 */
	struct frame own; /* of the device alone */
	struct frame row;
};

static int make_window(struct chain *chain, unsigned int device)
{
	chain->linking.windows[device] = calloc(1, sizeof(struct link_window));
	chain->held[device] = calloc(LINK_WINDOW, sizeof(struct held));
	return chain->linking.windows[device] && chain->held[device] ? 0 : -1;
}

/*
 * Has it frames for others, and is there a device behind it that takes some? The nodes of an ISP, which
 * have the same stages, don't from each other.
 */
static bool can_hand_on(const struct chain_device *devices, unsigned int n, unsigned int device)
{
	bool taken = false;

	for (unsigned int i = device + 1; i < n; i++)
		taken |= devices[i].takes && devices[i].first != devices[device].first;
	return taken && devices[device].gives;
}

struct chain *chain_new(const struct path *path, const struct chain_device *devices, unsigned int n,
			struct device_sums *sums, const struct chain_listener *listener)
{
	struct chain *chain = calloc(1, sizeof(*chain));
	int err = chain ? 0 : -1;

	for (unsigned int i = 0; !err && i < n; i++)
		err = can_hand_on(devices, n, i) ? make_window(chain, i) : 0;
	if (err) {
		chain_free(chain);
		return NULL;
	}
	chain->path = path;
	chain->devices = devices;
	chain->n = n;
	chain->sums = sums;
	chain->listener = *listener;
	return chain;
}

void chain_free(struct chain *chain)
{
	for (unsigned int i = 0; chain && i < VPIPE_MAX_DEVICES; i++) {
		free(chain->linking.windows[i]);
		free(chain->held[i]);
	}
	free(chain);
}

/* What is known of both is known of the whole. */
static void join_accounts(struct frame *row, const struct frame *own)
{
	row->has &= own->has | ~(FRAME_HAS_ACCOUNT | FRAME_HAS_SWITCHES);
	row->runq_ns += own->runq_ns;
	row->blocked_ns += own->blocked_ns;
	if (!(row->has & FRAME_HAS_ACCOUNT))
		row->runq_ns = row->blocked_ns = 0;
	row->nvcsw += own->nvcsw;
	row->nivcsw += own->nivcsw;
	row->wakeups += own->wakeups;
	row->migrations += own->migrations;
	if (!(row->has & FRAME_HAS_SWITCHES))
		row->nvcsw = row->nivcsw = row->wakeups = row->migrations = 0;
}

/* The row, of whatever came before, goes on with what @own has of @device: what is said once is its. */
static void go_on(struct frame *row, const struct frame *own, const struct chain_device *device)
{
	row->device = own->device;
	row->ctx = own->ctx;
	row->seq = own->seq;
	row->src_seq = own->src_seq;
	row->out_index = own->out_index;
	row->cap_index = own->cap_index;
	row->algo_id = own->algo_id;
	row->bytesused = own->bytesused;
	row->flags = own->flags;
	row->e2e_ns = own->start_ns + own->e2e_ns - row->start_ns;
	row->known |= own->known << device->first;
	row->accounted |= own->accounted << device->first;
	row->carried |= own->carried << device->first;
	row->placed |= own->placed << device->first;
	row->dwells |= own->dwells << device->first;
	row->has |= own->has & (FRAME_HAS_DEVICE_COPY | FRAME_HAS_WAITS | FRAME_HAS_NUMBERS);
	row->device_copy_ns += own->device_copy_ns;
	join_accounts(row, own);
	for (unsigned int i = 0; i < device->path->n_stages; i++)
		row->stages[device->first + i] = own->stages[i];
	for (unsigned int i = 0; i < device->path->n_costs; i++)
		row->costs[i] += own->costs[i];
	for (unsigned int i = 0; i < N_WAITS; i++)
		row->waits[i] += own->waits[i];
}

/*
 * What is known of a hand-off: who dequeued the frame did so until it queued it, unless it dequeued
 * another one meanwhile. From one thread to another nobody has it, and it is the application's time.
 */
static bool handoff_split(struct vpipe_split *split, const struct link_key *key,
			  const struct vpipe_input *input, uint64_t ns)
{
	*split = (struct vpipe_split){0};
	if (input->tid != key->reader)
		return true;
	if (!input->since_known || input->since_ns != key->taken_ns || input->since.runq_ns > ns ||
	    input->since.blocked_ns > ns - input->since.runq_ns)
		return false;
	*split = input->since;
	return true;
}

/* The row goes on with the hand-off to @device at @qbuf_ns. */
static void hand_on(struct chain *chain, const struct chain_device *device, const struct link *link,
		    const struct vpipe_input *input, uint64_t qbuf_ns)
{
	const struct link_key *key = linking_key(&chain->linking, link->device, link->number);
	unsigned int handoff = device->first - 1;
	const struct stage *charged = &chain->path->stages[handoff];
	struct frame_stage *stage = &chain->row.stages[handoff];
	struct frame *row = &chain->row;
	struct vpipe_split split;
	bool known;

	stage->ns = qbuf_ns - key->taken_ns;
	stage->rule = link->rule;
	row->known |= 1U << handoff;
	if (input->tid && input->tid == key->reader) {
		stage->tid = input->tid;
		row->carried |= 1U << handoff;
	}
	known = handoff_split(&split, key, input, stage->ns);
	if (!known) {
		row->has &= ~(FRAME_HAS_ACCOUNT | FRAME_HAS_SWITCHES);
		row->costs[COST_unattributed] += stage->ns;
		return;
	}
	/* how often it left its CPU is known where it did not */
	if (split.runq_ns || split.blocked_ns)
		row->has &= ~FRAME_HAS_SWITCHES;
	row->accounted |= 1U << handoff;
	stage->runq_ns = split.runq_ns;
	stage->blocked_ns = split.blocked_ns;
	row->runq_ns += split.runq_ns;
	row->blocked_ns += split.blocked_ns;
	row->costs[COST_jitter] += split.runq_ns;
	row->costs[charged->asleep] += split.blocked_ns;
	row->costs[charged->running] += stage->ns - split.runq_ns - split.blocked_ns;
}

/* The frame was handed on. */
static void note_handed_on(struct chain *chain, const struct link *link)
{
	if (chain->handed_on[link->device] <= link->number)
		chain->handed_on[link->device] = link->number + 1;
}

/* The row begins with the frame that it is made from. */
static void begin_at(struct chain *chain, const struct link *link)
{
	const struct held *held = &chain->held[link->device][link->number % LINK_WINDOW];
	struct frame *row = &chain->row;

	*row = held->frame;
	if (!(row->has & FRAME_HAS_SOURCE)) {
		row->has |= FRAME_HAS_SOURCE;
		row->source_device = link->device;
		row->source_sequence = held->cycle.sequence;
	}
	chain->sums[link->device].links.handed_on++;
	note_handed_on(chain, link);
}

/* The row begins with the frame itself. */
static void begin(struct frame *row, const struct frame *own)
{
	memset(row, 0, sizeof(*row));
	row->start_ns = own->start_ns;
	row->has = FRAME_HAS_ACCOUNT | FRAME_HAS_SWITCHES;
}

static void count_link(struct link_sums *sums, const struct link *link)
{
	if (!link->rule) {
		sums->unlinked[link->why]++;
		return;
	}
	if (links_may_be_early(sums)) {
		sums->early = links_unlinked(sums);
		memset(sums->unlinked, 0, sizeof(sums->unlinked));
	}
	sums->linked[link->rule]++;
}

/* What the frame of @record is made from; the row is there but for its own stages. */
static struct link find_beginning(struct chain *chain, const struct vpipe_frame *record,
				  enum vpipe_rule job)
{
	const struct chain_device *device = &chain->devices[record->device];
	uint64_t qbuf_ns = record_start(device->path, record);
	bool lacks_job = !job && path_find(device->path, STAGE_OF_JOB) < device->path->n_stages;
	struct link link = {0};

	if (device->takes)
		link = linking_find(&chain->linking, record->device, &record->cycle.input, qbuf_ns);
	if (lacks_job)
		link = (struct link){.why = LINK_no_job};
	if (device->takes || lacks_job)
		count_link(&chain->sums[record->device].links, &link);
	if (link.rule) {
		begin_at(chain, &link);
		hand_on(chain, device, &link, &record->cycle.input, qbuf_ns);
	} else {
		begin(&chain->row, &chain->own);
	}
	return link;
}

static void tell_drop(const struct chain *chain, const struct cycle *cycle)
{
	const struct drop drop = {
		.device = cycle->device,
		.queue = cycle->queue,
		.sequence = cycle->sequence,
		.due_ns = cycle->done_ns,
		.cause = DROP_NOT_HANDED_ON,
	};

	chain->listener.drop(chain->listener.arg, &drop);
}

/* Frame @number of @device is handed on no more; @over: nor is any other. */
static void retire(struct chain *chain, unsigned int device, uint64_t number, bool over)
{
	const struct link_key *key = linking_key(&chain->linking, device, number);
	struct held *held = &chain->held[device][number % LINK_WINDOW];

	if (key->used)
		return;
	if (!chain->handed_on[device])
		chain->listener.row(chain->listener.arg, &held->frame);
	else if (key->open || (over && number >= chain->handed_on[device]))
		chain->sums[device].links.open++;
	else
		tell_drop(chain, &held->cycle);
}

/* The row is kept: until others begin with it, or it is known that none does. */
static void hold(struct chain *chain, const struct vpipe_frame *record, const struct link *from)
{
	unsigned int device = record->device;
	uint64_t number = chain->linking.windows[device]->n;
	struct held *held = &chain->held[device][number % LINK_WINDOW];
	struct link_key key = {
		.memory = record->cycle.memory,
		.timestamp_ns = record->cycle.timestamp_ns,
		.given_ns = record->cycle.given_ns,
		.taken_ns = chain->row.start_ns + chain->row.e2e_ns,
		.queue = record->ctx,
		.reader = record->cycle.reader,
		.from = *from,
	};

	if (number >= LINK_WINDOW)
		retire(chain, device, number - LINK_WINDOW, false);
	held->frame = chain->row;
	cycle_from_record(&held->cycle, chain->devices[device].path, record);
	linking_add(&chain->linking, device, key);
}

/* By @job it is known which buffer its job began with: no record has that of an ISP's node. */
static void take_job(struct chain *chain, const struct path *path, enum vpipe_rule job)
{
	unsigned int stage = path_find(path, STAGE_OF_JOB);
	struct frame *own = &chain->own;

	if (!job || stage == path->n_stages)
		return;
	own->stages[stage].rule = job;
	chain->sums[own->device].links.jobs[job]++;
	for (unsigned int i = 0; i < stage; i++) {
		/* how often who queued the buffer left its CPU, the record of that has */
		if (own->stages[i].runq_ns || own->stages[i].blocked_ns)
			own->has &= ~FRAME_HAS_SWITCHES;
	}
}

void chain_add(struct chain *chain, const struct vpipe_frame *record, enum vpipe_rule job,
	       const int columns[COUNTER_COLUMNS])
{
	const struct chain_device *device = &chain->devices[record->device];
	struct link from;

	frame_from_record(&chain->own, device->path, record, columns);
	take_job(chain, device->path, job);
	from = find_beginning(chain, record, job);
	go_on(&chain->row, &chain->own, device);
	if (chain->linking.windows[record->device])
		hold(chain, record, &from);
	else
		chain->listener.row(chain->listener.arg, &chain->row);
}

void chain_input(struct chain *chain, const struct vpipe_frame *record)
{
	uint64_t qbuf_ns = record_start(chain->devices[record->device].path, record);
	struct link link =
		linking_find(&chain->linking, record->device, &record->cycle.input, qbuf_ns);

	if (link.rule)
		note_handed_on(chain, &link);
}

void chain_lost(struct chain *chain)
{
	linking_lost(&chain->linking);
}

void chain_finish(struct chain *chain)
{
	for (unsigned int i = 0; i < chain->n; i++) {
		const struct link_window *window = chain->linking.windows[i];
		uint64_t number = window && window->n > LINK_WINDOW ? window->n - LINK_WINDOW : 0;

		for (; window && number < window->n; number++)
			retire(chain, i, number, true);
	}
}
