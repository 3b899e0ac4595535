// SPDX-License-Identifier: MIT
/*
 * guest-reader.c - reads a V4L2 capture node, and says when it did what, by its own clock
 *
 * It reads in each of the ways that programs do, and as badly as a test wants: late, holding
 * buffers, its queue locked by another thread, ending in the midst of it. What is traced of
 * its frames is held against its log.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/csv.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "tests/guest/client.h"
#include "tests/guest/qlock.h"
#include "tests/guest/stream.h"
#include "user/lib/capture.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/tool.h"

#define LOG_HEADER                                                                             \
	"frame,sequence,index,flags,timestamp_ns,asked_ns,woken_ns,enter_ns,leave_ns,qbuf_ns," \
	"requeued_ns,tid,locked_ns,unlock_ns,free_ns"

enum how { HOW_BLOCK, HOW_POLL, HOW_SELECT, HOW_EPOLL, HOW_READ };
static const char *const hows[] = {"block", "poll", "select", "epoll", "read", NULL};

static const char *const memories[] = {"mmap", "userptr", "dmabuf", NULL};
static const enum v4l2_memory memory_of[] = {V4L2_MEMORY_MMAP, V4L2_MEMORY_USERPTR,
					     V4L2_MEMORY_DMABUF};

enum stop { STOP_STREAMOFF, STOP_CLOSE, STOP_EXIT, STOP_KILL };
static const char *const stops[] = {"streamoff", "close", "exit", "kill", NULL};

/* A frame, as the log has it. Times that are 0 are of what was not done. */
struct row {
	struct stream_buffer buf; /* not with read() */
	uint64_t asked_ns;
	uint64_t woken_ns;
	struct vstamps taken;
	struct vstamps given; /* its buffer, back */
	struct qlock_times locked;
};

struct reader {
	struct options_rows options;
	const char *device;
	unsigned int buffers;
	unsigned int fps; /* 0: what it has */
	unsigned int memory; /* of memories[] */
	unsigned int how;
	unsigned int stop;
	struct delay late, hold, lock;
	uint64_t lock_after_ns;
	uint64_t restart_every; /* frames; 0: never */
	int progress; /* -1: nobody wants to know */

	struct vdev dev;
	struct stream stream;
	struct qlock qlock;
	int epoll; /* -1: closed */
	void *image; /* of read() */
	struct row *rows;
	uint64_t n_rows;
	/* Rows whose buffers are held, in the order in which they go back. */
	uint64_t held[STREAM_MAX_BUFFERS];
	uint64_t n_held; /* so far */
	uint64_t n_back; /* of these */
};

/*
 * Buffers that go back
 */

static int give_back(struct reader *reader, struct row *row)
{
	return stream_queue(&reader->stream, row->buf.index, NULL, &row->given);
}

static struct row *first_held(struct reader *reader)
{
	if (reader->n_back == reader->n_held)
		return NULL;
	return &reader->rows[reader->held[reader->n_back % STREAM_MAX_BUFFERS]];
}

/* When the first of the held ones is to go back; 0: none is held. */
static uint64_t due_ns(struct reader *reader)
{
	const struct row *row = first_held(reader);

	return row ? row->taken.leave + reader->hold.ns : 0;
}

static int give_back_due(struct reader *reader)
{
	int err = 0;

	while (!err && due_ns(reader) && due_ns(reader) <= clock_ns()) {
		err = give_back(reader, first_held(reader));
		reader->n_back++;
	}
	return err;
}

/* The frame of the last row was taken: what becomes of its buffer? */
static int keep_or_give_back(struct reader *reader)
{
	uint64_t number = reader->n_rows - 1;
	struct row *row = &reader->rows[number];

	if (reader->how == HOW_READ || reader->n_rows == reader->options.frames)
		return 0;
	if (delay_is_turn(&reader->hold, number) && reader->hold.every) {
		reader->held[reader->n_held++ % STREAM_MAX_BUFFERS] = number;
		return 0;
	}
	if (reader->hold.ns && !reader->hold.every)
		client_sleep(row->taken.leave + reader->hold.ns);
	return give_back(reader, row);
}

/*
 * Frames
 */

static int wait_by_select(int fd, const struct timespec *limit)
{
	fd_set fds;

	FD_ZERO(&fds);
	FD_SET(fd, &fds);
	return pselect(fd + 1, &fds, NULL, NULL, limit, NULL);
}

/* Until there is a frame (1) or a held buffer is due (0), or -1 with errno. */
static int wait_for_frame(struct reader *reader)
{
	struct pollfd node = {.fd = reader->dev.fd, .events = POLLIN};
	uint64_t due = due_ns(reader), now = clock_ns();
	const struct timespec left = ns_timespec(due > now ? due - now : 0);
	const struct timespec *limit = due ? &left : NULL;
	struct epoll_event event;

	switch (reader->how) {
	case HOW_SELECT:
		return wait_by_select(reader->dev.fd, limit);
	case HOW_EPOLL:
		return epoll_pwait2(reader->epoll, &event, 1, limit, NULL);
	default:
		return ppoll(&node, 1, limit, NULL);
	}
}

/* The DQBUF, with the queue's lock held by another thread if it is the frame's turn. */
static int dequeue(struct reader *reader, struct row *row)
{
	bool locks = delay_is_turn(&reader->lock, reader->n_rows);
	int err = locks ? qlock_hold(&reader->qlock, reader->lock_after_ns) : 0;

	if (err)
		return err;
	err = stream_dequeue(&reader->stream, &row->buf, &row->taken);
	if (locks) {
		int failed = qlock_wait(&reader->qlock, &row->locked);

		if (failed)
			return failed;
	}
	return err;
}

/* Returns 0, -EAGAIN: ask again, -EINTR: a signal came, or another -errno. */
static int ask(struct reader *reader, struct row *row)
{
	int n;

	if (reader->how == HOW_BLOCK) {
		int err;

		/* With none to be filled DQBUF would never return. */
		if (reader->n_held - reader->n_back == reader->stream.count) {
			client_sleep(due_ns(reader));
			return -EAGAIN;
		}
		err = dequeue(reader, row);
		row->asked_ns = row->taken.enter;
		return err;
	}
	row->asked_ns = clock_ns();
	n = wait_for_frame(reader);
	row->woken_ns = clock_ns();
	if (n < 0)
		return v4l2_fail(-errno, "cannot wait for %s", reader->dev.path);
	return n ? dequeue(reader, row) : -EAGAIN;
}

static int take_buffer(struct reader *reader, struct row *row)
{
	bool last = false;

	for (;;) {
		int err = give_back_due(reader);

		if (!err)
			err = stop_signal() ? -EINTR : ask(reader, row);
		if (err != -EAGAIN && (err != -EINTR || stop_signal()))
			return err;
		if (err == -EINTR && !stop_again(&last))
			return v4l2_fail(-ETIMEDOUT, "%s stalled", reader->dev.path);
	}
}

static int read_frame(struct reader *reader, struct row *row)
{
	size_t got;
	int err =
		vdev_read(&reader->dev, reader->image, reader->stream.sizes[0], &got, &row->taken);

	row->asked_ns = row->taken.enter;
	return err;
}

/* STREAMOFF gives all buffers back. */
static int start_again(struct reader *reader)
{
	int err;

	stream_stop(&reader->stream);
	err = stream_queue_all(&reader->stream);
	return err ? err : stream_start(&reader->stream);
}

/* For who waits for it: it streams, or another frame is there. */
static void progress(const struct reader *reader)
{
	if (reader->progress >= 0 && write(reader->progress, ".", 1) != 1)
		msg_warning("cannot say how far it is: %s", strerror(errno));
}

static int step(struct reader *reader)
{
	struct row *row = &reader->rows[reader->n_rows];
	int err;

	if (delay_is_turn(&reader->late, reader->n_rows))
		client_sleep(clock_ns() + reader->late.ns);
	stop_limit(reader->options.timeout_ns);
	err = reader->how == HOW_READ ? read_frame(reader, row) : take_buffer(reader, row);
	if (err)
		return err;
	reader->n_rows++;
	progress(reader);
	err = keep_or_give_back(reader);
	if (!err && reader->restart_every && !(reader->n_rows % reader->restart_every))
		err = start_again(reader);
	return err;
}

/*
 * Begin and end
 */

static int watch(struct reader *reader)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (fcntl(reader->dev.fd, F_SETFL, O_NONBLOCK))
		return v4l2_fail(-errno, "cannot have %s not block", reader->dev.path);
	if (reader->how != HOW_EPOLL)
		return 0;
	reader->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (reader->epoll < 0 || epoll_ctl(reader->epoll, EPOLL_CTL_ADD, reader->dev.fd, &event))
		return v4l2_fail(-errno, "cannot wait for %s", reader->dev.path);
	return 0;
}

static int begin_stream(struct reader *reader)
{
	struct stream *stream = &reader->stream;
	int err = stream_request(stream, reader->buffers + (reader->lock.ns ? 1 : 0));

	if (!err)
		err = stream_allocate(stream);
	if (!err && reader->lock.ns)
		err = qlock_init(&reader->qlock, stream, reader->lock.ns);
	if (!err)
		err = stream_queue_all(stream);
	if (!err)
		err = stream_start(stream);
	return err || reader->how == HOW_BLOCK ? err : watch(reader);
}

static int begin(struct reader *reader)
{
	bool reads = reader->how == HOW_READ;
	char path[CAPTURE_PATH];
	uint32_t caps = reads ? V4L2_CAP_READWRITE : V4L2_CAP_STREAMING;
	int err = capture_find("device", reader->device, caps, path);

	if (err)
		return err;
	err = vdev_open(&reader->dev, path, caps);
	if (!err)
		err = stream_init(&reader->stream, &reader->dev, false, memory_of[reader->memory]);
	if (!err && reader->fps)
		err = stream_set_rate(&reader->stream, reader->fps);
	reader->rows = calloc(reader->options.frames, sizeof(*reader->rows));
	reader->image = malloc(reader->stream.sizes[0]);
	if (!err && (!reader->rows || !reader->image))
		err = v4l2_fail(-ENOMEM, "cannot get memory for the rows");
	if (!err && !reads)
		err = begin_stream(reader);
	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	return err;
}

/* A node that is mapped stays open. */
static void let_go(struct reader *reader)
{
	if (reader->stop == STOP_STREAMOFF)
		stream_stop(&reader->stream);
	stream_free(&reader->stream);
	qlock_close(&reader->qlock);
	if (reader->epoll >= 0)
		close(reader->epoll);
	vdev_close(&reader->dev);
}

/*
 * The log
 */

static void log_buffer(struct csv *csv, const struct stream_buffer *buf)
{
	csv_u64(csv, buf->sequence);
	csv_u64(csv, buf->index);
	csv_u64(csv, buf->flags);
	csv_u64(csv, timeval_ns(buf->timestamp));
}

static void log_row(const struct reader *reader, struct csv *csv, uint64_t number)
{
	const struct row *row = &reader->rows[number];

	csv_u64(csv, number);
	if (reader->how == HOW_READ) {
		for (int i = 0; i < 4; i++)
			csv_empty(csv);
	} else {
		log_buffer(csv, &row->buf);
	}
	csv_u64(csv, row->asked_ns);
	csv_time(csv, row->woken_ns);
	csv_u64(csv, row->taken.enter);
	csv_u64(csv, row->taken.leave);
	csv_time(csv, row->given.enter);
	csv_time(csv, row->given.leave);
	csv_i64(csv, syscall(SYS_gettid));
	csv_time(csv, row->locked.since_ns);
	csv_time(csv, row->locked.until_ns);
	csv_time(csv, row->locked.free_ns);
	csv_end_row(csv);
}

static int write_log(const struct reader *reader)
{
	struct csv *csv;
	int err;

	if (!reader->options.csv)
		return 0;
	err = output_open(&csv, reader->options.csv, true, LOG_HEADER);
	if (err)
		return err;
	for (uint64_t i = 0; i < reader->n_rows; i++)
		log_row(reader, csv, i);
	return output_commit(csv, reader->options.csv);
}

static void check_options(const struct reader *reader)
{
	if (reader->lock.ns && memory_of[reader->memory] != V4L2_MEMORY_USERPTR)
		args_fail("--lock needs --memory userptr");
	if (reader->how == HOW_READ && (reader->lock.ns || reader->hold.ns || reader->memory))
		args_fail(
			"with read() there are no buffers to hold, to lock, or to get memory for");
	delay_check(&reader->late, "late");
	delay_check(&reader->hold, "hold");
	delay_check(&reader->lock, "lock");
	if (reader->lock_after_ns && (!reader->lock.ns || reader->how != HOW_BLOCK))
		args_fail("--lock-after needs --lock and --how block");
	if (reader->restart_every && (reader->how == HOW_READ || reader->hold.every))
		args_fail("--restart-every does not go with read() or --hold-every");
}

static int run(void *env)
{
	struct reader *reader = env;
	int err, status;

	check_options(reader);
	err = begin(reader);
	if (err) {
		let_go(reader);
		return EXIT_FAILED;
	}
	progress(reader);
	while (!err && reader->n_rows < reader->options.frames)
		err = step(reader);
	stop_limit(0);
	if (reader->stop == STOP_STREAMOFF || reader->stop == STOP_CLOSE)
		let_go(reader);
	status = client_tell(reader->n_rows, err);
	if (write_log(reader))
		status = EXIT_FAILED;
	if (reader->stop == STOP_EXIT)
		_exit(status);
	if (reader->stop == STOP_KILL)
		raise(SIGKILL);
	free(reader->image);
	free(reader->rows);
	return status;
}

/*
 * The command line
 */

enum {
	OPT_DEVICE = OPTIONS_OWN,
	OPT_MEMORY,
	OPT_HOW,
	OPT_LATE,
	OPT_LATE_EVERY,
	OPT_HOLD,
	OPT_HOLD_EVERY,
	OPT_LOCK,
	OPT_LOCK_EVERY,
	OPT_LOCK_AFTER,
	OPT_RESTART,
	OPT_STOP,
	OPT_PROGRESS,
};

static const struct argp_option table[] = {
	{"device", OPT_DEVICE, "DEVICE", 0, "the node (default vivid)", 0},
	{"buffers", OPTIONS_BUFFERS, "N", 0, "buffers to ask for, 1 to 64 (default 4)", 0},
	{"fps", OPTIONS_FPS, "N", 0, "frames a second to ask for (default: what it has)", 0},
	{"memory", OPT_MEMORY, "WHAT", 0, "mmap, userptr or dmabuf (default mmap)", 0},
	{"how", OPT_HOW, "WHAT", 0, "block, poll, select, epoll or read (default block)", 0},
	{"late", OPT_LATE, "MS", 0, "sleep so long before a frame is asked for", 0},
	{"late-every", OPT_LATE_EVERY, "N", 0, "before every Nth frame only", 0},
	{"hold", OPT_HOLD, "MS", 0, "keep each buffer so long, and do nothing else", 0},
	{"hold-every", OPT_HOLD_EVERY, "N", 0, "keep that of every Nth frame only, and go on", 0},
	{"lock", OPT_LOCK, "MS", 0, "have the queue's lock held so long when DQBUF is called", 0},
	{"lock-every", OPT_LOCK_EVERY, "N", 0, "for every Nth frame only", 0},
	{"lock-after", OPT_LOCK_AFTER, "MS", 0, "so long after DQBUF is called, which sleeps", 0},
	{"restart-every", OPT_RESTART, "N", 0, "STREAMOFF and STREAMON behind every Nth frame", 0},
	{"stop", OPT_STOP, "WHAT", 0, "streamoff, close, exit or kill (default streamoff)", 0},
	{"progress", OPT_PROGRESS, "FILE", 0, "a byte when it streams, and one for each frame", 0},
	{0},
};

static const char doc[] =
	"Read frames of a V4L2 capture node, which has its format already."
	"\vFrames are 300 if nothing else is said. In the end it lets go of the device as --stop "
	"says, the last frame's buffer not given back. A held buffer goes back when its time is "
	"over, or, if DQBUF blocks, at the next frame. The queue's lock is held by a QBUF of "
	"memory "
	"that takes its time to be there, so --lock needs --memory userptr, and userfaultfd(2) as "
	"root.\n"
	"\n"
	"The columns of --csv: frame, the number, from 0; sequence, index, flags, timestamp_ns of "
	"the buffer; asked_ns, before poll(), select(), epoll_wait(), read() or a DQBUF that "
	"blocks, and woken_ns, behind the former three; enter_ns and leave_ns, around DQBUF or "
	"read(); qbuf_ns and requeued_ns, around the QBUF that gave the buffer back; tid; "
	"locked_ns and unlock_ns, since when and until when the queue's lock was surely held, and "
	"free_ns, from when on surely not. Times are CLOCK_MONOTONIC. A cell is "
	"empty where there was no such thing.\n"
	"\n"
	"EXAMPLES\n"
	"  guest-reader --device /dev/video0 --late 20 --how poll --csv reader.csv\n"
	"  guest-reader --buffers 2 --hold 200 --hold-every 8 --frames 500\n"
	"  guest-reader --memory userptr --lock 5 --lock-every 3 --stop kill\n"
	"\n" CLIENT_EXIT_DOC;

static bool set_delay(struct reader *reader, int key, const char *text)
{
	switch (key) {
	case OPT_LATE:
		reader->late.ns = delay_parse_ms("--late", text);
		return true;
	case OPT_LATE_EVERY:
		reader->late.every = delay_parse_every("--late-every", text);
		return true;
	case OPT_HOLD:
		reader->hold.ns = delay_parse_ms("--hold", text);
		return true;
	case OPT_HOLD_EVERY:
		reader->hold.every = delay_parse_every("--hold-every", text);
		return true;
	case OPT_LOCK:
		reader->lock.ns = delay_parse_ms("--lock", text);
		return true;
	case OPT_LOCK_EVERY:
		reader->lock.every = delay_parse_every("--lock-every", text);
		return true;
	case OPT_LOCK_AFTER:
		reader->lock_after_ns = delay_parse_ms("--lock-after", text);
		return true;
	}
	return false;
}

static bool set(void *env, int key, const char *text)
{
	struct reader *reader = env;

	switch (key) {
	case OPT_DEVICE:
		reader->device = text;
		return true;
	case OPTIONS_BUFFERS:
		reader->buffers = options_parse_number("--buffers", text, 1, STREAM_MAX_BUFFERS);
		return true;
	case OPTIONS_FPS:
		reader->fps = options_parse_number("--fps", text, 1, 1000);
		return true;
	case OPT_MEMORY:
		reader->memory = options_parse_choice("--memory", text, memories);
		return true;
	case OPT_HOW:
		reader->how = options_parse_choice("--how", text, hows);
		return true;
	case OPT_RESTART:
		reader->restart_every = delay_parse_every("--restart-every", text);
		return true;
	case OPT_STOP:
		reader->stop = options_parse_choice("--stop", text, stops);
		return true;
	case OPT_PROGRESS:
		reader->progress = open(text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (reader->progress < 0)
			args_fail("--progress: %s: %s", text, strerror(errno));
		return true;
	}
	return set_delay(reader, key, text) || options_rows_set(&reader->options, key, text);
}

static const struct tool tool = {
	.doc = doc,
	.arguments = (const int[]){0},
	.tables = {table, options_rows_table},
	.set = set,
	.run = run,
};

int main(int argc, char **argv)
{
	static struct reader reader = {
		.options = OPTIONS_ROWS_DEFAULTS(NULL),
		.device = VIVID_NAME,
		.buffers = 4,
		.progress = -1,
		.dev.fd = -1,
		.qlock.faults = -1,
		.epoll = -1,
	};

	return tool_main(&tool, &reader, argc, argv);
}
