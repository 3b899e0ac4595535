// SPDX-License-Identifier: MIT
/*
 * test-meter.c - record, left on: what is written of frames that the real programs have seen, and a
 * day of them
 *
 * The frames are made up; their way is that of a run, but for the loop around it.
 */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "lib/clock.h"
#include "loader/meter.h"
#include "loader/paths/vpipe.h"
#include "tests/bpf/feed.h"

#define STEP	 1000 /* ns */
#define DAY	 (24 * 3600 * 30) /* frames */
#define WRITINGS 100 /* in it: 57 times as seldom as with --interval 15 */

static struct meter meter;
static struct session session;
static struct feed feed;
static char folder[64], path[96];

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct session *to = arg;

	intake_take(&to->intake, frame);
}

/* Another session, as after each change of devices. */
static void begin_session(void)
{
	static const struct sink *const none[] = {NULL};
	static const struct sink_place place;
	const struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = 1 << 20,
		.config.by_hand = true,
		.forget_dead = true,
		.frame = on_frame,
		.arg = &session,
	};

	session = (struct session){.quiet = true,
				   .signals = -1,
				   .intake = {.run = &session.run, .columns = {-1, -1, -1, -1}}};
	assert_int_equal(run_init(&session.run, &vpipe_path), 0);
	session.run.facts.vpipe = "/dev/video7";
	session.run.facts.kernel = "6.12-test";
	assert_int_equal(sinks_open(&session.intake.files, none, &session.run, &place), 0);
	assert_int_equal(trace_open(&session.trace, &options), 0);
	trace_begin(session.trace);
	feed = (struct feed){.trace = session.trace, .ns = 1000000, .step = STEP};
}

static void end_session(void)
{
	session_stop(&session);
	assert_int_equal(session_read(&session), 0);
	assert_int_equal(meter_keep(&meter, &session), 0);
	session_close(&session);
}

static void feed_frames(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		feed_queue(&feed, 1, i % 4, i);
		feed_process(&feed, 1, i % 4, i % 4, i);
		feed_dequeue(&feed, 1, i % 4);
	}
	assert_int_equal(feed.error, 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-meter-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/vpipe.prom", folder);
	return meter_file_open(&meter.file, path);
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	meter_free(&meter);
	meter = (struct meter){0};
	return rmdir(folder); /* nothing else is in it */
}

/* The value of @series in the file; -1: it has none. */
static double value(const char *series)
{
	FILE *file = fopen(path, "re");
	size_t length = strlen(series);
	double found = -1;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, series, length) && line[length] == ' ')
			found = atof(line + length);
	}
	if (file)
		fclose(file);
	return found;
}

#define COUNT	 "vpipe_frame_duration_seconds_count{device=\"/dev/video7\"}"
#define SUM	 "vpipe_frame_duration_seconds_sum{device=\"/dev/video7\"}"
#define RECORDED "vpipe_frames_total{fate=\"recorded\"}"
#define COPIES	 "vpipe_cost_seconds_total{cost=\"copies\"}"

/* All costs, which add up to the time of the frames. */
static double costs(void)
{
	static const char prefix[] = "vpipe_cost_seconds_total{";
	FILE *file = fopen(path, "re");
	double sum = 0;
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, prefix, strlen(prefix)))
			sum += atof(strstr(line, "} ") + 2);
	}
	if (file)
		fclose(file);
	return sum;
}

/* To the nanosecond: a double has room for that. */
static uint64_t ns_of(double seconds)
{
	return (uint64_t)(seconds * 1e9 + 0.5);
}

static void check_counts(unsigned int frames, uint64_t frame_ns)
{
	assert_int_equal(value(COUNT), frames);
	assert_int_equal(value(RECORDED), frames);
	assert_int_equal(ns_of(value(SUM)), frames * frame_ns);
	assert_int_equal(ns_of(costs()), frames * frame_ns);
	assert_int_equal(ns_of(value(COPIES)), frames * STEP);
	assert_int_equal(value("vpipe_lost_total{reason=\"ring_full\"}"), 0);
	assert_int_equal(value("vpipe_lost_total{reason=\"rows_not_received\"}"), 0);
	assert_int_equal(value("vpipe_devices"), 1);
}

/* From the QBUF to the end of the DQBUF, by feed.c. */
static uint64_t time_of_frame(void)
{
	uint64_t ns = feed.ns;

	feed_frames(1);
	return feed.ns - ns - STEP; /* the last step is behind the frame */
}

static void test_what_passed_is_written(void **state)
{
	uint64_t frame_ns;

	(void)state;
	begin_session();
	assert_int_equal(meter_write(&meter, &session), 0);
	assert_int_equal(value(COUNT), 0);
	assert_int_equal(value(RECORDED), 0);
	frame_ns = time_of_frame();
	feed_frames(96);
	assert_int_equal(meter_write(&meter, &session), 0);
	check_counts(97, frame_ns);
	feed_frames(4); /* a writing in between changes nothing */
	assert_int_equal(meter_write(&meter, &session), 0);
	check_counts(101, frame_ns);
	end_session();
	begin_session();
	assert_int_equal(meter_write(&meter, &session), 0);
	check_counts(101, frame_ns);
	feed_frames(2);
	end_session();
	assert_int_equal(meter_write(&meter, NULL), 0);
	check_counts(103, frame_ns);
	tally_rest(&meter.before);
	assert_int_equal(meter_write(&meter, NULL), 0);
	assert_int_equal(value(COUNT), -1);
	assert_int_equal(value(RECORDED), 103);
	assert_int_equal(value("vpipe_devices"), 0);
	meter_file_remove(&meter.file);
	assert_int_equal(access(path, F_OK), -1);
}

/* A frame on its way is none of the figures, and one of them when all is over: none goes back. */
static void test_in_flight(void **state)
{
	(void)state;
	begin_session();
	feed_queue(&feed, 1, 0, 0);
	assert_int_equal(meter_write(&meter, &session), 0);
	assert_int_equal(value("vpipe_frames_total{fate=\"in_flight\"}"), 0);
	end_session();
	begin_session();
	assert_int_equal(meter_write(&meter, &session), 0);
	assert_int_equal(value("vpipe_frames_total{fate=\"in_flight\"}"), 1);
	end_session();
}

static void test_mode(void **state)
{
	mode_t mask = umask(0077);
	struct stat st;

	(void)state;
	assert_int_equal(meter_write(&meter, NULL), 0);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

/* What cannot be written leaves the file as it was, and nothing beside it. */
static void test_unwritable(void **state)
{
	char away[96];

	(void)state;
	assert_int_equal(meter_write(&meter, NULL), 0);
	snprintf(away, sizeof(away), "%s.away", folder);
	assert_int_equal(rename(folder, away), 0);
	assert_int_equal(meter_write(&meter, NULL), 0);
	assert_int_equal(meter_write(&meter, NULL), 0);
	assert_int_equal(meter.file.failed, 2);
	assert_int_equal(meter.file.err, -ENOENT);
	assert_int_equal(rename(away, folder), 0);
	assert_int_equal(value("vpipe_writes_failed_total"), 0);
	assert_int_equal(meter_write(&meter, NULL), 0);
	assert_int_equal(meter.file.err, 0);
	assert_int_equal(value("vpipe_writes_failed_total"), 2);
}

static void test_one_in_a_folder(void **state)
{
	struct meter_file other;
	char beside[128];

	(void)state;
	snprintf(beside, sizeof(beside), "%s/other.prom", folder);
	assert_int_equal(meter_file_open(&other, beside), -EBUSY);
	meter_file_close(&other);
	meter_file_close(&meter.file);
	assert_int_equal(meter_file_open(&other, beside), 0);
	meter_file_close(&other);
}

/* Threads that come and die: what they did is not kept. */
static void test_the_dead_are_forgotten(void **state)
{
	struct thread thread;
	unsigned int n = 0;

	(void)state;
	begin_session();
	assert_int_equal(trace_attach_sched(session.trace), 0);
	assert_int_equal(trace_adopt_forks(session.trace, true), 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		trace_drain(session.trace);
	}
	trace_detach(session.trace);
	while (!trace_thread(session.trace, n, &thread)) {
		assert_false(thread.dead);
		n++;
	}
	assert_true(n < 20);
	session_close(&session);
}

/* Of this process, KiB. */
static unsigned long rss_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[256];

	while (!kib && file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "VmRSS:", 6))
			kib = strtoul(line + 6, NULL, 10);
	}
	if (file)
		fclose(file);
	return kib;
}

static uint64_t cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_SEC + (uint64_t)ts.tv_nsec;
}

static void pass_sessions(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		begin_session();
		feed_frames(3);
		assert_int_equal(meter_write(&meter, &session), 0);
		end_session();
	}
}

/* A loose cable: the programs are loaded again and again. */
static void test_sessions_leave_nothing(void **state)
{
	unsigned long rss;

	(void)state;
	pass_sessions(2);
	rss = rss_kib();
	pass_sessions(6);
	assert_int_equal(value(RECORDED), 8 * 3);
	print_message("# RSS %lu KiB after 2 sessions, %lu KiB after 8\n", rss, rss_kib());
	assert_true(rss_kib() <= rss + 1024); /* a session has more */
}

/* A frame of which each stage takes another time each time. */
static void make_frame(struct vpipe_frame *frame, uint64_t n)
{
	uint64_t ns = 1000000000 + n * 33333333;

	*frame = (struct vpipe_frame){.seq = n, .split = (1U << VPIPE_N_STAGES) - 1};
	for (unsigned int point = 0; point < VPIPE_N_POINTS; point++) {
		frame->ns[point] = ns;
		ns += 20000 + (n * 7919 + point * 104729) % 300000;
	}
}

/* So many records of a day, with so many writings. */
static void pass(unsigned int tenths)
{
	struct vpipe_frame frame;

	for (unsigned int writing = 0; writing < WRITINGS * tenths / 10; writing++) {
		for (unsigned int i = 0; i < DAY / WRITINGS; i++) {
			make_frame(&frame, i);
			on_frame(&session, &frame);
		}
		feed_frames(20); /* some of them by the programs and the ring */
		assert_int_equal(meter_write(&meter, &session), 0);
	}
}

static void test_a_day(void **state)
{
	unsigned long rss[2];
	uint64_t ns[3];
	struct stat st[2];

	(void)state;
	begin_session();
	ns[0] = cpu_ns();
	pass(1);
	ns[1] = cpu_ns();
	rss[0] = rss_kib();
	assert_int_equal(stat(path, &st[0]), 0);
	pass(9);
	ns[2] = cpu_ns();
	rss[1] = rss_kib();
	assert_int_equal(stat(path, &st[1]), 0);
	assert_int_equal(session.run.rows, DAY + WRITINGS * 20);
	assert_int_equal(value(COUNT), WRITINGS * 20);
	print_message("# %u frames: RSS %lu KiB after a tenth, %lu KiB after all; file %lld and "
		      "%lld bytes; CPU %.3f s for a tenth, %.3f s for the rest\n",
		      DAY, rss[0], rss[1], (long long)st[0].st_size, (long long)st[1].st_size,
		      (double)(ns[1] - ns[0]) / 1e9, (double)(ns[2] - ns[1]) / 1e9);
	assert_true(rss[1] <= rss[0] + 256);
	assert_true(st[1].st_size < st[0].st_size + st[0].st_size / 20); /* more digits */
	assert_true(ns[2] - ns[1] < 2 * 9 * (ns[1] - ns[0]));
	end_session();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_passed_is_written, setup, teardown),
		cmocka_unit_test_setup_teardown(test_in_flight, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mode, setup, teardown),
		cmocka_unit_test_setup_teardown(test_unwritable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_in_a_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_dead_are_forgotten, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sessions_leave_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_day, setup, teardown),
	};

	if (geteuid()) {
		puts("1..0 # SKIP loading BPF programs needs root");
		return EXIT_SUCCESS;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
