// SPDX-License-Identifier: MIT
/*
 * test-sched.c - the scheduler programs on real threads
 *
 * The witness is the kernel's own accounting: /proc/PID/status, getrusage()
 * and /proc/PID/schedstat of threads that switch a known number of times.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <cmocka.h>

#include "bpf/probes/vpipe.h"
#include "loader/host/child.h"
#include "loader/model/costs.h"
#include "loader/model/record.h"
#include "loader/paths/vpipe.h"
#include "loader/trace/trace.h"
#include "lib/clock.h"
#include "tests/bpf/children.h"

static struct vpipe_frame last_frame;

static void on_frame(void *arg, const struct vpipe_frame *frame)
{
	(void)arg;
	last_frame = *frame;
}

static int setup(void **state)
{
	struct trace *trace = NULL;
	const struct trace_options options = {.path = &vpipe_path,
					      .programs = vpipe_programs,
					      .config.ring_bytes = 4096,
					      .frame = on_frame};
	int err = trace_open(&trace, &options);

	*state = trace;
	return err ? err : trace_attach_sched(trace);
}

/* In a test that did not see to it that they are missing, events were. */
static bool events_lost, events_silenced;

static int teardown(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS], missed;

	events_lost |= !events_silenced && !trace_counts(*state, counts, &missed) && missed;
	events_silenced = false;
	trace_close(*state);
	return 0;
}

/* "name:" in /proc/PID/status */
static uint64_t status_of(pid_t pid, const char *name)
{
	char path[64], line[256];
	uint64_t value = UINT64_MAX;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, name, strlen(name)))
			value = strtoull(line + strlen(name), NULL, 10);
	}
	fclose(file);
	assert_true(value != UINT64_MAX);
	return value;
}

/* What the kernel has accounted to a thread. */
struct witness {
	uint64_t nvcsw;
	uint64_t nivcsw;
	uint64_t delay_ns; /* run-queue wait; UINT64_MAX: this kernel does not tell */
};

/* Run-queue wait in /proc/PID/schedstat, which a zombie still has. */
static uint64_t delay_of(pid_t pid)
{
	unsigned long long ran, waited;
	char path[64];
	FILE *file;
	int n;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return UINT64_MAX;
	n = fscanf(file, "%llu %llu", &ran, &waited);
	fclose(file);
	return n == 2 ? waited : UINT64_MAX;
}

/* A child that sleeps before its exec; its account up to there goes to *@before. */
static void start(struct trace *trace, struct child *child, const char *what,
		  struct witness *before)
{
	children_fork(child, what);
	before->nvcsw = status_of(child->pid, "voluntary_ctxt_switches:");
	before->nivcsw = status_of(child->pid, "nonvoluntary_ctxt_switches:");
	before->delay_ns = delay_of(child->pid);
	children_start(child, trace);
}

static struct thread *thread_at(struct trace *trace, unsigned int index)
{
	static struct thread thread;

	return trace_thread(trace, index, &thread) ? NULL : &thread;
}

static void assert_no_event_missed(struct trace *trace)
{
	uint64_t counts[VPIPE_N_COUNTS], missed;

	assert_int_equal(trace_counts(trace, counts, &missed), 0);
	assert_int_equal(missed, 0);
}

/* Is @fd the link of the program @name? */
static bool is_link_of(int fd, const char *name)
{
	struct bpf_prog_info program = {0};
	struct bpf_link_info link = {0};
	__u32 size = sizeof(link);
	int of;

	if (bpf_obj_get_info_by_fd(fd, &link, &size) || size < sizeof(link.prog_id))
		return false;
	of = bpf_prog_get_fd_by_id(link.prog_id);
	if (of < 0)
		return false;
	size = sizeof(program);
	if (bpf_obj_get_info_by_fd(of, &program, &size))
		program.name[0] = '\0';
	close(of);
	return !strcmp(program.name, name);
}

/* Detach a program behind libbpf's back, which has a file to close afterwards all the same. */
static void silence(const char *name)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC), silenced = 0;

	assert_true(nothing >= 0);
	for (int fd = 3; fd < 256; fd++) {
		if (fd != nothing && is_link_of(fd, name))
			silenced += dup3(nothing, fd, O_CLOEXEC) == fd;
	}
	close(nothing);
	events_silenced = true;
	assert_int_equal(silenced, 1);
}

static void test_events_that_do_not_come_are_counted(void **state)
{
	uint64_t counts[VPIPE_N_COUNTS], missed;
	struct trace *trace = *state;
	struct thread *thread;
	struct witness before;
	struct child child;

	silence("vpipe_wakeup");
	start(trace, &child, "sleep101", &before);
	child_finish(&child, 10000);
	trace_detach(trace);
	assert_int_equal(trace_counts(trace, counts, &missed), 0);
	thread = thread_at(trace, 0);
	assert_non_null(thread);
	/* one for each sleep, but for those that ended before they began */
	assert_in_range(missed, thread->account.switches.nvcsw * 4 / 5,
			thread->account.switches.nvcsw);
	assert_true(missed > 90);
}

static void assert_switches_are_the_kernels(const struct thread *thread, const struct child *child,
					    const struct witness *before)
{
	const struct vpipe_switches *switches = &thread->account.switches;

	/* the kernel adds the last switch, out of the dead thread, after the parent's wait */
	assert_in_range(switches->nvcsw + before->nvcsw - (uint64_t)child->usage.ru_nvcsw, 0, 1);
	assert_int_equal(switches->nivcsw + before->nivcsw, child->usage.ru_nivcsw);
}

/* The kernel's last switch, out of the dead thread, may come after its parent's wait. */
static void await_death(struct trace *trace)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	static struct thread thread;

	for (int tries = 0; tries < 400; tries++) {
		if (!trace_thread(trace, 0, &thread) && thread.dead)
			return;
		nanosleep(&pause, NULL);
	}
}

static void test_switches_are_counted_exactly(void **state)
{
	struct trace *trace = *state;
	struct thread *thread;
	struct child child;
	struct witness before;

	start(trace, &child, "sleep101", &before);
	child_finish(&child, 10000);
	await_death(trace);
	trace_detach(trace);
	thread = thread_at(trace, 0);
	assert_non_null(thread);
	assert_int_equal(thread->tid, child.pid);
	assert_true(thread->dead);
	assert_no_event_missed(trace);
	assert_switches_are_the_kernels(thread, &child, &before);
	assert_in_range(thread->account.switches.nvcsw, 101, 200);
	/* woken as often as it slept; a wakeup on the way to sleep, less rare if slow, needs no switch */
	assert_in_range(thread->account.switches.wakeups, thread->account.switches.nvcsw - 5,
			thread->account.switches.nvcsw + 50);
	assert_in_range(thread->runq.count, 101,
			thread->account.switches.wakeups + thread->account.switches.nivcsw);
	assert_int_equal(thread->runq.total_ns, thread->account.runq_ns);
}

/*
 * Look at the one thread that is traced, until it is dead. Returns how often, *@torn: it was at work.
 * *@last is the last look but one, which the last one has not taken back.
 */
static unsigned int look_until_dead(struct trace *trace, struct thread *last, unsigned int *torn)
{
	static struct thread threads[VPIPE_MAX_THREADS], newest;
	unsigned int looks = 0;

	newest = (struct thread){0};
	/* it may not have been seen yet */
	for (unsigned int empty = 0; empty < 1000 && (!looks || !empty);) {
		const struct vpipe_account *account = &threads[0].account;

		if (trace_living(trace, trace_now(trace), threads) != 1) {
			empty++;
			continue;
		}
		empty = 0;
		/* or a switch had its time already, and was not noted: then the look took it for running on */
		if (account->oncpu_ns + account->runq_ns + account->blocked_ns !=
			    threads[0].ended_ns - threads[0].began_ns ||
		    account->oncpu_ns < newest.account.oncpu_ns ||
		    account->blocked_ns < newest.account.blocked_ns) {
			++*torn;
			continue;
		}
		assert_true(threads[0].ended_ns > newest.ended_ns);
		*last = newest;
		newest = threads[0];
		looks++;
	}
	return looks;
}

/* While it runs and sleeps: each look reaches up to its moment, and few take back what another saw. */
static void test_threads_can_be_looked_at(void **state)
{
	struct trace *trace = *state;
	unsigned int looks, torn = 0;
	const struct thread *ended;
	struct witness witness;
	struct thread last = {0};
	struct child child;
	uint64_t beyond;

	start(trace, &child, "busy", &witness);
	looks = look_until_dead(trace, &last, &torn);
	child_finish(&child, 10000);
	await_death(trace);
	trace_detach(trace);
	assert_in_range(looks, 5, UINT32_MAX);
	assert_in_range(torn * 4, 0, looks);
	assert_int_equal(last.tid, child.pid);
	assert_string_not_equal(last.comm, "");
	ended = thread_at(trace, 0);
	/* its last switch had its time, and took its time to be noted: to a look it ran on */
	beyond = last.ended_ns > ended->ended_ns ? last.ended_ns - ended->ended_ns : 0;
	assert_in_range(last.account.oncpu_ns, 25000000, /* of 20 times 5 ms, and the last look */
			ended->account.oncpu_ns + beyond);
}

/* Up to Linux 6.14 the event of such a switch looks like any other; later, like one of sched_yield(). */
static void test_switches_with_a_signal_pending_are_voluntary(void **state)
{
	struct trace *trace = *state;
	struct thread *thread;
	struct witness before;
	struct child child;

	start(trace, &child, "signals", &before);
	child_finish(&child, 30000);
	trace_detach(trace);
	thread = thread_at(trace, 0);
	assert_non_null(thread);
	assert_switches_are_the_kernels(thread, &child, &before);
}

static void test_time_adds_up(void **state)
{
	struct trace *trace = *state;
	struct vpipe_account *account;
	struct thread *thread;
	struct child child;
	struct witness before;
	uint64_t begin, end, sum;

	begin = clock_ns();
	start(trace, &child, "busy", &before);
	child_finish(&child, 10000);
	end = clock_ns();
	trace_detach(trace);
	thread = thread_at(trace, 0);
	assert_non_null(thread);
	account = &thread->account;
	sum = account->oncpu_ns + account->runq_ns + account->blocked_ns;
	/* from its first event to its death, to the nanosecond */
	assert_int_equal(sum, thread->ended_ns - thread->began_ns);
	assert_in_range(thread->began_ns, begin, end);
	assert_in_range(thread->ended_ns, begin, end + 1000000000);
	/* busy 20 times, until 5 ms are over: on the CPU, or waiting for it on a busy machine */
	assert_in_range(account->oncpu_ns, 0, end - begin);
	assert_true(account->oncpu_ns + account->runq_ns >= 60000000);
	assert_true(account->blocked_ns >= 20 * 200000);
}

static void test_run_queue_wait_is_the_kernels(void **state)
{
	struct trace *trace = *state;
	struct child children[2];
	struct witness before[2];
	cpu_set_t all, one;
	uint64_t delay = 0, runq = 0;

	/* two that want the same CPU: one of them waits */
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	CPU_ZERO(&one);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &all)) {
			CPU_SET(cpu, &one);
			break;
		}
	}
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	start(trace, &children[0], "busy", &before[0]);
	start(trace, &children[1], "busy", &before[1]);
	assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
	for (int i = 0; i < 2; i++) {
		siginfo_t info;

		assert_int_equal(waitid(P_PID, (id_t)children[i].pid, &info, WEXITED | WNOWAIT), 0);
		delay += delay_of(children[i].pid) - before[i].delay_ns;
		child_finish(&children[i], 10000);
	}
	if (before[0].delay_ns == UINT64_MAX) {
		print_message("# a kernel without CONFIG_SCHED_INFO\n");
		skip();
	}
	trace_detach(trace);
	for (unsigned int i = 0; i < 2; i++) {
		assert_non_null(thread_at(trace, i));
		runq += thread_at(trace, i)->account.runq_ns;
	}
	assert_true(runq > 10000000);
	/* the kernel takes its times elsewhere in the switch, on its own clock */
	assert_in_range(runq, delay - delay / 20 - 1000000, delay + delay / 20 + 1000000);
}

static void test_threads_are_followed(void **state)
{
	struct trace *trace = *state;
	unsigned int sleepers = 0, n = 0;
	struct thread *thread;
	struct child child;
	struct witness before;

	start(trace, &child, "threads", &before);
	child_finish(&child, 10000);
	trace_detach(trace);
	for (; (thread = thread_at(trace, n)); n++) {
		assert_int_equal(thread->role, VPIPE_ROLE_CLIENT);
		assert_true(thread->dead);
		if (strcmp(thread->comm, "sleeper"))
			continue;
		sleepers++;
		assert_true(thread->account.switches.nvcsw >= 13);
		assert_true(thread->account.switches.wakeups >= 13);
	}
	assert_int_equal(n, 4);
	assert_int_equal(sleepers, 3);
}

static void test_others_are_left_alone(void **state)
{
	struct trace *trace = *state;

	children_sleep(13, 0); /* ourselves: not traced */
	trace_detach(trace);
	assert_null(thread_at(trace, 0));
}

/* An event of the node, from the thread that calls. */
#define FIRE(trace, event, ...)                                                                \
	do {                                                                                   \
		const uint64_t args[] = {__VA_ARGS__};                                         \
		assert_int_equal(                                                              \
			trace_fire(trace, event, 0, args, sizeof(args) / sizeof(args[0])), 0); \
	} while (0)

#define NAP_MS 50 /* long beside what a slow kernel needs to fall asleep */

static void sleep_ms(unsigned int ms)
{
	const struct timespec pause = {.tv_nsec = ms * 1000000L};

	nanosleep(&pause, NULL);
}

struct job {
	struct trace *trace;
	int wake_fd; /* a byte here ends the application's sleep */
	int asked; /* the application is in DQBUF */
};

static void *run_job(void *arg)
{
	struct job *job = arg;
	uint64_t run_ns, copy_ns;

	while (!__atomic_load_n(&job->asked, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	run_ns = clock_ns();
	FIRE(job->trace, "vpipe_runner", 1, 0, 1, run_ns);
	sleep_ms(NAP_MS);
	copy_ns = clock_ns();
	FIRE(job->trace, "vpipe_job", 1, 0, 0, 16, 0, run_ns, copy_ns, copy_ns, copy_ns, copy_ns,
	     clock_ns());
	sleep_ms(NAP_MS);
	assert_int_equal(write(job->wake_fd, "", 1), 1);
	return NULL;
}

static uint64_t blocked_ns(enum vpipe_stage stage)
{
	return last_frame.splits[stage].blocked_ns;
}

/*
 * The carrier of @stage slept NAP_MS in it. The timer runs before the thread is off its CPU: who is
 * preempted there sleeps for less, and waits for a CPU instead.
 */
static void assert_away(enum vpipe_stage stage)
{
	uint64_t away = blocked_ns(stage) + last_frame.splits[stage].runq_ns;

	assert_true(blocked_ns(stage) > 0);
	assert_in_range(away, NAP_MS * 900000, last_frame.ns[stage + 1] - last_frame.ns[stage]);
}

/*
 * A thread submits a frame, having a nap in it, and asks for the result; another one runs the
 * job, having a nap in it, while the first sleeps on. To the nanosecond, the frame is charged
 * with what its carriers did while they carried it, and with nothing else.
 */
static void test_a_frame_is_charged_with_its_carriers_time(void **state)
{
	uint64_t charged[N_COSTS], sum = 0, qbuf_ns, asked_ns;
	struct trace *trace = *state;
	pthread_t worker;
	struct job job;
	int fds[2];
	char byte;

	assert_int_equal(pipe(fds), 0);
	job = (struct job){.trace = trace, .wake_fd = fds[1]};
	memset(&last_frame, 0, sizeof(last_frame));
	children_trace_self(trace);
	qbuf_ns = clock_ns();
	sleep_ms(NAP_MS);
	FIRE(trace, "vpipe_submit", 1, 0, 7, 1, (uint64_t)gettid(), 0, qbuf_ns, clock_ns());
	assert_int_equal(pthread_create(&worker, NULL, run_job, &job), 0);
	asked_ns = clock_ns();
	__atomic_store_n(&job.asked, 1, __ATOMIC_RELEASE);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	FIRE(trace, "vpipe_pickup", 1, 0, asked_ns, clock_ns());
	pthread_join(worker, NULL);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(trace_drain(trace), 1);
	assert_int_equal(last_frame.flags, 0);
	assert_int_equal(last_frame.unknown, 0);
	assert_true(last_frame.asked_ns < last_frame.ns[VPIPE_POINT_CAP_DONE]);
	/* one in submit, one in copy, and as long of the sleep in DQBUF, from when it was done */
	assert_away(VPIPE_STAGE_submit);
	assert_away(VPIPE_STAGE_copy);
	assert_away(VPIPE_STAGE_pickup);
	assert_int_equal(blocked_ns(VPIPE_STAGE_cv), 0);
	/* slept in submit and in the job; the sleep in DQBUF began before its time */
	assert_in_range(last_frame.switches.nvcsw, 2, 4);
	assert_in_range(last_frame.switches.wakeups, 2, 6);
	record_costs(&vpipe_path, &last_frame, charged);
	for (int cost = 0; cost < N_COSTS; cost++)
		sum += charged[cost];
	assert_int_equal(sum,
			 last_frame.ns[VPIPE_POINT_CAP_DQBUF] - last_frame.ns[VPIPE_POINT_QBUF]);
	assert_int_equal(charged[COST_unattributed], 0);
	assert_int_equal(charged[COST_switches], blocked_ns(VPIPE_STAGE_pickup));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static const struct CMUnitTest tests[] = {
	TEST(test_switches_are_counted_exactly),
	TEST(test_threads_can_be_looked_at),
	TEST(test_events_that_do_not_come_are_counted),
	TEST(test_switches_with_a_signal_pending_are_voluntary),
	TEST(test_time_adds_up),
	TEST(test_run_queue_wait_is_the_kernels),
	TEST(test_threads_are_followed),
	TEST(test_others_are_left_alone),
	TEST(test_a_frame_is_charged_with_its_carriers_time),
};

static int run_all(void)
{
	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	return children_tests(argc, argv, run_all, &events_lost);
}
