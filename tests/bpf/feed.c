// SPDX-License-Identifier: MIT
/* feed.c - see feed.h */
#include "tests/bpf/feed.h"

void feed_fire(struct feed *feed, const char *event, const uint64_t *args, unsigned int n_args)
{
	int err = trace_fire(feed->trace, event, feed->ns, args, n_args);

	if (err && !feed->error)
		feed->error = err;
	feed->ns += feed->step;
	feed->events++;
}

void feed_queue(struct feed *feed, unsigned int ctx, unsigned int index, unsigned int src_seq)
{
	uint64_t qbuf_ns = feed->ns;

	feed->ns += feed->step;
	FEED_FIRE(feed, "vpipe_submit", ctx, index, src_seq, 1, feed->tid, 0, qbuf_ns, feed->ns);
}

void feed_run(struct feed *feed, unsigned int ctx, unsigned int out)
{
	feed->run_ns = feed->ns;
	FEED_FIRE(feed, "vpipe_runner", ctx, out, feed->tid, feed->run_ns);
}

void feed_job(struct feed *feed, unsigned int ctx, unsigned int out, unsigned int cap, uint64_t seq,
	      unsigned int bytesused)
{
	uint64_t copy_ns = feed->ns, step = feed->step;

	feed->ns += 4 * step;
	FEED_FIRE(feed, "vpipe_job", ctx, out, cap, bytesused, seq, feed->run_ns, copy_ns,
		  copy_ns + step, copy_ns + 2 * step, copy_ns + 3 * step, feed->ns);
}

void feed_process(struct feed *feed, unsigned int ctx, unsigned int out, unsigned int cap,
		  uint64_t seq)
{
	feed_run(feed, ctx, out);
	feed_job(feed, ctx, out, cap, seq, 307200);
}

void feed_dequeue(struct feed *feed, unsigned int ctx, unsigned int cap)
{
	uint64_t asked_ns = feed->ns;

	feed->ns += feed->step;
	FEED_FIRE(feed, "vpipe_pickup", ctx, cap, asked_ns, feed->ns);
}

void feed_close(struct feed *feed, unsigned int ctx)
{
	FEED_FIRE(feed, "vpipe_close", ctx);
}
