// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-mmap - frames of a V4L2 source, read where the driver put them
 */
#include "user/lib/capture-source.h"
#include "user/lib/tool.h"

#define CSV OUTPUT_FOLDER "/capture-mmap.csv"

static const char doc[] =
	"Capture frames of a V4L2 source in mapped buffers and write one CSV row each."
	"\v" CAPTURE_SOURCE_DEFAULTS_DOC CSV ".\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-capture-mmap                     300 frames of vivid\n"
	"  vpipe-capture-mmap /dev/video0 bench/mmap.csv 1000\n"
	"  vpipe-capture-mmap -f 100 --size 1280x720 --buffers 8 -o bench/hd.csv\n"
	"\n" CAPTURE_SOURCE_ROWS_DOC;

static const struct tool tool = {
	.doc = doc,
	.args_doc = "[VIDEO CSV FRAMES]",
	.arguments = (const int[]){CAPTURE_SOURCE_DEVICE, OPTIONS_CSV, OPTIONS_FRAMES, 0},
	.tables = {capture_source_table, options_video_table, options_rows_table},
	.set = capture_source_set,
	.run = capture_source_run,
};

int main(int argc, char **argv)
{
	struct capture_source env = CAPTURE_SOURCE_DEFAULTS(SOURCE_MMAP, CSV);

	return tool_main(&tool, &env, argc, argv);
}
