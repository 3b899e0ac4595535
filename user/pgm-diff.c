// SPDX-License-Identifier: MIT
/*
 * vpipe-pgm-diff - where two images differ, and by how much
 */
#include <stdio.h>
#include <stdlib.h>

#include "lib/args.h"
#include "lib/msg.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/tool.h"

/* Exit status if the images differ: 1 and 2 are taken, by what they mean everywhere. */
#define EXIT_DIFFERENT 3

struct env {
	const char *paths[3]; /* A, B, DIFF */
	bool quiet;
};

/* What was found. */
struct differences {
	size_t pixels;
	size_t first;
	unsigned int most;
};

enum { OPT_A = OPTIONS_OWN, OPT_B, OPT_DIFF };

static const struct argp_option table[] = {
	{"quiet", OPTIONS_QUIET, NULL, 0, "print errors only: the exit status tells", 0},
	{0},
};

static const char doc[] =
	"Compare two images of the same size and write how far each pixel is apart."
	"\vDIFF.PGM is written whether they differ or not: black where they are the same. "
	"Printed are the number of pixels that differ, the largest difference, and the column "
	"and row of the first, from 0.\n"
	"\n"
	"EXAMPLES\n"
	"  vpipe-pgm-diff edge.reference.pgm edge.kernel.pgm edge.diff.pgm\n"
	"  vpipe-pgm-diff -q a.pgm b.pgm diff.pgm && echo the same\n"
	"\n"
	"Exit status: 0 identical, 3 different, 1 failed (also: of different size), 2 usage.";

static bool set(void *data, int key, const char *text)
{
	struct env *env = data;

	switch (key) {
	case OPT_A:
	case OPT_B:
	case OPT_DIFF:
		env->paths[key - OPT_A] = text;
		return true;
	case OPTIONS_QUIET:
		env->quiet = true;
		return true;
	}
	return false;
}

static struct differences compare(struct pgm *diff, const struct pgm *a, const struct pgm *b)
{
	struct differences found = {0};

	for (size_t i = 0; i < pgm_pixels(a); i++) {
		unsigned int apart = (unsigned int)abs(a->pixels[i] - b->pixels[i]);

		diff->pixels[i] = (uint8_t)apart;
		if (!apart)
			continue;
		if (!found.pixels++)
			found.first = i;
		if (apart > found.most)
			found.most = apart;
	}
	return found;
}

static int load_both(const struct env *env, struct pgm *a, struct pgm *b)
{
	if (pgm_load(a, env->paths[0]) || pgm_load(b, env->paths[1]))
		return -1;
	if (a->width == b->width && a->height == b->height)
		return 0;
	msg_error("%s has %ux%u pixels, %s has %ux%u: they can't be compared", env->paths[0],
		  a->width, a->height, env->paths[1], b->width, b->height);
	return -1;
}

static int diff_images(const struct env *env, struct pgm *a, struct pgm *b, struct pgm *diff)
{
	struct differences found;
	struct newfile file;

	if (load_both(env, a, b) || output_alloc_pgm(diff, a->width, a->height) ||
	    output_open_file(&file, env->paths[2]))
		return EXIT_FAILED;
	found = compare(diff, a, b);
	if (output_commit_pgm(&file, env->paths[2], diff))
		return EXIT_FAILED;
	if (!env->quiet && !found.pixels)
		printf("identical: %zu pixels\n", pgm_pixels(a));
	else if (!env->quiet)
		printf("different: %zu of %zu pixels, by up to %u, the first at %zu,%zu\n",
		       found.pixels, pgm_pixels(a), found.most, found.first % a->width,
		       found.first / a->width);
	return found.pixels ? EXIT_DIFFERENT : EXIT_GOOD;
}

static int run(void *data)
{
	struct pgm a = {0}, b = {0}, diff = {0};
	int status = diff_images(data, &a, &b, &diff);

	pgm_free(&a);
	pgm_free(&b);
	pgm_free(&diff);
	return status;
}

static const struct tool tool = {
	.doc = doc,
	.args_doc = "A.PGM B.PGM DIFF.PGM",
	.arguments = (const int[]){OPT_A, OPT_B, OPT_DIFF, 0},
	.needed = 3,
	.missing = "A.PGM, B.PGM and DIFF.PGM are needed",
	.tables = {table},
	.set = set,
	.run = run,
};

int main(int argc, char **argv)
{
	struct env env = {0};

	return tool_main(&tool, &env, argc, argv);
}
