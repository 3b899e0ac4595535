// SPDX-License-Identifier: MIT
/* The CSV reader: what it reads, what it refuses, and that it says where. */
#include <errno.h>
#include <inttypes.h>
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

#include "lib/csv-read.h"
#include "lib/csv.h"

static char path[] = "/tmp/test-csv-read-XXXXXX";
static char said[1024]; /* on stderr, by the last read_back() */

static void write_bytes(const char *bytes, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Read the whole file, columns a and b as numbers, and add them up; returns rows or -errno. */
static int read_rows(void *arg)
{
	uint64_t *sum = arg;
	struct csv_reader *csv;
	int a = -1, b = -1, got, rows = 0;
	int err = csv_reader_open(&csv, path);

	if (!err)
		err = a = csv_reader_column(csv, "a");
	if (err >= 0)
		err = b = csv_reader_column(csv, "b");
	while (err >= 0 && (got = csv_reader_next(csv))) {
		uint64_t value;

		err = got < 0 ? got : csv_reader_u64(csv, a, &value);
		*sum += err >= 0 ? value : 0;
		if (err >= 0)
			err = csv_reader_u64(csv, b, &value);
		*sum += err >= 0 ? value : 0;
		rows++;
	}
	csv_reader_close(csv);
	return err < 0 ? err : rows;
}

/* Keep in `said` what @what says on stderr; returns what it returns. */
static int listen_to(int (*what)(void *arg), void *arg)
{
	int saved = dup(STDERR_FILENO), result;
	FILE *log = tmpfile();
	size_t n;

	assert_non_null(log);
	dup2(fileno(log), STDERR_FILENO);
	result = what(arg);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(log);
	n = fread(said, 1, sizeof(said) - 1, log);
	said[n] = '\0';
	fclose(log);
	return result;
}

static int read_back(uint64_t *sum)
{
	*sum = 0;
	return listen_to(read_rows, sum);
}

static void test_good(void **state)
{
	static const struct {
		const char *text;
		int rows;
		uint64_t sum;
	} files[] = {
		{"a,b\n", 0, 0},
		{"a,b\n1,2\n", 1, 3},
		{"a,b\r\n1,2\r\n3,\r\n", 2, 6},
		{"b,more,a\n1,2,3\n,,\n", 2,
		 4}, /* another order, and columns that nobody asked for */
		{"\"a\",\"b\",\"c,\"\"d\"\"\n\"\n\"1\",2,\"x\ny\"\n", 1, 3},
		{"a,b\n18446744073709551614,1\n", 1, UINT64_MAX},
		{"a,b\n000000000000000000000000007,1\n", 1, 8},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		uint64_t sum;

		write_bytes(files[i].text, strlen(files[i].text));
		assert_int_equal(read_back(&sum), files[i].rows);
		assert_int_equal(sum, files[i].sum);
		assert_string_equal(said, "");
	}
}

/* Each is refused in one line that begins with the file and goes on with TEXT. */
static void test_bad(void **state)
{
	static const struct {
		const char *text, *says;
	} files[] = {
		{"", ":1: the file is empty"},
		{"\n", ":1: no column 'a'"},
		{"a,c\n", ":1: no column 'b'"},
		{"a,b,a\n", ":1: two columns are called 'a'"},
		{"a,b", ":1: the file ends in the middle of a row"},
		{"a,b\n1,2\n3,4", ":3: the file ends in the middle of a row"},
		{"a,b\n1,\"2\n3,4\n", ":2: the file ends in the middle of a row"},
		{"a,b\n1\n", ":2: 1 cells, but the first line has 2 columns"},
		{"a,b\n1,2\n1,2,3\n", ":3: 3 cells, but the first line has 2"},
		{"a,b\n1,2\n\n", ":3: 1 cells, but the first line has 2"},
		{"a,b,c\n1,2,\"x\ny\"\n1,z,\n", ":4: b: 'z' is not a whole number"},
		{"a,b\n1,-2\n", ":2: b: '-2' is not a whole number"},
		{"a,b\n1, 2\n", ":2: b: ' 2' is not a whole number"},
		{"a,b\n1.5,2\n", ":2: a: '1.5' is not a whole number"},
		{"a,b\n18446744073709551616,2\n", ":2: a: '18446744073709551616' is not"},
		{"a,b\n20000000000000000000,2\n", ":2: a: '20000000000000000000' is not"},
		{"a,b\n1,\"2\"3\n", ":2: cell 2 is not quoted as a CSV's is"},
		{"a,b\n1,\033[31m\n", ":2: b: '\\x1b[31m' is not a whole number"},
		{"a,b\n1,\"\n\n\"\n", ":2: b: '\\x0a\\x0a' is not a whole number"},
		{"a,b\n1,Pr\xc3\n", ":2: b: 'Pr\\xc3' is not a whole number"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char expected[256];
		uint64_t sum;

		write_bytes(files[i].text, strlen(files[i].text));
		assert_int_equal(read_back(&sum), -EINVAL);
		snprintf(expected, sizeof(expected), "error: %s%s", path, files[i].says);
		if (strncmp(said, expected, strlen(expected)))
			fail_msg("file %zu: said %s, wanted %s", i, said, expected);
		assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
	}
}

static void test_no_text(void **state)
{
	static char text[100 * 1000];
	uint64_t sum;

	(void)state;
	write_bytes("a,b\n1\0,2\n", 9);
	assert_int_equal(read_back(&sum), -EINVAL);
	assert_non_null(strstr(said, ":2: a byte of 0"));
	memset(text, 'x', sizeof(text));
	write_bytes(text, sizeof(text));
	assert_int_equal(read_back(&sum), -EINVAL);
	assert_non_null(strstr(said, ":1: more than 65536 bytes in one row"));
	memset(text, ',', 1000);
	text[1000] = '\n';
	write_bytes(text, 1001);
	assert_int_equal(read_back(&sum), -EINVAL);
	assert_non_null(strstr(said, ":1: more than 512 columns"));
}

static void test_no_file(void **state)
{
	struct csv_reader *csv;

	(void)state;
	assert_int_equal(csv_reader_open(&csv, "/nonexistent/x.csv"), -ENOENT);
	assert_null(csv);
	assert_int_equal(csv_reader_open(&csv, "/tmp"), -EISDIR);
	assert_null(csv);
	csv_reader_close(NULL);
}

static void test_doubles(void **state)
{
	static const char text[] = "a\n0.25\n-1e3\n\"\"\n";
	static const double values[] = {0.25, -1000, 0};
	struct csv_reader *csv;
	double value;

	(void)state;
	write_bytes(text, strlen(text));
	assert_int_equal(csv_reader_open(&csv, path), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(csv_reader_next(csv), 1);
		assert_int_equal(csv_reader_double(csv, 0, &value), i < 2);
		assert_true(value == values[i]);
	}
	assert_int_equal(csv_reader_next(csv), 0);
	csv_reader_close(csv);
	for (int i = 0; i < 5; i++) {
		static const char *const bad[] = {"nan", "inf", "0x1p3", "1e999", "1.2.3"};
		char line[16];

		snprintf(line, sizeof(line), "a\n%s\n", bad[i]);
		write_bytes(line, strlen(line));
		assert_int_equal(csv_reader_open(&csv, path), 0);
		assert_int_equal(csv_reader_next(csv), 1);
		assert_int_equal(csv_reader_double(csv, 0, &value), -EINVAL);
		csv_reader_close(csv);
	}
}

/* Read the first row's @column as a number. */
static int read_column(void *column)
{
	struct csv_reader *csv;
	uint64_t value;
	int err = csv_reader_open(&csv, path);

	if (!err && csv_reader_next(csv) == 1)
		err = csv_reader_u64(csv, *(int *)column, &value);
	csv_reader_close(csv);
	return err;
}

/* A column is named in what is said about it: not with what it could do to a terminal. */
static void test_names(void **state)
{
	static const char text[] = "\033[2Jx,\xc2\x9b"
				   "2J,\xc3\x9b"
				   "a\nz,z,z\n";
	static const char *const said_of[] = {":2: \\x1b[2Jx: 'z' is", ":2: \\xc2\\x9b2J: 'z' is",
					      ":2: \xc3\x9b\x61: 'z' is"};

	(void)state;
	write_bytes(text, strlen(text));
	for (int column = 0; column < 3; column++) {
		assert_int_equal(listen_to(read_column, &column), -EINVAL);
		assert_non_null(strstr(said, said_of[column]));
	}
}

/* What the writer writes the reader reads, over many buffers, rows across their ends. */
/* Nobody waits for who would write into a FIFO. */
static int open_path(void *other)
{
	struct csv_reader *csv;

	return csv_reader_open(&csv, other);
}

static void test_other_kinds(void **state)
{
	char fifo[256];

	(void)state;
	snprintf(fifo, sizeof(fifo), "%s.fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	alarm(20);
	assert_int_equal(listen_to(open_path, fifo), -EINVAL);
	assert_non_null(strstr(said, ": it is a FIFO, not a file\n"));
	alarm(0);
	unlink(fifo);
	assert_int_equal(listen_to(open_path, (void *)(uintptr_t) "/dev/zero"), -EINVAL);
	assert_non_null(strstr(said, "cannot read /dev/zero: it is a device, not a file\n"));
	assert_int_equal(listen_to(open_path, (void *)(uintptr_t) "/"), -EISDIR);
	assert_non_null(strstr(said, "cannot read /: Is a directory\n"));
}

static void test_round_trip(void **state)
{
	char text[64];
	struct csv *out;
	struct csv_reader *csv;
	uint64_t value;

	(void)state;
	assert_int_equal(csv_create(&out, path, "a,text,b"), 0);
	for (uint64_t i = 0; i < 20 * 1000; i++) {
		snprintf(text, sizeof(text), "%" PRIu64 ", \"%*s\" end", i, (int)(i % 40), "x");
		csv_u64(out, i * 987654321);
		csv_str(out, text);
		csv_empty(out);
		csv_end_row(out);
	}
	assert_int_equal(csv_commit(out), 0);
	assert_int_equal(csv_reader_open(&csv, path), 0);
	for (uint64_t i = 0; i < 20 * 1000; i++) {
		snprintf(text, sizeof(text), "%" PRIu64 ", \"%*s\" end", i, (int)(i % 40), "x");
		assert_int_equal(csv_reader_next(csv), 1);
		assert_int_equal(csv_reader_u64(csv, 0, &value), 1);
		assert_int_equal(value, i * 987654321);
		assert_string_equal(csv_reader_text(csv, 1), text);
		assert_int_equal(csv_reader_u64(csv, 2, &value), 0);
	}
	assert_int_equal(csv_reader_next(csv), 0);
	csv_reader_close(csv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	   cmocka_unit_test(test_bad),
		cmocka_unit_test(test_no_text),	   cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_doubles),	   cmocka_unit_test(test_names),
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_other_kinds),
	};
	int failed, fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests_name("csv-read", tests, NULL, NULL);
	unlink(path);
	return failed;
}
