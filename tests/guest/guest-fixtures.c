// SPDX-License-Identifier: MIT
/*
 * guest-fixtures.c - one image through vpipe with every region and threshold
 *
 * usage: guest-fixtures VPIPE HEAP IMAGE
 *
 * Each result must be that of the reference, to the byte. Printed are the metadata
 * rows that must have come of it, with these columns of vpipe-meta-drain:
 * src_v4l2_sequence,bytesused,crc32,algo_id,algo_status,roi_left,roi_top,roi_width,
 * roi_height,algo_value0,algo_value1,flags. Exit status: 0 good, 1 a result differs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "user/lib/capture.h"
#include "user/lib/crc.h"
#include "user/lib/feed.h"
#include "user/lib/ref.h"

#define REGIONS 13

static const unsigned int thresholds[] = {0, 1, 127, 128, 254, 255};

struct test {
	struct feed feed;
	struct pgm in;
	struct pgm reference;
	unsigned int failed;
};

static void set_region(unsigned int roi[4], unsigned int left, unsigned int top, unsigned int width,
		       unsigned int height)
{
	const unsigned int values[4] = {left, top, width, height};

	memcpy(roi, values, sizeof(values));
}

static void list_regions(unsigned int rois[REGIONS][4], unsigned int w, unsigned int h)
{
	const unsigned int most = VPIPE_MAX_SIZE;

	set_region(rois[0], 0, 0, 0, 0); /* empty: everything */
	set_region(rois[1], 3, 2, 0, 7);
	set_region(rois[2], 3, 2, 7, 0);
	set_region(rois[3], 0, 0, w, h); /* full */
	set_region(rois[4], 0, 0, most, most); /* larger */
	set_region(rois[5], 0, 0, 640, 480); /* the default */
	set_region(rois[6], w / 4, h / 4, w / 2 + 1, h / 2 + 1); /* inside */
	set_region(rois[7], 1, 1, 3, 2);
	set_region(rois[8], w - 1, 0, 5, h); /* over the right border */
	set_region(rois[9], 0, h - 1, w, 5); /* over the lower one */
	set_region(rois[10], w, 0, 2, 2); /* begins behind the last column */
	set_region(rois[11], 0, h, 2, 2); /* below the last row */
	set_region(rois[12], most, most, most, most);
}

static int process(struct test *test, const struct node_cv *cv)
{
	struct pipeline_frame frame;
	int err = node_set_cv(&test->feed.dev, cv);

	if (!err)
		err = feed_submit(&test->feed);
	if (!err)
		err = feed_receive(&test->feed, &frame);
	if (!err && frame.capture.flags & V4L2_BUF_FLAG_ERROR)
		err = v4l2_fail(-EIO, "frame %u is damaged", frame.source.sequence);
	return err;
}

/* The metadata row to expect, on stdout, and the result held against @expected. */
static void judge(struct test *test, const struct node_cv *cv, const struct ref_result *r,
		  const struct pgm *expected)
{
	size_t size;
	const void *payload = feed_payload(&test->feed, &size);

	printf("%" PRIu64 ",%zu,%" PRIu32 ",%u,%d,%u,%u,%u,%u,%" PRIu64 ",%" PRIu64 ",0\n",
	       test->feed.submitted - 1, pgm_pixels(expected),
	       crc_payload(expected->pixels, pgm_pixels(expected)), cv->algo, VPIPE_ALGO_OK,
	       r->left, r->top, r->width, r->height, r->white, r->black);
	if (size == pgm_pixels(expected) && !memcmp(payload, expected->pixels, size))
		return;
	test->failed++;
	msg_error("algo %u, threshold %u, region %u,%u,%u,%u: the result differs", cv->algo,
		  cv->threshold, cv->roi[0], cv->roi[1], cv->roi[2], cv->roi[3]);
}

static int test_all(struct test *test)
{
	unsigned int rois[REGIONS][4];
	struct node_cv cv = {.algo = VPIPE_ALGO_THRESHOLD};
	struct ref_result r = {0};
	int err = 0;

	list_regions(rois, test->in.width, test->in.height);
	for (size_t i = 0; !err && i < REGIONS; i++) {
		for (size_t j = 0; !err && j < sizeof(thresholds) / sizeof(thresholds[0]); j++) {
			cv.threshold = thresholds[j];
			memcpy(cv.roi, rois[i], sizeof(cv.roi));
			r = ref_threshold(&test->reference, &test->in, cv.roi, cv.threshold);
			err = process(test, &cv);
			if (!err)
				judge(test, &cv, &r, &test->reference);
		}
	}
	cv.algo = VPIPE_ALGO_NONE; /* the region of the last one is still there */
	if (!err)
		err = process(test, &cv);
	r.white = r.black = 0;
	if (!err)
		judge(test, &cv, &r, &test->in);
	return err;
}

static int run(struct test *test, const struct feed_config *config, const char *path)
{
	int err;

	if (stop_init() || pgm_load(&test->in, path) ||
	    pgm_alloc(&test->reference, test->in.width, test->in.height))
		return EXIT_FAILED;
	err = feed_open(&test->feed, config, &test->in);
	if (!err)
		err = test_all(test);
	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	feed_close(&test->feed);
	return err || test->failed ? EXIT_FAILED : EXIT_GOOD;
}

int main(int argc, char **argv)
{
	struct feed_config config = {.buffers = 2, .depth = 1, .timeout_ns = 20 * NS_PER_SEC};
	struct test test = {0};
	int status;

	if (argc != 4) {
		msg_error("three arguments are needed: VPIPE HEAP IMAGE");
		return EXIT_USAGE;
	}
	config.vpipe = argv[1];
	config.heap = argv[2];
	status = run(&test, &config, argv[3]);
	pgm_free(&test.in);
	pgm_free(&test.reference);
	return status;
}
