// SPDX-License-Identifier: MIT
/*
 * vpipe-fixture-feed - an image through vpipe once, for its result
 */
#include "user/lib/capture-feed.h"
#include "user/lib/tool.h"

#define ARGUMENTS "VPIPE HEAP FIXTURE OUT.PGM"

static const char doc[] =
	"Send an image through vpipe once and keep the result."
	"\vThe same in, the same out: sequence and timestamp of the frame are 0, so that its "
	"metadata row, but for seq, is the same each time. " CAPTURE_FEED_HEAP_DOC "\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-fixture-feed vpipe /dev/dma_heap/system edge.pgm out.pgm\n"
	"  vpipe-fixture-feed --threshold 90 --roi 0,0,64,64 vpipe \\\n"
	"      /dev/udmabuf edge.pgm out.pgm\n"
	"\n" CAPTURE_EXIT_DOC;

static const struct tool tool = {
	.doc = doc,
	.args_doc = ARGUMENTS,
	.arguments = (const int[]){OPTIONS_VPIPE, CAPTURE_FEED_HEAP, CAPTURE_FEED_FIXTURE,
				   CAPTURE_FEED_OUTPUT, 0},
	.needed = 4,
	.missing = ARGUMENTS " are needed, in this order",
	.tables = {capture_feed_table, options_cv_table, options_rows_table},
	.set = capture_feed_set,
	.run = capture_feed_run,
};

int main(int argc, char **argv)
{
	struct capture_feed env = CAPTURE_FEED_DEFAULTS(NULL);

	env.rows.frames = 1;
	return tool_main(&tool, &env, argc, argv);
}
