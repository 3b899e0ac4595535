/* SPDX-License-Identifier: MIT */
/*
 * qlock.h - a second thread that holds a queue's lock for as long as a test wants
 *
 * No ioctl under that lock lasts by itself. But a USERPTR buffer's pages are faulted in by
 * QBUF, under the lock of the queue: of vivid, of uvcvideo, of whatever uses videobuf2. Here
 * the first page is there only when userfaultfd(2) is told so, and the ones behind it are not
 * for the driver, so that QBUF ends with EFAULT and the queue is left as it was.
 */
#ifndef TEST_QLOCK_H
#define TEST_QLOCK_H

#include <pthread.h>
#include <stdint.h>

#include "tests/guest/stream.h"

/** When a lock was held. */
struct qlock_times {
	uint64_t since_ns; /**< surely ... */
	uint64_t until_ns; /**< ... up to then */
	uint64_t free_ns; /**< surely not any more */
};

struct qlock {
	const struct stream *stream;
	unsigned int index; /* of the buffer, which the driver never gets */
	int faults; /* userfaultfd, -1: closed */
	void *page; /* its first one */
	uint64_t hold_ns;
	uint64_t begin_ns; /* when it is to be taken */
	struct qlock_times times; /* of the last time */
	pthread_t taker; /* has the others do it */
	pthread_t holder; /* in QBUF */
	pthread_t pager; /* lets it go on */
	int err; /* how that QBUF ended; pager_err: how it was let go on; taker_err: how it came to that */
	int pager_err;
	int taker_err;
};

/**
 * Have the memory of the last buffer of @stream, which is a USERPTR one and allocated, be such
 * memory; @stream has one buffer less then. Returns 0 or -errno, described by v4l2_error().
 */
int qlock_init(struct qlock *lock, struct stream *stream, uint64_t hold_ns);

/**
 * Have the lock taken, for hold_ns from about when this returns; with @after_ns, in so many ns.
 * Returns 0 or -errno, likewise.
 */
int qlock_hold(struct qlock *lock, uint64_t after_ns);

/** Wait until it is free again, and say in @times when it was held. Returns 0 or -errno. */
int qlock_wait(struct qlock *lock, struct qlock_times *times);

/** Close what is open. */
void qlock_close(struct qlock *lock);

#endif /* TEST_QLOCK_H */
