// SPDX-License-Identifier: MIT
/*
 * test-runs.c - a run of any path, written, read back, and written again
 *
 * Nothing between the record of a frame and the files of its run knows a path: here it is one of two
 * stages and costs that no product file has.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "bpf/hist.h"
#include "lib/msg.h"
#include "loader/paths/vpipe.h"
#include "loader/runs/identity.h"
#include "loader/runs/path-json.h"
#include "loader/runs/read.h"
#include "loader/sinks/sink.h"

#define START_NS 5000000000ULL
#define FRAMES	 211

static const struct cost toy_costs[] = {{"buffer queueing", "queueing_ns"}, {"toys", "toys_ns"}};
static const struct stage toy_stages[] = {
	{.name = "wind",
	 .charged_to = "toys",
	 .carrier = "child",
	 .running = 1,
	 .asleep = 1,
	 .may_dwell = true},
	{.name = "run", .charged_to = "queueing", .carrier = "spring", .in_queue = true},
};
static const struct point toy_points[] = {
	{"UP", "picked up"}, {"WOUND", "wound up"}, {"DOWN", "run down"}};
static const struct path toy = {
	.name = "toy",
	.n_stages = 2,
	.stages = toy_stages,
	.points = toy_points,
	.n_costs = 2,
	.charges = 3,
	.costs = toy_costs,
};

static char folder[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-runs-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* A frame in which all that can be known is, or much is not. */
static void make_frame(struct frame *frame, unsigned int i)
{
	unsigned int known = i % 3 ? 3 : 2;

	*frame = (struct frame){
		.ctx = i % 2,
		.seq = i,
		.src_seq = i,
		.start_ns = START_NS + i * 1000000,
		.known = known,
		.accounted = i % 5 ? known : 0,
		.dwells = known & i & 1,
		.has = (i % 5 ? FRAME_HAS_ACCOUNT : 0) | (i % 7 ? FRAME_HAS_COPY : 0) |
		       (known & 1 ? FRAME_HAS_SOURCE : 0),
		.counted = i % 11 ? 0 : 5,
		.nvcsw = i % 5 ? 2 : 0,
		.copy_ns = i % 7,
		.counters = {i % 11 ? 0 : 7, 0, i % 11 ? 0 : 9},
		.costs = {300 + i, known & 1 ? 200 + 2 * i : 0},
		.stages = {{.ns = known & 1 ? 200 + 2 * i : 0,
			    .runq_ns = i % 5 && known & 1 ? 3 : 0,
			    .dwell_ns = known & i & 1 ? 11 : 0},
			   {.ns = 300 + i, .blocked_ns = i % 5 ? 4 : 0}},
	};
	if (known & 1) {
		frame->source_sequence = i;
		frame->source_minor = 3;
		frame->source_rule = 1 + i % 3;
		frame->stages[0].wake =
			(struct vpipe_wake){i % 2 ? VPIPE_PEER_INTERRUPT : 77, 0, 1, i % 4 ? 2 : 0};
	}
	frame->e2e_ns = frame->stages[0].ns + frame->stages[1].ns;
}

static void count_frame(struct run *run, const struct frame *frame)
{
	for (unsigned int i = 0; i < run->path->n_stages; i++) {
		if (frame->known & 1U << i)
			hist_count(&run->hists[i], frame->stages[i].ns);
	}
	hist_count(&run->hists[path_e2e(run->path)], frame->e2e_ns);
}

static void write_toys(const char *to)
{
	struct sink_place place = {0};
	struct sinks *sinks;
	struct run run;

	assert_int_equal(run_init(&run, &toy), 0);
	run.facts.start_ns = START_NS;
	run.facts.end_ns = START_NS + 1000000000;
	run.facts.no_counters = "toys have none";
	assert_int_equal(staging_open(&place.staging, to, 0), 0);
	assert_int_equal(sinks_open(&sinks, sinks_of_run, &run, &place), 0);
	for (unsigned int i = 0; i < FRAMES; i++) {
		struct frame frame;

		make_frame(&frame, i);
		count_frame(&run, &frame);
		run_add_frame(&run, &frame);
		sinks_frame(sinks, &frame);
	}
	run.counts.of[VPIPE_COUNT_STARTED] = run.counts.of[VPIPE_COUNT_RECORDED] = FRAMES;
	run_finish(&run);
	assert_true(run.complete);
	assert_int_equal(sinks_finish(sinks, &run), 0);
	assert_int_equal(staging_commit(place.staging), 0);
	staging_close(place.staging);
	run_free(&run);
}

static void on_frame(void *arg, const struct frame *frame)
{
	sinks_frame(arg, frame);
}

/* Read the run @from, and give what was read to the sinks of a run @to. */
static void write_again(const char *from, const char *to)
{
	struct sink_place place = {0};
	struct run_files files;
	struct sinks *sinks;

	assert_int_equal(run_files_open(&files, from), 0);
	assert_int_equal(staging_open(&place.staging, to, 0), 0);
	assert_int_equal(sinks_open(&sinks, sinks_of_run, &files.run, &place), 0);
	assert_int_equal(
		run_files_read(&files, &(struct run_listener){.frame = on_frame, .arg = sinks}), 0);
	assert_int_equal(sinks_finish(sinks, &files.run), 0);
	assert_int_equal(staging_commit(place.staging), 0);
	staging_close(place.staging);
	run_files_close(&files);
}

static void assert_same(const char *from, const char *to, enum run_file file)
{
	char command[256];

	snprintf(command, sizeof(command), "cmp %s.%s %s.%s", from, run_file_suffix(file), to,
		 run_file_suffix(file));
	assert_int_equal(system(command), 0);
}

static const enum run_file read_back[] = {RUN_FILE_FRAMES, RUN_FILE_HIST, RUN_FILE_SUMMARY,
					  RUN_FILE_CAUSES};

static void test_toys(void **state)
{
	char one[96], other[96];

	(void)state;
	snprintf(one, sizeof(one), "%s/one", folder);
	snprintf(other, sizeof(other), "%s/other", folder);
	write_toys(one);
	write_again(one, other);
	for (size_t i = 0; i < sizeof(read_back) / sizeof(read_back[0]); i++)
		assert_same(one, other, read_back[i]);
}

/* A run of before format 2, which says nothing of its path, and has the first columns only. */
static void test_old(void **state)
{
	char other[96], command[400];

	(void)state;
	snprintf(other, sizeof(other), "%s/old", folder);
	write_again("tests/fixtures/runs/small", other);
	snprintf(command, sizeof(command),
		 "old=tests/fixtures/runs/small.frames.csv;"
		 "columns=$(head -n 1 $old | tr -cd , | wc -c);"
		 "cut -d, -f1-$((columns + 1)) %s.frames.csv | cmp - $old",
		 other);
	assert_int_equal(system(command), 0);
}

static void assert_read(const json_t *json, const struct path *path)
{
	struct path *read;
	const char *what;

	assert_int_equal(path_from_json(&read, json, &what), 0);
	assert_string_equal(read->name, path->name);
	assert_int_equal(read->n_stages, path->n_stages);
	assert_int_equal(read->n_costs, path->n_costs);
	for (unsigned int i = 0; i < path->n_stages; i++) {
		assert_string_equal(read->stages[i].name, path->stages[i].name);
		assert_string_equal(read->stages[i].carrier, path->stages[i].carrier);
		assert_int_equal(read->stages[i].running, path->stages[i].running);
		assert_int_equal(read->stages[i].asleep, path->stages[i].asleep);
		assert_int_equal(read->stages[i].may_dwell, path->stages[i].may_dwell);
		assert_int_equal(read->stages[i].in_queue, path->stages[i].in_queue);
		assert_int_equal(read->stages[i].counted, path->stages[i].counted);
	}
	for (unsigned int i = 0; i <= path->n_stages; i++) {
		assert_string_equal(read->points[i].name, path->points[i].name);
		assert_string_equal(read->points[i].text, path->points[i].text);
	}
	path_free(read);
}

static void test_path(void **state)
{
	json_t *ours = path_to_json(&vpipe_path), *toys = path_to_json(&toy);

	(void)state;
	assert_read(ours, &vpipe_path);
	assert_read(toys, &toy);
	json_decref(ours);
	json_decref(toys);
}

/* What is not a path is refused, and it is said in which member. */
static void test_no_path(void **state)
{
	static const struct {
		const char *of, *set, *value, *what;
	} spoiled[] = {
		{"", "name", "null", "name"},
		{"", "name", "\"to y\"", "name"},
		{"", "costs", "[]", "costs"},
		{"costs", "column", "\"a,b\"", "costs"},
		{"costs", "column", "\"toys_ns\"", "costs"},
		{"costs", "cost", "1", "costs"},
		{"", "stages", "{}", "stages"},
		{"", "stages", "[]", "stages"},
		{"stages", "stage", "\"e2e\"", "stages"},
		{"stages", "stage", "\"runq\"", "stages"},
		{"stages", "stage", "\"run\"", "stages"},
		{"stages", "stage", "\"\"", "stages"},
		{"stages", "stage", "\"a,b\"", "stages"},
		{"stages", "running", "\"nothing\"", "stages"},
		{"stages", "asleep", "null", "stages"},
		{"stages", "carrier", "7", "stages"},
		{"stages", "from", "null", "stages"},
		{"", "points", "[\"UP\", \"WOUND\"]", "points"},
		{"", "points", "[\"UP\", \"WOUND\", 1]", "points"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
		json_t *json = path_to_json(&toy), *of = json;
		struct path *path;
		const char *what;

		if (*spoiled[i].of)
			of = json_array_get(json_object_get(json, spoiled[i].of), 0);
		json_object_set_new(of, spoiled[i].set,
				    json_loads(spoiled[i].value, JSON_DECODE_ANY, NULL));
		if (path_from_json(&path, json, &what) != -EINVAL)
			fail_msg("%s.%s = %s was taken", spoiled[i].of, spoiled[i].set,
				 spoiled[i].value);
		assert_string_equal(what, spoiled[i].what);
		json_decref(json);
	}
}

/* More stages than there are bits for, or costs. */
static void test_too_long(void **state)
{
	static const char *const lists[] = {"stages", "costs"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		json_t *json = path_to_json(&toy), *list = json_object_get(json, lists[i]);
		struct path *path;
		const char *what;

		while (json_array_size(list) <= MAX_STAGES)
			json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
		assert_int_equal(path_from_json(&path, json, &what), -EINVAL);
		assert_string_equal(what, lists[i]);
		json_decref(json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_toys),	 cmocka_unit_test(test_old),
		cmocka_unit_test(test_path),	 cmocka_unit_test(test_no_path),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests_name("runs", tests, setup, teardown);
}
