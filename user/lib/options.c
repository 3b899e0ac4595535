// SPDX-License-Identifier: MIT
/* options.c - options that some of the capture programs share, see options.h */
#include "lib/args.h"
#include "lib/caches.h"
#include "user/lib/options.h"

static const char *const algos[] = {"none", "threshold", NULL};

unsigned int options_parse_number(const char *what, const char *text, unsigned int min,
				  unsigned int max)
{
	char why[ARGS_WHY];
	uint64_t number;

	if (args_parse_u64(what, text, min, max, &number, why))
		args_fail("%s", why);
	return (unsigned int)number;
}

void options_parse_roi(const char *what, const char *text, unsigned int roi[4])
{
	char why[ARGS_WHY];

	if (args_parse_list(what, text, "L,T,W,H", ',', 4, 0, VPIPE_MAX_SIZE, roi, why))
		args_fail("%s", why);
}

int options_positional(const struct argp_state *state, const char *arg, const int *keys,
		       unsigned int count)
{
	if (state->arg_num >= count)
		args_fail("'%s' is one argument too many", arg);
	return keys[state->arg_num];
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

static error_t parse_video(int key, char *arg, struct argp_state *state)
{
	struct vsetup *setup = state->input;

	switch (key) {
	case OPTIONS_SIZE:
		set_size(setup, arg);
		return 0;
	case OPTIONS_FPS:
		setup->fps = options_parse_number("--fps", arg, 1, 1000);
		return 0;
	case OPTIONS_BUFFERS:
		setup->buffers = options_parse_number("--buffers", arg, 1, VIDEO_MAX_FRAME);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

void options_cv_set(struct node_cv *cv, int key, const char *text)
{
	char why[ARGS_WHY];

	switch (key) {
	case OPTIONS_ALGO:
		if (args_parse_choice("algo", text, algos, &cv->algo, why))
			args_fail("%s", why);
		break;
	case OPTIONS_THRESHOLD:
		cv->threshold = options_parse_number("threshold", text, 0, 255);
		break;
	case OPTIONS_ROI:
		options_parse_roi("--roi", text, cv->roi);
		break;
	case OPTIONS_NO_CRC:
		cv->no_crc = true;
		break;
	case OPTIONS_CACHE:
		if (args_parse_choice("--cache", text, cache_names, &cv->cache, why))
			args_fail("%s", why);
		break;
	}
}

static error_t parse_cv(int key, char *arg, struct argp_state *state)
{
	if (key < OPTIONS_ALGO || key > OPTIONS_CACHE)
		return ARGP_ERR_UNKNOWN;
	options_cv_set(state->input, key, arg);
	return 0;
}

static const struct argp_option video_options[] = {
	{"size", OPTIONS_SIZE, "WxH", 0, "frame size in pixels (default 640x480)", 0},
	{"fps", OPTIONS_FPS, "N", 0, "frames a second (default 30)", 0},
	{"buffers", OPTIONS_BUFFERS, "N", 0, "buffers of each queue, 1 to 32 (default 4)", 0},
	{0},
};

static const struct argp_option cv_options[] = {
	{"algo", OPTIONS_ALGO, "NAME", 0, "none, or threshold (default)", 0},
	{"threshold", OPTIONS_THRESHOLD, "N", 0, "0 to 255: brighter becomes white (default 127)",
	 0},
	{"roi", OPTIONS_ROI, "L,T,W,H", 0, "region to process, in pixels (default: the frame)", 0},
	{"no-crc", OPTIONS_NO_CRC, NULL, 0, "leave the CRC out", 0},
	{"cache", OPTIONS_CACHE, "WHAT", 0,
	 "flush before each job: as-is (nothing, default), source or both (source and result)", 0},
	{0},
};

const struct argp options_video_argp = {.options = video_options, .parser = parse_video};
const struct argp options_cv_argp = {.options = cv_options, .parser = parse_cv};
