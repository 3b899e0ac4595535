// SPDX-License-Identifier: MIT
/*
 * vpipe-cv-ref - vpipe's threshold in userspace, byte by byte, to compare with
 */
#include <inttypes.h>
#include <stdio.h>

#include "lib/args.h"
#include "user/lib/crc.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/ref.h"
#include "user/lib/tool.h"

struct env {
	const char *in;
	const char *out;
	struct node_cv cv;
	unsigned int sides; /* of the region, given as arguments */
	bool quiet;
};

/* Those of the region are its arguments, in the order of node_cv.roi. */
enum { OPT_IN = OPTIONS_OWN, OPT_OUT, OPT_LEFT, OPT_TOP, OPT_WIDTH, OPT_HEIGHT };

static const struct argp_option table[] = {
	OPTIONS_THRESHOLD_ENTRY,
	{"roi", OPTIONS_ROI, "L,T,W,H", 0, "region to process, in pixels (default: the image)", 0},
	{"quiet", OPTIONS_QUIET, NULL, 0, "print errors only", 0},
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

static void set_side(struct env *env, unsigned int side, const char *text)
{
	static const char *const names[] = {"left", "top", "width", "height"};

	env->cv.roi[side] = options_parse_number(names[side], text, 0, VPIPE_MAX_SIZE);
	env->sides++;
}

static bool set(void *data, int key, const char *text)
{
	struct env *env = data;

	switch (key) {
	case OPT_IN:
		env->in = text;
		return true;
	case OPT_OUT:
		env->out = text;
		return true;
	case OPT_LEFT:
	case OPT_TOP:
	case OPT_WIDTH:
	case OPT_HEIGHT:
		set_side(env, (unsigned int)(key - OPT_LEFT), text);
		return true;
	case OPTIONS_QUIET:
		env->quiet = true;
		return true;
	}
	return options_cv_set(&env->cv, key, text);
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

static int run(void *data)
{
	const struct env *env = data;
	struct pgm in = {0}, out = {0};
	int status;

	if (env->sides % 4)
		args_fail("the region needs all of LEFT TOP WIDTH HEIGHT");
	status = convert(env, &in, &out);
	pgm_free(&in);
	pgm_free(&out);
	return status;
}

static const struct tool tool = {
	.doc = doc,
	.args_doc = "IN.PGM OUT.PGM [THRESHOLD [LEFT TOP WIDTH HEIGHT]]",
	.arguments = (const int[]){OPT_IN, OPT_OUT, OPTIONS_THRESHOLD, OPT_LEFT, OPT_TOP, OPT_WIDTH,
				   OPT_HEIGHT, 0},
	.needed = 2,
	.missing = "IN.PGM and OUT.PGM are needed",
	.tables = {table},
	.set = set,
	.run = run,
};

int main(int argc, char **argv)
{
	struct env env = {.cv = OPTIONS_CV_DEFAULTS};

	return tool_main(&tool, &env, argc, argv);
}
