// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-read - frames of a V4L2 source, copied by read(2)
 */
#include "user/lib/capture-source.h"
#include "user/lib/tool.h"

#define CSV OUTPUT_FOLDER "/capture-read.csv"

static const char doc[] =
	"Capture frames of a V4L2 source with read(2) and write one CSV row each."
	"\vread(2) copies each frame once and tells neither its sequence nor its timestamp: "
	"those cells are empty, and lost frames are not seen. How many buffers there are is the "
	"driver's choice, whatever --buffers says. " CAPTURE_SOURCE_DEFAULTS_DOC CSV ".\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-capture-read                     300 frames of vivid\n"
	"  vpipe-capture-read /dev/video0 bench/read.csv 1000\n"
	"  vpipe-capture-read -f 100 --size 1280x720 -o bench/hd.csv\n"
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
	struct capture_source env = CAPTURE_SOURCE_DEFAULTS(SOURCE_READ, CSV);

	return tool_main(&tool, &env, argc, argv);
}
