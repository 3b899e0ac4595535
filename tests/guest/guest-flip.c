// SPDX-License-Identifier: MIT
/*
 * guest-flip.c - frames onto a display, and when what was done to them, by its own clock
 *
 * They come from a capture node, perhaps through a mem2mem one, whose buffers the card shows; or the
 * other way round; or they are copied, or made here. What is traced of them is held against the log.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdrm/drm_fourcc.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/csv.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "tests/guest/client.h"
#include "tests/guest/kms.h"
#include "tests/guest/stream.h"
#include "user/lib/capture.h"
#include "user/lib/options.h"
#include "user/lib/output.h"
#include "user/lib/tool.h"

#define NO_SOURCE "self"
#define LOG_HEADER                                                                          \
	"frame,source_sequence,source_enter_ns,source_leave_ns,sequence,qbuf_ns,queued_ns," \
	"event_sequence,event_ns,enter_ns,leave_ns,tid"

static const char *const ways[] = {"flip", "atomic", "block", "plane", NULL};

enum memory { MEMORY_EXPORT, MEMORY_IMPORT, MEMORY_COPY };
static const char *const memories[] = {"export", "import", "copy", NULL};

/* A frame, as the log has it. */
struct row {
	struct stream_buffer source;
	struct vstamps taken; /* from the source, or from the node behind it */
	struct vstamps shown;
	struct kms_event event;
	struct vstamps told; /* enter 0: no event was asked for */
};

struct flip {
	struct options_rows options;
	struct vsetup setup;
	const char *device; /* the card's driver */
	const char *source; /* NULL: frames are made here */
	const char *through; /* NULL: they go to the card as they are */
	unsigned int way;
	unsigned int memory;
	struct delay late;
	bool twice; /* each is committed again at once */
	bool point; /* and with it a pointer */

	struct kms kms;
	struct vdev source_dev, through_dev;
	struct stream from, out, cap;
	struct stream *last; /* whose buffers are shown; NULL: they are the card's */
	struct heap_buf own[STREAM_MAX_BUFFERS]; /* the card's */
	uint32_t fbs[STREAM_MAX_BUFFERS];
	unsigned int held; /* the buffer of @last that is on the screen */
	uint64_t shown;
	uint64_t refused;
	uint64_t pointers;
	struct csv *log; /* NULL: none is kept */
};

/*
 * Frames
 */

/* From the source's buffer to the mem2mem node's, which is its number from here on. */
static int go_through(struct flip *flip, struct row *row, unsigned int *index)
{
	struct stream_buffer done = {0};
	struct vstamps stamps;
	int err = stream_queue(&flip->out, row->source.index, &row->source.timestamp, NULL);

	if (!err)
		err = stream_dequeue(&flip->cap, &done, &row->taken);
	*index = done.index;
	if (!err)
		err = stream_dequeue(&flip->out, &done, &stamps);
	return err ? err : stream_queue(&flip->from, row->source.index, NULL, NULL);
}

static void copy_frame(const struct flip *flip, unsigned int to, unsigned int from)
{
	const struct heap_buf *in = &flip->from.planes[from][0];
	const struct heap_buf *out = &flip->own[to];

	memcpy(out->start, in->start, in->size < out->size ? in->size : out->size);
}

static void log_row(const struct flip *flip, const struct row *row);

/* Which framebuffer is next. */
static int take(struct flip *flip, struct row *row, unsigned int *index)
{
	int err;

	*index = (unsigned int)(flip->shown % flip->setup.buffers);
	if (!flip->source)
		return 0;
	err = stream_dequeue(&flip->from, &row->source, &row->taken);
	if (err)
		return err;
	if (flip->memory == MEMORY_COPY) {
		copy_frame(flip, *index, row->source.index);
		return stream_queue(&flip->from, row->source.index, NULL, NULL);
	}
	*index = row->source.index;
	return flip->through ? go_through(flip, row, index) : 0;
}

/* The frame is on its way: until it is shown, and what comes with it. */
static int finish(struct flip *flip, struct row *row)
{
	int err = 0;

	if (flip->shown && flip->way <= KMS_ATOMIC)
		err = kms_wait(&flip->kms, &row->event, &row->told);
	if (!err && flip->log)
		log_row(flip, row);
	flip->shown += !err;
	return err;
}

/*
 * As long as the frame of @row is not shown the card takes no other: the one before is refused. Unless
 * the vblank has come in between: then that one is shown again.
 */
static int show_twice(struct flip *flip, struct row *row)
{
	struct row again = {0};
	int err =
		kms_show(&flip->kms, (enum kms_way)flip->way, flip->fbs[flip->held], &again.shown);

	if (err && err != -EBUSY)
		return err;
	if (err) {
		flip->refused++;
		return finish(flip, row);
	}
	return finish(flip, row) ?: finish(flip, &again);
}

static int show(struct flip *flip, struct row *row, unsigned int index)
{
	int err;

	if (!flip->shown)
		return kms_set_mode(&flip->kms, flip->fbs[index], &row->shown) ?: finish(flip, row);
	err = kms_show(&flip->kms, (enum kms_way)flip->way, flip->fbs[index], &row->shown);
	if (!err)
		err = flip->twice ? show_twice(flip, row) : finish(flip, row);
	if (err || !flip->point)
		return err;
	flip->pointers++;
	return kms_point(&flip->kms);
}

/* The frame before is not on the screen any more: its buffer goes back. */
static int run_frame(struct flip *flip)
{
	struct row row = {0};
	bool first = !flip->shown;
	unsigned int index;
	int err = take(flip, &row, &index);

	if (!err && delay_is_turn(&flip->late, flip->shown))
		client_sleep(clock_ns() + flip->late.ns);
	if (!err)
		err = show(flip, &row, index);
	if (!err && !first && flip->last)
		err = stream_queue(flip->last, flip->held, NULL, NULL);
	flip->held = index;
	return err;
}

static int run_frames(struct flip *flip)
{
	int err = 0;

	while (!err && flip->shown < flip->options.frames) {
		if (stop_signal())
			return -EINTR;
		stop_limit(flip->options.timeout_ns);
		err = run_frame(flip);
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

	return err ? err : vdev_open(dev, path, V4L2_CAP_STREAMING);
}

/* What vkms and vivid have, and vim2m and vkms. */
static uint32_t pixelformat(const struct flip *flip)
{
	return flip->through ? V4L2_PIX_FMT_RGB565 : V4L2_PIX_FMT_XBGR32;
}

static int set_format(const struct flip *flip, struct stream *stream, const struct vdev *dev,
		      bool is_output, enum v4l2_memory memory)
{
	int err = stream_init(stream, dev, is_output, memory);

	if (!err)
		err = stream_set_format(stream, flip->setup.width, flip->setup.height,
					pixelformat(flip));
	if (!err && (stream->width != flip->setup.width || stream->height != flip->setup.height ||
		     stream->pixelformat != pixelformat(flip)))
		err = v4l2_fail(-ENOTSUP, "%s has no such frames", dev->path);
	return err;
}

static int begin_source(struct flip *flip)
{
	int err = open_node(&flip->source_dev, flip->source, "source");

	if (!err)
		err = set_format(flip, &flip->from, &flip->source_dev, false,
				 flip->memory == MEMORY_IMPORT ? V4L2_MEMORY_DMABUF
							       : V4L2_MEMORY_MMAP);
	if (!err)
		err = stream_set_rate(&flip->from, flip->setup.fps);
	if (!err)
		err = stream_request(&flip->from, flip->setup.buffers);
	if (!err && flip->memory != MEMORY_IMPORT)
		err = stream_allocate(&flip->from);
	flip->last = flip->memory == MEMORY_COPY ? NULL : &flip->from;
	return err;
}

static int begin_through(struct flip *flip)
{
	int err = open_node(&flip->through_dev, flip->through, "mem2mem node");

	if (!err)
		err = set_format(flip, &flip->out, &flip->through_dev, true, V4L2_MEMORY_DMABUF);
	if (!err)
		err = set_format(flip, &flip->cap, &flip->through_dev, false, V4L2_MEMORY_MMAP);
	if (!err)
		err = stream_request(&flip->cap, flip->setup.buffers);
	if (!err)
		err = stream_allocate(&flip->cap);
	if (!err)
		err = stream_request(&flip->out, flip->from.count);
	if (!err)
		err = stream_share(&flip->out, &flip->from);
	flip->last = &flip->cap;
	return err;
}

/* The dma_buf of buffer @index of the last node. */
static int export_last(const struct flip *flip, unsigned int index, struct heap_buf *buf)
{
	struct v4l2_exportbuffer export = {
		.type = flip->last->type, .index = index, .flags = O_RDWR | O_CLOEXEC};

	if (ioctl(flip->last->dev->fd, VIDIOC_EXPBUF, &export))
		return v4l2_fail(-errno, "cannot export buffers of %s", flip->last->dev->path);
	buf->fd = export.fd;
	return 0;
}

/* Framebuffer @index: of the last node's buffer, or of the card's own, which a source may have, too. */
static int make_framebuffer(struct flip *flip, unsigned int index)
{
	const unsigned int bytes = flip->through ? 2 : 4;
	const uint32_t fourcc = flip->through ? DRM_FORMAT_RGB565 : DRM_FORMAT_XRGB8888;
	struct heap_buf *own = &flip->own[index];
	uint32_t pitch = flip->setup.width * bytes;
	int err;

	if (flip->last && flip->memory == MEMORY_EXPORT)
		err = export_last(flip, index, own);
	else
		err = kms_allocate(&flip->kms, bytes, own, &pitch);
	if (!err)
		err = kms_add(&flip->kms, own->fd, fourcc, pitch, &flip->fbs[index]);
	if (flip->memory == MEMORY_IMPORT)
		flip->from.planes[index][0] = *own;
	return err;
}

static int start(struct flip *flip)
{
	int err = 0;

	if (flip->through) {
		err = stream_queue_all(&flip->cap);
		if (!err)
			err = stream_start(&flip->out);
		if (!err)
			err = stream_start(&flip->cap);
	}
	if (!err && flip->source)
		err = stream_queue_all(&flip->from);
	return err || !flip->source ? err : stream_start(&flip->from);
}

static int begin(struct flip *flip)
{
	int err = kms_open(&flip->kms, flip->device, flip->setup.width, flip->setup.height);

	if (!err && flip->source)
		err = begin_source(flip);
	if (!err && flip->through)
		err = begin_through(flip);
	if (!err && flip->last)
		flip->setup.buffers = flip->last->count;
	for (unsigned int i = 0; !err && i < flip->setup.buffers; i++)
		err = make_framebuffer(flip, i);
	if (!err)
		err = start(flip);
	if (err)
		msg_errno(err, capture_way_out(err), "%s", v4l2_error());
	return err;
}

static void end(struct flip *flip)
{
	struct stream *const streams[] = {&flip->from, &flip->out, &flip->cap};

	kms_close(&flip->kms);
	for (int i = 0; i < 3; i++)
		stream_stop(streams[i]);
	vdev_close(&flip->through_dev);
	vdev_close(&flip->source_dev);
}

/*
 * The log
 */

static void log_time(const struct flip *flip, uint64_t value, bool is_there)
{
	if (is_there)
		csv_u64(flip->log, value);
	else
		csv_empty(flip->log);
}

static void log_row(const struct flip *flip, const struct row *row)
{
	csv_u64(flip->log, flip->shown);
	log_time(flip, row->source.sequence, flip->source);
	log_time(flip, row->taken.enter, flip->source);
	log_time(flip, row->taken.leave, flip->source);
	csv_u64(flip->log, flip->shown);
	csv_u64(flip->log, row->shown.enter);
	csv_u64(flip->log, row->shown.leave);
	log_time(flip, row->event.sequence, row->told.enter);
	log_time(flip, row->event.ns, row->told.enter);
	log_time(flip, row->told.enter, row->told.enter);
	log_time(flip, row->told.leave, row->told.enter);
	csv_i64(flip->log, syscall(SYS_gettid));
	csv_end_row(flip->log);
}

static int run(void *env)
{
	struct flip *flip = env;
	int err, status = EXIT_FAILED;

	if (flip->through && (!flip->source || flip->memory != MEMORY_EXPORT))
		args_fail("--through needs a --source, whose buffers are exported");
	if (flip->twice && (flip->source || flip->way > KMS_ATOMIC))
		args_fail("--twice goes with frames made here, and with events");
	if (flip->options.csv && output_open(&flip->log, flip->options.csv, true, LOG_HEADER))
		return EXIT_FAILED;
	err = begin(flip);
	if (!err) {
		err = run_frames(flip);
		status = client_tell(flip->shown, err);
		printf("%" PRIu64 " refused, %" PRIu64 " pointers\n", flip->refused,
		       flip->pointers);
	}
	end(flip);
	if (flip->log && output_commit(flip->log, flip->options.csv))
		status = EXIT_FAILED;
	return status;
}

/*
 * The command line
 */

enum {
	OPT_DEVICE = OPTIONS_OWN,
	OPT_THROUGH,
	OPT_HOW,
	OPT_MEMORY,
	OPT_LATE,
	OPT_LATE_EVERY,
	OPT_TWICE,
	OPT_POINT,
};

static const struct argp_option table[] = {
	{"device", OPT_DEVICE, "DRIVER", 0, "the card's (default vkms)", 0},
	{"source", OPTIONS_SOURCE, "DEVICE", 0,
	 "where frames come from, or " NO_SOURCE " (default " NO_SOURCE ")", 0},
	{"through", OPT_THROUGH, "DEVICE", 0, "a mem2mem node that they go through", 0},
	{"how", OPT_HOW, "WHAT", 0,
	 "flip or atomic, with an event; block (an atomic commit) or plane, without (default flip)",
	 0},
	{"memory", OPT_MEMORY, "WHAT", 0,
	 "export: the card shows the node's buffers; import: the source fills the card's; copy "
	 "(default export)",
	 0},
	{"late", OPT_LATE, "MS", 0, "sleep so long before a frame is committed", 0},
	{"late-every", OPT_LATE_EVERY, "N", 0, "before every Nth frame only", 0},
	{"twice", OPT_TWICE, NULL, 0,
	 "commit the one before behind each at once: it is refused, but for a vblank in between",
	 0},
	{"point", OPT_POINT, NULL, 0, "a new pointer behind each", 0},
	{0},
};

static const char doc[] =
	"Show frames on a display, in a mode that has their size."
	"\vFrames are 300 if nothing else is said. The first one comes with the mode, by SETCRTC.\n"
	"\n"
	"The columns of --csv: frame, the number, from 0; source_sequence; source_enter_ns, "
	"source_leave_ns, around the DQBUF of the source, or of the node behind it; sequence, as "
	"frame; qbuf_ns, queued_ns, around the commit; event_sequence, event_ns, of the vblank, as "
	"the "
	"event has them; enter_ns and leave_ns, around the read() of that; tid. Times are "
	"CLOCK_MONOTONIC. A cell is empty where there was no such thing.\n"
	"\n"
	"EXAMPLES\n"
	"  guest-flip --source vivid --csv flip.csv\n"
	"  guest-flip --source vivid --memory copy --how atomic\n"
	"\n" CLIENT_EXIT_DOC;

static bool set(void *env, int key, const char *text)
{
	struct flip *flip = env;

	switch (key) {
	case OPT_DEVICE:
		flip->device = text;
		return true;
	case OPTIONS_SOURCE:
		flip->source = strcmp(text, NO_SOURCE) != 0 ? text : NULL;
		return true;
	case OPT_THROUGH:
		flip->through = text;
		return true;
	case OPT_HOW:
		flip->way = options_parse_choice("--how", text, ways);
		return true;
	case OPT_MEMORY:
		flip->memory = options_parse_choice("--memory", text, memories);
		return true;
	case OPT_LATE:
		flip->late.ns = delay_parse_ms("--late", text);
		return true;
	case OPT_LATE_EVERY:
		flip->late.every = delay_parse_every("--late-every", text);
		return true;
	case OPT_TWICE:
		flip->twice = true;
		return true;
	case OPT_POINT:
		flip->point = true;
		return true;
	}
	return options_video_set(&flip->setup, key, text) ||
	       options_rows_set(&flip->options, key, text);
}

static const struct tool tool = {
	.doc = doc,
	.arguments = (const int[]){0},
	.tables = {table, options_video_table, options_rows_table},
	.set = set,
	.run = run,
};

int main(int argc, char **argv)
{
	static struct flip flip = {
		.options = OPTIONS_ROWS_DEFAULTS(NULL),
		.setup = OPTIONS_VIDEO_DEFAULTS,
		.device = "vkms",
		.kms.fd = -1,
		.source_dev.fd = -1,
		.through_dev.fd = -1,
	};

	return tool_main(&tool, &flip, argc, argv);
}
