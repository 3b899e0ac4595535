// SPDX-License-Identifier: MIT
/* fuzz-pgm.c - the PGM reader on any bytes: refused with a reason, or every byte accounted for */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"
#include "user/lib/pgm.h"

/* What is written of an image is read as the same image. */
static void check_again(const struct pgm *image)
{
	static struct fuzz_file file;
	struct newfile out;
	struct pgm again;

	fuzz_file(&file, "", 0);
	out = (struct newfile){.fd = file.fd};
	FUZZ_CHECK(lseek(file.fd, 0, SEEK_SET) == 0 && !pgm_write(image, &out));
	FUZZ_CHECK(!pgm_load(&again, file.path));
	FUZZ_CHECK(again.width == image->width && again.height == image->height);
	FUZZ_CHECK(!memcmp(again.pixels, image->pixels, pgm_pixels(image)));
	pgm_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *from = fmemopen((void *)(uintptr_t)data, size, "r");
	char why[PGM_WHY];
	struct pgm image;
	int err;

	FUZZ_CHECK(from != NULL);
	memset(why, 'x', sizeof(why));
	err = pgm_read(&image, from, why);
	fclose(from);
	if (err) {
		FUZZ_CHECK(err == -EINVAL, "%d", err);
		FUZZ_CHECK(memchr(why, '\0', sizeof(why)) && strlen(why) > 5);
		fuzz_check_text(why, strlen(why));
		FUZZ_CHECK(!image.pixels);
		return 0;
	}
	FUZZ_CHECK(image.width >= 1 && image.width <= PGM_MAX_SIZE);
	FUZZ_CHECK(image.height >= 1 && image.height <= PGM_MAX_SIZE);
	FUZZ_CHECK(pgm_pixels(&image) < size);
	if (!*why) /* the pixels are the end of the file, all of it behind the header */
		FUZZ_CHECK(!memcmp(image.pixels, data + size - pgm_pixels(&image),
				   pgm_pixels(&image)));
	else /* they are somewhere in it, with something behind them, and that is said */
		FUZZ_CHECK(memmem(data, size - 1, image.pixels, pgm_pixels(&image)) &&
			   strstr(why, "behind its"));
	check_again(&image);
	pgm_free(&image);
	return 0;
}
