// SPDX-License-Identifier: MIT
/*
 * vpipe-bench-fixture - an image in a heap buffer through vpipe, again and again
 */
#include "user/lib/capture-feed.h"
#include "user/lib/tool.h"

#define CSV OUTPUT_FOLDER "/bench-fixture.csv"

static const char doc[] =
	"Queue an image in a DMA-heap buffer to vpipe again and again and write one CSV row each "
	"time."
	"\vThe rows are those of vpipe-capture-m2m; what is about a source is empty but for "
	"src_sequence, which counts the frames. Without a FIXTURE it is a ramp of 640x480 "
	"pixels; without an OUT.PGM the result is not kept; the CSV is " CSV
	". " CAPTURE_FEED_HEAP_DOC "\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-bench-fixture                    300 times a ramp\n"
	"  vpipe-bench-fixture -f 10000 --fixture edge.pgm --depth 4\n"
	"  vpipe-bench-fixture vpipe /dev/udmabuf edge.pgm bench/edge.csv 1000 \\\n"
	"      threshold 90 bench/edge.kernel.pgm\n"
	"\n"
	"Turnaround, in the summary, is the time from QBUF to the DQBUF of the result; with a "
	"depth of more than 1 it has waiting in it.\n"
	"\n" CAPTURE_EXIT_DOC;

static const struct tool tool = {
	.doc = doc,
	.args_doc = "[VPIPE HEAP FIXTURE CSV FRAMES ALGO THRESHOLD OUT.PGM]",
	.arguments = (const int[]){OPTIONS_VPIPE, CAPTURE_FEED_HEAP, CAPTURE_FEED_FIXTURE,
				   OPTIONS_CSV, OPTIONS_FRAMES, OPTIONS_ALGO, OPTIONS_THRESHOLD,
				   CAPTURE_FEED_OUTPUT, 0},
	.tables = {capture_feed_table, options_cv_table, options_rows_table},
	.set = capture_feed_set,
	.run = capture_feed_run,
};

int main(int argc, char **argv)
{
	struct capture_feed env = CAPTURE_FEED_DEFAULTS(CSV);

	env.config.dated = true;
	return tool_main(&tool, &env, argc, argv);
}
