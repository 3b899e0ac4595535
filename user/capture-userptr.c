// SPDX-License-Identifier: MIT
/*
 * vpipe-capture-userptr - frames of a V4L2 source, in the memory of the program
 */
#include "user/lib/capture-source.h"
#include "user/lib/tool.h"

#define CSV OUTPUT_FOLDER "/capture-userptr.csv"

enum { OPT_MEMORY = OPTIONS_OWN };

static const struct argp_option table[] = {
	{"memory", OPT_MEMORY, "pool|fresh", 0,
	 "pool: the same memory again and again (default); fresh: new memory for each QBUF", 0},
	{0},
};

static const char doc[] =
	"Capture frames of a V4L2 source in memory of the program (USERPTR) and write one CSV "
	"row each."
	"\vpool: each buffer keeps its memory, so that only its first QBUF has to fault its "
	"pages in and pin them; fresh: each QBUF brings newly mapped memory. The column "
	"qbuf_minflt has the page faults of each QBUF. " CAPTURE_SOURCE_DEFAULTS_DOC CSV ".\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-capture-userptr                  300 frames of vivid, from a pool\n"
	"  vpipe-capture-userptr /dev/video0 bench/fresh.csv 1000 fresh\n"
	"  vpipe-capture-userptr -f 100 --memory fresh -o bench/fresh.csv\n"
	"\n" CAPTURE_SOURCE_ROWS_DOC;

static bool set(void *data, int key, const char *text)
{
	static const char *const memories[] = {"pool", "fresh", NULL};
	struct capture_source *env = data;

	if (key != OPT_MEMORY)
		return capture_source_set(env, key, text);
	env->config.io = options_parse_choice("memory", text, memories) ? SOURCE_USERPTR_FRESH
									: SOURCE_USERPTR_POOL;
	return true;
}

static const struct tool tool = {
	.doc = doc,
	.args_doc = "[VIDEO CSV FRAMES POOL-OR-FRESH]",
	.arguments =
		(const int[]){CAPTURE_SOURCE_DEVICE, OPTIONS_CSV, OPTIONS_FRAMES, OPT_MEMORY, 0},
	.tables = {table, capture_source_table, options_video_table, options_rows_table},
	.set = set,
	.run = capture_source_run,
};

int main(int argc, char **argv)
{
	struct capture_source env = CAPTURE_SOURCE_DEFAULTS(SOURCE_USERPTR_POOL, CSV);

	return tool_main(&tool, &env, argc, argv);
}
