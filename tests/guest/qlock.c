// SPDX-License-Identifier: MIT
/* qlock.c - a second thread that holds a queue's lock, see qlock.h */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "tests/guest/qlock.h"

/* QBUF is at the page by then, or it never gets there. */
#define FAULT_MS 5000

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* Only root may have the kernel's own faults wait. */
static int watch_page(struct qlock *lock)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register watched = {
		.range = {.start = (unsigned long)lock->page, .len = page_size()},
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	lock->faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	if (lock->faults < 0 || ioctl(lock->faults, UFFDIO_API, &api) ||
	    ioctl(lock->faults, UFFDIO_REGISTER, &watched))
		return v4l2_fail(-errno, "cannot have page faults wait (userfaultfd)");
	return 0;
}

/*
 * Nothing else may be mapped where the other pages would be. Pages of a private mapping the
 * driver would get in spite of PROT_NONE on old kernels (FOLL_FORCE), of a shared one never.
 */
int qlock_init(struct qlock *lock, struct stream *stream, uint64_t hold_ns)
{
	struct heap_buf *plane = &stream->planes[stream->count - 1][0];
	size_t size = (plane->size + page_size() - 1) / page_size() * page_size() + page_size();
	void *all = mmap(NULL, size, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*lock = (struct qlock){.stream = stream, .hold_ns = hold_ns, .faults = -1};
	if (stream->count < 2)
		return v4l2_fail(-ENOSPC, "%s has no buffer to spare", stream->dev->path);
	if (all == MAP_FAILED)
		return v4l2_fail(-errno, "cannot map %zu bytes", size);
	heap_free(plane);
	*plane = (struct heap_buf){.fd = -1, .start = all, .size = size};
	lock->index = --stream->count;
	lock->page = mmap(all, page_size(), PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	if (lock->page == MAP_FAILED)
		return v4l2_fail(-errno, "cannot map a page");
	return watch_page(lock);
}

static void *queue(void *arg)
{
	struct qlock *lock = arg;

	lock->err = stream_try_queue(lock->stream, lock->index, NULL, NULL);
	lock->times.free_ns = clock_ns();
	return NULL;
}

static void sleep_until(uint64_t ns)
{
	struct timespec until = clock_local(ns);

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

static void *fill_page(void *arg)
{
	struct qlock *lock = arg;
	struct uffdio_zeropage zero = {
		.range = {.start = (unsigned long)lock->page, .len = page_size()}};

	sleep_until(lock->times.since_ns + lock->hold_ns);
	lock->times.until_ns = clock_ns();
	lock->pager_err = ioctl(lock->faults, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
	return NULL;
}

/* Signals are for who streams: they end its calls. */
static int start(pthread_t *thread, void *(*what)(void *), struct qlock *lock)
{
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(thread, NULL, what, lock);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err ? v4l2_fail(-err, "cannot start a thread") : 0;
}

/* Until QBUF waits for the page, with the lock taken. */
static int await_fault(const struct qlock *lock)
{
	struct pollfd faults = {.fd = lock->faults, .events = POLLIN};
	struct uffd_msg fault;
	int n;

	do
		n = poll(&faults, 1, FAULT_MS);
	while (n < 0 && errno == EINTR);
	if (n != 1 || read(lock->faults, &fault, sizeof(fault)) != (ssize_t)sizeof(fault))
		return v4l2_fail(-ETIMEDOUT, "no page fault in QBUF of a buffer of %s",
				 lock->stream->dev->path);
	return 0;
}

static int take(struct qlock *lock)
{
	int err = start(&lock->holder, queue, lock);

	if (err)
		return err;
	err = await_fault(lock);
	lock->times.since_ns = clock_ns();
	return err ? err : start(&lock->pager, fill_page, lock);
}

static void *take_later(void *arg)
{
	struct qlock *lock = arg;

	sleep_until(lock->begin_ns);
	lock->taker_err = take(lock);
	return NULL;
}

int qlock_hold(struct qlock *lock, uint64_t after_ns)
{
	lock->begin_ns = after_ns ? clock_ns() + after_ns : 0;
	return after_ns ? start(&lock->taker, take_later, lock) : take(lock);
}

int qlock_wait(struct qlock *lock, struct qlock_times *times)
{
	if (lock->begin_ns)
		pthread_join(lock->taker, NULL);
	if (lock->taker_err) /* it has said why to itself */
		return v4l2_fail(lock->taker_err, "cannot have the queue of %s locked",
				 lock->stream->dev->path);
	pthread_join(lock->pager, NULL);
	if (lock->pager_err)
		return v4l2_fail(lock->pager_err, "cannot fill a page");
	pthread_join(lock->holder, NULL);
	*times = lock->times;
	madvise(lock->page, page_size(), MADV_DONTNEED);
	if (lock->err == -EFAULT)
		return 0;
	return v4l2_fail(lock->err ? lock->err : -EPROTO, "%s took a buffer that is not there",
			 lock->stream->dev->path);
}

void qlock_close(struct qlock *lock)
{
	if (lock->faults >= 0)
		close(lock->faults);
	lock->faults = -1;
}
