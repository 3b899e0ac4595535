// SPDX-License-Identifier: MIT
/* test-meta.c - the metadata device: its rows, its readers, and those that read too slowly */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/asleep.h"
#include "tests/guest/m2m.h"

#define OVERRUN_EVENT "/sys/kernel/tracing/events/vpipe/vpipe_meta_overrun/enable"
#define TRACE	      "/sys/kernel/tracing/trace"
#define MAX_ROWS      4096

/* An address without memory, behind the compiler's back. */
static void *volatile nowhere = (void *)1;

/* Frames so small that thousands take no time. */
static struct m2m m;
static struct vpipe_meta_entry rows[MAX_ROWS];

static int start(void **state)
{
	(void)state;
	m2m_start(&m, 4, 4, 2);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	m2m_close(&m);
	return 0;
}

static unsigned int ring_entries(int fd)
{
	struct vpipe_meta_info info;

	must(m2m_ioctl(fd, VPIPE_META_IOC_QUERY, &info));
	return info.ring_entries;
}

/* @count rows, numbered from @first, of which only the first may have @flags. */
static void check_rows(size_t count, uint64_t first, uint32_t flags)
{
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(rows[i].seq, first + i);
		assert_int_equal(rows[i].flags, i ? 0 : flags);
	}
}

/* Nothing to read. */
static void check_empty(int fd)
{
	assert_int_equal(read(fd, rows, sizeof(rows)), -1);
	assert_int_equal(errno, EAGAIN);
}

/*
 * The device
 */

static void query(void **state)
{
	struct vpipe_meta_info info;
	int fd = meta_open(0);

	(void)state;
	memset(&info, 0xff, sizeof(info));
	must(m2m_ioctl(fd, VPIPE_META_IOC_QUERY, &info));
	assert_int_equal(info.version, VPIPE_META_VERSION);
	assert_int_equal(info.entry_size, sizeof(struct vpipe_meta_entry));
	assert_in_range(info.ring_entries, 256, MAX_ROWS / 2);
	assert_int_equal(info.flags, 0);
	for (size_t i = 0; i < COUNT(info.reserved); i++)
		assert_int_equal(info.reserved[i], 0);
	close(fd);
}

static void stats(void **state)
{
	struct vpipe_meta_stats before, after;
	int fd = meta_open(0);

	(void)state;
	memset(&before, 0xff, sizeof(before));
	must(m2m_ioctl(fd, VPIPE_META_IOC_GET_STATS, &before));
	for (size_t i = 0; i < COUNT(before.reserved); i++)
		assert_int_equal(before.reserved[i], 0);
	m2m_process_many(&m, 13);
	after = meta_stats(fd);
	assert_int_equal(after.published, before.published + 13);
	assert_int_equal(after.dropped, before.dropped);
	close(fd);
}

static void unknown_ioctls(void **state)
{
	static const unsigned long unknown[] = {
		_IOR('p', 0x02, struct vpipe_meta_stats),
		_IOR('p', 0x10, struct vpipe_meta_stats),
		_IOR('p', 0x00, struct vpipe_meta_stats), /* the right number, another size */
		_IOW('p', 0x00, struct vpipe_meta_info), /* another direction */
		_IOR('q', 0x00, struct vpipe_meta_info), /* another magic */
		0,
	};
	uint8_t arg[256];
	int fd = meta_open(0);

	(void)state;
	for (size_t i = 0; i < COUNT(unknown); i++)
		assert_int_equal(m2m_ioctl(fd, unknown[i], arg), -ENOTTY);
	close(fd);
}

static void bad_pointers_for_ioctls(void **state)
{
	int fd = meta_open(0);

	(void)state;
	assert_int_equal(m2m_ioctl(fd, VPIPE_META_IOC_QUERY, nowhere), -EFAULT);
	assert_int_equal(m2m_ioctl(fd, VPIPE_META_IOC_GET_STATS, NULL), -EFAULT);
	close(fd);
}

static void a_stream_that_is_only_read(void **state)
{
	uint8_t row[sizeof(struct vpipe_meta_entry)] = {0};
	int fd = open(VPIPE_META_PATH, O_RDWR | O_NONBLOCK);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), -1);
	assert_int_equal(errno, ESPIPE);
	assert_int_equal(pread(fd, row, sizeof(row), 0), -1);
	assert_int_equal(errno, ESPIPE);
	assert_int_equal(write(fd, row, sizeof(row)), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

/*
 * Reading
 */

static void begins_with_the_next_row(void **state)
{
	uint64_t published;
	int fd;

	(void)state;
	m2m_process_many(&m, 3);
	fd = meta_open(O_NONBLOCK);
	published = meta_stats(fd).published;
	check_empty(fd);
	m2m_process(&m, 0);
	assert_int_equal(meta_read_one(fd).seq, published);
	close(fd);
}

/* Whole rows only, as many as there are and as fit. */
static void several_rows_in_one_read(void **state)
{
	int fd = meta_open(O_NONBLOCK);
	uint64_t first = meta_stats(fd).published;
	const size_t three_and_a_bit = 4 * sizeof(rows[0]) - 1;

	(void)state;
	m2m_process_many(&m, 100);
	assert_int_equal(read(fd, rows, three_and_a_bit), 3 * sizeof(rows[0]));
	check_rows(3, first, 0);
	assert_int_equal(meta_read(fd, rows, MAX_ROWS), 97);
	check_rows(97, first + 3, 0);
	check_empty(fd);
	close(fd);
}

/* A buffer without room for a row is an error, whether there is one or not; no row is lost. */
static void short_buffers(void **state)
{
	int fd = meta_open(O_NONBLOCK);

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (size_t size = 0; size < sizeof(rows[0]); size++) {
			assert_int_equal(read(fd, rows, size), -1);
			assert_int_equal(errno, EINVAL);
		}
		if (round == 0)
			m2m_process(&m, 0);
	}
	meta_read_one(fd);
	check_empty(fd);
	close(fd);
}

static void bad_pointers(void **state)
{
	int fd = meta_open(O_NONBLOCK);
	uint64_t first = meta_stats(fd).published;

	(void)state;
	m2m_process_many(&m, 5);
	assert_int_equal(read(fd, nowhere, 5 * sizeof(rows[0])), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(meta_read(fd, rows, MAX_ROWS), 5);
	check_rows(5, first, 0);
	close(fd);
}

/* A fault in the middle: whole rows before it, the others are still there. */
static void a_buffer_that_ends_in_a_fault(void **state)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE), count = 2 * page / sizeof(rows[0]);
	uint8_t *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = meta_open(O_NONBLOCK);
	uint64_t first = meta_stats(fd).published;
	ssize_t got;
	size_t held;

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	m2m_process_many(&m, (unsigned int)count);
	got = read(fd, pages, 2 * page);
	assert_in_range(got, sizeof(rows[0]), page);
	held = (size_t)got / sizeof(rows[0]);
	assert_int_equal((size_t)got, held * sizeof(rows[0]));
	memcpy(rows, pages, (size_t)got);
	check_rows(held, first, 0);
	assert_int_equal(meta_read(fd, rows, MAX_ROWS), count - held);
	check_rows(count - held, first + held, 0);
	munmap(pages, 2 * page);
	close(fd);
}

static void every_reader_has_its_own_place(void **state)
{
	int fds[5];
	uint64_t first;

	(void)state;
	for (size_t i = 0; i < COUNT(fds); i++)
		fds[i] = meta_open(O_NONBLOCK);
	first = meta_stats(fds[0]).published;
	m2m_process_many(&m, 20);
	for (size_t i = 0; i < COUNT(fds); i++) {
		assert_int_equal(meta_read(fds[i], rows, 3 * i + 1), 3 * i + 1);
		check_rows(3 * i + 1, first, 0);
	}
	for (size_t i = 0; i < COUNT(fds); i++) {
		assert_int_equal(meta_read(fds[i], rows, MAX_ROWS), 19 - 3 * i);
		check_rows(19 - 3 * i, first + 3 * i + 1, 0);
		close(fds[i]);
	}
}

/*
 * Waiting
 */

static bool readable(int fd, int timeout_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

	assert_true(poll(&p, 1, timeout_ms) >= 0);
	assert_int_equal(p.revents & ~(POLLIN | POLLRDNORM), 0);
	return p.revents & POLLIN;
}

static void poll_says_when_there_are_rows(void **state)
{
	int fd = meta_open(O_NONBLOCK);

	(void)state;
	assert_false(readable(fd, 0));
	m2m_process_many(&m, 2);
	assert_true(readable(fd, 0));
	meta_read(fd, rows, 1);
	assert_true(readable(fd, 0));
	meta_read(fd, rows, 1);
	assert_false(readable(fd, 0));
	close(fd);
}

struct reader {
	int fd;
	pthread_t thread;
	bool polls;
	_Atomic pid_t tid; /* 0: it has not begun */
	_Atomic bool done;
	ssize_t got;
	struct vpipe_meta_entry row;
};

static void *reader_thread(void *arg)
{
	struct reader *r = arg;
	struct pollfd p = {.fd = r->fd, .events = POLLIN};

	r->tid = gettid();
	if (r->polls)
		r->got = poll(&p, 1, -1);
	else
		r->got = read(r->fd, &r->row, sizeof(r->row));
	r->done = true;
	return NULL;
}

/* In its read() or poll(). */
static bool waits(const struct reader *r)
{
	long call;

	if (!r->tid || !is_asleep(r->tid, &call))
		return false;
#ifdef SYS_poll
	if (call == SYS_poll)
		return r->polls;
#endif
	return call == (r->polls ? SYS_ppoll : SYS_read);
}

/* Start a reader, which waits. */
static void start_reader(struct reader *r, bool polls)
{
	memset(r, 0, sizeof(*r));
	r->fd = meta_open(0);
	r->polls = polls;
	assert_int_equal(pthread_create(&r->thread, NULL, reader_thread, r), 0);
	while (!waits(r)) {
		assert_false(r->done);
		usleep(1000);
	}
}

static void waiting_readers_are_woken(void **state)
{
	struct reader readers[4];
	uint64_t published;

	(void)state;
	for (size_t i = 0; i < COUNT(readers); i++)
		start_reader(&readers[i], i & 1);
	published = meta_stats(readers[0].fd).published;
	m2m_process(&m, 0);
	for (size_t i = 0; i < COUNT(readers); i++) {
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
		assert_int_equal(readers[i].got, i & 1 ? 1 : (ssize_t)sizeof(readers[i].row));
		if (!readers[i].polls)
			assert_int_equal(readers[i].row.seq, published);
		close(readers[i].fd);
	}
}

/* One file, one reader asleep in it: another one that does not want to wait does not. */
static void a_blocked_reader_blocks_nobody(void **state)
{
	struct reader r;

	(void)state;
	start_reader(&r, false);
	assert_int_equal(fcntl(r.fd, F_SETFL, O_NONBLOCK), 0);
	check_empty(r.fd);
	assert_false(r.done);
	m2m_process(&m, 0);
	assert_int_equal(pthread_join(r.thread, NULL), 0);
	assert_int_equal(r.got, sizeof(r.row));
	close(r.fd);
}

static void on_signal(int number)
{
	(void)number;
}

static void a_signal_ends_a_blocked_read(void **state)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct reader r;

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	start_reader(&r, false);
	assert_int_equal(pthread_kill(r.thread, SIGUSR1), 0);
	assert_int_equal(pthread_join(r.thread, NULL), 0);
	assert_int_equal(r.got, -1);
	m2m_process(&m, 0);
	assert_int_equal(read(r.fd, &r.row, sizeof(r.row)), sizeof(r.row));
	close(r.fd);
}

static void a_blocked_reader_can_be_killed(void **state)
{
	int status, fd = meta_open(0);
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		read(fd, rows, sizeof(rows));
		_exit(0);
	}
	usleep(100000);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	close(fd);
}

/*
 * Overruns
 */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* The vpipe_meta_overrun events since the trace was emptied: how many, and of the last one, what is lost. */
static unsigned int overrun_events(uint64_t *lost)
{
	FILE *file = fopen(TRACE, "re");
	unsigned int count = 0, ctx;
	char line[512];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		const char *event = strstr(line, "vpipe_meta_overrun: ");

		if (!event)
			continue;
		assert_int_equal(
			sscanf(event, "vpipe_meta_overrun: ctx=%u lost=%" SCNu64, &ctx, lost), 2);
		assert_int_not_equal(ctx, 0);
		count++;
	}
	fclose(file);
	return count;
}

static void a_full_ring_is_no_overrun(void **state)
{
	int fd = meta_open(O_NONBLOCK);
	const unsigned int ring = ring_entries(fd);
	struct vpipe_meta_stats before = meta_stats(fd);

	(void)state;
	m2m_process_many(&m, ring);
	assert_int_equal(meta_read(fd, rows, MAX_ROWS), ring);
	check_rows(ring, before.published, 0);
	assert_int_equal(meta_stats(fd).dropped, before.dropped);
	close(fd);
}

/* A slow reader goes on with the oldest row still held, and is told so: once. */
static void an_overrun_is_told(void **state)
{
	int slow = meta_open(O_NONBLOCK), quick = meta_open(O_NONBLOCK);
	const unsigned int ring = ring_entries(slow), lost = 6;
	struct vpipe_meta_stats before = meta_stats(slow);
	uint64_t told = 0;

	(void)state;
	write_file(TRACE, "");
	write_file(OVERRUN_EVENT, "1");
	m2m_process_many(&m, ring / 2);
	assert_int_equal(meta_read(quick, rows, MAX_ROWS), ring / 2);
	m2m_process_many(&m, ring - ring / 2 + lost);

	assert_int_equal(meta_read(slow, rows, 1), 1);
	check_rows(1, before.published + lost, VPIPE_META_F_OVERRUN);
	assert_int_equal(meta_read(slow, rows, MAX_ROWS), ring - 1);
	check_rows(ring - 1, before.published + lost + 1, 0);
	assert_int_equal(meta_stats(slow).dropped, before.dropped + lost);
	assert_int_equal(overrun_events(&told), 1);
	assert_int_equal(told, lost);

	/* the other reader lost nothing, and hears of nothing */
	assert_int_equal(meta_read(quick, rows, MAX_ROWS), ring - ring / 2 + lost);
	check_rows(ring - ring / 2 + lost, before.published + ring / 2, 0);
	assert_int_equal(meta_stats(slow).dropped, before.dropped + lost);
	write_file(OVERRUN_EVENT, "0");
	close(slow);
	close(quick);
}

/* A read that fails between the overrun and the row tells nobody. */
static void an_overrun_survives_a_bad_pointer(void **state)
{
	int fd = meta_open(O_NONBLOCK);
	const unsigned int ring = ring_entries(fd);
	struct vpipe_meta_stats before = meta_stats(fd);

	(void)state;
	m2m_process_many(&m, ring + 1);
	assert_int_equal(read(fd, nowhere, sizeof(rows[0])), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(meta_read(fd, rows, MAX_ROWS), ring);
	check_rows(ring, before.published + 1, VPIPE_META_F_OVERRUN);
	assert_int_equal(meta_stats(fd).dropped, before.dropped + 1);
	close(fd);
}

/*
 * Readers and writers at once
 */

struct sharer {
	pthread_t thread;
	int fd;
	_Atomic bool *stop;
	size_t max;
	unsigned int *seen; /* by row, how often */
	uint64_t first;
	uint64_t count;
};

static void *sharer_thread(void *arg)
{
	struct vpipe_meta_entry mine[64];
	struct sharer *s = arg;

	for (;;) {
		bool last = *s->stop;
		ssize_t got = read(s->fd, mine, s->max * sizeof(mine[0]));

		for (ssize_t i = 0; i < got / (ssize_t)sizeof(mine[0]); i++) {
			if (mine[i].seq - s->first < s->count)
				__atomic_fetch_add(&s->seen[mine[i].seq - s->first], 1,
						   __ATOMIC_RELAXED);
		}
		if (got < 0 && last)
			return NULL;
		if (got < 0)
			usleep(100);
	}
}

/* Four threads that read one file share its rows: each row once. */
static void threads_share_the_rows_of_a_file(void **state)
{
	static const size_t sizes[] = {1, 3, 50, 64};
	enum { FRAMES = 3000 };
	unsigned int *seen = calloc(FRAMES, sizeof(*seen));
	int fd = meta_open(O_NONBLOCK);
	struct vpipe_meta_stats before = meta_stats(fd);
	struct sharer sharers[COUNT(sizes)] = {0};
	_Atomic bool stopping = false;
	unsigned int missing = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(sharers); i++) {
		sharers[i] = (struct sharer){.fd = fd,
					     .stop = &stopping,
					     .max = sizes[i],
					     .seen = seen,
					     .first = before.published,
					     .count = FRAMES};
		assert_int_equal(
			pthread_create(&sharers[i].thread, NULL, sharer_thread, &sharers[i]), 0);
	}
	m2m_process_many(&m, FRAMES);
	stopping = true;
	for (size_t i = 0; i < COUNT(sharers); i++)
		assert_int_equal(pthread_join(sharers[i].thread, NULL), 0);
	for (size_t i = 0; i < FRAMES; i++) {
		assert_in_range(seen[i], 0, 1);
		missing += !seen[i];
	}
	assert_int_equal(missing, meta_stats(fd).dropped - before.dropped);
	free(seen);
	close(fd);
}

enum { WRITERS = 4, FRAMES_EACH = 200 };

static void *writer_thread(void *arg)
{
	const struct node_cv cv = {.algo = VPIPE_ALGO_NONE};
	unsigned int number = (unsigned int)(uintptr_t)arg;
	struct m2m mine;

	m2m_start(&mine, 4, 4, 1);
	for (unsigned int i = 0; i < FRAMES_EACH; i++) {
		m2m_set(&mine, number * FRAMES_EACH + i, &cv);
		m2m_process(&mine, 0);
	}
	m2m_close(&mine);
	return NULL;
}

/* Rows of several contexts: one numbering without gaps, each context's in its order. */
static void rows_of_several_contexts(void **state)
{
	int fd = meta_open(O_NONBLOCK);
	uint64_t first = meta_stats(fd).published;
	unsigned int next[WRITERS] = {0};
	pthread_t threads[WRITERS];

	(void)state;
	for (uintptr_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, writer_thread, (void *)i), 0);
	for (size_t i = 0; i < WRITERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(meta_read(fd, rows, MAX_ROWS), WRITERS * FRAMES_EACH);
	check_rows(WRITERS * FRAMES_EACH, first, 0);
	for (size_t i = 0; i < WRITERS * FRAMES_EACH; i++) {
		unsigned int writer = rows[i].src_v4l2_sequence / FRAMES_EACH;

		assert_in_range(writer, 0, WRITERS - 1);
		assert_int_equal(rows[i].src_v4l2_sequence % FRAMES_EACH, next[writer]++);
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query),
		cmocka_unit_test(stats),
		cmocka_unit_test(unknown_ioctls),
		cmocka_unit_test(bad_pointers_for_ioctls),
		cmocka_unit_test(a_stream_that_is_only_read),
		cmocka_unit_test(begins_with_the_next_row),
		cmocka_unit_test(several_rows_in_one_read),
		cmocka_unit_test(short_buffers),
		cmocka_unit_test(bad_pointers),
		cmocka_unit_test(a_buffer_that_ends_in_a_fault),
		cmocka_unit_test(every_reader_has_its_own_place),
		cmocka_unit_test(poll_says_when_there_are_rows),
		cmocka_unit_test(waiting_readers_are_woken),
		cmocka_unit_test(a_blocked_reader_blocks_nobody),
		cmocka_unit_test(a_signal_ends_a_blocked_read),
		cmocka_unit_test(a_blocked_reader_can_be_killed),
		cmocka_unit_test(a_full_ring_is_no_overrun),
		cmocka_unit_test(an_overrun_is_told),
		cmocka_unit_test(an_overrun_survives_a_bad_pointer),
		cmocka_unit_test(threads_share_the_rows_of_a_file),
		cmocka_unit_test(rows_of_several_contexts),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
