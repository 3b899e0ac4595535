// SPDX-License-Identifier: MIT
/*
 * fuzz-rows.c - the rows of files that nobody wrote
 *
 * What is wrong with them is said in one line. What can be read can be written, and is the same when
 * it is read again; and every export takes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loader/paths/kind.h"
#include "loader/runs/columns.h"
#include "loader/runs/rows.h"
#include "loader/sinks/sink.h"
#include "tests/fuzz/fuzz.h"

#define MAX_ROWS 32

enum { FRAMES, DROPS, CYCLES, THREADS, SPANS, N_SCHEMAS };

static struct run run;
static const struct schema *schemas[N_SCHEMAS];
static char written[64];

/* Whatever struct they are, byte by byte: what is between its members is the same, too. */
struct row {
	_Alignas(16) unsigned char bytes[8192];
};

static struct row rows[MAX_ROWS], again[MAX_ROWS];

static void remove_written(void)
{
	unlink(written);
}

/* A run of two devices of any driver. */
static void make_run(void)
{
	static const char *const nodes[] = {"video0", "a,\"b"};

	if (schemas[FRAMES])
		return;
	FUZZ_CHECK(!run_init(&run, kinds[2]->path) && !strcmp(run.path->name, "capture"));
	FUZZ_CHECK(!run_add_devices(&run, nodes, 2, NULL, NULL));
	schemas[FRAMES] = columns_new(&run);
	schemas[DROPS] = &drop_schema;
	schemas[CYCLES] = &cycle_schema;
	schemas[THREADS] = &thread_schema;
	schemas[SPANS] = &span_schema;
	for (unsigned int i = 0; i < N_SCHEMAS; i++)
		FUZZ_CHECK(schemas[i]->size <= sizeof(struct row));
	snprintf(written, sizeof(written), "%.40s/vpipe-rows-%d", getenv("TMPDIR") ?: "/dev/shm",
		 (int)getpid());
	atexit(remove_written);
}

/* The columns, and the input behind them. */
static const char *make_file(const struct schema *schema, const struct fuzz_input *in)
{
	static struct fuzz_file file;
	char *header = schema_header(schema), *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	const char *path;

	fprintf(to, "%s\n", header);
	fwrite(in->at, 1, in->left, to);
	fclose(to);
	path = fuzz_file(&file, text, size);
	free(text);
	free(header);
	return path;
}

/* Returns how many rows there are, or -errno. */
static int read_all(const struct schema *schema, const char *path, struct row *to)
{
	struct schema_reader reader = {0};
	int got = schema_open(&reader, schema, &run, path), n = 0;

	memset(to, 0, MAX_ROWS * sizeof(*to));
	while (!got && n < MAX_ROWS && (got = schema_next(&reader, to[n].bytes)) == 1) {
		got = 0;
		n++;
	}
	schema_close(&reader);
	return got < 0 ? got : n;
}

static void write_all(const struct schema *schema, int n)
{
	char *header = schema_header(schema);
	struct csv *csv;

	FUZZ_CHECK(!csv_create(&csv, written, header));
	for (int i = 0; i < n; i++)
		schema_write(schema, &run, csv, rows[i].bytes);
	FUZZ_CHECK(!csv_commit(csv));
	free(header);
}

static bool same_rows(void)
{
	for (unsigned int i = 0; i < MAX_ROWS; i++) {
		if (memcmp(rows[i].bytes, again[i].bytes, sizeof(rows[i].bytes)) != 0)
			return false;
	}
	return true;
}

static void export_all(unsigned int which, int n)
{
	static const struct sink *const list[] = {&sink_jsonl, &sink_perfetto, NULL};
	struct sink_place place = {.out = fopen("/dev/null", "w")};
	struct sinks *sinks;

	FUZZ_CHECK(!sinks_open(&sinks, list, &run, &place));
	for (int i = 0; i < n; i++) {
		if (which == FRAMES)
			sinks_frame(sinks, (const void *)rows[i].bytes);
		else if (which == DROPS)
			sinks_drop(sinks, (const void *)rows[i].bytes);
		else if (which == CYCLES)
			sinks_cycle(sinks, (const void *)rows[i].bytes);
		else if (which == SPANS)
			sinks_span(sinks, (const void *)rows[i].bytes);
	}
	FUZZ_CHECK(!sinks_finish(sinks, &run));
	fclose(place.out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	unsigned int which = fuzz_below(&in, N_SCHEMAS);
	struct fuzz_said said;
	int n;

	make_run();
	fuzz_listen();
	n = read_all(schemas[which], make_file(schemas[which], &in), rows);
	said = fuzz_heard();
	FUZZ_CHECK(fuzz_count_lines(said.err, "error: ") == (n < 0), "%s", said.err);
	fuzz_check_text(said.err, said.err_size);
	fuzz_said_free(&said);
	if (n <= 0)
		return 0;
	write_all(schemas[which], n);
	FUZZ_CHECK(read_all(schemas[which], written, again) == n);
	FUZZ_CHECK(same_rows(), "row of %s", schemas[which]->columns[0].name);
	fuzz_listen();
	export_all(which, n);
	said = fuzz_heard();
	fuzz_check_text(said.err, said.err_size);
	fuzz_said_free(&said);
	return 0;
}
