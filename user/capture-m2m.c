// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-m2m - frames from a V4L2 source through vpipe, timed one by one
 */
#include <string.h>

#include "lib/args.h"
#include "user/lib/capture-pipeline.h"
#include "user/lib/tool.h"

#define CSV OUTPUT_FOLDER "/capture-m2m.csv"

static const struct argp_option table[] = {
	{"transport", OPTIONS_TRANSPORT, "dmabuf|mmap", 0,
	 "dmabuf: hand the source's buffers over (default); mmap: copy them", 0},
	{0},
};

static const char doc[] =
	"Capture frames from a V4L2 source through vpipe and write one CSV row each."
	"\v" CAPTURE_PIPELINE_DEFAULTS_DOC CSV ".\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-capture-m2m                      300 frames of vivid through vpipe\n"
	"  vpipe-capture-m2m -f 1000 -t mmap -o bench/copy.csv\n"
	"  vpipe-capture-m2m /dev/video0 vpipe bench/run.csv 300 dmabuf none\n"
	"  vpipe-capture-m2m --size 1280x720 --roi 0,0,320,240 --threshold 90\n"
	"\n" CAPTURE_PIPELINE_ROWS_DOC;

static bool set(void *data, int key, const char *text)
{
	static const char *const transports[] = {"dmabuf", "mmap", NULL};
	struct capture_pipeline *env = data;

	if (key != OPTIONS_TRANSPORT)
		return capture_pipeline_set(env, key, text);
	if (strspn(text, "0123456789.") == strlen(text))
		args_fail("-t is for the transport; a time limit is --timeout %.40s", text);
	env->config.transport = options_parse_choice("transport", text, transports)
					? TRANSPORT_MMAP
					: TRANSPORT_DMABUF;
	return true;
}

static const struct tool tool = {
	.doc = doc,
	.args_doc = "[SOURCE VPIPE CSV FRAMES TRANSPORT ALGO THRESHOLD]",
	.arguments = (const int[]){OPTIONS_SOURCE, OPTIONS_VPIPE, OPTIONS_CSV, OPTIONS_FRAMES,
				   OPTIONS_TRANSPORT, OPTIONS_ALGO, OPTIONS_THRESHOLD, 0},
	.tables = {table, capture_pipeline_table, options_cv_table, options_video_table,
		   options_rows_table},
	.set = set,
	.run = capture_pipeline_run,
};

int main(int argc, char **argv)
{
	struct capture_pipeline env = CAPTURE_PIPELINE_DEFAULTS(CSV);

	return tool_main(&tool, &env, argc, argv);
}
