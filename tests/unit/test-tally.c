// SPDX-License-Identifier: MIT
/* test-tally.c - figures that only grow, while devices come and go; and what is written of them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "loader/model/costs.h"
#include "loader/model/frame.h"
#include "loader/model/tally.h"
#include "loader/paths/kind.h"
#include "loader/sinks/openmetrics.h"

#define MS 1000000ULL

extern const struct kind capture_kind, m2m_kind;

static struct tally tally, copy;
static char *text;

static int end(void **state)
{
	(void)state;
	tally_free(&tally);
	tally_free(&copy);
	free(text);
	text = NULL;
	return 0;
}

static void on_drop(void *arg, const struct drop *drop)
{
	(void)arg;
	(void)drop;
}

/* A run of @n devices called @nodes, on @path. */
static void begin_run(struct run *run, const struct path *path, const char *const nodes[],
		      unsigned int n)
{
	assert_int_equal(run_init(run, path), 0);
	run->facts.kernel = "6.12-test";
	assert_int_equal(run_add_devices(run, nodes, n, on_drop, NULL), 0);
	for (unsigned int i = 0; n > 1 && i < n; i++) {
		run->devices[i].path = path;
		run->devices[i].hists = calloc(path_e2e(path) + 1, sizeof(struct vpipe_hist));
	}
}

/* A frame that took @ns, all of it in the first stage, of device @device. */
static void add_frame(struct run *run, unsigned int device, uint64_t ns)
{
	struct frame frame = {.e2e_ns = ns, .known = 1};

	frame.stages[0].ns = ns;
	frame.costs[COST_device] = ns;
	run_add_frame(run, &frame);
	frame_count(&frame, run->path, run->hists);
	if (run->n_devices > 1)
		frame_count(&frame, run->path, run->devices[device].hists);
	run->counts.of[VPIPE_COUNT_RECORDED]++;
}

static void add_run(struct tally *to, struct run *run)
{
	run_sum(run);
	assert_int_equal(tally_add(to, run), 0);
	run_free(run);
}

/* One run of @node: so many frames of 2 ms, and as many drops that the driver is to blame for. */
static void add_runs(struct tally *to, const char *node, unsigned int frames)
{
	struct run run;

	begin_run(&run, capture_kind.path, &node, 1);
	for (unsigned int i = 0; i < frames; i++)
		add_frame(&run, 0, 2 * MS);
	run.devices[0].drops[DROP_DRIVER] = frames;
	add_run(to, &run);
}

static const char *written(const struct tally *of)
{
	size_t size;
	FILE *out;

	free(text);
	out = open_memstream(&text, &size);
	assert_non_null(out);
	openmetrics_print(out, of, NULL);
	fclose(out);
	return text;
}

/* The value of the line that begins with @series and a space; -1: there is none. */
static double value(const struct tally *of, const char *series)
{
	const char *line = written(of);
	size_t length = strlen(series);

	for (; line && *line; line = strchr(line, '\n') + 1) {
		if (!strncmp(line, series, length) && line[length] == ' ')
			return atof(line + length);
	}
	return -1;
}

#define FRAMES(device) "vpipe_frame_duration_seconds_count{device=\"" device "\"}"
#define DROPS(device)  "vpipe_drops_total{device=\"" device "\",cause=\"driver\"}"
#define RECORDED       "vpipe_frames_total{fate=\"recorded\"}"
#define DEVICE_COST    "vpipe_cost_seconds_total{cost=\"device\"}"

static void test_sums_of_runs(void **state)
{
	(void)state;
	add_runs(&tally, "video0", 3);
	add_runs(&tally, "video0", 4);
	assert_true(value(&tally, FRAMES("video0")) == 7);
	assert_true(value(&tally, DROPS("video0")) == 7);
	assert_true(value(&tally, RECORDED) == 7);
	assert_true(value(&tally, DEVICE_COST) == 0.014);
	assert_true(value(&tally, "vpipe_frame_duration_seconds_sum{device=\"video0\"}") == 0.014);
	assert_true(value(&tally, "vpipe_stage_duration_seconds_count{device=\"video0\","
				  "stage=\"transfer\"}") == 7);
	/* 2 ms is below the end of its bucket, and of none before */
	assert_true(value(&tally, "vpipe_frame_duration_seconds_bucket{device=\"video0\","
				  "le=\"0.002097151\"}") == 7);
	assert_true(value(&tally, "vpipe_frame_duration_seconds_bucket{device=\"video0\","
				  "le=\"0.001966079\"}") == 0);
}

static void test_a_run_that_goes_on(void **state)
{
	(void)state;
	add_runs(&tally, "video0", 3);
	for (unsigned int i = 1; i < 4; i++) {
		assert_int_equal(tally_copy(&copy, &tally), 0);
		add_runs(&copy, "video0", i);
		assert_true(value(&copy, FRAMES("video0")) == 3 + i);
		assert_true(value(&copy, RECORDED) == 3 + i);
	}
	assert_true(value(&tally, FRAMES("video0")) == 3);
}

static void test_a_device_goes_and_comes_back(void **state)
{
	(void)state;
	add_runs(&tally, "video0", 3);
	assert_int_equal(tally_devices(&tally), 1);
	tally_rest(&tally);
	assert_int_equal(tally_devices(&tally), 0);
	assert_true(value(&tally, FRAMES("video0")) == -1);
	assert_true(value(&tally, DROPS("video0")) == -1);
	assert_true(value(&tally, RECORDED) == 3);
	assert_null(strstr(written(&tally), "path="));
	add_runs(&tally, "video2", 1);
	assert_true(value(&tally, FRAMES("video0")) == -1);
	assert_true(value(&tally, FRAMES("video2")) == 1);
	assert_true(value(&tally, RECORDED) == 4);
	add_runs(&tally, "video0", 2);
	assert_true(value(&tally, FRAMES("video0")) == 5);
	assert_true(value(&tally, DROPS("video0")) == 5);
	assert_true(value(&tally, FRAMES("video2")) == -1);
}

/* Two series that take turns under one name would look as if they jumped. */
static void test_another_device_of_the_same_name(void **state)
{
	static const char *const node = "video0";
	struct run run;

	(void)state;
	add_runs(&tally, "video0", 5);
	begin_run(&run, m2m_kind.path, &node, 1);
	add_frame(&run, 0, MS);
	add_run(&tally, &run);
	assert_true(value(&tally, FRAMES("video0")) == 1);
	add_runs(&tally, "video0", 2);
	assert_true(value(&tally, FRAMES("video0")) == 2);
	assert_true(value(&tally, RECORDED) == 8);
}

static void test_two_devices_by_themselves(void **state)
{
	static const char *const nodes[] = {"video0", "video1"};
	struct run run;

	(void)state;
	begin_run(&run, capture_kind.path, nodes, 2);
	add_frame(&run, 0, MS);
	add_frame(&run, 1, 3 * MS);
	add_frame(&run, 1, 3 * MS);
	run.devices[1].drops[DROP_HELD] = 9;
	add_run(&tally, &run);
	assert_int_equal(tally_devices(&tally), 2);
	assert_true(value(&tally, FRAMES("video0")) == 1);
	assert_true(value(&tally, FRAMES("video1")) == 2);
	assert_true(value(&tally, "vpipe_frame_duration_seconds_sum{device=\"video1\"}") == 0.006);
	assert_true(value(&tally, "vpipe_drops_total{device=\"video1\",cause=\"held\"}") == 9);
	assert_true(value(&tally, "vpipe_drops_total{device=\"video0\",cause=\"held\"}") == 0);
	assert_true(value(&tally, DEVICE_COST) == 0.007);
	tally_rest(&tally);
	add_runs(&tally, "video1", 1);
	assert_true(value(&tally, FRAMES("video1")) == 3);
	assert_true(value(&tally, FRAMES("video0")) == -1);
}

/* A camera that gets a new name each time it is plugged in. */
static void test_more_names_than_room(void **state)
{
	char node[16], series[128];

	(void)state;
	for (unsigned int i = 0; i < 10 * TALLY_DEVICES; i++) {
		snprintf(node, sizeof(node), "video%u", i);
		add_runs(&tally, node, 1);
		assert_int_equal(tally_devices(&tally), 1);
	}
	assert_int_equal(tally.n_times, TALLY_DEVICES);
	assert_int_equal(tally.n_devices, TALLY_DEVICES);
	assert_true(value(&tally, RECORDED) == 10 * TALLY_DEVICES);
	add_runs(&tally, node, 1); /* one that was there just now */
	snprintf(series, sizeof(series), FRAMES("%s"), node);
	assert_true(value(&tally, series) == 2);
}

/* Of a device whose drops are not known there is no number; of the others there is. */
static void test_drops_not_known(void **state)
{
	static const char *const nodes[] = {"video0", "video1"};
	struct run run;

	(void)state;
	begin_run(&run, capture_kind.path, nodes, 2);
	add_frame(&run, 0, MS);
	add_frame(&run, 1, MS);
	run.devices[0].drops[DROP_DRIVER] = run.devices[1].drops[DROP_DRIVER] = 3;
	run.devices[0].not_followed = 1;
	add_run(&tally, &run);
	assert_true(value(&tally, DROPS("video0")) == -1);
	assert_true(value(&tally, DROPS("video1")) == 3);
}

static void test_without_rows(void **state)
{
	static const char *const node = "video0";
	struct run run;

	(void)state;
	begin_run(&run, capture_kind.path, &node, 1);
	run.facts.config.no_frames = true;
	add_frame(&run, 0, MS);
	add_run(&tally, &run);
	assert_true(value(&tally, FRAMES("video0")) == 1);
	assert_null(strstr(written(&tally), "vpipe_cost"));
	assert_null(strstr(written(&tally), "vpipe_drops"));
}

static void test_names_of_any_bytes(void **state)
{
	static struct video_facts facts = {.name = "a\\\"\n\xff", .driver = "\x1b[2J"};
	static const char *const node = "v\"\n\\";
	struct run run;

	(void)state;
	begin_run(&run, capture_kind.path, &node, 1);
	run.facts.videos = &facts;
	run.facts.n_videos = 1;
	add_frame(&run, 0, MS);
	add_run(&tally, &run);
	assert_non_null(strstr(written(&tally), FRAMES("v\\\"\\\\x0a\\\\") " 1\n"));
	assert_string_equal(tally.devices[0].name, facts.name);
}

/* Bounds of the error: the ends of buckets are no farther apart than they are said to be. */
static void test_ends_are_close(void **state)
{
	const char *line;
	double before = 0, worst = 0;

	(void)state;
	add_runs(&tally, "video0", 1);
	line = written(&tally);
	while ((line = strstr(line, "vpipe_frame_duration_seconds_bucket"))) {
		double le = atof(strstr(line, "le=\"") + 4);

		line++;
		if (le <= before) /* "+Inf", which reads as it is: the last */
			continue;
		if (before > 2e-6 && le < 10)
			worst = (le - before) / before > worst ? (le - before) / before : worst;
		before = le;
	}
	assert_true(worst > 0.12 && worst < 0.1251);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_sums_of_runs, end),
		cmocka_unit_test_teardown(test_a_run_that_goes_on, end),
		cmocka_unit_test_teardown(test_a_device_goes_and_comes_back, end),
		cmocka_unit_test_teardown(test_another_device_of_the_same_name, end),
		cmocka_unit_test_teardown(test_two_devices_by_themselves, end),
		cmocka_unit_test_teardown(test_more_names_than_room, end),
		cmocka_unit_test_teardown(test_drops_not_known, end),
		cmocka_unit_test_teardown(test_without_rows, end),
		cmocka_unit_test_teardown(test_names_of_any_bytes, end),
		cmocka_unit_test_teardown(test_ends_are_close, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
