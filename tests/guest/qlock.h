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

struct qlock {
	const struct stream *stream;
	unsigned int index; /* of the buffer, which the driver never gets */
	int faults; /* userfaultfd, -1: closed */
	void *page; /* its first one */
	uint64_t hold_ns;
	uint64_t until_ns;
	pthread_t holder; /* in QBUF */
	pthread_t pager; /* lets it go on */
	int err; /* how that QBUF ended; pager_err: how it was let go on */
	int pager_err;
};

/**
 * Have the memory of the last buffer of @stream, which is a USERPTR one and allocated, be such
 * memory; @stream has one buffer less then. Returns 0 or -errno, described by v4l2_error().
 */
int qlock_init(struct qlock *lock, struct stream *stream, uint64_t hold_ns);

/** Have the lock taken, for hold_ns from about when this returns. Returns 0 or -errno, likewise. */
int qlock_hold(struct qlock *lock);

/** Wait until it is free again; *@until_ns is up to when it was surely held. 0 or -errno. */
int qlock_wait(struct qlock *lock, uint64_t *until_ns);

/** Close what is open. */
void qlock_close(struct qlock *lock);

#endif /* TEST_QLOCK_H */
