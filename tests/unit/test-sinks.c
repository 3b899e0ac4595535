// SPDX-License-Identifier: MIT
/*
 * test-sinks.c - the files of a run
 *
 * Of the same frames they are the same to the byte, as tests/fixtures/golden has them: but for
 * run.json, which may say more. Runs of devices of any kind have two files more. Names of threads,
 * paths and arguments may be any bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "bpf/hist.h"
#include "loader/model/record.h"
#include "loader/paths/vpipe.h"
#include "loader/runs/identity.h"
#include "loader/sinks/sink.h"

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

static char folder[64], prefix[96];
static json_t *run;

static int write_run(struct run *it, const char *to, void (*frames)(struct run *, struct sinks *))
{
	struct sink_place place = {0};
	struct sinks *sinks;
	int err = staging_open(&place.staging, to, 0);

	if (!err)
		err = sinks_open(&sinks, sinks_of_run, it, &place);
	if (!err) {
		if (frames)
			frames(it, sinks);
		run_finish(it);
		err = sinks_finish(sinks, it);
	}
	if (!err)
		err = staging_commit(place.staging);
	staging_close(place.staging);
	return err;
}

/* Files of a run, DIR/NAME of which is of any bytes, too. */
static int setup(void **state)
{
	static char *const argv[] = {(char *)"caf\xe9\n", (char *)"\\x41", (char *)"Prüfstand",
				     NULL};
	struct run it;
	char path[128];
	int err;

	(void)state;
	strcpy(folder, "/tmp/test-sinks-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(prefix, sizeof(prefix), "%s/n\xc3", folder);
	if (run_init(&it, &vpipe_path))
		return -1;
	it.facts.command = argv;
	it.facts.vpipe = "/dev/v\x1b";
	it.facts.config.no_frames = true;
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		struct thread *thread = run_add_thread(&it);

		thread->tid = (unsigned int)i;
		strcpy(thread->comm, threads[i].comm);
		thread->wakers = threads[i].wakers;
		thread->preemptors = threads[i].preemptors;
	}
	err = write_run(&it, prefix, NULL);
	run_free(&it);
	snprintf(path, sizeof(path), "%s.run.json", prefix);
	run = identity_load(path);
	return !err && run ? 0 : -1;
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

#define START_NS 1000000000000ULL
#define FRAMES	 120

/* Numbers that look like any, and are the same each time. */
static uint64_t any(uint64_t below)
{
	static uint64_t state = 20261129;

	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static struct vpipe_wake any_wake(void)
{
	static const unsigned int wakers[] = {VPIPE_PEER_IDLE, VPIPE_PEER_INTERRUPT, 4711, 12};

	return (struct vpipe_wake){wakers[any(4)], (unsigned int)any(4), (unsigned int)any(4),
				   any(3) ? 2 : 0};
}

/* A part of a stage of @ns that its thread did not run; now and then more than all of it. */
static struct vpipe_split any_split(uint64_t ns)
{
	struct vpipe_split split = {any(ns / 2 + 1), any(ns / 2 + 1)};

	if (!any(40))
		split.runq_ns += ns + 1;
	return split;
}

/* The source's part of @frame, whose times are there. */
static void make_source(struct vpipe_frame *frame, unsigned int i)
{
	uint64_t handoff = frame->ns[2] - frame->ns[1];

	frame->source = (struct vpipe_frame_source){
		.sequence = i + (i > 30),
		.minor = (unsigned int)any(2),
		.rule = 1 + (unsigned int)any(3),
		.asked_ns = any(4) ? frame->ns[0] + any(frame->ns[1] - frame->ns[0]) - 5 : 0,
		.copy_ns = any(3) ? any(handoff + handoff / 8) : VPIPE_COPY_UNKNOWN,
		.wake = any_wake(),
	};
	if (!any(3) && frame->source.asked_ns > frame->ns[0])
		frame->source.dwell_runq_ns = any(frame->source.asked_ns - frame->ns[0]);
}

/* Frame number @i as the programs may send it. */
static struct vpipe_frame make_frame(unsigned int i)
{
	uint64_t ns = START_NS + i * 33333333ULL;
	struct vpipe_frame frame = {.ctx = 1 + i % 3,
				    .src_seq = i,
				    .out_index = i % 4,
				    .cap_index = (i + 1) % 4,
				    .algo_id = i & 1,
				    .bytesused = i % 50 ? 307200 : 0,
				    .flags = i % 50 ? 0 : VPIPE_FRAME_ERROR,
				    .seq = 1000 + i};

	for (int point = any(4) ? 0 : 2; point < 11; point++) {
		frame.ns[point] = ns;
		ns += any(9) ? any(200000) + 10 : any(3) ? 10 : 70000000000ULL;
	}
	frame.asked_ns = any(5) ? frame.ns[9] + any(frame.ns[10] - frame.ns[9]) - 3 : 0;
	if (frame.ns[0])
		make_source(&frame, i);
	frame.unknown = any(3) ? 0 : (unsigned int)any(1024);
	frame.split = any(2) ? 1U << 9 : (unsigned int)any(1024);
	frame.counted = any(2) ? VPIPE_COUNTED_STAGES : (unsigned int)any(1024);
	for (int n = 0; n < 4; n++)
		frame.counters[n] = any(1U << 30);
	frame.switches = (struct vpipe_switches){(unsigned int)any(3), (unsigned int)any(3),
						 (unsigned int)any(3), (unsigned int)any(3)};
	frame.wake = any_wake();
	for (int stage = 0; stage < 10; stage++) {
		if (frame.split & 1U << stage && frame.ns[stage])
			frame.splits[stage] = any_split(frame.ns[stage + 1] - frame.ns[stage]);
	}
	return frame;
}

/* A distribution with something in many buckets, the last one too. */
static void make_hist(struct vpipe_hist *hist, unsigned int samples)
{
	memset(hist, 0, sizeof(*hist));
	while (samples--)
		hist_count(hist, any(1ULL << any(33)));
	hist_count(hist, 100ULL * 1000000000);
}

static const struct vpipe_peers some_peers = {
	.top = {{7, 3, "a; b/1"}, {VPIPE_PEER_IDLE, 9, ""}, {VPIPE_PEER_INTERRUPT, 2, ""}},
	.others = 5};

static void add_frames(struct run *it, struct sinks *sinks)
{
	int columns[COUNTER_COLUMNS] = {-1, 1, -1, -1};

	for (unsigned int i = 0; i < FRAMES; i++) {
		struct vpipe_frame record = make_frame(i);
		struct frame frame;

		record_mend(it->path, &record);
		frame_from_record(&frame, it->path, &record, columns);
		run_add_frame(it, &frame);
		sinks_frame(sinks, &frame);
	}
}

static void count_all(struct run *it, uint64_t started, uint64_t recorded, bool lost)
{
	for (unsigned int i = 0; lost && i < VPIPE_N_COUNTS; i++)
		it->counts.of[i] = (uint64_t)i * 3;
	it->counts.of[VPIPE_COUNT_STARTED] = started;
	it->counts.of[VPIPE_COUNT_RECORDED] = recorded;
	it->counts.missed_events = lost ? 2 : 0;
}

static void make_hists(struct run *it, unsigned int empty)
{
	for (unsigned int which = 0; which < path_n_hists(it->path); which++) {
		if (which != empty)
			make_hist(&it->hists[which], 30 + which);
	}
}

/* In the order in which a run reads them. */
static void make_counters(struct run *it)
{
	static struct vpipe_hist hist;

	for (unsigned int stage = 0; stage < it->path->n_stages; stage++) {
		for (unsigned int i = 0;
		     it->path->stages[stage].counted && i < it->facts.n_counters; i++) {
			memset(&hist, 0, sizeof(hist));
			if (stage != 4 || !i)
				make_hist(&hist, 5 * stage + i);
			it->counters[stage][i] = latency_of(&hist);
		}
	}
}

static void make_threads(struct run *it)
{
	static const char *const comms[] = {"capture", "kworker/1:2", "x,\"y\""};
	static struct vpipe_hist hist;

	for (unsigned int i = 0; i < 3; i++) {
		struct thread *thread = run_add_thread(it);

		thread->tid = 100 + i;
		thread->role = i == 1;
		strcpy(thread->comm, comms[i]);
		thread->account.oncpu_ns = any(1U << 30);
		thread->account.runq_ns = any(1U << 30);
		thread->account.blocked_ns = any(1U << 30);
		thread->account.switches = (struct vpipe_switches){1, 2, 3, i};
		if (i == 1) {
			thread->preemptors = some_peers;
			continue;
		}
		make_hist(&hist, 50);
		thread->runq = latency_of(&hist);
		thread->wakers = some_peers;
	}
}

/* Frames come first, and what was counted is read behind them. */
static void add_all(struct run *it, struct sinks *sinks)
{
	add_frames(it, sinks);
	count_all(it, 500, FRAMES, true);
	make_hists(it, ~0U);
	make_counters(it);
	make_threads(it);
}

static void add_counted(struct run *it, struct sinks *sinks)
{
	(void)sinks;
	count_all(it, 41, 40, false);
	make_hists(it, 1);
	make_counters(it);
	make_threads(it);
}

/* What both runs have. */
static void begin_run(struct run *it)
{
	assert_int_equal(run_init(it, &vpipe_path), 0);
	it->facts = (struct run_facts){
		.vpipe = "/dev/video7",
		.config.ring_bytes = 1 << 20,
		.start_ns = START_NS,
		.end_ns = START_NS + 5000000000ULL,
		.start_realtime_ns = 1700000000000000000ULL,
	};
}

static void write_whole(const char *to)
{
	static char *const argv[] = {(char *)"caf\xe9\n", (char *)"--x", NULL};
	struct run it;

	begin_run(&it);
	it.facts.command = argv;
	it.facts.status = 0x300;
	it.facts.source = "/dev/video0";
	it.facts.transport = "mmap";
	it.facts.algo = "threshold";
	it.facts.threshold = 99;
	it.facts.cache = "both";
	it.facts.frames = FRAMES;
	it.facts.size[0] = 640;
	it.facts.size[1] = 480;
	it.facts.fps = 30;
	it.facts.duration_ns = 5000000000ULL;
	it.facts.usage.ru_nvcsw = 12;
	it.facts.n_counters = 2;
	it.facts.counters[0] = "page_faults";
	it.facts.counters[1] = "instructions";
	assert_int_equal(write_run(&it, to, add_all), 0);
	run_free(&it);
}

static void write_counted(const char *to)
{
	struct run it;

	begin_run(&it);
	it.facts.config.no_frames = true;
	it.facts.no_counters = "not asked for";
	assert_int_equal(write_run(&it, to, add_counted), 0);
	run_free(&it);
}

static const struct video_facts videos[] = {
	{.node = "video0",
	 .path = "/dev/video0",
	 .name = "Kamera, \"HD\"\xc3",
	 .driver = "uvcvideo",
	 .bus = "usb-0000:00:14.0-1",
	 .module = "uvcvideo",
	 .kind = VIDEO_CAPTURE,
	 .vb2 = VIDEO_YES,
	 .fourcc = 0x56595559,
	 .width = 640,
	 .height = 480,
	 .fps = 30000.0 / 1001,
	 .is_dated = true,
	 .timestamp_flags = 0x12000,
	 .nodrop = VIDEO_NO},
	{.node = "video12",
	 .path = "/dev/video12",
	 .driver = "v4l2 loopback",
	 .kind = VIDEO_OTHER,
	 .vb2 = VIDEO_NO,
	 .nodrop = VIDEO_YES},
	{.node = "video3"},
};

static char *contents(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;

	*size = 0;
	if (!file)
		return NULL;
	*size = getdelim(&text, &(size_t){0}, EOF, file);
	fclose(file);
	return text;
}

/* What every version says is said in the same words; that of the machine is this one's. */
static void assert_says(const char *key, const json_t *golden, const json_t *now)
{
	static const char *const own[] = {"format", "files", "crc32", "machine", "driver"};
	const char *member;
	json_t *value;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		if (!strcmp(key, own[i]))
			return;
	}
	if (!json_is_object(golden)) {
		if (!json_equal(golden, now))
			fail_msg("%s is not as it was", key);
		return;
	}
	json_object_foreach((json_t *)(uintptr_t)golden, member, value)
	{
		assert_says(member, value, json_object_get(now, member));
	}
}

static void compare_json(const char *golden_path, const char *path)
{
	json_t *golden = identity_load(golden_path), *now = identity_load(path);

	assert_non_null(golden);
	assert_non_null(now);
	assert_says("", golden, now);
	json_decref(golden);
	json_decref(now);
}

static void compare_file(enum run_file file, const char *golden_prefix, const char *now_prefix)
{
	char golden_path[192], path[192], *golden, *now;
	size_t golden_size, size;

	snprintf(golden_path, sizeof(golden_path), "%s.%s", golden_prefix, run_file_suffix(file));
	snprintf(path, sizeof(path), "%s.%s", now_prefix, run_file_suffix(file));
	if (file == RUN_FILE_RUN) {
		compare_json(golden_path, path);
		return;
	}
	golden = contents(golden_path, &golden_size);
	now = contents(path, &size);
	if (golden_size != size || (golden && memcmp(golden, now, size)))
		fail_msg("%s is not as %s", path, golden_path);
	free(golden);
	free(now);
}

static void test_golden(void **state)
{
	static const struct {
		const char *golden;
		void (*write)(const char *to);
	} runs[] = {
		{"tests/fixtures/golden/whole", write_whole},
		{"tests/fixtures/golden/counted", write_counted},
	};
	char to[128];

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		snprintf(to, sizeof(to), "%s/golden%zu", folder, i);
		runs[i].write(to);
		for (enum run_file file = 0; file < RUN_N_FILES; file++)
			compare_file(file, runs[i].golden, to);
	}
}

static struct sinks *open_sinks;

static void on_drop(void *arg, const struct drop *drop)
{
	(void)arg;
	sinks_drop(open_sinks, drop);
}

/* The driver had no buffer from 200 to 450; then an error; an input; and one that is handed back. */
static void add_cycles(struct run *it, struct sinks *sinks)
{
	struct cycle cycles[] = {
		{0, 7, false, 0, 40, false, 1, 0, 100, 120, 90, {0}, {0}, false, false, false},
		{0, 7, false, 1, 41, false, 0, 50, 200, 410, 190, {0}, {0}, false, false, false},
		{0,
		 7,
		 false,
		 0,
		 44,
		 false,
		 1,
		 450,
		 500,
		 510,
		 0,
		 {4711, 120, true, 30, 100},
		 {0},
		 false,
		 false,
		 false},
		{1, 8, false, 3, 5, true, 2, 400, 600, 610, 0, {0}, {0}, false, false, false},
		{1, 9, true, 2, 0, false, 1, 400, 620, 640, 390, {0}, {0}, false, false, false},
		{0, 7, false, 1, 99, true, 0, 460, 700, 0, 0, {0}, {0}, false, false, false},
	};

	open_sinks = sinks;
	for (size_t i = 0; i < sizeof(cycles) / sizeof(cycles[0]); i++) {
		run_add_cycle(it, &cycles[i]);
		run_settle_cycles(it);
		sinks_cycle(sinks, &cycles[i]);
	}
	run_lose_cycles(it);
}

static void assert_file(const char *to, enum run_file file, const char *text)
{
	char path[192], *now;
	size_t size;

	snprintf(path, sizeof(path), "%s.%s", to, run_file_suffix(file));
	now = contents(path, &size);
	assert_non_null(now);
	assert_string_equal(now, text);
	free(now);
}

/* Of a run on whose path there are devices of any kind. */
static void test_cycles(void **state)
{
	static const char *const nodes[] = {"/dev/video0", "/dev/v,1"};
	struct run it;
	char to[128];

	(void)state;
	snprintf(to, sizeof(to), "%s/cycles", folder);
	begin_run(&it);
	assert_int_equal(run_add_devices(&it, nodes, 2, on_drop, NULL), 0);
	assert_int_equal(write_run(&it, to, add_cycles), 0);
	assert_int_equal(it.devices[0].done.count, 1);
	assert_int_equal(it.devices[0].done.max_ns, 100);
	assert_int_equal(it.devices[0].taken.max_ns, 290);
	run_free(&it);
	assert_file(to, RUN_FILE_DROPS,
		    "device,queue,sequence,due_ns,cause,starved_ns,refilled_ns,buffers,waiting,"
		    "held,holder_tid,holder_since_ns,holder_oncpu_ns,holder_runq_ns,"
		    "holder_blocked_ns\n"
		    "/dev/video0,7,42,300,not dequeued,200,450,2,1,1,4711,120,200,30,100\n"
		    "/dev/video0,7,43,400,not dequeued,200,450,2,1,1,4711,120,200,30,100\n"
		    "\"/dev/v,1\",8,5,600,error,,,3,,,,,,,\n");
	assert_file(to, RUN_FILE_BUFFERS,
		    "device,queue,index,sequence,error,given_ns,wait_ns,fill_ns,done_ns,taken_ns,"
		    "owned,timestamp_ns,held_ns,is_input\n"
		    "/dev/video0,7,0,40,0,,,,100,120,1,90,,0\n"
		    "/dev/video0,7,1,41,0,50,50,100,200,410,0,190,,0\n"
		    "/dev/video0,7,0,44,0,450,0,50,500,510,1,,330,0\n"
		    "\"/dev/v,1\",8,3,5,1,400,,,600,610,2,,,0\n"
		    "\"/dev/v,1\",9,2,0,0,400,,,620,640,1,390,,1\n"
		    "/dev/video0,7,1,,,460,,,700,,0,,,0\n");
}

/* What is not known is empty; runs of our own node have no such file, as the golden ones show. */
static void test_devices(void **state)
{
	char to[128], path[192], *now;
	struct run it;
	size_t size;

	(void)state;
	begin_run(&it);
	it.facts.config.no_frames = true;
	it.facts.videos = videos;
	it.facts.n_videos = sizeof(videos) / sizeof(videos[0]);
	snprintf(to, sizeof(to), "%s/devices", folder);
	assert_int_equal(write_run(&it, to, NULL), 0);
	run_free(&it);
	snprintf(path, sizeof(path), "%s.devices.csv", to);
	now = contents(path, &size);
	assert_non_null(now);
	assert_string_equal(
		now, "device,path,name,driver,bus,module,kind,vb2,format,width,height,fps,"
		     "timestamps,nodrop\n"
		     "video0,/dev/video0,\"Kamera, \"\"HD\"\"\\xc3\",uvcvideo,usb-0000:00:14.0-1,"
		     "uvcvideo,capture,1,YUYV,640,480,29.970,monotonic soe,0\n"
		     "video12,/dev/video12,,v4l2 loopback,,,other,0,,,,,,1\n"
		     "video3,,,,,,,,,,,,,\n");
	free(now);
}

/* A frame in three stages of which it is known who carried it: in one of them not where. */
static void add_carried(struct run *it, struct sinks *sinks)
{
	const int columns[COUNTER_COLUMNS] = {-1, -1, -1, -1};
	struct vpipe_frame record = {
		.flags = 1U << (VPIPE_FRAME_CARRIED + VPIPE_STAGE_submit) |
			 1U << (VPIPE_FRAME_CARRIED + VPIPE_STAGE_copy) |
			 1U << (VPIPE_FRAME_CARRIED + VPIPE_STAGE_pickup),
		.carriers = {[VPIPE_STAGE_handoff] = {6, 6}, /* not valid */
			     [VPIPE_STAGE_submit] = {7, 1},
			     [VPIPE_STAGE_copy] = {8, VPIPE_CPU_UNKNOWN},
			     [VPIPE_STAGE_pickup] = {9, 0}},
	};
	struct frame frame;

	for (int point = VPIPE_POINT_QBUF; point <= VPIPE_POINT_CAP_DQBUF; point++)
		record.ns[point] = START_NS + (uint64_t)point;
	frame_from_record(&frame, it->path, &record, columns);
	assert_int_equal(frame.flags, 0);
	run_add_frame(it, &frame);
	sinks_frame(sinks, &frame);
}

/* Of each line of the file at @path: its end is that of @ends. */
static void assert_ends(const char *path, const char *const ends[], size_t n)
{
	FILE *file = fopen(path, "r");
	char line[4096];

	assert_non_null(file);
	for (size_t i = 0; i < n; i++) {
		assert_non_null(fgets(line, sizeof(line), file));
		assert_true(strlen(line) > strlen(ends[i]));
		assert_string_equal(line + strlen(line) - strlen(ends[i]), ends[i]);
	}
	fclose(file);
}

static void test_carriers(void **state)
{
	static const char *const ends[] = {
		",source_tid,source_cpu,handoff_tid,handoff_cpu,submit_tid,submit_cpu,queue_tid,"
		"queue_cpu,copy_tid,copy_cpu,cv_tid,cv_cpu,crc_tid,crc_cpu,publish_tid,publish_cpu,"
		"complete_tid,complete_cpu,pickup_tid,pickup_cpu\n",
		",,,,,7,1,,,8,,,,,,,,,,9,0\n",
	};
	char to[128], path[192];
	struct run it;

	(void)state;
	snprintf(to, sizeof(to), "%s/carriers", folder);
	begin_run(&it);
	it.facts.config.timeline = true;
	assert_int_equal(write_run(&it, to, add_carried), 0);
	run_free(&it);
	snprintf(path, sizeof(path), "%s.%s", to, run_file_suffix(RUN_FILE_FRAMES));
	assert_ends(path, ends, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sched),	 cmocka_unit_test(test_json),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_golden),
		cmocka_unit_test(test_cycles),	 cmocka_unit_test(test_devices),
		cmocka_unit_test(test_carriers),
	};

	return cmocka_run_group_tests_name("sinks", tests, setup, teardown);
}
