// SPDX-License-Identifier: MIT
/*
 * guest-m2m.c - frames through a mem2mem node, and when what was done to them, by its own clock
 *
 * They come from a capture node, copied or handed on as they are, or are made here. An ISP has a node
 * of its own for what comes out; of an output device, nothing does but its own buffers. What is traced
 * of them is held against the log.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/csv.h"
#include "lib/devices.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "tests/guest/client.h"
#include "tests/guest/stream.h"
#include "user/lib/capture.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/tool.h"

#define NO_SOURCE  "self"
#define MAX_JOB_MS 10000
#define LOG_HEADER                                                                                \
	"frame,source_sequence,source_index,source_timestamp_ns,source_asked_ns,source_enter_ns," \
	"source_leave_ns,out_index,qbuf_ns,queued_ns,sequence,index,flags,timestamp_ns,asked_ns," \
	"woken_ns,enter_ns,leave_ns,tid"

/* vim2m's own control, which no header has: how long a job takes, in milliseconds. */
#define CID_TRANS_TIME_MSEC (V4L2_CID_USER_BASE + 0x1000)

enum how { HOW_BLOCK, HOW_POLL };
static const char *const hows[] = {"block", "poll", NULL};

enum memory { MEMORY_MMAP, MEMORY_DMABUF };
static const char *const memories[] = {"mmap", "dmabuf", NULL};

/* A frame, as the log has it. */
struct row {
	struct stream_buffer source; /* of a frame that is made here, its timestamp alone */
	struct vstamps source_taken;
	unsigned int out_index;
	struct vstamps queued;
	struct stream_buffer buf;
	uint64_t asked_ns;
	uint64_t woken_ns; /* 0: it did not poll */
	struct vstamps taken;
};

struct m2m {
	struct options_rows options;
	struct vsetup setup; /* its size, of frames that are made here, and buffers */
	const char *device;
	const char *source; /* NULL: they are */
	const char *capture; /* of an ISP; NULL: it is none */
	bool shows; /* an output device: a frame is done when its own buffer is back */
	bool lossy; /* not every frame comes out */
	bool create; /* buffers, not request them */
	bool starve; /* jobs wait for the one CAPTURE buffer, which comes when OUTPUT is full */
	unsigned int memory; /* of OUTPUT's buffers */
	unsigned int how;
	unsigned int depth;
	unsigned int job_ms; /* 0: what it is */
	struct delay late;

	struct vdev dev, source_dev, cap_dev;
	struct stream from, out, cap;
	struct row rows[VIDEO_MAX_FRAME]; /* of the frames in the device */
	uint64_t fed; /* frames that went in */
	uint64_t taken; /* and out */
	struct csv *log; /* NULL: none is kept */
};

/*
 * Frames
 */

static void copy_frame(struct m2m *m2m, const struct row *row)
{
	for (unsigned int i = 0; i < m2m->out.n_planes; i++) {
		struct heap_buf *to = &m2m->out.planes[row->out_index][i];
		const struct heap_buf *from = &m2m->from.planes[row->source.index][i];

		memcpy(to->start, from->start, to->size < from->size ? to->size : from->size);
	}
}

/* What the source has next; copied, or the same buffer: then it goes back when that is free. */
static int take_source(struct m2m *m2m, struct row *row)
{
	int err = stream_dequeue(&m2m->from, &row->source, &row->source_taken);

	if (err)
		return err;
	if (m2m->memory == MEMORY_DMABUF) {
		row->out_index = row->source.index;
		return 0;
	}
	copy_frame(m2m, row);
	return stream_queue(&m2m->from, row->source.index, NULL, NULL);
}

/* Frames leave in the order in which they came: the buffer of the oldest is free. */
static int feed(struct m2m *m2m)
{
	struct row *row = &m2m->rows[m2m->fed % VIDEO_MAX_FRAME];
	int err = 0;

	*row = (struct row){.out_index = (unsigned int)(m2m->fed % m2m->out.count)};
	if (m2m->source)
		err = take_source(m2m, row);
	else
		row->source.timestamp = ns_timeval(clock_ns());
	if (!err)
		err = stream_queue(&m2m->out, row->out_index, &row->source.timestamp, &row->queued);
	if (!err)
		m2m->fed++;
	return err;
}

/* Where a frame is when it is done. */
static const struct stream *results(const struct m2m *m2m)
{
	return m2m->shows ? &m2m->out : &m2m->cap;
}

static int wait_for_frame(const struct m2m *m2m, struct row *row)
{
	struct pollfd node = {.fd = results(m2m)->dev->fd, .events = m2m->shows ? POLLOUT : POLLIN};
	bool last = false;
	int n;

	do {
		if (stop_signal())
			return -EINTR;
		row->asked_ns = clock_ns();
		n = poll(&node, 1, -1);
		row->woken_ns = clock_ns();
	} while (n < 0 && errno == EINTR && stop_again(&last));
	return n < 0 ? v4l2_fail(errno == EINTR ? -ETIMEDOUT : -errno, "cannot wait for %s",
				 results(m2m)->dev->path)
		     : 0;
}

/* Its OUTPUT buffer is free, and goes round again. */
static int free_output(struct m2m *m2m, const struct row *row, unsigned int index)
{
	if (index != row->out_index)
		return v4l2_fail(-EPROTO, "%s gave buffer %u back, not %u", m2m->dev.path, index,
				 row->out_index);
	if (m2m->source && m2m->memory == MEMORY_DMABUF)
		return stream_queue(&m2m->from, row->source.index, NULL, NULL);
	return 0;
}

static int take_output(struct m2m *m2m, const struct row *row)
{
	struct stream_buffer buf;
	struct vstamps stamps;
	int err = stream_dequeue(&m2m->out, &buf, &stamps);

	return err ? err : free_output(m2m, row, buf.index);
}

/* The OUTPUT buffer of a frame is back: is the frame there, too? */
static bool is_lost(const struct m2m *m2m)
{
	struct pollfd node = {.fd = m2m->cap.dev->fd, .events = POLLIN};

	return !poll(&node, 1, 0);
}

/* Is another frame to go in, before one is taken? */
static bool feeds(const struct m2m *m2m)
{
	/* some output devices keep the last one until there is another */
	const bool more = m2m->shows || m2m->fed < m2m->options.frames;

	return more && m2m->fed - m2m->taken < m2m->depth;
}

static int fill(struct m2m *m2m)
{
	int err = 0;

	while (!err && feeds(m2m))
		err = feed(m2m);
	return err;
}

static void log_row(const struct m2m *m2m, const struct row *row);

static int take(struct m2m *m2m)
{
	struct row *row = &m2m->rows[m2m->taken % VIDEO_MAX_FRAME];
	int err = 0;

	if (delay_is_turn(&m2m->late, m2m->taken))
		client_sleep(clock_ns() + m2m->late.ns);
	if (m2m->lossy)
		err = take_output(m2m, row);
	if (!err && m2m->lossy && is_lost(m2m)) {
		m2m->taken++;
		return 0;
	}
	if (!err && m2m->how == HOW_POLL)
		err = wait_for_frame(m2m, row);
	if (!err)
		err = stream_dequeue(results(m2m), &row->buf, &row->taken);
	if (m2m->how == HOW_BLOCK)
		row->asked_ns = row->taken.enter;
	if (err)
		return err;
	if (m2m->log)
		log_row(m2m, row);
	m2m->taken++;
	if (m2m->shows)
		return free_output(m2m, row, row->buf.index);
	if (!m2m->lossy)
		err = take_output(m2m, row);
	if (!err && m2m->starve)
		err = fill(m2m);
	return err ? err : stream_queue(&m2m->cap, row->buf.index, NULL, NULL);
}

static int run_frames(struct m2m *m2m)
{
	int err = 0;

	while (!err && m2m->taken < m2m->options.frames) {
		stop_limit(m2m->options.timeout_ns);
		err = feeds(m2m) ? feed(m2m) : take(m2m);
	}
	stop_limit(0);
	return err;
}

/*
 * Begin and end
 */

static int open_node(struct vdev *dev, const char *name, const char *what)
{
	char path[CAPTURE_PATH];
	int err = capture_find(what, name, V4L2_CAP_STREAMING, path);

	if (err)
		return err;
	err = vdev_open(dev, path, V4L2_CAP_STREAMING);
	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	return err;
}

static int init_streams(struct m2m *m2m)
{
	const enum v4l2_memory memory =
		m2m->memory == MEMORY_DMABUF ? V4L2_MEMORY_DMABUF : V4L2_MEMORY_MMAP;
	int err = stream_init(&m2m->out, &m2m->dev, true, memory);

	if (!err && !m2m->shows)
		err = stream_init(&m2m->cap, m2m->capture ? &m2m->cap_dev : &m2m->dev, false,
				  V4L2_MEMORY_MMAP);
	if (!err && m2m->source)
		err = stream_init(&m2m->from, &m2m->source_dev, false, V4L2_MEMORY_MMAP);
	m2m->out.creates = m2m->cap.creates = m2m->create;
	return err;
}

/* As the source has them, which is asked; a mem2mem node's own are other ones for each client. */
static int set_formats(struct m2m *m2m)
{
	uint32_t width = m2m->setup.width, height = m2m->setup.height, pixelformat = 0;
	int err = init_streams(m2m);

	if (!err && m2m->source) {
		width = m2m->from.width;
		height = m2m->from.height;
		pixelformat = m2m->from.pixelformat;
	}
	if (!err)
		err = stream_set_format(&m2m->out, width, height, pixelformat);
	if (!err && !m2m->shows)
		err = stream_set_format(&m2m->cap, width, height, 0);
	if (!err && (m2m->out.width != width || m2m->out.height != height ||
		     (pixelformat && m2m->out.pixelformat != pixelformat)))
		err = v4l2_fail(-ENOTSUP, "%s takes no %.4s of %ux%u", m2m->dev.path,
				pixelformat ? (const char *)&pixelformat : "frames", width, height);
	return err;
}

static int get_buffers(struct m2m *m2m)
{
	int err = m2m->shows ? 0 : stream_request(&m2m->cap, m2m->starve ? 1 : m2m->setup.buffers);

	if (!err && m2m->source)
		err = stream_request(&m2m->from, m2m->setup.buffers);
	if (!err && m2m->source)
		err = stream_allocate(&m2m->from);
	if (!err)
		err = stream_request(&m2m->out, m2m->memory == MEMORY_DMABUF ? m2m->from.count
									     : m2m->setup.buffers);
	if (!err && m2m->memory == MEMORY_DMABUF)
		err = stream_share(&m2m->out, &m2m->from);
	else if (!err)
		err = stream_allocate(&m2m->out);
	return err;
}

static int start(struct m2m *m2m)
{
	int err = m2m->shows ? 0 : stream_queue_all(&m2m->cap);

	if (!err)
		err = stream_start(&m2m->out);
	if (!err && !m2m->shows)
		err = stream_start(&m2m->cap);
	if (!err && m2m->source)
		err = stream_queue_all(&m2m->from);
	if (!err && m2m->source)
		err = stream_start(&m2m->from);
	return err;
}

static bool has_capture(const struct vdev *dev)
{
	unsigned int caps = 0;

	return device_caps(dev->path, &caps) ||
	       caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE);
}

static int begin(struct m2m *m2m)
{
	struct v4l2_ext_control job = {.id = CID_TRANS_TIME_MSEC, .value = (int)m2m->job_ms};
	int err = open_node(&m2m->dev, m2m->device, "mem2mem node");

	if (!err && m2m->source)
		err = open_node(&m2m->source_dev, m2m->source, "source");
	if (!err && m2m->capture)
		err = open_node(&m2m->cap_dev, m2m->capture, "node of what comes out");
	if (err)
		return err;
	m2m->shows = !m2m->capture && !has_capture(&m2m->dev);
	err = set_formats(m2m);
	if (!err && m2m->job_ms)
		err = vdev_set_controls(&m2m->dev, &job, 1);
	if (!err)
		err = get_buffers(m2m);
	if (!err)
		err = start(m2m);
	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	return err;
}

static void end(struct m2m *m2m)
{
	struct stream *const streams[] = {&m2m->from, &m2m->out, &m2m->cap};

	for (int i = 0; i < 3; i++) {
		stream_stop(streams[i]);
		stream_free(streams[i]);
	}
	vdev_close(&m2m->source_dev);
	vdev_close(&m2m->cap_dev);
	vdev_close(&m2m->dev);
}

/*
 * The log
 */

static void log_buffer(struct csv *csv, const struct stream_buffer *buf)
{
	csv_u64(csv, buf->sequence);
	csv_u64(csv, buf->index);
}

static void log_source(struct csv *csv, const struct row *row, bool is_there)
{
	if (is_there) {
		log_buffer(csv, &row->source);
	} else {
		csv_empty(csv);
		csv_empty(csv);
	}
	csv_u64(csv, timeval_ns(row->source.timestamp));
	csv_time(csv, row->source_taken.enter); /* its DQBUF blocks: then it asks */
	csv_time(csv, row->source_taken.enter);
	csv_time(csv, row->source_taken.leave);
}

static void log_row(const struct m2m *m2m, const struct row *row)
{
	csv_u64(m2m->log, m2m->taken);
	log_source(m2m->log, row, m2m->source);
	csv_u64(m2m->log, row->out_index);
	csv_u64(m2m->log, row->queued.enter);
	csv_u64(m2m->log, row->queued.leave);
	log_buffer(m2m->log, &row->buf);
	csv_u64(m2m->log, row->buf.flags);
	csv_u64(m2m->log, timeval_ns(row->buf.timestamp));
	csv_u64(m2m->log, row->asked_ns);
	csv_time(m2m->log, row->woken_ns);
	csv_u64(m2m->log, row->taken.enter);
	csv_u64(m2m->log, row->taken.leave);
	csv_i64(m2m->log, syscall(SYS_gettid));
	csv_end_row(m2m->log);
}

static int run(void *env)
{
	struct m2m *m2m = env;
	int err, status = EXIT_FAILED;

	if (m2m->memory == MEMORY_DMABUF && !m2m->source)
		args_fail("--memory dmabuf needs a --source whose buffers they are");
	if (m2m->lossy && !m2m->capture)
		args_fail("--lossy needs a --capture");
	if (m2m->depth > m2m->setup.buffers)
		args_fail("--depth %u needs as many --buffers", m2m->depth);
	delay_check(&m2m->late, "late");
	if (m2m->options.csv && output_open(&m2m->log, m2m->options.csv, true, LOG_HEADER))
		return EXIT_FAILED;
	err = begin(m2m);
	if (!err) {
		err = run_frames(m2m);
		status = client_tell(m2m->taken, err);
	}
	end(m2m);
	if (m2m->log && output_commit(m2m->log, m2m->options.csv))
		status = EXIT_FAILED;
	return status;
}

/*
 * The command line
 */

enum {
	OPT_DEVICE = OPTIONS_OWN,
	OPT_CAPTURE,
	OPT_LOSSY,
	OPT_CREATE,
	OPT_STARVE,
	OPT_MEMORY,
	OPT_HOW,
	OPT_DEPTH,
	OPT_JOB_MS,
	OPT_LATE,
	OPT_LATE_EVERY,
};

static const struct argp_option table[] = {
	{"device", OPT_DEVICE, "DEVICE", 0, "the node, or an output device (default vim2m)", 0},
	{"capture", OPT_CAPTURE, "DEVICE", 0,
	 "the node that frames come out of, if it is another one: of an ISP", 0},
	{"lossy", OPT_LOSSY, NULL, 0, "not all do: those that don't have no row", 0},
	{"create", OPT_CREATE, NULL, 0, "get the node's buffers by CREATE_BUFS alone", 0},
	{"starve", OPT_STARVE, NULL, 0,
	 "jobs wait for one CAPTURE buffer, which goes back when there are --depth frames again",
	 0},
	{"source", OPTIONS_SOURCE, "DEVICE", 0,
	 "where frames come from, or " NO_SOURCE " (default " NO_SOURCE ")", 0},
	{"size", OPTIONS_SIZE, "WxH", 0, "of frames made here (default 640x480)", 0},
	{"buffers", OPTIONS_BUFFERS, "N", 0, "of each queue, 1 to 32 (default 4)", 0},
	{"memory", OPT_MEMORY, "WHAT", 0,
	 "mmap: frames are copied; dmabuf: handed on (default mmap)", 0},
	{"how", OPT_HOW, "WHAT", 0, "block or poll (default block)", 0},
	{"depth", OPT_DEPTH, "N", 0, "frames in the node at once (default 1)", 0},
	{"job-ms", OPT_JOB_MS, "MS", 0, "how long a job is to take, which vim2m can be told", 0},
	{"late", OPT_LATE, "MS", 0, "sleep so long before a frame is asked for", 0},
	{"late-every", OPT_LATE_EVERY, "N", 0, "before every Nth frame only", 0},
	{0},
};

static const char doc[] =
	"Send frames through a V4L2 mem2mem node, in the format that their source has."
	"\vFrames are 300 if nothing else is said.\n"
	"\n"
	"The columns of --csv: frame, the number, from 0; source_sequence, source_index of the "
	"source's buffer; source_timestamp_ns, which the node is to copy; source_asked_ns, "
	"source_enter_ns, source_leave_ns, around the source's DQBUF, which blocks; out_index, "
	"qbuf_ns, queued_ns, around OUTPUT's QBUF; sequence, index, flags, timestamp_ns of the "
	"CAPTURE buffer, or of an output device's own; asked_ns, before poll() or a DQBUF that "
	"blocks, woken_ns, behind poll(), "
	"enter_ns and leave_ns, around CAPTURE's DQBUF; tid. Times are CLOCK_MONOTONIC. A cell is "
	"empty where there was no such thing.\n"
	"\n"
	"EXAMPLES\n"
	"  guest-m2m --job-ms 5 --depth 3 --csv m2m.csv\n"
	"  guest-m2m --device stateful-encoder --source vivid --memory dmabuf\n"
	"\n" CLIENT_EXIT_DOC;

static bool set(void *env, int key, const char *text)
{
	struct m2m *m2m = env;

	switch (key) {
	case OPT_DEVICE:
		m2m->device = text;
		return true;
	case OPTIONS_SOURCE:
		m2m->source = strcmp(text, NO_SOURCE) != 0 ? text : NULL;
		return true;
	case OPT_CAPTURE:
		m2m->capture = text;
		return true;
	case OPT_LOSSY:
		m2m->lossy = true;
		return true;
	case OPT_CREATE:
		m2m->create = true;
		return true;
	case OPT_STARVE:
		m2m->starve = true;
		return true;
	case OPT_MEMORY:
		m2m->memory = options_parse_choice("--memory", text, memories);
		return true;
	case OPT_HOW:
		m2m->how = options_parse_choice("--how", text, hows);
		return true;
	case OPT_DEPTH:
		m2m->depth = options_parse_number("--depth", text, 1, VIDEO_MAX_FRAME);
		return true;
	case OPT_JOB_MS:
		m2m->job_ms = options_parse_number("--job-ms", text, 1, MAX_JOB_MS);
		return true;
	case OPT_LATE:
		m2m->late.ns = delay_parse_ms("--late", text);
		return true;
	case OPT_LATE_EVERY:
		m2m->late.every = delay_parse_every("--late-every", text);
		return true;
	}
	return options_video_set(&m2m->setup, key, text) ||
	       options_rows_set(&m2m->options, key, text);
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
	static struct m2m m2m = {
		.options = OPTIONS_ROWS_DEFAULTS(NULL),
		.setup = OPTIONS_VIDEO_DEFAULTS,
		.device = "vim2m",
		.depth = 1,
		.dev.fd = -1,
		.source_dev.fd = -1,
		.cap_dev.fd = -1,
	};

	return tool_main(&tool, &m2m, argc, argv);
}
