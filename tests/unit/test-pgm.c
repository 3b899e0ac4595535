// SPDX-License-Identifier: MIT
/* PGM files: what is read, what is refused and in which words, what is written. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "user/lib/pgm.h"

static char why[PGM_WHY];

/* pgm_read() of @size bytes. */
static int read_bytes(struct pgm *image, const void *bytes, size_t size)
{
	FILE *from = tmpfile();
	int err;

	assert_non_null(from);
	assert_int_equal(fwrite(bytes, 1, size, from), size);
	rewind(from);
	err = pgm_read(image, from, why);
	fclose(from);
	return err;
}

static void expect_image(const char *bytes, size_t size, unsigned int width, unsigned int height,
			 const char *pixels)
{
	struct pgm image;
	int err = read_bytes(&image, bytes, size);

	if (err)
		print_message("# %s\n", why);
	assert_int_equal(err, 0);
	assert_int_equal(image.width, width);
	assert_int_equal(image.height, height);
	assert_memory_equal(image.pixels, pixels, (size_t)width * height);
	pgm_free(&image);
	assert_null(image.pixels);
}

#define EXPECT_IMAGE(text, width, height, pixels) \
	expect_image(text, sizeof(text) - 1, width, height, pixels)

static void test_headers(void **state)
{
	(void)state;
	EXPECT_IMAGE("P5\n1 1\n255\nx", 1, 1, "x");
	EXPECT_IMAGE("P5 3 2 255 abcdef", 3, 2, "abcdef");
	EXPECT_IMAGE("P5\t\r\n 3\v2\f255\rabcdef", 3, 2, "abcdef");
	EXPECT_IMAGE("P5\n0003 002\n0000000255\nabcdef", 3, 2, "abcdef");
	/* only one white space character ends the header: the next is a pixel */
	EXPECT_IMAGE("P5\n2 1\n255\n\n ", 2, 1, "\n ");
	EXPECT_IMAGE("P5\n2 1\n255\r\n ", 2, 1, "\n ");
	EXPECT_IMAGE("P5\n2 1\n255 #x", 2, 1, "#x");
	EXPECT_IMAGE("P5\n2 2\n255\n\0\xff\x80\0", 2, 2, "\0\xff\x80\0");
}

static void test_comments(void **state)
{
	(void)state;
	EXPECT_IMAGE("P5\n# made by hand\n2 1\n255\nab", 2, 1, "ab");
	EXPECT_IMAGE("P5#\n#\n# 9 9 9\n2#two\n1 # one\n#\n255\nab", 2, 1, "ab");
	EXPECT_IMAGE("P5\n2 1\r# ends with CR\r255\nab", 2, 1, "ab");
	EXPECT_IMAGE("P5\n2 1\n255# its end is the white space\nab", 2, 1, "ab");
}

static void expect_refused(const char *bytes, size_t size, const char *words)
{
	struct pgm image = {.pixels = (uint8_t *)1};
	int err = read_bytes(&image, bytes, size);

	if (err != -EINVAL || !strstr(why, words))
		print_message("# wanted '%s', got %d '%s'\n", words, err, why);
	assert_int_equal(err, -EINVAL);
	assert_non_null(strstr(why, words));
	assert_null(image.pixels);
	assert_true(strlen(why) < PGM_WHY - 1);
}

#define EXPECT_REFUSED(text, words) expect_refused(text, sizeof(text) - 1, words)

static void test_other_formats(void **state)
{
	(void)state;
	EXPECT_REFUSED("", "is empty");
	EXPECT_REFUSED("P", "does not begin with P5");
	EXPECT_REFUSED("P\0", "does not begin with P5");
	EXPECT_REFUSED("P2\n1 1\n255\n0\n", "as text (P2)");
	EXPECT_REFUSED("P6\n1 1\n255\nabc", "is no grey image (P6)");
	EXPECT_REFUSED("P4\n1 1\n\1", "is no grey image (P4)");
	EXPECT_REFUSED("P51 1\n255\nx", "no white space behind P5");
	EXPECT_REFUSED("\x89PNG\r\n\x1a\n", "does not begin with P5");
	EXPECT_REFUSED("p5\n1 1\n255\nx", "does not begin with P5");
}

static void test_depths(void **state)
{
	(void)state;
	EXPECT_REFUSED("P5\n1 1\n65535\nxx", "16-bit pixels (maxval 65535)");
	EXPECT_REFUSED("P5\n1 1\n256\nxx", "16-bit pixels (maxval 256)");
	EXPECT_REFUSED("P5\n1 1\n254\nx", "maxval 254; only 255");
	EXPECT_REFUSED("P5\n1 1\n1\nx", "maxval 1;");
	EXPECT_REFUSED("P5\n1 1\n0\nx", "no PGM can have");
	EXPECT_REFUSED("P5\n1 1\n65536\nx", "no PGM can have");
	EXPECT_REFUSED("P5\n1 1\n4294967551\nx", "no PGM can have"); /* 2^32 + 255 */
}

static void test_hostile_headers(void **state)
{
	(void)state;
	EXPECT_REFUSED("P5\n0 1\n255\n", "a width of 0;");
	EXPECT_REFUSED("P5\n1 0\n255\n", "a height of 0;");
	EXPECT_REFUSED("P5\n4097 1\n255\n", "a width of 4097; 1 to 4096");
	EXPECT_REFUSED("P5\n1 4097\n255\n", "a height of 4097; 1 to 4096");
	EXPECT_REFUSED("P5\n999999999 999999999\n255\n", "a width of a million or more");
	EXPECT_REFUSED("P5\n4294967297 1\n255\nx", "a width of a million or more");
	EXPECT_REFUSED("P5\n18446744073709551617 1\n255\nx", "a width of a million or more");
	EXPECT_REFUSED("P5\n65536 65536\n255\n", "a width of 65536;");
	EXPECT_REFUSED("P5\n-1 1\n255\nx", "no number where its width");
	EXPECT_REFUSED("P5\n1 +1\n255\nx", "no number where its height");
	EXPECT_REFUSED("P5\n1 1\n0xff\nx", "no white space behind its maxval");
	EXPECT_REFUSED("P5\n1x1\n255\nx", "no white space behind its width");
	EXPECT_REFUSED("P5\n1.0 1\n255\nx", "no white space behind its width");
	EXPECT_REFUSED("P5\n1\0001\n255\nx", "no white space behind its width");
}

static void test_cut_off(void **state)
{
	static const char whole[] = "P5\n3 2\n255\nabcdef";
	struct pgm image;

	(void)state;
	for (size_t size = 0; size < sizeof(whole) - 1; size++)
		assert_int_equal(read_bytes(&image, whole, size), -EINVAL);
	EXPECT_REFUSED("P5\n3 2\n255\nabcde", "it has 5 of its 6 pixels");
	EXPECT_REFUSED("P5\n3 2\n255\n", "it has 0 of its 6 pixels");
	EXPECT_REFUSED("P5\n3 2\n255", "is cut off behind its maxval");
	EXPECT_REFUSED("P5\n3 2 # and then nothing", "is cut off before its maxval");
	EXPECT_REFUSED("P5\n4096 4096\n255\nabc", "it has 3 of its 16777216 pixels");
}

/* The first image counts, as with other readers; that there is more is said. */
static void test_more(void **state)
{
	static const char *const files[] = {
		"P5\n3 2\n255\nabcdefg",
		"P5\n3 2\n255\nabcdef\n",
		"P5\n3 2\n255\nabcdefP5\n1 1\n255\nx",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		expect_image(files[i], strlen(files[i]), 3, 2, "abcdef");
		assert_non_null(strstr(why, "has something behind its 6 pixels"));
	}
	EXPECT_IMAGE("P5\n3 2\n255\nabcdef", 3, 2, "abcdef");
	assert_string_equal(why, "");
}

/* Nobody waits for who would write into a FIFO. */
static void test_fifo(void **state)
{
	char folder[] = "/tmp/test-pgm-XXXXXX", path[64];
	struct pgm image;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.pgm", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20);
	assert_int_equal(pgm_load(&image, path), -EINVAL);
	assert_int_equal(pgm_load(&image, "/dev/zero"), -EINVAL);
	assert_int_equal(pgm_load(&image, folder), -EISDIR);
	alarm(0);
	assert_int_equal(unlink(path) || rmdir(folder), 0);
}

/* What a disk or a folder can't give is no fault of the format. */
static void test_read_error(void **state)
{
	struct pgm image;
	FILE *from = fopen("/", "r");

	(void)state;
	assert_non_null(from);
	assert_int_equal(pgm_read(&image, from, why), -EISDIR);
	fclose(from);
	assert_int_equal(pgm_load(&image, "/nonexistent/x.pgm"), -ENOENT);
	assert_null(image.pixels);
}

static void write_and_read(unsigned int width, unsigned int height)
{
	char path[] = "/tmp/test-pgm-XXXXXX";
	int fd = mkstemp(path);
	struct newfile file;
	struct pgm image, again;
	struct stat st;

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(pgm_alloc(&image, width, height), 0);
	for (size_t i = 0; i < pgm_pixels(&image); i++)
		image.pixels[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(newfile_open(&file, path), 0);
	assert_int_equal(pgm_write(&image, &file), 0);
	assert_int_equal(stat(path, &st) || st.st_size, 0); /* not in place yet */
	assert_int_equal(newfile_commit(&file), 0);
	assert_int_equal(pgm_load(&again, path), 0);
	assert_int_equal(again.width, width);
	assert_int_equal(again.height, height);
	assert_memory_equal(again.pixels, image.pixels, pgm_pixels(&image));
	pgm_free(&image);
	pgm_free(&again);
	unlink(path);
}

static void test_write(void **state)
{
	(void)state;
	write_and_read(1, 1);
	write_and_read(7, 5);
	write_and_read(4096, 1);
	write_and_read(1, 4096);
	write_and_read(641, 479);
	write_and_read(4096, 4096);
}

static void test_nothing_half_written(void **state)
{
	char folder[] = "/tmp/test-pgm-XXXXXX", path[64], tmp[96];
	struct newfile file, second;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.pgm", folder);
	snprintf(tmp, sizeof(tmp), "%s.vpipe.tmp", path);
	assert_int_equal(newfile_open(&file, path), 0);
	assert_int_equal(newfile_write(&file, "half", 4), 0);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(newfile_open(&second, path), -EBUSY);
	newfile_abort(&file);
	newfile_abort(&file);
	assert_int_equal(access(tmp, F_OK), -1);
	assert_int_equal(rmdir(folder), 0); /* it is empty */
	assert_int_equal(newfile_open(&file, path), -ENOENT);
	assert_int_equal(newfile_open(&file, ""), -EINVAL);
	assert_int_equal(newfile_open(&file, "/tmp"), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_comments),
		cmocka_unit_test(test_other_formats),
		cmocka_unit_test(test_depths),
		cmocka_unit_test(test_hostile_headers),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_more),
		cmocka_unit_test(test_fifo),
		cmocka_unit_test(test_read_error),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_nothing_half_written),
	};

	return cmocka_run_group_tests_name("pgm", tests, NULL, NULL);
}
