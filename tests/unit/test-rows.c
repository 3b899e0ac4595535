// SPDX-License-Identifier: MIT
/*
 * test-rows.c - drops.csv, buffers.csv, sched.csv, timeline.csv: written, read back, and written again
 *
 * A row that is read is the one that was written. One that says what cannot be is refused, and it is
 * said which cell that is; so is a file that has not the rows that run.json counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "loader/runs/identity.h"
#include "loader/runs/peers.h"
#include "loader/runs/read.h"
#include "loader/runs/rows.h"
#include "loader/sinks/sink.h"

#define START_NS 5000000000ULL
#define MS	 1000000ULL

static const struct cost costs[] = {{"queueing", "queueing_ns"}};
static const struct stage stages[] = {
	{.name = "fill", .charged_to = "queueing", .carrier = "driver", .in_queue = true},
};
static const struct point points[] = {{"GIVEN", "given"}, {"TAKEN", "taken"}};
static const struct path path = {
	.name = "toy",
	.n_stages = 1,
	.stages = stages,
	.points = points,
	.n_costs = 1,
	.charges = 1,
	.costs = costs,
	.cycles = true,
};

static char folder[64];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test-rows-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static void on_drop(void *arg, const struct drop *drop)
{
	sinks_drop(*(struct sinks **)arg, drop);
}

/* The driver had no buffer from 200 to 450 ms; then an error; an input; and one that is handed back. */
static void add_cycles(struct run *run, struct sinks *sinks)
{
	struct cycle cycles[] = {
		{.queue = 7,
		 .index = 0,
		 .sequence = 40,
		 .owned = 1,
		 .done_ns = 100,
		 .taken_ns = 120},
		{.queue = 7,
		 .index = 1,
		 .sequence = 41,
		 .given_ns = 50,
		 .done_ns = 200,
		 .taken_ns = 410},
		{.queue = 7,
		 .sequence = 44,
		 .owned = 1,
		 .given_ns = 450,
		 .done_ns = 500,
		 .taken_ns = 510,
		 .timestamp_ns = 1,
		 .holder = {4711, 120 * MS + START_NS, true, 30, 100}},
		{.device = 1,
		 .queue = 8,
		 .index = 3,
		 .sequence = 5,
		 .error = true,
		 .owned = VPIPE_OWNED_UNKNOWN,
		 .given_ns = 400,
		 .done_ns = 600,
		 .taken_ns = 610},
		{.device = 1,
		 .queue = 9,
		 .is_input = true,
		 .index = 2,
		 .owned = 1,
		 .given_ns = 400,
		 .done_ns = 620,
		 .taken_ns = 640},
		{.queue = 7,
		 .index = 1,
		 .sequence = 99,
		 .error = true,
		 .given_ns = 460,
		 .done_ns = 700},
		{.device = 1,
		 .queue = 10,
		 .unnumbered = true,
		 .done_ns = 700,
		 .taken_ns = 710,
		 .owned = VPIPE_OWNED_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(cycles) / sizeof(cycles[0]); i++) {
		uint64_t *const ns[] = {&cycles[i].given_ns, &cycles[i].done_ns,
					&cycles[i].taken_ns};

		for (int n = 0; n < 3; n++)
			*ns[n] = *ns[n] ? START_NS + *ns[n] * MS : 0;
		run_add_cycle(run, &cycles[i]);
		sinks_cycle(sinks, &cycles[i]);
		run_settle_cycles(run);
	}
}

static void add_threads(struct run *run)
{
	static const struct {
		const char *comm;
		struct vpipe_peers wakers;
	} threads[] = {
		{"Kamera-Pr\xc3", {.top = {{7, 3, "a; b/1 2,\"\n\xe9"}, {VPIPE_PEER_IDLE, 9, ""}}}},
		{"x,\"y\"\n\\x41", {.top = {{9, 1, ""}, {8, 1, "idle 3"}}, .others = 5}},
		{"", {.top = {{0}}}},
	};

	for (unsigned int i = 0; i < 3; i++) {
		struct thread *thread = run_add_thread(run);

		thread->tid = 100 + i;
		thread->role = i & 1;
		strcpy(thread->comm, threads[i].comm);
		thread->account = (struct vpipe_account){i, 20 * i, 300, {1, 2, i, 4}};
		if (i)
			thread->runq = (struct latency){.count = 9, .p50_ns = 0, .max_ns = i};
		thread->wakers = threads[i].wakers;
	}
}

/* A thread that sleeps, is woken, runs, and has its CPU taken away; of another one little is known. */
static void add_spans(struct sinks *sinks)
{
	struct span spans[] = {
		{.tid = 100, .state = VPIPE_THREAD_BLOCKED, .has_cpu = true, .cpu = 1},
		{.tid = 100,
		 .state = VPIPE_THREAD_RUNQ,
		 .has_cpu = true,
		 .cpu = 3,
		 .has_peer = true,
		 .peer = 7,
		 .peer_comm = "a; b/1 2,\"\n\xe9"},
		{.tid = 100, .state = VPIPE_THREAD_ONCPU, .has_cpu = true},
		{.tid = 100,
		 .state = VPIPE_THREAD_RUNQ,
		 .has_cpu = true,
		 .has_peer = true,
		 .peer = VPIPE_PEER_INTERRUPT},
		{.tid = 100,
		 .state = VPIPE_THREAD_RUNQ,
		 .has_cpu = true,
		 .has_peer = true,
		 .peer = 4194303,
		 .preempted = true,
		 .peer_comm = "</script>\x1b[0m"},
		{.tid = 4711, .state = VPIPE_THREAD_RUNQ},
	};

	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		spans[i].start_ns = START_NS + i * MS;
		spans[i].end_ns = START_NS + (i + 1) * MS;
		sinks_span(sinks, &spans[i]);
	}
}

static void write_run(const char *to)
{
	static const char *const nodes[] = {"/dev/video0", "/dev/v,\"1"};
	struct sink_place place = {0};
	struct sinks *sinks;
	struct run run;

	assert_int_equal(run_init(&run, &path), 0);
	run.facts.start_ns = START_NS;
	run.facts.end_ns = START_NS + 1000 * MS;
	run.facts.no_counters = "toys have none";
	run.facts.config.timeline = true;
	assert_int_equal(run_add_devices(&run, nodes, 2, on_drop, &sinks), 0);
	assert_int_equal(staging_open(&place.staging, to, 0), 0);
	assert_int_equal(sinks_open(&sinks, sinks_of_run, &run, &place), 0);
	add_cycles(&run, sinks);
	add_threads(&run);
	add_spans(sinks);
	run_finish(&run);
	assert_int_equal(sinks_finish(sinks, &run), 0);
	assert_int_equal(staging_commit(place.staging), 0);
	staging_close(place.staging);
	run_free(&run);
}

static struct again {
	unsigned int frames, drops, cycles, threads, spans;
} again;

static void count_frame(void *arg, const struct frame *frame)
{
	(void)arg;
	(void)frame;
	again.frames++;
}

static void again_drop(void *arg, const struct drop *drop)
{
	again.drops++;
	sinks_drop(arg, drop);
}

static void again_cycle(void *arg, const struct cycle *cycle)
{
	again.cycles++;
	sinks_cycle(arg, cycle);
}

static void again_span(void *arg, const struct span *span)
{
	again.spans++;
	sinks_span(arg, span);
}

static int read_again(struct run_files *files, struct sinks *sinks)
{
	const struct run_listener listener = {.frame = count_frame,
					      .drop = again_drop,
					      .cycle = again_cycle,
					      .span = again_span,
					      .threads = true,
					      .arg = sinks};

	int err;

	memset(&again, 0, sizeof(again));
	err = run_files_read(files, &listener);
	again.threads = files->run.n_threads;
	return err;
}

static void assert_same(const char *from, const char *to, const char *suffix)
{
	char command[256];

	snprintf(command, sizeof(command), "cmp %s.%s %s.%s", from, suffix, to, suffix);
	assert_int_equal(system(command), 0);
}

static void test_again(void **state)
{
	char from[96], to[96];
	struct sink_place place = {0};
	struct run_files files;
	struct sinks *sinks;

	(void)state;
	snprintf(from, sizeof(from), "%s/one", folder);
	snprintf(to, sizeof(to), "%s/other", folder);
	write_run(from);
	assert_int_equal(run_files_open(&files, from), 0);
	assert_int_equal(staging_open(&place.staging, to, 0), 0);
	assert_int_equal(sinks_open(&sinks, sinks_of_run, &files.run, &place), 0);
	assert_int_equal(read_again(&files, sinks), 0);
	assert_int_equal(again.frames, 0);
	assert_int_equal(again.drops, 3);
	assert_int_equal(again.cycles, 7);
	assert_int_equal(again.spans, 6);
	assert_int_equal(files.run.n_threads, 3);
	assert_string_equal(files.run.threads[1].comm, "x,\"y\"\n\\x41");
	assert_string_equal(files.run.threads[0].wakers.top[1].comm, "a; b/1 2,\"\n\xe9");
	assert_int_equal(files.run.threads[0].runq.count, 0);
	assert_int_equal(files.run.threads[1].runq.count, 1);
	assert_int_equal(sinks_finish(sinks, &files.run), 0);
	assert_int_equal(staging_commit(place.staging), 0);
	staging_close(place.staging);
	run_files_close(&files);
	assert_same(from, to, "drops.csv");
	assert_same(from, to, "buffers.csv");
	assert_same(from, to, "sched.csv");
	assert_same(from, to, "timeline.csv");
}

/* Let run.json of @prefix say that all files are as the run wrote them. */
static void seal(const char *prefix)
{
	char all[RUN_N_FILES][128];
	const char *paths[RUN_N_FILES];
	json_t *json;

	for (enum run_file file = 0; file < RUN_N_FILES; file++) {
		snprintf(all[file], sizeof(all[file]), "%s.%s", prefix, run_file_suffix(file));
		paths[file] = all[file];
	}
	json = identity_load(paths[RUN_FILE_RUN]);
	assert_non_null(json);
	assert_int_equal(identity_add_files(json, paths), 0);
	assert_int_equal(identity_seal(json), 0);
	assert_int_equal(json_dump_file(json, paths[RUN_FILE_RUN], 0), 0);
	json_decref(json);
}

/* What is said of a run that is read. */
static int read_it(const char *prefix, char *said, size_t room)
{
	FILE *to = tmpfile();
	int old = dup(STDERR_FILENO), err;
	const struct sink *const none[] = {NULL};
	struct run_files files;
	struct sinks *sinks;
	size_t n;

	assert_non_null(to);
	assert_true(dup2(fileno(to), STDERR_FILENO) >= 0);
	err = run_files_open(&files, prefix);
	if (!err)
		err = sinks_open(&sinks, none, &files.run, &(struct sink_place){0});
	if (!err) {
		err = read_again(&files, sinks);
		sinks_abort(sinks);
	}
	run_files_close(&files);
	dup2(old, STDERR_FILENO);
	close(old);
	rewind(to);
	n = fread(said, 1, room - 1, to);
	said[n] = '\0';
	fclose(to);
	return err;
}

/* By sed: what is changed in which file, and what is said of it. */
static const struct {
	const char *suffix, *script, *says;
} spoiled[] = {
	{"drops.csv", "2s/video0/video1/", ":2: device: is no device of the run"},
	{"drops.csv", "2s/,7,/,4294967296,/", ":2: queue: is more than there can be"},
	{"drops.csv", "2s/,42,/,,/", ":2: sequence: is empty"},
	{"drops.csv", "2s/,5300000000,/,0,/", ":2: due_ns: is 0: what is not known is empty"},
	{"drops.csv", "2s/not dequeued/bad luck/", ":2: cause: is no cause that is known"},
	{"drops.csv", "2s/not dequeued/driver/",
	 ":2: starved_ns: is there, which the other cells of the row deny"},
	{"drops.csv", "4s/error/held/",
	 ":4: starved_ns: is empty, which the other cells of the row deny"},
	{"drops.csv", "2s/,30,100$/,,100/",
	 ":2: holder_blocked_ns: is there, but holder_runq_ns is empty"},
	{"drops.csv", "2s/,30,100$/,30,/",
	 ":2: holder_blocked_ns: is empty, but holder_runq_ns is not"},
	{"drops.csv", "2s/,30,100$/,31,100/",
	 ":2: holder_oncpu_ns: is not what follows from the other cells"},
	{"drops.csv", "2s/,30,100$/,,/",
	 ":2: holder_oncpu_ns: is not what follows from the other cells"},
	{"drops.csv", "2d", "ends after 1 drops of /dev/video0, 'not dequeued', but "},
	{"drops.csv", "2p", "ends after 3 drops of /dev/video0, 'not dequeued', but "},
	{"buffers.csv", "2s/,7,0,40/,7,,40/",
	 ":2: sequence: is there, which the other cells of the row deny"},
	{"buffers.csv", "2s/,7,0,40,0/,7,0,40,/",
	 ":2: error: is empty, which the other cells of the row deny"},
	{"buffers.csv", "2s/,7,0,40,0/,7,0,40,2/", ":2: error: is more than there can be"},
	{"buffers.csv", "4s/,0,50000000,/,,50000000,/",
	 ":4: fill_ns: is there, but wait_ns is empty"},
	{"buffers.csv", "3s/,52/,2/; 3s/,505/,5/; 3s/,541/,4/",
	 ":3: given_ns: is not in the time of "},
	{"buffers.csv", "4s/,0$/,1/", "ends after 2 frames of /dev/video0, but "},
	{"buffers.csv", "4p", "ends after 4 frames of /dev/video0, but "},
	{"buffers.csv", "1s/given_ns/gegeben_ns/", ":1: no column"},
	{"sched.csv", "2s/client/actor/", ":2: role: is no role that is known"},
	{"sched.csv", "2s/Kamera/Kamera fuer alles/", ":2: comm: is no name that there can be"},
	{"sched.csv", "2s/Kamera/\\\\x00/", ":2: comm: is no name that there can be"},
	{"sched.csv", "2s/idle 9/idle/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "2s/idle 9/ghost 9/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "2s/idle 9/idle 0/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "2s/idle 9/idle 4294967296/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "2s/idle 9/idle 2/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "2s/idle 9/others 9/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "2s/idle 9/x\\/4294967295 9/", ":2: wakers: is no list of NAME/TID COUNT"},
	{"sched.csv", "3s/,0,0,1,/,0,,1,/", ":3: runq_p99_ns: is empty, but runq_p50_ns is not"},
	{"timeline.csv", "2s/blocked/asleep/", ":2: state: is no state that is known"},
	{"timeline.csv", "2s/blocked//", ":2: state: is empty"},
	{"timeline.csv", "2s/blocked,5000/blocked,5009/", ":2: end_ns: is before start_ns"},
	{"timeline.csv", "2s/,5000/,1000/; 2s/,5001/,1001/",
	 ":2: start_ns: is not in the time of "},
	{"timeline.csv", "3s/,3,7,0,/,3,7,,/", ":3: preempted: is empty, but by is not"},
	{"timeline.csv", "3s/,3,7,0,/,3,,0,/", ":3: preempted: is there, but by is empty"},
	{"timeline.csv", "3s/runq/blocked/",
	 ":3: by: is there, but the thread did not wait for a CPU"},
	{"timeline.csv", "3s/a; b/a much longer name/",
	 ":3: by_comm: is no name that there can be"},
	{"timeline.csv", "5s/interrupt/ghost/", ":5: by: "},
};

static void test_spoiled(void **state)
{
	char prefix[96], command[256], said[512];

	(void)state;
	snprintf(prefix, sizeof(prefix), "%s/spoiled", folder);
	for (size_t i = 0; i < sizeof(spoiled) / sizeof(spoiled[0]); i++) {
		write_run(prefix);
		snprintf(command, sizeof(command), "sed -i '%s' %s.%s", spoiled[i].script, prefix,
			 spoiled[i].suffix);
		assert_int_equal(system(command), 0);
		assert_true(read_it(prefix, said, sizeof(said)) < 0);
		if (!strstr(said, "has been changed"))
			fail_msg("%s, %s: %s", spoiled[i].suffix, spoiled[i].script, said);
		seal(prefix);
		if (!read_it(prefix, said, sizeof(said)) || !strstr(said, spoiled[i].says))
			fail_msg("%s, %s: not '%s' but %s", spoiled[i].suffix, spoiled[i].script,
				 spoiled[i].says, said);
	}
}

/* As files of older versions have it: less columns. */
static void test_older(void **state)
{
	char prefix[96], command[512], said[512];

	(void)state;
	snprintf(prefix, sizeof(prefix), "%s/older", folder);
	write_run(prefix);
	snprintf(command, sizeof(command),
		 "cd %s && { head -n 1 older.sched.csv | cut -d, -f1-13;"
		 "echo 4711,a,runner,1,2,3,4,5,6,7,8,9,10; } > new && mv new older.sched.csv &&"
		 "sed -i '6d; s/,[^,]*$//' older.buffers.csv",
		 folder);
	assert_int_equal(system(command), 0);
	seal(prefix);
	if (read_it(prefix, said, sizeof(said)))
		fail_msg("%s", said);
	assert_int_equal(again.cycles, 6);
	assert_int_equal(again.spans, 6);
	assert_int_equal(again.threads, 1);
}

/* All that a list can hold, and one more. */
static void test_peers(void **state)
{
	struct vpipe_peers peers, read;
	char text[PEERS_ROOM], more[PEERS_ROOM + 32];

	(void)state;
	memset(&peers, 0, sizeof(peers));
	for (unsigned int i = 0; i < VPIPE_MAX_PEERS; i++) {
		peers.top[i] = (struct vpipe_peer){4194303 - i, 4294967295U - i, ""};
		memset(peers.top[i].comm, ';', VPIPE_COMM_LEN);
	}
	peers.others = 4294967295U;
	peers_to_text(text, &peers);
	assert_int_equal(peers_from_text(&read, text), 0);
	assert_memory_equal(&read, &peers, sizeof(peers));
	snprintf(more, sizeof(more), "idle 4294967295; %s", text);
	assert_true(peers_from_text(&read, more) < 0);
	assert_int_equal(peers_from_text(&read, ""), 0);
	assert_int_equal(read.top[0].count, 0);
	assert_true(peers_from_text(&read, "idle 1; ") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_spoiled),
		cmocka_unit_test(test_older),
		cmocka_unit_test(test_peers),
	};

	return cmocka_run_group_tests_name("rows", tests, setup, teardown);
}
