// SPDX-License-Identifier: MIT
/* options.c - options that several of the capture programs have, see options.h */
#include "lib/args.h"
#include "lib/caches.h"
#include "lib/msg.h"
#include "user/lib/options.h"

unsigned int options_parse_number(const char *what, const char *text, unsigned int min,
				  unsigned int max)
{
	char why[ARGS_WHY];
	uint64_t number;

	if (args_parse_u64(what, text, min, max, &number, why))
		args_fail("%s", why);
	return (unsigned int)number;
}

unsigned int options_parse_choice(const char *what, const char *text, const char *const names[])
{
	char why[ARGS_WHY];
	unsigned int choice;

	if (args_parse_choice(what, text, names, &choice, why))
		args_fail("%s", why);
	return choice;
}

static void set_csv(struct options_rows *rows, const char *text)
{
	if (!*text)
		args_fail("the CSV file needs a name");
	args_no_stdout("--csv", text, "rows");
	rows->csv = text;
	rows->csv_given = true;
}

static void set_timeout(struct options_rows *rows, const char *text)
{
	char why[ARGS_WHY];

	if (args_parse_seconds("--timeout", text, 0, 86400, &rows->timeout_ns, why))
		args_fail("%s", why);
	rows->timeout_given = true;
}

bool options_rows_set(struct options_rows *rows, int key, const char *text)
{
	switch (key) {
	case OPTIONS_FRAMES:
		rows->frames =
			options_parse_number("frames", text, rows->min_frames, ARGS_MAX_FRAMES);
		return true;
	case OPTIONS_CSV:
		set_csv(rows, text);
		return true;
	case OPTIONS_TIMEOUT:
		set_timeout(rows, text);
		return true;
	case OPTIONS_TRANSPORT:
		args_fail("-t is for a transport, which there is none of here; a time limit is "
			  "--timeout %.40s",
			  text);
	case OPTIONS_QUIET:
		rows->quiet = true;
		msg_quiet();
		return true;
	}
	return false;
}

static void set_size(struct vsetup *setup, const char *text)
{
	unsigned int pair[2];
	char why[ARGS_WHY];

	if (args_parse_list("--size", text, "WxH", 'x', 2, VPIPE_MIN_SIZE, VPIPE_MAX_SIZE, pair,
			    why))
		args_fail("%s", why);
	setup->width = pair[0];
	setup->height = pair[1];
}

bool options_video_set(struct vsetup *setup, int key, const char *text)
{
	switch (key) {
	case OPTIONS_SIZE:
		set_size(setup, text);
		return true;
	case OPTIONS_FPS:
		setup->fps = options_parse_number("--fps", text, 1, 1000);
		return true;
	case OPTIONS_BUFFERS:
		setup->buffers = options_parse_number("--buffers", text, 1, VIDEO_MAX_FRAME);
		return true;
	}
	return false;
}

static void set_roi(struct node_cv *cv, const char *text)
{
	char why[ARGS_WHY];

	if (args_parse_list("--roi", text, "L,T,W,H", ',', 4, 0, VPIPE_MAX_SIZE, cv->roi, why))
		args_fail("%s", why);
}

bool options_cv_set(struct node_cv *cv, int key, const char *text)
{
	static const char *const algos[] = {"none", "threshold", NULL};

	switch (key) {
	case OPTIONS_ALGO:
		cv->algo = options_parse_choice("algo", text, algos);
		return true;
	case OPTIONS_THRESHOLD:
		cv->threshold = options_parse_number("threshold", text, 0, 255);
		return true;
	case OPTIONS_ROI:
		set_roi(cv, text);
		return true;
	case OPTIONS_NO_CRC:
		cv->no_crc = true;
		return true;
	case OPTIONS_CACHE:
		cv->cache = options_parse_choice("--cache", text, cache_names);
		return true;
	}
	return false;
}

const struct argp_option options_rows_table[] = {
	{"frames", OPTIONS_FRAMES, "N", 0, "stop after N frames", 0},
	{"csv", OPTIONS_CSV, "FILE", 0, "write the rows to FILE", 0},
	{"timeout", OPTIONS_TIMEOUT, "S", 0, "give up when nothing came for S seconds; 0: never",
	 0},
	{"quiet", OPTIONS_QUIET, NULL, 0, "print errors and warnings only", 0},
	{NULL, OPTIONS_TRANSPORT, "S", OPTION_HIDDEN, NULL, 0},
	{0},
};

const struct argp_option options_video_table[] = {
	{"size", OPTIONS_SIZE, "WxH", 0, "frame size in pixels (default 640x480)", 0},
	{"fps", OPTIONS_FPS, "N", 0, "frames a second (default 30)", 0},
	{"buffers", OPTIONS_BUFFERS, "N", 0, "buffers of each queue, 1 to 32 (default 4)", 0},
	{0},
};

const struct argp_option options_cv_table[] = {
	{"algo", OPTIONS_ALGO, "none|threshold", 0, "what vpipe does (default threshold)", 0},
	OPTIONS_THRESHOLD_ENTRY,
	{"roi", OPTIONS_ROI, "L,T,W,H", 0, "region to process, in pixels (default: the frame)", 0},
	{"no-crc", OPTIONS_NO_CRC, NULL, 0, "leave the CRC out", 0},
	{"cache", OPTIONS_CACHE, "as-is|source|both", 0,
	 "flush before each job: nothing (default), the source, or the result as well", 0},
	{0},
};
