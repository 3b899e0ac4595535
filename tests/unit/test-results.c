// SPDX-License-Identifier: MIT
/* The files of a run whose threads, paths and arguments have names of any bytes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "loader/runs/identity.h"
#include "loader/results.h"

/* All 15 bytes of a name, each four in the text; the longest piece of a cell. */
#define FULL "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define LONG                               \
	{                                  \
		4194303, 4294967295U, FULL \
	}

/* What the programs would have seen. */
static const struct {
	const char *comm;
	struct vpipe_peers wakers, preemptors;
} threads[] = {
	{.comm = "Kamera-Pr\xc3",
	 .wakers = {.top = {{7, 3, "a; b/1 2,\"\n\xe9\x1b"}, {VPIPE_PEER_IDLE, 9, ""}}}},
	{.comm = "x,\"y\"\n",
	 .preemptors = {.top = {{8, 1, "kworker/1:0"}, {9, 1, ""}}, .others = 5}},
	{.comm = FULL,
	 .preemptors = {.top = {LONG, LONG, LONG, LONG, LONG, LONG}, .others = 4294967295U}},
};

int trace_thread(struct trace *trace, unsigned int index, struct trace_thread *thread)
{
	(void)trace;
	if (index >= sizeof(threads) / sizeof(threads[0]))
		return -ENOENT;
	*thread = (struct trace_thread){.tid = index, .role = VPIPE_ROLE_CLIENT};
	strcpy(thread->comm, threads[index].comm);
	thread->wakers = threads[index].wakers;
	thread->preemptors = threads[index].preemptors;
	return 0;
}

int trace_counter(struct trace *trace, unsigned int stage, unsigned int counter,
		  struct vpipe_hist *hist)
{
	(void)trace;
	(void)stage;
	(void)counter;
	memset(hist, 0, sizeof(*hist));
	return 0;
}

int trace_hist(struct trace *trace, unsigned int which, struct vpipe_hist *hist)
{
	return trace_counter(trace, which, 0, hist);
}

int trace_counts(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS], uint64_t *missed)
{
	(void)trace;
	memset(counts, 0, VPIPE_N_COUNTS * sizeof(counts[0]));
	*missed = 0;
	return 0;
}

static char folder[64], prefix[96];
static json_t *run;

/* Files of a run, DIR/NAME of which is of any bytes, too. */
static int setup(void **state)
{
	static char *const argv[] = {(char *)"caf\xe9\n", (char *)"\\x41", (char *)"Prüfstand",
				     NULL};
	static struct results results = {.facts = {.command = argv, .vpipe = "/dev/v\x1b"}};
	struct staging *staging;
	char path[128];

	(void)state;
	strcpy(folder, "/tmp/test-results-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(prefix, sizeof(prefix), "%s/n\xc3", folder);
	if (staging_open(&staging, prefix, 0))
		return -1;
	results.facts.no_frames = true;
	if (results_read(&results, NULL) || results_write(&results, NULL, staging) ||
	    staging_commit(staging))
		return -1;
	staging_close(staging);
	snprintf(path, sizeof(path), "%s.run.json", prefix);
	run = identity_load(path);
	return run ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	json_decref(run);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static const char *path_of(enum run_file file)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s.%s", prefix, run_file_suffix(file));
	return path;
}

static void test_sched(void **state)
{
	FILE *file = fopen(path_of(RUN_FILE_SCHED), "r");
	char line[4096];

	(void)state;
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "0,Kamera-Pr\\xc3,client,0,0,0,0,0,0,0,,,,"
				  "\"idle 9; a\\x3b b/1 2,\"\"\\x0a\\xe9\\x1b/7 3\",\n");
	assert_non_null(fgets(line, sizeof(line), file));
	assert_string_equal(line, "1,\"x,\"\"y\"\"\\x0a\",client,0,0,0,0,0,0,0,,,,,"
				  "kworker/1:0/8 1; /9 1; others 5\n");
	assert_non_null(fgets(line, sizeof(line), file));
	for (int i = 0; i < 6; i++) { /* none of them cut off */
		char *at = strstr(line, "\\xff/4194303 4294967295; ");

		assert_non_null(at);
		*at = ' ';
	}
	assert_non_null(strstr(line, "; others 4294967295\n"));
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
}

static const char *argument(size_t i)
{
	const json_t *argv = json_object_get(json_object_get(run, "command"), "argv");

	return json_string_value(json_array_get(argv, i));
}

static void test_json(void **state)
{
	const json_t *options = json_object_get(run, "options");

	(void)state;
	assert_string_equal(argument(0), "caf\\xe9\\x0a");
	assert_string_equal(argument(1), "\\x5cx41");
	assert_string_equal(argument(2), "Prüfstand");
	assert_string_equal(json_string_value(json_object_get(options, "vpipe")), "/dev/v\\x1b");
}

static void test_identity(void **state)
{
	static const bool written[RUN_N_FILES] = {
		[RUN_FILE_HIST] = true,
		[RUN_FILE_SUMMARY] = true,
		[RUN_FILE_COUNTERS] = true,
		[RUN_FILE_SCHED] = true,
	};

	(void)state;
	assert_true(identity_is_sealed(run));
	assert_int_equal(json_integer_value(json_object_get(run, "format")), RUN_FORMAT);
	for (enum run_file file = 0; file < RUN_FILE_RUN; file++) {
		assert_int_equal(identity_lists(run, file), written[file]);
		if (written[file])
			assert_int_equal(identity_check(run, file, path_of(file)), 0);
	}
	json_object_set_new(run, "end_ns", json_integer(7));
	assert_false(identity_is_sealed(run));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sched),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_identity),
	};

	return cmocka_run_group_tests_name("results", tests, setup, teardown);
}
