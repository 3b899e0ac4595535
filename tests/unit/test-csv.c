// SPDX-License-Identifier: MIT
/* The CSV writer: what it writes, and that a file is whole or the old one. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/csv.h"

static char folder[64];
static char target[128];
static char temporary[144];
static char content[4096];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-csv-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(target, sizeof(target), "%s/out.csv", folder);
	snprintf(temporary, sizeof(temporary), "%s.vpipe.tmp", target);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t n;

	assert_non_null(file);
	n = fread(content, 1, sizeof(content) - 1, file);
	content[n] = '\0';
	fclose(file);
	return content;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void test_numbers(void **state)
{
	static const uint64_t edges[] = {0,    9,    10,    99,	   100,	       999,
					 1000, 9999, 10000, 99999, UINT32_MAX, UINT64_MAX};
	char expected[1024] = "a,b\n";
	struct csv *csv;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "a,b"), 0);
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		char row[64];

		snprintf(row, sizeof(row), "%" PRIu64 ",%" PRId64 "\n", edges[i],
			 -(int64_t)edges[i]);
		strcat(expected, row);
		csv_u64(csv, edges[i]);
		csv_i64(csv, -(int64_t)edges[i]);
		assert_int_equal(csv_end_row(csv), 0);
	}
	csv_i64(csv, INT64_MIN);
	csv_i64(csv, INT64_MAX);
	csv_end_row(csv);
	strcat(expected, "-9223372036854775808,9223372036854775807\n");
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(target), expected);
}

/* Every number of digits, both ends of it, against printf(). */
static void test_all_digits(void **state)
{
	char expected[2048] = "n\n";
	struct csv *csv;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "n"), 0);
	for (uint64_t power = 1; power; power = power <= UINT64_MAX / 10 ? power * 10 : 0) {
		char row[64];

		snprintf(row, sizeof(row), "%" PRIu64 "\n%" PRIu64 "\n", power - 1, power + 7);
		strcat(expected, row);
		csv_u64(csv, power - 1);
		csv_end_row(csv);
		csv_u64(csv, power + 7);
		csv_end_row(csv);
	}
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(target), expected);
}

static void test_times(void **state)
{
	static const char expected[] = "t,u\n1,\n,18446744073709551615\n";
	struct csv *csv;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "t,u"), 0);
	csv_time(csv, 1);
	csv_time(csv, 0);
	csv_end_row(csv);
	csv_time(csv, 0);
	csv_time(csv, UINT64_MAX);
	csv_end_row(csv);
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(target), expected);
}

static void test_strings_and_doubles(void **state)
{
	/* the rest is 1e300 in full */
	static const char expected[] = "s,t,d,e\nplain text,\"a,b\",1.0,\n"
				       "\"say \"\"hi\"\"\",two\\x0alines,-0.500,\n,,,1000000";
	struct csv *csv;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "s,t,d,e"), 0);
	csv_str(csv, "plain text");
	csv_str(csv, "a,b");
	csv_double(csv, 1.005, 1);
	csv_empty(csv);
	csv_end_row(csv);
	csv_str(csv, "say \"hi\"");
	csv_str(csv, "two\nlines");
	csv_double(csv, -0.5, 3);
	csv_double(csv, NAN, 3);
	csv_end_row(csv);
	csv_str(csv, "");
	csv_str(csv, NULL);
	csv_double(csv, INFINITY, 1);
	csv_double(csv, 1e300, 0);
	csv_end_row(csv);
	assert_int_equal(csv_commit(csv), 0);
	assert_memory_equal(read_file(target), expected, strlen(expected));
}

/* Bytes of a name, and text that was made of one: see test-text.c. */
static void test_bytes(void **state)
{
	struct csv *csv;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "s,t"), 0);
	csv_str(csv, "Pr\xc3,\"\\x41\"");
	csv_text(csv, "Pr\\xc3,\\x41\x1b\xff");
	csv_end_row(csv);
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(target), "s,t\n\"Pr\\xc3,\"\"\\x5cx41\"\"\","
					       "\"Pr\\xc3,\\x41\\x1b\\xff\"\n");
}

/* Cells that cross the end of the buffer many times over. */
static void test_large(void **state)
{
	static char text[3001];
	struct csv *csv;
	struct stat st;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[1500] = '"';
	assert_int_equal(csv_create(&csv, target, "s,n"), 0);
	for (int i = 0; i < 1000; i++) {
		csv_str(csv, text);
		csv_u64(csv, 12345);
		assert_int_equal(csv_end_row(csv), 0);
	}
	assert_int_equal(csv_commit(csv), 0);
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 4 + 1000 * (3000 + 3 + 1 + 5 + 1));
}

/* Numbers that cross it. */
static void test_many_numbers(void **state)
{
	uint64_t row = 0, number;
	struct csv *csv;
	FILE *file;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "n"), 0);
	for (uint64_t i = 0; i < 100 * 1000; i++) {
		csv_u64(csv, i * 123456789);
		assert_int_equal(csv_end_row(csv), 0);
	}
	assert_int_equal(csv_commit(csv), 0);
	file = fopen(target, "r");
	assert_non_null(file);
	assert_int_equal(fgetc(file), 'n');
	while (fscanf(file, "%" SCNu64, &number) == 1)
		assert_int_equal(number, row++ * 123456789);
	fclose(file);
	assert_int_equal(row, 100 * 1000);
}

static void test_cell_count(void **state)
{
	struct csv *csv;

	(void)state;
	for (int cells = 0; cells <= 4; cells++) {
		int expected = cells == 2 ? 0 : -EINVAL;

		write_file(target, "old");
		assert_int_equal(csv_create(&csv, target, "a,b"), 0);
		for (int i = 0; i < cells; i++)
			csv_u64(csv, 1);
		assert_int_equal(csv_end_row(csv), expected);
		/* sticky: a right row after it changes nothing */
		csv_u64(csv, 1);
		csv_u64(csv, 1);
		assert_int_equal(csv_end_row(csv), expected);
		assert_int_equal(csv_commit(csv), expected);
		assert_string_equal(read_file(target), expected ? "old" : "a,b\n1,1\n1,1\n");
		assert_int_equal(access(temporary, F_OK), -1);
	}
}

static void test_half_row(void **state)
{
	struct csv *csv;

	(void)state;
	assert_int_equal(csv_create(&csv, target, "a,b"), 0);
	csv_u64(csv, 1);
	assert_int_equal(csv_commit(csv), -EINVAL);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(access(temporary, F_OK), -1);
}

/* What only looks like a temporary file is the user's. */
static void test_other_tmp(void **state)
{
	char other[136];
	struct csv *csv;

	(void)state;
	snprintf(other, sizeof(other), "%s.tmp", target);
	write_file(other, "mine");
	assert_int_equal(csv_create(&csv, target, "a"), 0);
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(other), "mine");
}

static void test_target_untouched_until_commit(void **state)
{
	struct csv *csv;

	(void)state;
	write_file(target, "old");
	assert_int_equal(csv_create(&csv, target, "a"), 0);
	csv_u64(csv, 7);
	csv_end_row(csv);
	assert_int_equal(csv_flush(csv), 0);
	assert_string_equal(read_file(target), "old");
	assert_string_equal(read_file(temporary), "a\n7\n");
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(target), "a\n7\n");
	assert_int_equal(access(temporary, F_OK), -1);
}

static void test_abort(void **state)
{
	struct csv *csv;

	(void)state;
	write_file(target, "old");
	assert_int_equal(csv_create(&csv, target, "a"), 0);
	assert_int_equal(access(temporary, F_OK), 0);
	csv_abort(csv);
	assert_int_equal(access(temporary, F_OK), -1);
	assert_string_equal(read_file(target), "old");
	csv_abort(NULL);
}

/* A file may only grow to 100 kB: as on a full disk, a write in the middle fails. */
static void test_no_room(void **state)
{
	struct rlimit old, small;
	struct csv *csv;
	int err = 0;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	write_file(target, "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 100 * 1000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(csv_create(&csv, target, "a"), 0);
	for (int i = 0; i < 100 * 1000; i++) {
		csv_u64(csv, UINT64_MAX);
		err = csv_end_row(csv);
	}
	assert_int_equal(err, -EFBIG);
	assert_int_equal(csv_flush(csv), -EFBIG);
	assert_int_equal(csv_commit(csv), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_string_equal(read_file(target), "old");
	assert_int_equal(access(temporary, F_OK), -1);
}

/*
 * What is no regular file is written to, never replaced. A FIFO of our own, and
 * not a device: a writer that is wrong would replace the machine's.
 */
static void test_fifo(void **state)
{
	char fifo[128], text[16] = "";
	struct csv *csv;
	struct stat st;
	int fd;

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	fd = open(fifo, O_RDWR | O_NONBLOCK);
	assert_true(fd >= 0);
	assert_int_equal(csv_create(&csv, fifo, "a"), 0);
	assert_int_equal(csv_commit(csv), 0);
	assert_int_equal(lstat(fifo, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(read(fd, text, sizeof(text) - 1), 2);
	assert_string_equal(text, "a\n");
	close(fd);
}

/* A pipe without a name, as behind /dev/stdout. */
static void test_pipe(void **state)
{
	char path[64], text[16] = "";
	struct csv *csv;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	snprintf(path, sizeof(path), "/dev/fd/%d", fds[1]);
	assert_int_equal(csv_create(&csv, path, "a"), 0);
	assert_int_equal(csv_commit(csv), 0);
	assert_int_equal(read(fds[0], text, sizeof(text) - 1), 2);
	assert_string_equal(text, "a\n");
	close(fds[0]);
	close(fds[1]);
}

static void test_link(void **state)
{
	char link[128];
	struct csv *csv;
	struct stat st;

	(void)state;
	snprintf(link, sizeof(link), "%s/link.csv", folder);
	write_file(target, "old");
	assert_int_equal(symlink("out.csv", link), 0);
	assert_int_equal(csv_create(&csv, link, "a"), 0);
	assert_int_equal(csv_commit(csv), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_string_equal(read_file(target), "a\n");
	unlink(target);
	assert_int_equal(csv_create(&csv, link, "a"), -ENOENT);
}

/* A temporary file that is a link must not lead the writer elsewhere. */
static void test_stale(void **state)
{
	char victim[128];
	struct csv *csv;

	(void)state;
	snprintf(victim, sizeof(victim), "%s/victim", folder);
	write_file(victim, "precious");
	assert_int_equal(symlink(victim, temporary), 0);
	assert_int_equal(csv_create(&csv, target, "a"), 0);
	csv_abort(csv);
	assert_string_equal(read_file(victim), "precious");

	write_file(temporary, "left behind by a killed program");
	assert_int_equal(csv_create(&csv, target, "a"), 0);
	assert_int_equal(csv_commit(csv), 0);
	assert_string_equal(read_file(target), "a\n");
}

static void test_two_writers(void **state)
{
	struct csv *first, *second;

	(void)state;
	assert_int_equal(csv_create(&first, target, "first"), 0);
	assert_int_equal(csv_create(&second, target, "second"), -EBUSY);
	assert_null(second);
	assert_int_equal(csv_commit(first), 0);
	assert_string_equal(read_file(target), "first\n");
}

static void test_bad_targets(void **state)
{
	char path[160];
	struct csv *csv;

	(void)state;
	snprintf(path, sizeof(path), "%s/none/out.csv", folder);
	assert_int_equal(csv_create(&csv, path, "a"), -ENOENT);
	assert_null(csv);
	assert_int_equal(csv_create(&csv, folder, "a"), -EISDIR);
	assert_int_equal(csv_create(&csv, "", "a"), -EINVAL);
	assert_int_equal(csv_create(&csv, target, ""), -EINVAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_all_digits),
		TEST(test_times),
		TEST(test_strings_and_doubles),
		TEST(test_bytes),
		TEST(test_large),
		TEST(test_many_numbers),
		TEST(test_cell_count),
		TEST(test_half_row),
		TEST(test_other_tmp),
		TEST(test_target_untouched_until_commit),
		TEST(test_abort),
		TEST(test_no_room),
		TEST(test_fifo),
		TEST(test_pipe),
		TEST(test_link),
		TEST(test_stale),
		TEST(test_two_writers),
		TEST(test_bad_targets),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
