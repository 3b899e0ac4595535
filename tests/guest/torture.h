/* SPDX-License-Identifier: MIT */
/*
 * torture.h - what the programs that maltreat the driver have in common
 *
 * The environment says how much they do: TORTURE_LOADS, TORTURE_SECONDS, and
 * TORTURE_SEED to do once more what has failed (see torture.t).
 */
#ifndef TEST_TORTURE_H
#define TEST_TORTURE_H

#include <stdint.h>
#include <sys/types.h>

/** The number in the environment variable @name, @usual if there is none. */
uint64_t setting(const char *name, uint64_t usual);

/** A sequence that looks random, the same for the same seed. */
struct rng {
	uint64_t state;
};

/** The seed of this run: TORTURE_SEED, or another each time. It is printed once. */
uint64_t rng_seed(void);

/** Begin the sequence number @which of this run. */
struct rng rng_start(unsigned int which);

/** Any 64 bits. */
uint64_t rng_next(struct rng *rng);

/** A number from 0 to @limit - 1. */
unsigned int rng_below(struct rng *rng, unsigned int limit);

/** Any member of an array. */
#define rng_pick(rng, array) ((array)[rng_below(rng, COUNT(array))])

/** Sleep for up to @limit microseconds; often not at all. */
void rng_sleep(struct rng *rng, unsigned int limit);

/** Load vpipe.ko, which VPIPE_KO names, with @params. Returns 0 or -errno. */
int module_load(const char *params);

/** Unload it. Returns 0 or -errno: -EAGAIN if it is in use. */
int module_unload(void);

/**
 * Run @body in a process of its own, where a failure ends that process and not
 * the test; wait until it has written a byte to the descriptor that it is given.
 */
pid_t start_process(void *(*body)(void *fd));

/** Kill that process, which has to be alive until then. */
void kill_process(pid_t pid);

/** Let SIGUSR1 end a call that waits, and do nothing else. */
void catch_sigusr1(void);

#endif /* TEST_TORTURE_H */
