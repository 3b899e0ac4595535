// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-dmabuf - vpipe-capture-m2m that never copies a frame
 */
#include "user/lib/capture-pipeline.h"
#include "user/lib/tool.h"

#define CSV OUTPUT_FOLDER "/capture-dmabuf.csv"

static const char doc[] =
	"Hand the buffers of a V4L2 source to vpipe as DMABUFs and write one CSV row a frame."
	"\vThe source exports its buffers (VIDIOC_EXPBUF) and vpipe reads them where they are. "
	"The rows are those of vpipe-capture-m2m, whose other transport copies "
	"them. " CAPTURE_PIPELINE_DEFAULTS_DOC CSV ".\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-capture-dmabuf                   300 frames of vivid through vpipe\n"
	"  vpipe-capture-dmabuf /dev/video0 vpipe bench/zero-copy.csv 1000\n"
	"  vpipe-capture-dmabuf -f 100 --algo none --size 1280x720 -o bench/hd.csv\n"
	"\n" CAPTURE_PIPELINE_ROWS_DOC;

static const struct tool tool = {
	.doc = doc,
	.args_doc = "[SOURCE VPIPE CSV FRAMES]",
	.arguments = (const int[]){OPTIONS_SOURCE, OPTIONS_VPIPE, OPTIONS_CSV, OPTIONS_FRAMES, 0},
	.tables = {capture_pipeline_table, options_cv_table, options_video_table,
		   options_rows_table},
	.set = capture_pipeline_set,
	.run = capture_pipeline_run,
};

int main(int argc, char **argv)
{
	struct capture_pipeline env = CAPTURE_PIPELINE_DEFAULTS(CSV);

	return tool_main(&tool, &env, argc, argv);
}
