/* SPDX-License-Identifier: MIT */
/*
 * pgm.h - 8-bit grey images as binary PGM files (P5)
 *
 * Read: the first image of a file, comments anywhere in the header, maxval 255 and
 * nothing else: other depths would have to be scaled, which is for the user to
 * decide. Written: "P5\nWIDTH HEIGHT\n255\n" and the pixels.
 */
#ifndef VPIPE_PGM_H
#define VPIPE_PGM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/newfile.h"

/** Largest width and height, in pixels. */
#define PGM_MAX_SIZE 4096

/** Room for any sentence in @why. */
#define PGM_WHY 160

/** An image; its lines follow each other without a gap. */
struct pgm {
	unsigned int width; /**< pixels */
	unsigned int height;
	uint8_t *pixels;
};

/** An image of zeroes. Returns 0 or -ENOMEM. */
int pgm_alloc(struct pgm *image, unsigned int width, unsigned int height);

/** Free the pixels; an image that failed to be read or is freed is left alone. */
void pgm_free(struct pgm *image);

/** Number of pixels, which is that of bytes. */
size_t pgm_pixels(const struct pgm *image);

/**
 * Read the first image of @from. Returns 0, with a warning in @why if something
 * follows it, or "" there; -EINVAL with what is wrong with it in @why ("has a
 * width of 0; ..."); or another -errno of reading.
 */
int pgm_read(struct pgm *image, FILE *from, char why[PGM_WHY]);

/** pgm_read() of a file; prints why it failed, and warnings. Returns 0 or -errno. */
int pgm_load(struct pgm *image, const char *path);

/** Write @image to a file that was started. Returns 0 or -errno. */
int pgm_write(const struct pgm *image, const struct newfile *file);

#endif /* VPIPE_PGM_H */
