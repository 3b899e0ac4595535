// SPDX-License-Identifier: MIT
/*
 * vpipe-cv-ref - vpipe's threshold in userspace, byte by byte, to compare with
 */
#include <argp.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/args.h"
#include "user/lib/capture.h"
#include "user/lib/crc.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/ref.h"

struct env {
	const char *in;
	const char *out;
	struct node_cv cv;
	bool quiet;
};

enum { OPT_ROI = 256, OPT_THRESHOLD, OPT_QUIET = 'q' };

static const struct argp_option options[] = {
	{"threshold", OPT_THRESHOLD, "N", 0, "0 to 255: brighter becomes white (default 127)", 0},
	{"roi", OPT_ROI, "L,T,W,H", 0, "region to process, in pixels (default: the image)", 0},
	{"quiet", OPT_QUIET, NULL, 0, "print errors only", 0},
	{0},
};

static const char doc[] =
	"Do to an image what vpipe's threshold does, in the plainest way."
	"\vTHRESHOLD is 127 if not given. The region has the meaning of the driver's controls: "
	"with a WIDTH or HEIGHT of 0 it is the image, otherwise its corner is moved into the "
	"image and its size cut. Printed is what the driver's metadata row must hold: the "
	"region as clamped, white and black pixels in it, and the checksum of the result.\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-cv-ref edge.pgm bench/edge.reference.pgm\n"
	"  vpipe-cv-ref edge.pgm ref.pgm 90\n"
	"  vpipe-cv-ref edge.pgm ref.pgm 90 0 0 64 64\n"
	"  vpipe-cv-ref --roi 0,0,64,64 --threshold 90 edge.pgm ref.pgm\n"
	"\n"
	"Exit status: 0 good, 1 failed, 2 usage.";

static const char args_doc[] = "IN.PGM OUT.PGM [THRESHOLD [LEFT TOP WIDTH HEIGHT]]";

static void set_argument(struct env *env, unsigned int number, const char *text)
{
	static const char *const names[] = {"left", "top", "width", "height"};

	switch (number) {
	case 0:
		env->in = text;
		break;
	case 1:
		env->out = text;
		break;
	case 2:
		options_cv_set(&env->cv, OPTIONS_THRESHOLD, text);
		break;
	case 3:
	case 4:
	case 5:
	case 6:
		env->cv.roi[number - 3] =
			options_parse_number(names[number - 3], text, 0, VPIPE_MAX_SIZE);
		break;
	default:
		args_fail("'%s' is one argument too many", text);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct env *env = state->input;

	switch (key) {
	case OPT_THRESHOLD:
		options_cv_set(&env->cv, OPTIONS_THRESHOLD, arg);
		break;
	case OPT_ROI:
		options_cv_set(&env->cv, OPTIONS_ROI, arg);
		break;
	case OPT_QUIET:
		env->quiet = true;
		break;
	case ARGP_KEY_ARG:
		set_argument(env, state->arg_num, arg);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			args_fail("IN.PGM and OUT.PGM are needed");
		if (state->arg_num > 3 && state->arg_num < 7)
			args_fail("the region needs all of LEFT TOP WIDTH HEIGHT");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int convert(const struct env *env, struct pgm *in, struct pgm *out)
{
	struct newfile file;
	struct ref_result r;

	if (pgm_load(in, env->in) || output_alloc_pgm(out, in->width, in->height) ||
	    output_open_file(&file, env->out))
		return EXIT_FAILED;
	r = ref_threshold(out, in, env->cv.roi, env->cv.threshold);
	if (output_commit_pgm(&file, env->out, out))
		return EXIT_FAILED;
	if (!env->quiet)
		printf("roi %u,%u,%u,%u white %" PRIu64 " black %" PRIu64 " crc32 %" PRIu32 "\n",
		       r.left, r.top, r.width, r.height, r.white, r.black,
		       crc_payload(out->pixels, pgm_pixels(out)));
	return EXIT_GOOD;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {options, parse, args_doc, doc, NULL, NULL, NULL};
	struct env env = {.cv = OPTIONS_CV_DEFAULTS};
	struct pgm in = {0}, out = {0};
	int status;

	args_run(&argp, argc, argv, &env);
	status = capture_init() ? EXIT_FAILED : convert(&env, &in, &out);
	pgm_free(&in);
	pgm_free(&out);
	return status;
}
