// SPDX-License-Identifier: MIT
/* The clock is the kernel's, in whatever time namespace it is read. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/clock.h"

#define NO_NAMESPACE 77 /* of a child that may not make one */

static void expect_ahead(const char *text, int64_t ahead_ns)
{
	uint64_t got = 1;

	assert_int_equal(clock_parse_offsets(text, &got), 0);
	assert_int_equal((int64_t)got, ahead_ns);
}

static void test_offsets(void **state)
{
	(void)state;
	expect_ahead("monotonic           0         0\nboottime            0         0\n", 0);
	expect_ahead("monotonic       86400         0\nboottime        86400         0\n",
		     86400LL * 1000000000);
	expect_ahead("monotonic          -2 999999999\nboottime            0         0\n",
		     -1000000001LL);
	expect_ahead("boottime            7         7\nmonotonic           5         6\n",
		     5000000006LL);
}

static void test_no_offsets(void **state)
{
	static const char *const texts[] = {
		"",
		"\n",
		"boottime 1 2\n",
		"monotonic\n",
		"monotonic 5\n",
		"monotonic 5 6",
		"monotonic 5 6 7\n",
		"monotonic five 6\n",
		"monotonic 5 -6\n",
		"monotonic 5 1000000000\n",
		"monotonic 99999999999999999999 0\n",
		"monotonic_raw 5 6\n",
		"not monotonic 5 6\n",
	};
	uint64_t got = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_not_equal(clock_parse_offsets(texts[i], &got), 0);
	assert_int_equal(got, 1);
}

static void test_local(void **state)
{
	struct timespec local = clock_local(clock_ns()), now;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &now);
	assert_true(now.tv_sec - local.tv_sec <= 1);
	assert_true(now.tv_sec > local.tv_sec ||
		    (now.tv_sec == local.tv_sec && now.tv_nsec >= local.tv_nsec));
}

static void expect_date(time_t seconds, suseconds_t us, uint64_t ns)
{
	assert_true(timeval_ns((struct timeval){.tv_sec = seconds, .tv_usec = us}) == ns);
}

/* As V4L2 shows 64 bits, and as it takes what is no time. */
static void test_timestamps(void **state)
{
	(void)state;
	expect_date(0, 0, 0);
	expect_date(1, 999999, 1999999000);
	expect_date(9223372036, 854775, 9223372036854775000ULL);
	expect_date(-9223372037, 145225, 9223372036854776616ULL);
	expect_date(-1, 999999, UINT64_MAX - 999);
	expect_date(0, -1, UINT32_MAX * NS_PER_US);
	expect_date(5, 1000000, 6 * NS_PER_SEC);
}

static void test_between(void **state)
{
	const uint64_t half = 1ULL << 63;
	int64_t ns;

	(void)state;
	assert_true(ns_between(5, 7, &ns) && ns == 2);
	assert_true(ns_between(7, 5, &ns) && ns == -2);
	assert_true(ns_between(5, 5, &ns) && ns == 0);
	assert_true(ns_between(half - 1, half + 1, &ns) && ns == 2);
	assert_true(ns_between(half, 0, &ns) && ns == INT64_MIN);
	assert_true(ns_between(0, half - 1, &ns) && ns == INT64_MAX);
	/* further apart than it can tell */
	assert_false(ns_between(0, half, &ns));
	assert_false(ns_between(half + 1, 0, &ns));
	assert_false(ns_between(UINT64_MAX, 0, &ns));
}

/* As a program in a new time namespace: "OWN KERNELS BOOT\n", the process's own clock and ours. */
static void tell_clocks(void)
{
	struct timespec own;

	clock_gettime(CLOCK_MONOTONIC, &own);
	dprintf(STDOUT_FILENO, "%lld %llu %llu\n", (long long)own.tv_sec, clock_ns() / NS_PER_SEC,
		(unsigned long long)clock_boottime_ns());
}

/* In a child: into a namespace whose clock is ahead by @offset ("SECONDS NS"), and tell there. */
static void be_elsewhere(const char *self, const char *offset, int out)
{
	int fd;

	if (unshare(CLONE_NEWTIME) && unshare(CLONE_NEWUSER | CLONE_NEWTIME))
		_exit(NO_NAMESPACE);
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	if (fd < 0 || dprintf(fd, "monotonic %s\n", offset) < 0)
		_exit(1);
	dup2(out, STDOUT_FILENO);
	switch (fork()) { /* only a child is in it */
	case 0:
		execl("/proc/self/exe", self, "clocks", NULL);
		_exit(1);
	default:
		wait(&fd);
		_exit(WIFEXITED(fd) ? WEXITSTATUS(fd) : 1);
	}
}

static void expect_same(const char *self, const char *offset, long long seconds)
{
	long long own;
	unsigned long long kernels, boottime, now = clock_ns() / NS_PER_SEC;
	char told[64] = "";
	int fds[2], status;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (!child)
		be_elsewhere(self, offset, fds[1]);
	close(fds[1]);
	assert_true(read(fds[0], told, sizeof(told) - 1) >= 0);
	close(fds[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == NO_NAMESPACE) {
		print_message("# no time namespace may be made here\n");
		skip();
	}
	assert_int_equal(status, 0);
	assert_int_equal(sscanf(told, "%lld %llu %llu", &own, &kernels, &boottime), 3);
	assert_int_equal(boottime, 0); /* that has an offset of its own: not known */
	assert_true(kernels >= now && kernels <= now + 5);
	assert_true(own >= (long long)now + seconds && own <= (long long)now + seconds + 5);
}

/* It runs on while the machine sleeps; here it may be that of a namespace, and not known. */
static void test_boottime(void **state)
{
	uint64_t monotonic = clock_ns(), boottime = clock_boottime_ns();

	(void)state;
	assert_true(!boottime || boottime >= monotonic);
}

static void test_ahead(void **state)
{
	expect_same(*state, "86400 0", 86400);
}

static void test_behind(void **state)
{
	expect_same(*state, "-3 250000000", -3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_no_offsets),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_boottime),
		cmocka_unit_test_prestate(test_ahead, argv[0]),
		cmocka_unit_test_prestate(test_behind, argv[0]),
	};

	if (argc == 2 && !strcmp(argv[1], "clocks")) {
		tell_clocks();
		return 0;
	}
	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
