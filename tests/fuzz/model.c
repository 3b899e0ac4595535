// SPDX-License-Identifier: MIT
/* model.c - see model.h */
#include <stddef.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/model.h"

#define OUTPUT 2 /* V4L2_BUF_TYPE_VIDEO_OUTPUT */

static void count(struct model *model, unsigned int what)
{
	model->counts[what]++;
	model->last = what + 1;
}

/* Where file @id has its context, or the first place on the way that @other has: 0 is free. */
static struct model_context *find(struct model *model, uint32_t id, uint32_t other)
{
	for (unsigned int probe = 0; probe < VPIPE_MAX_CONTEXTS; probe++) {
		struct model_context *context = &model->contexts[(id + probe) % VPIPE_MAX_CONTEXTS];

		if (context->id == id || context->id == other)
			return context;
	}
	return NULL;
}

/* 0 is no file's id. */
static struct model_context *context_of(struct model *model, uint32_t id)
{
	return id ? find(model, id, id) : NULL;
}

static struct model_context *claim(struct model *model, uint32_t id)
{
	struct model_context *context = id ? find(model, id, 0) : NULL;

	if (context)
		context->id = id;
	return context;
}

static void drop(struct model *model, struct model_frame *frame, unsigned int why)
{
	if (frame->used)
		count(model, why);
	frame->used = false;
}

static void submit(struct model *model, struct model_context *context, const uint64_t *args)
{
	struct model_frame *frame;

	if (!context || args[1] >= VPIPE_MAX_BUFFERS) {
		count(model, VPIPE_LOSS_no_context);
		return;
	}
	frame = &context->out[args[1]];
	drop(model, frame, VPIPE_LOSS_incomplete);
	if (!args[6])
		return; /* QBUF was before tracing began */
	frame->used = true;
	frame->submitted = model->n_events;
	memcpy(frame->submit, args, 8 * sizeof(*args));
	count(model, VPIPE_COUNT_STARTED);
}

static void job(struct model *model, struct model_context *context, const uint64_t *args)
{
	struct model_frame *out, *cap;

	if (!context || args[1] >= VPIPE_MAX_BUFFERS || args[2] >= VPIPE_MAX_BUFFERS)
		return;
	out = &context->out[args[1]];
	cap = &context->cap[args[2]];
	drop(model, cap, VPIPE_LOSS_incomplete);
	if (!out->used) {
		count(model, VPIPE_LOSS_no_start);
		return;
	}
	*cap = *out;
	out->used = false;
	cap->ran = model->n_events;
	memcpy(cap->job, args, 11 * sizeof(*args));
}

/* All times are there, in order, none in 292 years. */
static bool is_whole(const struct model_frame *frame)
{
	const uint64_t times[] = {frame->submit[6], frame->submit[7], frame->job[5],
				  frame->job[6],    frame->job[7],    frame->job[8],
				  frame->job[9],    frame->job[10],   frame->pickup[3]};
	uint64_t last = 1;

	for (unsigned int i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (times[i] < last || times[i] >> 63)
			return false;
		last = times[i];
	}
	return frame->pickup[2] <= frame->pickup[3];
}

static void pickup(struct model *model, struct model_context *context, const uint64_t *args)
{
	struct model_frame *frame;

	if (!context || args[1] >= VPIPE_MAX_BUFFERS || !context->cap[args[1]].used)
		return;
	frame = &context->cap[args[1]];
	frame->picked = model->n_events;
	memcpy(frame->pickup, args, 4 * sizeof(*args));
	if (!is_whole(frame)) {
		drop(model, frame, VPIPE_LOSS_incomplete);
		return;
	}
	FUZZ_CHECK(model->n_ended < MODEL_ENDED);
	model->ended[model->n_ended++] = *frame;
	drop(model, frame, VPIPE_COUNT_RECORDED);
}

static void stop(struct model *model, struct model_context *context, uint64_t queue)
{
	for (unsigned int i = 0; i < VPIPE_MAX_BUFFERS; i++) {
		if (queue == OUTPUT)
			drop(model, &context->out[i], VPIPE_LOSS_cancelled);
		else
			drop(model, &context->cap[i], VPIPE_LOSS_not_dequeued);
	}
}

static void close_file(struct model *model, struct model_context *context)
{
	for (unsigned int i = 0; i < VPIPE_MAX_BUFFERS; i++) {
		drop(model, &context->out[i], VPIPE_LOSS_closed);
		drop(model, &context->cap[i], VPIPE_LOSS_closed);
	}
	context->id = 0;
}

void model_event(struct model *model, enum model_kind kind, const uint64_t *args)
{
	uint32_t id = (uint32_t)args[0];
	struct model_context *context = context_of(model, id);

	model->last = 0;
	/* a file is followed from when a frame of it is seen; if it is to be ours, we queue it */
	if (!context && (kind == MODEL_SUBMIT || (kind == MODEL_JOB && !model->only_clients)))
		context = claim(model, id);
	if (kind == MODEL_JOB && model->only_clients && !context)
		count(model, VPIPE_LOSS_others);
	else if (kind == MODEL_SUBMIT)
		submit(model, context, args);
	else if (kind == MODEL_JOB)
		job(model, context, args);
	else if (kind == MODEL_PICKUP)
		pickup(model, context, args);
	else if (kind == MODEL_STREAMOFF && context)
		stop(model, context, args[1]);
	else if (kind == MODEL_CLOSE && context)
		close_file(model, context);
	model->n_events++;
}

uint64_t model_in_flight(const struct model *model)
{
	uint64_t frames = 0;

	for (unsigned int i = 0; i < VPIPE_MAX_CONTEXTS; i++) {
		for (unsigned int n = 0; model->contexts[i].id && n < VPIPE_MAX_BUFFERS; n++)
			frames += model->contexts[i].out[n].used + model->contexts[i].cap[n].used;
	}
	return frames;
}
