// SPDX-License-Identifier: MIT
/* linking.c - see linking.h */
#include <stddef.h>

#include "lib/clock.h"
#include "loader/model/linking.h"

/* For whose source is looked. */
struct wanted {
	unsigned int device;
	const struct vpipe_input *input;
	uint64_t qbuf_ns;
};

struct link_key *linking_key(const struct linking *linking, unsigned int device, uint64_t number)
{
	return &linking->windows[device]->keys[number % LINK_WINDOW];
}

/* The oldest number that is still in the window of @device; if it has none, there is no newer one. */
static uint64_t oldest(const struct linking *linking, unsigned int device)
{
	const struct link_window *window = linking->windows[device];

	return window && window->n > LINK_WINDOW ? window->n - LINK_WINDOW : 0;
}

static uint64_t newest(const struct linking *linking, unsigned int device)
{
	return linking->windows[device] ? linking->windows[device]->n : 0;
}

void linking_add(struct linking *linking, unsigned int device, struct link_key key)
{
	uint64_t number = newest(linking, device);

	key.whole = key.given_ns; /* else it was given before tracing began */
	for (uint64_t i = oldest(linking, device); i < number; i++) {
		struct link_key *other = linking_key(linking, device, i);

		if (other->queue == key.queue)
			key.whole = other->whole;
		if (key.timestamp_ns && other->timestamp_ns == key.timestamp_ns)
			other->repeated = key.repeated = true;
	}
	*linking_key(linking, device, number) = key;
	linking->windows[device]->n++;
}

/* Each device makes one frame from it, but one that has its memory makes as many as it likes. */
static bool is_free(const struct link_key *key, const struct wanted *wanted)
{
	return key->taken_ns <= wanted->qbuf_ns && !(key->used & 1U << wanted->device);
}

/* The latest frame in that memory, unless its driver had it again before it was queued. */
static bool find_memory_in(const struct linking *linking, unsigned int device,
			   const struct wanted *wanted, uint64_t *number)
{
	uint64_t again_ns = 0;

	for (uint64_t i = newest(linking, device); i-- > oldest(linking, device);) {
		const struct link_key *key = linking_key(linking, device, i);

		if (key->memory != wanted->input->memory)
			continue;
		if (key->taken_ns <= wanted->qbuf_ns) {
			*number = i;
			return !again_ns || again_ns > wanted->qbuf_ns;
		}
		again_ns = key->given_ns;
	}
	return false;
}

static bool find_memory(const struct linking *linking, const struct wanted *wanted,
			struct link *link)
{
	uint64_t latest_ns = 0, number;

	for (unsigned int i = 0; wanted->input->memory && i < wanted->device; i++) {
		if (!find_memory_in(linking, i, wanted, &number) ||
		    linking_key(linking, i, number)->taken_ns < latest_ns)
			continue;
		latest_ns = linking_key(linking, i, number)->taken_ns;
		*link = (struct link){.rule = VPIPE_RULE_dmabuf, .device = i, .number = number};
	}
	return latest_ns;
}

/* Is frame @number of @device what @link was made from, at however many removes? */
static bool is_origin(const struct linking *linking, struct link link, unsigned int device,
		      uint64_t number)
{
	while (link.rule && (link.device != device || link.number != number) &&
	       link.number >= oldest(linking, link.device))
		link = linking_key(linking, link.device, link.number)->from;
	return link.rule && link.device == device && link.number == number;
}

/* Timestamps are copied from device to device, so that a frame has those of all it was made from. */
static bool has_timestamp(const struct linking *linking, const struct wanted *wanted,
			  unsigned int device, uint64_t number, const struct link *farther)
{
	const struct link_key *key = linking_key(linking, device, number);

	return key->timestamp_ns == wanted->input->timestamp_ns &&
	       key->taken_ns <= wanted->qbuf_ns && !is_origin(linking, *farther, device, number);
}

/* The one frame that has its timestamp, unless another was made from that already. */
static bool find_timestamp(const struct linking *linking, const struct wanted *wanted,
			   struct link *link)
{
	struct link only = {0};

	for (unsigned int i = wanted->device; wanted->input->timestamp_ns && i-- > 0;) {
		for (uint64_t number = oldest(linking, i); number < newest(linking, i); number++) {
			if (!has_timestamp(linking, wanted, i, number, &only))
				continue;
			if (only.rule || linking_key(linking, i, number)->repeated) {
				link->why = LINK_ambiguous;
				return false;
			}
			only = (struct link){
				.rule = VPIPE_RULE_timestamp, .device = i, .number = number};
		}
	}
	if (!only.rule || !is_free(linking_key(linking, only.device, only.number), wanted))
		return false;
	*link = only;
	return true;
}

/* Has its reader handed on the frame that it dequeued before frame @number, if there was one? */
static bool handed_before(const struct linking *linking, unsigned int device, uint64_t number)
{
	uint32_t reader = linking_key(linking, device, number)->reader;

	while (number-- > oldest(linking, device)) {
		const struct link_key *key = linking_key(linking, device, number);

		if (key->reader == reader)
			return key->used;
	}
	return true;
}

/* Of all other devices than @device: has the thread a frame with that timestamp in hand? */
static bool has_another(const struct linking *linking, const struct wanted *wanted,
			unsigned int device)
{
	for (unsigned int i = 0; i < wanted->device; i++) {
		for (uint64_t number = oldest(linking, i); number < newest(linking, i); number++) {
			const struct link_key *key = linking_key(linking, i, number);

			if (i != device && key->reader == wanted->input->tid && !key->used &&
			    key->taken_ns <= wanted->qbuf_ns &&
			    key->timestamp_ns == wanted->input->timestamp_ns)
				return true;
		}
	}
	return false;
}

/*
 * One that its thread has dequeued and not handed on, it may still have in hand; then each that it
 * queues may be one of before, from then on. With @dated, its timestamp is that of several frames.
 */
static bool find_thread(struct linking *linking, const struct wanted *wanted, bool dated,
			struct link *link)
{
	const struct vpipe_input *input = wanted->input;

	for (unsigned int i = 0; input->since_ns && i < wanted->device; i++) {
		struct link_way *way = &linking->ways[i][wanted->device];

		for (uint64_t number = newest(linking, i); number-- > oldest(linking, i);) {
			const struct link_key *key = linking_key(linking, i, number);

			if (key->taken_ns != input->since_ns || key->reader != input->tid)
				continue;
			way->skipped |= !handed_before(linking, i, number);
			if (way->skipped || !is_free(key, wanted) ||
			    (dated && has_another(linking, wanted, i)))
				return false;
			*link = (struct link){.rule = key->whole ? VPIPE_RULE_thread
								 : VPIPE_RULE_order,
					      .device = i,
					      .number = number};
			return true;
		}
	}
	return false;
}

/* The device before @device that is known to hand on to it; of several it is not known which: @device. */
static unsigned int only_source(const struct linking *linking, unsigned int device)
{
	unsigned int only = device;

	for (unsigned int i = 0; i < device; i++) {
		if (linking->ways[i][device].known && only != device)
			return device;
		if (linking->ways[i][device].known)
			only = i;
	}
	return only;
}

/* Ns from the frame before it to frame @number, or to the one behind it; 0: it is alone. */
static uint64_t interval(const struct linking *linking, unsigned int device, uint64_t number)
{
	uint64_t taken_ns = linking_key(linking, device, number)->taken_ns;

	if (number > oldest(linking, device))
		return ns_apart(taken_ns, linking_key(linking, device, number - 1)->taken_ns);
	if (number + 1 < newest(linking, device))
		return ns_apart(taken_ns, linking_key(linking, device, number + 1)->taken_ns);
	return 0;
}

/*
 * The frame that is where it is to be expected, within half an interval. If its timestamp is that of
 * several, it is one of these; where the device has but one of them, wherever that is.
 */
static bool find_order(const struct linking *linking, const struct wanted *wanted, bool dated,
		       struct link *link)
{
	unsigned int from = only_source(linking, wanted->device), n = 0;
	uint64_t ns, least = UINT64_MAX;

	if (from == wanted->device)
		return false;
	ns = wanted->qbuf_ns - linking->ways[from][wanted->device].ns;
	for (uint64_t number = oldest(linking, from); number < newest(linking, from); number++) {
		const struct link_key *key = linking_key(linking, from, number);
		uint64_t apart = ns_apart(key->taken_ns, ns);

		if (dated && key->timestamp_ns != wanted->input->timestamp_ns)
			continue;
		n++;
		if (apart >= least)
			continue;
		least = apart;
		*link = (struct link){.rule = VPIPE_RULE_order, .device = from, .number = number};
	}
	return n && is_free(linking_key(linking, from, link->number), wanted) &&
	       ((dated && n == 1) || least < interval(linking, from, link->number) / 2);
}

/* By the first rule that holds. */
static struct link find(struct linking *linking, const struct wanted *wanted)
{
	struct link link = {.why = LINK_no_match}, by_order = link;

	if (!wanted->input->tid)
		return (struct link){.why = LINK_not_seen};
	if (find_memory(linking, wanted, &link) || find_timestamp(linking, wanted, &link) ||
	    find_thread(linking, wanted, link.why == LINK_ambiguous, &link))
		return link;
	return find_order(linking, wanted, link.why == LINK_ambiguous, &by_order) ? by_order : link;
}

/* Of all that were there at @ns it is not known any more whether a frame was made from them. */
static void leave_open(struct linking *linking, unsigned int devices, uint64_t ns)
{
	for (unsigned int i = 0; i < devices; i++) {
		for (uint64_t number = oldest(linking, i); number < newest(linking, i); number++) {
			struct link_key *key = linking_key(linking, i, number);

			key->open |= key->taken_ns <= ns;
		}
	}
}

struct link linking_find(struct linking *linking, unsigned int device,
			 const struct vpipe_input *input, uint64_t qbuf_ns)
{
	const struct wanted wanted = {.device = device, .input = input, .qbuf_ns = qbuf_ns};
	struct link link = find(linking, &wanted);
	struct link_key *key;

	if (!link.rule) {
		leave_open(linking, device, qbuf_ns);
		return link;
	}
	key = linking_key(linking, link.device, link.number);
	key->used |= 1U << device;
	if (link.rule != VPIPE_RULE_order) {
		linking->ways[link.device][device].known = true;
		linking->ways[link.device][device].ns = qbuf_ns - key->taken_ns;
	}
	return link;
}

void linking_lost(struct linking *linking)
{
	leave_open(linking, VPIPE_MAX_DEVICES, UINT64_MAX);
	for (unsigned int i = 0; i < VPIPE_MAX_DEVICES; i++) {
		/* a buffer may have gone round unseen: what was in it is not what is */
		for (uint64_t number = oldest(linking, i); number < newest(linking, i); number++)
			linking_key(linking, i, number)->memory = 0;
	}
}

uint64_t links_linked(const struct link_sums *sums)
{
	uint64_t linked = 0;

	for (unsigned int rule = 0; rule < VPIPE_N_RULES; rule++)
		linked += sums->linked[rule];
	return linked;
}

uint64_t links_unlinked(const struct link_sums *sums)
{
	uint64_t unlinked = 0;

	for (unsigned int why = 0; why < LINK_N_WHYS; why++)
		unlinked += sums->unlinked[why];
	return unlinked;
}

bool links_may_be_early(const struct link_sums *sums)
{
	return !links_linked(sums) && links_unlinked(sums) <= VPIPE_MAX_BUFFERS;
}

const char *link_why_name(enum link_why why)
{
	static const char *const names[LINK_N_WHYS] = {
#define X(why, text) [LINK_##why] = #why,
		LINK_WHYS(X)
#undef X
	};

	return names[why];
}

const char *link_why_text(enum link_why why)
{
	static const char *const texts[LINK_N_WHYS] = {
#define X(why, text) [LINK_##why] = text,
		LINK_WHYS(X)
#undef X
	};

	return texts[why];
}
