// SPDX-License-Identifier: MIT
/*
 * guest-usbcam.c - a USB camera for uvcvideo, which does to its frames what a test asks for
 *
 * A bad camera, cable or bus makes frames with the error bit, frames of which packets are
 * missing, frames that come late or not at all. What was done to which frame, and when, is in
 * the log: what is read from a driver, or traced, is held against it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/usb/video.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/csv.h"
#include "lib/msg.h"
#include "lib/stop.h"
#include "tests/guest/usbip.h"
#include "tests/guest/uvc.h"
#include "user/lib/options.h"
#include "user/lib/tool.h"

#define DEFAULT_FPS 30
#define MAX_EVERY   1000000
#define NS_PER_MS   (1000 * NS_PER_US)
#define LOG_HEADER  "frame,stream,sequence,fate,due_ns,first_ns,last_ns"

/* In front of the pixels in each packet: how long it is itself, and flags. */
#define PACKET_HEAD 2

/* Byte i of frame n is (i + n) % PERIOD: it tells which frame it is, and that all is in place. */
#define PERIOD 251

/* What becomes of a frame: the first of these whose turn it is, else it is good. */
enum fate { FATE_SKIPPED, FATE_LOSSY, FATE_ERROR, FATE_LATE, FATE_GOOD };

static const char *const fate_names[] = {"skipped", "lossy", "error", "late", "good"};

struct frame {
	uint64_t number; /* of all that the camera has made, from 0 */
	uint64_t sequence; /* of those that it has sent in this stream, from 0 */
	enum fate fate;
	uint64_t due_ns;
	uint64_t begun_ns; /* on the bus, which is behind by up to a transfer; 0: not yet */
	uint64_t first_ns; /* its first packet was handed over not before that; 0: not yet */
	uint64_t last_ns; /* its last one, likewise */
	uint32_t sent; /* bytes of its pixels, those that were lost included */
};

struct camera {
	struct uvc uvc;
	uint64_t every[FATE_GOOD]; /* which every Nth frame meets; 0: none does */
	uint64_t late_ns;
	uint64_t frames; /* after which it unplugs itself; 0: never */
	const char *log_path;

	struct csv *log; /* NULL: none is kept */
	int fd; /* of the cable */
	struct usbip_transfer *transfers; /* isochronous ones, until their time has come */
	uint64_t bus_ns; /* when the next packet's turn is */
	uint64_t streams; /* begun so far */
	struct frame frame; /* that is sent, or comes next */
	uint8_t pixels[UVC_FRAME_SIZE + PERIOD]; /* those of frame n begin at n % PERIOD */
};

/*
 * Frames
 */

static enum fate fate_of(const struct camera *cam, uint64_t number)
{
	for (enum fate fate = 0; fate < FATE_GOOD; fate++) {
		if (cam->every[fate] && (number + 1) % cam->every[fate] == 0)
			return fate;
	}
	return FATE_GOOD;
}

static bool all_made(const struct camera *cam)
{
	return cam->frames && cam->frame.number == cam->frames;
}

/* Its errors are told of when it is complete. */
static void log_frame(struct csv *log, const struct frame *frame, uint64_t stream)
{
	csv_u64(log, frame->number);
	csv_u64(log, stream);
	if (frame->fate == FATE_SKIPPED)
		csv_empty(log);
	else
		csv_u64(log, frame->sequence);
	csv_str(log, fate_names[frame->fate]);
	csv_u64(log, frame->due_ns);
	csv_time(log, frame->first_ns);
	csv_time(log, frame->last_ns);
	csv_end_row(log);
}

/*
 * This one is over. The next is due a period later, but where this one came later than that,
 * a period after it: a camera does not catch up.
 */
static void next_frame(struct camera *cam)
{
	const uint64_t period_ns = NS_PER_SEC / cam->uvc.fps;
	const struct frame old = cam->frame;
	const bool too_late = old.begun_ns > old.due_ns + period_ns;

	if (cam->log)
		log_frame(cam->log, &old, cam->streams);
	cam->frame = (struct frame){
		.number = old.number + 1,
		.sequence = old.sequence + (old.fate != FATE_SKIPPED),
		.fate = fate_of(cam, old.number + 1),
		.due_ns = (too_late ? old.begun_ns : old.due_ns) + period_ns,
	};
}

/* The next packet is handed over at @now_ns: has a frame something for it? */
static bool has_data(struct camera *cam, uint64_t now_ns)
{
	struct frame *frame = &cam->frame;

	while (!all_made(cam) && !frame->begun_ns) {
		const uint64_t wait_ns = frame->fate == FATE_LATE ? cam->late_ns : 0;

		if (cam->bus_ns < frame->due_ns + wait_ns)
			return false;
		frame->begun_ns = cam->bus_ns;
		if (frame->fate == FATE_SKIPPED)
			next_frame(cam);
		else
			frame->first_ns = now_ns;
	}
	return !all_made(cam);
}

/* Of a lossy frame a quarter is lost, neither its first packet nor its last. */
static bool is_lost(const struct frame *frame)
{
	return frame->fate == FATE_LOSSY && frame->sent >= UVC_FRAME_SIZE / 4 &&
	       frame->sent < UVC_FRAME_SIZE / 2;
}

/* What the frame has for a packet, longer than its head, which goes @to the host. */
static void fill_packet(struct camera *cam, struct usbip_packet *packet, uint8_t *to,
			uint64_t now_ns)
{
	struct frame *frame = &cam->frame;
	uint32_t room = packet->length - PACKET_HEAD;
	uint32_t left = UVC_FRAME_SIZE - frame->sent;
	const bool is_last = left <= room;
	uint32_t size = is_last ? left : room;

	if (is_lost(frame)) {
		packet->status = -EPROTO; /* as host controllers say it */
	} else {
		packet->actual = PACKET_HEAD + size;
		to[0] = PACKET_HEAD;
		to[1] = UVC_STREAM_EOH | (frame->sequence % 2 ? UVC_STREAM_FID : 0) |
			(is_last ? UVC_STREAM_EOF : 0) |
			(frame->fate == FATE_ERROR ? UVC_STREAM_ERR : 0);
		memcpy(to + PACKET_HEAD, cam->pixels + frame->number % PERIOD + frame->sent, size);
	}
	frame->sent += size;
	if (is_last) {
		frame->last_ns = now_ns;
		next_frame(cam);
	}
}

/*
 * Transfers
 */

/* When its last packet has had its turn. */
static uint64_t end_of(const struct camera *cam, const struct usbip_transfer *transfer)
{
	return cam->bus_ns + transfer->n_packets * UVC_MICROFRAME_NS;
}

/* What passes on the bus while the host asks for nothing is nobody's: the camera waits. */
static void enqueue(struct camera *cam, struct usbip_transfer *transfer)
{
	struct usbip_transfer **at = &cam->transfers;
	uint64_t now_ns = clock_ns();

	if (!*at && cam->bus_ns < now_ns)
		cam->bus_ns = now_ns;
	while (*at)
		at = &(*at)->next;
	*at = transfer;
}

static int complete_first(struct camera *cam)
{
	struct usbip_transfer *transfer = cam->transfers;
	uint64_t now_ns = clock_ns();

	cam->transfers = transfer->next;
	for (unsigned int i = 0; i < transfer->n_packets; i++) {
		struct usbip_packet *packet = &transfer->packets[i];

		packet->actual = 0;
		packet->status = 0;
		if (packet->length > PACKET_HEAD && cam->uvc.streaming && has_data(cam, now_ns))
			fill_packet(cam, packet, transfer->data + packet->offset, now_ns);
		cam->bus_ns += UVC_MICROFRAME_NS;
	}
	return usbip_complete(cam->fd, transfer, 0, 0);
}

/* Is it there to be given up? */
static bool give_up(struct camera *cam, uint32_t id)
{
	for (struct usbip_transfer **at = &cam->transfers; *at; at = &(*at)->next) {
		struct usbip_transfer *transfer = *at;

		if (transfer->id == id) {
			*at = transfer->next;
			usbip_free(transfer);
			return true;
		}
	}
	return false;
}

static void begin_stream(struct camera *cam)
{
	cam->streams++;
	cam->bus_ns = clock_ns();
	cam->frame.sequence = 0;
	cam->frame.due_ns = cam->bus_ns;
}

/* The frame of which a part is sent was one, too. */
static void end_stream(struct camera *cam)
{
	if (cam->frame.begun_ns)
		next_frame(cam);
}

/*
 * The cable
 */

static int answer_control(struct camera *cam, struct usbip_transfer *transfer)
{
	const bool was_streaming = cam->uvc.streaming;
	uint8_t answer[UVC_ANSWER];
	int size = uvc_control(&cam->uvc, &transfer->setup, answer);
	uint32_t actual = transfer->length;

	if (!was_streaming && cam->uvc.streaming)
		begin_stream(cam);
	if (was_streaming && !cam->uvc.streaming)
		end_stream(cam);
	if (size < 0)
		return usbip_complete(cam->fd, transfer, size, 0);
	if (transfer->in) {
		if (actual > (uint32_t)size)
			actual = (uint32_t)size;
		memcpy(transfer->data, answer, actual);
	}
	return usbip_complete(cam->fd, transfer, 0, actual);
}

static int take_request(struct camera *cam)
{
	struct usbip_request request;
	int err = usbip_receive(cam->fd, &request);

	if (err)
		return err;
	if (!request.transfer)
		return usbip_give_up(cam->fd, &request, give_up(cam, request.unwanted));
	if (!request.transfer->n_packets)
		return answer_control(cam, request.transfer);
	enqueue(cam, request.transfer);
	return 0;
}

/* Until the host wants something, the first transfer's time has come, or a signal. */
static int wait_for_host(const struct camera *cam, bool *wants)
{
	struct pollfd cable = {.fd = cam->fd, .events = POLLIN};
	struct timespec left, *limit = NULL;
	int n;

	if (cam->transfers) {
		uint64_t now_ns = clock_ns(), end_ns = end_of(cam, cam->transfers);

		left = ns_timespec(end_ns > now_ns ? end_ns - now_ns : 0);
		limit = &left;
	}
	n = ppoll(&cable, 1, limit, NULL);
	*wants = n > 0;
	return n < 0 && errno != EINTR ? -errno : 0;
}

/* Until it is to be unplugged, or the host has let go of it. Returns 0 or -errno. */
static int be_plugged(struct camera *cam)
{
	int err = 0;

	while (!err && !stop_signal() && !all_made(cam)) {
		bool wants;

		err = wait_for_host(cam, &wants);
		if (!err && wants)
			err = take_request(cam);
		while (!err && cam->transfers && end_of(cam, cam->transfers) <= clock_ns())
			err = complete_first(cam);
	}
	end_stream(cam);
	while (cam->transfers)
		give_up(cam, cam->transfers->id);
	return err == -ENODEV ? 0 : err;
}

static const char *way_out(int err)
{
	switch (-err) {
	case ENOENT:
		return "load the module: modprobe vhci-hcd";
	case EACCES:
	case EPERM:
		return "run it as root";
	case EBUSY:
		return "unplug another device: no port is free";
	}
	return NULL;
}

static int plug_in(struct camera *cam)
{
	int err;

	cam->frame.fate = fate_of(cam, 0);
	for (unsigned int i = 0; i < sizeof(cam->pixels); i++)
		cam->pixels[i] = (uint8_t)(i % PERIOD);
	cam->fd = usbip_plug(USB_SPEED_HIGH);
	if (cam->fd < 0) {
		msg_errno(cam->fd, way_out(cam->fd), "cannot plug the camera in");
		return cam->fd;
	}
	err = be_plugged(cam);
	if (err)
		msg_errno(err, NULL, "the USB host cannot be served");
	close(cam->fd);
	return err;
}

static int run(void *env)
{
	struct camera *cam = env;
	int err = cam->log_path ? csv_create(&cam->log, cam->log_path, LOG_HEADER) : 0;
	int failed = 0;

	if (!err)
		failed = plug_in(cam);
	if (cam->log)
		err = csv_commit(cam->log);
	if (err)
		msg_errno(err, NULL, "cannot write %s", cam->log_path);
	return err || failed ? EXIT_FAILED : EXIT_GOOD;
}

/*
 * The command line
 */

enum { OPT_FPS = OPTIONS_OWN, OPT_FRAMES, OPT_LOG, OPT_SKIP, OPT_LOSE, OPT_ERROR, OPT_LATE };

static const struct argp_option table[] = {
	{"fps", OPT_FPS, "N", 0, "frames a second, 1 to 50 (default 30)", 0},
	{"frames", OPT_FRAMES, "N", 0, "unplug it once it has made so many (default: go on)", 0},
	{"skip-every", OPT_SKIP, "N", 0, "do not send every Nth frame", 0},
	{"lose-every", OPT_LOSE, "N", 0, "lose a quarter of the packets of every Nth frame", 0},
	{"error-every", OPT_ERROR, "N", 0, "set the error bit in every Nth frame", 0},
	{"late-every", OPT_LATE, "N,MS", 0, "send every Nth frame MS milliseconds late", 0},
	{"log", OPT_LOG, "FILE", 0, "write a CSV row for each frame", 0},
	{0},
};

static const char doc[] =
	"Be a USB camera, on the module vhci-hcd, until SIGTERM or Ctrl-C."
	"\vThe camera is called " UVC_NAME " and has YUYV frames of 320x240. Byte i of frame n "
	"is (i + n) % 251. Where several of the options name a frame, the first in this list "
	"counts.\n"
	"\n"
	"The log's columns: frame, the number among all, from 0; stream, of which there is one "
	"from each STREAMON on, from 1; sequence, the number among those sent in the stream, as "
	"uvcvideo counts; fate: good, skipped, lossy, error or late; due_ns, when it should have "
	"begun; first_ns and last_ns, when its first and last packet were given to the host, "
	"which had it no earlier (CLOCK_MONOTONIC). A cell is empty where there was no such "
	"thing. The file is there once the program has ended.\n"
	"\n"
	"EXAMPLES\n"
	"  modprobe -a vhci-hcd uvcvideo && guest-usbcam\n"
	"  guest-usbcam --error-every 7 --log cam.csv\n"
	"  guest-usbcam --fps 50 --frames 100         unplugged after two seconds\n"
	"\n"
	"Exit status: 0 unplugged, 1 failed, 2 usage.";

static void set_late(struct camera *cam, const char *text)
{
	unsigned int values[2];
	char why[ARGS_WHY];

	if (args_parse_list("--late-every", text, "N,MS", ',', 2, 1, MAX_EVERY, values, why))
		args_fail("%s", why);
	cam->every[FATE_LATE] = values[0];
	cam->late_ns = values[1] * NS_PER_MS;
}

static bool set(void *env, int key, const char *text)
{
	struct camera *cam = env;

	switch (key) {
	case OPT_FPS:
		cam->uvc.fps = options_parse_number("--fps", text, 1, UVC_MAX_FPS);
		return true;
	case OPT_FRAMES:
		cam->frames = options_parse_number("--frames", text, 1, ARGS_MAX_FRAMES);
		return true;
	case OPT_SKIP:
		cam->every[FATE_SKIPPED] = options_parse_number("--skip-every", text, 1, MAX_EVERY);
		return true;
	case OPT_LOSE:
		cam->every[FATE_LOSSY] = options_parse_number("--lose-every", text, 1, MAX_EVERY);
		return true;
	case OPT_ERROR:
		cam->every[FATE_ERROR] = options_parse_number("--error-every", text, 1, MAX_EVERY);
		return true;
	case OPT_LATE:
		set_late(cam, text);
		return true;
	case OPT_LOG:
		cam->log_path = text;
		return true;
	}
	return false;
}

static const struct tool tool = {
	.doc = doc,
	.arguments = (const int[]){0},
	.tables = {table},
	.set = set,
	.run = run,
};

int main(int argc, char **argv)
{
	static struct camera cam = {.uvc.fps = DEFAULT_FPS};

	return tool_main(&tool, &cam, argc, argv);
}
