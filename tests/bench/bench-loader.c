// SPDX-License-Identifier: MIT
/*
 * How many frames the loader takes, and in how much memory.
 *
 * The frames go the way they go in a run: out of the ring or made up, into intake_take(), and
 * from there to the sinks; here to one that writes the rows of frames.csv to where it is told.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/probes/vpipe.h"
#include "loader/paths/vpipe.h"
#include "loader/runs/columns.h"
#include "loader/session.h"
#include "loader/trace/load.h"
#include "tests/bench/bench.h"
#include "tests/bpf/feed.h"
#include "lib/clock.h"
#include "lib/msg.h"

#define RATE_ROWS   50000 /* a round */
#define MANY_FRAMES 5000000
#define FEW_FRAMES  100000
#define FEED_RATE   51000 /* a second; the goal is 50,000 */
#define FEED_FRAMES (4 * FEED_RATE)
#define TRIES	    3
#define BUSY_NS	    20000000 /* of waiting for a CPU: half of the ring is filled in less */
#define LOST	    "loader: frames lost or fed, 50,000 a second"
#define RING_BYTES  (1 << 20) /* what vpipe-trace run has by default */

static char path[] = "/tmp/bench-loader-XXXXXX";

/* A frame that fills every cell but those of the counters, which few runs have. */
static void make_frame(struct vpipe_frame *frame, uint64_t n, uint64_t now_ns)
{
	uint64_t ns = now_ns + n * 33333333;

	*frame = (struct vpipe_frame){
		.seq = n,
		.ctx = 17,
		.src_seq = (unsigned int)n,
		.out_index = n % 4,
		.cap_index = n % 4,
		.algo_id = 1,
		.bytesused = 307200,
		.switches = {5, 1, 4, 1},
		.source.wake = {1234, 0, 1, 1},
		.split = (1U << VPIPE_N_STAGES) - 1,
		.wake = {VPIPE_PEER_INTERRUPT, 1, 0, 1},
	};
	for (unsigned int point = 0; point < VPIPE_N_POINTS; point++) {
		frame->ns[point] = ns;
		ns += 20000 + (n * 7919 + point * 104729) % 300000;
	}
	for (unsigned int stage = 0; stage < VPIPE_N_STAGES; stage++) {
		frame->splits[stage].runq_ns = n * 31 % 3000;
		frame->splits[stage].blocked_ns = n * 17 % 9000;
	}
	frame->source.asked_ns = frame->ns[VPIPE_POINT_SRC_DONE] + 500;
	frame->asked_ns = frame->ns[VPIPE_POINT_CAP_DONE] + 700;
	frame->source.copy_ns = n % 10000;
}

/* Where the rows go. */
static struct rows {
	const char *path;
	const struct run *run;
	const struct schema *columns;
	struct csv *csv;
} rows;

static int open_rows(void *state, const struct run *run, const struct sink_place *place)
{
	char *header;
	int err;

	(void)state;
	(void)place;
	rows.run = run;
	rows.columns = columns_new(run);
	header = schema_header(rows.columns);
	err = csv_create(&rows.csv, rows.path, header);
	free(header);
	return err;
}

static void add_row(void *state, const struct frame *frame)
{
	(void)state;
	schema_write(rows.columns, rows.run, rows.csv, frame);
}

static int finish_rows(void *state, const struct run *run, const struct sink_place *place)
{
	(void)state;
	(void)run;
	(void)place;
	columns_free(rows.columns);
	return csv_commit(rows.csv);
}

static void abort_rows(void *state)
{
	(void)state;
	columns_free(rows.columns);
	csv_abort(rows.csv);
}

static int open_sink(struct session *session, const char *to)
{
	static const struct sink sink = {
		.open = open_rows, .frame = add_row, .finish = finish_rows, .abort = abort_rows};
	static const struct sink *const list[] = {&sink, NULL};
	const struct sink_place place = {0};

	rows.path = to;
	return sinks_open(&session->intake.files, list, &session->run, &place);
}

static void abort_sink(struct session *session)
{
	sinks_abort(session->intake.files);
	session->intake.files = NULL;
}

/* Returns 0 or -errno, of all rows. */
static int take_frames(struct session *session, uint64_t frames)
{
	static struct vpipe_frame ready[64];
	uint64_t now_ns = clock_ns();

	for (uint64_t i = 0; i < 64; i++)
		make_frame(&ready[i], i, now_ns);
	for (uint64_t i = 0; i < frames; i++)
		intake_take(&session->intake, &ready[i % 64]);
	return csv_flush(rows.csv);
}

static int bench_rate(struct session *session)
{
	struct bench_series rates = {0};

	for (unsigned int round = 0; round < BENCH_ROUNDS; round++) {
		uint64_t began;
		int err = open_sink(session, path);

		if (err)
			return err;
		began = clock_ns();
		err = take_frames(session, RATE_ROWS);
		bench_add(&rates, RATE_ROWS * 1e9 / (double)(clock_ns() - began));
		abort_sink(session);
		if (err)
			return err;
	}
	bench_value("loader: rows of frames.csv a second", bench_median(&rates), ">=300000");
	return 0;
}

/* "VmRSS:" or the largest that it ever was, "VmHWM:", of this process, MiB. */
static double memory(const char *what)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long kib = 0;
	char line[256];

	while (!kib && file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, what, strlen(what)))
			kib = strtoul(line + strlen(what), NULL, 10);
	}
	if (file)
		fclose(file);
	return (double)kib / 1024;
}

static int bench_memory(struct session *session)
{
	double few;
	int err = open_sink(session, "/dev/null");

	if (err)
		return err;
	err = take_frames(session, FEW_FRAMES);
	few = memory("VmRSS:");
	if (!err)
		err = take_frames(session, MANY_FRAMES - FEW_FRAMES);
	abort_sink(session);
	if (err)
		return err;
	bench_value("loader: peak RSS of 5 million frames, MiB", memory("VmHWM:"), "<=32");
	bench_row("loader: RSS after 5 million frames or 0.1, MiB", memory("VmRSS:"), few,
		  "<=1.01");
	return 0;
}

/* The other side of the ring. */
struct feeder {
	struct feed feed;
	double seconds;
	atomic_bool done;
};

/* A frame each 1/FEED_RATE s; one that is late is fed at once. */
static void *feed_ring(void *arg)
{
	struct feeder *feeder = arg;
	uint64_t began;

	bench_pin(0);
	began = clock_ns();
	for (unsigned int i = 0; i < FEED_FRAMES; i++) {
		while (clock_ns() - began < i * (NS_PER_SEC / FEED_RATE))
			;
		feed_queue(&feeder->feed, 1, i % 4, i);
		feed_process(&feeder->feed, 1, i % 4, i % 4, i);
		feed_dequeue(&feeder->feed, 1, i % 4);
	}
	feeder->seconds = (double)(clock_ns() - began) / NS_PER_SEC;
	feeder->done = true;
	return NULL;
}

static uint64_t count_lines(const char *name)
{
	FILE *file = fopen(name, "re");
	uint64_t lines = 0;
	static char block[1 << 16];
	size_t size;

	while (file && (size = fread(block, 1, sizeof(block), file))) {
		for (size_t i = 0; i < size; i++)
			lines += block[i] == '\n';
	}
	if (file)
		fclose(file);
	return lines;
}

/* How long this thread waited for its CPU so far, ns; 0 where the kernel doesn't tell. */
static uint64_t cpu_wait_ns(void)
{
	FILE *file = fopen("/proc/thread-self/schedstat", "re");
	unsigned long long wait = 0;

	if (file && fscanf(file, "%*u %llu", &wait) != 1)
		wait = 0;
	if (file)
		fclose(file);
	return wait;
}

/* The ring is filled on one CPU and drained on the other, as session_wait() does in a run. */
static int drain(struct session *session, struct feeder *feeder)
{
	pthread_t thread;
	int err = open_sink(session, path);

	if (err)
		return err;
	err = -pthread_create(&thread, NULL, feed_ring, feeder);
	if (err)
		return err;
	while (!feeder->done)
		session_wait(session, 100, NULL, NULL);
	pthread_join(thread, NULL);
	while (trace_drain(session->trace) > 0)
		;
	err = sinks_finish(session->intake.files, &session->run) ?: feeder->feed.error;
	session->intake.files = NULL;
	return err;
}

static uint64_t count_recorded(struct session *session)
{
	uint64_t counts[VPIPE_N_COUNTS] = {0}, missed = 0;

	trace_counts(session->trace, counts, &missed);
	return counts[VPIPE_COUNT_RECORDED] - missed;
}

/*
 * That a drain which does not get its CPU falls behind says nothing: so it has
 * some tries, and if none was undisturbed, it was not measured.
 */
static int bench_drain(struct session *session)
{
	struct feeder feeder = {
		.feed = {.trace = session->trace, .ns = 1000000, .step = 1000},
	};
	uint64_t recorded, lines, wait_ns;
	unsigned int tries = 0;
	char why[80];
	int err;

	do {
		wait_ns = cpu_wait_ns();
		recorded = count_recorded(session);
		feeder.done = false;
		err = drain(session, &feeder);
		if (err)
			return err;
		recorded = count_recorded(session) - recorded;
		lines = count_lines(path) - 1; /* the header is a line */
		wait_ns = cpu_wait_ns() - wait_ns;
	} while (recorded < FEED_FRAMES && wait_ns > BUSY_NS && ++tries < TRIES);
	bench_value("loader: frames a second fed to the ring", FEED_FRAMES / feeder.seconds,
		    ">=50000");
	bench_row("loader: rows written or frames recorded", (double)lines, (double)recorded, "=1");
	if (tries == TRIES) {
		snprintf(why, sizeof(why), "the drain waited %.0f ms for its CPU: a busy machine",
			 (double)wait_ns / 1e6);
		bench_unmeasured(LOST, "=0", why);
		return 0;
	}
	bench_row(LOST, (double)(FEED_FRAMES - recorded), FEED_FRAMES, "=0");
	return 0;
}

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	struct session *session = arg;

	intake_take(&session->intake, frame);
}

/* With the programs loaded: they are part of the loader's memory. */
static int bench_traced(struct session *session)
{
	const struct trace_options options = {
		.path = &vpipe_path,
		.programs = vpipe_programs,
		.config.source_minor = -1,
		.config.ring_bytes = RING_BYTES,
		.config.by_hand = true,
		.frame = on_frame,
		.arg = session,
	};
	int err;

	if (!trace_can_load()) {
		bench_unmeasured(LOST, "=0", "BPF programs can't be loaded (root?)");
		return 0;
	}
	err = trace_open(&session->trace, &options);
	if (err)
		return err;
	if (bench_pin(1)) {
		bench_unmeasured(LOST, "=0", "needs two CPUs");
		return 0;
	}
	return bench_drain(session);
}

int main(void)
{
	static struct session session = {
		.quiet = true,
		.signals = -1,
		.intake = {.run = &session.run, .columns = {-1, -1, -1, -1}}};
	int fd = mkstemp(path), err;

	if (fd < 0) {
		msg_errno(errno, NULL, "%s", path);
		return EXIT_FAILURE;
	}
	close(fd);
	err = run_init(&session.run, &vpipe_path);
	if (!err)
		err = bench_traced(&session);
	if (!err)
		err = bench_rate(&session);
	if (!err)
		err = bench_memory(&session);
	if (err)
		msg_errno(err, NULL, "bench-loader");
	unlink(path);
	session_close(&session);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
