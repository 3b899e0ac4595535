// SPDX-License-Identifier: MIT
/*
 * test-timeline.c - what the traced threads did all the time, on real threads
 *
 * The witnesses are the threads' accounts, which test-sched.c holds against the kernel's own, and who
 * is known to have woken and preempted them.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "loader/model/frame.h"
#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "lib/clock.h"
#include "tests/bpf/children.h"

static struct vpipe_span *spans;
static size_t n_spans;
static struct vpipe_frame last_frame;

static void on_span(void *arg, const struct vpipe_span *span)
{
	struct vpipe_span *more = reallocarray(spans, n_spans + 1, sizeof(*spans));

	(void)arg;
	assert_non_null(more);
	spans = more;
	spans[n_spans++] = *span;
}

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	last_frame = *frame;
}

static int open_timeline(void **state, unsigned long long ring_bytes)
{
	struct trace *trace = NULL;
	const struct trace_options options = {.path = &vpipe_path,
					      .programs = vpipe_programs,
					      .config.ring_bytes = ring_bytes,
					      .config.timeline = true,
					      .frame = on_frame,
					      .span = on_span};
	int err = trace_open(&trace, &options);

	n_spans = 0;
	*state = trace;
	return err ? err : trace_attach_sched(trace);
}

static int setup(void **state)
{
	return open_timeline(state, 1 << 20);
}

static int setup_tiny(void **state)
{
	return open_timeline(state, 4096);
}

/* In a test events were missed. */
static bool events_lost;

static int teardown(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS], missed;

	events_lost |= !trace_counts(*state, counts, &missed) && missed;
	trace_close(*state);
	return 0;
}

/* All have come that will: those in the rings, and those that end with tracing. */
static void finish(struct trace *trace, uint64_t counts[VPIPE_N_COUNTS])
{
	uint64_t missed;

	trace_detach(trace);
	while (trace_drain(trace) > 0)
		;
	assert_int_equal(trace_counts(trace, counts, &missed), 0);
	assert_int_equal(counts[VPIPE_COUNT_SPANS], n_spans);
	trace_spans(trace);
}

static bool is_of(const struct vpipe_span *span, const struct thread *thread)
{
	return span->tid == thread->tid;
}

/* How long @thread was in @state, by its spans, and how often. */
static uint64_t sum_of(const struct thread *thread, unsigned int state, size_t *n)
{
	uint64_t sum = 0;

	*n = 0;
	for (size_t i = 0; i < n_spans; i++) {
		if (!is_of(&spans[i], thread) || spans[i].state != state)
			continue;
		sum += spans[i].end_ns - spans[i].start_ns;
		++*n;
	}
	return sum;
}

/* Each span of @thread ends where the next one begins, from the first moment of its account to the last. */
static void assert_tiles(const struct thread *thread)
{
	uint64_t end_ns = thread->began_ns;

	for (size_t i = 0; i < n_spans; i++) {
		if (!is_of(&spans[i], thread))
			continue;
		assert_int_equal(spans[i].start_ns, end_ns);
		assert_true(spans[i].end_ns >= end_ns);
		assert_true(spans[i].cpu < (unsigned int)sysconf(_SC_NPROCESSORS_CONF));
		end_ns = spans[i].end_ns;
	}
	assert_int_equal(end_ns, thread->ended_ns);
}

static void assert_adds_up(const struct thread *thread)
{
	const struct vpipe_account *account = &thread->account;
	size_t n;

	assert_tiles(thread);
	assert_int_equal(sum_of(thread, VPIPE_THREAD_ONCPU, &n), account->oncpu_ns);
	assert_int_equal(sum_of(thread, VPIPE_THREAD_RUNQ, &n), account->runq_ns);
	assert_int_equal(sum_of(thread, VPIPE_THREAD_BLOCKED, &n), account->blocked_ns);
}

/* How often one was made runnable by @cause. */
static size_t times(const struct thread *thread, unsigned int cause)
{
	size_t n = 0;

	for (size_t i = 0; i < n_spans; i++)
		n += is_of(&spans[i], thread) && spans[i].state == VPIPE_THREAD_RUNQ &&
		     spans[i].cause == cause;
	return n;
}

static struct thread *thread_at(struct trace *trace, unsigned int index)
{
	static struct thread thread;

	return trace_thread(trace, index, &thread) ? NULL : &thread;
}

static void run_child(struct trace *trace, const char *what, struct child *child)
{
	children_fork(child, what);
	children_start(child, trace);
	child_finish(child, 20000);
}

/* Every time that it left its CPU ended a span on one, for the time that its account has. */
static void test_a_threads_time_is_told(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS];
	struct trace *trace = *state;
	const struct vpipe_switches *switches;
	struct thread *thread;
	struct child child;
	size_t n;

	run_child(trace, "busy", &child);
	finish(trace, counts);
	assert_int_equal(counts[VPIPE_LOSS_spans], 0);
	thread = thread_at(trace, 0);
	assert_non_null(thread);
	switches = &thread->account.switches;
	assert_adds_up(thread);
	sum_of(thread, VPIPE_THREAD_ONCPU, &n);
	assert_in_range(n, switches->nvcsw + switches->nivcsw - !thread->dead,
			switches->nvcsw + switches->nivcsw + 1);
	/* one that waits is told again where it moves to */
	assert_in_range(times(thread, VPIPE_SPAN_PREEMPTED), switches->nivcsw,
			switches->nivcsw + switches->migrations);
	sum_of(thread, VPIPE_THREAD_BLOCKED, &n);
	assert_true(n >= 20 && times(thread, VPIPE_SPAN_WOKEN) >= 20);
}

/* Threads of their own, and one that goes on when tracing ends. */
static void test_each_thread_has_its_time(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS];
	struct trace *trace = *state;
	struct thread *thread;
	struct child child;
	unsigned int n = 0;

	children_fork(&child, "threads");
	children_start(&child, trace);
	assert_int_equal(trace_adopt(trace, gettid()), 0);
	child_finish(&child, 20000);
	finish(trace, counts);
	for (; (thread = thread_at(trace, n)); n++)
		assert_adds_up(thread);
	assert_int_equal(n, 5);
}

/* From here on this process, and what it starts, has one CPU: returns which. */
static int take_one_cpu(cpu_set_t *all)
{
	cpu_set_t one;
	int cpu = 0;

	assert_int_equal(sched_getaffinity(0, sizeof(*all), all), 0);
	while (!CPU_ISSET(cpu, all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	return cpu;
}

/* Two that want the same CPU take it from each other. */
static void test_who_took_the_cpu_is_told(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS];
	struct trace *trace = *state;
	struct child children[2];
	size_t taken = 0;
	cpu_set_t all;
	int cpu;

	cpu = take_one_cpu(&all);
	for (int i = 0; i < 2; i++) {
		children_fork(&children[i], "busy");
		children_start(&children[i], trace);
	}
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	for (int i = 0; i < 2; i++)
		child_finish(&children[i], 20000);
	finish(trace, counts);
	for (unsigned int i = 0; i < 2; i++)
		assert_adds_up(thread_at(trace, i));
	for (size_t i = 0; i < n_spans; i++) {
		const struct vpipe_span *span = &spans[i];
		pid_t other = span->tid == (unsigned int)children[0].pid ? children[1].pid
									 : children[0].pid;

		assert_int_equal(span->cpu, cpu);
		if (span->cause != VPIPE_SPAN_PREEMPTED || span->peer != (unsigned int)other)
			continue;
		assert_true(!strcmp(span->comm, "exe") || !strcmp(span->comm, "test-timeline"));
		taken++;
	}
	assert_true(taken > 0);
}

static void *wake_often(void *arg)
{
	const int *fds = arg;
	char byte;

	pthread_setname_np(pthread_self(), "waker; \n");
	for (int i = 0; i < 31; i++) {
		children_sleep(1, 0);
		assert_int_equal(write(fds[1], "", 1), 1);
		assert_int_equal(read(fds[2], &byte, 1), 1);
	}
	return NULL;
}

/* A thread that another one wakes, whose name is any. */
static void test_who_woke_is_told(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS];
	struct trace *trace = *state;
	pthread_t waker;
	size_t woken = 0;
	int fds[4];
	char byte;

	assert_int_equal(pipe(fds) || pipe(fds + 2), 0);
	children_trace_self(trace);
	assert_int_equal(pthread_create(&waker, NULL, wake_often, fds), 0);
	for (int i = 0; i < 31; i++) {
		assert_int_equal(read(fds[0], &byte, 1), 1);
		assert_int_equal(write(fds[3], "", 1), 1);
	}
	pthread_join(waker, NULL);
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	finish(trace, counts);
	for (size_t i = 0; i < n_spans; i++)
		woken += spans[i].tid == (unsigned int)gettid() &&
			 spans[i].cause == VPIPE_SPAN_WOKEN && !strcmp(spans[i].comm, "waker; \n");
	/* but for those that came before it slept */
	assert_in_range(woken, 20, 32);
}

/* A ring that is full: what is missing is counted, and can be seen. */
static void test_what_finds_no_room_is_counted(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS], end_ns = 0;
	struct trace *trace = *state;
	struct thread *thread;
	size_t gaps = 0, n;
	struct child child;

	run_child(trace, "sleep101", &child);
	finish(trace, counts);
	thread = thread_at(trace, 0);
	assert_int_equal(counts[VPIPE_COUNT_SPANS], 4096 / (sizeof(struct vpipe_span) + 8));
	/* each time it slept, waited and ran */
	assert_in_range(counts[VPIPE_COUNT_SPANS] + counts[VPIPE_LOSS_spans],
			3 * thread->account.switches.nvcsw - 5,
			3 * thread->account.switches.nvcsw + 200);
	assert_true(sum_of(thread, VPIPE_THREAD_BLOCKED, &n) < thread->account.blocked_ns);
	for (size_t i = 0; i < n_spans; i++) {
		gaps += i && spans[i].start_ns != end_ns;
		end_ns = spans[i].end_ns;
	}
	/* the ring was read once, when all was over */
	assert_int_equal(gaps, 0);
	assert_true(end_ns < thread->ended_ns);
}

#define FIRE(trace, event, ...)                                                                \
	do {                                                                                   \
		const uint64_t args[] = {__VA_ARGS__};                                         \
		assert_int_equal(                                                              \
			trace_fire(trace, event, 0, args, sizeof(args) / sizeof(args[0])), 0); \
	} while (0)

struct job {
	pid_t tid;
	int cpu;
};

/* On another CPU than the first, if there is one. */
static void *run_job(void *arg)
{
	static struct job job;
	uint64_t run_ns;
	cpu_set_t one;

	job.tid = gettid();
	job.cpu = (int)sysconf(_SC_NPROCESSORS_ONLN) - 1;
	CPU_ZERO(&one);
	CPU_SET(job.cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	run_ns = clock_ns();
	FIRE(arg, "vpipe_runner", 1, 0, 1, run_ns);
	FIRE(arg, "vpipe_job", 1, 0, 0, 16, 0, run_ns, clock_ns(), clock_ns(), clock_ns(),
	     clock_ns(), clock_ns());
	return &job;
}

static void assert_carried(enum vpipe_stage stage, pid_t tid, int cpu)
{
	assert_true(last_frame.flags & 1U << (VPIPE_FRAME_CARRIED + stage));
	assert_int_equal(last_frame.carriers[stage].tid, tid);
	assert_int_equal(last_frame.carriers[stage].cpu, cpu);
}

/* Who had a frame in which stage, and where. */
static void test_a_frames_carriers_are_told(void **state)
{
	struct trace *trace = *state;
	uint64_t qbuf_ns, asked_ns;
	pthread_t worker;
	cpu_set_t all;
	const struct job *job;
	void *result;
	int cpu;

	cpu = take_one_cpu(&all);
	children_trace_self(trace);
	qbuf_ns = clock_ns();
	FIRE(trace, "vpipe_submit", 1, 0, 7, 1, (uint64_t)gettid(), 0, qbuf_ns, clock_ns());
	assert_int_equal(pthread_create(&worker, NULL, run_job, trace), 0);
	asked_ns = clock_ns();
	pthread_join(worker, &result);
	job = result;
	FIRE(trace, "vpipe_pickup", 1, 0, asked_ns, clock_ns());
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	assert_true(trace_drain(trace) > 0);
	assert_carried(VPIPE_STAGE_submit, gettid(), cpu);
	for (int stage = VPIPE_STAGE_copy; stage <= VPIPE_STAGE_complete; stage++)
		assert_carried(stage, job->tid, job->cpu);
	assert_carried(VPIPE_STAGE_pickup, gettid(), cpu);
	assert_false(last_frame.flags & 1U << (VPIPE_FRAME_CARRIED + VPIPE_STAGE_source));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_a_threads_time_is_told),
	TEST(test_each_thread_has_its_time),
	TEST(test_who_took_the_cpu_is_told),
	TEST(test_who_woke_is_told),
	TEST(test_a_frames_carriers_are_told),
	cmocka_unit_test_setup_teardown(test_what_finds_no_room_is_counted, setup_tiny, teardown),
};

static int run_all(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	return children_tests(argc, argv, run_all, &events_lost);
}
