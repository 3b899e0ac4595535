// SPDX-License-Identifier: MIT
/* isp.c - see isp.h */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "loader/model/isp.h"

#define TOGETHER 8 /* the part of a job within which all that it did is done */

/* An OUTPUT buffer, and what was done with it. */
struct job {
	struct vpipe_frame record;
	uint64_t given_ns, begin_ns, done_ns; /* it can have begun no earlier than that */
	uint64_t before_ns; /* the job before it was done; 0: not known */
	uint32_t used; /* a bit for each node that has a frame of it */
	bool repeated; /* another one has the same timestamp */
};

/* The latest ones of an ISP. */
struct isp {
	uint64_t n; /* that there were */
	struct job jobs[ISP_JOBS]; /* by number, modulo the size */
};

struct isps {
	const struct isp_node *nodes;
	unsigned int n_nodes;
	struct isps_listener listener;
	struct isp *all[VPIPE_MAX_DEVICES]; /* by number; NULL: there is none */
	uint64_t first, next; /* of those that wait: the first, and behind the last */
	struct vpipe_frame waiting[ISP_WAITING]; /* by number, modulo the size */
};

struct isps *isps_new(const struct isp_node *nodes, unsigned int n,
		      const struct isps_listener *listener)
{
	struct isps *isps = calloc(1, sizeof(*isps));

	for (unsigned int i = 0; isps && i < n; i++) {
		if (nodes[i].role != ISP_INPUT || isps->all[nodes[i].isp])
			continue;
		isps->all[nodes[i].isp] = calloc(1, sizeof(struct isp));
		if (isps->all[nodes[i].isp])
			continue;
		isps_free(isps);
		return NULL;
	}
	if (!isps)
		return NULL;
	isps->nodes = nodes;
	isps->n_nodes = n;
	isps->listener = *listener;
	return isps;
}

void isps_free(struct isps *isps)
{
	for (unsigned int i = 0; isps && i < VPIPE_MAX_DEVICES; i++)
		free(isps->all[i]);
	free(isps);
}

/* The stage that waits for the reader begins when the buffer is done. */
static unsigned int reader_of(const struct path *path)
{
	return path_find(path, STAGE_OF_READER);
}

static uint64_t done_of(const struct isps *isps, const struct vpipe_frame *record)
{
	return record->ns[reader_of(isps->nodes[record->device].path)];
}

static struct job *job_at(struct isp *isp, uint64_t number)
{
	return &isp->jobs[number % ISP_JOBS];
}

static uint64_t oldest(const struct isp *isp)
{
	return isp->n > ISP_JOBS ? isp->n - ISP_JOBS : 0;
}

static void add_job(const struct isps *isps, const struct vpipe_frame *record)
{
	const struct isp_node *node = &isps->nodes[record->device];
	struct isp *isp = isps->all[node->isp];
	unsigned int done = reader_of(node->path);
	struct job job = {
		.record = *record,
		.given_ns = record->cycle.given_ns,
		.begin_ns = done ? record->ns[done - 1] : 0,
		.done_ns = record->ns[done],
	};

	for (uint64_t i = oldest(isp); i < isp->n; i++) {
		struct job *other = job_at(isp, i);

		if (other->record.cycle.timestamp_ns == record->cycle.timestamp_ns)
			other->repeated = job.repeated = true;
	}
	if (isp->n)
		job.before_ns = job_at(isp, isp->n - 1)->done_ns;
	*job_at(isp, isp->n++) = job;
}

/* A frame that was done at @done_ns may be of it, at a node that has none of it yet. */
static bool is_free(const struct job *job, const struct vpipe_frame *record, uint64_t done_ns)
{
	return !(job->used & 1U << record->device) && job->given_ns < done_ns;
}

/* The last one that was done when @done_ns was, and the first one behind that; NULL: none. */
static void find_around(struct isp *isp, uint64_t done_ns, struct job **before, struct job **behind)
{
	*before = *behind = NULL;
	for (uint64_t i = oldest(isp); i < isp->n; i++) {
		struct job *job = job_at(isp, i);

		if (job->done_ns <= done_ns)
			*before = job;
		else if (!*behind)
			*behind = job;
	}
}

static struct job *find_timestamp(struct isp *isp, const struct vpipe_frame *record,
				  uint64_t done_ns)
{
	for (uint64_t i = oldest(isp); record->cycle.timestamp_ns && i < isp->n; i++) {
		struct job *job = job_at(isp, i);

		if (job->record.cycle.timestamp_ns == record->cycle.timestamp_ns)
			return job->repeated || !is_free(job, record, done_ns) ? NULL : job;
	}
	return NULL;
}

/* How far from the end of @job @done_ns is, if it is a part of that; UINT64_MAX: it is not. */
static uint64_t apart(const struct job *job, uint64_t done_ns)
{
	uint64_t ns = job ? ns_apart(job->done_ns, done_ns) : 0;

	if (!job || !job->begin_ns || ns * TOGETHER >= job->done_ns - job->begin_ns)
		return UINT64_MAX;
	return ns;
}

/* By what is @record, which was done at @done_ns, of which job? */
static enum vpipe_rule find_job(struct isp *isp, const struct vpipe_frame *record, uint64_t done_ns,
				struct job **job)
{
	struct job *before, *behind;
	uint64_t ns_before, ns_behind;
	bool is_before, is_behind;

	*job = find_timestamp(isp, record, done_ns);
	if (*job)
		return VPIPE_RULE_timestamp;
	find_around(isp, done_ns, &before, &behind);
	ns_before = apart(before, done_ns);
	ns_behind = apart(behind, done_ns);
	if (ns_before != ns_behind) {
		*job = ns_before < ns_behind ? before : behind;
		return is_free(*job, record, done_ns) ? VPIPE_RULE_job : VPIPE_RULE_none;
	}
	is_before = before && before->record.seq == record->seq;
	is_behind = behind && behind->record.seq == record->seq;
	if (is_before != is_behind) {
		*job = is_before ? before : behind;
		return is_free(*job, record, done_ns) ? VPIPE_RULE_sequence : VPIPE_RULE_none;
	}
	*job = before;
	return before && is_free(before, record, done_ns) ? VPIPE_RULE_order : VPIPE_RULE_none;
}

/* The bits of the stages of @node that @bits has, where they are on the joined path. */
static unsigned int move_bits(const struct isp_node *node, unsigned int bits)
{
	unsigned int from = reader_of(node->path), to = reader_of(node->joined);
	unsigned int stages = (1U << (node->joined->n_stages - to)) - 1;

	return (bits >> from & stages) << to;
}

/* What came of its reader, on the joined path; of its job nothing is known yet. */
static void move_reader(struct vpipe_frame *to, const struct isp_node *node,
			const struct vpipe_frame *from)
{
	unsigned int first = reader_of(node->path), moved = reader_of(node->joined);

	*to = *from;
	memset(to->ns, 0, sizeof(to->ns));
	memset(to->splits, 0, sizeof(to->splits));
	for (unsigned int i = 0; moved + i <= node->joined->n_stages; i++)
		to->ns[moved + i] = from->ns[first + i];
	for (unsigned int i = 0; moved + i < node->joined->n_stages; i++) {
		to->splits[moved + i] = from->splits[first + i];
		to->carriers[moved + i] = from->carriers[first + i];
	}
	to->flags = (from->flags & ((1U << VPIPE_FRAME_CARRIED) - 1)) |
		    move_bits(node, from->flags >> VPIPE_FRAME_CARRIED) << VPIPE_FRAME_CARRIED;
	to->split = move_bits(node, from->split);
	to->unknown = move_bits(node, from->unknown);
	to->cycle.has_input = false;
	to->cycle.input = (struct vpipe_input){0};
}

/* It began with the OUTPUT buffer of @job, which could not begin before there was a CAPTURE buffer. */
static void begin_with(struct vpipe_frame *to, const struct isp_node *node, const struct job *job)
{
	unsigned int done = reader_of(node->joined);
	const unsigned int stages = (1U << done) - 1;
	unsigned long long *begin = &to->ns[done - 1];

	to->out_index = job->record.cap_index;
	if (!job->given_ns)
		return; /* before tracing began: when it could begin is not known either */
	memcpy(to->ns, job->record.ns, done * sizeof(to->ns[0]));
	memcpy(to->splits, job->record.splits, done * sizeof(to->splits[0]));
	if (*begin < to->cycle.given_ns)
		*begin = to->cycle.given_ns;
	if (*begin > to->ns[done])
		*begin = to->ns[done];
	to->split |= job->record.split & stages;
	to->unknown |= job->record.unknown & stages;
	to->cycle.has_input = job->record.cycle.has_input;
	to->cycle.input = job->record.cycle.input;
	to->cycle.input.own_end_ns = job->before_ns;
	to->cycle.input.other_end_ns = 0;
}

static void send_frame(struct isps *isps, const struct vpipe_frame *record)
{
	const struct isp_node *node = &isps->nodes[record->device];
	struct isp *isp = isps->all[node->isp];
	enum vpipe_rule rule = VPIPE_RULE_none;
	struct vpipe_frame joined;
	struct job *job;

	move_reader(&joined, node, record);
	if (isp)
		rule = find_job(isp, record, done_of(isps, record), &job);
	if (rule) {
		job->used |= 1U << record->device;
		begin_with(&joined, node, job);
	}
	isps->listener.record(isps->listener.arg, &joined, rule);
}

static void send(struct isps *isps, const struct vpipe_frame *record)
{
	switch (isps->nodes[record->device].role) {
	case ISP_NONE:
		isps->listener.record(isps->listener.arg, record, VPIPE_RULE_none);
		break;
	case ISP_INPUT:
		isps->listener.input(isps->listener.arg, record);
		break;
	case ISP_OUTPUT:
		send_frame(isps, record);
		break;
	case ISP_BESIDE:
		break;
	}
}

/* Are both OUTPUT buffers known that it can be done with? */
static bool is_ripe(const struct isps *isps, const struct vpipe_frame *record)
{
	const struct isp_node *node = &isps->nodes[record->device];
	struct isp *isp = isps->all[node->isp];

	if (node->role != ISP_OUTPUT || !isp)
		return true;
	return isp->n && job_at(isp, isp->n - 1)->done_ns > done_of(isps, record);
}

static struct vpipe_frame *waiting_at(struct isps *isps, uint64_t number)
{
	return &isps->waiting[number % ISP_WAITING];
}

void isps_add(struct isps *isps, const struct vpipe_frame *record)
{
	if (isps->nodes[record->device].role == ISP_INPUT)
		add_job(isps, record);
	if (isps->next - isps->first == ISP_WAITING)
		send(isps, waiting_at(isps, isps->first++));
	*waiting_at(isps, isps->next++) = *record;
	while (isps->first < isps->next && is_ripe(isps, waiting_at(isps, isps->first)))
		send(isps, waiting_at(isps, isps->first++));
}

void isps_flush(struct isps *isps)
{
	while (isps->first < isps->next)
		send(isps, waiting_at(isps, isps->first++));
}
