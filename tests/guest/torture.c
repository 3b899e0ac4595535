// SPDX-License-Identifier: MIT
/* torture.c - what the programs that maltreat the driver have in common, see torture.h */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/m2m.h"
#include "tests/guest/torture.h"

uint64_t setting(const char *name, uint64_t usual)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : usual;
}

uint64_t rng_seed(void)
{
	static uint64_t seed;

	if (!seed) {
		uint32_t fresh = 0;

		assert_int_equal(getrandom(&fresh, sizeof(fresh), 0), sizeof(fresh));
		seed = setting("TORTURE_SEED", fresh);
		seed += !seed;
		print_message("# TORTURE_SEED=%llu\n", (unsigned long long)seed);
	}
	return seed;
}

struct rng rng_start(unsigned int which)
{
	/* far from each other's states, and never 0 */
	return (struct rng){(rng_seed() + which) * 0x9e3779b97f4a7c15ULL | 1};
}

/* xorshift, whose upper bits are good enough once multiplied */
uint64_t rng_next(struct rng *rng)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return rng->state * 0x2545f4914f6cdd1dULL;
}

unsigned int rng_below(struct rng *rng, unsigned int limit)
{
	return (unsigned int)((rng_next(rng) >> 32) * limit >> 32);
}

void rng_sleep(struct rng *rng, unsigned int limit)
{
	if (rng_below(rng, 2))
		usleep(rng_below(rng, limit));
}

int module_load(const char *params)
{
	const char *path = getenv("VPIPE_KO");
	int ret, fd;

	assert_non_null(path);
	fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	assert_true(fd >= 0);
	ret = syscall(SYS_finit_module, fd, params, 0) ? -errno : 0;
	close(fd);
	return ret;
}

int module_unload(void)
{
	return syscall(SYS_delete_module, VPIPE_NAME, O_NONBLOCK) ? -errno : 0;
}

/*
 * In a thread, since there must() aborts: a failure in a child's only thread
 * would have cmocka go on with the rest of the tests, once more.
 */
pid_t start_process(void *(*body)(void *fd))
{
	pthread_t thread;
	int ready[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* should the test fail */
		close(ready[0]);
		if (!pthread_create(&thread, NULL, body, &ready[1]))
			pthread_join(thread, NULL);
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

void kill_process(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void on_signal(int number)
{
	(void)number;
}

void catch_sigusr1(void)
{
	const struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}
