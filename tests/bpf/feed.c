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
	FEED_FIRE(feed, "vpipe_qbuf", ctx, FEED_OUTPUT, index, 1, 0);
	FEED_FIRE(feed, "vpipe_queued", ctx, FEED_OUTPUT, index, src_seq, 1);
}

void feed_process(struct feed *feed, unsigned int ctx, unsigned int out, unsigned int cap,
		  unsigned int src_seq, uint64_t seq)
{
	FEED_FIRE(feed, "vpipe_run", ctx, out, cap, src_seq, 1, 307200);
	FEED_FIRE(feed, "vpipe_copy_done", ctx, 0);
	FEED_FIRE(feed, "vpipe_cv_done", ctx, 1, 0, 7, 8);
	FEED_FIRE(feed, "vpipe_crc_done", ctx, 307200, 0xabcd);
	FEED_FIRE(feed, "vpipe_meta_write", ctx, seq, seq + 1, src_seq, cap);
	FEED_FIRE(feed, "vpipe_buf_done", ctx, FEED_OUTPUT, out, 0, FEED_DONE, 307200);
	FEED_FIRE(feed, "vpipe_buf_done", ctx, FEED_CAPTURE, cap, 0, FEED_DONE, 307200);
}

void feed_dequeue(struct feed *feed, unsigned int ctx, unsigned int cap)
{
	FEED_FIRE(feed, "vpipe_dqbuf", ctx, FEED_CAPTURE);
	FEED_FIRE(feed, "vpipe_dqbuf_ret", ctx, FEED_CAPTURE, cap, 0);
}

void feed_close(struct feed *feed, unsigned int ctx)
{
	FEED_FIRE(feed, "vpipe_close", ctx);
}
