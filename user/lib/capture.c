// SPDX-License-Identifier: MIT
/* capture.c - the course of a program that takes frames, see capture.h */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/args.h"
#include "lib/clock.h"
#include "lib/devices.h"
#include "lib/msg.h"
#include "lib/screen.h"
#include "lib/stop.h"
#include "lib/v4l2.h"
#include "user/lib/capture.h"
#include "user/lib/output.h"

#define PROGRESS_NS (NS_PER_SEC / 2)

const char *capture_way_out(int err)
{
	switch (-err) {
	case ENODEV:
	case ENOENT:
	case ENXIO:
		return "load what is missing (modprobe vivid, modprobe vpipe) or name another node";
	case EACCES:
	case EPERM:
		return "run it as root, or as a member of the group video";
	case EBUSY:
		return "another program is using it (fuser -v /dev/video*)";
	case ETIMEDOUT:
		return "see dmesg, or allow more time with --timeout";
	case ENOTTY:
	case ENOTSUP:
		return "name another node or size; v4l2-ctl --list-devices shows the nodes";
	}
	return NULL;
}

int capture_find(const char *what, const char *name, unsigned int caps, char path[CAPTURE_PATH])
{
	int err = device_resolve(name, caps, path, CAPTURE_PATH);

	if (err == -ENODEV)
		msg_error("no %s: none of the video nodes that could be it is named '%s...'; %s",
			  what, name, capture_way_out(err));
	else if (err)
		msg_errno(err, capture_way_out(err), "cannot use '%s' as the %s", name, what);
	return err;
}

void capture_check_rate(const char *path, unsigned int asked_fps, double actual_fps)
{
	if (!actual_fps)
		msg_warning("%s has no frame rate to set", path);
	else if (actual_fps < asked_fps * 0.999 || actual_fps > asked_fps * 1.001)
		msg_warning("%s runs at %.3f frames a second, not the %u asked for", path,
			    actual_fps, asked_fps);
}

/* A line that overwrites itself; @last_ns is when it did last. */
static void show_progress(const struct capture *capture, uint64_t *last_ns)
{
	uint64_t now = clock_ns();

	if (capture->options->quiet || now - *last_ns < PROGRESS_NS || !screen_erases_stderr())
		return;
	*last_ns = now;
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " frames ", capture->totals.rows,
		capture->options->frames);
}

static void clear_progress(const struct capture *capture)
{
	if (screen_erases_stderr() && !capture->options->quiet)
		fprintf(stderr, "\r%*s\r", 40, "");
}

/* All frames. Returns 0, or -errno with its message printed (-EINTR: none). */
static int take_frames(struct capture *capture)
{
	struct totals *totals = &capture->totals;
	uint64_t shown_ns = clock_ns();
	struct rusage_counts last = rusage_now();
	int err = 0;

	while (!err && totals->rows < capture->options->frames) {
		struct sample sample = {0};
		struct rusage_counts usage;

		err = capture->take(capture->env, &sample);
		if (err && err != -EINTR)
			msg_errno(err, capture_way_out(err), "frame %" PRIu64 ": %s", totals->rows,
				  v4l2_error());
		if (err)
			break;
		usage = rusage_lap(&last);
		/* A file that can't be written is told of at the end, by its commit. */
		if (capture->csv)
			err = capture->row(capture->env, capture->csv, totals->rows, &usage);
		if (!err)
			err = totals_add(totals, &sample, &usage);
		if (err == -ENOMEM)
			msg_errno(err, "capture fewer frames (--frames)", "cannot keep the times");
		show_progress(capture, &shown_ns);
	}
	clear_progress(capture);
	return err;
}

static void summarise(struct capture *capture)
{
	struct totals *totals = &capture->totals;

	if (totals->early)
		msg_note("%s dates frames after their delivery: latency_ns is negative in %" PRIu64
			 " rows (vivid: v4l2-ctl -d %s -c timestamp_source=1)",
			 capture->source, totals->early, capture->source);
	if (!capture->options->quiet)
		totals_print(totals, capture->what);
}

/* Returns 0 or -errno, told of. */
static int keep_rows(struct capture *capture, int err)
{
	const struct options_rows *options = capture->options;
	uint64_t rows = capture->totals.rows;

	if (!capture->csv)
		return 0;
	if (!rows) {
		csv_abort(capture->csv);
		capture->csv = NULL;
		if (err == -EINTR)
			msg_note("interrupted before the first frame: %s is not written",
				 options->csv);
		return 0;
	}
	if (output_commit(capture->csv, options->csv))
		return -EIO;
	capture->csv = NULL;
	if (err)
		msg_note("%s: %" PRIu64 " of %" PRIu64 " rows are in %s",
			 err == -EINTR ? "interrupted" : "failed", rows, options->frames,
			 options->csv);
	return 0;
}

/* Say what came of it; @err is that of what went before, or 0. Returns the exit status. */
static int finish(struct capture *capture, int err)
{
	uint64_t damaged = capture->totals.damaged;

	if (damaged)
		msg_warning("%" PRIu64 " frames are marked as damaged by the driver", damaged);
	if (keep_rows(capture, err))
		err = -EIO;
	else if (capture->totals.rows)
		summarise(capture);
	totals_free(&capture->totals);
	if (err == -EINTR)
		return 128 + stop_signal();
	if (err)
		return EXIT_FAILED;
	return damaged ? EXIT_INCOMPLETE : EXIT_GOOD;
}

int capture_run(struct capture *capture)
{
	const struct options_rows *options = capture->options;
	int err;

	if (capture->prepare(capture->env))
		return EXIT_FAILED;
	if (options->csv &&
	    output_open(&capture->csv, options->csv, options->csv_given, capture->header))
		return EXIT_FAILED;
	err = capture->open(capture->env);
	if (!err)
		err = take_frames(capture);
	capture->close(capture->env);
	return finish(capture, err);
}
