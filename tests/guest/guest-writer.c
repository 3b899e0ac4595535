// SPDX-License-Identifier: MIT
/*
 * guest-writer.c - writes frames to a V4L2 output node at a rate, and says when, by its own clock
 *
 * It queues buffers, or calls write(): what is traced of its frames is held against its log.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/csv.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "tests/guest/client.h"
#include "tests/guest/stream.h"
#include "user/lib/capture.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/tool.h"

#define LOG_HEADER "frame,enter_ns,leave_ns,tid"
#define WIDTH	   320
#define HEIGHT	   180

enum how { HOW_QUEUE, HOW_WRITE };
static const char *const hows[] = {"queue", "write", NULL};

struct writer {
	struct options_rows options;
	const char *device;
	unsigned int buffers;
	unsigned int fps;
	unsigned int how;

	struct vdev dev;
	struct stream stream;
	char *image; /* of write() */
	struct vstamps *rows; /* around QBUF, or write() */
	uint64_t n_rows;
};

static int begin_stream(struct writer *writer)
{
	struct stream *stream = &writer->stream;

	return stream_request(stream, writer->buffers) ?: stream_allocate(stream)
		       ?: stream_start(stream);
}

static int begin(struct writer *writer)
{
	bool writes = writer->how == HOW_WRITE;
	uint32_t caps = V4L2_CAP_VIDEO_OUTPUT | (writes ? V4L2_CAP_READWRITE : V4L2_CAP_STREAMING);
	char path[CAPTURE_PATH];
	int err = capture_find("device", writer->device, caps, path);

	if (err)
		return err;
	err = vdev_open(&writer->dev, path, caps)
		      ?: stream_init(&writer->stream, &writer->dev, true, V4L2_MEMORY_MMAP)
		      ?: stream_set_format(&writer->stream, WIDTH, HEIGHT, V4L2_PIX_FMT_YUYV);
	writer->rows = calloc(writer->options.frames, sizeof(*writer->rows));
	writer->image = calloc(1, writer->stream.sizes[0]);
	if (!err && (!writer->rows || !writer->image))
		err = v4l2_fail(-ENOMEM, "cannot get memory for the rows");
	if (!err && !writes)
		err = begin_stream(writer);
	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	return err;
}

static int write_frame(struct writer *writer, struct vstamps *stamps)
{
	ssize_t n;

	stamps->enter = clock_ns();
	n = write(writer->dev.fd, writer->image, writer->stream.sizes[0]);
	stamps->leave = clock_ns();
	if (n == (ssize_t)writer->stream.sizes[0])
		return 0;
	return v4l2_fail(n < 0 ? -errno : -EIO, "cannot write to %s", writer->dev.path);
}

/* In the next buffer that comes back, or one that has not been queued yet. */
static int queue_frame(struct writer *writer, struct vstamps *stamps)
{
	struct stream_buffer buf = {.index = (unsigned int)writer->n_rows};
	struct vstamps taken;
	int err = 0;

	if (writer->n_rows >= writer->stream.count)
		err = stream_dequeue(&writer->stream, &buf, &taken);
	return err ?: stream_queue(&writer->stream, buf.index, NULL, stamps);
}

static int step(struct writer *writer)
{
	struct vstamps *stamps = &writer->rows[writer->n_rows];
	int err = writer->how == HOW_WRITE ? write_frame(writer, stamps)
					   : queue_frame(writer, stamps);

	writer->n_rows += !err;
	return err;
}

static int write_log(const struct writer *writer)
{
	struct csv *csv;
	int err;

	if (!writer->options.csv)
		return 0;
	err = output_open(&csv, writer->options.csv, true, LOG_HEADER);
	for (uint64_t i = 0; !err && i < writer->n_rows; i++) {
		csv_u64(csv, i);
		csv_u64(csv, writer->rows[i].enter);
		csv_u64(csv, writer->rows[i].leave);
		csv_i64(csv, syscall(SYS_gettid));
		csv_end_row(csv);
	}
	return err ?: output_commit(csv, writer->options.csv);
}

static int run(void *env)
{
	struct writer *writer = env;
	uint64_t period_ns = NS_PER_SEC / writer->fps, due_ns;
	int err = begin(writer), status;

	if (err)
		return EXIT_FAILED;
	due_ns = clock_ns();
	while (!err && !stop_signal() && writer->n_rows < writer->options.frames) {
		err = step(writer);
		due_ns += period_ns;
		if (!err)
			client_sleep(due_ns);
	}
	status = client_tell(writer->n_rows, err);
	stream_stop(&writer->stream);
	stream_free(&writer->stream);
	vdev_close(&writer->dev);
	if (write_log(writer))
		status = EXIT_FAILED;
	free(writer->image);
	free(writer->rows);
	return status;
}

enum {
	OPT_DEVICE = OPTIONS_OWN,
	OPT_HOW,
};

static const struct argp_option table[] = {
	{"device", OPT_DEVICE, "DEVICE", 0, "the node", 0},
	{"buffers", OPTIONS_BUFFERS, "N", 0, "buffers to ask for, 1 to 64 (default 4)", 0},
	{"fps", OPTIONS_FPS, "N", 0, "frames a second (default 30)", 0},
	{"how", OPT_HOW, "WHAT", 0, "queue or write (default queue)", 0},
	{0},
};

static const char doc[] =
	"Write frames of 320x180 YUYV to a V4L2 output node at a rate."
	"\vFrames are 300 if nothing else is said. The columns of --csv: frame, the number, from "
	"0; "
	"enter_ns and leave_ns, around QBUF or write(); tid. Times are CLOCK_MONOTONIC.\n"
	"\n"
	"EXAMPLES\n"
	"  guest-writer --device /dev/video0 --how write --csv writer.csv\n"
	"\n" CLIENT_EXIT_DOC;

static bool set(void *env, int key, const char *text)
{
	struct writer *writer = env;

	switch (key) {
	case OPT_DEVICE:
		writer->device = text;
		return true;
	case OPTIONS_BUFFERS:
		writer->buffers = options_parse_number("--buffers", text, 1, STREAM_MAX_BUFFERS);
		return true;
	case OPTIONS_FPS:
		writer->fps = options_parse_number("--fps", text, 1, 1000);
		return true;
	case OPT_HOW:
		writer->how = options_parse_choice("--how", text, hows);
		return true;
	}
	return options_rows_set(&writer->options, key, text);
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
	static struct writer writer = {
		.options = OPTIONS_ROWS_DEFAULTS(NULL),
		.device = "/dev/video0",
		.buffers = 4,
		.fps = 30,
		.dev.fd = -1,
	};

	return tool_main(&tool, &writer, argc, argv);
}
